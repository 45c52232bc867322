"""What a plan does to one contact's list of persons, as data: the list before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from xtiger.model.plans import Cause, Item
from xtiger.model.values import Plain, canon
from xtiger.rules.causes import cause_of
from xtiger.rules.contact_persons import (
    MAX_PERSONS,
    Entry,
    Look,
    Register,
    contact_of,
    number_of,
    person_id,
)

#: Flat Xero field → attribute of a look.
_PARTS: Mapping[str, str] = {"FirstName": "first", "LastName": "last", "EmailAddress": "email"}


@dataclass(frozen=True, slots=True)
class Step:
    """What one item does to a list."""

    item: Item | None
    #: The person's number on this list; 0 for one that joins.
    number: int
    #: Flat Xero values to set; None takes the person off the list.
    values: Mapping[str, Plain] | None
    #: What the person looked like elsewhere before it joined this list.
    origin: Look = field(default_factory=Look)


@dataclass(frozen=True, slots=True)
class ListChange:
    """One contact's list as it is and as it shall be."""

    before: Register
    after: tuple[Entry, ...]
    #: Item and the number of its person.
    done: tuple[tuple[Item | None, int], ...]
    #: Items that cannot be done, with the cause.
    held: tuple[tuple[Item, Cause], ...] = ()

    @property
    def contact_id(self) -> str:
        """The contact's id."""
        return self.before.contact_id

    @property
    def changed(self) -> bool:
        """Whether there is anything to send."""
        return [one.look for one in self.after] != [one.look for one in self.before.entries]

    def register(self) -> Register:
        """The register as it will be; numbers that were given stay given."""
        following = max((one.number for one in self.after), default=0) + 1
        return Register(self.contact_id, self.after, max(self.before.next, following))


def changed_list(before: Register, steps: Sequence[Step], *, name: str, email: bool) -> ListChange:
    """The list after these steps; the contact's name, and whether it has an e-mail address.

    Everybody on the list who is not meant stays. A person that was edited in Xero since the plan
    was made waits; so do those whom Xero would not take: the sixth, the last one to go, and
    everybody on a contact without address.
    """
    entries, done, held = list(before.entries), [], []
    following = before.next
    for step in steps:
        cause = (
            None
            if email or step.values is None
            else cause_of("persons_need_email", organisation=name)
        )
        known = before.entry(step.number)
        if step.values is None:
            if known is not None and len(entries) == 1:
                cause = cause_of("person_last")
            elif known is not None:
                entries = [one for one in entries if one.number != step.number]
        elif cause is None and step.number:
            if known is None or edited_since(step.item, known.look):
                cause = cause_of("changed_meanwhile")
            else:
                look = look_with(known.look, step.values)
                entries = [replace(e, look=look) if e.number == step.number else e for e in entries]
        elif cause is None and len(entries) >= MAX_PERSONS:
            cause = cause_of("persons_too_many", organisation=name, limit=MAX_PERSONS)
        elif cause is None:
            entries.append(Entry(following, look_with(step.origin, step.values)))
            step, following = replace(step, number=following), following + 1
        if cause is not None:
            held += [(step.item, cause)] if step.item is not None else []
        else:
            done.append((step.item, step.number))
    after = tuple(Entry(one.number, one.look) for one in entries)
    return ListChange(before, after, tuple(done), tuple(held))


def edited_since(item: Item | None, look: Look) -> bool:
    """Whether Xero's person is not the one that was planned on."""
    if item is None:
        return False
    return any(
        part in item.xero_values and item.xero_values[part] != canon(getattr(look, name))
        for part, name in _PARTS.items()
    )


def look_with(look: Look, values: Mapping[str, Plain]) -> Look:
    """The look with these flat values."""
    parts = {name: str(values[part] or "") for part, name in _PARTS.items() if part in values}
    in_emails = bool(values.get("IncludeInEmails", look.in_emails))
    return replace(look, **parts, in_emails=in_emails)


def look_values(look: Look, contact_id: str) -> dict[str, Plain]:
    """The flat values of a person, as Xero answered them."""
    found: dict[str, Plain] = {part: canon(getattr(look, name)) for part, name in _PARTS.items()}
    return {**found, "IncludeInEmails": look.in_emails, "ContactID": contact_id}


def home_of(item: Item, contact_id: str) -> int:
    """The number of an item's person on this contact's list; 0 when it joins."""
    own = item.xero_id or ""
    return number_of(own) if own and contact_of(own) == contact_id else 0


def left_behind(item: Item, joined: str) -> str | None:
    """The id on the list that a person leaves when it joins this contact's list."""
    named = item.xero_values.get("leaves")
    if named:
        return str(named)
    own = item.xero_id or ""
    return own if own and contact_of(own) != joined else None


def leaving_step(xero_id: str) -> Step:
    """Off the list that a person has left, without an item of its own."""
    return Step(None, number_of(xero_id), None)


def id_on(contact_id: str, number: int) -> str:
    """The id of a person on a list."""
    return person_id(contact_id, number)
