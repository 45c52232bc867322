"""The service for undo: plans it, carries it out, and releases what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xtiger.engine.cycle.undo import plan_undo
from xtiger.engine.pair.decisions import seen
from xtiger.engine.workbench.elements import element_reader
from xtiger.engine.workbench.workbench import Progress
from xtiger.errors import NeedsPerson
from xtiger.model import setting_keys
from xtiger.model.links import Decision, Shadow
from xtiger.model.plans import Item, Plan
from xtiger.model.undo.images import Image, UndoHold, UndoRequest
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.rules.gone import is_gone
from xtiger.services.syncing.sides import silent
from xtiger.services.syncing.undoing import UNDO, part_of

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.records import XeroRecord
    from xtiger.model.runs import Run
    from xtiger.services.parts import Parts

#: Runs that are looked through for the one named.
_RUNS = 1_000


class Undo:
    """Takes back what runs wrote on both sides, all or a part; people's later edits stay."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store, self._runs = parts, parts.store, parts.runs

    def plan(
        self,
        runs: Sequence[str],
        *,
        module: str = "",
        record: str = "",
        connection_id: str | None = None,
    ) -> Plan:
        """What an undo of these runs (or the starts of their ids) would do; nothing is written.

        `record` is a CRM or Xero id. Raises NeedsPerson where nothing was written.
        """
        connection = self._parts.ready_connection(connection_id)
        request, images = self._asked(connection, runs, module, record, "")
        if self._are_undos(request):
            return self._again(connection, images)
        return self._runs.look(
            connection, _modules(images), lambda bench: plan_undo(bench, images), UNDO, silent
        )

    def run(
        self,
        runs: Sequence[str],
        by: str,
        *,
        module: str = "",
        record: str = "",
        connection_id: str | None = None,
        progress: Progress = silent,
        signal: StopSignal = NO_STOP,
    ) -> Run:
        """Take these runs back, the newest first, and hold what was taken back; `by` says who.

        An undo is taken back by releasing what it held, and a sync of its modules.
        Raises NeedsPerson where nothing was written, and TooManyChanges where the brake stops it.
        """
        connection = self._parts.ready_connection(connection_id)
        request, images = self._asked(connection, runs, module, record, by)
        if self._are_undos(request):
            for run in request.runs:
                self.release(run, module=module, record=record, connection_id=connection.id)
            return self._runs.sync(
                connection,
                _modules(images),
                full=False,
                trigger="person",
                progress=progress,
                signal=signal,
            )
        return self._runs.undo(
            connection,
            _modules(images),
            lambda bench: plan_undo(bench, images),
            request,
            progress,
            signal,
        )

    def holds(self, connection_id: str | None = None) -> list[UndoHold]:
        """What was taken back and waits until a person releases it, oldest first."""
        return list(self._store.undo_holds(self._parts.connection(connection_id).id))

    def release(
        self,
        run: str = "",
        *,
        module: str = "",
        record: str = "",
        connection_id: str | None = None,
    ) -> int:
        """Let the next sync do again what was taken back; returns how many records it was.

        Of all, or of what this undo (the start of its run's id), module or record held.
        """
        connection = self._parts.connection(connection_id)
        found = [
            hold
            for hold in self._store.undo_holds(connection.id)
            if hold.run_id.startswith(run)
            and module in ("", hold.module)
            and record in ("", hold.crm_id, hold.xero_id)
        ]
        with self._parts.host.tenant(connection.tenant), self._store.transaction():
            for hold in found:
                self._go_on(connection, hold)
            self._store.forget_undo_holds(found)
        return len(found)

    # --- inside ---

    def _are_undos(self, request: UndoRequest) -> bool:
        keys = [setting_keys.undo_request(run) for run in request.runs]
        found = [self._store.setting(key) is not None for key in keys]
        if any(found) and not all(found):
            raise NeedsPerson("Take back an undo alone: it is mixed with other runs here.")
        return all(found)

    def _again(self, connection: Connection, images: Sequence[Image]) -> Plan:
        """What is done again once an undo is taken back."""
        items = [_done_again(number, one) for number, one in enumerate(images, start=1)]
        now = self._parts.clock.now()
        return Plan(connection.id, now, tuple(_modules(images)), tuple(items))

    def _asked(
        self, connection: Connection, runs: Sequence[str], module: str, record: str, by: str
    ) -> tuple[UndoRequest, list[Image]]:
        """The request with whole ids, the follow-ups of its runs too, and what they wrote."""
        known = list(self._store.runs([connection.id], _RUNS))
        ids: list[str] = []
        for place, run in enumerate(known):
            if any(name and run.id.startswith(name) for name in runs):
                after = known[:place][::-1]
                follow = next((n for n, o in enumerate(after) if o.trigger != "follow-up"), None)
                ids += [*[one.id for one in after[:follow]][::-1], run.id]
        request = UndoRequest(tuple(dict.fromkeys(ids)), module, record, by)
        images = part_of(self._store.images(connection.id, ids), request) if ids else []
        if not images:
            raise NeedsPerson(
                "There is nothing to take back: no such run wrote anything of it within the time "
                "that undo is promised for. See: xtiger runs"
            )
        return request, images

    def _last_seen(self, connection: Connection, kind: str, xero_id: str) -> XeroRecord | None:
        seen_so = self._store.shadows(connection.id, "xero", kind, [xero_id]).get(xero_id)
        if seen_so is None:
            return None
        return element_reader(self._store, connection.id, kind).seen(seen_so)

    def _go_on(self, connection: Connection, hold: UndoHold) -> None:
        """Release one record: what is gone on one side is made there anew, as a person decided."""
        store, now = self._store, self._parts.clock.now()
        link = store.links_by_crm(connection.id, hold.module, [hold.crm_id]).get(hold.crm_id)
        if hold.did == "made_in_xero" and link is not None:
            scope = self._runs.scope(connection, hold.module).part(hold.kind)
            record = self._parts.host.get(hold.module, [hold.crm_id]).get(hold.crm_id)
            xero = self._last_seen(connection, hold.kind, hold.xero_id)
            if record is not None and xero is not None and is_gone(xero):
                both = seen(scope, record, xero, "")
                key = (connection.id, hold.module, hold.crm_id, "")
                store.save_decisions([Decision(*key, "crm", both, now)])
        if hold.did == "made_in_crm" and link is not None and link.id is not None:
            times = setting_keys.recreated(connection.id, link.kind, link.xero_id)
            store.remove_link(link.id)
            store.save_setting(times, int(store.setting(times) or 0) + 1)
            gone = Shadow("crm", hold.module, hold.crm_id, {}, now, gone=True)
            store.save_shadows(connection.id, [gone])
        if hold.crm_id:
            store.mark(connection.id, "crm", hold.module, [hold.crm_id], "person", now)
        if hold.xero_id and hold.did != "made_in_xero":
            store.mark(connection.id, "xero", hold.kind, [hold.xero_id], "person", now)


def _modules(images: Sequence[Image]) -> list[str]:
    return list(dict.fromkeys(one.module for one in images))


def _done_again(number: int, image: Image) -> Item:
    made = image.did in ("removed_in_xero", "removed_in_crm")
    return Item(
        module=image.module,
        kind=image.kind,
        crm_id=image.crm_id or None,
        xero_id=image.xero_id or None,
        name=image.name,
        verb="create" if made else "update",
        result="created" if made else "updated",
        number=number,
    )
