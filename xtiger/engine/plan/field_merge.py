"""Judging one pairing: which fields travel, what conflicts, what holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.contact_types import use_words
from xtiger.mapping.convert import (
    BoundRow,
    Lookups,
    crm_values,
    to_crm,
    to_xero,
    xero_values,
)
from xtiger.mapping.ownership.owners import owner_of, read_owner
from xtiger.mapping.role_values import RoleValues
from xtiger.model.links import Pair, Side
from xtiger.model.mappings import Direction
from xtiger.model.plans import Cause, Difference
from xtiger.model.records import Module, Record
from xtiger.model.roles import GIVEN_ONCE, SUMS
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_of
from xtiger.rules.merge import FieldRule, FieldState, as_decided, decide_field, decide_use

#: Stands for a value that the other side cannot hold: equal to nothing.
_UNSENDABLE = object()


@dataclass(slots=True)
class Merged:
    """What merging the fields of one pairing came to."""

    crm: dict[str, Plain] = field(default_factory=dict)
    xero: dict[str, Plain] = field(default_factory=dict)
    to_xero: dict[str, Plain] = field(default_factory=dict)
    to_crm: dict[str, Plain] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    agreed: set[str] = field(default_factory=set)
    #: Labels of fields in conflict, and whether any of them was agreed on before.
    conflicts: list[str] = field(default_factory=list)
    agreed_before: bool = False
    #: Keys of the conflicts in which neither side changed: Xero stored it otherwise than sent.
    asked: set[str] = field(default_factory=set)
    #: The side whose lines changed though that direction is closed, "" for none.
    edited_in: str = ""
    #: Of a payment to send: Xero ids of equal ones that nobody has.
    known_equal: tuple[str, ...] = ()


def effective(row: BoundRow, scope: Scope) -> Direction | None:
    """The ways a row may travel: those of row and module whose target takes a value, or None."""
    if row.xero.type == "use" and not scope.option("types_from_xero"):
        return None
    ways: dict[Direction, bool] = {
        "to_xero": row.row.direction != "to_crm" and scope.carries("to_xero") and row.xero.writable,
        "to_crm": row.row.direction != "to_xero" and scope.carries("to_crm") and row.crm.writable,
    }
    allowed = [way for way, open_ in ways.items() if open_]
    if len(allowed) == 2:
        return "both"
    return allowed[0] if allowed else None


def field_rule(row: BoundRow, scope: Scope, owner: Side | None = None) -> FieldRule | None:
    """How this row may move in this module; `owner` is the side that owns it, where one does."""
    direction = effective(row, scope)
    if direction is None:
        return None
    return FieldRule(
        direction=direction,
        keep_when_empty=row.row.keep_when_empty,
        only_on_create=row.row.only_on_create,
        conflict=scope.settings.conflict,
        first_link=scope.settings.first_link,
        amount=row.xero.type == "price",
        owner=owner,
    )


def owner_of_row(row: BoundRow, pairing: Pairing, scope: Scope) -> Side | None:
    """The side that owns a row of a record, by the record's status on either side."""
    texts = scope.settings.owners
    if not texts:
        return None
    owners = [one for one in map(read_owner, texts) if one is not None]
    statuses = []
    if pairing.xero is not None:
        statuses.append(str(pairing.xero.values.get(scope.traits.status_field) or ""))
    if pairing.record is not None:
        values = RoleValues(scope.module, pairing.record.values)
        statuses.append(values.text(f"{scope.sync.role}.status") or "")
    names = (row.row.crm, row.crm.name, row.row.xero)
    return owner_of(owners, names, statuses, amount=row.xero.type == "price")


