"""Xero's lines as the CRM's: values by role, taxes by the CRM's own names, and the CRM's total."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xtiger.mapping.lines_to_xero import line_taxes
from xtiger.mapping.role_values import RoleValues
from xtiger.model.chart_of_accounts import Account
from xtiger.model.plans import Cause
from xtiger.model.records import Field, Module, Tax
from xtiger.model.values import Plain, as_decimal, canon
from xtiger.rules.accounts import begins_with_code, find_account
from xtiger.rules.causes import cause_of
from xtiger.rules.money import cents, line_sum, round_places
from xtiger.rules.taxes import NO_TAX, CrmTax, TaxTable, find_tax

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
    text: Plain = None,
) -> dict[str, Plain] | Cause:
    """The CRM's values for the cells that come in, of a new line or of the one in `now`.

    `number` counts the lines from 1 for sentences; `account` is the code that the line has in
    Xero, whether it comes in or not: the same percentage means another tax on another account.
    `text` is the text that both sides have, and keep when only the item comes in.
    """
    line = _Line(module, RoleValues(module, now or {}), {})
    if "ItemCode" in cells:
        found = _put_item(line, cells["ItemCode"], lookups)
        if found is not None:
            return found
    _put_said(line, cells, text)
    for cell, role in (("Quantity", "quantity"), ("UnitAmount", "unit_price")):
        if cell in cells:
            _put_number(line, role, cells[cell])
    if "Discount" in cells:
        kind, value = cells["Discount"] or ("", None)
        line.put("discount_percent", value if kind == "rate" else None)
        line.put("discount_amount", value if kind == "amount" else None)
    if "AccountCode" in cells:
        _put_account(line, cells["AccountCode"])
    if "TaxType" in cells:
        account = cells.get("AccountCode") or account
        tax = crm_tax(cells["TaxType"], account, lookups, module, number)
        if isinstance(tax, Cause):
            return tax
        _put_tax(line, tax)
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


def _put_number(line: _Line, role: str, value: Plain) -> None:
    field = line.module.by_role(f"line.{role}")
    required = field is not None and field.required
    line.put(role, Decimal(0) if value is None and required else value)


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
                yield CrmTax("" if by_rate else label, percent)
    own = [tax for tax in lookups.crm_taxes if as_decimal(tax.percent) == percent]
    own.sort(key=lambda tax: tax.name.casefold() != name.casefold())
    yield from (CrmTax(tax.name, percent) for tax in own)
    yield CrmTax(name, percent)


# --- the CRM's total -------------------------------------------------------------------------


def crm_total(
    module: Module, values: Mapping[str, Plain], lines: Sequence[Mapping[str, Plain]]
) -> Decimal:
    """What the invoice comes to in the CRM, with numbers cut to the decimals that it keeps.

    Raises ValueError that names a value which is no number.
    """
    head = RoleValues(module, _kept(module.fields, values))
    group = head.text("invoice.tax_mode") == "group"
    shared: Decimal | None = None
    total = Decimal(0)
    for given in lines:
        line = RoleValues(module, _kept(module.lines, given))
        percent = sum((tax.percent for tax in line_taxes(line)), Decimal(0))
        if group:
            shared = percent if shared is None else shared
            percent = shared
        found = line_sum(
            line.amount("line.quantity"),
            line.amount("line.unit_price"),
            discount_percent=line.number("line.discount_percent"),
            discount_amount=line.number("line.discount_amount"),
            tax_rate=percent,
        )
        total += found.amount + found.tax
    charges = cents(head.amount("invoice.charges"))
    tax = cents(charges * head.amount("invoice.charges_tax") / 100)
    return total + charges + tax + cents(head.amount("invoice.adjustment"))


def _kept(fields: Sequence[Field], values: Mapping[str, Plain]) -> dict[str, Plain]:
    """The values as the CRM will round them."""
    decimals = {f.name: f.decimals for f in fields if f.decimals is not None}
    return {
        name: canon(round_places(value, decimals[name] or 0))
        if name in decimals and isinstance(value, Decimal)
        else value
        for name, value in values.items()
    }
