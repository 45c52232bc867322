"""An invoice's lines: the CRM's lines as Xero's, with account, tax and the total to expect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xtiger.fields import Lookups, check_account
from xtiger.links import Account
from xtiger.money import PRICE_PLACES, QUANTITY_PLACES, LineSum, Totals, line_sum, places, totals
from xtiger.plans import Cause
from xtiger.records import Module, Record
from xtiger.taxes import CrmTax, find_tax
from xtiger.values import Plain, as_decimal, canon, canon_text

#: What a line from the CRM's charges is called (feature F062).
CHARGES = "Charges"
ADJUSTMENT = "Adjustment"
MAX_DESCRIPTION = 4000
#: What decides whether two Xero lines are the same; LineItemID is not among it.
LINE_KEYS = ("ItemCode", "Description", "Quantity", "UnitAmount", "DiscountRate",
             "DiscountAmount", "AccountCode", "TaxType")  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineItem:
    """A product or service as a line needs it."""

    code: str
    name: str
    #: Its sales account in the CRM, as written there.
    account: str | None
    #: Linked, or about to be sent before the invoice.
    ready: bool


@dataclass(frozen=True, slots=True)
class LineLookups:
    """What building lines needs besides the field look-ups."""

    fields: Lookups
    #: (role "product" or "service", CRM id) → the item; None when there is no such record.
    item: Callable[[str, str], LineItem | None]
    #: The last rungs of the account ladder: of the organisation, of the module's mapping.
    organisation_account: str | None = None
    default_account: str | None = None
    charges_account: str | None = None


@dataclass(frozen=True, slots=True)
class BuiltLines:
    """The lines as Xero takes them, in order, with everything that was found wrong."""

    lines: tuple[dict[str, Plain], ...]
    #: Host line id of each line, "" where there is none; parallel to lines.
    host_ids: tuple[str, ...]
    totals: Totals
    causes: tuple[Cause, ...] = ()
    #: (role, CRM id, name) of items that must be linked first.
    needs: tuple[tuple[str, str, str], ...] = ()


@dataclass(slots=True)
class _Work:
    """What is collected while going through the lines."""

    lines: list[dict[str, Plain]] = field(default_factory=list)
    host_ids: list[str] = field(default_factory=list)
    sums: list[LineSum] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    needs: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, expected: LineSum, line: dict[str, Plain], host_id: str = "") -> None:
        """Take one line in; lines, ids and sums stay side by side."""
        self.sums.append(expected)
        self.lines.append(line)
        self.host_ids.append(host_id)


class RoleValues:
    """Reads values of a record or line by role instead of by the host's own names."""

    def __init__(self, module: Module, values: Mapping[str, Plain]) -> None:
        self._module, self._values = module, values

    def raw(self, role: str) -> Plain:
        """The value as the host gave it; None when the role is not described."""
        described = self._module.by_role(role)
        return None if described is None else self._values.get(described.name)

    def text(self, role: str) -> str | None:
        """Canonical text."""
        value = self.raw(role)
        return None if value is None else canon_text(str(value))

    def number(self, role: str) -> Decimal | None:
        """A number; None when empty. Raises ValueError that names any other value."""
        return _number(self.raw(role))

    def amount(self, role: str) -> Decimal:
        """A number, zero when empty."""
        return self.number(role) or Decimal(0)


def _number(value: Plain) -> Decimal | None:
    try:
        number = as_decimal(value)
    except ValueError as error:
        raise ValueError(str(value)[:40]) from error
    return None if number is None else canon(number)


def line_taxes(values: RoleValues) -> list[CrmTax]:
    """The taxes of one line: the list of several, or the one name and rate.

    Raises ValueError that names a value which is no percentage or no list of taxes.
    """
    listed = values.raw("line.taxes")
    if listed:
        if isinstance(listed, str) or not all(isinstance(tax, Mapping) for tax in listed):
            raise ValueError(str(listed)[:40])
        found = [
            CrmTax(str(tax.get("name") or ""), _number(tax.get("percent")) or Decimal(0))
            for tax in listed
        ]
        return [tax for tax in found if tax.percent != 0] or found[:1]
    name, percent = values.text("line.tax_name") or "", values.number("line.tax_rate")
    if percent is None and not name:
        return []
    return [CrmTax(name, percent or Decimal(0))]


