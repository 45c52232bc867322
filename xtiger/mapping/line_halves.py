"""The lines of an invoice as each side's half of the base, and both read for the merge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xtiger.mapping.lines_to_xero import LINE_KEYS, line_id, line_keys
from xtiger.mapping.role_values import RoleValues
from xtiger.model.links import Pair
from xtiger.model.records import Module, Record, XeroRecord
from xtiger.model.values import Plain, canon
from xtiger.rules.line_merge import ADJUSTMENT_ID, CHARGES_ID, Archive, BaseLine, XeroLine
from xtiger.rules.line_pairs import align
from xtiger.rules.money import line_sum, round_places

#: What of the head makes lines, or decides over them.
HEAD_ROLES = ("charges", "charges_tax", "adjustment", "tax_mode")
_ITEM_ROLES = ("line.product", "line.service")
#: In Xero's half: how the document counts its amounts, where that is not Exclusive.
AMOUNTS = "Amounts"
#: Tax type → percentage; None when it is not known.
RateOf = Callable[[str], Decimal | None]


# --- halves of the base ----------------------------------------------------------------------


def crm_half(record: Record, module: Module, *, stable: bool) -> dict[str, Any]:
    """The CRM's own half: its line values with their ids, and what of the head makes lines."""
    lines = [
        {**{k: canon(v) for k, v in line.items()}, "id": line_id(line, place, stable=stable)}
        for place, line in enumerate(record.lines)
    ]
    head = RoleValues(module, record.values)
    found = {role: canon(head.raw(f"invoice.{role}")) for role in HEAD_ROLES}
    return {"lines": lines, "head": {k: v for k, v in found.items() if v is not None}}


def xero_half(record: XeroRecord) -> list[dict[str, Plain]]:
    """Xero's own half: what decides over each line, with its LineItemID."""
    amounts = str(record.values.get("LineAmountTypes") or "Exclusive")
    extra = {} if amounts == "Exclusive" else {AMOUNTS: amounts}
    return [
        {**keys, "LineItemID": str(line.get("LineItemID") or f"#{place}"), **extra}
        for place, (keys, line) in enumerate(
            zip(line_keys(record.lines), record.lines, strict=True)
        )
    ]


def net_keys(record: XeroRecord, rate_of: RateOf) -> list[dict[str, Plain]]:
    """What decides over each line, with prices and taxes as the CRM's lines are sent."""
    return net_half(xero_half(record), rate_of)


def net_half(half: Sequence[Mapping[str, Plain]], rate_of: RateOf) -> list[dict[str, Plain]]:
    """The same of a half: without ids, and whether prices had tax in them."""
    found = []
    for line in half:
        keys = {key: value for key, value in line.items() if key in LINE_KEYS}
        amounts = line.get(AMOUNTS)
        if amounts == "NoTax" and "TaxType" in keys:
            keys["TaxType"] = "NONE"
        rate = rate_of(str(keys.get("TaxType") or "")) if amounts == "Inclusive" else None
        for name in ("UnitAmount", "DiscountAmount"):
            if rate and name in keys:
                keys[name] = _net(keys[name], rate)
        found.append(keys)
    return found


