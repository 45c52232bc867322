"""What the library is asked to do, where it dies, and what must hold when it rests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tests.stories.machine.cells import Told
from tests.stories.machine.machine import Machine, picks
from xtiger.db.store import SqlStore
from xtiger.engine.apply.booking import Booking
from xtiger.errors import XTigerError
from xtiger.hosts.memory import MemoryHost
from xtiger.xero.organisations import XeroOrganisation

MODULES = ("Organizations", "Contacts", "Products", "Services", "Invoices", "Payments")
#: Where a process dies: (class, method, before its work).
POINTS: tuple[tuple[type, str, bool], ...] = (
    (XeroOrganisation, "send", True),
    (XeroOrganisation, "send", False),
    (MemoryHost, "save", True),
    (MemoryHost, "save", False),
    (SqlStore, "save_bases", False),
    (SqlStore, "add_outcomes", True),
    (Booking, "agree", False),
    (SqlStore, "save_cursor", False),
    (SqlStore, "save_run", True),
)


class LibraryRules(Machine):
    """Rules that let the library work, and what is asserted after it did."""

    #: Whether a judgement was begun and not passed: the story has failed, there is no more to ask.
    judging = False
    #: Whether the library did something since twins were looked for.
    worked = False

    def _safely(self, work: Callable[[], object], *, whole: bool = False) -> None:
        """Let the library work; a `whole` sync that nothing disturbed is judged at once."""
        self.worked = True
        unnoticed = self.books.products.unnoticed or self.books.services.unnoticed
        whole = whole and not unnoticed and not self.world.sandbox.faults.waiting()
        # A stopped run is a good answer to a broken line; what it left is judged later.
        with suppress(XTigerError):
            work()
            self.world.check()
            if whole:
                self._judge()
                return
        self.world.check()
        self.books.doubt()

    def _judge(self) -> None:
        self.judging = True
        plan = self.world.plan()
        left = [(i.module, i.verb, i.crm_id, i.xero_id, i.differences) for i in plan.actions]
        assert [] == left, left
        wrongs = self.books.wrongs(Told.by_plan(plan))
        assert [] == wrongs, "\n".join(wrongs)
        self.judging = False

    @rule(module=st.sampled_from(("", "", *MODULES)))
    def sync(self, module: str) -> None:
        """Press Sync, for everything or for one module."""
        self.world.wait()
        self._safely(lambda: self.world.xt.sync.run([module] if module else []), whole=not module)

    @rule()
    def tick(self) -> None:
        """What is due is sent."""
        self.world.wait(60)
        self._safely(self.world.xt.tick)

    @rule(pick=picks, module=st.sampled_from(MODULES))
    def sync_one(self, pick: int, module: str) -> None:
        """Copy to Xero, on one record."""
        records = self.world.host.all(module)
        if records:
            crm_id = records[pick % len(records)].ref.id
            self.world.wait(10)
            self._safely(lambda: self.world.xt.sync.records(module, [crm_id]))

    @rule(point=st.sampled_from(POINTS))
    def die(self, point: tuple[type, str, bool]) -> None:
        """The process dies at a named point of a sync; a new one is started."""
        owner, name, before = point
        self.world.wait()

        def work() -> None:
            self._safely(self.world.xt.sync.run)

        if self.stage.killed(owner, name, before=before, work=work):
            self.books.doubt()

    @rule()
    def rest(self) -> None:
        """The line is mended and syncs run until nothing is left to do; then all is compared."""
        self.world.sandbox.faults.clear()
        self.worked = True
        for full in (False, True):
            self.world.wait()
            self.world.xt.sync.run(full=full)
            self.world.check()
        self.books.products.unnoticed = self.books.services.unnoticed = False
        self._judge()
        self.judging = True
        wrongs = self.books.disproved(Told.by_proof(self.world.xt.proof.reconcile()))
        assert [] == wrongs, "\n".join(wrongs)
        self.judging = False

    @invariant()
    def no_twins(self) -> None:
        """Nothing stands twice on either side, at any moment."""
        if hasattr(self, "books"):
            self.played.append("step")
            # People make no twins: each record bears a marker of its own.
            if self.worked:
                assert {} == self.books.twins()
                self.worked = False

    def teardown(self) -> None:
        """Every story ends at rest."""
        if hasattr(self, "stage"):
            try:
                if not self.judging:
                    self.rest()
            finally:
                self.stage.close()
