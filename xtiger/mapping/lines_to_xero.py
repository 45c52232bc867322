"""An invoice's lines: the CRM's lines as Xero's, with account, tax and the total to expect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from xtiger.mapping.convert import Lookups
from xtiger.mapping.documents.head_discount import Spread, spread_of
from xtiger.mapping.line_forms import as_sent
from xtiger.mapping.line_taxes import LineTaxes
from xtiger.mapping.role_values import RoleValues
from xtiger.model import line_ids
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.line_ids import LineId, at_place, of_host
from xtiger.model.plans import Cause
from xtiger.model.records import Module, Record
from xtiger.model.values import Plain, canon
from xtiger.rules.accounts import check_account
from xtiger.rules.causes import cause_of
from xtiger.rules.money import (
    PRICE_PLACES,
    QUANTITY_PLACES,
    LineSum,
    Totals,
    cents,
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
    #: Its purchase account in the CRM, as written there.
    purchase_account: str | None = None
    #: Whether Xero keeps its stock, which moves by the quantity of a line.
    tracked: bool = False


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
    #: Up to so much the CRM's adjustment is rounding, and no line.
    small_adjustment: Decimal = Decimal(0)
    #: Whether the document buys: then products give their purchase account.
    buys: bool = False
    #: Whether the lines bear the discount on the whole of the invoice.
    spreads_discount: bool = False
    #: (what a line names, its number) → its tracking, or why there is none.
    tracking: Callable[[str, int], list[dict[str, str]] | Cause] = lambda _text, _line: []


@dataclass(frozen=True, slots=True)
class NeededItem:
    """What a line sells, which must be linked before the line is sent."""

    #: "product" or "service".
    role: str
    crm_id: str
    #: What people call it: its name or code.
    name: str


@dataclass(frozen=True, slots=True)
class BuiltLines:
    """The lines as Xero takes them, in order, with everything that was found wrong."""

    lines: tuple[dict[str, Plain], ...]
    #: Id of each line, parallel to lines.
    host_ids: tuple[LineId, ...]
    totals: Totals
    #: (place of the line, what of it, cause), in the order found; "" stands for the whole line.
    faults: tuple[tuple[int, str, Cause], ...] = ()
    #: Items that must be linked first.
    needs: tuple[NeededItem, ...] = ()
    #: Places of the lines that name no account: theirs is of the product or a default, as of now.
    assumed: frozenset[int] = frozenset()

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Everything found wrong."""
        return tuple(cause for _, _, cause in self.faults)


def _when_bought(cause: Cause) -> Cause:
    """What is said of a line that buys, where an option of its own cures it."""
    data = cause.data
    match cause.code:
        case "account_missing":
            return cause_of("purchase_account_missing", line=data["line"])
        case "tax_unknown":
            return cause_of(
                "purchase_tax_unknown",
                tax=data["tax"],
                line=data["line"],
                nearest=data["nearest"],
            )
        case _:
            return cause


@dataclass(slots=True)
class _Work:
    """What is collected while going through the lines."""

    lines: list[dict[str, Plain]] = field(default_factory=list)
    host_ids: list[LineId] = field(default_factory=list)
    sums: list[LineSum] = field(default_factory=list)
    faults: list[tuple[int, str, Cause]] = field(default_factory=list)
    needs: list[NeededItem] = field(default_factory=list)
    assumed: set[int] = field(default_factory=set)
    buys: bool = False
    #: The discount on the whole, which the lines bear.
    spread: Spread | None = None

    def fault(self, cell: str, cause: Cause) -> None:
        """Note what is wrong with the line that is being built."""
        said = _when_bought(cause) if self.buys else cause
        self.faults.append((len(self.lines), cell, said))

    def add(self, expected: LineSum, line: dict[str, Plain], host_id: LineId) -> None:
        """Take one line in; lines, ids and sums stay side by side."""
        self.sums.append(expected)
        self.lines.append(line)
        self.host_ids.append(host_id)


def line_id(line: Mapping[str, Plain], place: int, *, stable: bool) -> LineId:
    """The id of a line of a record: the host's, or a stand-in by its place (from 0)."""
    own = str(line.get("id") or "") if stable else ""
    return of_host(own) if own else at_place(place)


def build_lines(
    record: Record, module: Module, lookups: LineLookups, *, stable: bool = True
) -> BuiltLines:
    """The CRM's lines as Xero's request lines, tax-exclusive, with the expected totals.

    Group tax: the first line's taxes count for every line, as Vtiger computes it. Charges and
    adjustment of the head become lines of their own. A line with nothing but text is a comment.
    """
    head = RoleValues(module, record.values)
    spread = spread_of(module, record.values, record.lines) if lookups.spreads_discount else None
    work = _Work(buys=lookups.buys, spread=spread)
    taxes = LineTaxes(record, module, lookups.fields.taxes)
    for number, line in enumerate(record.lines, start=1):
        values, host_id = RoleValues(module, line), line_id(line, number - 1, stable=stable)
        try:
            if _is_comment(values):
                text = _description(work, number, values, None)
                _check_form(work, number, {"Description": text})
                work.add(LineSum(Decimal(0), Decimal(0)), {"Description": text}, host_id)
                continue
            _add_line(work, number, values, taxes, lookups, host_id)
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
    taxes: LineTaxes,
    lookups: LineLookups,
    host_id: LineId,
) -> None:
    counted = _counted(work, number, values)
    item = _line_item(work, number, values, lookups)
    account, where = _line_account(work, number, values, item, lookups)
    if not values.text("line.account"):
        work.assumed.add(len(work.lines))
    rate = taxes.rate(values, account, number)
    if isinstance(rate, Cause):
        work.fault("TaxType", _on(rate, where))
        rate = TaxRate("", "", Decimal(0))
    meant = _xero_line(
        ItemCode=item.code if item else None,
        Description=_description(work, number, values, item),
        AccountCode=account.code if account else None,
        TaxType=rate.tax_type or None,
        **counted,
    )
    sent = as_sent(meant, tracked=item.tracked if item else False)
    _check_form(work, number, sent)
    line = request_line(sent) | _tracked(work, number, values, lookups)
    work.add(sum_of(sent, rate.rate), line, host_id)


