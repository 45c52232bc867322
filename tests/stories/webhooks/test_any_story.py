"""Any story of edits on both sides and of webhooks in trouble ends as if nothing had happened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.inprocess import routed
from tests.stories.sync.people import organisation, paid_in_xero
from tests.stories.sync.test_first_link import contact
from tests.stories.sync.test_invoices_in import in_xero
from tests.stories.webhooks.conftest import Told, start
from xtiger.db.store import SqlStore
from xtiger.errors import XeroUnavailable
from xtiger.sandbox import create_app
from xtiger.sandbox.posting import Reply

#: `make soak` plays more.
EXAMPLES = int(os.environ.get("XTIGER_SOAK_EXAMPLES", "8"))
TROUBLES = ("repeat", "reorder", "lose", "wrong_signature")
STEPS = (
    "new contact",
    "new invoice",
    "edit in Xero",
    "pay in Xero",
    "new in CRM",
    "edit in CRM",
    "tick",
    "deliver",
    "sync",
    "xero is down",
    "die",
    *TROUBLES,
)


class Killed(BaseException):
    """The process is gone."""


class Story:
    """One world and what may happen in it; each number draws a record."""

    def __init__(self, world: Told) -> None:
        self.world, self.made = world, 0

    def play(self, step: str, number: int) -> None:
        """One step; after each, nothing stands twice on either side."""
        if step in TROUBLES:
            self.world.sandbox.webhooks.trouble(step)  # type: ignore[arg-type]  # a kind of trouble
        else:
            self._steps()[step](number)
        self.check()

    def _steps(self) -> dict[str, Callable[[int], object]]:
        world = self.world
        return {
            "new contact": lambda _: contact(world, self._name()),
            "new invoice": self._invoice,
            "edit in Xero": self._edit,
            "pay in Xero": self._pay,
            "new in CRM": lambda _: organisation(world, self._name()),
            "edit in CRM": self._edit_in_crm,
            "tick": lambda _: self._tick(),
            "deliver": lambda _: world.deliver(),
            "sync": lambda _: self._sync(),
            "xero is down": lambda n: world.sandbox.fault("status", status=503, count=1 + n % 3),
            "die": self._die,
        }

    def _name(self) -> str:
        self.made += 1
        return f"Bird {self.made}"

    def _invoice(self, number: int) -> None:
        known = self.world.xero("Contacts")
        one = known[number % len(known)]["ContactID"] if known else contact(self.world, "Kea")
        in_xero(self.world, one)

    def _edit(self, number: int) -> None:
        known = self.world.xero("Contacts")
        if known:
            one = known[number % len(known)]["ContactID"]
            self.world.sandbox.edit("Contacts", one, {"TaxNumber": f"GB{number:09d}"})

    def _pay(self, number: int) -> None:
        open_ = [raw for raw in self.world.xero("Invoices") if raw["AmountDue"] >= 1]
        if open_:
            paid_in_xero(self.world, open_[number % len(open_)]["InvoiceID"], "1")

    def _edit_in_crm(self, number: int) -> None:
        known = self.world.host.all("Organizations")
        if known:
            one = known[number % len(known)].ref.id
            self.world.host.edit("Organizations", one, phone=f"+44 {number}")

    def _tick(self) -> None:
        self.world.wait(20)
        self.world.xt.tick()

    def _sync(self) -> None:
        """Somebody presses the button, also while Xero is down."""
        with suppress(XeroUnavailable):
            self.world.sync()

    def _die(self, number: int) -> None:
        """A worker dies in the middle of its round, if that reaches the point."""
        name = ("save_run", "save_bases", "add_outcomes", "settle_events")[number % 4]
        real = getattr(SqlStore, name)

        def dead(*given: object, **named: object) -> object:
            if number % 2:
                real(*given, **named)
            raise Killed

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SqlStore, name, dead)
            try:
                self._tick()
            except Killed:
                self.world.wait(1000)
        self.world.reopen()

    def check(self) -> None:
        """No twin on either side."""
        for found in (
            self.world.names(),
            [raw["Name"] for raw in self.world.xero("Contacts")],
            [one.values["invoice_no"] for one in self.world.host.all("Invoices")],
        ):
            assert len(set(found)) == len(found)

    def end(self) -> None:
        """All troubles are over: one sync, and both sides agree with nothing left to do."""
        world = self.world
        world.sandbox.faults.clear()
        for _ in range(2):
            world.hear()
            world.wait(1000)
            world.sync()
        self.check()

        assert [] == world.waiting()
        assert (0, []) == (world.actions(), world.xt.proof.differences())
        assert len(world.xero("Contacts")) == len(world.names())
        assert len(world.xero("Invoices")) == len(world.host.all("Invoices"))
        assert len(world.xero("Payments")) == len(world.host.all("Payments"))


@pytest.mark.feature("F128")
@pytest.mark.slow
# Making a failed story shorter takes minutes, and its steps say what happened anyway.
@settings(max_examples=EXAMPLES, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 999)), min_size=5, max_size=25)
)
def test_any_story_ends_in_agreement(steps: list[tuple[str, int]]) -> None:
    """Messages lost, doubled, reordered and wrongly signed, kills, a Xero that is down."""
    begin = start()
    begin.sandbox.restore(begin.snapshot)
    begin.clock.set(begin.moment)
    with TemporaryDirectory() as folder:
        for file in begin.home.iterdir():
            shutil.copy(file, folder)
        with routed(create_app(begin.sandbox), begin.url), begin.world(Path(folder)) as made:
            world = Told(made.xt, made.host, made.sandbox, made.clock)
            world.url = "http://localhost:9"
            world.subscribe()
            real_post = world.sandbox.webhooks.post
            world.sandbox.webhooks.post = lambda _, body, headers: Reply(
                world.xt.receive_webhook(body, headers["x-xero-signature"])
            )
            assert world.sandbox.webhooks.intent_to_receive(world.sandbox.client_id)
            story = Story(world)
            try:
                for step, number in steps:
                    story.play(step, number)
                story.end()
            finally:
                world.sandbox.webhooks.post = real_post
                world.xt.close()
