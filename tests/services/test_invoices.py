"""What a person asks of an invoice in Xero: its online address, its sending, its opening."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.stories.sync.people import invoice, organisation, paid_in_xero
from tests.world import World, connected_world
from xtiger.errors import RateLimited
from xtiger.mapping.check import with_option
from xtiger.panels import ONLINE_ACTION, OPENED_ACTION, SEND_ACTION
from xtiger.sandbox.accounting.documents import invoices as sandbox_invoices
from xtiger.sandbox.faults.faults import FaultKind
from xtiger.services.customers.invoices import NIGHTLY
from xtiger.xero.invoice_calls import InvoiceCalls


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


@pytest.fixture
def bill(world: World) -> str:
    """An approved invoice to a customer with an address, in Xero."""
    made = invoice(world, "I1", organisation(world, "Acme", email1="a@b.example"))
    world.sync()
    return made


def _asked(world: World, word: str) -> int:
    """How often Xero was asked for this of an invoice."""
    return len([one for one in world.sandbox.calls() if one.path.endswith(f"/{word}")])


def _buttons(world: World, bill: str) -> list[tuple[str, str]]:
    ours = (ONLINE_ACTION, SEND_ACTION, OPENED_ACTION)
    panel = world.xt.panel("Invoices", bill)
    return [(one.name, one.target) for one in panel.actions if one.name in ours]


def _rows(world: World, bill: str) -> dict[str, str | None]:
    wanted = ("Online invoice", "Sent from Xero", "Opened by the customer")
    rows = world.xt.panel("Invoices", bill).rows
    return {row.label: row.link or row.text for row in rows if row.label in wanted}


@pytest.mark.feature("F153")
def test_the_online_address_is_asked_for_once(world: World, bill: str) -> None:
    """It is kept, and stands on the panel in place of the button."""
    assert [(ONLINE_ACTION, ""), (SEND_ACTION, "0")] == _buttons(world, bill)
    first = world.xt.invoices.online("Invoices", bill)
    second = world.xt.invoices.online("Invoices", int(bill))

    assert ("online", True) == (first.code, first.url.startswith("https://in.xero.com/"))
    assert (first, 1) == (second, _asked(world, "OnlineInvoice"))
    assert {"Online invoice": first.url} == _rows(world, bill)
    assert [(SEND_ACTION, "0")] == _buttons(world, bill)


def test_only_an_approved_invoice_of_a_sale_has_customers(world: World) -> None:
    """A draft, a bill, and one that is not in Xero say so; nothing is asked of Xero."""
    acme = organisation(world, "Acme")
    draft = invoice(world, "I1", acme, invoicestatus="Created")
    world.sync()
    late = invoice(world, "I2", acme)
    codes = [
        ask("Invoices", one).code
        for one in (draft, late, "none")
        for ask in (world.xt.invoices.online, world.xt.invoices.send, world.xt.invoices.opened)
    ]

    assert ["not_approved"] * 3 + ["not_in_xero"] * 6 == codes
    assert "no_sale" == world.xt.invoices.send("Organizations", acme).code
    assert [] == _buttons(world, draft)
    assert 0 == sum(_asked(world, word) for word in ("Email", "History", "OnlineInvoice"))


@pytest.mark.feature("F153")
def test_a_double_click_sends_once(world: World, bill: str) -> None:
    """The next time is another one, by the number that the fresh panel names."""
    codes = [world.xt.invoices.send("Invoices", bill).code for _ in range(3)]
    assert (["sent", "sent_before", "sent_before"], 1) == (codes, _asked(world, "Email"))
    assert world.in_xero("Invoices", bill)["SentToContact"]
    assert (SEND_ACTION, "1") in _buttons(world, bill)
    assert "just now" == _rows(world, bill)["Sent from Xero"]

    again = [world.xt.invoices.send("Invoices", bill, times=1).code for _ in range(2)]
    assert (["sent", "sent_before"], 2) == (again, _asked(world, "Email"))
    world.sync()
    assert 0 == world.actions()


def test_what_xero_refuses_is_said_in_its_words(
    world: World, bill: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day's limit, a missing address: nothing is sent, and it can be asked for again."""
    with monkeypatch.context() as patch:
        patch.setattr(sandbox_invoices, "EMAILS_A_DAY", 0)
        refused = world.xt.invoices.send("Invoices", bill)
    silent = invoice(world, "I2", organisation(world, "Silent"))
    world.sync()

    assert ("refused", True) == (refused.code, "as many e-mails today" in refused.detail)
    assert "no e-mail address" in world.xt.invoices.send("Invoices", silent).detail
    assert "sent" == world.xt.invoices.send("Invoices", bill).code


