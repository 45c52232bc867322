"""Judging invoices: head, lines, status, totals, and what Xero no longer lets change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from xtiger.engine.bench import Scope
from xtiger.engine.judge import Merged, merge_fields, new_in_xero, settle
from xtiger.engine.pairing import Pairing
from xtiger.fields import LINES, Lookups
from xtiger.lines import (
    BuiltLines,
    LineItem,
    LineLookups,
    RoleValues,
    build_lines,
    line_keys,
    pair_line_ids,
)
from xtiger.merge import FieldRule, FieldState, decide_field
from xtiger.money import cents
from xtiger.plans import Cause, Proposal
from xtiger.records import Record
from xtiger.schemas import parse_moment
from xtiger.values import Plain, canon

#: What Xero still lets change once money is on the invoice (facts of the Accounting API §4.6).
EDITABLE_WHEN_PAID = frozenset({"Reference", "DueDate", "InvoiceNumber", "Contact.ContactID"})
#: CRM statuses and what they mean in Xero; hosts with other words map theirs.
STATUS_MAP: Mapping[str, str] = {
    "AutoCreated": "DRAFT", "Created": "DRAFT", "Draft": "DRAFT", "Submitted": "SUBMITTED",
    "Approved": "AUTHORISED", "Sent": "AUTHORISED", "Partially Paid": "AUTHORISED",
    "Paid": "AUTHORISED", "Authorised": "AUTHORISED", "Overdue": "AUTHORISED",
    "Cancel": "VOIDED", "Cancelled": "VOIDED", "Void": "VOIDED",
    "Credit Invoice": "CREDIT",
}  # fmt: skip
_XERO_STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED")


@dataclass(frozen=True, slots=True)
class InvoiceWorld:
    """What judging invoices needs from outside the invoice."""

    fields: Lookups
    item: Callable[[str, str], LineItem | None]
    currencies: frozenset[str]
    base_currency: str
    #: The Organisation element, for the lock dates.
    organisation: Mapping[str, Any]
    #: Xero status set on the record itself: "" leaves it to the status map.
    own_status: Callable[[Record], str]
    #: Xero invoice type of the record: Invoice, Bill or Receipt.
    own_type: Callable[[Record], str]


def line_lookups(scope: Scope, world: InvoiceWorld) -> LineLookups:
    """The account ladder of invoices; no host describes an organisation's account on them yet."""
    return LineLookups(
        fields=world.fields,
        item=world.item,
        default_account=scope.option("sales_account"),
        charges_account=scope.option("charges_account"),
    )


def crm_lines(record: Record, scope: Scope) -> Plain:
    """The CRM's own half of the lines: its line values and what of the head makes lines."""
    lines = [{k: canon(v) for k, v in line.items() if k != "id"} for line in record.lines]
    head = RoleValues(scope.module, record.values)
    extra = {
        role: canon(head.raw(f"invoice.{role}"))
        for role in ("charges", "charges_tax", "adjustment", "tax_mode")
    }
    return {"lines": lines, "head": {k: v for k, v in extra.items() if v is not None}}


def wanted_status(record: Record, scope: Scope, world: InvoiceWorld) -> str | Cause:
    """The Xero status to send: the record's own, else by the status map."""
    own = world.own_status(record)
    if own in _XERO_STATUSES:
        return own
    status = RoleValues(scope.module, record.values).text("invoice.status") or ""
    table: Mapping[str, str] = {**STATUS_MAP, **(scope.option("status_map") or {})}
    found = table.get(status) if status else "DRAFT"
    return found or Cause("status_unknown", {"status": status})


def refusals(record: Record, scope: Scope, world: InvoiceWorld, *, linked: bool) -> Cause | None:
    """The rule that skips the whole invoice, before anything is compared."""
    head = RoleValues(scope.module, record.values)
    if world.own_type(record) not in ("", "Invoice"):
        return Cause("type_not_carried", {"type": world.own_type(record)})
    status = wanted_status(record, scope, world)
    if isinstance(status, Cause):
        return status
    if status == "CREDIT":
        return Cause("credit_invoice")
    if status == "VOIDED":
        return Cause("cancel_not_allowed") if linked else Cause("cancelled")
    try:
        if head.amount("invoice.discount_percent") or head.amount("invoice.discount_amount"):
            return Cause("group_discount")
        if head.amount("invoice.deducted_tax"):
            return Cause("deducted_tax")
    except ValueError as error:
        data = {"field": "discount", "value": str(error)[:60], "type": "number"}
        return Cause("value_unreadable", data)
    return None


