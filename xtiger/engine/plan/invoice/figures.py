"""Figures of an invoice on both sides that no line tells: sums, money, and what the status claims.

They are compared whenever the invoice is read; a difference is reported until it is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged
from xtiger.engine.plan.invoice.currencies import CURRENCY, currency_of
from xtiger.engine.plan.invoice.inward import CREDIT, SUMS, rate_in, sums_there, taxed_by_xero
from xtiger.engine.plan.invoice.lines import LinesPlan
from xtiger.engine.plan.invoice.reduction import credited_of
from xtiger.engine.plan.invoice.rounding import with_rounding
from xtiger.engine.workbench.placeholder_ids import pending_id
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import LINES
from xtiger.mapping.line_halves import AMOUNTS, counted, own_cells
from xtiger.mapping.role_values import RoleValues
from xtiger.model.links import Side
from xtiger.model.plans import STANDING, Cause, Item
from xtiger.model.records import Module, Record, Ref, XeroRecord
from xtiger.model.setting_keys import documents_refused, record_in
from xtiger.model.values import Plain, as_decimal, canon
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.causes import cause_of
from xtiger.rules.customers.attachments import ATTACH
from xtiger.rules.customers.crediting import credit_besides, due_as_counted
from xtiger.rules.invoice_status import money_claimed
from xtiger.rules.kinds import nature
from xtiger.rules.money import Totals, cents, totals
from xtiger.rules.rounding import rounding_of

if TYPE_CHECKING:
    from xtiger.engine.plan.invoice.facts import InvoiceWorld

#: The steps of an invoice before money, in their order.
_STEPS = ("DRAFT", "SUBMITTED", "AUTHORISED")
#: Codes that money on its way in the same plan may end, and what is reported with them.
_OF_MONEY = frozenset({"paid_without_payment", "money_apart"})

#: Codes of payments that one side no longer has.
_GONE = frozenset({"gone_in_xero", "gone_in_crm"})


def sums_of(found: Totals) -> dict[str, Plain]:
    """Computed sums as the base keeps them."""
    return {"SubTotal": canon(found.net), "TotalTax": canon(found.tax)}


def payments_travel(bench: Workbench) -> bool:
    """Whether money received is synced at all; else nobody can expect it to agree."""
    store, connection_id = bench.store, bench.connection_id
    return any(
        store.module_settings(connection_id, sync.name).enabled
        for sync in bench.offered
        if sync.role == "payment" and sync.directions
    )


def received_counts(bench: Workbench) -> bool:
    """Whether growth of the money that the CRM has received becomes payments in Xero."""
    if not bench.host.host.caps.payments_kept:
        return False
    store, connection_id = bench.store, bench.connection_id
    chosen = [
        store.module_settings(connection_id, sync.name)
        for sync in bench.offered
        if nature(sync.kind).pays and store.mapping(connection_id, sync.name) is not None
    ]
    return any(one.to_xero() and one.create_in_xero for one in chosen)


def money_waiting(bench: Workbench, crm_id: str) -> Decimal:
    """What of the money received of an invoice is kept as payments that Xero does not have yet."""
    store, connection_id = bench.store, bench.connection_id
    rows = store.received_for(bench.connection.tenant, [crm_id]).get(crm_id, ())
    payments = next(sync.name for sync in bench.offered if nature(sync.kind).pays)
    linked = store.links_by_crm(connection_id, payments, [one.id for one in rows])
    amounts = next(m for m in bench.host.modules() if m.name == payments).by_role("payment.amount")
    assert amounts is not None  # the library describes it
    kept = [one.values.get(amounts.name) for one in rows if one.grown and one.id not in linked]
    return sum((as_decimal(one) or Decimal(0) for one in kept), Decimal(0))


def apart(
    merged: Merged, pairing: Pairing, scope: Scope, world: InvoiceWorld, plan: LinesPlan
) -> tuple[Cause, ...]:
    """What differs of an invoice besides what travels; keeps the sums foreseen in `merged`."""
    assert pairing.record is not None  # the caller's branch
    assert pairing.xero is not None  # likewise
    sums = _sums(merged, pairing, scope, world, plan)
    total = plan.expected.total if plan.expected is not None else pairing.xero.values.get("Total")
    due = _due(pairing.xero, plan)
    there = pairing.xero.status
    claim = _claim(merged, pairing.record, scope, world, as_decimal(total), due, there)
    money = [claim] if claim is not None else _money(merged, pairing, scope, world, due)
    said = world.refused_file(pairing.record.ref.id)
    file = cause_of("document_refused", message=said) if said else None
    head = (_currency(merged, pairing.xero, world), _approval(merged, pairing.xero), file)
    return tuple(cause for cause in (sums, *head, *money) if cause is not None)


def refused_files(bench: Workbench, scope: Scope) -> Callable[[str], str]:
    """CRM id → what Xero said of the invoice's file that it did not take; "" for none.

    None is said where none is attached, or where a person has it tried again.
    """
    group = documents_refused(bench.connection_id, scope.name)
    kept = bench.store.settings_like(group) if scope.option(ATTACH) else {}
    said = {record_in(group, key): str(value[1]) for key, value in kept.items()}
    return lambda crm_id: "" if Ref(scope.name, crm_id) in bench.asked else said.get(crm_id, "")


# --- head ------------------------------------------------------------------------------------


def _currency(merged: Merged, xero: XeroRecord, world: InvoiceWorld) -> Cause | None:
    """Another currency in Xero than the CRM counts the invoice in: equal numbers, other money."""
    ours, theirs = currency_of(merged.crm, world), currency_of(xero.values, world)
    moves = any(d.field == CURRENCY for d in merged.differences)
    if moves or ours == theirs:
        return None
    return cause_of("currency_apart", crm=ours, xero=theirs)


def _approval(merged: Merged, xero: XeroRecord) -> Cause | None:
    """Approved in the CRM, and that was sent, but Xero has kept it as less.

    Xero answers so, without an error, where the connection's user may not approve.
    """
    half = merged.crm.get("Status")
    if not isinstance(half, Mapping):
        return None
    wanted = str(half.get("wanted") or "")
    moves = any(d.field == "Status" for d in merged.differences)
    if moves or xero.status not in _STEPS or wanted not in _STEPS:
        return None
    if _STEPS.index(wanted) <= _STEPS.index(xero.status):
        return None
    return cause_of("approval_missing", status=str(half.get("status") or ""), xero=xero.status)


# --- sums ------------------------------------------------------------------------------------


def _sums(
    merged: Merged, pairing: Pairing, scope: Scope, world: InvoiceWorld, plan: LinesPlan
) -> Cause | None:
    assert pairing.xero is not None  # as in apart
    there = sums_there(pairing.xero.values)
    if plan.expected is not None:
        _foresee(merged, sums_of(plan.expected))
        return None
    if LINES not in merged.agreed:
        return None  # a conflict of the lines says it
    if plan.writes is not None:
        _foresee(merged, there)
        return None
    ours, total = _crm_total(pairing, scope), cents(sum(there.values(), Decimal(0)))
    if ours is not None and ours != total:
        return cause_of("total_apart", crm_total=str(ours), xero_total=str(total))
    foreseen = _foreseen(merged, pairing, world)
    # Another total in Xero that the CRM has, too, is one that both sides came to.
    both_moved = ours is not None and sum(foreseen.values(), Decimal(0)) != total
    cause = None if both_moved else sums_cause(foreseen, there)
    if cause is None:
        _foresee(merged, there)
    return cause


def sums_cause(foreseen: Mapping[str, Plain], there: Mapping[str, Plain]) -> Cause | None:
    """Net and tax that are others in Xero than foreseen, though their sum may be the same."""
    if foreseen == there:
        return None
    return cause_of(
        "sums_apart",
        net=str(cents(there["SubTotal"])),
        tax=str(cents(there["TotalTax"])),
        foreseen_net=str(cents(foreseen["SubTotal"])),
        foreseen_tax=str(cents(foreseen["TotalTax"])),
    )


def _foresee(merged: Merged, sums: dict[str, Plain]) -> None:
    merged.xero[SUMS] = sums
    merged.agreed.add(SUMS)


def _foreseen(merged: Merged, pairing: Pairing, world: InvoiceWorld) -> Mapping[str, Plain]:
    """The sums kept with the lines; of lines that are others by now, what Xero makes of them."""
    assert pairing.xero is not None  # as in apart
    pairs = pairing.base.pairs if pairing.base else {}
    known, lines = pairs.get(SUMS), pairs.get(LINES)
    if known is not None and lines is not None and lines.xero == merged.xero[LINES]:
        kept: Mapping[str, Plain] = known.xero
        return kept
    there = rounding_of(pairing.xero.rounding)
    if taxed_by_xero(pairing.xero):
        return sums_there(pairing.xero.values)
    computed = computed_sums(merged.xero[LINES], world, there)
    return computed or sums_there(pairing.xero.values)


def computed_sums(
    half: Sequence[Mapping[str, Plain]], world: InvoiceWorld, rounding: Decimal = Decimal(0)
) -> dict[str, Plain] | None:
    """What Xero computes of its own lines; None where a tax is not known."""
    found = []
    for keys in half:
        cells = own_cells(keys)
        rate = rate_in(world, str(cells.get("TaxType") or ""))
        if rate is None:
            return None
        found.append(counted(cells, rate, str(keys.get(AMOUNTS) or "")))
    return sums_of(with_rounding(totals(found), rounding))


def _crm_total(pairing: Pairing, scope: Scope) -> Decimal | None:
    """The CRM's own total to the cent; None where it says none."""
    assert pairing.record is not None  # as in apart
    return _number(pairing.record, scope, "total")


