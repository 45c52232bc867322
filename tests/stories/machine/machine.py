"""What all rules of the machine share: a stage, the books, and the hands of people."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from tests.stories.machine.books import Books
from tests.stories.machine.cells import Side, Told
from tests.stories.machine.stage import Stage
from tests.world import World

SIDES: tuple[Side, Side] = ("crm", "xero")
TEXTS = ("", "a@b.example", "c@d.example")
ACCOUNTS = ("", "200", "260")

sides = st.sampled_from(SIDES)
picks = st.integers(0, 99)


def furnished(world: World) -> Books:
    """A small firm at work: every module has records that are in step."""
    books = Books(world)
    anna = books.organisations.new("crm", "Anna Ltd")
    books.organisations.edit(anna, "crm", "email", "office@anna.example")
    bolt = books.organisations.new("xero", "Bolt Ltd")
    books.organisations.edit(bolt, "xero", "email", "office@bolt.example")
    for side in SIDES:
        books.products.new(side)
    books.services.new("crm")
    for first, of in ((True, anna), (False, anna), (False, bolt)):
        books.persons.new("crm" if first else "xero", of)
    books.loners.new()
    world.sync()
    lines = (("2", "10", "0", "P001"), ("1", "0.335", "10", ""), ("3.5", "33.33", "0", "S001"))
    for side, payer, approved in (
        ("crm", anna, True),
        ("crm", bolt, False),
        ("xero", anna, True),
        ("xero", bolt, False),
    ):
        seen = books.organisations.seen(payer, side)
        assert seen is not None
        books.invoices.new(side, seen.id, lines, approved=approved)
    world.sync()
    for number, side in (("CI001", "crm"), ("XI003", "xero")):
        books.payments.new(side, books.invoices.things[number], "3.33")
    world.sync()
    plan = world.plan()
    assert () == plan.actions
    assert [] == books.wrongs(Told.by_plan(plan))
    return books


class Machine(RuleBasedStateMachine):
    """One story: people on both sides, and the library between."""

    stage: Stage
    books: Books

    def __init__(self, played: list[str] | None = None) -> None:
        super().__init__()
        #: Gets a word for each step, so that they can be counted.
        self.played = [] if played is None else played

    @initialize(empty=st.sampled_from((False, False, True)))
    def begin(self, empty: bool) -> None:
        """A firm at work, or one that has nothing yet."""
        self.stage = Stage(None if empty else furnished)
        self.books = self.stage.books

    @property
    def world(self) -> World:
        """The world of this story."""
        world: World = self.stage.world
        return world
