"""What people see of a plan: which way each item goes, counts, and the items as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from xtiger.model.asked_sync import KEPT_ITEMS, Direction, KeptField, KeptItem, KeptPlan
from xtiger.model.conflicts import value_text
from xtiger.model.plans import REMOVALS, Difference, Item, Plan
from xtiger.model.values import Plain

#: Fields of one kept item, and signs of one value: what a page has room for.
_FIELDS, _SIGNS = 60, 300
#: Item → (what happened and why, what to do next).
Spoken = Callable[[Item], tuple[str, str]]


def count(made: Plan) -> dict[str, dict[str, int]]:
    """Module → column such as to_xero.create or held → number of records."""
    table: dict[str, dict[str, int]] = {name: {} for name in made.modules}
    for item in made.items:
        row = table.setdefault(item.module, {})
        for column in columns_of(item):
            row[column] = row.get(column, 0) + 1
    return table


def columns_of(item: Item) -> tuple[str, ...]:
    """The columns that an item counts in: both sides when it changes both.

    A record that is linked or changed while some of its fields are in conflict counts as both.
    """
    if item.verb is None:
        return (item.result,)
    conflict = ("conflict",) if item.result == "conflict" else ()
    verb = "remove" if item.verb in REMOVALS else item.verb
    found = []
    if item.to_xero is not None or verb == "link":
        found.append(f"to_xero.{verb}")
    if item.to_crm is not None and verb != "link":
        found.append(f"to_crm.{verb}")
    return (*(found or [f"to_xero.{verb}"]), *conflict)


def one_way(made: Plan, direction: Direction) -> Plan:
    """The plan without what would write on the other side; "" leaves all in.

    What is left out has no outcome: its keys stay, and the next sync of both ways takes it.
    """
    if not direction:
        return made
    return replace(made, items=tuple(item for item in made.items if _goes(item, direction)))


def _goes(item: Item, direction: Direction) -> bool:
    if item.verb is None:
        return True
    other = "to_crm." if direction == "to_xero" else "to_xero."
    writes = item.to_crm if direction == "to_xero" else item.to_xero
    if item.verb == "link":
        return writes is None
    return not any(column.startswith(other) for column in columns_of(item))


def kept_plan(made: Plan, spoken: Spoken, direction: Direction = "") -> KeptPlan:
    """The plan as it is kept for a page, without what one way leaves out."""
    going = one_way(made, direction)
    shown = [item for item in going.items if item.verb is not None or item.result != "unchanged"]
    # What is done stands first, so that a bound cuts off what is not.
    shown.sort(key=lambda item: item.verb is None)
    first = sorted(shown[:KEPT_ITEMS], key=lambda item: made.modules.index(item.module))
    return KeptPlan(
        made_at=made.made_at,
        modules=made.modules,
        direction=direction,
        counts=count(going),
        calls=made.estimate.calls,
        seconds=made.estimate.seconds,
        size_bytes=made.estimate.size_bytes,
        items=tuple(_kept(item, spoken) for item in first),
        shown=len(shown),
        other_way=len(made.items) - len(going.items),
    )


def _kept(item: Item, spoken: Spoken) -> KeptItem:
    said, fix = spoken(item) if item.cause is not None else ("", "")
    return KeptItem(
        module=item.module,
        crm_id=item.crm_id,
        xero_id=item.xero_id,
        name=item.name[:_SIGNS],
        does=item.verb or item.result,
        columns=columns_of(item),
        fields=(*(_field(one) for one in item.differences[:_FIELDS]), *_new_lines(item)),
        total="" if item.expected_total is None else str(item.expected_total),
        said=said,
        fix=fix,
        code=item.cause.code if item.cause is not None else "",
    )


def _field(one: Difference) -> KeptField:
    return KeptField(one.label or one.field, _texts(one.crm), _texts(one.xero), one.decision)


def _new_lines(item: Item) -> tuple[KeptField, ...]:
    """The lines of a document that is made; those of one that changes are differences."""
    if item.verb != "create":
        return ()
    sent, written = (_texts((one or {}).get("lines")) for one in (item.to_xero, item.to_crm))
    if not sent and not written:
        return ()
    return (KeptField("Lines", sent, written, "to_xero" if sent else "to_crm"),)


def _texts(value: Plain) -> tuple[str, ...]:
    """A value as lines of text: one for each line of a document, one for all else."""
    if isinstance(value, Mapping) and "lines" in value:
        value = value["lines"]
    many = value if isinstance(value, list | tuple) else [value]
    return tuple(text[:_SIGNS] for text in map(_text, many[:_FIELDS]) if text)


def _text(value: Plain) -> str:
    """A value on one line; a line of a document as amount, price and what it is."""
    if not isinstance(value, Mapping):
        return value_text(value)
    amount, price = (
        next((value[name] for name in names if value.get(name) is not None), None)
        for names in (("Quantity", "quantity"), ("UnitAmount", "listprice"))
    )
    what = value.get("Description") or value.get("name") or value.get("ItemCode") or ""
    if price is None:
        return value_text(value)
    return f"{'' if amount is None else amount} × {price} {what}".strip()
