"""Members of lists as cells: lines that come, go and move, and a person who changes lists."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.stories.sync.cells import Cell, plain, price, raw, text
from tests.stories.sync.people import line
from tests.world import World

#: Lines by their texts, which nobody edits: the first stays, only one side makes the last two.
TEXTS = ("m1", "m2", "m3", "of the CRM", "of Xero")
#: A line that one side does not have; None is a whole document that Xero does not have.
ABSENT = "-"
_SENT = ("LineItemID", "Description", "Quantity", "UnitAmount", "AccountCode", "TaxType")


@dataclass
class Order(Cell):
    """The order of a document's lines, by their texts."""

    def fits(self, before: tuple[Any, Any], now: tuple[Any, Any]) -> bool:
        """Whether both sides agree, and on the order of somebody who moved lines."""
        if before[1] is None:
            return bool(now[0] == now[1])
        ours, theirs = self.after_kill
        bases = [base for base in (self.agreed, ours if ours == theirs else None) if base]
        seen = (*before, now[0], ours, theirs or (), *bases)
        # A line that came, or came anew, has no place that anybody moved it from.
        kept = set.intersection(*(set(one) for one in seen))
        wanted = [one for base in bases or [ours] for one in _moved(*before, base, kept)]
        return bool(now[0] == now[1]) and _only(now[0], kept) in wanted


def _moved(
    crm: Sequence[str], xero: Sequence[str], base: Sequence[str], kept: set[str]
) -> list[list[str]]:
    """The orders that may come of it."""
    if _only(crm, kept) == _only(base, kept):
        return [_only(xero, kept)]
    if _only(xero, kept) == _only(base, kept):
        return [_only(crm, kept)]
    return [_only(crm, kept), _only(xero, kept)]


def _only(order: Sequence[str], kept: set[str]) -> list[str]:
    return [one for one in order if one in kept]


def members(world: World, crm_id: str) -> Iterator[Cell]:
    """The lines of one invoice, each by its text, and their order."""
    for name in TEXTS:
        yield _line(world, crm_id, name)
    yield _order(world, crm_id)


def _ours(world: World, crm_id: str) -> list[dict[str, Any]]:
    return [dict(one) for one in world.host.record("Invoices", crm_id).lines]


def _write(world: World, crm_id: str, lines: Sequence[dict[str, Any]]) -> None:
    world.host.edit_lines("Invoices", crm_id, [one | {"total": None} for one in lines])
    world.host.edit("Invoices", crm_id, total=None)  # computed once more


def _theirs(world: World, crm_id: str) -> list[dict[str, Any]] | None:
    one = raw(world, "Invoices", crm_id, "Invoices")
    if one is None:
        return None
    return [{k: v for k, v in x.items() if k in _SENT} for x in one["LineItems"]]


def _enter(world: World, crm_id: str, lines: Sequence[dict[str, Any]]) -> None:
    one = raw(world, "Invoices", crm_id, "Invoices")
    assert one is not None  # the caller saw its lines
    world.sandbox.edit("Invoices", one["InvoiceID"], {"LineItems": list(lines)})


def _value(found: Sequence[Any]) -> Any:
    """The value of the one line; more than one is a line that stands twice."""
    return ABSENT if not found else found[0] if len(found) == 1 else tuple(found)


def _typed(
    lines: Sequence[dict[str, Any]], text_key: str, price_key: str, name: str, value: Any
) -> list[dict[str, Any]]:
    """The lines with this price on the one of this text, or without it."""
    kept = [one for one in lines if value != ABSENT or one[text_key] != name]
    return [one | ({price_key: value} if one[text_key] == name else {}) for one in kept]


