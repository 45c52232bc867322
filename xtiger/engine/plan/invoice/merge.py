"""Judging invoices: head, lines, status, totals, and what Xero no longer lets change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged, merge_fields, new_in_xero
from xtiger.engine.plan.invoice.facts import InvoiceWorld, line_lookups, status_text, wanted_status
from xtiger.engine.plan.invoice.figures import CURRENCY, apart
from xtiger.engine.plan.invoice.inward import (
    CREDIT,
    MONEY,
    SUMS,
    merge_money,
    put_lines,
    taxed_by_xero,
)
from xtiger.engine.plan.invoice.lines import LinesPlan, lay_out, plan_lines
from xtiger.engine.plan.item_builder import row_key
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES
from xtiger.mapping.line_halves import crm_half
from xtiger.mapping.lines_to_crm import crm_total
from xtiger.mapping.lines_to_xero import BuiltLines, build_lines
from xtiger.mapping.role_values import RoleValues
from xtiger.mapping.xero_schema import parse_moment
from xtiger.model.plans import Cause, Difference, Proposal
from xtiger.model.records import Record, XeroRecord
from xtiger.model.values import as_decimal
from xtiger.rules.causes import cause_of
from xtiger.rules.invoice_status import (
    SENDABLE,
    coarse,
    crm_status,
    decide_status,
    status_half,
    status_state,
    xero_word,
)
from xtiger.rules.money import cents
from xtiger.rules.preflight import APPROVING, document_causes, number_cause, stale_causes
from xtiger.rules.starting import arriving

#: What Xero still lets change once money is on the invoice (facts of the Accounting API §4.6).
EDITABLE_WHEN_PAID = frozenset({"Reference", "DueDate", "InvoiceNumber", "Contact.ContactID"})


def skipped(record: Record, scope: Scope, world: InvoiceWorld, *, linked: bool) -> Cause | None:
    """The rule by which an invoice is none that is sent, whatever else there is to say of it."""
    if world.own_type(record) not in ("", "Invoice"):
        return cause_of("type_not_carried", type=world.own_type(record))
    status = wanted_status(record, scope, world)
    if status == "CREDIT":
        return cause_of("credit_invoice")
    if status == "VOIDED":
        return cause_of("cancel_not_allowed") if linked else cause_of("cancelled")
    return None


def refusals(record: Record, scope: Scope, world: InvoiceWorld) -> list[Cause]:
    """The rules of the whole invoice that stop it; its fields and lines may have more to say."""
    head, found = RoleValues(scope.module, record.values), []
    status = wanted_status(record, scope, world)
    if isinstance(status, Cause):
        found.append(status)
    try:
        if head.amount("invoice.discount_percent") or head.amount("invoice.discount_amount"):
            found.append(cause_of("group_discount"))
        if head.amount("invoice.deducted_tax"):
            found.append(cause_of("deducted_tax"))
    except ValueError as error:
        found.append(
            cause_of("value_unreadable", field="discount", value=str(error)[:60], type="number")
        )
    return found


def head_causes(merged: Merged, status: str, world: InvoiceWorld) -> list[Cause]:
    """What the head lacks; the order is the order in which people see it."""
    crm, causes = merged.crm, []
    if crm.get("Contact.ContactID") is None:
        causes.append(cause_of("organisation_missing"))
    if crm.get("InvoiceNumber") is None:
        causes.append(cause_of("number_missing"))
    odd = number_cause(str(merged.to_xero.get("InvoiceNumber") or ""))
    if odd is not None:
        causes.append(odd)
    if crm.get("Date") is None:
        causes.append(cause_of("invoice_date_missing"))
    if crm.get("DueDate") is None and status != "DRAFT":
        causes.append(cause_of("due_date_missing"))
    currency = str(crm.get("CurrencyCode") or world.base_currency).upper()
    if currency not in world.currencies:
        causes.append(cause_of("currency_not_enabled", currency=currency))
    locked = lock_date(world.organisation)
    day = crm.get("Date")
    if locked and isinstance(day, date) and day <= locked:
        causes.append(cause_of("period_locked", date=str(day), lock=str(locked)))
    return causes


def lock_date(organisation: Mapping[str, Any]) -> date | None:
    """The later of both lock dates of the organisation."""
    found = [
        parse_moment(str(organisation[name])).date()
        for name in ("PeriodLockDate", "EndOfYearLockDate")
        if organisation.get(name)
    ]
    return max(found) if found else None


def total_cause(record: Record, scope: Scope, expected: Decimal) -> Cause | None:
    """A difference between the CRM's total and the one that Xero will compute, to the cent."""
    try:
        total = RoleValues(scope.module, record.values).number("invoice.total")
    except ValueError as error:
        return cause_of("value_unreadable", field="total", value=str(error)[:60], type="number")
    if total is None or cents(total) == expected:
        return None
    return cause_of("total_differs", crm_total=str(cents(total)), xero_total=str(expected))


