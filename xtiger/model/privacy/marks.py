"""Marks of erased persons: keyed digests by which one is known again, and nothing else of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from xtiger.model.privacy.person import Person

#: What a mark is of: the id of a record, or an e-mail address.
Of = Literal["record", "mail"]
#: What is left of an erased contact or person of Xero.
_LEFT: Final = ("ContactID", "ContactStatus", "PersonID", "UpdatedDateUTC")
_KINDS: Final = ("Contact", "Person")


@dataclass(frozen=True, slots=True)
class Erasure:
    """One person that was erased, as the list of marks shows it."""

    id: str
    at: datetime
    by: str
    #: How many records and addresses are known again by it.
    count: int


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of a tenant; without any nothing is ever known again."""

    #: Never stored beside the digests unencrypted: who has both could try every address.
    key: bytes = b""
    digests: frozenset[str] = frozenset()

    def named(self, text: str) -> frozenset[str]:
        """The marks of what a person types: Contacts:17, an id of Xero's, an e-mail address."""
        # Parts of a mark are joined by line ends, where an address has a colon.
        tried = [mark(self.key, "mail", text), mark(self.key, "record", text.replace(":", "\n", 1))]
        tried += [mark(self.key, "record", kind, text) for kind in _KINDS]
        return self.digests.intersection(tried)

    def has_record(self, type: str, id: str) -> bool:
        """Whether this record, of a module of the CRM or a kind of Xero, was erased."""
        return bool(self.digests) and mark(self.key, "record", type, id) in self.digests

    def has_mail(self, address: object) -> bool:
        """Whether an address is that of an erased person."""
        if not self.digests or not isinstance(address, str) or not address.strip():
            return False
        return self.mail(address) in self.digests

    def mail(self, address: str) -> str:
        """The mark of an address."""
        return mark(self.key, "mail", address)

    def without_erased(self, kind: str, element: Mapping[str, Any]) -> Mapping[str, Any]:
        """An element of Xero as it may be stored: nothing but ids of who was erased.

        A person on the list of a contact keeps its place, so that the list is never sent without.
        """
        if not self.digests:
            return element
        if kind in _KINDS and self.has_record(kind, _own_id(kind, element)):
            return bare(element)
        found = {name: self._part(part) for name, part in element.items()}
        persons = element.get("ContactPersons")
        if kind == "Contact" and isinstance(persons, list):
            found["ContactPersons"] = [self._listed(one) for one in persons]
        return found

    def _part(self, part: Any) -> Any:
        """A part that names an erased contact, by its id alone."""
        if isinstance(part, list):
            return [self._part(one) for one in part]
        if not isinstance(part, Mapping):
            return part
        if self.has_record("Contact", str(part.get("ContactID") or "")):
            return bare(part)
        return {name: self._part(inner) for name, inner in part.items()}

    def _listed(self, person: Any) -> Any:
        is_erased = isinstance(person, Mapping) and self.has_mail(person.get("EmailAddress"))
        return {} if is_erased else person


def bare(element: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of an erased contact or person: its ids, and whether it is active."""
    return {name: element[name] for name in _LEFT if name in element}


def _own_id(kind: str, element: Mapping[str, Any]) -> str:
    return str(element.get(f"{kind}ID") or "")


def mark(key: bytes, of: Of, *parts: str) -> str:
    """The keyed digest of an id or an address; upper and lower case are one."""
    text = "\n".join((of, *(part.strip().casefold() for part in parts)))
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def marks_of(key: bytes, person: Person) -> list[str]:
    """The marks by which a person is known again."""
    records: Iterable[str] = (mark(key, "record", one.type, one.id) for one in person.places)
    return list(dict.fromkeys([*records, *(mark(key, "mail", one) for one in person.emails)]))