@pytest.mark.parametrize("arrives", [True, False])
def test_a_lost_answer_is_looked_up_before_it_is_sent_again(
    world: World, bill: str, arrives: bool
) -> None:
    """Xero says whether it is marked as sent; until then nothing is sent."""
    kind: FaultKind = "lost_answer" if arrives else "timeout"
    world.sandbox.fault(kind, path="/api.xro/2.0/Invoices/", method="POST")
    codes = [world.xt.invoices.send("Invoices", bill).code for _ in range(2)]
    assert ["send_unknown", "sending"] == codes
    world.wait(300)

    last = world.xt.invoices.send("Invoices", bill).code

    xero_id = world.xero_id("Invoices", bill)
    history = world.sandbox._state.get(world.organisation(), "History", xero_id)
    sent = [row for row in (history or {"rows": []})["rows"] if row.get("Changes") == "Emailed"]
    assert ("sent_before" if arrives else "sent", 1) == (last, len(sent))


def test_a_process_that_ends_amid_sending_proves_nothing(
    world: World, bill: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The e-mail went, and Ctrl-C came before the answer: the next press sends none."""
    real = InvoiceCalls.email

    def interrupted(calls: InvoiceCalls, invoice_id: str, key: str) -> None:
        real(calls, invoice_id, key)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(InvoiceCalls, "email", interrupted)
        with pytest.raises(KeyboardInterrupt):
            world.xt.invoices.send("Invoices", bill)
    soon = world.xt.invoices.send("Invoices", bill).code
    world.wait(300)

    assert ("sending", "sent_before") == (soon, world.xt.invoices.send("Invoices", bill).code)
    assert 1 == _asked(world, "Email")


def test_a_call_that_never_left_can_be_made_again(world: World, bill: str) -> None:
    """Xero limits its calls: the person is told, and nothing is kept as under way."""
    path = "/api.xro/2.0/Invoices/"
    world.sandbox.fault("status", path=path, status=429, retry_after_seconds=600)
    with pytest.raises(RateLimited):
        world.xt.invoices.send("Invoices", bill)
    world.wait(700)

    assert "sent" == world.xt.invoices.send("Invoices", bill).code


@pytest.mark.feature("F153")
@pytest.mark.feature("F043")
def test_the_history_says_that_it_was_opened(world: World, bill: str) -> None:
    """Asked by a person; before that nothing is claimed, and afterwards one notice is given."""
    world.xt.invoices.send("Invoices", bill)
    assert (OPENED_ACTION, "") in _buttons(world, bill)
    assert "not_seen" == world.xt.invoices.opened("Invoices", bill).code
    assert "not known, as of just now" == _rows(world, bill)["Opened by the customer"]
    world.sandbox.open_online(world.xero_id("Invoices", bill))
    found = [world.xt.invoices.opened("Invoices", bill) for _ in range(2)]

    assert [("opened", True)] * 2 == [(one.code, one.at is not None) for one in found]
    assert ["opened"] == [one.event for one in world.xt.notices.all()]
    assert OPENED_ACTION not in dict(_buttons(world, bill))
    assert "just now" == _rows(world, bill)["Opened by the customer"]


@pytest.mark.feature("F153")
def test_each_night_a_few_of_those_sent_and_unpaid_are_looked_at(world: World) -> None:
    """At most 20, once a day, in turn; paid ones and those never sent cost nothing."""
    acme = organisation(world, "Acme", email1="a@b.example")
    world.settings("Invoices", brake_share=100)
    bills = [invoice(world, f"I{n}", acme) for n in range(NIGHTLY + 4)]
    world.sync()
    sent, unsent = bills[1:], bills[0]
    for one in sent:
        world.sandbox.edit("Invoices", world.xero_id("Invoices", one), {"SentToContact": True})
    paid_in_xero(world, world.xero_id("Invoices", sent[0]), "10")
    world.sandbox.open_online(world.xero_id("Invoices", sent[1]))
    world.sandbox.open_online(world.xero_id("Invoices", unsent))
    world.sync()
    counts = []
    for day in (24, 25):
        world.clock.set(datetime(2026, 11, day, 2, tzinfo=UTC))
        world.xt.tick()
        world.xt.tick()
        counts.append(_asked(world, "History"))

    assert NIGHTLY == counts[0]
    assert NIGHTLY < counts[1] <= 2 * NIGHTLY
    opened = [one.ref.id for one in world.xt.notices.all(events=["opened"]) if one.ref]
    assert [sent[1]] == opened


def test_nobody_who_wants_no_such_notice_pays_for_it(world: World, bill: str) -> None:
    """The nightly look is left out where the option leaves it out."""
    mapping = world.xt.mappings.get("Invoices")
    assert mapping is not None
    world.xt.mappings.save(with_option(mapping, "notices", "paid", (), ()))
    world.xt.invoices.send("Invoices", bill)
    world.sync()
    world.clock.set(datetime(2026, 11, 24, 2, tzinfo=UTC))
    world.xt.tick()

    assert 0 == _asked(world, "History")
