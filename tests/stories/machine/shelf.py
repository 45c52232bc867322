"""A shelf: the records of one module on both sides, and what must hold of each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.stories.machine.cells import Seen, Side, Thing, Told
from tests.world import World

Table = dict[str, list[Seen]]


class Shelf:
    """One module; records are known by a marker that nobody edits."""

    #: The CRM's module.
    module = ""
    #: The sandbox's list, and the name of its ids.
    kind, id_name = "", ""

    def __init__(self, world: World) -> None:
        self.world = world
        self.things: dict[str, Thing] = {}

    # --- what each side has ---

    def crm(self) -> Table:
        """Marker → live records of the CRM."""
        return tabled(self._crm_rows())

    def xero(self) -> Table:
        """Marker → live records of Xero."""
        return tabled(self._xero_rows())

    def table(self, side: Side) -> Table:
        """One of both."""
        return self.crm() if side == "crm" else self.xero()

    def _crm_rows(self) -> Iterable[tuple[str, Seen]]:
        raise NotImplementedError

    def _xero_rows(self) -> Iterable[tuple[str, Seen]]:
        raise NotImplementedError

    # --- what people do ---

    def made(self, thing: Thing, side: Side, **typed: Any) -> Thing:
        """Remember a new record with what was typed into it."""
        self.things[thing.marker] = thing
        for name, value in typed.items():
            thing.type(side, name, value)
        return thing

    def pick(self, number: int) -> Thing | None:
        """One that nobody removed."""
        live = [one for one in self.things.values() if not one.removed and not one.special]
        return live[number % len(live)] if live else None

    def seen(self, thing: Thing, side: Side) -> Seen | None:
        """The record on one side, if it is there."""
        return next(iter(self.table(side).get(thing.marker, ())), None)

    def archive(self, thing: Thing) -> None:
        """A contact is archived in Xero."""
        found = self.seen(thing, "xero")
        if found is not None:
            self.world.wait(1)
            self.world.sandbox.edit("Contacts", found.id, {"ContactStatus": "ARCHIVED"})
            thing.remove("xero")

    def edit_crm(self, thing: Thing, cell: str, value: Any, **values: Any) -> None:
        """Somebody types into the CRM's form."""
        found = self.seen(thing, "crm")
        if found is not None:
            self.world.host.edit(self.module, found.id, **values)
            thing.type("crm", cell, value)

    def edit_xero(self, thing: Thing, cell: str, value: Any, fields: Mapping[str, Any]) -> None:
        """Somebody types into Xero's page, unless a rule of Xero refuses it."""
        found = self.seen(thing, "xero")
        if found is None:
            return
        self.world.wait(1)
        try:
            self.world.sandbox.edit(self.kind, found.id, fields)
        except ValueError:
            return
        thing.type("xero", cell, value)

    def remove_crm(self, thing: Thing) -> None:
        """Deleted in the CRM."""
        found = self.seen(thing, "crm")
        if found is not None:
            self.world.host.remove(self.module, found.id)
            thing.remove("crm")

    def tick_box(self, thing: Thing, allowed: bool) -> None:
        """Allow XTiger Sync is switched."""
        found = self.seen(thing, "crm")
        if found is not None:
            self.world.host.edit(self.module, found.id, xero_sync=allowed)

    # --- what must never be, and what must be at rest ---

    def twins(self) -> dict[str, int]:
        """What stands more than once on a side."""
        return {
            f"{side} {self.module} {marker}": len(rows)
            for side in ("crm", "xero")
            for marker, rows in self.table(side).items()
            if len(rows) > 1
        }

    def wrongs(self, told: Told) -> list[str]:
        """What is wrong at rest, beside what people are told of."""
        crm, xero, found = self.crm(), self.xero(), []
        for marker, thing in self.things.items():
            if thing.special:
                continue
            ours, theirs = crm.get(marker, []), xero.get(marker, [])
            listed = told.knows(self.module, *ours, *theirs) or any(s.left_out for s in ours)
            wrong = self._wrong(thing, ours, theirs, listed)
            found += [f"{self.module} {marker}: {one}" for one in wrong]
        return found

    def _wrong(self, thing: Thing, ours: list[Seen], theirs: list[Seen], listed: bool) -> list[str]:
        if thing.removed:
            sides = {"crm": ours, "xero": theirs}
            found = [f"came back in {side}" for side in sorted(thing.removed) if sides[side]]
            if (ours or theirs) and not listed:
                found.append(f"was removed in {thing.removed}, and nobody is told")
            return found
        if not (ours and theirs):
            return [] if listed else [f"is on one side only: {ours or theirs}"]
        thing.met = True
        return list(self.compare(thing, ours[0], theirs[0], listed))

    def compare(self, thing: Thing, ours: Seen, theirs: Seen, listed: bool) -> Iterable[str]:
        """What is wrong of a record that both sides have."""
        for name, cell in thing.cells.items():
            wrong = cell.wrong(ours.cells.get(name), theirs.cells.get(name), listed=listed)
            if wrong:
                yield f"{name}: {wrong}"

    # --- what a proof must say ---

    def disproved(self, told: Told) -> list[str]:
        """Where a proof is wrong: a difference that it does not list, or one that is none."""
        crm, xero, found = self.crm(), self.xero(), []
        for marker, thing in self.things.items():
            ours, theirs = crm.get(marker, []), xero.get(marker, [])
            if thing.special or any(one.left_out for one in ours):
                continue
            listed = told.knows(self.module, *ours, *theirs)
            alone = bool(ours) != bool(theirs)
            differs = alone or bool(ours and self.differs(ours[0], theirs[0]))
            if differs and not listed and not (alone and self.waits_for_parent(ours, theirs)):
                found.append(f"{self.module} {marker}: {ours} and {theirs} differ, unlisted")
            if listed and not differs:
                found.append(f"{self.module} {marker}: listed, and nothing differs in {ours}")
        return found

    def waits_for_parent(self, _ours: list[Seen], _theirs: list[Seen]) -> bool:
        """Whether a proof may leave a record of one side out, since its parent is not there."""
        return False

    def differs(self, ours: Seen, theirs: Seen) -> bool:
        """Whether both sides of one record mean different things."""
        return dict(ours.cells) != dict(theirs.cells)


def tabled(rows: Iterable[tuple[str, Seen]]) -> Table:
    """Marker → records, of those that have one."""
    table: Table = {}
    for marker, seen in rows:
        if marker:
            table.setdefault(marker, []).append(seen)
    return table
