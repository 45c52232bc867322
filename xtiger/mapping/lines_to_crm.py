"""Xero's lines as the CRM's: values by role, taxes by the CRM's own names, and the CRM's total."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xtiger.mapping.documents.head_discount import spread_of
from xtiger.mapping.line_forms import takes_all, upright
from xtiger.mapping.line_taxes import line_amount, line_taxes, tax_kept_as
from xtiger.mapping.role_values import RoleValues
from xtiger.model.chart_of_accounts import Account
from xtiger.model.plans import Cause
from xtiger.model.records import Arithmetic, Field, Module, Tax
from xtiger.model.values import Plain, as_decimal, canon
from xtiger.rules.accounts import begins_with_code, find_account
from xtiger.rules.causes import cause_of
from xtiger.rules.money import CrmLine, cents, crm_sum, round_places
from xtiger.rules.taxes import NO_TAX, CrmTax, TaxTable, effective_percent, find_tax

#: The cells that a tax is an amount of.
_TAXED = frozenset({"Quantity", "UnitAmount", "Discount", "TaxType"})
#: The name of a line that has none, where the CRM demands one (feature F063).
NAMELESS = "??????"


@dataclass(frozen=True, slots=True)
class SoldItem:
    """What a line from Xero sells, as the CRM has it or is about to."""

    #: "product" or "service".
    role: str
    #: CRM id, or the stand-in for one that the same plan creates.
    crm_id: str
    name: str


@dataclass(frozen=True, slots=True)
class InLookups:
    """What lines on their way into the CRM need from outside; all of it read before."""

    #: Item code → the item, None when the line sells none, or the cause to wait.
    item: Callable[[str], SoldItem | Cause | None]
    taxes: TaxTable
    accounts: Mapping[str, Account]
    #: The CRM's own taxes; empty where it has no table of them.
    crm_taxes: Sequence[Tax] = ()


@dataclass(slots=True)
class _Line:
    """The values of one line as they are put together, by role."""

    module: Module
    #: The line as the CRM has it; empty for a new one.
    now: RoleValues
    values: dict[str, Plain]

    def has(self, role: str) -> bool:
        """Whether the CRM takes values of this role."""
        field = self.module.by_role(f"line.{role}")
        return field is not None and field.writable

    def must_have(self, role: str) -> bool:
        """Whether the CRM takes no line without a value of this role."""
        field = self.module.by_role(f"line.{role}")
        return field is not None and field.required

    def put(self, role: str, value: Plain) -> None:
        """Set a value where the CRM takes it."""
        field = self.module.by_role(f"line.{role}")
        if field is not None and field.writable:
            self.values[field.name] = value

    def text(self, role: str) -> str | None:
        """The text that the line will have."""
        field = self.module.by_role(f"line.{role}")
        if field is not None and field.name in self.values:
            value = self.values[field.name]
            return None if value in (None, "") else str(value)
        return self.now.text(f"line.{role}")

    def said(self) -> str | None:
        """What the line will say in Xero, but for one that says the name of its item."""
        return self.text("description") or self.text("name")


def line_values(
    module: Module,
    cells: Mapping[str, Plain],
    lookups: InLookups,
    *,
    number: int,
    now: Mapping[str, Plain] | None = None,
    account: Plain = None,
    tax_type: Plain = None,
    text: Plain = None,
) -> dict[str, Plain] | Cause:
    """The CRM's values for the cells that come in, of a new line or of the one in `now`.

    `number` counts the lines from 1 for sentences; `account` and `tax_type` are those that the
    line has in Xero, whether they come in or not: the same percentage means another tax on
    another account, and a CRM may keep its tax as an amount.
    `text` is the text that both sides have, and keep when only the item comes in.
    """
    line = _Line(module, RoleValues(module, now or {}), {})
    if "ItemCode" in cells:
        found = _put_item(line, cells["ItemCode"], lookups)
        if found is not None:
            return found
    _put_said(line, cells, text)
    _put_figures(line, cells)
    if "AccountCode" in cells:
        _put_account(line, cells["AccountCode"])
    if "TaxType" in cells:
        account = cells.get("AccountCode") or account
        tax = crm_tax(cells["TaxType"], account, lookups, module, number)
        if isinstance(tax, Cause):
            return tax
        _put_tax(line, tax)
    if cells.keys() & _TAXED:
        rate = lookups.taxes.percent(str(cells.get("TaxType", tax_type) or ""))
        _put_sums(line, now or {}, rate or Decimal(0))
    _fill_name(line)
    return line.values


def _put_item(line: _Line, code: Plain, lookups: InLookups) -> Cause | None:
    found = lookups.item(str(code)) if code else None
    if isinstance(found, Cause):
        return found
    for role in ("product", "service"):
        line.put(role, found.crm_id if found and found.role == role else None)
    if found is not None:
        line.put("name", found.name or None)
    return None


def _put_said(line: _Line, cells: Mapping[str, Plain], text: Plain) -> None:
    """The text that comes in; or the one both sides have, which an item would change."""
    if "Description" in cells:
        _put_text(line, cells["Description"])
    elif "ItemCode" in cells and text and text != line.said():
        _put_text(line, text)


def _put_text(line: _Line, text: Plain) -> None:
    """Into the field that the text came from; a new line's text into its description."""
    by_name = line.now.text("line.description") is None and line.now.text("line.name") is not None
    sold = line.text("product") or line.text("service")
    if not line.has("description") or (by_name and not sold and line.has("name")):
        line.put("name", text)
    else:
        line.put("description", text)


