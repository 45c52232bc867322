"""Invoices on their way into the CRM: new ones, changed lines, status and money received."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged, mapped_to_crm, missing_in_crm
from xtiger.engine.plan.invoice import head_discounts
from xtiger.engine.plan.invoice.currencies import bring_rate, currency_of, in_use, places_of
from xtiger.engine.plan.invoice.head_lines import head_lines
from xtiger.engine.plan.invoice.lines import LinesPlan
from xtiger.engine.plan.invoice.rounding import Rounder, limit_of
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES
from xtiger.mapping.line_halves import net_amount, xero_cells, xero_half
from xtiger.mapping.line_taxes import tax_kept_as
from xtiger.mapping.lines_to_crm import crm_tax, crm_total, line_values
from xtiger.mapping.lines_to_xero import line_id
from xtiger.mapping.role_values import RoleValues
from xtiger.model.line_ids import ADJUSTMENT, OF_HEAD
from xtiger.model.links import Pair
from xtiger.model.plans import Cause, Difference
from xtiger.model.records import Field, Module, Record, XeroRecord
from xtiger.model.roles import NONE_IN_XERO
from xtiger.model.values import Plain, as_decimal, canon
from xtiger.rules.causes import cause_of
from xtiger.rules.customers.crediting import credit_besides, due_as_counted
from xtiger.rules.invoice_status import coarse, crm_status, status_half, xero_word
from xtiger.rules.kinds import nature
from xtiger.rules.line_merge import LineMerge, Row, XeroLine, one_sided
from xtiger.rules.money import places

if TYPE_CHECKING:
    from xtiger.engine.plan.invoice.facts import InvoiceWorld

#: The key of the money received, in bases and differences.
MONEY = "AmountPaid"
#: The key of the credit set against an invoice: credit notes, prepayments and overpayments.
CREDIT = "AmountCredited"
#: The key of net and tax in bases: what was foreseen for Xero when the lines were last agreed on.
SUMS = "Sums"
#: In an item's Xero values: the total that the CRM is to have after the write.
CRM_TOTAL = "crm_total"
#: What Xero calls an invoice whose sales tax it computes itself; such cannot be changed from here.
_BY_HAND = ("", "MANUAL", "NONE")


@dataclass(slots=True)
class Written:
    """What of the lines is written in the CRM."""

    #: Line values in order, those with "id" changed in place; None leaves the lines.
    rows: list[dict[str, Plain]] | None = None
    #: LineItemID of each of these, "" while it is on its way to Xero.
    line_items: list[str] = field(default_factory=list)
    #: Values of the head by field name.
    head: dict[str, Plain] = field(default_factory=dict)
    #: The lines as the CRM will have them, for its total.
    future: list[Mapping[str, Plain]] = field(default_factory=list)


def taxed_by_xero(xero: XeroRecord) -> bool:
    """Whether Xero computes the sales tax of the document itself, which makes it read-only."""
    code = str(xero.raw.get("SalesTaxCalculationTypeCode") or "")
    return code.upper() not in _BY_HAND


def sums_there(values: Mapping[str, Plain]) -> dict[str, Plain]:
    """The net amount and the tax that Xero has of a document."""
    names = ("SubTotal", "TotalTax")
    return {name: canon(as_decimal(values.get(name)) or Decimal(0)) for name in names}


def rate_in(world: InvoiceWorld, tax_type: str) -> Decimal | None:
    """The percentage of a tax type; 0 where a line has none."""
    return Decimal(0) if tax_type in ("", "NONE") else world.fields.taxes.percent(tax_type)


# --- lines -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PutLines:
    """What the CRM's lines became: the LineItemIDs of the rows written, and its total then."""

    line_items: tuple[str, ...] = ()
    #: None where it cannot be said.
    total: Decimal | None = None


