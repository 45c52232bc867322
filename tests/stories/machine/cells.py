"""What people typed, field by field, and whether both sides ended as they may expect."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from xtiger.model.plans import STANDING, Plan
from xtiger.rules.reconciliation import Reconciliation

Side = Literal["crm", "xero"]


@dataclass
class Cell:
    """One field of one record that both sides have."""

    agreed: Any = None
    #: What was typed on each side since both last agreed.
    typed: dict[Side, Any] = field(default_factory=dict)
    #: Some of it may have travelled already: a sync since then was broken off, or was a part.
    unsure: bool = False

    def wrong(self, crm: Any, xero: Any, *, listed: bool) -> str | None:
        """What is wrong after a whole sync; equal values are agreed from here on."""
        if not self.unsure and self._both_edited() and self._typed_pair() != (crm, xero):
            return f"typed was {self.typed}, agreed {self.agreed!r}; now {crm!r} and {xero!r}"
        if crm != xero:
            return None if listed else f"{crm!r} and {xero!r} differ, and nobody is told"
        expected = [*self.typed.values()] or [self.agreed]
        if self.unsure:
            expected.append(self.agreed)
        if crm not in expected:
            return f"both hold {crm!r}; typed was {self.typed}, agreed {self.agreed!r}"
        self.agreed, self.typed, self.unsure = crm, {}, False
        return None

    def _both_edited(self) -> bool:
        """Two people typed two different new values at the same time: both must stay."""
        values = [*self.typed.values()]
        return len(values) == 2 and values[0] != values[1] and self.agreed not in values

    def _typed_pair(self) -> tuple[Any, Any]:
        return self.typed["crm"], self.typed["xero"]


@dataclass
class Thing:
    """One record as people think of it, whichever side it was made on."""

    marker: str
    cells: dict[str, Cell] = field(default_factory=dict)
    #: Sides on which somebody removed it.
    removed: set[Side] = field(default_factory=set)
    #: Both sides have had it after a whole sync.
    met: bool = False
    #: Merged, or removed before both sides met: out of what the cells can tell.
    special: bool = False

    def type(self, side: Side, name: str, value: Any) -> None:
        """Somebody types a value on one side."""
        self.cells.setdefault(name, Cell()).typed[side] = value

    def remove(self, side: Side) -> None:
        """Somebody removed it; what the other side made by itself may still come in as new."""
        self.removed.add(side)
        self.special = self.special or not self.met

    def doubt(self) -> None:
        """A sync was broken off or was a part: what was typed may have travelled or not."""
        for cell in self.cells.values():
            cell.unsure = cell.unsure or bool(cell.typed)


@dataclass(frozen=True, slots=True)
class Seen:
    """One record as it stands in the tables of one side."""

    id: str
    #: Cell → value, such that equal values of both sides mean the same.
    cells: Mapping[str, Any]
    name: str = ""
    #: Its user took it out of the sync: it is left alone.
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a plan or a proof tells people of: ids of either side, and names."""

    ids: Collection[tuple[str, str]]
    names: Collection[tuple[str, str]]

    @classmethod
    def by_plan(cls, plan: Plan) -> Told:
        """What a plan leaves standing, or leaves out with a reason."""
        items = [item for item in plan.items if item.result in (*STANDING, "excluded")]
        ids = {(i.module, one) for i in items for one in (i.crm_id, i.xero_id) if one}
        return cls(ids, {(item.module, item.name) for item in items})

    @classmethod
    def by_proof(cls, proof: Reconciliation) -> Told:
        """What a proof lists: what differs, and what stands on one side with a known cause."""
        listed: list[Any] = [*proof.differences, *proof.standing]
        ids = {(i.module, one) for i in listed for one in (i.crm_id, i.xero_id) if one}
        return cls(ids, {(one.module, one.name) for one in listed})

    def knows(self, module: str, *seen: Seen) -> bool:
        """Whether people are told of one of these, which are one record on its sides."""
        return any((module, s.id) in self.ids or (module, s.name) in self.names for s in seen)
