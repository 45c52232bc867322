"""What people do with persons of organisations and with contacts of their own."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stories.machine.cells import Side
from tests.stories.machine.machine import TEXTS, Machine, picks, sides

FIRST = ("Ann", "Bob", "Cid")
cells = st.sampled_from(("first", "email"))


class PersonRules(Machine):
    """Rules on contacts."""

    @rule(side=sides, pick=picks)
    def new_person(self, side: Side, pick: int) -> None:
        """Somebody adds a person to an organisation."""
        of = self.books.organisations.pick(pick)
        if of is not None:
            self.books.persons.new(side, of)

    @rule(side=sides, pick=picks, cell=cells, value=st.integers(0, 2))
    def edit_person(self, side: Side, pick: int, cell: str, value: int) -> None:
        """Somebody types a first name in the CRM, or an address on either side."""
        thing = self.books.persons.pick(pick)
        if thing is not None and (side == "crm" or cell == "email"):
            self.books.persons.edit(thing, side, cell, _text(thing.marker, cell, value))

    @rule(side=sides, pick=picks)
    def remove_person(self, side: Side, pick: int) -> None:
        """Deleted in the CRM, or taken off the list in Xero."""
        shelf = self.books.persons
        thing = shelf.pick(pick)
        if thing is not None:
            (shelf.remove_crm if side == "crm" else shelf.remove_in_xero)(thing)

    @rule()
    def new_loner(self) -> None:
        """Somebody adds a contact without organisation."""
        self.books.loners.new()

    @rule(side=sides, pick=picks, cell=cells, value=st.integers(0, 2))
    def edit_loner(self, side: Side, pick: int, cell: str, value: int) -> None:
        """Somebody types a first name or an address."""
        thing = self.books.loners.pick(pick)
        if thing is not None:
            self.books.loners.edit(thing, side, cell, _text(thing.marker, cell, value))

    @rule(side=sides, pick=picks)
    def remove_loner(self, side: Side, pick: int) -> None:
        """Deleted in the CRM, or archived in Xero."""
        shelf = self.books.loners
        thing = shelf.pick(pick)
        if thing is not None:
            (shelf.remove_crm if side == "crm" else shelf.archive)(thing)


def _text(marker: str, cell: str, value: int) -> str:
    """A first name, or an address that only this person has."""
    if cell == "first":
        return FIRST[value]
    return f"{marker.lower()}{TEXTS[value]}" if TEXTS[value] else ""
