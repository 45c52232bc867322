"""Holds what is larger than one person may send, before it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from decimal import Decimal

from xtiger.engine.workbench.workbench import Workbench
from xtiger.hookspecs import Hold
from xtiger.model import setting_keys
from xtiger.model.mappings import ModuleSettings
from xtiger.model.plans import Item, Plan
from xtiger.model.releases.asked import AskedRelease
from xtiger.model.runs import Outcome, Run
from xtiger.model.values import as_decimal
from xtiger.rules.causes import cause_of
from xtiger.rules.releases.second_person import (
    amount_of,
    asked_anew,
    excess,
    is_over,
    is_released,
    pushes,
    written,
)


@dataclass(frozen=True, slots=True)
class ReleaseGate:
    """One run's pushes, weighed one by one; what was released goes once."""

    bench: Workbench
    run: Run
    settings: dict[str, ModuleSettings]
    counts: Counter[str]
    #: Whether the run takes others back.
    undoes: bool

    @contextmanager
    def closed(self, outcomes: Sequence[Outcome]) -> Iterator[None]:
        """Let the run send nothing large that no second person released."""
        before: Callable[[Item], Hold | None] = self.bench.before_push

        def decide(item: Item) -> Hold | None:
            return before(item) or self._weigh(item)

        self.bench.before_push = decide
        try:
            yield
        finally:
            self.bench.before_push = before
            self._forget(outcomes)

    def _forget(self, outcomes: Sequence[Outcome]) -> None:
        """Forget what was asked, and released, of what went or is planned no longer."""
        store, connection = self.bench.store, self.bench.connection_id
        found = store.settings_like(setting_keys.all_second_asked(connection))
        asked = {key: AskedRelease.of(one) for key, one in found.items()}
        # A sync plans nothing of what an undo waits with.
        kept = {key for key, one in asked.items() if one and bool(one.undo) is self.undoes}
        over, waiting = set[setting_keys.SettingKey](), set[setting_keys.SettingKey]()
        for one in outcomes if kept else ():
            record = one.crm_id or one.xero_id or ""
            key = setting_keys.second_asked(connection, one.module, record)
            (over if is_over(one.result) else waiting).add(key)
        for key in (over - waiting) & kept:
            store.forget_setting(key)

    def _weigh(self, item: Item) -> Hold | None:
        chosen = self.settings.get(item.module)
        if chosen is None or not pushes(item):
            return None
        amount, records = self._amount(item), self.counts[item.module]
        found = excess(amount, records, chosen)
        if found is None:
            return None
        record = item.crm_id or item.xero_id or ""
        key = setting_keys.second_asked(self.bench.connection_id, item.module, record)
        asked = AskedRelease.of(self.bench.store.setting(key))
        now = AskedRelease(
            self.run.started_by,
            self.bench.clock.now(),
            amount,
            records,
            digest=written(item, amount),
            undo=self.run.id if self.undoes else "",
        )
        if is_released(asked, now):
            return None
        wanted = asked_anew(asked, now)
        if wanted != asked:
            self.bench.store.save_setting(key, wanted.plain())
        return Hold(cause_of("second_person", found=found[0], limit=found[1]))

    def _amount(self, item: Item) -> Decimal | None:
        there = None
        if item.xero_id and item.expected_total is None:
            store, connection = self.bench.store, self.bench.connection_id
            seen = store.shadows(connection, "xero", item.kind, [item.xero_id])
            payload = seen[item.xero_id].payload if item.xero_id in seen else {}
            # A document has a total, a payment an amount; a contact has neither.
            there = as_decimal(payload.get("Total", payload.get("Amount")))
        return amount_of(item, there)


def gate(
    bench: Workbench, run: Run, plan: Plan, outcomes: Sequence[Outcome], *, undoes: bool
) -> AbstractContextManager[None]:
    """The gate of one run: the modules that have a limit, and how many records each sends."""
    limited = {
        scope.name: scope.settings
        for scope in bench.scopes
        if scope.settings.second_amount or scope.settings.second_records
    }
    counts = Counter(one.module for one in plan.items if pushes(one))
    return ReleaseGate(bench, run, limited, counts, undoes).closed(outcomes)