def _number(record: Record, scope: Scope, part: str) -> Decimal | None:
    try:
        found = RoleValues(scope.module, record.values).number(f"invoice.{part}")
    except ValueError:
        return None  # the comparison of the field itself reports that
    return None if found is None else cents(found)


# --- money -----------------------------------------------------------------------------------


def _due(xero: XeroRecord, plan: LinesPlan) -> Decimal:
    """What is left to pay in Xero, with the lines that this plan sends."""
    if plan.expected is None or nature(xero.kind).is_money:
        return as_decimal(xero.values.get("AmountDue")) or Decimal(0)
    settled = (as_decimal(xero.values.get(n)) for n in ("AmountPaid", "AmountCredited"))
    return plan.expected.total - sum((one or Decimal(0) for one in settled), Decimal(0))


def _claim(
    merged: Merged,
    record: Record,
    scope: Scope,
    world: InvoiceWorld,
    total: Decimal | None,
    due: Decimal,
    there: str,
) -> Cause | None:
    """The CRM's word of money that Xero does not have, unless Xero's word is on its way."""
    described = scope.module.by_role("invoice.status")
    if described is None or described.name in merged.to_crm:
        return None
    half = merged.crm.get("Status")
    if isinstance(half, Mapping) and half.get("wanted") == "DRAFT" == there:
        return None  # it takes no money yet
    text = RoleValues(scope.module, record.values).text("invoice.status") or ""
    claimed = money_claimed(text, world.status_words)
    return unpaid(text, claimed, total or Decimal(0), due)


