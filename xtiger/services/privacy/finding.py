"""Finds a person by e-mail address, id or name, and all by which it is known."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from xtiger.errors import NeedsPerson
from xtiger.mapping.flatten import flatten
from xtiger.model.links import Side
from xtiger.model.privacy.person import Person, Place
from xtiger.model.values import Plain
from xtiger.rules.privacy.known_texts import by_roles, known_texts, raw_numbers

if TYPE_CHECKING:
    from xtiger.services.parts import Parts

#: The roles of the CRM's modules whose records are persons or firms, and their kinds.
ROLES = ("organisation", "contact")
KINDS = ("Contact", "Person")
#: More than one can look through are no answer.
_MOST = 20
_XERO_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\S*)?", re.IGNORECASE)


class Finding:
    """Looks for persons in what is stored, and in the CRM for what it says of them now."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store
        self._connections = [one.id for one in parts.connections()]

    def found(self, text: str) -> list[Person]:
        """The persons whom an e-mail address, an id or a part of a name may mean, by name."""
        wanted = text.strip()
        if not wanted or not self._connections:
            return []
        places = self._places(wanted)
        persons: list[Person] = []
        known: set[Place] = set()
        for place in places:
            if place not in known:
                person = self._person([place])
                known.update(person.places)
                persons.append(person)
        if not self._by_id(wanted):
            persons = [one for one in persons if _is_meant(one, wanted)]
        return sorted(persons, key=lambda one: (one.name.casefold(), one.places))

    def one(self, text: str) -> Person:
        """The one person who is meant; raises NeedsPerson for none, and naming several."""
        found = self.found(text)
        exact = [one for one in found if text.strip().casefold() in _spelled(one)]
        found = exact if len(exact) == 1 else found
        if not found:
            raise NeedsPerson(
                f"Nothing is stored of {text.strip()[:80]!r}. Name an e-mail address, a name, or "
                "an id of the CRM or of Xero."
            )
        if len(found) > 1:
            named = "; ".join(f"{one.address} {one.name}".strip() for one in found[:_MOST])
            raise NeedsPerson(f"That may be several. Name one of them by its address: {named}")
        return found[0]

    # --- which records ---

    def _parties(self) -> Mapping[Side, Collection[str]]:
        modules = [one.name for one in self._parts.modules() if one.role in ROLES]
        return {"crm": modules, "xero": KINDS}

    def _by_id(self, wanted: str) -> Mapping[Side, tuple[Collection[str], str]]:
        """Side → (modules or kinds, id), where it is an id."""
        parties = self._parties()
        for side, types in parties.items():
            for type_ in types:
                if wanted.startswith(f"{type_}:"):
                    return {side: ((type_,), wanted.removeprefix(f"{type_}:"))}
        if _XERO_ID.fullmatch(wanted):
            return {"xero": (KINDS, wanted)}
        if wanted.isdigit():
            return {"crm": (parties["crm"], wanted)}
        return {}

    def _places(self, wanted: str) -> list[Place]:
        by_id = self._by_id(wanted)
        if not by_id:
            return self._store.places_of(self._connections, self._parties(), text=wanted)
        found: list[Place] = []
        for side, (types, id_) in by_id.items():
            found += self._store.places_of(self._connections, {side: types}, ids=[id_])
            linked = [
                Place(connection, side, type_, id_)
                for connection in self._connections
                for type_ in types
            ]
            found += [one for one in self._store.partners_of(linked) if one in linked]
        return list(dict.fromkeys(found))

    # --- what is known of one ---

    def _person(self, first: Sequence[Place]) -> Person:
        places, fresh = set(first), list(first)
        while fresh:
            fresh = [one for one in self._store.partners_of(fresh) if one not in places]
            # One record of the CRM may be linked in several organisations.
            fresh += [
                Place(connection, "crm", one.type, one.id)
                for one in (*fresh, *first)
                if one.side == "crm"
                for connection in self._connections
            ]
            fresh = [one for one in dict.fromkeys(fresh) if one not in places]
            places.update(fresh)
        ordered = sorted(places)
        texts = list(dict.fromkeys(text for one in ordered for text in self._texts(one)))
        return Person(tuple(ordered), next(iter(texts), ""), tuple(texts))

    def _texts(self, place: Place) -> Iterable[str]:
        copy, halves = self._store.values_of(place)
        if place.side == "xero":
            flat = flatten({**copy, "Addresses": ()}) if copy else {}
            yield from known_texts(flat)
            yield from known_texts(raw_numbers(copy))
        else:
            yield from known_texts(by_roles(self._live(place)))
            yield from known_texts(by_roles(copy))
        for half in halves:
            yield from known_texts(half)

    def _live(self, place: Place) -> Mapping[str, Plain]:
        """What the CRM says of a record now, by the last word of each role."""
        parts = self._parts
        with parts.host.tenant(parts.tenant()):
            record = parts.host.get(place.type, [place.id]).get(place.id)
            if record is None:
                return {}
            fields = parts.crm_module(place.type).fields
            return {
                field.role.rpartition(".")[2]: record.values.get(field.name)
                for field in fields
                if field.role and field.role.count(".") == 1
            }


def _spelled(person: Person) -> set[str]:
    return {text.casefold() for text in person.texts}


def _is_meant(person: Person, wanted: str) -> bool:
    """Whether a person has this address, or a name with this in it."""
    asked = wanted.casefold()
    if "@" in asked:
        return asked in person.emails
    return any(asked in text for text in _spelled(person)) or not person.texts
