"""What people see of a plan: which way each item goes, counts, and the items as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from xtiger.model.asked_sync import KEPT_ITEMS, Direction, KeptField, KeptItem, KeptPlan
from xtiger.model.conflicts import value_text
from xtiger.model.links import Side
from xtiger.model.plans import REMOVALS, Difference, Item, Plan
from xtiger.model.values import Plain
from xtiger.rules.line_pairs import align
from xtiger.rules.rounding import rounding_of

#: Fields of one kept item, and signs of one value: what a page has room for.
_FIELDS, _SIGNS = 60, 300
#: What a line is called, and the difference that holds all lines of both sides.
_LINE, _ALL_LINES = "Line {}", "lines"
#: How CRMs and Xero call the quantity and the price of a line.
_AMOUNTS, _PRICES = ("Quantity", "quantity"), ("UnitAmount", "listprice", "unit_price", "price")
#: Item → (what happened and why, what to do next).
Spoken = Callable[[Item], tuple[str, str]]


class Named:
    """Knows what ids are called; this one knows none."""

    def name(self, _item: Item, _one: Difference, _side: Side) -> str:
        """What a value of a side is called; "" leaves the value."""
        return ""

    def total_before(self, _item: Item) -> str:
        """The total that Xero has now of an invoice that changes; "" of all else."""
        return ""


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


def kept_plan(
    made: Plan, spoken: Spoken, direction: Direction = "", named: Named | None = None
) -> KeptPlan:
    """The plan as it is kept for a page, without what one way leaves out."""
    going, named = one_way(made, direction), named or Named()
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
        items=tuple(_kept(item, spoken, named) for item in first),
        shown=len(shown),
        other_way=len(made.items) - len(going.items),
        roundings=roundings(going.items),
        taxes=tuple(
            (tax.name, "" if tax.before is None else str(tax.before), str(tax.percent))
            for tax in made.taxes
        ),
    )


def roundings(items: Sequence[Item]) -> dict[str, tuple[int, str]]:
    """Currency → how many documents would bear a line for rounding, and the sum of these lines."""
    found: dict[str, list[Decimal]] = {}
    for item in items:
        if item.verb is not None and item.rounding is not None:
            sent = item.to_xero or {}
            currency = sent.get("CurrencyCode") or item.xero_values.get("CurrencyCode") or ""
            found.setdefault(str(currency), []).append(rounding_of(item.rounding))
    return {name: (len(some), str(sum(some))) for name, some in sorted(found.items())}


def _kept(item: Item, spoken: Spoken, named: Named) -> KeptItem:
    said, fix = spoken(item) if item.cause is not None else ("", "")
    return KeptItem(
        module=item.module,
        crm_id=item.crm_id,
        xero_id=item.xero_id,
        name=item.name[:_SIGNS],
        does=item.verb or item.result,
        columns=columns_of(item),
        fields=(
            *(kept for one in item.differences[:_FIELDS] for kept in _fields(item, one, named)),
            *_new_lines(item),
        ),
        total="" if item.expected_total is None else str(item.expected_total),
        total_before=named.total_before(item),
        said=said,
        fix=fix,
        code=item.cause.code if item.cause is not None else "",
    )


def _fields(item: Item, one: Difference, named: Named) -> Iterator[KeptField]:
    """A difference as it is shown; of all lines at once a row for each line or pair of lines."""
    ours, theirs = _lines(one.crm), _lines(one.xero)
    if one.field != _ALL_LINES or not (ours or theirs):
        yield _field(item, one, named)
        return
    pairs = align([_parts(line) for line in ours], [_parts(line) for line in theirs])
    alone = [n for n in range(len(theirs)) if n not in pairs.values()]
    rows = [(line, pairs.get(n)) for n, line in enumerate(ours)]
    for number, (line, place) in enumerate([*rows, *((None, n) for n in alone)][:_FIELDS], 1):
        crm = () if line is None else _texts([line])
        xero = () if place is None else _texts([theirs[place]])
        same = line is not None and place is not None and crm == xero
        yield KeptField(_LINE.format(number), crm, xero, "same" if same else one.decision)


def _field(item: Item, one: Difference, named: Named) -> KeptField:
    crm, xero = named.name(item, one, "crm"), named.name(item, one, "xero")
    return KeptField(
        one.label or one.field,
        _texts(crm or one.crm),
        _texts(xero or one.xero),
        one.decision,
    )


def _new_lines(item: Item) -> tuple[KeptField, ...]:
    """The lines of a document that is made; those of one that changes are differences."""
    if item.verb != "create":
        return ()
    sent, written = (_texts((one or {}).get("lines")) for one in (item.to_xero, item.to_crm))
    sent += _texts(item.rounding) if sent and item.rounding is not None else ()
    if not sent and not written:
        return ()
    if sent:
        return tuple(KeptField(_LINE.format(n), (one,), (), "to_xero") for n, one in _count(sent))
    return tuple(KeptField(_LINE.format(n), (), (one,), "to_crm") for n, one in _count(written))


def _count(texts: Sequence[str]) -> Iterator[tuple[int, str]]:
    return enumerate(texts, 1)


def _lines(value: Plain) -> list[Mapping[str, Plain]]:
    """The lines of one side; empty for a value that is none of them."""
    found = value.get("lines") if isinstance(value, Mapping) else value
    many = found if isinstance(found, list | tuple) else ()
    return [one for one in many if isinstance(one, Mapping)]


def _parts(line: Mapping[str, Plain]) -> tuple[object, ...]:
    """What tells one line from another: product, description, quantity, price."""
    what = (line.get("ItemCode"), line.get("Description") or line.get("name"))
    return (*what, *(_first(line, names) for names in (_AMOUNTS, _PRICES)))


def _first(line: Mapping[str, Plain], names: Sequence[str]) -> Plain:
    return next((line[name] for name in names if line.get(name) is not None), None)


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
    amount, price = _first(value, _AMOUNTS), _first(value, _PRICES)
    what = value.get("Description") or value.get("name") or value.get("ItemCode") or ""
    if price is None:
        return value_text(value)
    return f"{'' if amount is None else amount} × {price} {what}".strip()
