"""What people do with organisations, products and services."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stories.machine.cells import Side
from tests.stories.machine.machine import ACCOUNTS, TEXTS, Machine, picks, sides
from tests.stories.machine.parties import Goods

NAMES = ("Anna Ltd", "Berta GmbH", "Carla SA")
VALUES = {"email": TEXTS, "tax": TEXTS, "text": TEXTS, "account": ACCOUNTS}


class PartyRules(Machine):
    """Rules on organisations."""

    @rule(side=st.sampled_from(("crm", "xero", "both")), name=st.sampled_from(NAMES))
    def new_organisation(self, side: str, name: str) -> None:
        """A new customer, on one side or, by two people, on both."""
        number = len(self.books.organisations.things)
        numbered = f"N{number}" if side == "both" else ""
        self.books.organisations.new(side, f"{name} {number}", numbered)

    @rule(side=sides, pick=picks, field=st.sampled_from(("email", "tax")), value=picks)
    def edit_organisation(self, side: Side, pick: int, field: str, value: int) -> None:
        """Somebody types a value; the few values make edits back to old ones likely."""
        thing = self.books.organisations.pick(pick)
        if thing is not None:
            text = VALUES[field][value % len(VALUES[field])]
            self.books.organisations.edit(thing, side, field, text)

    @rule(side=sides, pick=picks, back=st.booleans())
    def rename_organisation(self, side: Side, pick: int, back: bool) -> None:
        """A new name, or the first one again."""
        thing = self.books.organisations.pick(pick)
        if thing is not None:
            name = f"Firm {thing.marker}" if back else f"New {thing.marker}"
            self.books.organisations.edit(thing, side, "name", name)

    @rule(side=sides, pick=picks)
    def remove_organisation(self, side: Side, pick: int) -> None:
        """Deleted in the CRM, or archived in Xero."""
        thing = self.books.organisations.pick(pick)
        if thing is not None:
            shelf = self.books.organisations
            if side == "xero":
                self.books.persons.left_with(thing)
            (shelf.remove_crm if side == "crm" else shelf.archive)(thing)

    @rule(pick=picks, other=picks)
    def merge_in_xero(self, pick: int, other: int) -> None:
        """A bookkeeper merges two contacts."""
        lost, kept = (self.books.organisations.pick(p) for p in (pick, other))
        if lost is not None and kept is not None and lost is not kept:
            self.books.persons.left_with(lost)
            self.books.organisations.merge(lost, kept)


class GoodsRules(Machine):
    """Rules on products and services."""

    def _goods(self, service: bool) -> Goods:
        return self.books.services if service else self.books.products

    @rule(side=st.sampled_from(("crm", "xero", "service")))
    def new_goods(self, side: Any) -> None:
        """A new thing to sell; a service is made in the CRM, since Xero's items are products."""
        self._goods(side == "service").new("xero" if side == "xero" else "crm")

    @rule(
        side=sides,
        service=st.booleans(),
        pick=picks,
        field=st.sampled_from(("text", "account")),
        value=picks,
    )
    def edit_goods(self, side: Side, service: bool, pick: int, field: str, value: int) -> None:
        """Somebody types a text or chooses an account."""
        shelf = self._goods(service)
        thing = shelf.pick(pick)
        if thing is not None:
            shelf.edit(thing, side, field, VALUES[field][value % len(VALUES[field])])

    @rule(side=sides, service=st.booleans(), pick=picks, back=st.booleans())
    def rename_goods(self, side: Side, service: bool, pick: int, back: bool) -> None:
        """A new name, or the first one again."""
        shelf = self._goods(service)
        thing = shelf.pick(pick)
        if thing is not None:
            shelf.edit(thing, side, "name", f"{'Thing' if back else 'New'} {thing.marker}")

    @rule(side=sides, service=st.booleans(), pick=picks)
    def remove_goods(self, side: Side, service: bool, pick: int) -> None:
        """Deleted on one side."""
        shelf = self._goods(service)
        thing = shelf.pick(pick)
        if thing is not None:
            (shelf.remove_crm if side == "crm" else shelf.delete_in_xero)(thing)
