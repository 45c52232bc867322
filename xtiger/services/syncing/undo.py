"""The service for undo: plans it, carries it out, and releases what it holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from xtiger.engine.cycle.undo import plan_undo
from xtiger.engine.pair.decisions import seen
from xtiger.engine.workbench.elements import element_reader
from xtiger.engine.workbench.host_door import HostDoor
from xtiger.engine.workbench.workbench import Progress
from xtiger.errors import MappingMissing, UndoRefused, UnknownModule
from xtiger.model import setting_keys
from xtiger.model.links import Decision, Shadow
from xtiger.model.plans import Item, Plan
from xtiger.model.undo.images import REMOVED, Image, UndoHold, UndoRequest
from xtiger.model.undo.wrote import Wrote, wrote_of
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.rules.gone import is_gone
from xtiger.services.syncing.sides import silent
from xtiger.services.syncing.undoing import UNDO, part_of

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.records import Record
    from xtiger.model.runs import Run
    from xtiger.services.parts import Parts


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

        `record` is a CRM or Xero id. Raises UndoRefused where nothing was
        written, or where a run or a record may be several.
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
        Raises UndoRefused as plan() does, SettingInvalid where the connection only reads, and
        TooManyChanges where the brake stops it.
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
        self._parts.doors.require_active(connection)
        return self._runs.carry_out(
            connection,
            _modules(images),
            lambda bench: plan_undo(bench, images),
            progress,
            signal,
            request,
        )

    def named(self, start: str) -> Run | None:
        """The run of the tenant whose id begins so; None for none and for several."""
        found = [run for one in self._parts.connections() for run in self._named(one, start)]
        return found[0] if len(found) == 1 else None

    def wrote(self, runs: Sequence[str], *, connection_id: str | None = None) -> list[Wrote]:
        """What these runs and their follow-ups wrote, each value before and after, as it was done.

        Raises UndoRefused as plan() does.
        """
        connection = self._parts.connection(connection_id)
        _, images = self._asked(connection, runs, "", "", "")
        labels: dict[tuple[str, str], tuple[Mapping[str, str], Mapping[str, str]]] = {}
        found = []
        for image in reversed(images):
            key = image.module, image.kind
            if key not in labels:
                labels[key] = self._labels(connection, *key)
            found.append(wrote_of(image, *labels[key]))
        return found

    def holds(self, connection_id: str | None = None) -> list[UndoHold]:
        """What was taken back and waits until a person releases it, oldest first."""
        return list(self._store.undo_holds(self._parts.connection(connection_id).id))

    def release(
        self,
        run: str = "",
        *,
        module: str = "",
        record: str | Collection[str] = "",
        connection_id: str | None = None,
    ) -> int:
        """Let the next sync do again what was taken back; returns how many records it was.

        Of all, or of what this undo (the start of its run's id), module or record held; several
        records by their ids. Raises UndoRefused where a run or a record may be several, and
        RunBusy while a sync is under way.
        """
        connection = self._parts.connection(connection_id)
        with self._parts.identities.held([connection]):
            return self._released(connection, run, module, record)

    # --- inside ---

    def _released(
        self, connection: Connection, run: str, module: str, record: str | Collection[str]
    ) -> int:
        wanted = {*([record] if isinstance(record, str) else record)} - {""}
        everything = record == ""
        found = [
            hold
            for hold in self._store.undo_holds(connection.id)
            if hold.run_id.startswith(run)
            and module in ("", hold.module)
            and (everything or wanted & {hold.crm_id, hold.xero_id})
        ]
        undos = {hold.run_id for hold in found}
        if run and len(undos) > 1:
            _refuse_several(run, sorted(undos))
        if not module and isinstance(record, str):
            _only_one(record, {hold.module for hold in found})
        parts: dict[tuple[str, str], list[UndoHold]] = {}
        for hold in found:
            parts.setdefault((hold.module, hold.kind), []).append(hold)
        with self._parts.host.tenant(connection.tenant), self._store.transaction():
            for (name, kind), holds in parts.items():
                self._go_on(connection, name, kind, holds)
            self._store.forget_undo_holds(found)
        return len(found)

    def _labels(
        self, connection: Connection, module: str, kind: str
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """What the CRM and the mapping call their fields; nothing of a module that is gone."""
        try:
            scope = self._runs.scope(connection, module).part(kind)
        except (UnknownModule, MappingMissing):
            return {}, {}
        crm = {one.name: one.label or one.name for one in scope.module.fields}
        return crm, {row.xero.path: row.label for row in scope.rows}

    def _are_undos(self, request: UndoRequest) -> bool:
        found = [self._is_undo(run) for run in request.runs]
        if any(found) and not all(found):
            raise UndoRefused("Take back an undo alone: it is mixed with other runs here.")
        return all(found)

    def _is_undo(self, run_id: str) -> bool:
        return self._store.setting(setting_keys.undo_request(run_id)) is not None

    def _again(self, connection: Connection, images: Sequence[Image]) -> Plan:
        """What is done again once an undo is taken back."""
        items = [_done_again(number, one) for number, one in enumerate(images, start=1)]
        now = self._parts.clock.now()
        return Plan(connection.id, now, tuple(_modules(images)), tuple(items))

    def _asked(
        self, connection: Connection, runs: Sequence[str], module: str, record: str, by: str
    ) -> tuple[UndoRequest, list[Image]]:
        """The request with whole ids, the follow-ups of its runs too, and what they wrote."""
        named = {run.id: run for start in runs for run in self._named(connection, start)}
        found = sorted(named.values(), key=lambda run: run.started_at, reverse=True)
        ids = [one for run in found for one in self._with_follow_up(connection, run)]
        request = UndoRequest(tuple(dict.fromkeys(ids)), module, record, by)
        images = part_of(self._store.images(connection.id, ids), request) if ids else []
        if not images:
            raise UndoRefused(
                "There is nothing to take back: no such run wrote anything of it within the time "
                "that undo is promised for. See: xtiger runs"
            )
        if not module:
            _only_one(record, {one.module for one in images})
        return request, images

    def _named(self, connection: Connection, start: str) -> Sequence[Run]:
        """The run whose id begins so, as a list; none for none."""
        found = self._store.runs_named(connection.id, start) if start else ()
        if len(found) > 1:
            _refuse_several(start, [run.id for run in found])
        return found

    def _with_follow_up(self, connection: Connection, run: Run) -> list[str]:
        """The ids of a run and of what followed up on it, newest first; of an undo its own."""
        after = self._store.next_run(connection.id, run.id)
        follows = after is not None and after.trigger == "follow-up" and not self._is_undo(run.id)
        return [after.id, run.id] if after is not None and follows else [run.id]

    def _go_on(
        self, connection: Connection, module: str, kind: str, holds: Sequence[UndoHold]
    ) -> None:
        """Release records of one part of a module: what is gone is made anew, as a person said."""
        store, now = self._store, self._parts.clock.now()
        crm_ids = [one.crm_id for one in holds if one.crm_id]
        links = store.links_by_crm(connection.id, module, crm_ids)
        linked = [one for one in holds if one.crm_id in links]
        records = HostDoor(self._parts.host).get(module, [one.crm_id for one in linked])
        there = [one for one in linked if one.did == "made_in_xero" and one.crm_id in records]
        if there:
            self._make_in_xero(connection, there, records)
        # What an undo that was broken off did not delete is there still.
        gone = [one for one in linked if one.did == "made_in_crm" and _is_away(one, records)]
        for one in gone:
            link = links[one.crm_id]
            times = setting_keys.recreated(connection.id, link.kind, link.xero_id)
            store.remove_link(link.id or 0)
            store.save_setting(times, int(store.setting(times) or 0) + 1)
        shadows = [Shadow("crm", module, one.crm_id, {}, now, gone=True) for one in gone]
        store.save_shadows(connection.id, shadows)
        store.mark(connection.id, "crm", module, crm_ids, "person", now)
        self._revive(connection, module, kind, [one for one in holds if one.did in REMOVED])
        xero_ids = [one.xero_id for one in holds if one.xero_id and one.did != "made_in_xero"]
        store.mark(connection.id, "xero", kind, xero_ids, "person", now)

    def _revive(
        self, connection: Connection, module: str, kind: str, holds: Sequence[UndoHold]
    ) -> None:
        """Let what was made anew be judged as before it was removed: gone on the other side."""
        store = self._store
        here = store.links_by_crm(connection.id, module, [o.crm_id for o in holds if o.crm_id])
        there = store.links_by_xero(connection.id, kind, [o.xero_id for o in holds if o.xero_id])
        links = {one.id: one for one in (*here.values(), *there.values())}
        for link in links.values():
            if link.state == "orphan":
                store.change_link(replace(link, state="live"))
        now, ids = self._parts.clock.now(), [one.crm_id for one in links.values()]
        store.mark(connection.id, "crm", module, ids, "person", now)

    def _make_in_xero(
        self, connection: Connection, holds: Sequence[UndoHold], records: Mapping[str, Record]
    ) -> None:
        """Decide that what is gone in Xero is made there anew."""
        store, now = self._store, self._parts.clock.now()
        module, kind = holds[0].module, holds[0].kind
        scope = self._runs.scope(connection, module).part(kind)
        ids = [one.xero_id for one in holds]
        reader = element_reader(store, connection.id, kind)
        shadows = store.shadows(connection.id, "xero", kind, ids)
        decisions = []
        for one in holds:
            shadow = shadows.get(one.xero_id)
            xero = reader.seen(shadow) if shadow is not None else None
            if xero is not None and is_gone(xero):
                both = seen(scope, records[one.crm_id], xero, "")
                key = (connection.id, module, one.crm_id, "")
                decisions.append(Decision(*key, "crm", both, now))
        store.save_decisions(decisions)


def _is_away(hold: UndoHold, records: Mapping[str, Record]) -> bool:
    return hold.crm_id not in records or records[hold.crm_id].deleted


def _only_one(record: str, modules: Collection[str]) -> None:
    """Raise UndoRefused where several modules have a record of this id."""
    if record and len(modules) > 1:
        raise UndoRefused(
            f"Several modules have a record {record}: {', '.join(sorted(modules))}. "
            "Use it with its module."
        )


def _refuse_several(start: str, ids: Sequence[str]) -> NoReturn:
    raise UndoRefused(
        f"Several runs begin with {start}: {', '.join(ids)}. Use more of the id that is meant."
    )


def _modules(images: Sequence[Image]) -> list[str]:
    return list(dict.fromkeys(one.module for one in images))


def _done_again(number: int, image: Image) -> Item:
    made = image.did in REMOVED
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