def _tracked(
    work: _Work, number: int, values: RoleValues, lookups: LineLookups
) -> dict[str, Plain]:
    found = lookups.tracking(values.text("line.tracking") or "", number)
    if isinstance(found, Cause):
        work.fault("Tracking", found)
        return {}
    return {"Tracking": found} if found else {}


def _counted(work: _Work, number: int, values: RoleValues) -> dict[str, Plain]:
    """What a line counts with; a percentage counts before an amount."""
    found: dict[str, Plain] = {}
    for cell, name in (("Quantity", "quantity"), ("UnitAmount", "price")):
        role = "line.quantity" if name == "quantity" else "line.unit_price"
        value = values.number(role)
        if value is None:
            work.fault(cell, cause_of("line_incomplete", line=number, field=name))
        found[cell] = value or Decimal(0)
    percent, amount = (values.number(f"line.discount_{kind}") for kind in ("percent", "amount"))
    if percent or amount:
        found["Discount"] = ["rate", percent] if percent else ["amount", amount]
    if work.spread is not None:
        gross = found["Quantity"] * found["UnitAmount"]
        found["Discount"] = work.spread.on(number - 1, found.get("Discount"), gross)
    return found


def _check_form(work: _Work, number: int, sent: Mapping[str, Plain]) -> None:
    """Note numbers that are too fine for Xero although a line was written otherwise if it may."""
    for cell, name, limit in (
        ("Quantity", "quantity", QUANTITY_PLACES),
        ("UnitAmount", "price", PRICE_PLACES),
    ):
        value = sent.get(cell)
        if isinstance(value, Decimal) and places(value) > limit:
            work.fault(
                cell, cause_of("price_too_fine", field=f"{name} of line {number}", value=str(value))
            )
    text = str(sent.get("Description") or "")
    if len(text) > MAX_DESCRIPTION:
        work.fault("Description", _too_long(number, text))


def sum_of(cells: Mapping[str, Plain], rate: Decimal) -> LineSum:
    """What Xero will compute of a line's cells; a quantity that is not given is 1."""
    kind, value = cells.get("Discount") or ("", None)
    quantity = cells.get("Quantity")
    return line_sum(
        Decimal(1) if quantity is None else quantity,
        cells.get("UnitAmount") or Decimal(0),
        discount_percent=value if kind == "rate" else None,
        discount_amount=value if kind == "amount" else None,
        tax_rate=rate,
    )


def request_line(cells: Mapping[str, Plain]) -> dict[str, Plain]:
    """The cells of a line by the names that a request has for them."""
    kind, value = cells.get("Discount") or ("", None)
    names = {"rate": "DiscountRate", "amount": "DiscountAmount"}
    found = {name: cell for name, cell in cells.items() if name != "Discount" and cell is not None}
    return found | ({names[kind]: value} if kind else {})


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
        work.needs.append(NeededItem(role, item_id, item.name or item.code))
        return item
    return None


def _line_account(
    work: _Work, number: int, values: RoleValues, item: LineItem | None, lookups: LineLookups
) -> tuple[Account | None, str]:
    """The account of a line by the ladder, and where it is from; None with a fault noted."""
    ladder = (
        (values.text("line.account"), f"line {number}"),
        (_of_item(item, lookups), f"the product of line {number}"),
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


def _of_item(item: LineItem | None, lookups: LineLookups) -> str | None:
    if item is None:
        return None
    return item.purchase_account if lookups.buys else item.account


def _description(work: _Work, number: int, values: RoleValues, item: LineItem | None) -> str:
    text = values.text("line.description") or values.text("line.name")
    text = text or (item.name if item else None)
    if not text:
        work.fault("Description", cause_of("line_incomplete", line=number, field="description"))
        return ""
    odd = text_cause(f"text of line {number}", text)
    if odd is not None:
        work.fault("Description", odd)
    return text


def _too_long(number: int, text: str) -> Cause:
    field, length = f"text of line {number}", len(text)
    return cause_of("text_too_long", field=field, length=length, limit=MAX_DESCRIPTION)


def _add_head_lines(work: _Work, head: RoleValues, lookups: LineLookups) -> None:
    try:
        charges, adjustment = head.amount("invoice.charges"), head.amount("invoice.adjustment")
        percent = head.amount("invoice.charges_tax")
    except ValueError as error:
        work.fault("", _no_number("charges", error))
        return
    taxes = [CrmTax("", percent)] if percent else []
    if charges:
        _add_head_line(work, CHARGES, charges, taxes, lookups, line_ids.CHARGES)
    if abs(adjustment) > lookups.small_adjustment:
        _add_head_line(work, ADJUSTMENT, adjustment, [], lookups, line_ids.ADJUSTMENT)


def _add_head_line(
    work: _Work,
    text: str,
    amount: Decimal,
    taxes: Sequence[CrmTax],
    lookups: LineLookups,
    host_id: LineId,
) -> None:
    if places(amount) > PRICE_PLACES:
        amount = cents(amount)  # one piece, which comes to cents anyway
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