def build_lines(record: Record, module: Module, lookups: LineLookups) -> BuiltLines:
    """The CRM's lines as Xero's request lines, tax-exclusive, with the expected totals.

    Group tax: the first line's taxes count for every line, as Vtiger computes it. Charges and
    adjustment of the head become lines of their own. A line with nothing but text is a comment.
    """
    head = RoleValues(module, record.values)
    group = head.text("invoice.tax_mode") == "group"
    work = _Work()
    shared: list[CrmTax] | None = None
    for number, line in enumerate(record.lines, start=1):
        values, host_id = RoleValues(module, line), str(line.get("id") or "")
        try:
            if _is_comment(values):
                text = _description(work, number, values, None)
                work.add(LineSum(Decimal(0), Decimal(0)), {"Description": text}, host_id)
                continue
            taxes = line_taxes(values)
            if group:
                shared = taxes if shared is None else shared
                taxes = shared
            _add_line(work, number, values, taxes, lookups, group=group, host_id=host_id)
        except ValueError as error:
            data = {"field": f"line {number}", "value": str(error), "type": "number"}
            work.causes.append(Cause("value_unreadable", data))
    if not record.lines:
        work.causes.append(Cause("lines_missing"))
    _add_head_lines(work, head, lookups)
    return BuiltLines(
        tuple(work.lines), tuple(work.host_ids), totals(work.sums),
        tuple(work.causes), tuple(work.needs),
    )  # fmt: skip


def _is_comment(values: RoleValues) -> bool:
    """Whether a line has text and nothing to sell: Xero shows it without amounts."""
    text = values.text("line.description") or values.text("line.name")
    sold = ("line.product", "line.service", "line.quantity", "line.unit_price")
    nothing_sold = not any(values.text(role) for role in sold)
    return text is not None and nothing_sold and not values.amount("line.total")


def _add_line(
    work: _Work, number: int, values: RoleValues, taxes: Sequence[CrmTax],
    lookups: LineLookups, *, group: bool, host_id: str,
) -> None:  # fmt: skip
    quantity, price = values.number("line.quantity"), values.number("line.unit_price")
    for name, value, limit in (
        ("quantity", quantity, QUANTITY_PLACES),
        ("price", price, PRICE_PLACES),
    ):
        if value is None:
            work.causes.append(Cause("line_incomplete", {"line": number, "field": name}))
        elif places(value) > limit:
            data = {"field": f"{name} of line {number}", "value": str(value)}
            work.causes.append(Cause("price_too_fine", data))
    item = _line_item(work, number, values, lookups)
    account = _line_account(work, number, values, item, lookups)
    rate = find_tax(taxes, lookups.fields.taxes, account, line=number, group=group)
    if isinstance(rate, Cause):
        work.causes.append(rate)
        return
    percent = values.number("line.discount_percent") or None
    discount = None if percent else (values.number("line.discount_amount") or None)
    quantity, price = quantity or Decimal(0), price or Decimal(0)
    expected = line_sum(
        quantity, price, discount_percent=percent, discount_amount=discount, tax_rate=rate.rate
    )
    work.add(expected, _xero_line(
        ItemCode=item.code if item else None,
        Description=_description(work, number, values, item), Quantity=quantity,
        UnitAmount=price, DiscountRate=percent, DiscountAmount=discount,
        AccountCode=account.code if account else None, TaxType=rate.tax_type,
    ), host_id)  # fmt: skip


def _xero_line(**values: Plain) -> dict[str, Plain]:
    return {name: canon(value) for name, value in values.items() if value is not None}


def _line_item(
    work: _Work, number: int, values: RoleValues, lookups: LineLookups
) -> LineItem | None:
    for role in ("product", "service"):
        item_id = values.text(f"line.{role}")
        if item_id is None:
            continue
        item = lookups.item(role, item_id)
        if item is None:
            data = {"line": number, "field": f"{role} {item_id} in the CRM"}
            work.causes.append(Cause("line_incomplete", data))
            return None
        if not item.ready:
            work.causes.append(Cause("waits_for_parent", {"parent": item.name or item.code}))
            return item
        work.needs.append((role, item_id, item.name or item.code))
        return item
    return None


