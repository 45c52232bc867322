"""An invoice's lines: the CRM's lines as Xero's, with account, tax and the total to expect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from xtiger.mapping.convert import Lookups
from xtiger.mapping.role_values import RoleValues, _number
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.plans import Cause
from xtiger.model.records import Module, Record
from xtiger.model.values import Plain, canon
from xtiger.rules.accounts import check_account
from xtiger.rules.causes import cause_of
from xtiger.rules.line_merge import ADJUSTMENT_ID, CHARGES_ID
from xtiger.rules.money import (
    PRICE_PLACES,
    QUANTITY_PLACES,
    LineSum,
    Totals,
    line_sum,
    places,
    totals,
)
from xtiger.rules.preflight import text_cause
from xtiger.rules.taxes import CrmTax, find_tax

#: What a line from the CRM's charges is called (feature F062).
CHARGES = "Charges"
ADJUSTMENT = "Adjustment"
MAX_DESCRIPTION = 4000
#: What decides whether two Xero lines are the same; LineItemID is not among it.
LINE_KEYS = (
    "ItemCode",
    "Description",
    "Quantity",
    "UnitAmount",
    "DiscountRate",
    "DiscountAmount",
    "AccountCode",
    "TaxType",
)


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
    #: Id of each line, parallel to lines: the host's, or "#" and its place where it has none.
    host_ids: tuple[str, ...]
    totals: Totals
    #: (place of the line, what of it, cause), in the order found; "" stands for the whole line.
    faults: tuple[tuple[int, str, Cause], ...] = ()
    #: (role, CRM id, name) of items that must be linked first.
    needs: tuple[tuple[str, str, str], ...] = ()
    #: Places of the lines that name no account: theirs is of the product or a default, as of now.
    assumed: frozenset[int] = frozenset()

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Everything found wrong."""
        return tuple(cause for _, _, cause in self.faults)


@dataclass(slots=True)
class _Work:
    """What is collected while going through the lines."""

    lines: list[dict[str, Plain]] = field(default_factory=list)
    host_ids: list[str] = field(default_factory=list)
    sums: list[LineSum] = field(default_factory=list)
    faults: list[tuple[int, str, Cause]] = field(default_factory=list)
    needs: list[tuple[str, str, str]] = field(default_factory=list)
    assumed: set[int] = field(default_factory=set)

    def fault(self, cell: str, cause: Cause) -> None:
        """Note what is wrong with the line that is being built."""
        self.faults.append((len(self.lines), cell, cause))

    def add(self, expected: LineSum, line: dict[str, Plain], host_id: str) -> None:
        """Take one line in; lines, ids and sums stay side by side."""
        self.sums.append(expected)
        self.lines.append(line)
        self.host_ids.append(host_id)


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


def line_id(line: Mapping[str, Plain], place: int, *, stable: bool) -> str:
    """The host's id of a line, or a stand-in by its place (from 0) where the host has none."""
    own = str(line.get("id") or "") if stable else ""
    return own or f"#{place}"


def build_lines(
    record: Record, module: Module, lookups: LineLookups, *, stable: bool = True
) -> BuiltLines:
    """The CRM's lines as Xero's request lines, tax-exclusive, with the expected totals.

    Group tax: the first line's taxes count for every line, as Vtiger computes it. Charges and
    adjustment of the head become lines of their own. A line with nothing but text is a comment.
    """
    head = RoleValues(module, record.values)
    group = head.text("invoice.tax_mode") == "group"
    work = _Work()
    shared: list[CrmTax] | None = None
    for number, line in enumerate(record.lines, start=1):
        values, host_id = RoleValues(module, line), line_id(line, number - 1, stable=stable)
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
            work.fault("", _no_number(f"line {number}", error))
            work.add(LineSum(Decimal(0), Decimal(0)), {}, host_id)
    if not record.lines:
        work.fault("", cause_of("lines_missing"))
    _add_head_lines(work, head, lookups)
    return BuiltLines(
        tuple(work.lines),
        tuple(work.host_ids),
        totals(work.sums),
        tuple(work.faults),
        tuple(work.needs),
        frozenset(work.assumed),
    )


def _no_number(field: str, error: ValueError) -> Cause:
    return cause_of("value_unreadable", field=field, value=str(error), type="number")


def _is_comment(values: RoleValues) -> bool:
    """Whether a line has text and nothing to sell: Xero shows it without amounts."""
    text = values.text("line.description") or values.text("line.name")
    item = any(values.text(role) for role in ("line.product", "line.service"))
    amounts = [values.number(role) for role in ("line.quantity", "line.unit_price")]
    # A CRM that demands numbers gets zeros for a comment of Xero.
    nothing = amounts in ([None, None], [0, 0])
    return text is not None and not item and nothing and not values.amount("line.total")