def unpaid(text: str, claimed: str, total: Decimal, due: Decimal) -> Cause | None:
    """A CRM status that claims money of which Xero has none; None when all is as it says."""
    lacks = (claimed == "PAID" and due > 0) or (claimed == "PART_PAID" and due >= total > 0)
    if not lacks:
        return None
    return cause_of(
        "paid_without_payment", status=text, due=str(cents(due)), total=str(cents(total))
    )


def _money(
    merged: Merged, pairing: Pairing, scope: Scope, world: InvoiceWorld, due: Decimal
) -> list[Cause]:
    """Money that the CRM holds as received, credited or due, and Xero otherwise.

    Only once payments travel.
    """
    assert pairing.record is not None  # as in apart
    assert pairing.xero is not None  # likewise
    if not world.payments_travel:
        return []
    found: list[Cause] = []
    paid = as_decimal(pairing.xero.values.get("AmountPaid")) or Decimal(0)
    coming = world.waiting(pairing.record.ref.id) if world.received_counts else Decimal(0)
    credited = as_decimal(pairing.xero.values.get(CREDIT)) or Decimal(0)
    noted = credited_of(pairing, world.credited).total
    besides = credit_besides(credited, noted)
    own = [due, *_counted(pairing.record, scope, due, credited, noted)]
    for part, theirs, also in (
        ("received", paid, [paid + coming]),
        ("credited", besides, [credited]),
        ("balance", due, [left - way for left in own for way in (0, coming)]),
    ):
        described = scope.module.by_role(f"invoice.{part}")
        ours = _number(pairing.record, scope, part)
        if (
            described is None
            or ours is None
            or described.name in merged.to_crm
            or ours in (theirs, *also)
        ):
            continue
        label = described.label or described.name
        found.append(cause_of("money_apart", field=label, crm=str(ours), xero=str(cents(theirs))))
    return found


