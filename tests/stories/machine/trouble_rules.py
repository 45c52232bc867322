"""What goes wrong around the library: lost hints, changed settings, broken lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stories.machine.machine import Machine, picks

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "lost_answer"},
    {"kind": "lost_answer", "status": 500},
    {"kind": "status", "status": 429, "problem": "minute"},
    {"kind": "status", "status": 429, "problem": "concurrent"},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 500},
    {"kind": "token_expired"},
)
KINDS = ("Contacts", "Items", "Invoices", "Payments", "")
#: The module whose mapping is changed, and the row.
ROWS = (
    ("Organizations", "Phones.FAX"),
    ("Organizations", "CompanyNumber"),
    ("Products", "PurchaseDetails.UnitPrice"),
    ("Contacts", "Phones.MOBILE"),
)


class TroubleRules(Machine):
    """Rules on what lies between both sides."""

    @rule()
    def lose_hints(self) -> None:
        """The outbox loses what it has: the feed must make up for it."""
        with self.world.host.tenant(""):
            self.world.wait(60)
            self.world.host.outbox_done(self.world.host.outbox(self.world.clock.now(), 1_000))

    @rule(pick=picks, shelf=picks)
    def repeat_hint(self, pick: int, shelf: int) -> None:
        """A record is reported again though nothing changed."""
        module = self.books.shelves[shelf % len(self.books.shelves)].module
        records = self.world.host.all(module)
        if records:
            self.world.xt.saved(module, records[pick % len(records)].ref.id)

    @rule(pick=picks, shelf=picks, allowed=st.booleans())
    def tick_box(self, pick: int, shelf: int, allowed: bool) -> None:
        """Allow XTiger Sync is switched; a record left out counts as listed, being excluded."""
        books = self.books.shelves[shelf % len(self.books.shelves)]
        thing = books.pick(pick)
        if thing is not None:
            books.tick_box(thing, allowed)

    @rule(way=st.sampled_from(("both", "to_xero", "to_crm")), which=st.sampled_from(ROWS))
    def change_mapping(self, way: Any, which: tuple[str, str]) -> None:
        """The administrator saves another mapping and, later, the old one again."""
        mapping = self.world.xt.mappings.get(which[0])
        assert mapping is not None
        rows = tuple(
            replace(row, direction=way) if row.xero == which[1] else row for row in mapping.rows
        )
        self.world.xt.mappings.save(replace(mapping, rows=rows))

    @rule(
        module=st.sampled_from(("Organizations", "Products", "Invoices", "Payments", "Contacts")),
        allowed=st.booleans(),
    )
    def switch_deletes(self, module: str, allowed: bool) -> None:
        """The administrator lets removals travel, or forbids it."""
        old = self.world.xt.modules.settings(module)
        self.world.xt.modules.save_settings(
            replace(old, delete_in_xero=allowed, delete_in_crm=allowed)
        )

    @rule(
        fault=st.sampled_from(FAULTS),
        kind=st.sampled_from(KINDS),
        method=st.sampled_from(("PUT", "POST", "GET")),
    )
    def break_the_line(self, fault: dict[str, Any], kind: str, method: str) -> None:
        """The next matching call goes wrong."""
        given = dict(fault)
        if method == "GET" and given["kind"] == "lost_answer":
            method = "PUT"
        self.world.sandbox.fault(
            given.pop("kind"), path=f"/api.xro/2.0/{kind}", method=method, **given
        )
