"""What people do with payments."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stories.machine.cells import Side
from tests.stories.machine.machine import Machine, picks, sides

amounts = st.sampled_from(("0.01", "3.33", "10"))


class MoneyRules(Machine):
    """Rules on payments."""

    @rule(side=sides, pick=picks, amount=amounts, again=st.booleans())
    def pay(self, side: Side, pick: int, amount: str, again: bool) -> None:
        """Money comes in and is entered on one side; at times as if by two people."""
        bill = self.books.invoices.pick(pick)
        if bill is not None:
            self.books.payments.new(side, bill, amount, again=again)

    @rule(pick=picks, amount=amounts, moves=st.booleans())
    def correct_payment(self, pick: int, amount: str, moves: bool) -> None:
        """Somebody corrects amount or day in the CRM: in Xero that is a new payment."""
        thing = self.books.payments.pick(pick)
        if thing is not None and moves:
            self.books.payments.move(thing, pick % 3)
        elif thing is not None:
            self.books.payments.edit(thing, amount)

    @rule(side=sides, pick=picks)
    def delete_payment(self, side: Side, pick: int) -> None:
        """Somebody takes money back."""
        shelf = self.books.payments
        thing = shelf.pick(pick)
        if thing is not None:
            (shelf.remove_crm if side == "crm" else shelf.delete_in_xero)(thing)
