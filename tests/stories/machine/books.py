"""The books of both sides as the machine's people see and edit them: one shelf per module."""

from __future__ import annotations

from copy import deepcopy

from tests.stories.machine.cells import Told
from tests.stories.machine.invoices import Invoices
from tests.stories.machine.money import Payments
from tests.stories.machine.parties import Goods, Organisations
from tests.stories.machine.persons import Loners, Persons
from tests.stories.machine.shelf import Shelf
from tests.world import World


class Books:
    """Both sides of one world, with what was typed into them."""

    def __init__(self, world: World) -> None:
        self.organisations = Organisations(world)
        self.products = Goods(world, module="Products", letter="P")
        self.services = Goods(world, module="Services", letter="S")
        self.invoices = Invoices(world)
        self.payments = Payments(world, self.invoices)
        self.persons = Persons(world, self.organisations)
        self.loners = Loners(world)

    @property
    def shelves(self) -> tuple[Shelf, ...]:
        """All shelves."""
        return (
            self.organisations,
            self.products,
            self.services,
            self.invoices,
            self.payments,
            self.persons,
            self.loners,
        )

    def copied(self, world: World) -> Books:
        """The same books for a world that is a copy of this one."""
        twin = Books(world)
        for old, new in zip(self.shelves, twin.shelves, strict=True):
            new.things = deepcopy(old.things)
        twin.invoices.lines_made = self.invoices.lines_made
        twin.invoices.approved = set(self.invoices.approved)
        return twin

    def doubt(self) -> None:
        """A sync was broken off or was a part."""
        for shelf in self.shelves:
            for thing in shelf.things.values():
                thing.doubt()

    def twins(self) -> dict[str, int]:
        """What stands more than once on a side."""
        return {key: many for shelf in self.shelves for key, many in shelf.twins().items()}

    def wrongs(self, told: Told) -> list[str]:
        """What is wrong at rest, beside what people are told of."""
        return [wrong for shelf in self.shelves for wrong in shelf.wrongs(told)]

    def disproved(self, told: Told) -> list[str]:
        """Where a proof is wrong."""
        return [wrong for shelf in self.shelves for wrong in shelf.disproved(told)]