def head_causes(merged: Merged, status: str, world: InvoiceWorld) -> list[Cause]:
    """What the head lacks; the order is the order in which people see it."""
    crm, causes = merged.crm, []
    if crm.get("Contact.ContactID") is None:
        causes.append(Cause("organisation_missing"))
    if crm.get("InvoiceNumber") is None:
        causes.append(Cause("number_missing"))
    if crm.get("Date") is None:
        causes.append(Cause("invoice_date_missing"))
    if crm.get("DueDate") is None and status != "DRAFT":
        causes.append(Cause("due_date_missing"))
    currency = str(crm.get("CurrencyCode") or world.base_currency).upper()
    if currency not in world.currencies:
        causes.append(Cause("currency_not_enabled", {"currency": currency}))
    locked = lock_date(world.organisation)
    day = crm.get("Date")
    if locked and isinstance(day, date) and day <= locked:
        causes.append(Cause("period_locked", {"date": str(day), "lock": str(locked)}))
    return causes


def lock_date(organisation: Mapping[str, Any]) -> date | None:
    """The later of both lock dates of the organisation."""
    found = [
        parse_moment(str(organisation[name])).date()
        for name in ("PeriodLockDate", "EndOfYearLockDate")
        if organisation.get(name)
    ]
    return max(found) if found else None


def total_cause(record: Record, scope: Scope, built: BuiltLines) -> Cause | None:
    """A difference between the CRM's total and the one that Xero will compute, to the cent."""
    try:
        total = RoleValues(scope.module, record.values).number("invoice.total")
    except ValueError as error:
        data = {"field": "total", "value": str(error)[:60], "type": "number"}
        return Cause("value_unreadable", data)
    if total is None or cents(total) == built.totals.total:
        return None
    data = {"crm_total": str(cents(total)), "xero_total": str(built.totals.total)}
    return Cause("total_differs", data)


def judge_new(record: Record, scope: Scope, world: InvoiceWorld) -> tuple[Merged, BuiltLines]:
    """The values of an invoice that Xero does not have yet."""
    merged = new_in_xero(record, scope, world.fields)
    built = build_lines(record, scope.module, line_lookups(scope, world))
    status = wanted_status(record, scope, world)
    text = status if isinstance(status, str) else "DRAFT"
    merged.to_xero["Status"] = text
    merged.causes = [
        *head_causes(merged, text, world),
        *(c for c in merged.causes if c.code != "organisation_missing"),
        *built.causes,
    ]
    if not merged.causes:
        found = total_cause(record, scope, built)
        merged.causes += [found] if found else []
    merged.crm[LINES] = crm_lines(record, scope)
    merged.crm["Status"] = text
    merged.to_xero[LINES] = list(built.lines)
    merged.agreed |= {LINES, "Status"}
    return merged, built


def judge_both(pairing: Pairing, scope: Scope, world: InvoiceWorld) -> tuple[Merged, BuiltLines]:
    """Compare an invoice that is on both sides."""
    assert pairing.record is not None  # the planner's own branch
    assert pairing.xero is not None  # likewise
    record, xero = pairing.record, pairing.xero
    merged = merge_fields(pairing, scope, world.fields)
    built = build_lines(record, scope.module, line_lookups(scope, world))
    _merge_status(merged, pairing, scope, world)
    _merge_lines(merged, pairing, scope, built)
    status = str(merged.to_xero.get("Status") or xero.status)
    if merged.to_xero:
        merged.causes = [
            *head_causes(merged, status, world),
            *merged.causes,
            *(built.causes if LINES in merged.to_xero else ()),
            *_locked_causes(merged, pairing),
        ]
    if LINES in merged.to_xero and not merged.causes:
        found = total_cause(record, scope, built)
        merged.causes += [found] if found else []
    return merged, built


