"""What people typed, field by field, and whether both sides ended as they may expect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

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
        expected = set(self.typed.values()) or {self.agreed}
        if self.unsure:
            expected.add(self.agreed)
        if crm not in expected:
            return f"both hold {crm!r}; typed was {self.typed}, agreed {self.agreed!r}"
        self.agreed, self.typed, self.unsure = crm, {}, False
        return None

    def _both_edited(self) -> bool:
        """Two people typed two different new values at the same time: both must stay."""
        values = set(self.typed.values())
        return len(self.typed) == len(values) == 2 and self.agreed not in values

    def _typed_pair(self) -> tuple[Any, Any]:
        return self.typed["crm"], self.typed["xero"]


@dataclass
class Thing:
    """One record as people think of it, whichever side it was made on."""

    marker: str
    cells: dict[str, Cell]
    #: Sides on which somebody removed it.
    removed: set[Side] = field(default_factory=set)
    #: Both sides have had it after a whole sync.
    met: bool = False
    #: Merged, or removed before both sides met: out of what the cells can tell.
    special: bool = False

    def type(self, side: Side, name: str, value: Any) -> None:
        """Somebody types a value on one side."""
        self.cells[name].typed[side] = value

    def remove(self, side: Side) -> None:
        """Somebody removed it; what the other side made by itself may still come in as new."""
        self.removed.add(side)
        self.special = self.special or not self.met

    def doubt(self) -> None:
        """A sync was broken off or was a part: what was typed may have travelled or not."""
        for cell in self.cells.values():
            cell.unsure = cell.unsure or bool(cell.typed)
