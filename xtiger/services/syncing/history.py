"""Historical syncs at work: found, dealt with batch by batch, and kept with how far each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.engine.cycle.history import find_records, plan_batch, unlinked
from xtiger.engine.workbench.workbench import Progress, Workbench
from xtiger.errors import SettingInvalid
from xtiger.model.plans import Plan
from xtiger.model.setting_keys import historical_records, historical_sync
from xtiger.model.starting.historical import MOST, HistoricalSync, Wanting
from xtiger.ports.stop_signal import StopSignal

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.runs import Run
    from xtiger.services.parts import Parts

#: What the errors of a begin are about.
_NAME = "the historical sync"
#: Results that a batch which broke off has settled: the others are dealt with once more.
_SETTLED = frozenset({"created", "updated", "linked", "removed"})


class History:
    """The historical sync of a connection."""

    def __init__(self, parts: Parts, connection: Connection) -> None:
        self._parts, self._store, self._runs = parts, parts.store, parts.runs
        self.connection = connection

    def now(self) -> HistoricalSync | None:
        """The last one, open or not; None before the first."""
        return HistoricalSync.of(self._store.setting(historical_sync(self.connection.id)))

    def open(self) -> HistoricalSync:
        """The open one; raises SettingInvalid."""
        begun = self.now()
        if begun is None or not begun.is_open:
            raise SettingInvalid(
                _NAME, "is not begun, or at its end", "Begin one: xtiger historical begin MODULE"
            )
        return begun

    def begin(self, wanted: Wanting) -> HistoricalSync:
        """Keep what is wanted in place of the last one; raises UnknownModule, SettingInvalid."""
        first, last = wanted.from_day, wanted.to_day
        if first is not None and last is not None and first > last:
            raise SettingInvalid(_NAME, "ends before it begins", "Name the earlier day first.")
        if not 1 <= wanted.batch <= MOST:
            fix = f"Name a number from 1 to {MOST}."
            raise SettingInvalid(_NAME, f"cannot take {wanted.batch} records at a time", fix)
        made = HistoricalSync(
            self._parts.clock.new_id(),
            self._parts.sync_module(wanted.module).name,
            wanted.way,
            wanted.by,
            self._parts.clock.now(),
            first,
            last,
            wanted.batch,
        )
        self.keep(made)
        return made

    def find(self, begun: HistoricalSync, progress: Progress) -> HistoricalSync:
        """Look for its records and keep which they are; nothing is sent."""
        connection, found = self.connection, list[str]()

        def look(bench: Workbench) -> Plan:
            found.extend(find_records(bench, begun))
            return Plan(connection.id, bench.clock.now(), (begun.module,), ())

        self._runs.look(connection, (begun.module,), look, "person", progress)
        now = replace(begun, total=len(found))
        with self._store.transaction():
            self._store.save_setting(historical_records(connection.id), found)
            self.keep(now)
        return now

    def go_on(self, progress: Progress, signal: StopSignal, by: str = "") -> HistoricalSync:
        """Look for the records where nobody has, else deal with the next batch.

        `by` is who goes on with it; else who began it. Raises SettingInvalid where none is open,
        and what stopped the run.
        """
        begun = self.open()
        if begun.total is None:
            return self.find(begun, progress)
        work = _Batch(self, begun, signal)
        how = (work.planned, progress, work.signal())
        self._runs.carry_out(self.connection, (begun.module,), *how, by=by or begun.by)
        return work.now

    def keep(self, now: HistoricalSync) -> None:
        """Keep how far it is."""
        self._store.save_setting(historical_sync(self.connection.id), now.plain())

    def next_ids(self, begun: HistoricalSync) -> list[str]:
        """The ids of the next batch."""
        kept = self._store.setting(historical_records(self.connection.id)) or ()
        return [str(one) for one in kept[begun.done : begun.done + begun.batch]]


class _Batch:
    """One batch at work: which records it has is read while no other run may begin."""

    def __init__(self, history: History, begun: HistoricalSync, outer: StopSignal) -> None:
        self._history, self._outer = history, outer
        self.now, self._taken, self._both_ways = begun, 0, 0

    def planned(self, bench: Workbench) -> Plan:
        """The plan of the next batch."""
        begun = self._history.now()
        if begun is None or begun.id != self.now.id or not begun.is_open:
            return Plan(bench.connection_id, bench.clock.now(), (self.now.module,), ())
        self.now, ids = begun, self._history.next_ids(begun)
        self._taken = len(ids)
        plan, self._both_ways = plan_batch(bench, begun, unlinked(bench, begun, ids))
        return plan

    def signal(self) -> StopSignal:
        """The caller's signal, which keeps how far it is while the run still holds its lease."""
        return StopSignal(self._outer.stopping, self._finished, self._outer.until)

    def _finished(self, run: Run) -> None:
        if self._taken and run.trigger == "person":
            counts: Mapping[str, int] = run.counts.get(self.now.module, {})
            is_done = run.state == "done"
            results = dict(self.now.results)
            for result, number in counts.items():
                if is_done or result in _SETTLED:
                    results[result] = results.get(result, 0) + number
            self.now = replace(
                self.now,
                done=self.now.done + (self._taken if is_done else 0),
                both_ways=self.now.both_ways + (self._both_ways if is_done else 0),
                results=results,
                run_id=run.id,
            )
            self._history.keep(self.now)
        self._outer.finished(run)
