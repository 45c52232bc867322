"""The service that takes what came from Xero out of the CRM again; Xero keeps all of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xtiger.engine.cycle.wipe import plan_wipe
from xtiger.errors import UndoRefused
from xtiger.model import setting_keys
from xtiger.model.undo.images import UndoRequest
from xtiger.model.undo.refusals import NOT_AS_SEEN, NOTHING_CAME
from xtiger.model.undo.wiping import Wiped, WipedBefore, WipePlan
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.services.removing.exports import new_export, require_named, write_export
from xtiger.services.syncing.sides import silent
from xtiger.services.syncing.undoing import WIPE

if TYPE_CHECKING:
    from xtiger.engine.workbench.workbench import Progress, Workbench
    from xtiger.model.connections import Connection
    from xtiger.model.plans import Plan
    from xtiger.model.values import Plain
    from xtiger.services.parts import Parts


class Wipe:
    """Deletes in the CRM what a sync brought from Xero; what people made or changed stays."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store, self._runs = parts, parts.store, parts.runs

    def plan(self, modules: Sequence[str] = (), connection_id: str | None = None) -> WipePlan:
        """What would go and what would stay, of these modules or of all; nothing is written.

        Raises UnknownModule, MappingMissing, and what reading Xero raises.
        """
        connection = self._parts.ready_connection(connection_id)
        plan = self._runs.look(connection, modules, plan_wipe, WIPE, silent)
        return WipePlan(connection.name, plan)

    def run(
        self,
        name: str,
        by: str,
        *,
        modules: Sequence[str] = (),
        connection_id: str | None = None,
        seen: str = "",
        export_to: Path | None = None,
        progress: Progress = silent,
        signal: StopSignal = NO_STOP,
    ) -> Wiped:
        """Write what goes to a new file, then delete it in the CRM; `by` says who.

        `name` is the organisation's, typed by hand; `seen` the plan's that was looked at: where
        something else would go by now, nothing does. What went is held: no sync brings it back
        until it is released, `xt.undo.release(run)`, or the wipe undone, `xt.undo.run([run])`.
        Without `export_to` the file is in the home's exports. Raises UndoRefused.
        """
        connection = self._parts.ready_connection(connection_id)
        require_named(connection, name)
        path = export_to or new_export(
            self._parts.settings.home, "wipe", connection, self._parts.clock.now()
        )

        def planned(bench: Workbench) -> Plan:
            found = WipePlan(connection.name, plan_wipe(bench))
            _require_as_seen(found, seen)
            write_export(path, "wipe", connection, _content(bench, found))
            return found.plan

        request = UndoRequest((), by=by, wipes=True)
        run = self._runs.carry_out(connection, modules, planned, progress, signal, request)
        return Wiped(run, path)

    def before(self, connection_id: str | None = None) -> list[WipedBefore]:
        """Wipes of which records are held still, the newest first."""
        connection = self._parts.connection(connection_id)
        found: dict[str, WipedBefore] = {}
        for hold in self._store.undo_holds(connection.id):
            known = found.get(hold.run_id)
            if known is None and not self._is_wipe(connection, hold.run_id):
                continue
            count = known.count + 1 if known is not None else 1
            found[hold.run_id] = WipedBefore(hold.run_id, count, hold.at)
        return sorted(found.values(), key=lambda one: one.at, reverse=True)

    def _is_wipe(self, connection: Connection, run_id: str) -> bool:
        request = UndoRequest.of(self._store.setting(setting_keys.undo_request(run_id)))
        return request is not None and request.wipes


def _require_as_seen(found: WipePlan, seen: str) -> None:
    """Raise UndoRefused where something else would go than was looked at, or nothing would."""
    if seen and seen != found.seen:
        raise UndoRefused(NOT_AS_SEEN)
    if not found.going:
        raise UndoRefused(NOTHING_CAME)


def _content(bench: Workbench, found: WipePlan) -> dict[str, Plain]:
    """What goes, whole: every field and line of each record, with where it is in Xero."""
    rows: list[Plain] = []
    for module in dict.fromkeys(item.module for item in found.going):
        items = [item for item in found.going if item.module == module]
        records = bench.host.get(module, [item.crm_id or "" for item in items])
        for item in items:
            record = records.get(item.crm_id or "")
            rows.append(
                {
                    "module": module,
                    "crm_id": item.crm_id,
                    "name": item.name,
                    "kind": item.kind,
                    "xero_id": item.xero_id,
                    "values": dict(record.values) if record is not None else {},
                    "lines": [dict(line) for line in record.lines] if record is not None else [],
                }
            )
    return {"at": bench.clock.now(), "records": rows}
