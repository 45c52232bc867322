"""The lines of an invoice as each side's half of the base, and both read for the merge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xtiger.mapping.documents.head_discount import ROLES as DISCOUNTS
from xtiger.mapping.documents.head_discount import Spread, spread_of
from xtiger.mapping.line_forms import as_meant, takes_all, upright
from xtiger.mapping.line_taxes import tax_kept_as
from xtiger.mapping.lines_to_xero import LINE_KEYS, line_id, line_keys, sum_of
from xtiger.mapping.role_values import RoleValues
from xtiger.model.line_ids import (
    ADJUSTMENT,
    CHARGES,
    OF_HEAD,
    LineId,
    kept_at,
    lost,
    xero_line_at,
)
from xtiger.model.links import Pair
from xtiger.model.records import Module, Record, XeroRecord
from xtiger.model.values import Plain, canon
from xtiger.rules.line_merge import Archive, BaseLine, XeroLine
from xtiger.rules.line_pairs import align
from xtiger.rules.money import LineSum, cents, round_places
from xtiger.rules.rounding import MOST, is_small

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
    found |= {role: _amount(canon(head.raw(f"invoice.{role}"))) for role in DISCOUNTS}
    if tax_kept_as(module) == "sum":
        found["tax"] = _amount(canon(head.raw("invoice.tax")))
    return {"lines": lines, "head": {k: v for k, v in found.items() if v is not None}}


def xero_half(record: XeroRecord) -> list[dict[str, Plain]]:
    """Xero's own half: what decides over each line, with its LineItemID."""
    amounts = str(record.values.get("LineAmountTypes") or "Exclusive")
    extra = {} if amounts == "Exclusive" else {AMOUNTS: amounts}
    return [
        {**keys, "LineItemID": xero_line_at(line, place), **extra}
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
    lines: Mapping[LineId, Mapping[str, Plain]]
    head: Mapping[str, Plain]
    #: The discount on the whole, as each line bears it.
    spread: Spread | None = None

    def in_head(self, linked: Collection[str] | None = None) -> list[LineId]:
        """The ids of the lines that the head makes; small ones only where they are `linked`.

        A small amount without a line of its own in Xero is the CRM's rounding.
        """
        return [
            line
            for line, role in OF_HEAD.items()
            if _amount(amount := self.head.get(role))
            and (linked is None or line in linked or not _may_be_rounding(line, amount))
        ]

    def ids(self, linked: Collection[str] | None = None) -> list[LineId]:
        """The ids of all lines, in the order in which they are sent; see in_head."""
        return [*self.lines, *self.in_head(linked)]

    def feeds(self, wanted: LineId) -> dict[str, Plain]:
        """Cell → the CRM's values that feed it, of one line."""
        if wanted == CHARGES:
            return {"UnitAmount": self.head.get("charges"), "TaxType": self.head.get("charges_tax")}
        if wanted == ADJUSTMENT:
            return {"UnitAmount": self.head.get("adjustment")}
        found = self._line_feeds(RoleValues(self.module, self.lines[wanted]))
        if self.spread is not None:
            place = list(self.lines).index(wanted)
            found["Discount"] = [*found["Discount"], self.spread.mark(place)]
        return found

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
            **_figures(line),
            "AccountCode": account or item,
            "TaxType": self._taxes(taxed),
        }

    def _taxes(self, line: RoleValues) -> list[Plain]:
        """The taxes of a line, and the amount of it where the CRM says no rate."""
        rates = [line.raw(f"line.{name}") or None for name in ("taxes", "tax_name", "tax_rate")]
        amount = self.head.get("tax") or line.raw("line.tax")
        return [*rates, None if any(rates) else _amount(amount)]

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


def _figures(line: RoleValues) -> dict[str, Plain]:
    """What a line counts with, as it stands in Xero: the sign on the price, a whole discount."""
    quantity, price = line.raw("line.quantity"), line.raw("line.unit_price")
    percent, amount = (
        _amount(line.raw(f"line.discount_{kind}")) or None for kind in ("percent", "amount")
    )
    if not percent and takes_all(quantity, price, amount):
        percent, amount = Decimal(100), None
    counted = {"Quantity": quantity, "UnitAmount": price, "Discount": [percent, amount]}
    return counted | upright(quantity, price)


def _may_be_rounding(line: LineId, amount: Plain) -> bool:
    return line == ADJUSTMENT and isinstance(amount, Decimal) and is_small(amount, MOST)


def _amount(value: Plain) -> Plain:
    """A number or what stands in its place; zero and empty are nothing."""
    return None if value in (None, "") or value == 0 else value


def read_crm(half: Mapping[str, Any], module: Module) -> CrmLines:
    """The lines of a CRM half; lines of older bases have no ids and get their places."""
    listed = {kept_at(line, place): line for place, line in enumerate(half["lines"])}
    head = dict(half.get("head") or {})
    return CrmLines(module, listed, head, kept_spread(half, module))


def kept_spread(half: Mapping[str, Any], module: Module) -> Spread | None:
    """The discount on the whole that a CRM half keeps; None for none."""
    head = half.get("head") or {}
    whole = {
        described.name: head[role]
        for role in DISCOUNTS
        if role in head and (described := module.by_role(f"invoice.{role}"))
    }
    return spread_of(module, whole, half["lines"]) if whole else None


