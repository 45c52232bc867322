"""The persons of Xero contacts as records of their own: read from each contact, found by id.

Kind "Person" is derived: its shadows are made of the contacts that pass by, without a call.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.calls import Intent
from xtiger.model.links import Shadow
from xtiger.model.setting_keys import persons_leaving
from xtiger.model.values import digest
from xtiger.ports import Store
from xtiger.rules.contact_persons import (
    Entry,
    Look,
    Register,
    contact_of,
    from_plain,
    number_of,
    person_id,
    renumbered,
    to_plain,
)

#: The type under which the register of a contact is kept.
_LIST = "PersonList"


def registers(bench: Workbench, contact_ids: Collection[str]) -> dict[str, Register]:
    """ContactID → its persons as last seen; a contact that never had one has an empty register."""
    kept = bench.store.shadows(bench.connection_id, "xero", _LIST, contact_ids)
    return {
        one: from_plain(one, kept[one].payload) if one in kept else Register(one)
        for one in contact_ids
    }


def keep_registers(bench: Workbench, changed: Iterable[Register], at: datetime) -> None:
    """Remember these."""
    rows = [Shadow("xero", _LIST, one.contact_id, to_plain(one), at) for one in changed]
    bench.store.save_shadows(bench.connection_id, rows)


def list_again(store: Store, connection_id: str, xero_id: str, look: Look, at: datetime) -> None:
    """Put a person back into the register of its list, with the number that it had.

    For one who was erased and is released: the next read of the list knows it by this look.
    """
    contact_id, number = contact_of(xero_id), number_of(xero_id)
    kept = store.shadows(connection_id, "xero", _LIST, [contact_id])
    known = from_plain(contact_id, kept[contact_id].payload) if kept else Register(contact_id)
    others = [one for one in known.entries if one.number != number]
    after = max(known.next, number + 1)
    made = replace(known, entries=(*others, Entry(number, look)), next=after)
    store.save_shadows(connection_id, [Shadow("xero", _LIST, contact_id, to_plain(made), at)])


def keep_persons(
    bench: Workbench, contacts: Mapping[str, Mapping[str, Any]], at: datetime, *, whole: bool
) -> None:
    """Make persons of contacts just read, by ContactID; call it in their transaction.

    Marks dirty what differs from the last seen copy, or (`whole`) every person. One that left
    the list is gone: a list is always whole. Our own write is known before its answer is kept.
    """
    known, kept = _read_lists(bench, contacts)
    seen = {key: raw for one in kept.values() for key, raw in elements(contacts, one)}
    left = [one for key in kept for one in known[key].ids() if one not in seen]
    _save(bench, seen, left, at, whole=whole)
    keep_registers(bench, [one for key, one in kept.items() if one != known[key]], at)


def persons_of(
    bench: Workbench, contacts: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(id, element) of every person of these contacts; nothing is kept."""
    _, kept = _read_lists(bench, contacts)
    for register in kept.values():
        yield from elements(contacts, register)


def _read_lists(
    bench: Workbench, contacts: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Register], dict[str, Register]]:
    """The registers as known, and as they are by these contacts where there ever was a person."""
    shown = {key: raw for key, raw in contacts.items() if "ContactPersons" in raw}
    known = registers(bench, shown) if shown else {}
    kept: dict[str, Register] = {}
    for key, raw in shown.items():
        people = [Look.of(one) for one in raw["ContactPersons"] or () if isinstance(one, Mapping)]
        if people or known[key] != Register(key):
            kept[key] = renumbered(known[key], people)
    return known, kept


def elements(
    contacts: Mapping[str, Mapping[str, Any]], register: Register
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(id, element) of the persons of a register."""
    raw = contacts[register.contact_id]
    for entry in register.entries:
        element = _payload(raw, entry)
        yield str(element["PersonID"]), element


def found_person(bench: Workbench, intent: Intent) -> Shadow | None:
    """The person that joined a list by this intent, while nobody is linked to it."""
    xero_id = str((intent.meant or {}).get("person"))
    seen = bench.store.shadows(bench.connection_id, "xero", "Person", [xero_id]).get(xero_id)
    taken = bench.store.links_by_xero(bench.connection_id, "Person", [xero_id])
    return None if seen is None or seen.gone or taken else seen


def foresee(
    bench: Workbench, contact: Mapping[str, Any], before: Register, after: Register, at: datetime
) -> None:
    """Keep a list as we sent it, so that its answer is no news; what Xero made else of it is."""
    new = dict(elements({after.contact_id: contact}, after))
    known = bench.store.shadows(bench.connection_id, "xero", "Person", before.ids())
    rows = [Shadow("xero", "Person", key, raw, at) for key, raw in new.items()]
    left = [known[key] for key in before.ids() if key in known and key not in new]
    rows += [replace(one, seen_at=at, gone=True) for one in left]
    bench.store.save_shadows(bench.connection_id, rows)
    keep_registers(bench, [after], at)


def _payload(raw: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
    """A person as an element of its own; archived with its contact."""
    contact_id = str(raw["ContactID"])
    return {
        "PersonID": person_id(contact_id, entry.number),
        "ContactID": contact_id,
        "ContactStatus": raw.get("ContactStatus"),
        "Name": entry.look.name,
        **entry.look.element(),
    }


def _save(
    bench: Workbench,
    seen: Mapping[str, Mapping[str, Any]],
    left: Collection[str],
    at: datetime,
    *,
    whole: bool,
) -> None:
    before = bench.store.shadows(bench.connection_id, "xero", "Person", [*seen, *left])
    rows = [
        Shadow("xero", "Person", key, payload, at)
        for key, payload in seen.items()
        if key not in before or before[key].gone or digest(before[key].payload) != digest(payload)
    ]
    known = [before[key] for key in left if key in before]
    rows += [replace(one, seen_at=at, gone=True) for one in known if not one.gone]
    bench.store.save_shadows(bench.connection_id, rows)
    changed = [one.id for one in rows]
    marked = list(dict.fromkeys([*seen, *changed])) if whole else changed
    if marked:
        bench.store.mark(bench.connection_id, "xero", "Person", marked, "feed", bench.clock.now())


# --- persons that joined another list --------------------------------------------------------


def leaving(bench: Workbench) -> list[str]:
    """Ids of persons that belong to another organisation now and stand on the old list still."""
    kept = [str(one) for one in bench.store.setting(persons_leaving(bench.connection_id)) or ()]
    if not kept:
        return []
    links = bench.store.links_by_xero(bench.connection_id, "Person", kept)
    lists = registers(bench, {contact_of(one) for one in kept})
    listed = {xero_id for register in lists.values() for xero_id in register.ids()}
    return [one for one in kept if one in listed and one not in links]


def set_leaving(bench: Workbench, add: Collection[str] = (), remove: Collection[str] = ()) -> None:
    """Remember who still has to leave a list; call it in the transaction of what causes it."""
    kept = [str(one) for one in bench.store.setting(persons_leaving(bench.connection_id)) or ()]
    now = [one for one in dict.fromkeys([*kept, *add]) if one not in remove]
    if now != kept:
        bench.store.save_setting(persons_leaving(bench.connection_id), now)