# --- the CRM's lines -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CrmLines:
    """The lines of one CRM half: id → values in order, and the head's amounts by role."""

    module: Module
    lines: Mapping[str, Mapping[str, Plain]]
    head: Mapping[str, Plain]

    def in_head(self) -> list[str]:
        """The ids of the lines that the head makes."""
        ids = {"charges": CHARGES_ID, "adjustment": ADJUSTMENT_ID}
        return [line for role, line in ids.items() if _amount(self.head.get(role))]

    def ids(self) -> list[str]:
        """The ids of all lines, in the order in which they are sent."""
        return [*self.lines, *self.in_head()]

    def feeds(self, wanted: str) -> dict[str, Plain]:
        """Cell → the CRM's values that feed it, of one line."""
        if wanted == CHARGES_ID:
            return {"UnitAmount": self.head.get("charges"), "TaxType": self.head.get("charges_tax")}
        if wanted == ADJUSTMENT_ID:
            return {"UnitAmount": self.head.get("adjustment")}
        return self._line_feeds(RoleValues(self.module, self.lines[wanted]))

    def _line_feeds(self, line: RoleValues) -> dict[str, Plain]:
        item = [line.raw(role) for role in _ITEM_ROLES]
        account, taxed = line.raw("line.account"), line
        group = self.head.get("tax_mode") == "group"
        if group:
            # The first line's taxes count for every line.
            taxed = RoleValues(self.module, next(iter(self.lines.values())))
        return {
            "ItemCode": item,
            "Description": self._text(line, item),
            "Quantity": line.raw("line.quantity"),
            "UnitAmount": line.raw("line.unit_price"),
            "Discount": [
                _amount(line.raw(f"line.discount_{kind}")) or None for kind in ("percent", "amount")
            ],
            "AccountCode": account or item,
            "TaxType": [
                taxed.raw(f"line.{name}") or None for name in ("taxes", "tax_name", "tax_rate")
            ],
        }

    def _text(self, line: RoleValues, item: list[Plain]) -> Plain:
        """The text; a name that is only shown is the product's, and no edit of the line."""
        described = self.module.by_role("line.name")
        own = described is not None and described.writable
        sold = any(part is not None for part in item)
        name = line.raw("line.name") if own or not sold else None
        text = [line.raw("line.description"), name]
        return text if any(text) else item

    def keys(self) -> list[tuple[object, ...]]:
        """What recognises each line where ids do not."""
        found: list[tuple[object, ...]] = []
        for line in self.lines:
            feeds = self.feeds(line)
            found.append(
                (
                    str(feeds["ItemCode"]),
                    str(feeds["Description"]),
                    str(feeds["Quantity"]),
                    str(feeds["UnitAmount"]),
                )
            )
        return found


def _amount(value: Plain) -> Plain:
    """A number or what stands in its place; zero and empty are nothing."""
    return None if value in (None, "") or value == 0 else value


def read_crm(half: Mapping[str, Any], module: Module) -> CrmLines:
    """The lines of a CRM half; lines of older bases have no ids and get their places."""
    listed = {line_id(line, n, stable=True): line for n, line in enumerate(half["lines"])}
    return CrmLines(module, listed, dict(half.get("head") or {}))


# --- Xero's lines ----------------------------------------------------------------------------


def xero_cells(keys: Mapping[str, Plain], rate_of: RateOf) -> dict[str, Plain]:
    """One line of Xero's half as cells, with prices that exclude tax at 4 decimal places."""
    cells = {
        cell: keys[cell]
        for cell in ("ItemCode", "Description", "Quantity", "UnitAmount", "AccountCode", "TaxType")
        if cell in keys
    }
    percent, amount = keys.get("DiscountRate"), keys.get("DiscountAmount")
    # Xero counts an amount before a rate; a request has one of them.
    discount = ["amount", amount] if amount is not None else ["rate", percent]
    if discount[1] is not None:
        cells["Discount"] = discount
    amounts = keys.get(AMOUNTS)
    if amounts == "NoTax":
        cells["TaxType"] = "NONE"
    elif amounts == "Inclusive":
        _exclude_tax(cells, rate_of(str(cells.get("TaxType") or "")))
    if cells.get("UnitAmount") is not None:
        cells.setdefault("Quantity", Decimal(1))
    sold = cells.get("ItemCode") or cells.get("UnitAmount") or cells.get("Quantity")
    return cells if sold else {k: v for k, v in cells.items() if k == "Description"}


def _exclude_tax(cells: dict[str, Plain], rate: Decimal | None) -> None:
    if not rate:
        return
    price, discount = cells.get("UnitAmount"), cells.get("Discount")
    if price is not None:
        cells["UnitAmount"] = _net(price, rate)
    if discount is not None and discount[0] == "amount":
        cells["Discount"] = ["amount", _net(discount[1], rate)]


def _net(amount: Plain, rate: Decimal) -> Plain:
    return canon(round_places(amount * 100 / (100 + rate), 4))


def net_amount(cells: Mapping[str, Plain]) -> Decimal:
    """The net amount of a line, to the cent."""
    return cells_sum(cells, Decimal(0))[0]


def cells_sum(cells: Mapping[str, Plain], rate: Decimal) -> tuple[Decimal, Decimal]:
    """(net amount, tax) of a line, as Xero computes them."""
    kind, value = cells.get("Discount") or ("", None)
    quantity = cells.get("Quantity")
    found = line_sum(
        Decimal(1) if quantity is None else quantity,
        cells.get("UnitAmount") or Decimal(0),
        discount_percent=value if kind == "rate" else None,
        discount_amount=value if kind == "amount" else None,
        tax_rate=rate,
    )
    return found.amount, found.tax