# --- Xero's lines ----------------------------------------------------------------------------


def xero_cells(keys: Mapping[str, Plain], rate_of: RateOf) -> dict[str, Plain]:
    """One line of Xero's half as the CRM means it, with prices that exclude tax at 4 places."""
    cells = own_cells(keys)
    if keys.get(AMOUNTS) == "Inclusive":
        _exclude_tax(cells, rate_of(str(cells.get("TaxType") or "")))
    else:
        cells = as_meant(cells)
    sold = cells.get("ItemCode") or cells.get("UnitAmount") or cells.get("Quantity")
    return cells if sold else {k: v for k, v in cells.items() if k == "Description"}


def own_cells(keys: Mapping[str, Plain]) -> dict[str, Plain]:
    """One line of Xero's half as cells, with the numbers that Xero has."""
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
    if keys.get(AMOUNTS) == "NoTax":
        cells["TaxType"] = "NONE"
    if cells.get("UnitAmount") is not None:
        cells.setdefault("Quantity", Decimal(1))
    return cells


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


def with_tax(value: Plain, rate: Decimal, before: Decimal = Decimal(0)) -> Plain:
    """A price, or a discount that is an amount, with this tax in it instead of the one before."""
    if isinstance(value, Decimal):
        return canon(round_places(value * (100 + rate) / (100 + before), 4))
    if isinstance(value, list) and value[0] == "amount":
        return ["amount", with_tax(value[1], rate, before)]
    return value


def counted(cells: Mapping[str, Plain], rate: Decimal, amounts: str) -> LineSum:
    """Net and tax of a line as Xero computes them, by how its document counts."""
    if amounts == "NoTax":
        return sum_of(cells, Decimal(0))
    if amounts != "Inclusive":
        return sum_of(cells, rate)
    gross = sum_of(cells, Decimal(0)).amount
    tax = cents(gross * rate / (100 + rate))
    return LineSum(gross - tax, tax)


def net_amount(cells: Mapping[str, Plain]) -> Decimal:
    """The net amount of a line, to the cent."""
    return cells_sum(cells, Decimal(0))[0]


def cells_sum(cells: Mapping[str, Plain], rate: Decimal) -> tuple[Decimal, Decimal]:
    """(net amount, tax) of a line, as Xero computes them."""
    found = sum_of(cells, rate)
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
    theirs: dict[str, Any] = {xero_line_at(line, n): line for n, line in enumerate(pair.xero)}
    ours = crm.ids(None if aged else links)
    linked = _by_order(ours, list(theirs)) if aged else _linked(ours, theirs, links)
    if linked is None:
        return None
    crm_names = _crm_names(crm, now) if aged or not now.stable else {}
    xero_names = _xero_names(theirs, now) if aged else {}
    current = {str(line["LineItemID"]): line for line in now.xero}
    lines = []
    for own in ours:
        xero_id = xero_names.get(linked[own], linked[own])
        cells = _base_cells(crm, own, theirs[linked[own]], current.get(xero_id, {}), now)
        lines.append(BaseLine(crm_names.get(own, own), xero_id, crm.feeds(own), cells))
    return Archive(tuple(lines), tuple(xero_names.get(key, key) for key in theirs))


def _by_order(ours: Sequence[LineId], theirs: Sequence[str]) -> dict[LineId, str] | None:
    return dict(zip(ours, theirs, strict=True)) if len(ours) == len(theirs) else None


def _linked(
    ours: Sequence[LineId], theirs: Mapping[str, object], links: Mapping[str, str]
) -> dict[LineId, str] | None:
    """CRM line id → Xero's; None unless each line of the base has its own partner."""
    found = {own: links[own] for own in ours if links.get(own) in theirs}
    whole = len(found) == len(ours) == len(theirs) == len(set(found.values()))
    return found if whole else None


def _crm_names(base: CrmLines, now: Halves) -> dict[LineId, LineId]:
    """Id in the base → id today, of lines that have no lasting id."""
    pairs = align(base.keys(), now.crm.keys())
    today = list(now.crm.lines)
    return {line: today[pairs[n]] if n in pairs else lost(n) for n, line in enumerate(base.lines)}


def _xero_names(base: Mapping[str, Mapping[str, Plain]], now: Halves) -> dict[str, str]:
    def keys(lines: Sequence[Mapping[str, Plain]]) -> list[tuple[object, ...]]:
        parts = ("ItemCode", "Description", "Quantity", "UnitAmount")
        return [tuple(str(line.get(part)) for part in parts) for line in lines]

    pairs = align(keys(list(base.values())), keys(now.xero))
    today = [str(line["LineItemID"]) for line in now.xero]
    return {key: today[pairs[n]] if n in pairs else lost(n) for n, key in enumerate(base)}


def _base_cells(
    crm: CrmLines, own: LineId, keys: Mapping[str, Plain], current: Mapping[str, Plain], now: Halves
) -> dict[str, Plain]:
    """The agreed cells. A new code of an item shows in its old invoices; nobody edited those."""
    cells = xero_cells(keys, now.rate_of)
    if own in OF_HEAD:
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