def _put_figures(line: _Line, cells: Mapping[str, Plain]) -> None:
    """What the line counts with; a quantity below zero in the CRM keeps its sign there."""
    quantity, price = (line.now.raw(f"line.{role}") for role in ("quantity", "unit_price"))
    mirrored = bool(upright(quantity, price))
    for cell, role in (("Quantity", "quantity"), ("UnitAmount", "unit_price")):
        if cell in cells:
            value = cells[cell]
            turned = mirrored and isinstance(value, Decimal)
            _put_number(line, role, canon(-value) if turned else value)
    amount = line.now.raw("line.discount_amount")
    whole = not line.now.raw("line.discount_percent") and takes_all(quantity, price, amount)
    if "Discount" in cells:
        kind, value = cells["Discount"] or ("", None)
        _put_number(line, "discount_percent", value if kind == "rate" else None)
        _put_number(line, "discount_amount", value if kind == "amount" else None)
    elif whole and {"Quantity", "UnitAmount"} & set(cells):
        # In Xero it is a discount of 100 %, which goes on taking all.
        counted = (cells.get("Quantity", quantity), cells.get("UnitAmount", price))
        line.put("discount_amount", canon((counted[0] or 0) * (counted[1] or 0)))


def _put_number(line: _Line, role: str, value: Plain) -> None:
    field = line.module.by_role(f"line.{role}")
    required = field is not None and field.required
    line.put(role, Decimal(0) if value is None and required else value)


def _put_sums(line: _Line, now: Mapping[str, Plain], xero_rate: Decimal) -> None:
    """The tax of a CRM that keeps it as an amount, and what of the sums it must have.

    Such a CRM computes nothing, and nobody is asked.
    """
    by_amount = tax_kept_as(line.module) == "line"
    needed = {role for role in ("total", "tax") if line.must_have(role)}
    if not needed and not by_amount:
        return
    found = RoleValues(line.module, {**now, **line.values})
    net = cents(line_amount(found))
    if "total" in needed:
        line.put("total", net)
    if by_amount:
        line.put("tax", cents(net * xero_rate / 100))
    elif "tax" in needed:
        line.put("tax", cents(net * effective_percent(line_taxes(found)) / 100))


def _put_account(line: _Line, code: Plain) -> None:
    field = line.module.by_role("line.account")
    if code and field is not None:
        fitting = [c.value for c in field.choices if begins_with_code(c.value, str(code))]
        code = fitting[0] if fitting else code
    line.put("account", code)


def _put_tax(line: _Line, tax: CrmTax | None) -> None:
    """Name and rate where the CRM has them, else the list of taxes with this one."""
    single = line.has("tax_rate") or line.has("tax_name")
    line.put("tax_name", tax.name or None if tax else None)
    line.put("tax_rate", tax.percent if tax else None)
    listed = [{"name": tax.name, "percent": tax.percent}] if tax and not single else []
    line.put("taxes", listed)


def _fill_name(line: _Line) -> None:
    field = line.module.by_role("line.name")
    if field is not None and field.required and line.text("name") is None:
        line.put("name", NAMELESS)


# --- taxes -----------------------------------------------------------------------------------


