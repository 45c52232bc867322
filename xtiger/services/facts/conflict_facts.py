"""What a conflict is made of: pure functions of an outcome, both records and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xtiger.engine.pair.decisions import seen
from xtiger.engine.plan.field_merge import effective
from xtiger.engine.workbench.scope import Scope
from xtiger.errors import ConflictRefused, UnreadableAnswer
from xtiger.mapping.xero_schema import ElementReader, parse_moment
from xtiger.model.conflicts import Conflict, ConflictField
from xtiger.model.connections import Connection
from xtiger.model.links import Decision, Shadow, Side
from xtiger.model.plans import Item
from xtiger.model.records import Record, XeroRecord
from xtiger.model.runs import Outcome
from xtiger.panels.xero_links import view_url
from xtiger.rules.gone import is_gone
from xtiger.rules.waiting import ORPHANS

#: (side where it is gone, what is done) → what people read.
CHOICES: Mapping[tuple[Side, str], str] = {
    ("xero", "again"): "Create it in Xero again",
    ("xero", "leave"): "Leave it: it stays in the CRM only",
    ("crm", "again"): "Create it in the CRM again",
    ("crm", "leave"): "Leave it: it stays in Xero only",
}
SIDES: Mapping[Side, str] = {"crm": "the CRM", "xero": "Xero"}
OTHER: Mapping[Side, Side] = {"crm": "xero", "xero": "crm"}


def is_conflict(outcome: Outcome) -> bool:
    """Whether an outcome waits for a person: a conflict, or a record gone on one side."""
    return outcome.result == "conflict" or bool(outcome.cause and outcome.cause.code in ORPHANS)


def as_outcome(item: Item, before: Conflict) -> Outcome:
    """What a fresh plan says of a record, in the shape of an outcome."""
    return Outcome(
        before.connection_id,
        "",
        item.module,
        item.kind,
        item.crm_id,
        item.xero_id or before.xero_id,
        item.name,
        item.result,
        cause=item.cause,
        differences=item.differences,
        proposals=item.proposals,
        at=before.seen_at,
    )


def read_shadow(reader: ElementReader, shadow: Shadow | None) -> XeroRecord | None:
    """The Xero record of a last seen copy; None where there is none that can be read."""
    if shadow is None:
        return None
    try:
        return reader.seen(shadow)
    except UnreadableAnswer:
        return None


def xero_url(connection: Connection, xero: XeroRecord | None, xtid: str) -> str | None:
    """The address of a record at Xero; None for one that is gone."""
    if xero is None or is_gone(xero):
        return None
    type_of = str(xero.raw.get("Type") or "")
    return view_url(xero.kind, xero.id, connection.short_code, type_of, xtid=xtid)


def changed_in_xero(shadow: Shadow | None) -> Any:
    """The moment at which the record was last changed at Xero, as it was last seen."""
    text = str(shadow.payload.get("UpdatedDateUTC") or "") if shadow else ""
    return parse_moment(text) if text else None


def conflict_fields(
    scope: Scope,
    outcome: Outcome,
    record: Record | None,
    xero: XeroRecord | None,
    decisions: Mapping[str, Decision],
) -> tuple[ConflictField, ...]:
    """The fields in conflict, each with the sides that can be kept and what was decided."""
    rows = {row.key for row in scope.rows}
    found = []
    for one in outcome.differences:
        if one.decision != "conflict":
            continue
        made = ConflictField(
            one.field, one.label, one.base, one.crm, one.xero, _keeps(scope, one.field)
        )
        decision = decisions.get(one.field)
        if decision is not None:
            now = (one.crm, one.xero) if one.field in rows else seen(scope, record, xero, one.field)
            fits = decision.fits(now)
            made = replace(made, decided=decision.keep if fits else "", outdated=not fits)
        found.append(made)
    return tuple(found)


def _keeps(scope: Scope, key: str) -> tuple[Side, ...]:
    """The sides whose value of a field can travel to the other one."""
    row = next((row for row in scope.rows if row.key == key), None)
    ways = {"to_xero", "to_crm"}
    if row is not None:
        direction = effective(row, scope)
        ways = ways if direction == "both" else {direction} if direction else set()
    open_ = {
        "crm": scope.carries("to_xero") and scope.settings.update_in_xero and "to_xero" in ways,
        "xero": scope.carries("to_crm") and scope.settings.update_in_crm and "to_crm" in ways,
    }
    sides: tuple[Side, ...] = ("crm", "xero")
    return tuple(side for side in sides if open_[side])


def no_way(conflict: Conflict, field: ConflictField, keep: Side) -> str:
    """Why the kept value of a field cannot travel to the other side."""
    target = SIDES[OTHER[keep]]
    return (
        f"{field.label} of {conflict.name} does not travel to {target}: its direction, the "
        f"module's or a switch of {conflict.module} forbids it. Change that, or enter the value "
        f"in {target} by hand."
    )


def require_creation(scope: Scope, conflict: Conflict, side: Side) -> None:
    """Raise ConflictRefused where new records are not created on this side."""
    way, allowed = {
        "xero": ("to_xero", scope.settings.create_in_xero),
        "crm": ("to_crm", scope.settings.create_in_crm),
    }[side]
    if not scope.carries(way) or not allowed:
        raise ConflictRefused(
            f"{conflict.name} cannot be made again: new {scope.name} are not created in "
            f"{SIDES[side]}. Switch it on: xtiger modules set {scope.name}"
        )


def choices_of(record: Record | None, xero: XeroRecord | None) -> tuple[tuple[Side, str], ...]:
    """What keeping each side of a record does that is gone on one."""
    if record is not None and xero is not None and not is_gone(xero):
        return ()
    remaining: Side = "crm" if record is not None else "xero"
    gone = OTHER[remaining]
    return (remaining, CHOICES[gone, "again"]), (gone, CHOICES[gone, "leave"])