def put_lines(
    merged: Merged,
    plan: LinesPlan,
    record: Record | None,
    xero: XeroRecord,
    scope: Scope,
    world: InvoiceWorld,
    *,
    may_go: bool = False,
) -> PutLines:
    """Put what the CRM's lines become into `merged`.

    An invoice that would come to another total in the CRM than in Xero gets the rest as the
    CRM's adjustment where it is rounding only; else it is held, to the cent. `may_go`: whether
    the lines may be sent for the one for rounding alone.
    """
    if plan.writes is None:
        return PutLines()
    edited = cause_of("credit_edited") if scope.gives_back else None
    written = edited or _written(plan, plan.writes, record, scope, world)
    if isinstance(written, Cause):
        merged.causes.append(written)
        return PutLines()
    if written.rows is not None:
        merged.to_crm[LINES] = written.rows
    merged.to_crm |= written.head
    if tax_kept_as(scope.module) == "sum":
        taxed = plan.whole.sums.tax if plan.whole else as_decimal(xero.values.get("TotalTax"))
        _put_role(merged.to_crm, scope.module, "tax", taxed)
    coming = Coming(record, xero, written.future, may_go)
    found = _settled_total(merged, plan, coming, scope, world)
    if isinstance(found, Cause):
        merged.causes.append(found)
        return PutLines(tuple(written.line_items))
    _put_role(merged.to_crm, scope.module, "total", found)
    _put_needed_sums(merged.to_crm, scope.module, xero.values)
    merged.xero[CRM_TOTAL] = found
    paid = [xero.values.get(name) or Decimal(0) for name in ("AmountPaid", "AmountCredited")]
    _put_role(merged.to_crm, scope.module, "balance", found - sum(paid, Decimal(0)))
    return PutLines(tuple(written.line_items), found)


@dataclass(frozen=True, slots=True)
class Coming:
    """An invoice whose lines come in: both sides, and the lines as the CRM will have them."""

    record: Record | None
    xero: XeroRecord
    lines: Sequence[Mapping[str, Plain]]
    #: Whether Xero's lines may be sent for the one for rounding alone.
    may_go: bool


def _settled_total(
    merged: Merged, plan: LinesPlan, coming: Coming, scope: Scope, world: InvoiceWorld
) -> Decimal | Cause:
    """The total that both sides have after the write, or why they cannot have the same.

    What is left of rounding becomes the CRM's adjustment; or the line for it in Xero, where
    lines are sent anyway, there is such a line, or the adjustment has a line of its own there.
    """
    digits = places_of(currency_of(coming.xero.values, world), world)
    module, values = scope.module, {**(coming.record.values if coming.record else {})}
    values |= merged.to_crm
    try:
        found = crm_total(module, values, coming.lines, world.arithmetic, digits)
        now = RoleValues(module, values).amount("invoice.adjustment")
    except ValueError as error:
        return cause_of("value_unreadable", field="a line", value=str(error)[:60], type="number")
    there = as_decimal(coming.xero.values.get("Total")) if plan.sent is None else None
    if found == there:
        return found
    rounder, whole = Rounder.of(coming.xero, scope, world, digits), plan.whole
    wanted = now + there - found if there is not None else None
    own_line = ADJUSTMENT in plan.links
    if wanted is not None and not own_line and _takes_adjustment(now, wanted, scope, world, digits):
        _put_role(merged.to_crm, module, "adjustment", wanted)
        assert there is not None  # as wanted
        return there
    goes = whole is not None and (
        plan.sent is not None or (coming.may_go and (own_line or coming.xero.rounding is not None))
    )
    if goes and whole is not None and rounder.takes(found - whole.sums.total):
        return found
    shown = whole.sums.total if there is None and whole is not None else there
    return cause_of("crm_total_differs", crm_total=str(found), xero_total=str(shown))


def _takes_adjustment(
    now: Decimal, wanted: Decimal, scope: Scope, world: InvoiceWorld, digits: int
) -> bool:
    """Whether the CRM keeps the rest as its adjustment, which is rounding before and after."""
    described, limit = scope.module.by_role("invoice.adjustment"), limit_of(scope, digits)
    takes = described is not None and described.writable and world.rounding is not None
    takes = takes and places(wanted) <= digits
    return takes and abs(now) <= limit and abs(wanted) <= limit


def _put_role(values: dict[str, Plain], module: Module, role: str, value: Plain) -> None:
    described = module.by_role(f"invoice.{role}")
    if described is not None and described.writable:
        values[described.name] = value


def _put_needed_sums(
    values: dict[str, Plain], module: Module, xero_values: Mapping[str, Plain]
) -> None:
    """Net and tax where the CRM must have them: it computes neither, and nobody is asked."""
    for role, there in (("net", "SubTotal"), ("tax", "TotalTax")):
        described = module.by_role(f"invoice.{role}")
        if described is not None and described.required:
            _put_role(values, module, role, as_decimal(xero_values.get(there)))


