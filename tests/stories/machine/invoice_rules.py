"""What people do with invoices."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stories.machine.cells import Side
from tests.stories.machine.invoices import LINE, Typed
from tests.stories.machine.machine import Machine, picks, sides

REFERENCES = ("", "Order 1", "Order 2")
DAYS = ("2026-12-02", "2026-12-12", "2026-12-24")
#: Prices and quantities that round: a cent lost shows.
CELLS = {
    "quantity": ("1", "2", "3.5"),
    "price": ("10", "0.335", "33.33"),
    "discount": ("0", "10", "12.5"),
}
lines = st.tuples(*(st.sampled_from(CELLS[name]) for name in LINE), picks)


class InvoiceRules(Machine):
    """Rules on invoices."""

    def _sells(self, given: tuple[str, str, str, int], side: Side) -> Typed:
        """A line that may sell a thing which this side has."""
        *cells, pick = given
        shelf = self.books.services if pick % 3 == 1 else self.books.products
        thing = shelf.pick(pick) if pick % 2 else None
        code = thing.marker if thing is not None and shelf.seen(thing, side) else ""
        return (cells[0], cells[1], cells[2], code)

    @rule(
        side=sides,
        pick=picks,
        given=st.lists(lines, min_size=1, max_size=3),
        approved=st.booleans(),
    )
    def new_invoice(
        self, side: Side, pick: int, given: list[tuple[str, str, str, int]], approved: bool
    ) -> None:
        """Somebody writes an invoice for a customer that this side has."""
        payers = [seen for rows in self.books.organisations.table(side).values() for seen in rows]
        if payers:
            typed = [self._sells(one, side) for one in given]
            payer = payers[pick % len(payers)].id
            self.books.invoices.new(side, payer, typed, approved=approved)

    @rule(side=sides, pick=picks, value=st.integers(0, 5))
    def edit_head(self, side: Side, pick: int, value: int) -> None:
        """Somebody types a reference or moves the day when it is due."""
        thing = self.books.invoices.pick(pick)
        if thing is not None:
            cell, texts = ("reference", REFERENCES) if value < 3 else ("due", DAYS)
            self.books.invoices.edit_head(thing, side, cell, texts[value % 3])

    @rule(
        side=sides,
        pick=picks,
        place=picks,
        cell=st.sampled_from(tuple(LINE)),
        value=st.integers(0, 2),
    )
    def edit_line(self, side: Side, pick: int, place: int, cell: str, value: int) -> None:
        """Somebody changes a quantity, price or discount."""
        thing = self.books.invoices.pick(pick)
        if thing is not None:
            self.books.invoices.edit_line(thing, side, place, cell, CELLS[cell][value])

    @rule(side=sides, pick=picks, place=picks, given=lines)
    def add_line(self, side: Side, pick: int, place: int, given: tuple[str, str, str, int]) -> None:
        """Somebody puts a line in."""
        thing = self.books.invoices.pick(pick)
        if thing is not None:
            self.books.invoices.add_line(thing, side, place, self._sells(given, side))

    @rule(side=sides, pick=picks, place=picks, moves=st.booleans())
    def shift_line(self, side: Side, pick: int, place: int, moves: bool) -> None:
        """Somebody drags a line to the top, or takes it out."""
        shelf = self.books.invoices
        thing = shelf.pick(pick)
        if thing is not None:
            (shelf.move_line if moves else shelf.remove_line)(thing, side, place)

    @rule(side=sides, pick=picks)
    def approve(self, side: Side, pick: int) -> None:
        """Somebody approves a draft."""
        thing = self.books.invoices.pick(pick)
        if thing is not None:
            self.books.invoices.approve(thing, side)

    @rule(way=st.sampled_from(("cancel", "delete", "void")), pick=picks)
    def end_invoice(self, way: str, pick: int) -> None:
        """Cancelled or deleted in the CRM, voided or deleted in Xero."""
        shelf = self.books.invoices
        thing = shelf.pick(pick)
        if thing is None:
            return
        if way == "void":
            shelf.void(thing)
        elif not self.books.payments.on(thing):
            (shelf.cancel if way == "cancel" else shelf.remove_crm)(thing)
