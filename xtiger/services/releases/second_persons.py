"""The service for releases by a second person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.errors import NeedsPerson
from xtiger.model import setting_keys
from xtiger.model.releases.asked import AskedRelease
from xtiger.model.runs import Sent
from xtiger.model.undo.images import UndoRequest
from xtiger.rules.releases.second_person import names, refusal
from xtiger.services.sync import Sync
from xtiger.services.syncing.undo import Undo

if TYPE_CHECKING:
    from xtiger.model.runs import Outcome
    from xtiger.services.parts import Parts


class SecondPersons:
    """Releases pushes above what one person may send; see docs/two-persons.md."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store

    def asked(
        self, module: str, crm_id: str, connection_id: str | None = None
    ) -> AskedRelease | None:
        """How large the push of a record was when it was asked, and by whom; None for none."""
        return AskedRelease.of(self._store.setting(self._key(module, crm_id, connection_id)))

    def release(
        self, module: str, ids: Sequence[str], by: str, connection_id: str | None = None
    ) -> Sent:
        """Release the pushes of these CRM records, and send them as send() does.

        Where it was an undo that waited, the undo of the record goes on: then RetryLater is raised
        while another run is under way, and the release stays for its day.
        `by` is the person as the CRM knows them. The run's row names them and who asked. Raises
        NeedsPerson where nobody is named, or where that person asked for one of them: then none
        is released.
        """
        found = {crm_id: self.asked(module, crm_id, connection_id) for crm_id in ids}
        waiting = {key: one for key, one in found.items() if one is not None}
        for one in waiting.values():
            why = refusal(one, by)
            if why:
                raise NeedsPerson(why)
        now = self._parts.clock.now()
        with self._store.transaction():
            for crm_id, one in waiting.items():
                done = replace(one, released_by=by, released_at=now)
                self._store.save_setting(self._key(module, crm_id, connection_id), done.plain())
        both = names(by, waiting.values())
        undone = {crm_id: one.undo for crm_id, one in waiting.items() if one.undo}
        rest = [crm_id for crm_id in waiting if crm_id not in undone]
        sent = Sent()
        if rest or not undone:
            sent = Sync(self._parts).send(module, rest, connection_id, by=both)
        return sent.joined(Sent(tuple(self._take_back(module, undone, connection_id, both))))

    def _take_back(
        self, module: str, undone: Mapping[str, str], connection_id: str | None, by: str
    ) -> list[Outcome]:
        """Go on with the undos of these records, by the runs that asked; what came of each."""
        connection, undo = self._parts.connection(connection_id), Undo(self._parts)
        found: list[Outcome] = []
        for crm_id, begun in undone.items():
            request = UndoRequest.of(self._store.setting(setting_keys.undo_request(begun)))
            if request is None:
                continue
            run = undo.run(
                request.runs, by, module=module, record=crm_id, connection_id=connection.id
            )
            found += self._store.outcomes(
                connections=[connection.id], run_id=run.id, module=module, crm_id=crm_id
            )
        return found

    def _key(self, module: str, crm_id: str, connection_id: str | None) -> setting_keys.SettingKey:
        connection = self._parts.connection(connection_id)
        return setting_keys.second_asked(connection.id, module, crm_id)
