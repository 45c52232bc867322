"""Xero's tax rates on their way into the CRM's own taxes, where it takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model import setting_keys
from xtiger.model.chart_of_accounts import TaxNews
from xtiger.model.records import Tax
from xtiger.rules.taxes import tax_news, taxes_known

#: So many of what was brought are kept to be shown.
MOST: Final = 50


def coming_taxes(bench: Workbench) -> tuple[TaxNews, ...]:
    """Rates of Xero that the CRM is to have; nothing is written."""
    if not bench.host.host.caps.takes_taxes:
        return ()
    rates = bench.store.tax_rates(bench.connection_id)
    return tuple(tax_news(bench.host.taxes(), rates, _before(bench).get("known") or {}))


def bring_taxes(bench: Workbench, news: Sequence[TaxNews]) -> None:
    """Take these into the CRM; what a rate was before is kept, so that people are shown."""
    if not news:
        return
    store, key = bench.store, setting_keys.taxes_brought(bench.connection_id)
    rates, before = store.tax_rates(bench.connection_id), _before(bench)
    bench.host.save_taxes([Tax(one.id, one.name, one.percent) for one in news])
    brought = [
        {"name": one.name, "before": one.before, "percent": one.percent, "at": bench.clock.now()}
        for one in news
    ]
    known = {**(before.get("known") or {}), **taxes_known(bench.host.taxes(), rates)}
    store.save_setting(
        key, {"known": known, "brought": [*brought, *(before.get("brought") or ())][:MOST]}
    )


def _before(bench: Workbench) -> Mapping[str, Any]:
    """What was brought so far."""
    kept: Any = bench.store.setting(setting_keys.taxes_brought(bench.connection_id))
    return kept if isinstance(kept, Mapping) else {}
