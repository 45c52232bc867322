"""Reports by mail: what was done, what waits with its link, what it cost, whether both agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.stories.mailing.conftest import BOSS, PAGES, Postbox
from tests.stories.sync.people import invoice, product
from tests.world import World
from xtiger.errors import ConnectionEnded
from xtiger.model.mailing.recipients import Recipient


def monday(world: World) -> None:
    """Let it be just after the next Monday, seven o'clock."""
    now = world.clock.now()
    day = now.date() + timedelta(days=7 - now.weekday())
    world.clock.set(datetime(day.year, day.month, day.day, 7, 1, tzinfo=UTC))


def synced(world: World) -> None:
    """A customer goes to Xero, an invoice without one waits for a person."""
    world.host.create("Organizations", {"accountname": "Aroha Ltd"})
    world.host.create("Invoices", {"subject": "Roof", "invoicestatus": "Sent"})
    world.xt.sync.run()


@pytest.mark.feature("F092")
def test_the_administrator_gets_a_week_in_one_mail(world: World, postbox: Postbox) -> None:
    """On Monday at seven, to be read as text or as a page; the next week, without news, none."""
    world.xt.tick()
    world.wait()
    synced(world)
    world.xt.proof.run()
    before = list(postbox.mails)
    monday(world)
    world.xt.tick()
    (mail,) = postbox.mails
    text, html = postbox.text(), postbox.part("html")
    monday(world)
    world.xt.tick()

    assert before == []
    assert (BOSS, "xero@crm.example") == (mail["To"], mail["From"].addresses[0].addr_spec)
    assert "1 waiting for you: Empty Trading Ltd and Xero" == mail["Subject"]
    assert "auto-generated" == mail["Auto-Submitted"]
    for said in (text, html):
        assert "Organizations: 1 created" in said.replace("</th><td>", ": ")
        assert "Invoices: 1 record" in said
        assert "https://crm.example/Invoices/" in said
        assert f"{PAGES}/xt/needs?connection=" in said
        assert "between the CRM and Xero." in said or "Both sides agree" in said
        assert "calls, " in said
    assert len(postbox.mails) == 1
    (kept,) = world.xt.mails.letters()
    assert ("sent", 1, 0, "", "") == (
        kept.state,
        kept.tries,
        kept.unanswered,
        kept.mail.text,
        kept.mail.html,
    )


@pytest.mark.feature("F133")
def test_a_mail_only_where_more_waits_than_before(world: World, postbox: Postbox) -> None:
    """At once after the run: the same invoice that waits is no second mail, another one is."""
    world.xt.mails.save(
        Recipient(address="books@crm.example", every="at_once", occasion="more_failures")
    )
    world.xt.mails.save(Recipient(address=BOSS, every="never"))
    counts = []
    for _ in range(2):
        synced(world)
        world.wait()
        world.xt.tick()
        counts.append(len(postbox.mails))
        world.xt.sync.run()
        world.wait()
        world.xt.tick()
        counts.append(len(postbox.mails))

    assert [1, 1, 2, 2] == counts
    assert {"books@crm.example"} == {str(one["To"]) for one in postbox.mails}


def test_each_record_says_what_is_wrong_with_it(world: World, postbox: Postbox) -> None:
    """Two products with other fields that are too long, of one cause: neither has the other's
    sentence; what is the same of all stands once, and above them.
    """
    product(world, "P1", productname="N" * 60)
    product(world, "P2", description="d" * 4001)
    for number in ("INV-1", "INV-2"):
        invoice(world, number, None)
    world.xt.sync.run()
    ask = Recipient(address=BOSS)
    text = [line.strip() for line in world.xt.mails.preview(ask).text.splitlines()]
    html = world.xt.mails.preview(ask).html
    place = next(at for at, line in enumerate(text) if line.startswith("- Thing P2"))
    invoices = text[text.index("* Invoices: 2 records") :]

    assert (
        "Description has 4001 characters; Xero takes 4000. Shorten Description." == text[place + 1]
    )
    assert "Name has 60 characters; Xero takes 50. Shorten Name." in text
    assert text[text.index("* Products: 2 records") + 1].startswith("- ")
    assert 1 == html.count("Shorten Name.") == html.count("Shorten Description.")
    assert "The invoice has no contact or organisation. Choose" in invoices[1]
    assert 1 == html.count("The invoice has no contact or organisation.")


def test_each_recipient_reads_it_in_an_own_language(world: World, postbox: Postbox) -> None:
    """Daily in German and French, on the clock of their zone."""
    for address, name, zone in (
        ("a@crm.example", "de", "Europe/Berlin"),
        ("b@crm.example", "fr", "Pacific/Auckland"),
    ):
        world.xt.mails.save(Recipient(address=address, every="daily", language=name, zone=zone))
    synced(world)
    for _ in range(24):
        world.clock.sleep(3_600)
        world.xt.tick()
    found = {str(one["To"]): place for place, one in enumerate(postbox.mails)}

    assert "Wartet auf Sie" in postbox.text(found["a@crm.example"])
    assert "Vous attend" in postbox.text(found["b@crm.example"])
    assert ["a@crm.example", "b@crm.example"] == sorted(found)


def test_trouble_is_mailed_at_once_and_once(world: World, postbox: Postbox) -> None:
    """A connection that Xero ended, with what to do; after it is connected again, once more."""
    world.xt.tick()
    for number in (1, 2):
        world.sandbox.disconnect(world.organisation())
        world.clock.sleep(3_600)
        with pytest.raises(ConnectionEnded):
            world.xt.sync.run()
        for _ in range(3):
            world.wait()
            world.xt.tick()
        assert ["The connection to Empty Trading Ltd has ended."] * number == postbox.subjects
        world.connect()
        world.wait()
        world.xt.tick()

    assert f"{PAGES}/xt/" in postbox.text()
    assert "Nothing is lost" in postbox.text()