def _merge_status(merged: Merged, pairing: Pairing, scope: Scope, world: InvoiceWorld) -> None:
    """Money received is Xero's: PAID counts as AUTHORISED here, and nothing goes back a step."""
    assert pairing.record is not None  # as in judge_both
    assert pairing.xero is not None  # likewise
    wanted = wanted_status(pairing.record, scope, world)
    if isinstance(wanted, Cause):
        merged.causes.append(wanted)
        return
    there = "AUTHORISED" if pairing.xero.status == "PAID" else pairing.xero.status
    merged.crm["Status"], merged.xero["Status"] = wanted, there
    base = pairing.base.pairs.get("Status") if pairing.base else None
    state = FieldState(base, wanted, there, wanted, there)
    decision = decide_field(state, FieldRule(direction="to_xero", first_link="crm"))
    if decision == "to_xero" and there == "AUTHORISED":
        merged.agreed.add("Status")  # an approved invoice is never made a draft again
        return
    settle(merged, "Status", "Status", base, decision, wanted, there)
    if decision == "to_xero":
        merged.to_xero["Status"] = wanted


def _merge_lines(merged: Merged, pairing: Pairing, scope: Scope, built: BuiltLines) -> None:
    assert pairing.record is not None  # as in judge_both
    assert pairing.xero is not None  # likewise
    crm, xero = crm_lines(pairing.record, scope), line_keys(pairing.xero.lines)
    merged.crm[LINES], merged.xero[LINES] = crm, xero
    base = pairing.base.pairs.get(LINES) if pairing.base else None
    as_xero = line_keys(built.lines)
    there = xero if base is None or xero == as_xero else _before_renaming(base.xero, xero, as_xero)
    state = FieldState(base, crm, there, as_xero, None)
    decision = decide_field(state, FieldRule(direction="to_xero", amount=True))
    if decision == "none" and base is not None and there != base.xero:
        # Lines do not travel inwards yet, but a sum that differs must never pass in silence.
        decision, merged.edited_in_xero = "conflict", True
    settle(merged, LINES, "Lines", base, decision, crm, xero)
    if decision == "to_xero":
        known = pairing.base.lines if pairing.base else {}
        merged.to_xero[LINES] = pair_line_ids(
            built.lines, built.host_ids, pairing.xero.lines, known
        )


def _before_renaming(
    base: Plain, xero: list[dict[str, Plain]], wanted: list[dict[str, Plain]]
) -> Plain:
    """Xero's lines, or the agreed ones when only codes of renamed items tell them apart.

    A new code of an item shows in its old invoices, too; nobody edited those.
    """
    codes = {line.get("ItemCode") for line in wanted}
    if not isinstance(base, list) or len(base) != len(xero):
        return xero
    for old, new in zip(base, xero, strict=True):
        same = {**new, "ItemCode": None} == {**old, "ItemCode": None}
        code = new.get("ItemCode")
        if not same or (code != old.get("ItemCode") and code not in codes):
            return xero
    return base


def locked_proposals(pairing: Pairing, cause: Cause) -> tuple[Proposal, ...]:
    """What a person may do instead of changing a locked invoice: make a credit note."""
    if cause.code != "invoice_locked":
        return ()
    return (Proposal("credit_note", xero_id=pairing.xero_id, crm_id=pairing.crm_id),)


def _locked_causes(merged: Merged, pairing: Pairing) -> list[Cause]:
    """What Xero would refuse: changes of a paid or part paid invoice, another currency."""
    assert pairing.xero is not None  # as in judge_both
    values, status = pairing.xero.values, pairing.xero.status
    paid = any((values.get(n) or Decimal(0)) != 0 for n in ("AmountPaid", "AmountCredited"))
    if status == "PAID" or paid:
        barred = set(merged.to_xero) - EDITABLE_WHEN_PAID
    elif merged.to_xero.get("CurrencyCode") and status == "AUTHORISED":
        return [Cause("currency_fixed", {"currency": merged.to_xero["CurrencyCode"]})]
    else:
        return []
    if not barred:
        return []
    labels = [d.label for d in merged.differences if d.field in barred]
    shown = "paid" if status == "PAID" else "part paid"
    return [Cause("invoice_locked", {"status": shown, "fields": ", ".join(labels) or "it"})]
