"""The sync machine: any mix of edits, removals, faults and kills, and what must hold after each."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.machine.books import ORGANISATION, PRODUCT, Books
from tests.machine.cells import Thing
from tests.machine.stage import Stage
from xtiger.db.store import SqlStore
from xtiger.engine.booking import Booking
from xtiger.errors import XTigerError
from xtiger.hosts.memory import MemoryHost
from xtiger.plans import STANDING, Plan
from xtiger.xero.organisations import XeroOrganisation

#: Steps in all: some in every test run, many in `make soak`.
STEPS = int(os.environ.get("XTIGER_MACHINE_STEPS", "5000"))
STEPS_PER_STORY = 40
#: Making a failed story shorter takes minutes; whoever mends it asks for it.
SHORTER = os.environ.get("XTIGER_MACHINE_SHORTER") == "1"
PHASES = tuple(Phase) if SHORTER else (Phase.explicit, Phase.reuse, Phase.generate)
NAMES = ("Anna Ltd", "Berta GmbH", "Carla SA")
TEXTS = ("", "a@b.example", "c@d.example")
ACCOUNTS = ("", "200", "260")
VALUES = {"email": TEXTS, "tax": TEXTS, "text": TEXTS, "account": ACCOUNTS}
#: Where a process dies: (class, method, before its work).
POINTS: tuple[tuple[type, str, bool], ...] = (
    (XeroOrganisation, "send", True), (XeroOrganisation, "send", False),
    (MemoryHost, "save", True), (MemoryHost, "save", False),
    (SqlStore, "save_bases", False), (SqlStore, "add_outcomes", True),
    (Booking, "agree", False), (SqlStore, "save_cursor", False), (SqlStore, "save_run", True),
)  # fmt: skip
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "lost_answer"}, {"kind": "lost_answer", "status": 500},
    {"kind": "status", "status": 429, "problem": "minute"},
    {"kind": "status", "status": 429, "problem": "concurrent"},
    {"kind": "status", "status": 503}, {"kind": "status", "status": 500},
    {"kind": "token_expired"},
)  # fmt: skip

sides = st.sampled_from(("crm", "xero"))
picks = st.integers(0, 99)


class SyncMachine(RuleBasedStateMachine):
    """People on both sides, a flaky network, dying processes, and the library between."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.books = Books(self.stage.world)

    @property
    def world(self) -> Any:
        """The world of this story."""
        return self.stage.world

    # --- people ---

    @rule(side=st.sampled_from(("crm", "xero", "both")), name=st.sampled_from(NAMES))
    def new_organisation(self, side: str, name: str) -> None:
        """A new customer, on one side or, by two people, on both."""
        number = len(self.books.organisations)
        numbered = f"N{number}" if side == "both" else ""
        self.books.new_organisation(side, f"{name} {number}", numbered)

    @rule(side=sides)
    def new_product(self, side: str) -> None:
        """A new thing to sell."""
        self.books.new_product(side)

    def _pick(self, things: dict[str, Thing], number: int) -> Thing | None:
        live = [thing for thing in things.values() if not thing.removed and not thing.special]
        return live[number % len(live)] if live else None

    @rule(side=sides, pick=picks, field=st.sampled_from(sorted(ORGANISATION)), value=picks)
    def edit_organisation(self, side: Any, pick: int, field: str, value: int) -> None:
        """Somebody types a value; the few values make edits back to old ones likely."""
        thing = self._pick(self.books.organisations, pick)
        if thing is not None:
            text = VALUES[field][value % len(VALUES[field])]
            self._type(thing, side, field, ORGANISATION[field], text)

    @rule(side=sides, pick=picks, back=st.booleans())
    def rename_organisation(self, side: Any, pick: int, back: bool) -> None:
        """A new name, or the first one again."""
        thing = self._pick(self.books.organisations, pick)
        if thing is not None:
            name = f"Firm {thing.marker}" if back else f"New {thing.marker}"
            self._type(thing, side, "name", ("accountname", "Name"), name)

    def _type(self, thing: Thing, side: Any, cell: str, field: tuple[str, str], text: str) -> None:
        if side == "crm":
            for crm_id, _ in self.books.crm_organisations().get(thing.marker, [])[:1]:
                self.world.host.edit("Organizations", crm_id, **{field[0]: text})
                thing.type("crm", cell, text or None)
            return
        for raw in self.books.xero_contacts().get(thing.marker, [])[:1]:
            self.world.wait(1)
            self.world.sandbox.edit("Contacts", raw["ContactID"], {field[1]: text})
            thing.type("xero", cell, text or None)

    @rule(side=sides, pick=picks, field=st.sampled_from(sorted(PRODUCT)), value=picks)
    def edit_product(self, side: Any, pick: int, field: str, value: int) -> None:
        """Somebody types a text or chooses an account."""
        thing = self._pick(self.books.products, pick)
        if thing is None:
            return
        text = VALUES[field][value % len(VALUES[field])]
        if side == "crm":
            for crm_id, _ in self.books.crm_products().get(thing.marker, []):
                self.world.host.edit("Products", crm_id, **{PRODUCT[field][0]: text})
                thing.type("crm", field, text or None)
            return
        for raw in self.books.xero_items().get(thing.marker, []):
            self.world.wait(1)
            details = {**(raw.get("SalesDetails") or {}), "AccountCode": text}
            change = {"Description": text} if field == "text" else {"SalesDetails": details}
            self.world.sandbox.edit("Items", raw["ItemID"], change)
            thing.type("xero", field, text or None)

    @rule(side=sides, pick=picks)
    def remove_organisation(self, side: Any, pick: int) -> None:
        """Deleted in the CRM, or archived in Xero."""
        thing = self._pick(self.books.organisations, pick)
        if thing is None:
            return
        if side == "crm":
            for crm_id, _ in self.books.crm_organisations().get(thing.marker, []):
                self.world.host.remove("Organizations", crm_id)
                thing.remove("crm")
            return
        for raw in self.books.xero_contacts().get(thing.marker, []):
            self.world.wait(1)
            self.world.sandbox.edit("Contacts", raw["ContactID"], {"ContactStatus": "ARCHIVED"})
            thing.remove("xero")

    @rule(pick=picks, other=picks)
    def merge_in_xero(self, pick: int, other: int) -> None:
        """A bookkeeper merges two contacts."""
        lost, kept = (self._pick(self.books.organisations, p) for p in (pick, other))
        contacts = self.books.xero_contacts()
        if lost is None or kept is None or lost is kept:
            return
        if not (contacts.get(lost.marker) and contacts.get(kept.marker)):
            return
        into = contacts[kept.marker][0]["ContactID"]
        self.world.wait(1)
        self.world.sandbox.edit("Contacts", contacts[lost.marker][0]["ContactID"], {
            "ContactStatus": "ARCHIVED", "MergedToContactID": into,
        })  # fmt: skip
        lost.special = kept.special = True

    @rule(pick=picks, allowed=st.booleans())
    def tick_box(self, pick: int, allowed: bool) -> None:
        """Allow XTiger Sync is switched; a record left out counts as listed, being excluded."""
        thing = self._pick(self.books.organisations, pick)
        if thing is not None:
            for crm_id, _ in self.books.crm_organisations().get(thing.marker, [])[:1]:
                self.world.host.edit("Organizations", crm_id, xero_sync=allowed)

    # --- hints, settings, time ---

    @rule()
    def lose_hints(self) -> None:
        """The outbox loses what it has: the feed must make up for it."""
        with self.world.host.tenant(""):
            self.world.wait(60)
            self.world.host.outbox_done(self.world.host.outbox(self.world.clock.now(), 1_000))

    @rule(pick=picks)
    def repeat_hint(self, pick: int) -> None:
        """A record is reported again though nothing changed."""
        records = self.world.host.all("Organizations")
        if records:
            self.world.xt.saved("Organizations", records[pick % len(records)].ref.id)

    @rule(way=st.sampled_from(("both", "to_xero", "to_crm")))
    def change_mapping(self, way: Any) -> None:
        """The administrator saves another mapping and, later, the old one again."""
        mapping = self.world.xt.mapping("Organizations")
        rows = tuple(
            type(row)(row.crm, row.xero, direction=way) if row.xero == "Phones.FAX" else row
            for row in mapping.rows
        )
        self.world.xt.save_mapping(
            type(mapping)(mapping.module, mapping.kind, rows, options=mapping.options)
        )

    @rule(fault=st.sampled_from(FAULTS), kind=st.sampled_from(("Contacts", "Items", "")),
          method=st.sampled_from(("PUT", "POST", "GET")))  # fmt: skip
    def break_the_line(self, fault: dict[str, Any], kind: str, method: str) -> None:
        """The next matching call goes wrong."""
        given = dict(fault)
        if method == "GET" and given["kind"] == "lost_answer":
            method = "PUT"
        self.world.sandbox.fault(
            given.pop("kind"), path=f"/api.xro/2.0/{kind}", method=method, **given
        )

    # --- the library ---

    def _safely(self, work: Callable[[], object], *, whole: bool = False) -> None:
        """Let the library work; a `whole` sync that nothing disturbed is judged at once."""
        whole = whole and not self.world.sandbox.faults.waiting()
        # A stopped run is a good answer to a broken line; what it left is judged later.
        with suppress(XTigerError):
            work()
            self.world.check()
            if whole:
                self._judge()
                return
        self.world.check()
        self.books.doubt()

    def _judge(self) -> Plan:
        plan: Plan = self.world.plan()
        told = [item for item in plan.items if item.result in (*STANDING, "excluded")]
        assert () == plan.actions
        assert [] == self.books.wrongs(Counter((item.module, item.name) for item in told))
        return plan

    @rule(module=st.sampled_from(("", "Organizations", "Products")))
    def sync(self, module: str) -> None:
        """Press Sync, for everything or for one module."""
        self.world.wait()
        self._safely(lambda: self.world.xt.sync([module] if module else []), whole=not module)

    @rule()
    def tick(self) -> None:
        """What is due is sent."""
        self.world.wait(60)
        self._safely(self.world.xt.tick)

    @rule(pick=picks)
    def sync_one(self, pick: int) -> None:
        """Copy to Xero, on one record."""
        records = self.world.host.all("Organizations")
        if records:
            crm_id = records[pick % len(records)].ref.id
            self.world.wait(10)
            self._safely(lambda: self.world.xt.sync_records("Organizations", [crm_id]))

    @rule(point=st.sampled_from(POINTS))
    def die(self, point: tuple[type, str, bool]) -> None:
        """The process dies at a named point of a sync; a new one is started."""
        owner, name, before = point
        self.world.wait()

        def work() -> None:
            self._safely(self.world.xt.sync)

        if self.stage.killed(owner, name, before=before, work=work):
            self.books.doubt()

    @rule()
    def rest(self) -> None:
        """The line is mended and syncs run until nothing is left to do; then all is compared."""
        self.world.sandbox.faults.clear()
        for _ in range(2):
            self.world.wait()
            self.world.xt.sync()
            self.world.check()
        self._judge()

    @invariant()
    def no_twins(self) -> None:
        """Nothing stands twice on either side, at any moment."""
        assert {} == self.books.twins()

    def teardown(self) -> None:
        """Every story ends at rest."""
        try:
            self.rest()
        finally:
            self.stage.close()


def test_the_machine() -> None:
    """No story of edits, removals, faults and kills makes a twin, loses an edit or never rests."""
    run_state_machine_as_test(
        SyncMachine,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_PER_STORY), stateful_step_count=STEPS_PER_STORY,
            deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES,
        ),
    )  # fmt: skip
