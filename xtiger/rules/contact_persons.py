"""Persons of a Xero contact: Xero gives them no id, so here each keeps a number of its own.

Xero answers a contact's persons as a list that may change its order. A register remembers which
entry has which number; a new list is compared with it by content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xtiger.model.values import canon_text

#: Additional persons that Xero takes on one contact.
MAX_PERSONS = 5
#: The parts of one entry of ContactPersons that a mapping may carry.
PERSON_PARTS = ("FirstName", "LastName", "EmailAddress", "IncludeInEmails")


@dataclass(frozen=True, slots=True)
class Look:
    """What one entry of ContactPersons says; empty text is "" as Xero answers it."""

    first: str = ""
    last: str = ""
    email: str = ""
    in_emails: bool = False

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Look:
        """The look of an entry as Xero wrote it."""
        return cls(
            _clean(raw.get("FirstName")),
            _clean(raw.get("LastName")),
            _clean(raw.get("EmailAddress")),
            raw.get("IncludeInEmails") in (True, "true"),
        )

    @property
    def name(self) -> str:
        """First and last name, as people read them."""
        return full_name(self.first, self.last)

    def element(self) -> dict[str, Any]:
        """The entry as Xero takes it."""
        values = (self.first, self.last, self.email, self.in_emails)
        return dict(zip(PERSON_PARTS, values, strict=True))


@dataclass(frozen=True, slots=True)
class Entry:
    """One person on the list of a contact."""

    number: int
    look: Look
    #: What we were about to make of it when an answer did not come; None when nothing is open.
    sent: Look | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """The persons of one contact with their numbers, in Xero's order."""

    contact_id: str
    entries: tuple[Entry, ...] = ()
    #: The next number; none is given twice.
    next: int = 1
    #: Entries that we were about to add when an answer did not come.
    adding: tuple[Entry, ...] = ()

    def entry(self, number: int) -> Entry | None:
        """The person of this number while it is on the list."""
        return next((one for one in self.entries if one.number == number), None)

    def ids(self) -> list[str]:
        """The ids of all persons on the list."""
        return [person_id(self.contact_id, one.number) for one in self.entries]

    def sent(self) -> list[tuple[int, Look]]:
        """(number, look) of the list under way; empty when none is."""
        kept = [(one.number, one.sent) for one in self.entries if one.sent is not None]
        return kept + [(one.number, one.look) for one in self.adding]

    def announced(self, entries: Sequence[Entry]) -> Register:
        """The register while this list is under way: old and new looks are both known."""
        new = {one.number: one for one in entries}
        kept = tuple(
            replace(old, sent=new[old.number].look if old.number in new else None)
            for old in self.entries
        )
        known = {old.number for old in self.entries}
        adding = tuple(one for one in entries if one.number not in known)
        after = max((one.number for one in entries), default=0) + 1
        return replace(self, entries=kept, adding=adding, next=max(self.next, after))


def person_id(contact_id: str, number: int) -> str:
    """The id under which a person is kept: the contact's, and its number there."""
    return f"{contact_id}/{number}"


def is_person(xero_id: str) -> bool:
    """Whether an id is that of a person on a contact's list, not that of a contact."""
    return "/" in xero_id


def contact_of(xero_id: str) -> str:
    """The ContactID in the id of a person; that of a contact is its own."""
    return xero_id.partition("/")[0]


def number_of(xero_id: str) -> int:
    """The number in the id of a person."""
    return int(xero_id.partition("/")[2] or 0)


def full_name(first: object, last: object) -> str:
    """First and last name in one, without repeated blanks."""
    return " ".join(f"{first or ''} {last or ''}".split())


def mail_key(email: object) -> str:
    """E-mail addresses that reach the same box; "" for none."""
    return _clean(email).casefold()


def name_key(first: object, last: object) -> str:
    """Names that people take for equal; "" for none."""
    return full_name(first, last).casefold()