def merge_fields(pairing: Pairing, scope: Scope, lookups: Lookups) -> Merged:
    """Compare every row of a pairing that has both sides."""
    assert pairing.record is not None  # the planner's own branch
    assert pairing.xero is not None  # likewise
    merged = Merged()
    merged.crm, merged.causes = crm_values(pairing.record, scope.rows)
    merged.xero = xero_values(pairing.xero, scope.rows)
    pairs = pairing.base.pairs if pairing.base else {}
    for row in scope.rows:
        key = row.key
        if key not in merged.crm:
            continue
        base = pairs.get(key)
        still = base is not None and (base.crm, base.xero) == (merged.crm[key], merged.xero[key])
        if base is not None and still and not base.asked:
            continue  # neither side changed: nothing moves, whatever the rule
        rule = field_rule(row, scope, owner_of_row(row, pairing, scope))
        if rule is not None:
            _merge_row(merged, row, rule, _usable(base, still=still), pairing, lookups)
        if base is not None and still and merged.conflicts[-1:] == [row.label]:
            merged.asked.add(key)
    return merged


def _usable(base: Pair | None, *, still: bool) -> Pair | None:
    """The base to merge over; none of a value that a person is asked about, while it stands."""
    if base is None or not base.asked:
        return base
    return None if still else replace(base, asked=())


def _merge_row(
    merged: Merged,
    row: BoundRow,
    rule: FieldRule,
    base: Pair | None,
    pairing: Pairing,
    lookups: Lookups,
) -> None:
    crm, xero = merged.crm[row.key], merged.xero[row.key]
    as_xero = to_xero(crm, row, lookups)
    state = FieldState(
        base=base,
        crm=crm,
        xero=xero,
        crm_as_xero=_UNSENDABLE if isinstance(as_xero, Cause) else as_xero,
        xero_as_crm=to_crm(xero, row, lookups),
        newer=newer_side(pairing),
    )
    kept = pairing.decisions.get(row.key) or pairing.decisions.get("")
    decision = as_decided(decide_field(state, rule), kept, rule)
    if row.xero.type == "use":
        ours = use_words(row.crm, lookups.use_words)
        decision = decide_use(state, ours, overwrites=lookups.use_overwrites)
    if decision == "to_xero" and isinstance(as_xero, Cause):
        merged.causes.append(as_xero)
        return
    if decision == "to_crm" and _waits(row, xero, state.xero_as_crm):
        merged.causes.append(_parent(pairing))
        return
    settle(merged, row.key, row.label, base, decision, crm, xero)
    if decision == "to_xero":
        merged.to_xero[row.xero.path] = as_xero
    elif decision == "to_crm":
        merged.to_crm[row.crm.name] = state.xero_as_crm


def newer_side(pairing: Pairing) -> Side | None:
    """The side that was edited last, to the second as Xero counts; None when that is not known."""
    crm = pairing.record.modified if pairing.record else None
    xero = pairing.xero.updated_at if pairing.xero else None
    if crm is None or xero is None:
        return None
    crm, xero = crm.replace(microsecond=0), xero.replace(microsecond=0)
    if crm == xero:
        return None
    return "crm" if crm > xero else "xero"


def settle(
    merged: Merged, key: str, label: str, base: Pair | None, decision: str, crm: Plain, xero: Plain
) -> None:
    """Book one field's decision: agreed keys get a new base, differences are shown."""
    if decision == "conflict":
        merged.conflicts.append(label)
        merged.agreed_before = merged.agreed_before or base is not None
    elif decision != "none":
        merged.agreed.add(key)
    elif base is None and (crm is None or xero is None or crm == xero):
        # A one-way row whose source is empty has nothing to say; that is agreed too.
        merged.agreed.add(key)
    if decision in ("to_xero", "to_crm", "conflict"):
        merged.differences.append(
            Difference(key, label, base.crm if base else None, crm, xero, decision)  # type: ignore[arg-type]  # narrowed above
        )


