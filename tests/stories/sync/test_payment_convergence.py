"""Random payments, edits, deletes, faults and crashes on both sides: the sums agree to the cent."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stories.sync.money import live
from tests.stories.sync.people import (
    invoice,
    line,
    organisation,
    paid_in_xero,
    payment,
    unpaid_in_xero,
)
from tests.stories.sync.removing import allowed
from tests.stories.sync.test_convergence import EXAMPLES
from tests.stories.sync.test_crashes import Killed, killed
from tests.world import World, make_world
from xtiger.hosts.memory import MemoryHost
from xtiger.model.plans import STANDING
from xtiger.xero.organisations import XeroOrganisation

FIRST_DAY = date(2026, 11, 3)
AMOUNTS = st.sampled_from(["0.01", "3.33", "19.99"])
#: (what happens, which payment it happens to, amount).
STEPS = st.tuples(
    st.sampled_from(
        [
            "crm_pay",
            "crm_pay",
            "xero_pay",
            "crm_edit",
            "crm_remove",
            "xero_remove",
            "lost_put",
            "lost_post",
            "kill_xero",
            "kill_crm",
            "kill_late",
            "sync",
            "sync",
        ]
    ),
    st.integers(0, 5),
    AMOUNTS,
)


class Till:
    """One invoice of 1,000 and the money that people enter for it; each has a day of its own."""

    def __init__(self, world: World) -> None:
        self.world, self.entered = world, 0
        self.bill = invoice(world, "I1", organisation(world, "Acme"), [line("1000")])
        world.sync()
        allowed(world)

    def day(self) -> date:
        """The day of the next payment: it tells each money from all others."""
        self.entered += 1
        return FIRST_DAY + timedelta(days=self.entered)

    def happen(self, what: str, which: int, amount: str) -> None:
        """One step of the story."""
        ours, theirs = list(self.world.host.all("Payments")), live(self.world)
        if what == "crm_pay":
            payment(self.world, self.bill, amount, paymentdate=self.day())
        elif what == "xero_pay":
            there = self.world.xero_id("Invoices", self.bill)
            paid_in_xero(self.world, there, amount, Date=self.day().isoformat())
        elif what == "crm_edit" and ours:
            crm_id = ours[which % len(ours)].ref.id
            self.world.host.edit("Payments", crm_id, amount=Decimal(amount))
        elif what == "crm_remove" and ours:
            self.world.host.remove("Payments", ours[which % len(ours)].ref.id)
        elif what == "xero_remove" and theirs:
            self.world.wait(1)
            unpaid_in_xero(self.world, theirs[which % len(theirs)]["PaymentID"])
        else:
            self._trouble(what)

    def _trouble(self, what: str) -> None:
        if what.startswith("lost"):
            method = what.removeprefix("lost_").upper()
            self.world.sandbox.fault("lost_answer", path="/api.xro/2.0/Payments", method=method)
        elif what.startswith("kill"):
            self._kill(what)
        elif what == "sync":
            self.world.sync()

    def _kill(self, what: str) -> None:
        """A sync whose process dies after its first or second write, in Xero or in the CRM."""
        owner, name = (MemoryHost, "save") if what == "kill_crm" else (XeroOrganisation, "send")
        with (
            pytest.MonkeyPatch.context() as patch,
            suppress(Killed),
            killed(patch, owner, name, before=False, after=1 if what == "kill_late" else 0),
        ):
            self.world.wait()
            self.world.xt.sync.run()
            raise Killed  # nothing was written, so nothing killed it
        self.world.wait(1_000)

    def sides(self) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        """Day → amount on each side; fails when a day has two, for then money was doubled."""
        crm = [
            (r.values["paymentdate"].isoformat(), r.values["amount"])
            for r in self.world.host.all("Payments")
        ]
        xero = [(str(raw["Date"]), Decimal(raw["Amount"])) for raw in live(self.world)]
        for rows in (crm, xero):
            assert [] == [day for day, n in Counter(day for day, _ in rows).items() if n > 1]
        return dict(crm), dict(xero)


@pytest.mark.feature("F027")
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=3, max_size=14))
def test_any_story_of_payments_ends_in_equal_sums(steps: list[tuple[str, int, str]]) -> None:
    """No money twice at any time; in the end what differs is listed and all else is equal."""
    with TemporaryDirectory() as home, make_world(Path(home)) as world:
        world.connect()
        world.default_account()
        till = Till(world)
        for what, which, amount in steps:
            till.happen(what, which, amount)
            till.sides()
        world.sandbox.faults.clear()
        world.sync()
        world.sync()

        plan = world.plan()
        crm, xero = till.sides()
        apart = {day for day in crm.keys() | xero.keys() if crm.get(day) != xero.get(day)}
        standing = [i for i in plan.items if i.module == "Payments" and i.result in STANDING]

        assert () == plan.actions
        assert len(apart) <= len(standing)
        assert sum(v for d, v in crm.items() if d not in apart) == sum(
            v for d, v in xero.items() if d not in apart
        )
        # Only money that was edited on one side and taken away on the other may stay apart.
        assert {"gone_but_edited"} >= {i.cause.code for i in standing if i.cause}
