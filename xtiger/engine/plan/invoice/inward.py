"""Invoices on their way into the CRM: new ones, changed lines, status and money received."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged, new_in_crm
from xtiger.engine.plan.invoice.lines import LinesPlan, is_charges
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES
from xtiger.mapping.line_halves import net_amount, xero_cells, xero_half
from xtiger.mapping.lines_to_crm import crm_tax, crm_total, line_values
from xtiger.mapping.lines_to_xero import line_id
from xtiger.mapping.role_values import RoleValues
from xtiger.model.plans import Cause, Difference
from xtiger.model.records import Module, Record, XeroRecord
from xtiger.model.values import Plain, as_decimal, canon
from xtiger.rules.causes import cause_of
from xtiger.rules.invoice_status import coarse, crm_status, status_half, xero_word
from xtiger.rules.line_merge import CHARGES_ID, LineMerge, Row, XeroLine, one_sided

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


def put_lines(
    merged: Merged,
    plan: LinesPlan,
    record: Record | None,
    xero: XeroRecord,
    scope: Scope,
    world: InvoiceWorld,
) -> tuple[str, ...]:
    """Put what the CRM's lines become into `merged`; answers the LineItemIDs of the rows written.

    An invoice that would come to another total in the CRM than in Xero is held, to the cent.
    """
    if plan.writes is None:
        return ()
    written = _written(plan, plan.writes, record, scope, world)
    if isinstance(written, Cause):
        merged.causes.append(written)
        return ()
    if written.rows is not None:
        merged.to_crm[LINES] = written.rows
    merged.to_crm |= written.head
    total = plan.expected_total if plan.sent is not None else xero.values.get("Total")
    values = {**(record.values if record else {}), **merged.to_crm}
    cause = _total_cause(scope.module, values, written.future, total)
    if cause is not None:
        merged.causes.append(cause)
    _put_role(merged.to_crm, scope.module, "total", total)
    if total is not None:
        merged.xero[CRM_TOTAL] = total
        paid = [xero.values.get(name) or Decimal(0) for name in ("AmountPaid", "AmountCredited")]
        _put_role(merged.to_crm, scope.module, "balance", total - sum(paid, Decimal(0)))
    return tuple(written.line_items)


def _total_cause(
    module: Module, values: Mapping[str, Plain], lines: Sequence[Mapping[str, Plain]], total: Plain
) -> Cause | None:
    try:
        found = crm_total(module, values, lines)
    except ValueError as error:
        return cause_of("value_unreadable", field="a line", value=str(error)[:60], type="number")
    if total is None or found == total:
        return None
    return cause_of("crm_total_differs", crm_total=str(found), xero_total=str(total))


def _put_role(values: dict[str, Plain], module: Module, role: str, value: Plain) -> None:
    described = module.by_role(f"invoice.{role}")
    if described is not None and described.writable:
        values[described.name] = value


def _written(
    plan: LinesPlan, merge: LineMerge, record: Record | None, scope: Scope, world: InvoiceWorld
) -> Written | Cause:
    head = _head_values(plan, merge, scope, world)
    if isinstance(head, Cause):
        return head
    written = Written(head=head)
    known = {
        line_id(line, place, stable=scope.stable_lines): line
        for place, line in enumerate(record.lines if record else ())
    }
    rows: list[dict[str, Plain]] = []
    for row in merge.for_crm:
        if row.in_head or (row.xero and row.xero.id == plan.charges_from and plan.charges_from):
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
    from_xero = row.xero is not None and bool(plan.charges_from)
    return not row.in_head and not (from_xero and row.xero and row.xero.id == plan.charges_from)


def _row_values(
    row: Row, now: Mapping[str, Plain] | None, number: int, scope: Scope, world: InvoiceWorld
) -> dict[str, Plain] | Cause:
    """The values of one line to write: what changed of a known one, all of a new one."""
    there = row.xero.cells if row.xero else {}
    text = there.get("Description")
    agreed = row.crm is not None and row.crm.cells.get("Description") == text
    found = line_values(
        scope.module,
        row.to_crm,
        world.inward,
        number=number,
        now=now,
        account=there.get("AccountCode"),
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


def _head_values(
    plan: LinesPlan, merge: LineMerge, scope: Scope, world: InvoiceWorld
) -> dict[str, Plain] | Cause:
    """Charges and adjustment, which the CRM keeps in the head of the invoice."""
    values: dict[str, Plain] = {}
    for change in merge.changes:
        row = change.row
        if change.way != "to_crm" or _in_body(row, plan):
            continue
        role = (row.crm.id if row.crm else CHARGES_ID).removeprefix("@")
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
    merged: Merged, pairing: Pairing, scope: Scope, total: Decimal | None = None
) -> None:
    """Money received is Xero's: it comes in when it changed there, and never goes out.

    `total` is what the invoice will come to in Xero once the lines of this run are sent.
    """
    assert pairing.xero is not None  # the caller's branch
    due = _due(pairing.xero, total)
    _merge_credit(merged, pairing, scope, due)
    described = scope.module.by_role("invoice.received")
    paid = pairing.xero.values.get(MONEY) or Decimal(0)
    record = pairing.record
    text = record.values.get(described.name) if record is not None and described else None
    base = pairing.base.pairs.get(MONEY) if pairing.base else None
    merged.crm[MONEY], merged.xero[MONEY] = text, paid
    news = base.xero != paid if base is not None else bool(paid)
    if not news or text == paid or described is None or not described.writable:
        merged.agreed.add(MONEY)
        return
    if not scope.carries("to_crm"):
        return
    merged.agreed.add(MONEY)
    merged.to_crm[described.name] = paid
    _put_role(merged.to_crm, scope.module, "balance", due)
    label = described.label or described.name
    merged.differences.append(
        Difference(MONEY, label, base.xero if base else None, text, paid, "to_crm")
    )


def _due(xero: XeroRecord, total: Decimal | None) -> Plain:
    """What is left to pay in Xero, with the total that it will have."""
    if total is None:
        return xero.values.get("AmountDue")
    settled = (as_decimal(xero.values.get(name)) or Decimal(0) for name in (MONEY, CREDIT))
    return total - sum(settled, Decimal(0))


def _merge_credit(merged: Merged, pairing: Pairing, scope: Scope, due: Plain) -> None:
    """Credit is Xero's, too: what is left to pay comes in when the credit changed there."""
    assert pairing.xero is not None  # as in merge_money
    described = scope.module.by_role("invoice.balance")
    credited = pairing.xero.values.get(CREDIT) or Decimal(0)
    record = pairing.record
    text = record.values.get(described.name) if record is not None and described else None
    base = pairing.base.pairs.get(CREDIT) if pairing.base else None
    merged.crm[CREDIT], merged.xero[CREDIT] = text, credited
    news = base.xero != credited if base is not None else bool(credited)
    takes = described is not None and described.writable and record is not None
    if not (news and takes) or text == due:
        merged.agreed.add(CREDIT)
        return
    if not scope.carries("to_crm"):
        return
    assert described is not None  # it takes the value
    merged.agreed.add(CREDIT)
    merged.to_crm[described.name] = due
    label = described.label or described.name
    merged.differences.append(Difference(CREDIT, label, None, text, due, "to_crm"))


