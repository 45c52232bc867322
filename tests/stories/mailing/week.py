"""A week of a firm in time-lapse: what its people do, and what each of three gets by mail."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.stories.mailing.conftest import Postbox
from tests.stories.sync.people import invoice, organisation, product
from tests.world import World
from xtiger.errors import ConnectionEnded, TooManyChanges
from xtiger.model.mailing.recipients import Recipient

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
#: Who gets mails: each in a language and on a clock of their own.
READERS = (
    Recipient(address="boss@crm.example", language="en", zone="Europe/London"),
    Recipient(address="buch@crm.example", every="daily", language="de", zone="Europe/Berlin"),
    Recipient(
        address="compta@crm.example",
        every="daily",
        occasion="failures",
        language="fr",
        zone="Europe/Paris",
    ),
)


@dataclass(frozen=True)
class Came:
    """A mail as it came."""

    to: str
    #: On the clock of UTC, such as "Mon 06:00".
    at: str
    subject: str
    text: str
    html: str

    @property
    def kind(self) -> str:
        """A report, or an alert."""
        return "report" if "<h2>" in self.html else "alert"


@dataclass
class Week:
    """The firm, its clock, and the mails so far."""

    world: World
    postbox: Postbox

    def until(self, day: int, hour: int) -> None:
        """Let it be this hour of this day of the week, Monday is 0; each hour the worker looks."""
        moment = MONDAY.replace(hour=0) + timedelta(days=day, hours=hour)
        while self.world.clock.now() < moment:
            self.world.clock.set(min(moment, self.world.clock.now() + timedelta(hours=1)))
            self.world.xt.tick()

    def sync(self) -> None:
        """A person syncs a little later, and the worker looks."""
        self.world.wait()
        with suppress(TooManyChanges, ConnectionEnded):
            self.world.xt.sync.run()
        self.world.xt.tick()

    def mails(self) -> list[Came]:
        """What came, in order."""
        return [
            Came(
                str(mail["To"]),
                f"{mail['Date'].datetime:%a %H:%M}",
                str(mail["Subject"]),
                self.postbox.part("plain", place),
                self.postbox.part("html", place),
            )
            for place, mail in enumerate(self.postbox.mails)
        ]


def lived(world: World, postbox: Postbox) -> list[Came]:
    """The mails of the week, from Monday at eight until the next one at nine."""
    world.clock.set(MONDAY)
    world.connect()
    world.default_account()
    week = Week(world, postbox)
    for reader in READERS:
        world.xt.mails.save(reader)
    # Monday: what was there goes to Xero, and one invoice has no customer.
    firms = [organisation(world, f"Customer {n:02}", phone="1") for n in range(30)]
    invoice(world, "INV-100", firms[0])
    invoice(world, "INV-101", None)
    week.sync()
    # Tuesday: two products that Xero cannot take as they are, each for something of its own.
    week.until(1, 11)
    product(world, "LAMP", productname="A lamp whose name goes on and on until Xero takes no more")
    product(world, "DESK", description="d" * 4_001)
    week.sync()
    # Wednesday: somebody imports wrong telephone numbers, and looks at the plan that was stopped.
    week.until(2, 12)
    for one in firms:
        world.host.edit("Organizations", one, phone="2")
    week.sync()
    week.until(2, 15)
    (plan,) = world.xt.sync.braked()
    world.xt.sync.release(plan.run_id, by="Ruth")
    # Thursday: both sides are compared; nothing else happens.
    week.until(3, 2)
    world.xt.proof.run()
    # Friday: somebody ends the connection at Xero, and on Saturday it is connected again.
    week.until(4, 15)
    world.sandbox.disconnect(world.organisation())
    week.sync()
    week.until(5, 10)
    world.connect()
    week.until(7, 9)
    return week.mails()