def crm_tax(
    tax_type: Plain, account: Plain, lookups: InLookups, module: Module, number: int
) -> CrmTax | Cause | None:
    """The CRM's tax for one of Xero's, such that it means this one again; None for no tax."""
    if tax_type in (None, "", NO_TAX, lookups.taxes.no_tax().tax_type):
        return None
    rate = lookups.taxes.rate(str(tax_type))
    if rate is None:
        return cause_of("tax_not_read", tax=str(tax_type), line=number)
    found = find_account(str(account), lookups.accounts) if account else None
    field = module.by_role("line.tax_name")
    for tax in _candidates(rate.tax_type, rate.name, rate.rate, lookups):
        if field is not None and field.choices and not _is_choice(field, tax.name):
            continue
        means = find_tax([tax], lookups.taxes, found, line=number, group=False)
        if not isinstance(means, Cause) and means.tax_type == rate.tax_type:
            return tax
    fits = field is None or not field.choices or _is_choice(field, rate.name)
    return CrmTax(rate.name if fits else "", rate.rate)


def _is_choice(field: Field, text: str) -> bool:
    return any(choice.active and choice.value == text for choice in field.choices)


def _candidates(tax_type: str, name: str, percent: Decimal, lookups: InLookups) -> Iterator[CrmTax]:
    """By the saved tax map, then the CRM's own taxes of this rate, then Xero's own name."""
    for key, mapped in lookups.taxes.tax_map.items():
        if mapped == tax_type and " + " not in key:
            label, _, shown = key.partition("|")
            try:
                number = as_decimal(shown or label)
            except ValueError:
                number = percent
            by_rate = not shown and number is not None and label.strip()[:1].isdigit()
            if number == percent:
                yield CrmTax("" if by_rate else _own_name(label, lookups), percent)
    own = [tax for tax in lookups.crm_taxes if as_decimal(tax.percent) == percent]
    own.sort(key=lambda tax: tax.name.casefold() != name.casefold())
    yield from (CrmTax(tax.name, percent) for tax in own)
    yield CrmTax(name, percent)


def _own_name(label: str, lookups: InLookups) -> str:
    """The CRM's name of a tax that the map has as people write it: "VAT 19 %" may be "VAT"."""
    taxes = (CrmTax(tax.name, as_decimal(tax.percent) or Decimal(0)) for tax in lookups.crm_taxes)
    return next((tax.name for tax in taxes if tax.label == label), label)


# --- the CRM's total -------------------------------------------------------------------------


def crm_total(
    module: Module,
    values: Mapping[str, Plain],
    lines: Sequence[Mapping[str, Plain]],
    arithmetic: Arithmetic = "line",
    digits: int = 2,
) -> Decimal:
    """What the invoice comes to in the CRM, with numbers cut to the decimals that it keeps.

    `digits` are the places of its currency.

    Raises ValueError that names a value which is no number.
    """
    head = RoleValues(module, _kept(module.fields, values))
    group = head.text("invoice.tax_mode") == "group"
    shared: Decimal | None = None
    counted: list[CrmLine] = []
    taxed = head.amount("invoice.tax") if tax_kept_as(module) == "sum" else Decimal(0)
    spread = spread_of(module, values, lines)
    for place, given in enumerate(lines):
        line = RoleValues(module, _kept(module.lines, given))
        taxes = line_taxes(line)
        percent = effective_percent(taxes)
        if group:
            shared = percent if shared is None else shared
            percent = shared
        net = line_amount(line)
        if spread is not None:
            net = spread.net(place, net, exact=arithmetic == "none")
        counted.append(CrmLine(net, percent))
        if not taxes and not group:
            taxed += line.amount("line.tax")
    charges = CrmLine(head.amount("invoice.charges"), head.amount("invoice.charges_tax"))
    found = crm_sum([*counted, charges], arithmetic, digits) + taxed
    adjustment = round_places(head.amount("invoice.adjustment"), digits)
    return round_places(found + adjustment, digits)


def _kept(fields: Sequence[Field], values: Mapping[str, Plain]) -> dict[str, Plain]:
    """The values as the CRM will round them."""
    decimals = {f.name: f.decimals for f in fields if f.decimals is not None}
    return {
        name: canon(round_places(value, decimals[name] or 0))
        if name in decimals and isinstance(value, Decimal)
        else value
        for name, value in values.items()
    }
