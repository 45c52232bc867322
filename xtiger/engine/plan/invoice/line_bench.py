"""One invoice's lines laid out: both sides, their base, and what is looked up of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged
from xtiger.engine.plan.invoice.facts import InvoiceWorld, whole_on_lines
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES
from xtiger.mapping.documents.head_discount import ROLES as DISCOUNTS
from xtiger.mapping.line_halves import (
    Halves,
    crm_half,
    kept_spread,
    own_cells,
    read_archive,
    read_crm,
    xero_cells,
    xero_half,
    xero_lines,
)
from xtiger.mapping.lines_to_xero import BuiltLines, line_keys
from xtiger.mapping.net_prices import net_lines
from xtiger.mapping.role_values import RoleValues
from xtiger.model.line_ids import OF_HEAD
from xtiger.model.links import Pair, Side
from xtiger.model.records import Record, XeroRecord
from xtiger.model.values import Plain
from xtiger.rules.line_merge import CELLS, Archive, CrmLine, XeroLine


@dataclass(slots=True)
class LineBench:
    """One invoice's lines laid out: both sides, their base, and what to look up."""

    pairing: Pairing
    record: Record
    xero: XeroRecord
    scope: Scope
    world: InvoiceWorld
    built: BuiltLines
    archive: Archive | None = None
    ours: list[CrmLine] = field(default_factory=list)
    theirs: list[XeroLine] = field(default_factory=list)
    #: LineItemID → cells as the CRM means them, also of lines that count as one piece.
    real: dict[str, dict[str, Plain]] = field(default_factory=dict)
    #: LineItemID → cells as Xero has them, with tax in the prices where it has it so.
    own: dict[str, dict[str, Plain]] = field(default_factory=dict)

    @property
    def amounts(self) -> str:
        """How the document counts in Xero: Exclusive, Inclusive or NoTax."""
        return str(self.xero.values.get("LineAmountTypes") or "Exclusive")

    def rate(self, tax_type: str) -> Decimal | None:
        """The percentage of a tax type; 0 where a line has none."""
        taxes = self.world.fields.taxes
        return Decimal(0) if tax_type in ("", "NONE") else taxes.percent(tax_type)

    def stands(self, account: Plain, tax_type: Plain) -> bool:
        """Whether Xero lets this tax stand with this account on one line."""
        known = self.world.fields
        return known.taxes.stands(str(tax_type), known.accounts.get(str(account)))

    def decide(self, key: str) -> Side | None:
        """What a person decided of a conflict."""
        decisions = self.pairing.decisions
        return decisions.get(key) or decisions.get(LINES) or decisions.get("")

    def code_now(self, values: Mapping[str, Plain]) -> str:
        """The code that the item of a CRM line has now."""
        line = RoleValues(self.scope.module, values)
        for role in ("product", "service"):
            crm_id = line.text(f"line.{role}")
            found = self.world.item(role, crm_id) if crm_id else None
            if found is not None:
                return found.code
        return ""


def lay_out(
    merged: Merged, pairing: Pairing, scope: Scope, world: InvoiceWorld, built: BuiltLines
) -> LineBench:
    """Read both sides' lines and their base; keeps both halves in `merged`."""
    assert pairing.record is not None  # the caller's branch
    assert pairing.xero is not None  # likewise
    bench = LineBench(pairing, pairing.record, pairing.xero, scope, world, built)
    half = crm_half(pairing.record, scope.module, stable=scope.stable_lines)
    there = xero_half(pairing.xero)
    merged.crm[LINES], merged.xero[LINES] = half, there
    crm = read_crm(half, scope.module)
    base = pairing.base
    now = Halves(crm, there, bench.rate, bench.code_now, scope.stable_lines)
    pair = _as_priced(base.pairs.get(LINES) if base else None, scope)
    bench.archive = read_archive(pair, base.lines if base else {}, now)
    known = bench.archive.lines if bench.archive else ()
    in_head = {line.xero_id for line in known if line.crm_id in OF_HEAD}
    bench.theirs = xero_lines(there, bench.rate, in_head)
    bench.real = {str(keys["LineItemID"]): xero_cells(keys, bench.rate) for keys in there}
    bench.own = {str(keys["LineItemID"]): own_cells(keys) for keys in there}
    bench.ours = list(_crm_lines(crm.feeds, built))
    return bench


def _as_priced(pair: Pair | None, scope: Scope) -> Pair | None:
    """The lines last agreed on, with prices as the document has them."""
    net = scope.document is not None and not scope.document.discounts
    if not net or pair is None or not isinstance(pair.crm, Mapping):
        return pair
    whole = kept_spread(pair.crm, scope.module) if whole_on_lines(scope) else None
    lines = net_lines(pair.crm["lines"], scope.module, whole)
    head = {key: value for key, value in pair.crm["head"].items() if key not in DISCOUNTS}
    return replace(pair, crm={"lines": lines, "head": head if whole else pair.crm["head"]})


def _crm_lines(feeds: Any, built: BuiltLines) -> Iterator[CrmLine]:
    for place, (line, own) in enumerate(zip(built.lines, built.host_ids, strict=True)):
        wrong = {
            cell for n, cell, cause in built.faults if n == place and cause.code != "lines_missing"
        }
        cells = xero_cells(line_keys([line])[0], lambda _: None)
        yield CrmLine(own, feeds(own), cells, frozenset(CELLS) if "" in wrong else frozenset(wrong))