# --- a new invoice ---------------------------------------------------------------------------


def judge_incoming(
    pairing: Pairing, scope: Scope, world: InvoiceWorld
) -> tuple[Merged, LinesPlan, tuple[str, ...]]:
    """The values of an invoice that the CRM does not have yet."""
    assert pairing.xero is not None  # the caller's branch
    xero = pairing.xero
    more, status = _head_of_new(xero, scope, world)
    merged = new_in_crm(pairing, scope, world.fields, more)
    half = xero_half(xero)
    cells = [
        (str(keys["LineItemID"]), xero_cells(keys, lambda t: rate_in(world, t))) for keys in half
    ]
    described = scope.module.by_role("invoice.charges")
    takes = described is not None and described.writable
    charges = next((key for key, line in cells if takes and is_charges(line)), "")
    merge = one_sided([], [XeroLine(key, line) for key, line in cells], "xero")
    links = {CHARGES_ID: charges} if charges else {}
    plan = LinesPlan(writes=merge, links=links, charges_from=charges)
    items = put_lines(merged, plan, None, xero, scope, world)
    merged.to_crm.setdefault(LINES, [])
    merged.causes += _incoming_causes(xero, scope, world)
    merged.xero |= {LINES: half, "Status": xero_word(xero), SUMS: sums_there(xero.values)}
    merged.crm["Status"] = status
    merged.agreed |= {LINES, "Status", SUMS}
    merge_money(merged, pairing, scope)
    _put_role(merged.to_crm, scope.module, "received", merged.xero[MONEY])
    return merged, plan, items


def _head_of_new(
    xero: XeroRecord, scope: Scope, world: InvoiceWorld
) -> tuple[dict[str, Plain], Plain]:
    """Field name → value of what no mapping row gives, and the CRM's half of the status."""
    module, values = scope.module, dict[str, Any]()
    described = module.by_role("invoice.status")
    word = xero_word(xero)
    text = crm_status(word, described, world.status_words) or crm_status(
        coarse(word), described, world.status_words
    )
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
    currency = str(xero.values.get("CurrencyCode") or world.base_currency).upper()
    described = scope.module.by_role("invoice.currency")
    takes = described is not None and described.writable
    if currency != world.base_currency and not (takes and world.multi_currency):
        return [cause_of("currency_not_in_crm", currency=currency)]
    return []


def barred_status(xero: XeroRecord, scope: Scope, world: InvoiceWorld) -> str | None:
    """The CRM status that it would get, when the module's status filter leaves that out."""
    wanted = scope.settings.statuses
    values, _ = _head_of_new(xero, scope, world)
    text = RoleValues(scope.module, values).text("invoice.status") or ""
    return text if wanted and text not in wanted else None