def _line_account(
    work: _Work, number: int, values: RoleValues, item: LineItem | None, lookups: LineLookups
) -> Account | None:
    ladder = (
        (values.text("line.account"), f"line {number}"),
        (item.account if item else None, f"the product of line {number}"),
        (lookups.organisation_account, "the organisation"),
        (lookups.default_account, "the mapping"),
    )
    for text, where in ladder:
        if text:
            found = check_account(text, lookups.fields.accounts, where)
            if isinstance(found, Cause):
                work.causes.append(found)
                return None
            return found
    work.causes.append(Cause("account_missing", {"line": number}))
    return None


def _description(work: _Work, number: int, values: RoleValues, item: LineItem | None) -> str:
    text = values.text("line.description") or values.text("line.name")
    text = text or (item.name if item else None)
    if not text:
        work.causes.append(Cause("line_incomplete", {"line": number, "field": "description"}))
        return ""
    if len(text) > MAX_DESCRIPTION:
        data = {"field": f"text of line {number}", "length": len(text), "limit": MAX_DESCRIPTION}
        work.causes.append(Cause("text_too_long", data))
    return text


def _add_head_lines(work: _Work, head: RoleValues, lookups: LineLookups) -> None:
    try:
        charges, adjustment = head.amount("invoice.charges"), head.amount("invoice.adjustment")
        percent = head.amount("invoice.charges_tax")
    except ValueError as error:
        data = {"field": "charges", "value": str(error), "type": "number"}
        work.causes.append(Cause("value_unreadable", data))
        return
    taxes = [CrmTax("", percent)] if percent else []
    for amount, text, line_taxes_ in ((charges, CHARGES, taxes), (adjustment, ADJUSTMENT, [])):
        if amount:
            _add_head_line(work, text, amount, line_taxes_, lookups)


def _add_head_line(
    work: _Work, text: str, amount: Decimal, taxes: Sequence[CrmTax], lookups: LineLookups
) -> None:
    if places(amount) > PRICE_PLACES:
        work.causes.append(Cause("price_too_fine", {"field": text, "value": str(amount)}))
    number = len(work.lines) + 1
    wanted = lookups.charges_account or lookups.default_account
    found = check_account(wanted, lookups.fields.accounts, "the mapping") if wanted else None
    if found is None or isinstance(found, Cause):
        work.causes.append(found or Cause("account_missing", {"line": number}))
        return
    rate = find_tax(taxes, lookups.fields.taxes, found, line=number, group=False)
    if isinstance(rate, Cause):
        work.causes.append(rate)
        return
    work.add(line_sum(Decimal(1), amount, tax_rate=rate.rate), _xero_line(
        Description=text, Quantity=Decimal(1), UnitAmount=amount,
        AccountCode=found.code, TaxType=rate.tax_type,
    ))  # fmt: skip


def line_keys(lines: Sequence[Mapping[str, Plain]]) -> list[dict[str, Plain]]:
    """Lines reduced to what decides whether they are the same; zero discounts are none."""
    kept = []
    for line in lines:
        short = {key: canon(line[key]) for key in LINE_KEYS if line.get(key) not in (None, "")}
        for key in ("DiscountRate", "DiscountAmount"):
            if short.get(key) == 0:
                del short[key]
        kept.append(short)
    return kept


def pair_line_ids(
    wanted: Sequence[Mapping[str, Plain]], host_ids: Sequence[str],
    current: Sequence[Mapping[str, Plain]], known: Mapping[str, str],
) -> list[dict[str, Plain]]:  # fmt: skip
    """The wanted lines with the LineItemID of the Xero line each belongs to.

    By the link of the host's line id first, then by equal content, in order; a line without
    partner goes without id, so that Xero makes a new one.
    """
    free = {str(line.get("LineItemID")): line for line in current if line.get("LineItemID")}
    result: list[dict[str, Plain]] = [dict(line) for line in wanted]
    for line, host_id in zip(result, host_ids, strict=True):
        line_id = known.get(host_id, "") if host_id else ""
        if line_id in free:
            line["LineItemID"] = line_id
            del free[line_id]
    for line in result:
        if "LineItemID" in line:
            continue
        wanted_key = line_keys([line])
        same = next((i for i, other in free.items() if line_keys([other]) == wanted_key), None)
        if same is not None:
            line["LineItemID"] = same
            del free[same]
    return result