def _written(
    plan: LinesPlan, merge: LineMerge, record: Record | None, scope: Scope, world: InvoiceWorld
) -> Written | Cause:
    whole = head_discounts.edited(merge, record, scope, world)
    head = whole or _head_values(plan, merge, scope, world)
    if isinstance(head, Cause):
        return head
    written = Written(head=head)
    known = {
        line_id(line, place, stable=scope.stable_lines): line
        for place, line in enumerate(record.lines if record else ())
    }
    rows: list[dict[str, Plain]] = []
    for row in merge.for_crm:
        if not _in_body(row, plan):
            continue
        now = known.get(row.crm.id) if row.crm else None
        made = _row_values(row, now, len(rows) + 1, scope, world)
        if isinstance(made, Cause):
            return made
        rows.append(made)
        written.line_items.append(row.xero.id if row.xero else "")
        written.future.append({**(now or {}), **made})
    if merge.order_to_crm or any(
        _in_body(change.row, plan) for change in merge.changes if change.way == "to_crm"
    ):
        written.rows = rows
    else:
        written.line_items.clear()
    return written


def _in_body(row: Row, plan: LinesPlan) -> bool:
    """Whether the CRM keeps the line among its lines, not in the head."""
    return not row.in_head and not (row.xero is not None and row.xero.id in plan.new_in_head)


def _row_values(
    row: Row, now: Mapping[str, Plain] | None, number: int, scope: Scope, world: InvoiceWorld
) -> dict[str, Plain] | Cause:
    """The values of one line to write: what changed of a known one, all of a new one."""
    there = row.xero.cells if row.xero else {}
    coming = _priced(row, there, scope)
    text = there.get("Description")
    agreed = row.crm is not None and row.crm.cells.get("Description") == text
    found = line_values(
        scope.module,
        coming,
        world.inward,
        number=number,
        now=now,
        account=there.get("AccountCode"),
        tax_type=there.get("TaxType"),
        text=text if agreed else None,
    )
    if isinstance(found, Cause):
        return found
    if now is None or row.crm is None:
        return {name: value for name, value in found.items() if value is not None and value != []}
    if scope.stable_lines:
        return {"id": row.crm.id, **found}
    # Without ids the CRM makes all lines anew, so each goes whole.
    own = {f.name: now.get(f.name) for f in scope.module.lines if f.writable}
    return {"id": row.crm.id, **own, **found}


def _priced(row: Row, there: Mapping[str, Plain], scope: Scope) -> Mapping[str, Plain]:
    """The cells that come in; a price net of its discount ends the CRM's own discount."""
    net = scope.document is not None and not scope.document.discounts
    if not net or row.crm is None or not {"Quantity", "UnitAmount"} & row.to_crm.keys():
        return row.to_crm
    return {**row.to_crm, "UnitAmount": there.get("UnitAmount"), "Discount": None}


def _head_values(
    plan: LinesPlan, merge: LineMerge, scope: Scope, world: InvoiceWorld
) -> dict[str, Plain] | Cause:
    """Charges and adjustment, which the CRM keeps in the head of the invoice."""
    values: dict[str, Plain] = {}
    for change in merge.changes:
        row = change.row
        if change.way != "to_crm" or _in_body(row, plan):
            continue
        known = row.crm or row.xero
        assert known is not None  # a row is of one side at least
        role = OF_HEAD[row.crm.id if row.crm else plan.new_in_head[known.id]]
        cells = {} if row.remove or row.xero is None else row.xero.cells
        if row.remove or "UnitAmount" in row.to_crm:
            amount = Decimal(0) if row.remove else net_amount(cells)
            _put_role(values, scope.module, role, amount)
        if role == "charges" and (row.remove or "TaxType" in row.to_crm):
            tax = crm_tax(
                cells.get("TaxType"), cells.get("AccountCode"), world.inward, scope.module, 0
            )
            if isinstance(tax, Cause):
                return tax
            _put_role(values, scope.module, "charges_tax", tax.percent if tax else None)
    return values


# --- money -----------------------------------------------------------------------------------


