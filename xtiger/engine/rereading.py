"""Reading once more what a hold depends on: somebody may have added it in Xero just now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from xtiger.engine.bench import Workbench
from xtiger.engine.observe import SettingsKind, renew_settings
from xtiger.engine.parents import Limits
from xtiger.engine.planner import Planner
from xtiger.plans import Item, Plan

#: Code → the lists of Xero that it was judged by.
JUDGED_BY: Mapping[str, tuple[SettingsKind, ...]] = MappingProxyType({
    "account_unknown": ("Account",),
    "account_system": ("Account",),
    "account_bank": ("Account",),
    "account_archived": ("Account",),
    "payment_account_invalid": ("Account",),
    "payment_account_currency": ("Account",),
    "tax_account_mismatch": ("Account", "TaxRate"),
    "tax_unknown": ("TaxRate",),
    "group_tax_not_combined": ("TaxRate",),
    "tax_not_read": ("TaxRate",),
    "tax_archived": ("TaxRate",),
    "currency_not_enabled": ("Currency",),
})  # fmt: skip


def plan_afresh(bench: Workbench, limits: Limits | None) -> Plan:
    """The plan; one that holds records by an old list is made again once the list is read.

    A list costs one call, and only while something is held by it.
    """
    plan = Planner(bench).plan(limits)
    kinds = sorted(_judged_by(plan.items) - bench.settings_read)
    if not kinds:
        return plan
    before = _known(bench)
    renew_settings(bench, kinds)
    return plan if _known(bench) == before else Planner(bench).plan(limits)


def _judged_by(items: Iterable[Item]) -> set[SettingsKind]:
    """The lists that held something, also for the parent that a record waits for."""
    causes = [item.cause for item in items if item.cause is not None]
    codes = {code for cause in causes for code in (cause.code, str(cause.data.get("why") or ""))}
    return {kind for code in codes for kind in JUDGED_BY.get(code, ())}


def _known(bench: Workbench) -> object:
    store, connection_id = bench.store, bench.connection_id
    return (
        list(store.accounts(connection_id)), list(store.tax_rates(connection_id)),
        list(store.currencies(connection_id)),
    )  # fmt: skip
