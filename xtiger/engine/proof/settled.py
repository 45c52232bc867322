"""Differences that no sync ends, since the last one left both sides so: what to do instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType

from xtiger.engine.proof.compare import Differing
from xtiger.engine.proof.fresh_read import XeroEntry
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES
from xtiger.mapping.line_halves import RateOf, crm_half, net_half
from xtiger.model.links import Pair
from xtiger.model.records import Field, Record
from xtiger.model.values import Plain
from xtiger.rules.money import round_places

#: Number of a line → what holds it in the CRM.
_NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "Quantity": "quantity",
        "UnitAmount": "unit_price",
        "DiscountRate": "discount_percent",
        "DiscountAmount": "discount_amount",
    }
)


@dataclass(frozen=True, slots=True)
class Settled:
    """Tells of one pair which differences both sides were left with."""

    scope: Scope
    record: Record
    entry: XeroEntry
    #: Key → what both sides held after the last sync.
    pairs: Mapping[str, Pair]
    rate_of: RateOf

    def cured(self, found: Iterable[Differing]) -> Iterator[Differing]:
        """The differences; what the next sync would not carry over has another cure."""
        lines = self._lines() if LINES in self.pairs else (False, False)
        for one in found:
            yield self._with_cure(one, *(lines if one.key == LINES else self._field(one)))

    def _with_cure(self, one: Differing, crm_stands: bool, xero_stands: bool) -> Differing:
        if one.cure != "sync":
            return one
        if not crm_stands:
            both = one.key in self.pairs and not xero_stands
            return replace(one, cure="both_edited") if both else one
        places = self._places(one)
        if places is not None and _rounds_to(one.xero, one.crm, places):
            return replace(one, cure="kept_coarser", data={"places": places})
        return replace(one, cure="left_apart") if xero_stands else one

    def _field(self, one: Differing) -> tuple[bool, bool]:
        pair = self.pairs.get(one.key)
        if pair is None:
            return False, False
        return pair.crm == one.crm, pair.xero == one.there

    def _lines(self) -> tuple[bool, bool]:
        """Whether the lines of the CRM, and Xero's, are those of the last sync."""
        pair = self.pairs[LINES]
        if not isinstance(pair.xero, list):
            return False, False
        half = crm_half(self.record, self.scope.module, stable=self.scope.stable_lines)
        return pair.crm == half, net_half(pair.xero, self.rate_of) == self.entry.line_keys()

    def _places(self, one: Differing) -> int | None:
        """The decimal places that the CRM keeps of a number."""
        module = self.scope.module
        field: Field | None
        if one.key == LINES:
            field = module.by_role(f"line.{_NUMBERS.get(one.part, '')}")
        else:
            field = next((row.crm for row in self.scope.rows if row.key == one.key), None)
        return field.decimals if field is not None else None


def _rounds_to(theirs: Plain, ours: Plain, places: int) -> bool:
    if not isinstance(theirs, Decimal) or not isinstance(ours, Decimal):
        return False
    return round_places(theirs, places) == ours
