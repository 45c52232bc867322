"""Where a stored value names a person: in its values alone, never in keys, labels and codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from xtiger.model.privacy.person import ERASED, Person
from xtiger.model.values import Plain

#: What stands under these is of the program, of the mapping or of the CRM's fields.
_LABELS: Final = frozenset({"code", "field", "fields", "label", "labels", "module", "modules"})
#: What stands under these is the name of a person or firm.
_OF_PARTIES: Final = frozenset({"AttentionTo", "ContactName"})
#: Halves of a name tell nobody alone; beside the id or address of the person they do.
_HALVES: Final = ("FirstName", "LastName")
_IDS: Final = ("ContactID", "PersonID")


def names(value: Plain, person: Person) -> bool:
    """Whether a plain value names the person."""
    return bool(without(value, person) != value)


def without(value: Plain, person: Person) -> Plain:
    """A plain value that does not name the person; the names of its parts stay.

    In sentences only what is telling counts. Where the person itself is meant, beside its id or
    in a field for the name of a party, a whole value that is any of its texts goes, too.
    """
    return _without(value, person, is_party=False)


def _without(value: Plain, person: Person, *, is_party: bool) -> Plain:
    if isinstance(value, str):
        known = {_plain(text) for text in person.texts} if is_party else ()
        return ERASED if _plain(value) in known else person.without(value)
    if isinstance(value, Mapping):
        own = is_party or _is_own(value, person)
        kept = _LABELS if own else _LABELS | _names_of_others(value)
        return {
            key: part
            if key in kept
            else ERASED
            if own and part and key in _HALVES
            else _without(part, person, is_party=own or _is_of_party(key))
            for key, part in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_without(part, person, is_party=is_party) for part in value]
    return value


def _is_own(value: Mapping[str, Plain], person: Person) -> bool:
    own = {place.id for place in person.places if place.side == "xero"}
    mail = value.get("EmailAddress")
    has_mail = isinstance(mail, str) and mail.strip().casefold() in person.emails
    return has_mail or any(value.get(name) in own for name in _IDS)


def _names_of_others(value: Mapping[str, Plain]) -> frozenset[str]:
    """The fields that hold the name of another person or firm, whose id stands beside them."""
    has_id = any(value.get(name) for name in _IDS)
    return frozenset({"Name", *_HALVES}) if has_id else frozenset()


def _is_of_party(key: str) -> bool:
    """Whether a field, given by its path, holds the name of a person or firm."""
    path = f".{key}"
    return path.endswith(".Contact.Name") or path.rpartition(".")[2] in _OF_PARTIES


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
