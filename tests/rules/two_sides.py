"""A CRM and a Xero of one record in a few lines: people edit either side, syncs run between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from xtiger.model.links import Pair
from xtiger.rules.merge import FieldDecision, FieldRule, FieldState, decide_field

Side = Literal["crm", "xero"]
Values = dict[str, str | None]


def as_given(value: str | None) -> str | None:
    """A side that keeps what it is given."""
    return value


@dataclass(slots=True)
class TwoSides:
    """One record on both sides, its base, and what people saw after the last sync."""

    crm: Values
    xero: Values
    rule: FieldRule = field(default_factory=FieldRule)
    #: What Xero makes of a value that it is sent; it says so in its answer.
    xero_keeps: Callable[[str | None], str | None] = as_given
    base: dict[str, Pair] = field(default_factory=dict)
    seen: Mapping[Side, Values] = field(default_factory=dict)

    def edit(self, side: Side, name: str, value: str | None) -> None:
        """A person changes one field on one side."""
        values = self.crm if side == "crm" else self.xero
        values[name] = value if side == "crm" else self.xero_keeps(value)

    def sync(self) -> dict[str, FieldDecision]:
        """Decide each field and carry it out; field name → decision."""
        decisions = {name: self._sync_field(name) for name in self.crm}
        self.seen = {"crm": dict(self.crm), "xero": dict(self.xero)}
        return decisions

    def _sync_field(self, name: str) -> FieldDecision:
        crm, xero = self.crm[name], self.xero[name]
        decision = decide_field(FieldState(self.base.get(name), crm, xero, crm, xero), self.rule)
        if decision == "to_xero":
            self.xero[name] = self.xero_keeps(crm)
        elif decision == "to_crm":
            self.crm[name] = xero
        if decision in ("to_xero", "to_crm", "agree"):
            self.base[name] = Pair(self.crm[name], self.xero[name])
        return decision

    def copy(self) -> TwoSides:
        """The same state, to go on from it in two ways."""
        return TwoSides(
            dict(self.crm),
            dict(self.xero),
            self.rule,
            self.xero_keeps,
            dict(self.base),
            {side: dict(values) for side, values in self.seen.items()},
        )
