"""What each side answered, by row key: the two halves that a base is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from xtiger.engine.plan.invoice.currencies import RATE, own_rate
from xtiger.engine.plan.invoice.inward import CREDIT, MONEY, credit_field
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES, crm_values, xero_values
from xtiger.mapping.line_halves import crm_half, read_crm, xero_half
from xtiger.model.line_ids import OF_HEAD
from xtiger.model.links import Pair
from xtiger.model.records import Record, XeroRecord
from xtiger.model.values import Plain
from xtiger.rules.invoice_status import xero_word
from xtiger.rules.kinds import nature


def answered_xero(scope: Scope, record: XeroRecord) -> dict[str, Plain]:
    """Row key → value as Xero answered it, with lines, status and money of an invoice."""
    values = xero_values(record, scope.rows)
    if nature(record.kind).lines:
        values[LINES] = xero_half(record)
        values["Status"] = xero_word(record)
        for name in (MONEY, CREDIT):
            values[name] = record.values.get(name) or Decimal(0)
        values[RATE] = record.values.get(RATE)
    return values


def answered_crm(scope: Scope, record: Record) -> dict[str, Plain]:
    """Row key → value as the CRM holds it after our write; an invoice with lines and money."""
    values, _ = crm_values(record, scope.rows)
    if scope.traits.lines:
        values[LINES] = crm_half(record, scope.module, stable=scope.stable_lines)
        received = scope.module.by_role("invoice.received")
        for name, described in ((MONEY, received), (CREDIT, credit_field(scope.module))):
            values[name] = record.values.get(described.name) if described else None
        values[RATE] = own_rate(record, scope)
    return values


def lasting_links(links: Mapping[str, str], pair: Pair | None, scope: Scope) -> dict[str, str]:
    """The links of lines that the base still has."""
    if pair is None or not isinstance(pair.crm, Mapping):
        return dict(links)
    known = set(read_crm(pair.crm, scope.module).ids())
    return {line: xero_id for line, xero_id in links.items() if line in known}


def written_links(
    scope: Scope,
    half: Mapping[str, Sequence[Mapping[str, Plain]]],
    rows: Sequence[Mapping[str, Plain]],
    line_items: Sequence[str],
    known: Mapping[str, str],
) -> dict[str, str]:
    """CRM line id → LineItemID after rows were written in the CRM.

    `half` is the CRM's half as read back: its lines are the rows, in order. A line that is on its
    way to Xero in the same run has its LineItemID in `known`, by the id that it had before.
    """
    lines = half["lines"]
    kept = {line: xero_id for line, xero_id in known.items() if line in OF_HEAD}
    if len(lines) != len(rows):
        return {**known} if scope.stable_lines else kept
    for line, row, xero_id in zip(lines, rows, line_items, strict=True):
        found = xero_id or known.get(str(row.get("id") or ""), "")
        if found:
            kept[str(line["id"])] = found
    return kept
