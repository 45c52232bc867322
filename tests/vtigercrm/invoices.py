"""What Vtiger makes of an invoice: its lines, its totals, and the pitfalls of changing one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.vtigercrm.fields import CHARGE
from tests.vtigercrm.refusals import Fatal, Refusal
from tests.vtigercrm.values import kept_text, number, placed

TAXES = ("tax1", "tax2", "tax3")
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Item:
    """What a line sells."""

    id: str
    name: str
    kind: str
    price: Decimal
    #: Its own taxes → percent.
    taxes: Mapping[str, Decimal]


#: The item of an id; None where there is none.
Items = Callable[[str], Item | None]


def lines_of(given: Sequence[Any], mode: str, items: Items, new_id: Callable[[], str]) -> list[Any]:
    """The lines as they are stored; raises Refusal where one is no line."""
    if not given:
        raise Refusal("MANDATORY_FIELDS_MISSING", "Mandatory Fields Missing..")
    return [_line(raw, place, mode, items, new_id()) for place, raw in enumerate(given, start=1)]


def _line(raw: Any, place: int, mode: str, items: Items, line_id: str) -> dict[str, Any]:
    if not raw.get("productid") or not raw.get("quantity"):
        raise Refusal("MANDATORY_FIELDS_MISSING", "Mandatory Fields Missing..")
    item = items(str(raw["productid"]))
    sold = item if item is not None and item.kind in ("Products", "Services") else None
    price = raw.get("listprice")
    percents = {tax: raw[tax] for tax in TAXES if tax in raw}
    if mode == "individual" and not percents and sold is not None:
        percents = dict(sold.taxes)
    return {
        "parent_id": "7xArray",
        # Any record may be named: what is no item leaves its name, and no record leaves nothing.
        "productid": sold.id if sold is not None else "",
        "sequence_no": str(place),
        "quantity": placed(raw["quantity"], 3),
        "listprice": placed(sold.price if price in (None, "") and sold else price, 8),
        "discount_percent": placed(raw.get("discount_percent"), 3),
        "discount_amount": placed(raw.get("discount_amount"), 8),
        "comment": kept_text(str(raw.get("comment") or ""), 65535),
        "description": "",
        "incrementondel": "1",
        **{tax: placed(percents.get(tax), 3) for tax in TAXES},
        "image": "",
        "purchase_cost": "0.00000000",
        "margin": "0.00000000",
        "id": line_id,
        "product_name": item.name if item is not None else None,
        "entity_type": item.kind if item is not None else None,
        "deleted": "0" if item is not None else None,
    }


def _net(line: Mapping[str, Any]) -> Decimal:
    gross = number(line["quantity"]) * number(line["listprice"])
    amount = number(line["discount_amount"])
    return gross - (amount or gross * number(line["discount_percent"]) / _HUNDRED)


def _percents(line: Mapping[str, Any]) -> Decimal:
    return sum((number(line[tax]) for tax in TAXES), Decimal(0))


def _own_tax(line: Mapping[str, Any], items: Items) -> Decimal:
    """The tax of one line: any percentage is stored, and only those of its product count."""
    item = items(str(line["productid"]))
    assigned = item.taxes if item is not None else {}
    rate = sum((number(line[tax]) for tax in TAXES if tax in assigned), Decimal(0))
    return _net(line) * rate / _HUNDRED


def charge_of(values: Mapping[str, Any], net: Decimal) -> Decimal:
    """What the charge comes to: an amount, or a percentage as text."""
    text = str(values.get(CHARGE) or "").strip()
    return net * number(text[:-1]) / _HUNDRED if text.endswith("%") else number(text)


def totals(
    values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], items: Items
) -> dict[str, Decimal]:
    """Sub total, total before tax and total, none of them rounded."""
    net = sum(map(_net, lines), Decimal(0))
    individual = values.get("hdnTaxType") == "individual"
    taxed = sum((_own_tax(line, items) for line in lines), Decimal(0)) if individual else Decimal(0)
    sub = net + taxed
    off = number(values.get("hdnDiscountAmount"))
    off = off or sub * number(values.get("hdnDiscountPercent")) / _HUNDRED
    charge = charge_of(values, net - off)
    # The taxes of the first line are those of the whole.
    group = Decimal(0) if individual else (sub - off) * _percents(lines[0]) / _HUNDRED
    on_charge = charge * sum((number(values.get(f"{CHARGE}_sh{tax}")) for tax in TAXES), Decimal(0))
    grand = sub - off + charge + group + on_charge / _HUNDRED
    return {
        "hdnSubTotal": sub,
        "pre_tax_total": net - off + charge,
        "hdnGrandTotal": grand + number(values.get("txtAdjustment")),
        "hdnS_H_Amount": charge,
    }


def taken_head(given: Mapping[str, Any]) -> dict[str, Any]:
    """The charge and the discount of the whole as an invoice keeps them."""
    found: dict[str, Any] = {}
    amount, percent = (
        number(given.get("hdnDiscountAmount")),
        number(given.get("hdnDiscountPercent")),
    )
    found["hdnDiscountAmount"] = placed(amount, 8) if amount else ""
    found["hdnDiscountPercent"] = placed(percent, 3) if percent and not amount else ""
    found[CHARGE] = given.get(CHARGE, given.get("hdnS_H_Amount"))
    taxed = {name: given[name] for name in (f"{CHARGE}_sh{tax}" for tax in TAXES) if name in given}
    found |= taxed or {f"{CHARGE}_sh{tax}": 0 for tax in TAXES}
    return found


def refuse_blanks(given: Mapping[str, Any]) -> None:
    """PHP 8 ends where it counts with an empty text."""
    names = [name for name in given if name == "hdnDiscountAmount" or name.startswith(CHARGE)]
    if any(given[name] in ("", None) for name in names):
        raise Fatal


def final_details(lines: Sequence[Mapping[str, Any]], items: Items) -> dict[str, Any]:
    """Data of the page, of which only the taxes of each line's product are of use."""
    found: dict[str, Any] = {}
    for place, line in enumerate(lines, start=1):
        item = items(str(line["productid"]))
        shown: dict[str, Any] = {f"hdnProductId{place}": str(line["productid"]).rpartition("x")[2]}
        if item is not None and item.taxes:
            shown["taxes"] = [
                {"taxname": tax, "percentage": placed(line[tax], 3)} for tax in item.taxes
            ]
        found[str(place)] = shown
    return found
