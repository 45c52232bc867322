"""What an undo makes anew: records that a run removed, as they stood before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from xtiger.engine.cycle.undo_limits import PAYMENT
from xtiger.engine.cycle.undo_lines import amounts, no_items, sendable
from xtiger.engine.observe.person_lists import registers
from xtiger.engine.pair.same_payment import same_of, unlinked_payments
from xtiger.engine.plan.invoice.receipt_judge import BANK
from xtiger.engine.plan.removals import period_cause
from xtiger.engine.workbench.placeholder_ids import pending_crm
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import LINES
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Field, Record, Ref, XeroRecord, XeroRef
from xtiger.model.undo.images import Image
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.causes import cause_of
from xtiger.rules.contact_persons import MAX_PERSONS, contact_of
from xtiger.rules.gone import is_gone
from xtiger.rules.kinds import traits


def made_again(
    bench: Workbench,
    scope: Scope,
    item: Item,
    image: Image,
    record: Record | None,
    xero: XeroRecord | None,
) -> Item | Cause:
    """The item that makes a removed record anew, or why none does.

    Where it is there already, or was not there before the runs either, nothing is done.
    """
    in_crm = image.did == "removed_in_crm"
    side = image.crm if in_crm else image.xero
    here = record is not None and not record.deleted
    there = xero is not None and not is_gone(xero)
    if here if in_crm else there:
        return cause_of("undo_relinked")
    before = {name: value for name, (value, _) in side.items() if value not in (None, "")}
    if side and not before:
        # The same runs made it: it was not there before them.
        return replace(item, undoes=image, link_state="removed", cause=cause_of("undone"))
    found = replace(
        item,
        verb="create",
        result="created",
        link_id=None,
        link_state="live" if (there if in_crm else here) else "orphan",
        crm_version=None,
        cause=cause_of("undo_anew"),
    )
    back = "create" in scope.module.can if in_crm else _comes_back(bench, scope, image, xero)
    if not before or not back:
        return cause_of("undo_not_back")
    if in_crm:
        values = _new_lines(before, scope)
        return replace(found, crm_id=None, to_crm=values, line_items=no_items(before))
    return _sent_again(bench, scope, found, xero, before)


def _sent_again(
    bench: Workbench, scope: Scope, item: Item, xero: XeroRecord | None, before: dict[str, Plain]
) -> Item | Cause:
    """The item that sends a record once more, or why it does not."""
    if scope.traits.pays:
        return _paid_again(bench, item, before)
    if scope.traits.is_money:
        return _banked_again(bench, scope, item, xero, before)
    return replace(item, xero_id=None, to_xero=before)


def _comes_back(bench: Workbench, scope: Scope, image: Image, xero: XeroRecord | None) -> bool:
    """Whether Xero takes the same again.

    An item, whose code is free then, money, and a person where the list has room. What it archived
    no program restores, and a document that it voided keeps its number.
    """
    if scope.traits.part_of:
        return _has_room(bench, contact_of(image.xero_id))
    tracked = xero is not None and bool(xero.raw.get("IsTrackedAsInventory"))
    money = bool(scope.traits.pays) or scope.traits.is_money
    return (traits(scope.kind).traceless and not tracked) or money


def _has_room(bench: Workbench, contact_id: str) -> bool:
    """Whether a contact of Xero stands, and takes a person more."""
    seen = bench.store.shadows(bench.connection_id, "xero", "Contact", [contact_id])
    stands = contact_id in seen and not is_gone(seen[contact_id])
    return stands and len(registers(bench, [contact_id])[contact_id].entries) < MAX_PERSONS


def _banked_again(
    bench: Workbench, scope: Scope, item: Item, xero: XeroRecord | None, before: dict[str, Plain]
) -> Item | Cause:
    """The receipt once more, unless somebody entered the same money in the bank since."""
    if xero is None or before.get(BANK) is None or not before.get(LINES):
        return cause_of("undo_not_back")
    locked = period_cause(xero, bench.connection.organisation)
    if locked is not None:
        return locked
    kind, linked = scope.kind, bench.store.links_by_xero(bench.connection_id, scope.kind)
    for shadow in bench.store.each_shadow(bench.connection_id, "xero", kind):
        if shadow.id not in linked and not is_gone(shadow) and _is_same(shadow.payload, xero.raw):
            return cause_of("undo_kept", fields=item.name)
    return replace(item, xero_id=None, to_xero=sendable(before, None), amounts=amounts(before))


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two receipts are the same money: payer, day, account and total."""
    names = (("Contact", "ContactID"), ("BankAccount", "AccountID"))
    alike = all((one.get(n) or {}).get(i) == (other.get(n) or {}).get(i) for n, i in names)
    total = as_decimal(one.get("Total")) == as_decimal(other.get("Total"))
    return alike and total and one.get("Date") == other.get("Date")


def _paid_again(bench: Workbench, item: Item, before: Mapping[str, Plain]) -> Item | Cause:
    """The payment once more, unless somebody entered the same money in Xero since."""
    same = same_of(before)
    if same is None or any(before.get(path) is None for path in PAYMENT):
        return cause_of("undo_not_back")
    if unlinked_payments(bench).get(same):
        return cause_of("undo_kept", fields=item.name)
    return replace(item, xero_id=None, to_xero=before)


def _new_lines(before: Mapping[str, Plain], scope: Scope) -> dict[str, Plain]:
    """The values with their lines as new ones: the ids of those that went are nobody's."""
    values = dict(before)
    if LINES in values:
        names = {one.name for one in scope.module.lines if one.writable} - {"id"}
        rows = (values[LINES] or {})[LINES]
        values[LINES] = [{key: v for key, v in row.items() if key in names} for row in rows]
    return values


def with_new_parents(bench: Workbench, items: Sequence[Item]) -> list[Item]:
    """The items; those made anew name parents that are made anew, too, by their stand-ins."""
    anew = {
        Ref(one.module, one.undoes.crm_id): pending_crm(XeroRef(one.kind, one.undoes.xero_id))
        for one in items
        if one.verb == "create" and one.to_crm and one.undoes is not None
    }
    if not anew:
        return list(items)
    return [_with_parents(bench, one, anew) for one in items]


def _with_parents(bench: Workbench, item: Item, anew: Mapping[Ref, str]) -> Item:
    scope = bench.scope(item.module)
    if scope is None or item.verb != "create" or not item.to_crm:
        return item
    values = _named(item.to_crm, scope.module.fields, anew)
    if LINES in values:
        values[LINES] = [_named(row, scope.module.lines, anew) for row in values[LINES]]
    return replace(item, to_crm=values)


def _named(
    values: Mapping[str, Plain], fields: Sequence[Field], anew: Mapping[Ref, str]
) -> dict[str, Plain]:
    found = dict(values)
    for field in fields:
        value = found.get(field.name)
        if value is not None:
            refs = (Ref(module, str(value)) for module in field.targets)
            found[field.name] = next((anew[ref] for ref in refs if ref in anew), value)
    return found