def _line(world: World, crm_id: str, name: str) -> Cell:
    """The price of a line, or that it is not there."""

    def crm() -> Any:
        return _value(
            [plain(one["listprice"]) for one in _ours(world, crm_id) if one["comment"] == name]
        )

    def xero() -> Any:
        lines = _theirs(world, crm_id)
        if lines is None:
            return None
        return _value([plain(one["UnitAmount"]) for one in lines if one["Description"] == name])

    def type_crm(value: Any) -> None:
        lines = _typed(_ours(world, crm_id), "comment", "listprice", name, value)
        if value != ABSENT and crm() == ABSENT and (name != "of Xero" or xero() == value):
            lines.append(line(str(value), comment=name))
        _write(world, crm_id, lines)

    def type_xero(value: Any) -> None:
        lines = _typed(_theirs(world, crm_id) or [], "Description", "UnitAmount", name, value)
        if value != ABSENT and xero() == ABSENT and name == "of Xero":
            new = {**lines[0], "Description": name, "UnitAmount": value, "Quantity": 1}
            lines.append({k: v for k, v in new.items() if k != "LineItemID"})
        if xero() is not None:
            _enter(world, crm_id, lines)

    return Cell(
        f"line {name}",
        f"lines {crm_id}",
        crm,
        xero,
        type_crm,
        type_xero,
        price if name == TEXTS[0] else _price_or_none,
        "Invoices",
        crm_id,
    )


def _price_or_none(chance: random.Random) -> Decimal | str:
    return ABSENT if chance.random() < 0.3 else price(chance)


def _order(world: World, crm_id: str) -> Order:
    def crm() -> Any:
        return tuple(str(one["comment"]) for one in _ours(world, crm_id))

    def xero() -> Any:
        lines = _theirs(world, crm_id)
        return None if lines is None else tuple(str(one["Description"]) for one in lines)

    def type_crm(value: Sequence[str]) -> None:
        lines = _ours(world, crm_id)
        _write(world, crm_id, sorted(lines, key=lambda one: value.index(one["comment"])))

    def type_xero(value: Sequence[str]) -> None:
        lines = _theirs(world, crm_id)
        if lines is not None:
            _enter(world, crm_id, sorted(lines, key=lambda one: value.index(one["Description"])))

    return Order(
        "order of lines",
        f"lines {crm_id}",
        crm,
        xero,
        type_crm,
        type_xero,
        lambda chance: tuple(chance.sample(TEXTS, len(TEXTS))),
        "Invoices",
        crm_id,
    )


# --- a person who changes lists ---------------------------------------------------------------


def moving_person(world: World, crm_id: str, homes: Sequence[str]) -> Iterator[Cell]:
    """Where a person belongs, which only the CRM says, and the last name."""
    yield Cell(
        "person home",
        f"person {crm_id}",
        lambda: world.in_crm("Contacts", crm_id, "account_id"),
        lambda: _home(world, crm_id, homes),
        lambda value: world.host.edit("Contacts", crm_id, account_id=value),
        None,
        lambda chance: chance.choice(homes),
        "Contacts",
        crm_id,
    )
    yield of_person(world, crm_id, homes)


def _listed(world: World, organisation_id: str) -> list[dict[str, Any]]:
    one = raw(world, "Organizations", organisation_id, "Contacts")
    return [dict(x) for x in (one or {}).get("ContactPersons") or ()]


def _home(world: World, crm_id: str, homes: Sequence[str]) -> Any:
    mail = world.in_crm("Contacts", crm_id, "email")
    found = [home for home in homes for one in _listed(world, home) if one["EmailAddress"] == mail]
    return None if not found else found[0] if len(found) == 1 else tuple(found)


def of_person(world: World, crm_id: str, homes: Sequence[str]) -> Cell:
    """The last name of a person, who is known by the address; on two lists people edit both."""

    def mail() -> Any:
        return world.in_crm("Contacts", crm_id, "email")

    def found() -> Any:
        names = {
            x["LastName"]
            for home in homes
            for x in _listed(world, home)
            if x["EmailAddress"] == mail()
        }
        own = world.in_crm("Contacts", crm_id, "lastname")
        # On his way between two lists a person stands on both; the one as in the CRM is ours.
        return (
            own if own in names else names.pop() if len(names) == 1 else (*sorted(names),) or None
        )

    def type_xero(value: Any) -> None:
        for home in homes:
            people, one = _listed(world, home), raw(world, "Organizations", home, "Contacts")
            mine = [x for x in people if x["EmailAddress"] == mail()]
            for x in mine:
                x["LastName"] = value
            if mine and one is not None:
                world.sandbox.edit("Contacts", one["ContactID"], {"ContactPersons": people})

    return Cell(
        "person lastname",
        f"person {crm_id}",
        lambda: world.in_crm("Contacts", crm_id, "lastname"),
        found,
        lambda value: world.host.edit("Contacts", crm_id, lastname=value),
        type_xero,
        text,
        "Contacts",
        crm_id,
    )
