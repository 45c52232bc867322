"""What happened to invoices becomes notices, in the transaction that keeps their copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model import setting_keys
from xtiger.model.customers.document_money import DocumentMoney
from xtiger.rules.customers.document_money import MONEY_KINDS, money_of
from xtiger.rules.customers.notices import events_of

#: What documents were worth before, by id.
Before = Mapping[str, DocumentMoney]


def money_before(bench: Workbench, kind: str, ids: Iterable[str]) -> Before:
    """What these documents were worth as last seen; asked before their copies are replaced."""
    return bench.store.document_money(bench.connection_id, kind, ids) if watched(kind) else {}


def watched(kind: str) -> bool:
    """Whether what happens to records of a kind may be a notice."""
    return kind in MONEY_KINDS


def note_events(
    bench: Workbench, kind: str, elements: Iterable[Mapping[str, Any]], before: Before
) -> None:
    """Keep a notice for each thing that happened to these invoices since.

    What the first read of all finds is where watching begins, and no news.
    """
    if not watched(kind):
        return
    key = setting_keys.xero_cursor(kind)
    is_first = bench.store.cursor(bench.connection_id, key) is None
    for element in elements:
        after = money_of(kind, element)
        if after is None or (is_first and after.xero_id not in before):
            continue
        for event in events_of(before.get(after.xero_id), after):
            bench.store.add_notice(bench.connection_id, event, after, bench.clock.now())
