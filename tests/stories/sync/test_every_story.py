"""Every short story of edits and syncs through the whole engine: one organisation per story."""

from __future__ import annotations

import os
from itertools import product
from typing import Literal

from tests.stories.sync.people import organisation
from tests.world import World

#: Steps per story: 3 in every test run, more in `make soak`.
LENGTH = int(os.environ.get("XTIGER_STORY_LENGTH", "3"))
#: CRM field → Xero field.
FIELDS = {"vat_number": "TaxNumber", "company_number": "CompanyNumber"}
Side = Literal["crm", "xero"]
#: A person types a value on one side; None is a sync of this record alone.
Step = tuple[Side, str, str] | None
SIDES: tuple[Side, Side] = ("crm", "xero")
STEPS: tuple[Step, ...] = (None, *product(SIDES, FIELDS, ("a", "b")))
#: Field → value.
Values = dict[str, str]


class Told:
    """What two people would expect of one record, in plain words of who edited what."""

    def __init__(self) -> None:
        self.crm: Values = dict.fromkeys(FIELDS, "a")
        self.xero: Values = dict.fromkeys(FIELDS, "a")
        self._seen = (dict(self.crm), dict(self.xero))
        self._apart: set[str] = set()

    def edit(self, side: Side, field: str, value: str) -> None:
        """Somebody types a value."""
        (self.crm if side == "crm" else self.xero)[field] = value

    def sync(self) -> None:
        """A field edited on one side goes to the other; two different edits both stay."""
        for field in FIELDS:
            crm, xero = self.crm[field], self.xero[field]
            by_crm = crm != self._seen[0][field] or field in self._apart
            by_xero = xero != self._seen[1][field] or field in self._apart
            self._apart.discard(field)
            if crm == xero:
                continue
            if by_crm and by_xero and not self._taken_back(field):
                self._apart.add(field)
            elif by_crm and not self._back(field, 0):
                self.xero[field] = crm
            else:
                self.crm[field] = xero
        if not self._apart:
            self._seen = (dict(self.crm), dict(self.xero))
        else:
            for field in set(FIELDS) - self._apart:
                self._seen[0][field], self._seen[1][field] = self.crm[field], self.xero[field]

    def _back(self, field: str, side: int) -> bool:
        return (self.crm, self.xero)[side][field] == self._seen[side][field]

    def _taken_back(self, field: str) -> bool:
        """Whether one side of a conflict has the value again that both agreed on."""
        return self._back(field, 0) or self._back(field, 1)


def _play(world: World, ids: dict[tuple[Step, ...], str], told: dict[str, Told]) -> None:
    """All stories side by side: the n-th step of each, then one sync of those that ask for it."""
    for place in range(LENGTH):
        world.wait(2)
        waiting = []
        for story, crm_id in ids.items():
            step = story[place]
            if step is None:
                waiting.append(crm_id)
                told[crm_id].sync()
            else:
                _edit(world, crm_id, step)
                told[crm_id].edit(*step)
        world.wait(2)
        world.xt.sync.records("Organizations", waiting)


def _edit(world: World, crm_id: str, step: tuple[Side, str, str]) -> None:
    side, field, value = step
    if side == "crm":
        world.host.edit("Organizations", crm_id, **{field: value})
    else:
        xero_id = world.xero_id("Organizations", crm_id)
        world.sandbox.edit("Contacts", xero_id, {FIELDS[field]: value})


def test_every_story_ends_as_two_people_would_expect(world: World) -> None:
    """Two fields, two values, two sides and a sync in every order: both sides as expected."""
    # All of them change in one run, which is the brake's matter and not the merge's.
    world.settings("Organizations", brake_share=100)
    start = dict.fromkeys(FIELDS, "a")
    ids = {
        story: organisation(world, f"Story {number}", **start)
        for number, story in enumerate(product(STEPS, repeat=LENGTH))
    }
    told = {crm_id: Told() for crm_id in ids.values()}
    world.sync("Organizations")

    _play(world, ids, told)
    for expected in told.values():
        expected.sync()
    world.sync("Organizations")

    there = {str(raw["ContactID"]): raw for raw in world.xero("Contacts")}
    links = world.xt.store.links_by_crm(world.xt.connections.get().id, "Organizations")
    wrong = {}
    for story, crm_id in ids.items():
        ours, theirs = (
            world.host.record("Organizations", crm_id).values,
            there[links[crm_id].xero_id],
        )
        actual = ({f: ours[f] for f in FIELDS}, {f: theirs[x] for f, x in FIELDS.items()})
        if actual != (told[crm_id].crm, told[crm_id].xero):
            wrong[story] = (actual, (told[crm_id].crm, told[crm_id].xero))
    assert {} == wrong
    assert len(ids) == len(there)
    assert () == world.plan("Organizations").actions