def renumbered(register: Register, people: Sequence[Look]) -> Register:
    """The register of a list just read: who is known keeps the number, others get the next.

    An entry is known by equal content, by what we sent last, by an e-mail address that only one
    on each side has, or likewise by name. Who changed both is a new person. With an equal
    list nothing changes, and a number that left is never given again.
    """
    free = [*register.entries, *register.adding]
    sent = register.sent()
    if sent and Counter(look for _, look in sent) == Counter(people):
        # Our list arrived: a new person may look as another did before.
        free = [Entry(number, look) for number, look in sent]
    found: dict[int, int] = {}
    passes: tuple[tuple[Callable[[Entry], Hashable], Callable[[Look], Hashable], bool], ...] = (
        (lambda e: e.look, lambda p: p, False),
        (lambda e: e.sent, lambda p: p, False),
        (lambda e: mail_key(e.look.email), lambda p: mail_key(p.email), True),
        (lambda e: e.look.name.casefold(), lambda p: p.name.casefold(), True),
    )
    for of_entry, of_person, unique in passes:
        open_ = [i for i in range(len(people)) if i not in found]
        pairs = _paired(free, [people[i] for i in open_], of_entry, of_person, unique=unique)
        found.update({open_[index]: entry.number for entry, index in pairs})
        taken = set(found.values())
        free = [entry for entry in free if entry.number not in taken]
    entries, following = [], register.next
    for index, look in enumerate(people):
        number = found.get(index, following)
        following += index not in found
        entries.append(Entry(number, look))
    return Register(register.contact_id, tuple(entries), following)


def _paired(
    entries: Iterable[Entry],
    people: Sequence[Look],
    of_entry: Callable[[Entry], Hashable],
    of_person: Callable[[Look], Hashable],
    *,
    unique: bool,
) -> list[tuple[Entry, int]]:
    """(entry, position) of equal keys, first come first served; `unique` takes no doubles."""
    by_key: dict[Hashable, list[Entry]] = {}
    for entry in entries:
        by_key.setdefault(of_entry(entry), []).append(entry)
    counted = Counter(of_person(one) for one in people)
    found = []
    for index, one in enumerate(people):
        key = of_person(one)
        known = by_key.get(key, [])
        if key in (None, "") or not known or (unique and (len(known) > 1 or counted[key] > 1)):
            continue
        found.append((known.pop(0), index))
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """What recognises a person on either side."""

    id: str
    mail: str
    name: str


def same_people(ours: Sequence[Known], theirs: Sequence[Known]) -> dict[str, str]:
    """Our id → their id, of persons of one organisation that nobody linked yet.

    First the same address and name, then an address that one person on each side has, then a
    name of that kind. Who cannot be told apart is left out.
    """
    found: dict[str, str] = {}
    keys: tuple[Callable[[Known], str], ...] = (
        lambda one: f"{one.mail}\n{one.name}" if one.mail and one.name else "",
        lambda one: one.mail,
        lambda one: one.name,
    )
    for key in keys:
        left = [one for one in ours if one.id not in found]
        there = [one for one in theirs if one.id not in found.values()]
        counts = Counter(key(one) for one in left), Counter(key(one) for one in there)
        by_key = {key(one): one.id for one in there}
        found.update(
            {
                one.id: by_key[key(one)]
                for one in left
                if key(one) and counts[0][key(one)] == 1 == counts[1][key(one)]
            }
        )
    return found


def _clean(value: object) -> str:
    return canon_text(str(value)) or "" if value is not None else ""


# --- as plain data ---------------------------------------------------------------------------


def to_plain(register: Register) -> dict[str, Any]:
    """The register as the store keeps it."""
    return {
        "next": register.next,
        "entries": [_entry_plain(one) for one in register.entries],
        "adding": [_entry_plain(one) for one in register.adding],
    }


def from_plain(contact_id: str, kept: Mapping[str, Any]) -> Register:
    """The register that the store kept."""
    return Register(
        contact_id,
        tuple(_entry(one) for one in kept["entries"]),
        int(kept["next"]),
        tuple(_entry(one) for one in kept["adding"]),
    )


def _entry_plain(entry: Entry) -> dict[str, Any]:
    sent = entry.sent.element() if entry.sent is not None else None
    return {"number": entry.number, "look": entry.look.element(), "sent": sent}


def _entry(kept: Mapping[str, Any]) -> Entry:
    sent = Look.of(kept["sent"]) if kept["sent"] is not None else None
    return Entry(int(kept["number"]), Look.of(kept["look"]), sent)
