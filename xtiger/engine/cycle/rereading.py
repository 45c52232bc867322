"""Reading once more what a hold depends on: somebody may have added it in Xero just now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from xtiger.engine.cycle.kind_parts import planned_kind
from xtiger.engine.observe.both_sides import JudgedKind, renew_settings, settings_read_at
from xtiger.engine.plan.planner import Planner
from xtiger.engine.workbench.limits import Limits
from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.plans import Cause, Item, Plan
from xtiger.model.records import Ref

#: How often a list is read for what it held before.
STANDING_EVERY = timedelta(minutes=10)
#: Code → the lists of Xero that it was judged by.
JUDGED_BY: Mapping[str, tuple[JudgedKind, ...]] = MappingProxyType(
    {
        "account_unknown": ("Account",),
        "account_system": ("Account",),
        "account_bank": ("Account",),
        "account_archived": ("Account",),
        "payment_account_invalid": ("Account",),
        "payment_account_currency": ("Account",),
        "tax_account_mismatch": ("Account", "TaxRate"),
        "tax_unknown": ("TaxRate",),
        "purchase_tax_unknown": ("TaxRate",),
        "tax_amount_unclear": ("TaxRate",),
        "group_tax_not_combined": ("TaxRate",),
        "taxes_many": ("TaxRate",),
        "tax_not_read": ("TaxRate",),
        "tax_archived": ("TaxRate",),
        "currency_not_enabled": ("Currency",),
        "stock_short": ("Item",),
    }
)


def plan_rereading(bench: Workbench, limits: Limits | None) -> Plan:
    """The plan; one that holds records by an old list is made again once the list is read.

    A list costs one call, and only while something is held by it: at once for a hold that is new
    and where a person asks, else once in ten minutes.
    """
    plan = Planner(bench, planned_kind).plan(limits)
    kinds = sorted(_due(bench, plan.items) - bench.settings_read)
    if not kinds:
        return plan
    before = _known(bench)
    renew_settings(bench, kinds)
    same = "Item" not in kinds and _known(bench) == before
    return plan if same else Planner(bench, planned_kind).plan(limits)


def _due(bench: Workbench, items: Sequence[Item]) -> set[JudgedKind]:
    """The lists that held something and may be read now."""
    held = [item for item in items if _judged_by([item])]
    if not held or bench.by_person:
        return _judged_by(held)
    read_at, now = settings_read_at(bench), bench.clock.now()
    new = _judged_by(_new_holds(bench, held))
    return {
        kind
        for kind in _judged_by(held)
        if kind in new or kind not in read_at or now - read_at[kind] >= STANDING_EVERY
    }


def _new_holds(bench: Workbench, held: Sequence[Item]) -> list[Item]:
    """Those that the last run did not hold for the same reasons."""
    before: dict[Ref, Cause | None] = {}
    for module in {item.module for item in held}:
        ids = [item.crm_id for item in held if item.module == module and item.crm_id]
        found = bench.store.newest_outcomes(bench.connection_id, module, ids)
        before |= {Ref(module, crm_id): one.cause for crm_id, one in found.items()}
    # What comes in from Xero has no id of the CRM yet, and its outcome none to be found by.
    return [
        item
        for item in held
        if item.crm_id and before.get(Ref(item.module, item.crm_id)) != item.cause
    ]


def _judged_by(items: Iterable[Item]) -> set[JudgedKind]:
    """The lists that held something, also for the parent that a record waits for."""
    causes = [one for item in items if item.cause is not None for one in item.cause.each()]
    codes = {code for cause in causes for code in (cause.code, str(cause.data.get("why") or ""))}
    return {kind for code in codes for kind in JUDGED_BY.get(code, ())}


def _known(bench: Workbench) -> object:
    store, connection_id = bench.store, bench.connection_id
    return (
        list(store.accounts(connection_id)),
        list(store.tax_rates(connection_id)),
        list(store.currencies(connection_id)),
    )