def merge_money(
    merged: Merged,
    pairing: Pairing,
    scope: Scope,
    total: Decimal | None = None,
    *,
    counts: bool = False,
    noted: Decimal = Decimal(0),
) -> None:
    """Money received is Xero's: it comes in when it changed there.

    `total` is what the invoice will come to in Xero once the lines of this run are sent. Where
    growth in the CRM `counts` as payments, what a person typed there is never written over.
    `noted` is what credit notes in Xero say of it that the total of the CRM says, too.
    """
    assert pairing.xero is not None  # the caller's branch
    due = _due(pairing.xero, total)
    _merge_credit(merged, pairing, scope, due, noted)
    described = scope.module.by_role("invoice.received")
    moved = total if scope.traits.is_money else None  # a receipt is paid whatever it comes to
    paid = moved or pairing.xero.values.get(MONEY) or Decimal(0)
    record = pairing.record
    text = record.values.get(described.name) if record is not None and described else None
    base = pairing.base.pairs.get(MONEY) if pairing.base else None
    merged.crm[MONEY], merged.xero[MONEY] = text, paid
    if counts and pairing.link is not None and _typed(text, base, paid):
        return
    news = base.xero != paid if base is not None else bool(paid)
    if not news or text == paid or described is None or not described.writable:
        merged.agreed.add(MONEY)
        if news and counts and scope.carries("to_crm"):
            _follow_balance(merged, record, scope, due)
        return
    if not scope.carries("to_crm"):
        return
    merged.agreed.add(MONEY)
    merged.to_crm[described.name] = paid
    _put_role(merged.to_crm, scope.module, "balance", due)
    _comes_in(merged, MONEY, described, (base.xero if base else None, text, paid))


def _comes_in(
    merged: Merged, key: str, described: Field, values: tuple[Plain, Plain, Plain]
) -> None:
    """Show an amount that comes into the CRM; `values` are the base, the CRM's and Xero's."""
    label = described.label or described.name
    merged.differences.append(Difference(key, label, *values, "to_crm"))


def _follow_balance(merged: Merged, record: Record | None, scope: Scope, due: Plain) -> None:
    """What is left to pay, once the payment of what was typed as received is in Xero."""
    described = scope.module.by_role("invoice.balance")
    text = record.values.get(described.name) if record is not None and described else None
    if described is None or not described.writable or text in (None, due):
        return
    merged.to_crm[described.name] = due
    _comes_in(merged, MONEY, described, (None, text, due))


def _typed(text: Plain, base: Pair | None, paid: Plain) -> bool:
    """Whether the CRM's amount was changed there and is not what Xero has."""
    ours, known = as_decimal(text) or Decimal(0), as_decimal(base.crm) if base else None
    return ours not in (known or Decimal(0), paid)


def _due(xero: XeroRecord, total: Decimal | None) -> Plain:
    """What is left to pay in Xero, with the total that it will have."""
    if total is None or nature(xero.kind).is_money:
        return xero.values.get("AmountDue")
    settled = (as_decimal(xero.values.get(name)) or Decimal(0) for name in (MONEY, CREDIT))
    return total - sum(settled, Decimal(0))


def credit_field(module: Module) -> Field | None:
    """What of the CRM follows credit of Xero: its own field for it, else what is left to pay."""
    return module.by_role("invoice.credited") or module.by_role("invoice.balance")


def _merge_credit(
    merged: Merged, pairing: Pairing, scope: Scope, due: Plain, noted: Decimal
) -> None:
    """Credit is Xero's, too: it, or what it leaves to pay, comes in when it changed there."""
    assert pairing.xero is not None  # as in merge_money
    described = credit_field(scope.module)
    credited = as_decimal(pairing.xero.values.get(CREDIT)) or Decimal(0)
    record = pairing.record
    text = record.values.get(described.name) if record is not None and described else None
    base = pairing.base.pairs.get(CREDIT) if pairing.base else None
    merged.crm[CREDIT], merged.xero[CREDIT] = text, credited
    news = base.xero != credited if base is not None else bool(credited)
    takes = described is not None and described.writable and record is not None
    kept = described is not None and described.role == "invoice.credited"
    wanted: Plain = credit_besides(credited, noted) if kept else due
    counted = [wanted]
    if not kept and noted:
        left = as_decimal(due) or Decimal(0)
        counted.append(due_as_counted(left, credited, noted, Decimal(0)))
    if not (news and takes) or text in counted:
        merged.agreed.add(CREDIT)
        return
    if not scope.carries("to_crm"):
        return
    assert described is not None  # it takes the value
    merged.agreed.add(CREDIT)
    merged.to_crm[described.name] = wanted
    if kept:
        _put_role(merged.to_crm, scope.module, "balance", due)
    _comes_in(merged, CREDIT, described, (None, text, wanted))