def judge_new(record: Record, scope: Scope, world: InvoiceWorld) -> tuple[Merged, BuiltLines]:
    """The values of an invoice that Xero does not have yet."""
    merged = new_in_xero(record, scope, world.fields)
    built = build_lines(record, scope.module, line_lookups(scope, world), stable=scope.stable_lines)
    status = wanted_status(record, scope, world)
    text = status if isinstance(status, str) else "DRAFT"
    merged.to_xero["Status"] = text
    # Without a currency Xero takes the contact's own, and the same number is other money.
    merged.to_xero.setdefault(CURRENCY, world.base_currency)
    merged.causes = [
        *refusals(record, scope, world),
        *head_causes(merged, text, world),
        *(c for c in merged.causes if c.code != "organisation_missing"),
        *built.causes,
        *document_causes(built.lines, built.totals.total, approving=text in APPROVING),
    ]
    # What stops the invoice explains the difference, too: a total is one more reason only alone.
    if not merged.causes:
        found = total_cause(record, scope, built.totals.total)
        merged.causes += [found] if found else []
    merged.crm[LINES] = crm_half(record, scope.module, stable=scope.stable_lines)
    merged.crm["Status"] = status_half(status_text(record, scope), text)
    merged.to_xero[LINES] = list(built.lines)
    merged.agreed |= {LINES, "Status", MONEY, CREDIT, SUMS}
    return merged, built


@dataclass(frozen=True, slots=True)
class Judged:
    """What judging an invoice that is on both sides came to."""

    merged: Merged
    plan: LinesPlan
    built: BuiltLines
    #: LineItemIDs of the rows written in the CRM.
    line_items: tuple[str, ...]
    #: What differs besides what travels: sums, money, and a status that claims money.
    apart: tuple[Cause, ...] = ()


def judge_both(pairing: Pairing, scope: Scope, world: InvoiceWorld) -> Judged:
    """Compare an invoice that is on both sides."""
    assert pairing.record is not None  # the planner's own branch
    assert pairing.xero is not None  # likewise
    record, xero = pairing.record, pairing.xero
    merged = merge_fields(pairing, scope, world.fields)
    built = build_lines(record, scope.module, line_lookups(scope, world), stable=scope.stable_lines)
    _merge_status(merged, pairing, scope, world)
    found: list[Cause] = []
    merged.causes, before = found, merged.causes
    plan = plan_lines(merged, lay_out(merged, pairing, scope, world, built))
    if plan.sent is not None:
        merged.to_xero[LINES] = list(plan.sent)
    items = put_lines(merged, plan, record, xero, scope, world)
    merge_money(merged, pairing, scope, plan.expected_total if plan.sent is not None else None)
    status = str(merged.to_xero.get("Status") or xero.status)
    heads = head_causes(merged, status, world) if merged.to_xero else []
    refused = _refused_lines(merged, xero, plan, world)
    merged.causes = [
        *refusals(record, scope, world),
        *heads,
        *before,
        *found,
        *refused,
        *_locked_causes(merged, pairing, plan),
    ]
    if plan.expected_total is not None and not merged.causes:
        cause = _own_total_cause(record, scope, plan)
        merged.causes += [cause] if cause else []
    return Judged(merged, plan, built, items, apart(merged, pairing, scope, world, plan))