def _add_line(
    work: _Work,
    number: int,
    values: RoleValues,
    taxes: Sequence[CrmTax],
    lookups: LineLookups,
    *,
    group: bool,
    host_id: str,
) -> None:
    quantity, price = values.number("line.quantity"), values.number("line.unit_price")
    _check_amounts(work, number, quantity, price)
    item = _line_item(work, number, values, lookups)
    account, where = _line_account(work, number, values, item, lookups)
    if not values.text("line.account"):
        work.assumed.add(len(work.lines))
    rate = find_tax(taxes, lookups.fields.taxes, account, line=number, group=group)
    if isinstance(rate, Cause):
        work.fault("TaxType", _on(rate, where))
        rate = TaxRate("", "", Decimal(0))
    percent = values.number("line.discount_percent") or None
    discount = None if percent else (values.number("line.discount_amount") or None)
    quantity, price = quantity or Decimal(0), price or Decimal(0)
    expected = line_sum(
        quantity, price, discount_percent=percent, discount_amount=discount, tax_rate=rate.rate
    )
    work.add(
        expected,
        _xero_line(
            ItemCode=item.code if item else None,
            Description=_description(work, number, values, item),
            Quantity=quantity,
            UnitAmount=price,
            DiscountRate=percent,
            DiscountAmount=discount,
            AccountCode=account.code if account else None,
            TaxType=rate.tax_type or None,
        ),
        host_id,
    )


def _check_amounts(
    work: _Work, number: int, quantity: Decimal | None, price: Decimal | None
) -> None:
    for cell, name, value, limit in (
        ("Quantity", "quantity", quantity, QUANTITY_PLACES),
        ("UnitAmount", "price", price, PRICE_PLACES),
    ):
        if value is None:
            work.fault(cell, cause_of("line_incomplete", line=number, field=name))
        elif places(value) > limit:
            work.fault(
                cell, cause_of("price_too_fine", field=f"{name} of line {number}", value=str(value))
            )


def _on(cause: Cause, where: str) -> Cause:
    """A tax that does not stand with its account, with the place that the account is from."""
    if cause.code != "tax_account_mismatch":
        return cause
    return replace(cause, data={**cause.data, "where": where})


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
            work.fault(
                "ItemCode",
                cause_of("line_incomplete", line=number, field=f"{role} {item_id} in the CRM"),
            )
            return None
        if not item.ready:
            work.fault(
                "ItemCode",
                cause_of("waits_for_parent", parent=item.name or item.code, role=role, id=item_id),
            )
            return item
        work.needs.append((role, item_id, item.name or item.code))
        return item
    return None


def _line_account(
    work: _Work, number: int, values: RoleValues, item: LineItem | None, lookups: LineLookups
) -> tuple[Account | None, str]:
    """The account of a line by the ladder, and where it is from; None with a fault noted."""
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
                work.fault("AccountCode", found)
                return None, where
            return found, where
    work.fault("AccountCode", cause_of("account_missing", line=number))
    return None, ""


def _description(work: _Work, number: int, values: RoleValues, item: LineItem | None) -> str:
    text = values.text("line.description") or values.text("line.name")
    text = text or (item.name if item else None)
    if not text:
        work.fault("Description", cause_of("line_incomplete", line=number, field="description"))
        return ""
    if len(text) > MAX_DESCRIPTION:
        work.fault(
            "Description",
            cause_of(
                "text_too_long",
                field=f"text of line {number}",
                length=len(text),
                limit=MAX_DESCRIPTION,
            ),
        )
    odd = text_cause(f"text of line {number}", text)
    if odd is not None:
        work.fault("Description", odd)
    return text


def _add_head_lines(work: _Work, head: RoleValues, lookups: LineLookups) -> None:
    try:
        charges, adjustment = head.amount("invoice.charges"), head.amount("invoice.adjustment")
        percent = head.amount("invoice.charges_tax")
    except ValueError as error:
        work.fault("", _no_number("charges", error))
        return
    taxes = [CrmTax("", percent)] if percent else []
    if charges:
        _add_head_line(work, CHARGES, charges, taxes, lookups, CHARGES_ID)
    if adjustment:
        _add_head_line(work, ADJUSTMENT, adjustment, [], lookups, ADJUSTMENT_ID)


def _add_head_line(
    work: _Work,
    text: str,
    amount: Decimal,
    taxes: Sequence[CrmTax],
    lookups: LineLookups,
    host_id: str,
) -> None:
    if places(amount) > PRICE_PLACES:
        work.fault("UnitAmount", cause_of("price_too_fine", field=text, value=str(amount)))
    work.assumed.add(len(work.lines))
    number = len(work.lines) + 1
    wanted = lookups.charges_account or lookups.default_account
    found = check_account(wanted, lookups.fields.accounts, "the mapping") if wanted else None
    if found is None or isinstance(found, Cause):
        work.fault("AccountCode", found or cause_of("account_missing", line=number))
        found = None
    rate = find_tax(taxes, lookups.fields.taxes, found, line=number, group=False)
    if isinstance(rate, Cause):
        work.fault("TaxType", _on(rate, "the mapping"))
        rate = TaxRate("", "", Decimal(0))
    work.add(
        line_sum(Decimal(1), amount, tax_rate=rate.rate),
        _xero_line(
            Description=text,
            Quantity=Decimal(1),
            UnitAmount=amount,
            AccountCode=found.code if found else None,
            TaxType=rate.tax_type or None,
        ),
        host_id,
    )


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