# --- a new invoice ---------------------------------------------------------------------------


def judge_incoming(
    pairing: Pairing, scope: Scope, world: InvoiceWorld
) -> tuple[Merged, LinesPlan, tuple[str, ...]]:
    """The values of an invoice that the CRM does not have yet."""
    assert pairing.xero is not None  # the caller's branch
    xero = pairing.xero
    more, status = _head_of_new(xero, scope, world)
    merged = mapped_to_crm(pairing, scope, world.fields, more)
    place = len(merged.causes)
    half = xero_half(xero)
    cells = [
        (str(keys["LineItemID"]), xero_cells(keys, lambda t: rate_in(world, t))) for keys in half
    ]
    in_head = head_lines(cells, scope.module, (), lambda tax: rate_in(world, tax))
    merge = one_sided([], [XeroLine(key, line) for key, line in cells], "xero")
    links: dict[str, str] = {part: key for key, part in in_head.items()}
    plan = LinesPlan(writes=merge, links=links, new_in_head=in_head)
    items = put_lines(merged, plan, None, xero, scope, world).line_items
    merged.to_crm.setdefault(LINES, [])
    merged.causes += _incoming_causes(xero, scope, world)
    merged.xero |= {LINES: half, "Status": xero_word(xero), SUMS: sums_there(xero.values)}
    merged.crm["Status"] = status
    merged.agreed |= {LINES, "Status", SUMS}
    bring_rate(merged, xero, scope, world)
    merge_money(merged, pairing, scope)
    _put_role(merged.to_crm, scope.module, "received", merged.xero[MONEY])
    _put_role(merged.to_crm, scope.module, "credited", merged.xero[CREDIT])
    for described in scope.module.fields:
        if described.required and described.writable and described.role in NONE_IN_XERO:
            merged.to_crm.setdefault(described.name, Decimal(0))
    merged.causes[place:place] = missing_in_crm(merged, scope.module)
    return merged, plan, items


def _head_of_new(
    xero: XeroRecord, scope: Scope, world: InvoiceWorld
) -> tuple[dict[str, Plain], Plain]:
    """Field name → value of what no mapping row gives, and the CRM's half of the status."""
    module, values = scope.module, dict[str, Any]()
    described = module.by_role("invoice.status")
    word = xero_word(xero)
    words = (world.status_words, world.status_means)
    text = crm_status(word, described, *words) or crm_status(coarse(word), described, *words)
    if text is not None:
        _put_role(values, module, "status", text)
    _put_role(values, module, "tax_mode", "individual")
    number = xero.values.get("InvoiceNumber")
    _put_role(values, module, "number", number)
    reference = module.by_role("invoice.reference")
    if reference is not None and reference.required and not xero.values.get("Reference"):
        _put_role(values, module, "reference", number)
    return values, status_half(text or "", world.wanted_of(text or ""))


def _incoming_causes(xero: XeroRecord, scope: Scope, world: InvoiceWorld) -> list[Cause]:
    """What of the head the CRM cannot take."""
    currency = currency_of(xero.values, world)
    described = scope.module.by_role("invoice.currency")
    takes = described is not None and described.writable
    foreign = currency != world.base_currency
    if not in_use(currency, world) or (foreign and not (takes and world.multi_currency)):
        return [cause_of("currency_not_in_crm", currency=currency)]
    return []


def barred_status(xero: XeroRecord, scope: Scope, world: InvoiceWorld) -> str | None:
    """The CRM status that it would get, when the module's status filter leaves that out."""
    wanted = scope.settings.statuses
    values, _ = _head_of_new(xero, scope, world)
    text = RoleValues(scope.module, values).text("invoice.status") or ""
    return text if wanted and text not in wanted else None