def head_cells(cells: Mapping[str, Plain]) -> dict[str, Plain]:
    """A line that the CRM keeps in its head: one piece at the line's net amount."""
    kept = {k: v for k, v in cells.items() if k != "Discount"}
    return {**kept, "Quantity": Decimal(1), "UnitAmount": canon(net_amount(cells))}


# --- the base --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Halves:
    """What reading a base needs of today."""

    crm: CrmLines
    #: Xero's half as it is now.
    xero: Sequence[Mapping[str, Plain]]
    rate_of: RateOf
    #: Values of a CRM line → the code that its item has now, "" without one.
    code_now: Callable[[Mapping[str, Plain]], str]
    #: Whether the host's line ids last.
    stable: bool


def read_archive(pair: Pair | None, links: Mapping[str, str], now: Halves) -> Archive | None:
    """The lines last agreed on, by today's ids; None when nothing usable was.

    A base without ids is linked by its order, in which the lines were sent.
    """
    if pair is None or not isinstance(pair.crm, Mapping) or not isinstance(pair.xero, list):
        return None
    aged = any("id" not in line for line in pair.crm["lines"]) or any(
        "LineItemID" not in line for line in pair.xero
    )
    crm = read_crm(pair.crm, now.crm.module)
    theirs = {str(x.get("LineItemID") or f"#{n}"): x for n, x in enumerate(pair.xero)}
    linked = _by_order(crm.ids(), list(theirs)) if aged else _linked(crm.ids(), theirs, links)
    if linked is None:
        return None
    crm_names = _crm_names(crm, now) if aged or not now.stable else {}
    xero_names = _xero_names(theirs, now) if aged else {}
    current = {str(line["LineItemID"]): line for line in now.xero}
    lines = []
    for own in crm.ids():
        xero_id = xero_names.get(linked[own], linked[own])
        cells = _base_cells(crm, own, theirs[linked[own]], current.get(xero_id, {}), now)
        lines.append(BaseLine(crm_names.get(own, own), xero_id, crm.feeds(own), cells))
    return Archive(tuple(lines), tuple(xero_names.get(key, key) for key in theirs))


def _by_order(ours: Sequence[str], theirs: Sequence[str]) -> dict[str, str] | None:
    return dict(zip(ours, theirs, strict=True)) if len(ours) == len(theirs) else None


def _linked(
    ours: Sequence[str], theirs: Mapping[str, object], links: Mapping[str, str]
) -> dict[str, str] | None:
    """CRM line id → Xero's; None unless each line of the base has its own partner."""
    found = {own: links[own] for own in ours if links.get(own) in theirs}
    whole = len(found) == len(ours) == len(theirs) == len(set(found.values()))
    return found if whole else None


def _crm_names(base: CrmLines, now: Halves) -> dict[str, str]:
    """Id in the base → id today, of lines that have no lasting id."""
    pairs = align(base.keys(), now.crm.keys())
    today = list(now.crm.lines)
    return {line: today[pairs[n]] if n in pairs else f"~{n}" for n, line in enumerate(base.lines)}


def _xero_names(base: Mapping[str, Mapping[str, Plain]], now: Halves) -> dict[str, str]:
    def keys(lines: Sequence[Mapping[str, Plain]]) -> list[tuple[object, ...]]:
        parts = ("ItemCode", "Description", "Quantity", "UnitAmount")
        return [tuple(str(line.get(part)) for part in parts) for line in lines]

    pairs = align(keys(list(base.values())), keys(now.xero))
    today = [str(line["LineItemID"]) for line in now.xero]
    return {key: today[pairs[n]] if n in pairs else f"~{n}" for n, key in enumerate(base)}


def _base_cells(
    crm: CrmLines, own: str, keys: Mapping[str, Plain], current: Mapping[str, Plain], now: Halves
) -> dict[str, Plain]:
    """The agreed cells. A new code of an item shows in its old invoices; nobody edited those."""
    cells = xero_cells(keys, now.rate_of)
    if own.startswith("@"):
        return head_cells(cells)
    code = current.get("ItemCode")
    if cells.get("ItemCode") and code and code == now.code_now(crm.lines[own]):
        cells["ItemCode"] = code
    return cells


def xero_lines(
    half: Sequence[Mapping[str, Plain]], rate_of: RateOf, in_head: set[str]
) -> list[XeroLine]:
    """Xero's lines for the merge; those of `in_head` (LineItemIDs) count as one piece."""
    found = []
    for keys in half:
        cells, line = xero_cells(keys, rate_of), str(keys["LineItemID"])
        found.append(XeroLine(line, head_cells(cells) if line in in_head else cells))
    return found