def _counted(
    record: Record, scope: Scope, due: Decimal, credited: Decimal, noted: Decimal
) -> list[Decimal]:
    """What is due as the CRM counts it, where it does so itself or its total says a credit."""
    described = scope.module.by_role("invoice.balance")
    if described is None or (described.writable and not noted):
        return []
    kept = _number(record, scope, "credited") or Decimal(0)
    return [due_as_counted(due, credited, noted, kept)]


# --- in the plan -----------------------------------------------------------------------------


def beside(item: Item, causes: Sequence[Cause]) -> Item:
    """The item with all that differs besides; what it does anyway is done all the same."""
    if not causes or item.cause is not None:
        return item
    result = item.result if item.verb is not None else CATALOGUE[causes[0].code].result
    return replace(item, cause=Cause.of_all(causes), result=result)


def with_money_underway(bench: Workbench, items: Sequence[Item]) -> tuple[Item, ...]:
    """The items of a plan; payments that move or wait say what their invoices lack.

    Those of the plan, and those that only another plan comes to. Such an invoice is looked at
    again in the next plan: its keys stay.
    """
    if not any(_lacks_money(item) for item in items):
        return tuple(items)
    payments = [item for item in items if nature(item.kind).pays]
    waiting = [item for item in payments if _may_come(item)]
    paid = _paid_in_xero(bench, _ids(bench, "xero", "Payment", payments, waiting))
    paying = {sync.name for sync in bench.offered if nature(sync.kind).pays}
    for module in bench.host.modules():
        if module.name in paying:
            ids = _ids(bench, "crm", module.name, payments, waiting)
            paid |= _paid_in_crm(bench, module, ids)
    return tuple(_looked_at_later(item) if _is_of(item, paid) else item for item in items)


def _ids(
    bench: Workbench, side: Side, type_: str, judged: Sequence[Item], waiting: Sequence[Item]
) -> list[str]:
    """Ids of a side's payments that wait: by this plan, or marked and not in it."""
    marked = {key.id for key in bench.store.dirty(bench.connection_id, side, type_)}
    known, found = _of_side(side, type_, judged), _of_side(side, type_, waiting)
    return sorted((found | (marked - known)) - {""})


def _of_side(side: Side, type_: str, items: Sequence[Item]) -> set[str]:
    if side == "xero":
        return {item.xero_id or "" for item in items}
    return {item.crm_id or "" for item in items if item.module == type_}


def _may_come(payment: Item) -> bool:
    """Whether a payment moves, or waits for somebody; one that is gone brings no money."""
    if payment.verb is not None:
        return True
    gone = payment.cause is not None and payment.cause.code in _GONE
    return payment.result in STANDING and not gone


def _paid_in_xero(bench: Workbench, ids: Sequence[str]) -> set[str]:
    """Xero ids of the invoices that these payments of Xero pay."""
    seen = bench.store.shadows(bench.connection_id, "xero", "Payment", ids) if ids else {}
    return {str((one.payload.get("Invoice") or {}).get("InvoiceID")) for one in seen.values()}


def _paid_in_crm(bench: Workbench, module: Module, ids: Sequence[str]) -> set[str]:
    """CRM ids, as stand-ins, of the invoices that these payments of the CRM pay."""
    described = module.by_role("payment.invoice")
    if described is None or not described.targets or not ids:
        return set()
    records = bench.host.get(module.name, ids).values()
    paid = {str(record.values.get(described.name) or "") for record in records}
    return {pending_id(Ref(described.targets[0], crm_id)) for crm_id in paid if crm_id}


def _lacks_money(item: Item) -> bool:
    causes = item.cause.each() if item.kind == "Invoice" and item.cause is not None else ()
    return any(cause.code in _OF_MONEY for cause in causes)


def _is_of(item: Item, paid: Collection[str]) -> bool:
    own = {item.xero_id or "", pending_id(Ref(item.module, item.crm_id or ""))}
    return _lacks_money(item) and not own.isdisjoint(paid)


def _looked_at_later(item: Item) -> Item:
    assert item.cause is not None  # it lacks money
    rest = [cause for cause in item.cause.each() if cause.code not in _OF_MONEY]
    if rest:
        return replace(item, cause=Cause.of_all(rest), keys=())
    result = item.result if item.verb is not None else "unchanged"
    return replace(item, cause=None, result=result, keys=())
