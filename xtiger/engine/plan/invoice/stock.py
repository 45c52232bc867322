"""Stock that invoices of one plan take from tracked items, before Xero refuses the last of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xtiger.model.links import Shadow
from xtiger.model.plans import Cause
from xtiger.model.values import Plain, as_decimal, canon_number
from xtiger.rules.causes import cause_of

#: Statuses of a document that has moved stock.
MOVING = frozenset({"AUTHORISED", "PAID"})


def _sold(lines: Sequence[Mapping[str, Plain]]) -> dict[str, Decimal]:
    """Item code → quantity on these lines of Xero."""
    found: dict[str, Decimal] = {}
    for line in lines:
        code = str(line.get("ItemCode") or "")
        if code:
            found[code] = found.get(code, Decimal(0)) + (as_decimal(line.get("Quantity")) or 0)
    return found


@dataclass(slots=True)
class Tracked:
    """Codes of items whose stock Xero keeps: of those sold first, of all when another is."""

    seen: set[str] = field(default_factory=set)
    tracked: set[str] = field(default_factory=set)
    _whole: bool = False

    def note(self, items: Iterable[Shadow]) -> None:
        """Take in the last seen copies of some items."""
        for one in items:
            code = str(one.payload.get("Code") or "")
            self.seen.add(code)
            if one.payload.get("IsTrackedAsInventory") and not one.gone:
                self.tracked.add(code)

    def has(self, code: str, each: Callable[[], Iterable[Shadow]]) -> bool:
        """Whether Xero keeps the stock of this one; `each` reads all, once and when needed."""
        if code not in self.seen and not self._whole:
            self.note(each())
            self._whole = True
        return code in self.tracked


@dataclass(slots=True)
class Stock:
    """What is left of each tracked item while a plan gives it to one invoice after the other."""

    #: Item code → quantity that is left, of tracked items only.
    left: dict[str, Decimal]

    @classmethod
    def of(cls, items: Iterable[Shadow]) -> Stock:
        """What Xero has in stock, by the last seen copies of all its items."""
        return cls(
            {
                str(one.payload.get("Code")): as_decimal(one.payload.get("QuantityOnHand"))
                or Decimal(0)
                for one in items
                if one.payload.get("IsTrackedAsInventory") and not one.gone
            }
        )

    def take(
        self, lines: Sequence[Mapping[str, Plain]], before: Sequence[Mapping[str, Plain]] = ()
    ) -> Cause | None:
        """Give these lines their items; the cause, and nothing given, when one runs out.

        `before` are the lines of the same document that have moved stock already.
        """
        left, moved = self.left, _sold(before)
        wanted = {
            code: quantity - moved.get(code, Decimal(0))
            for code, quantity in _sold(lines).items()
            if code in left
        }
        for code, quantity in wanted.items():
            if quantity > 0 and quantity > left[code]:
                available = max(left[code], Decimal(0)) + moved.get(code, Decimal(0))
                total = quantity + moved.get(code, Decimal(0))
                texts = [str(canon_number(one)) for one in (available, total)]
                return cause_of("stock_short", available=texts[0], item=code, wanted=texts[1])
        for code, quantity in wanted.items():
            left[code] -= quantity
        return None
