"""Judging invoices: head, lines, status, totals, and what Xero no longer lets change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged, merge_fields, new_in_xero
from xtiger.engine.plan.invoice import head_discounts
from xtiger.engine.plan.invoice.currencies import (
    CURRENCY,
    currency_of,
    enabled_causes,
    fine_causes,
    in_use,
    merge_rate,
    places_of,
    put_rate,
)
from xtiger.engine.plan.invoice.facts import InvoiceWorld, line_lookups, status_text, wanted_status
from xtiger.engine.plan.invoice.figures import apart
from xtiger.engine.plan.invoice.inward import (
    CREDIT,
    MONEY,
    SUMS,
    merge_money,
    put_lines,
    sums_there,
    taxed_by_xero,
)
from xtiger.engine.plan.invoice.line_bench import LineBench, lay_out
from xtiger.engine.plan.invoice.lines import LinesPlan, plan_lines
from xtiger.engine.plan.invoice.reduction import (
    Terms,
    credit_for,
    credited_of,
    is_explained,
    stand_credited,
)
from xtiger.engine.plan.invoice.rounding import (
    Rounder,
    crm_total_of,
    limit_of,
    rounded,
    with_rounding,
)
from xtiger.engine.plan.item_builder import row_key
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.changeable import head_may_change
from xtiger.mapping.check import DUE_BY_TERMS
from xtiger.mapping.convert import LINES
from xtiger.mapping.credit_note.signs import says_credit
from xtiger.mapping.documents.tracking import THEME, theme_of
from xtiger.mapping.line_halves import crm_half
from xtiger.mapping.lines_to_crm import crm_total
from xtiger.mapping.lines_to_xero import BuiltLines, build_lines
from xtiger.mapping.role_values import RoleValues
from xtiger.mapping.xero_schema import parse_moment
from xtiger.model.customers.credited import CreditOfInvoice
from xtiger.model.line_ids import ADJUSTMENT
from xtiger.model.plans import Cause, Difference
from xtiger.model.records import Record, XeroRecord
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.causes import cause_of
from xtiger.rules.invoice_status import (
    SENDABLE,
    coarse,
    crm_status,
    decide_status,
    is_bill,
    money_on,
    status_half,
    status_state,
    xero_word,
)
from xtiger.rules.money import Totals, cents
from xtiger.rules.preflight import document_barred, number_cause, stale_causes
from xtiger.rules.starting import arriving

DUE = "DueDate"
#: Statuses in which Xero lets the lines of an invoice change.
_EDITABLE = ("DRAFT", "SUBMITTED", "AUTHORISED")


def skipped(record: Record, scope: Scope, world: InvoiceWorld, *, linked: bool) -> Cause | None:
    """The rule by which an invoice is none that is sent, whatever else there is to say of it."""
    status = wanted_status(record, scope, world)
    if not scope.gives_back and says_credit(record, scope.module, world.status_means):
        return cause_of("credit_invoice") if not scope.buys else cause_of("supplier_credit")
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
        found += head_discounts.barred(head, scope)
        if head.amount("invoice.deducted_tax"):
            found.append(cause_of("deducted_tax"))
    except ValueError as error:
        found.append(
            cause_of("value_unreadable", field="discount", value=str(error)[:60], type="number")
        )
    return found


def put_due_date(merged: Merged, scope: Scope, there: Plain) -> bool:
    """Put the due date that the mapping counts for a CRM without one; whether Xero will have one.

    `there` is the date that Xero has. With the option "terms" Xero counts by the customer's terms.
    """
    undue = scope.gives_back or scope.traits.is_money
    if undue or merged.crm.get(DUE) is not None or there is not None:
        return True
    days, day = scope.option("due_days"), merged.crm.get("Date")
    if days == DUE_BY_TERMS:
        return True
    if not days or not isinstance(day, date):
        return False
    merged.to_xero[DUE] = day + timedelta(days=int(days))
    if DUE in merged.crm:
        merged.agreed.add(DUE)
    return True


def head_causes(
    merged: Merged, status: str, scope: Scope, world: InvoiceWorld, *, due: bool
) -> list[Cause]:
    """What the head lacks; the order is the order in which people see it.

    `due`: whether Xero will have a due date.
    """
    crm, causes = merged.crm, []
    if crm.get("Contact.ContactID") is None:
        causes.append(cause_of("organisation_missing"))
    number = scope.traits.number_field
    if scope.numbered and crm.get(number) is None:
        causes.append(cause_of("number_missing"))
    odd = number_cause(str(merged.to_xero.get(number) or ""))
    if odd is not None:
        causes.append(odd)
    if crm.get("Date") is None:
        causes.append(cause_of("invoice_date_missing"))
    if not due and status != "DRAFT":
        causes.append(cause_of("due_date_missing"))
    causes += enabled_causes(currency_of(crm, world), world)
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


@dataclass(frozen=True, slots=True)
class New:
    """What judging an invoice that Xero does not have yet came to."""

    merged: Merged
    built: BuiltLines
    #: The sums that Xero will compute, rounding included.
    expected: Totals
    rounding: dict[str, Plain] | None = None


def judge_new(record: Record, scope: Scope, world: InvoiceWorld) -> New:
    """The values of an invoice that Xero does not have yet."""
    merged = new_in_xero(record, scope, world.fields)
    code = currency_of(merged.crm, world)
    rounder = Rounder.of(None, scope, world, places_of(code, world))
    lookups = line_lookups(record, scope, world, rounder.limit if world.rounding else Decimal(0))
    built = build_lines(record, scope.module, lookups, stable=scope.stable_lines)
    status = wanted_status(record, scope, world)
    text = status if isinstance(status, str) else "DRAFT"
    merged.to_xero["Status"] = text
    if scope.document is not None:
        merged.to_xero["Type"] = scope.document.type
    due = put_due_date(merged, scope, None)
    themed = _put_theme(merged, record, scope, world)
    # Without a currency Xero takes the contact's own, and the same number is other money.
    merged.to_xero.setdefault(CURRENCY, world.base_currency)
    put_rate(merged, record, scope, world)
    merged.causes = [
        *refusals(record, scope, world),
        *head_causes(merged, text, scope, world, due=due),
        *(c for c in merged.causes if c.code != "organisation_missing"),
        *built.causes,
        *themed,
        *fine_causes(record, scope, code, world),
        *document_barred(built.lines, built.totals.total, text, buys=scope.buys),
    ]
    # What stops the invoice explains the difference, too: a total is one more reason only alone.
    amount: Decimal | Cause = Decimal(0)
    if not merged.causes:
        amount = rounded(rounder, crm_total_of(record, scope), built.totals)
        merged.causes += head_discounts.unproven(record, scope, world, built.totals)
    if isinstance(amount, Cause):
        merged.causes += head_discounts.each_named([amount], record, scope, world)
        amount = Decimal(0)
    merged.crm[LINES] = crm_half(record, scope.module, stable=scope.stable_lines)
    merged.crm["Status"] = status_half(status_text(record, scope), text)
    merged.to_xero[LINES] = list(built.lines)
    merged.agreed |= {LINES, "Status", MONEY, CREDIT, SUMS}
    merged.differences += rounder.difference(amount)
    return New(merged, built, with_rounding(built.totals, amount), rounder.line(amount))


def _put_theme(merged: Merged, record: Record, scope: Scope, world: InvoiceWorld) -> list[Cause]:
    """Put the branding theme that the invoice names, else the module; later it stays as in Xero."""
    own = RoleValues(scope.module, record.values).text("invoice.branding")
    found = theme_of(own or str(scope.option(THEME) or ""), world.lists)
    if isinstance(found, Cause):
        return [found]
    merged.to_xero |= {"BrandingThemeID": found} if found and not scope.buys else {}
    return []


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
    #: The credit note that would make both sides agree, where Xero keeps the amounts.
    credit: CreditOfInvoice | None = None


def judge_both(pairing: Pairing, scope: Scope, world: InvoiceWorld) -> Judged:
    """Compare an invoice that is on both sides."""
    assert pairing.record is not None  # the planner's own branch
    assert pairing.xero is not None  # likewise
    record, xero = pairing.record, pairing.xero
    merged = merge_fields(pairing, scope, world.fields)
    lookups = line_lookups(record, scope, world, _small_adjustment(pairing, scope, world))
    built = build_lines(record, scope.module, lookups, stable=scope.stable_lines)
    _merge_status(merged, pairing, scope, world)
    found: list[Cause] = []
    merged.causes, before = found, merged.causes
    crm_total = crm_total_of(record, scope)
    terms = Terms(scope, credited_of(pairing, world.credited), world.rounding, crm_total)
    plan = _planned(merged, lay_out(merged, pairing, scope, world, built), terms)
    items: tuple[str, ...] = ()
    may_go = _may_go(plan, pairing, world)
    if plan.writes is not None:
        put = put_lines(merged, plan, record, xero, scope, world, may_go=may_go)
        items, crm_total = put.line_items, put.total
    rounder = Rounder.of(xero, scope, world, places_of(currency_of(merged.crm, world), world))
    plan = _with_rounding(merged, plan, crm_total, rounder, may_go=may_go)
    if plan.sent is not None:
        merged.to_xero[LINES] = list(plan.sent)
    counts, noted = world.received_counts, terms.credited.total
    merge_money(merged, pairing, scope, plan.sent_total, counts=counts, noted=noted)
    rate = merge_rate(merged, pairing, scope, world)
    merged.causes = [
        *refusals(record, scope, world),
        *_heads(merged, xero, scope, world),
        *before,
        *found,
        *_currency_causes(merged, pairing, scope, world),
        *_refused_lines(merged, xero, plan, world),
        *_locked_causes(merged, pairing, scope, plan),
    ]
    credit = credit_for(plan.moved, merged, xero, terms)
    if not merged.causes:
        merged.causes += _of_totals(record, scope, world, plan)
    differs = (*apart(merged, pairing, scope, world, plan), *rate)
    return Judged(merged, plan, built, items, differs, credit)


def _planned(merged: Merged, bench: LineBench, terms: Terms) -> LinesPlan:
    """The plan of the lines; where credit notes stand for all that moves, nothing does."""
    plan = plan_lines(merged, bench)
    if not is_explained(plan.moved, terms.credited, bench.xero, terms.crm_total):
        return plan
    stand_credited(merged)
    return LinesPlan(links=plan.links)


def _heads(merged: Merged, xero: XeroRecord, scope: Scope, world: InvoiceWorld) -> list[Cause]:
    """What the head lacks of an invoice that is to change in Xero."""
    if not merged.to_xero:
        return []
    due = put_due_date(merged, scope, xero.values.get(DUE))
    status = str(merged.to_xero.get("Status") or xero.status)
    return head_causes(merged, status, scope, world, due=due)


def _currency_causes(
    merged: Merged, pairing: Pairing, scope: Scope, world: InvoiceWorld
) -> list[Cause]:
    """A currency of Xero that the CRM does not have, or a total that is too fine for Xero."""
    assert pairing.record is not None  # as in judge_both
    described = scope.module.by_role("invoice.currency")
    code = str(merged.to_crm.get(described.name) or "") if described is not None else ""
    if code and not in_use(code, world):
        return [cause_of("currency_not_in_crm", currency=code)]
    if LINES not in merged.to_xero:
        return []
    return fine_causes(pairing.record, scope, currency_of(merged.crm, world), world)


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
        *document_barred(lines, total, status, buys=is_bill(xero)),
    ]


def _may_go(plan: LinesPlan, pairing: Pairing, world: InvoiceWorld) -> bool:
    """Whether the lines may be sent for the one for rounding alone: Xero takes them.

    What only the CRM's total asks for is left alone where Xero has another total than was
    foreseen: then it is Xero that was edited. An edit that comes in with its lines is no reason.
    """
    assert pairing.xero is not None  # the caller's branch
    xero, sums = pairing.xero, pairing.base.pairs.get(SUMS) if pairing.base else None
    if plan.whole is None or not plan.whole.may_go:
        return False
    if plan.writes is None and (sums is None or sums.xero != sums_there(xero.values)):
        return False
    locked, day = lock_date(world.organisation), xero.values.get("Date")
    in_locked = locked is not None and isinstance(day, date) and day <= locked
    return not in_locked and not taxed_by_xero(xero) and xero.status in _EDITABLE


def _small_adjustment(pairing: Pairing, scope: Scope, world: InvoiceWorld) -> Decimal:
    """Up to what an adjustment is rounding: never one that has a line of its own in Xero."""
    has_line = pairing.base is not None and ADJUSTMENT in pairing.base.lines
    assert pairing.xero is not None  # as in judge_both
    limit = limit_of(scope, places_of(currency_of(pairing.xero.values, world), world))
    return limit if world.rounding is not None and not has_line else Decimal(0)


def _with_rounding(
    merged: Merged,
    plan: LinesPlan,
    crm_total: Decimal | Cause | None,
    rounder: Rounder,
    *,
    may_go: bool,
) -> LinesPlan:
    """The plan with the line that makes both totals equal, where that is one to write.

    Where no line changes, all go as they are once the one for rounding does.
    """
    whole = plan.whole
    if whole is None:
        return plan
    amount = rounded(rounder, crm_total, whole.sums)
    if isinstance(amount, Cause) and plan.kept:
        amount = rounder.before  # the lines are repeated, and none of them is to change
    if isinstance(amount, Cause):
        return plan if plan.sent is None else replace(plan, unequal=(amount,))
    if plan.sent is None and (amount == rounder.before or not may_go):
        return plan
    merged.differences += rounder.difference(amount)
    return replace(
        plan,
        sent=whole.lines,
        line_ids=whole.line_ids,
        expected=with_rounding(whole.sums, amount),
        rounding=rounder.line(amount),
    )


def _of_totals(record: Record, scope: Scope, world: InvoiceWorld, plan: LinesPlan) -> list[Cause]:
    """Two totals that differ, where nothing else stops the invoice."""
    named = head_discounts.each_named(plan.unequal, record, scope, world)
    return [*named, *_unexplained(record, scope, world, plan)]


def _unexplained(
    record: Record, scope: Scope, world: InvoiceWorld, plan: LinesPlan
) -> tuple[Cause, ...]:
    """The CRM's total that its own lines do not give, where those of both sides are merged.

    The merged lines get a total of their own, and the one that a person entered would be lost.
    """
    if plan.sent is None or plan.writes is None:
        return ()
    said = crm_total_of(record, scope)
    if not isinstance(said, Decimal):
        return () if said is None else (said,)
    found = cents(crm_total(scope.module, record.values, record.lines, world.arithmetic))
    if abs(said - found) <= limit_of(scope):
        return ()
    return (cause_of("total_differs", crm_total=str(said), xero_total=str(found)),)


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
    target = _crm_word(pairing.record, scope, world, word, wanted)
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


def _crm_word(
    record: Record, scope: Scope, world: InvoiceWorld, word: str, wanted: str
) -> str | None:
    """The CRM's status for Xero's word; None where it has none, or keeps its own."""
    if scope.gives_back and says_credit(record, scope.module, world.status_means):
        return None  # used up it still is a credit, which no word of a paid invoice says
    text, described = status_text(record, scope), scope.module.by_role("invoice.status")
    words = (world.status_words, world.status_means)
    found = crm_status(word, described, *words, text)
    same = found is not None or wanted == coarse(word)
    return found if same else crm_status(coarse(word), described, *words, text)


def _locked_causes(merged: Merged, pairing: Pairing, scope: Scope, plan: LinesPlan) -> list[Cause]:
    """What Xero would refuse: changes of a paid or part paid invoice, another currency."""
    assert pairing.xero is not None  # as in judge_both
    status = pairing.xero.status
    if merged.to_xero and taxed_by_xero(pairing.xero):
        return [cause_of("taxed_by_xero")]
    if status == "PAID" or money_on(pairing.xero):
        heads = {path for path in merged.to_xero if path != LINES}
        barred = {one for one in heads if scope.gives_back or not head_may_change(one, "paid")}
        fixed = plan.locked or scope.gives_back
        barred |= {LINES} if fixed and LINES in merged.to_xero else set()
    elif (
        status == "AUTHORISED"
        and merged.to_xero.get(CURRENCY)
        and not head_may_change(CURRENCY, "approved")
    ):
        return [cause_of("currency_fixed", currency=merged.to_xero[CURRENCY])]
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