def _refused_lines(
    merged: Merged, xero: XeroRecord, plan: LinesPlan, world: InvoiceWorld
) -> list[Cause]:
    """What Xero refuses of the lines that are sent, or that it approves as it has them."""
    status = str(merged.to_xero.get("Status") or xero.status)
    if plan.sent is None and "Status" not in merged.to_xero:
        return []
    lines = plan.sent if plan.sent is not None else xero.lines
    total = plan.expected_total if plan.sent is not None else as_decimal(xero.values.get("Total"))
    return [
        *stale_causes(lines, world.fields.accounts, world.fields.taxes),
        *document_causes(lines, total, approving=status in APPROVING),
    ]


def _own_total_cause(record: Record, scope: Scope, plan: LinesPlan) -> Cause | None:
    """The CRM's total against Xero's to come, or against its own lines when Xero's come, too."""
    assert plan.expected_total is not None  # the caller's branch
    if plan.writes is None:
        return total_cause(record, scope, plan.expected_total)
    return total_cause(record, scope, crm_total(scope.module, record.values, record.lines))


def _merge_status(merged: Merged, pairing: Pairing, scope: Scope, world: InvoiceWorld) -> None:
    """Each side's change travels, but nothing goes back a step and PAID never goes out."""
    assert pairing.record is not None  # as in judge_both
    assert pairing.xero is not None  # likewise
    wanted = wanted_status(pairing.record, scope, world)
    if isinstance(wanted, Cause):
        merged.causes.append(wanted)
        return
    text, word = status_text(pairing.record, scope), xero_word(pairing.xero)
    described = scope.module.by_role("invoice.status")
    target = crm_status(word, described, world.status_words)
    if target is None and wanted != coarse(word):
        target = crm_status(coarse(word), described, world.status_words)
    base = pairing.base.pairs.get("Status") if pairing.base else None
    decisions = pairing.decisions
    decision = decide_status(
        status_state(base, text, wanted, word, target),
        to_xero=scope.carries("to_xero"),
        to_crm=scope.carries("to_crm"),
        decided=decisions.get("Status") or decisions.get(""),
    )
    merged.crm["Status"], merged.xero["Status"] = status_half(text, wanted), word
    label = (described.label if described else "") or "Status"
    if decision == "conflict":
        merged.conflicts.append(label)
        merged.agreed_before = True
    elif decision != "none":
        merged.agreed.add("Status")
    if decision == "to_xero":
        merged.to_xero["Status"] = wanted
    elif decision == "to_crm" and described is not None and target is not None:
        merged.to_crm[described.name] = target
        own = world.own_status(pairing.record)
        after = arriving(scope.start, own) if own in SENDABLE else world.wanted_of(target)
        merged.crm["Status"] = status_half(target, after)
    if decision in ("to_xero", "to_crm", "conflict"):
        before = base.crm.get("status") if base and isinstance(base.crm, Mapping) else None
        merged.differences.append(Difference("Status", label, before, text, word, decision))


def locked_proposals(pairing: Pairing, cause: Cause) -> tuple[Proposal, ...]:
    """What a person may do instead of changing a locked invoice: make a credit note."""
    if cause.code != "invoice_locked":
        return ()
    return (Proposal("credit_note", xero_id=pairing.xero_id, crm_id=pairing.crm_id),)


def _locked_causes(merged: Merged, pairing: Pairing, plan: LinesPlan) -> list[Cause]:
    """What Xero would refuse: changes of a paid or part paid invoice, another currency."""
    assert pairing.xero is not None  # as in judge_both
    values, status = pairing.xero.values, pairing.xero.status
    if merged.to_xero and taxed_by_xero(pairing.xero):
        return [cause_of("taxed_by_xero")]
    paid = any((values.get(n) or Decimal(0)) != 0 for n in ("AmountPaid", "AmountCredited"))
    if status == "PAID" or paid:
        barred = set(merged.to_xero) - EDITABLE_WHEN_PAID - ({LINES} if not plan.locked else set())
    elif merged.to_xero.get("CurrencyCode") and status == "AUTHORISED":
        return [cause_of("currency_fixed", currency=merged.to_xero["CurrencyCode"])]
    else:
        return []
    if not barred:
        return []
    labels = [
        d.label
        for d in merged.differences
        if d.decision == "to_xero" and row_key(d.field) in barred
    ]
    shown = "paid" if status == "PAID" else "part paid"
    return [cause_of("invoice_locked", status=shown, fields=", ".join(labels) or "it")]
