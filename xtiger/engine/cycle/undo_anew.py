"""What an undo makes anew: records that a run removed, as they stood before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xtiger.engine.cycle.undo_limits import PAYMENT
from xtiger.engine.cycle.undo_lines import no_items
from xtiger.engine.pair.same_payment import same_of, unlinked_payments
from xtiger.engine.workbench.placeholder_ids import pending_crm
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import LINES
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Field, Record, Ref, XeroRecord, XeroRef
from xtiger.model.undo.images import Image
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_of
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
    if not before or not (_may_create(scope) if in_crm else _comes_back(scope, xero)):
        return cause_of("undo_not_back")
    if in_crm:
        values = _new_lines(before, scope)
        return replace(found, crm_id=None, to_crm=values, line_items=no_items(before))
    if scope.traits.pays:
        return _paid_again(bench, found, before)
    return replace(found, xero_id=None, to_xero=before)


def _may_create(scope: Scope) -> bool:
    """Whether the CRM takes it again; a person's place on the list of its contact may be taken."""
    return "create" in scope.module.can and not scope.traits.part_of


def _comes_back(scope: Scope, xero: XeroRecord | None) -> bool:
    """Whether Xero takes the same again: an item, whose code is free then, and a payment.

    What it archived no program restores, and a document that it voided keeps its number.
    """
    tracked = xero is not None and bool(xero.raw.get("IsTrackedAsInventory"))
    return (traits(scope.kind).traceless and not tracked) or bool(scope.traits.pays)


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
