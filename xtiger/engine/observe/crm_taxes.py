"""Xero's tax rates on their way into the CRM's own taxes, where it takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model import setting_keys
from xtiger.model.records import Tax
from xtiger.rules.taxes import tax_news, taxes_known

#: So many of what was brought are kept to be shown.
MOST: Final = 50


def bring_taxes(bench: Workbench) -> None:
    """Take Xero's rates into the CRM; what a rate was before is kept, so that people are shown."""
    if not bench.host.host.caps.takes_taxes:
        return
    store, key = bench.store, setting_keys.taxes_brought(bench.connection_id)
    rates = store.tax_rates(bench.connection_id)
    kept: Any = store.setting(key)
    before: Mapping[str, Any] = kept if isinstance(kept, Mapping) else {}
    news = tax_news(bench.host.taxes(), rates, before.get("known") or {})
    if not news:
        return
    bench.host.save_taxes([Tax(one.id, one.name, one.percent) for one in news])
    brought = [
        {"name": one.name, "before": one.before, "percent": one.percent, "at": bench.clock.now()}
        for one in news
    ]
    known = {**(before.get("known") or {}), **taxes_known(bench.host.taxes(), rates)}
    store.save_setting(
        key, {"known": known, "brought": [*brought, *(before.get("brought") or ())][:MOST]}
    )
