"""Stock of tracked items: moved by approved documents only, and never sold short."""

from __future__ import annotations

from decimal import Decimal

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.documents.documents import APPROVED
from xtiger.sandbox.accounting.envelope import Invalid
from xtiger.sandbox.accounting.kinds import Context, number, rounded
from xtiger.sandbox.accounting.lists import items
from xtiger.sandbox.state import Raw

#: Which way a document moves goods.
_IN = ("ACCPAY", "SPEND", "ACCRECCREDIT")
_OUT = ("ACCREC", "RECEIVE", "ACCPAYCREDIT")


def move(context: Context, before: Raw | None, after: Raw) -> None:
    """Move stock by the difference that a write makes; raises Invalid when there is too little."""
    old, new = _moved(context, before), _moved(context, after)
    short = []
    for item_id in old | new:
        item = context.get("Items", item_id)
        if item is None:
            continue
        quantity, cost = new.get(item_id, _NOTHING)
        change = quantity - old.get(item_id, _NOTHING)[0]
        left = number(item, "QuantityOnHand") + change
        if change < 0 and left < 0 and not context.backorders:
            short.append(messages.OWN_STOCK.format(code=item["Code"]))
            continue
        pool = number(item, "TotalCostPool") + _cost(
            item, change, cost - old.get(item_id, _NOTHING)[1]
        )
        pool = rounded(pool) if left > 0 else Decimal("0.00")
        context.put("Items", item_id, item | {"QuantityOnHand": left, "TotalCostPool": pool})
    if short:
        raise Invalid(short)


_NOTHING = (Decimal(0), Decimal(0))


def _cost(item: Raw, change: Decimal, bought: Decimal) -> Decimal:
    """Return what a movement adds to the cost pool: its price, or the average when it goes out."""
    if bought:
        return bought
    on_hand = number(item, "QuantityOnHand")
    return number(item, "TotalCostPool") / on_hand * change if on_hand else Decimal(0)


def _moved(context: Context, document: Raw | None) -> dict[str, tuple[Decimal, Decimal]]:
    """Return quantity and cost per tracked item that a document moves in (or, negative, out)."""
    if document is None or document["Status"] not in APPROVED:
        return {}
    sign = 1 if document["Type"] in _IN else -1 if document["Type"] in _OUT else 0
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for line in document["LineItems"] if sign else ():
        item = items.by_code(context, line.get("ItemCode") or "")
        if item is None or not item.get("InventoryAssetAccountCode"):
            continue
        quantity, cost = sums.get(item["ItemID"], _NOTHING)
        net = number(line, "LineAmount")
        if document["LineAmountTypes"] == "Inclusive":
            net -= number(line, "TaxAmount")
        if document["Type"] not in ("ACCPAY", "SPEND"):
            net = Decimal(0)
        base = net / number(document, "CurrencyRate")
        sums[item["ItemID"]] = (quantity + sign * number(line, "Quantity"), cost + base)
    return sums
