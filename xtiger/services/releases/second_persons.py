"""The service for releases by a second person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.errors import NeedsPerson
from xtiger.model import setting_keys
from xtiger.model.releases.asked import AskedRelease
from xtiger.rules.releases.second_person import names, refusal
from xtiger.services.sync import Sync

if TYPE_CHECKING:
    from xtiger.model.runs import Sent
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
        return Sync(self._parts).send(module, list(waiting), connection_id, by=both)

    def _key(self, module: str, crm_id: str, connection_id: str | None) -> setting_keys.SettingKey:
        connection = self._parts.connection(connection_id)
        return setting_keys.second_asked(connection.id, module, crm_id)