def new_in_xero(record: Record, scope: Scope, lookups: Lookups) -> Merged:
    """The values of a record that Xero does not have yet."""
    merged = Merged()
    merged.crm, merged.causes = crm_values(record, scope.rows)
    for row in scope.rows:
        if row.key not in merged.crm:
            continue
        if effective(row, scope) not in ("both", "to_xero"):
            merged.agreed.add(row.key)
            continue
        value = to_xero(merged.crm[row.key], row, lookups)
        if isinstance(value, Cause):
            merged.causes.append(value)
            continue
        if value is None and row.xero.required:
            merged.causes.append(_missing(row))
        merged.agreed.add(row.key)
        if value is not None:
            merged.to_xero[row.xero.path] = value
            merged.differences.append(
                Difference(row.key, row.label, None, merged.crm[row.key], None, "to_xero")
            )
    return merged


def _missing(row: BoundRow) -> Cause:
    match row.xero.path:
        case "Name":
            return cause_of("name_missing")
        case "Code":
            return cause_of("code_missing")
        case "Contact.ContactID":
            return cause_of("organisation_missing")
        case _:
            return cause_of("mandatory_missing", field=row.label)


def _waits(row: BoundRow, xero: Plain, as_crm: Plain) -> bool:
    """Whether Xero names another record that the CRM does not have."""
    return row.xero.type == "ref" and xero is not None and as_crm is None


def _parent(pairing: Pairing) -> Cause:
    """The cause to wait for the contact of a Xero document."""
    assert pairing.xero is not None  # the callers' branch
    values = pairing.xero.values
    name = values.get("Contact.Name") or values.get("Contact.ContactID")
    there = str(values.get("Contact.ContactID") or "")
    return cause_of("waits_for_parent", parent=str(name), xero_kind="Contact", xero_id=there)


def new_in_crm(
    pairing: Pairing, scope: Scope, lookups: Lookups, more: Mapping[str, Plain] | None = None
) -> Merged:
    """The values of a Xero record that the CRM does not have yet; `more` come without a row."""
    merged = mapped_to_crm(pairing, scope, lookups, more or {})
    merged.causes += missing_in_crm(merged, scope.module)
    return merged


def mapped_to_crm(
    pairing: Pairing, scope: Scope, lookups: Lookups, more: Mapping[str, Plain]
) -> Merged:
    """The same before anybody asks whether the CRM needs more: other values are still to come."""
    assert pairing.xero is not None  # the planner's own branch
    merged = Merged(xero=xero_values(pairing.xero, scope.rows), to_crm=dict(more))
    for row in scope.rows:
        merged.agreed.add(row.key)
        value = to_crm(merged.xero[row.key], row, lookups)
        if _waits(row, merged.xero[row.key], value):
            merged.causes.append(_parent(pairing))
        if value is None or not _comes_with_new(row, scope):
            continue
        merged.to_crm[row.crm.name] = value
        merged.differences.append(
            Difference(row.key, row.label, None, None, merged.xero[row.key], "to_crm")
        )
    return merged


def missing_in_crm(merged: Merged, module: Module) -> list[Cause]:
    """What a new record of the CRM lacks, of all that will be written; sums are never asked for."""
    return [
        cause_of("mandatory_missing", field=described.label or described.name)
        for described in module.fields
        if described.required and described.writable and described.role not in SUMS
        if merged.to_crm.get(described.name) is None
    ]


def _comes_with_new(row: BoundRow, scope: Scope) -> bool:
    """Whether a record that is made in the CRM gets the value, though the CRM owns it later."""
    once = row.crm.role in GIVEN_ONCE and row.crm.writable and scope.carries("to_crm")
    return once or effective(row, scope) in ("both", "to_crm")


# --- items -----------------------------------------------------------------------------------


def cause_of_stored(differences: Sequence[Difference]) -> Cause:
    """The cause that names what is stored otherwise."""
    fields = ", ".join(one.label for one in differences)
    values = ", ".join(str(one.xero or "") for one in differences)
    return cause_of("stored_otherwise", fields=fields, value=values)
