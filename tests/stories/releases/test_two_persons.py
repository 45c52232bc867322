"""Above an amount or a number a push waits for a second person, whoever or whatever began it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.commands import commands_on
from tests.stories.sync.people import invoice, line, organisation, payment
from tests.stories.sync.test_credited_differences import edit, sold
from tests.web.test_plan import text
from tests.web.test_real_site import OWN
from tests.web.test_tables import pressed
from tests.world import World, connected_world
from xtiger.errors import NeedsPerson
from xtiger.model.records import Ref
from xtiger.model.runs import Sent
from xtiger.model.setting_keys import run_lease
from xtiger.services.sync import Sync
from xtiger.web import blueprint


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world where one person may send 100 of an invoice, and 20 organisations."""
    with connected_world(tmp_path) as made:
        made.settings("Invoices", second_amount=100)
        made.settings("Organizations", second_records=20)
        yield made


@pytest.fixture
def big(world: World) -> str:
    """An invoice of 500, beside one of 10."""
    firm = organisation(world, "Acme")
    invoice(world, "SMALL", firm)
    return invoice(world, "BIG", firm, [line("500")])


def browser(world: World, name: str, *, releases: bool = True) -> FlaskClient:
    """The browser of a person whom the CRM knows."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(
            world.xt,
            user=lambda: name,
            may_use=lambda _ref: True,
            may_configure=lambda: releases,
        )
    )
    return app.test_client()


def numbers(world: World) -> set[str]:
    return {str(raw["InvoiceNumber"]) for raw in world.xero("Invoices")}


def form(world: World) -> dict[str, str]:
    return {
        "connection": world.xt.connections.get().id,
        "module": "Invoices",
        "code": "second_person",
        "message": "",
    }


def code_of(world: World, invoice_id: str) -> str:
    """Why an invoice stands; "" where it does not."""
    cause = world.outcome("Invoices", invoice_id).cause
    return cause.code if cause is not None else ""


@pytest.mark.feature("O15")
def test_another_person_releases_what_is_large(world: World, big: str) -> None:
    """The rest goes; the asker cannot release it; both names stand at the run that sent it."""
    world.xt.sync.run(by="ann")
    before = numbers(world)
    page = text(browser(world, "bob").get("/xt/needs").text)
    own = browser(world, "ann")
    own.post("/xt/needs/second", data=form(world), headers=OWN)
    refused = text(own.get("/xt/needs").text)
    still = numbers(world)
    world.wait()
    browser(world, "bob").post("/xt/needs/second", data=form(world), headers=OWN)

    assert ({"SMALL"}, {"SMALL"}) == (before, still)
    assert "500.00 is more than 100: a second person releases it" in page
    assert "Release as the second person BIG" in page
    assert "You asked for this yourself" in refused
    assert {"SMALL", "BIG"} == numbers(world)
    assert "bob + ann" in {run.started_by for run in world.xt.sync.runs(3)}
    assert () == world.plan().actions


@pytest.mark.feature("O15")
def test_what_a_schedule_would_send_needs_one_person(world: World, big: str) -> None:
    """Nobody began it; it waits through further runs, and one person releases it."""
    for _ in range(2):
        world.wait()
        world.xt.sync.run()
    waiting = numbers(world)
    world.wait()
    world.xt.second_persons.release("Invoices", [big], "ann")

    assert {"SMALL"} == waiting
    assert {"SMALL", "BIG"} == numbers(world)


@pytest.mark.feature("O15")
def test_what_grew_since_is_asked_anew(world: World, big: str) -> None:
    """Planned again: as much goes, and more waits for another release."""
    world.xt.sync.run(by="ann")
    world.host.edit_lines("Invoices", big, [line("600")])
    world.wait()
    world.xt.second_persons.release("Invoices", [big], "bob")
    grown = numbers(world)
    with pytest.raises(NeedsPerson, match="asked for this yourself"):
        world.xt.second_persons.release("Invoices", [big], "bob")
    world.wait()
    world.xt.second_persons.release("Invoices", [big], "cy")

    assert {"SMALL"} == grown
    assert {"SMALL", "BIG"} == numbers(world)
    assert Decimal(600) == world.in_xero("Invoices", big)["SubTotal"]


@pytest.mark.feature("O15")
def test_who_asks_for_more_may_not_release_it(world: World, big: str) -> None:
    """Another asked for 500: that is no word for 5,000, which one person alone asks for."""
    world.xt.sync.run(by="ann")
    world.host.edit_lines("Invoices", big, [line("5000")])
    world.wait()
    world.xt.sync.run(by="bob")
    with pytest.raises(NeedsPerson, match="asked for this yourself"):
        world.xt.second_persons.release("Invoices", [big], "bob")
    world.wait()
    world.xt.sync.run(by="cy")
    world.wait()
    world.xt.second_persons.release("Invoices", [big], "cy")

    assert Decimal(5000) == world.in_xero("Invoices", big)["SubTotal"]


@pytest.mark.feature("O15")
def test_a_release_counts_once(world: World, big: str) -> None:
    """The next change of the same invoice waits again."""
    world.xt.sync.run(by="ann")
    world.xt.second_persons.release("Invoices", [big], "bob")
    world.wait()
    world.host.edit_lines("Invoices", big, [line("400")])
    world.xt.sync.run(by="ann")

    assert Decimal(500) == world.in_xero("Invoices", big)["SubTotal"]
    assert "second_person" == code_of(world, big)


def released_unused(world: World, big: str) -> None:
    """Bob released what ann asked, and his run stopped before it sent anything."""
    world.xt.sync.run(by="ann")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Sync, "send", lambda *_args, **_how: Sent())
        world.xt.second_persons.release("Invoices", [big], "bob")
    world.wait()


@pytest.mark.feature("O15")
@pytest.mark.parametrize("changed", [{"duedate": date(2027, 1, 9)}, {}])
def test_an_unused_release_is_of_what_was_asked(
    world: World, big: str, changed: dict[str, date]
) -> None:
    """Unchanged it goes with the next run; anything else waits, and the same two may let it go."""
    released_unused(world, big)
    world.host.edit("Invoices", big, **changed)
    world.xt.sync.run()
    after = numbers(world)
    world.wait()
    if changed:
        world.xt.second_persons.release("Invoices", [big], "bob")

    assert ({"SMALL"} if changed else {"SMALL", "BIG"}) == after
    assert {"SMALL", "BIG"} == numbers(world)


@pytest.mark.feature("O15")
def test_an_unused_release_expires(world: World, big: str) -> None:
    """A day later it waits again, and ann still is who asked."""
    released_unused(world, big)
    world.wait(25 * 3600)
    world.xt.sync.run()

    assert {"SMALL"} == numbers(world)
    with pytest.raises(NeedsPerson, match="asked for this yourself"):
        world.xt.second_persons.release("Invoices", [big], "ann")


@pytest.mark.feature("O15")
def test_what_fell_below_the_limit_leaves_no_release(world: World, big: str) -> None:
    """It went without one; neither the release nor who asked counts for what it grows to."""
    released_unused(world, big)
    world.host.edit_lines("Invoices", big, [line("50")])
    world.xt.sync.run()
    kept = world.xt.second_persons.asked("Invoices", big)
    world.wait()
    world.host.edit_lines("Invoices", big, [line("500")])
    world.xt.sync.run(by="bob")

    assert kept is None
    assert "second_person" == code_of(world, big)
    with pytest.raises(NeedsPerson, match="asked for this yourself"):
        world.xt.second_persons.release("Invoices", [big], "bob")


@pytest.mark.feature("O15")
def test_a_large_difference_is_credited_by_two(world: World) -> None:
    """A note for what an invoice says less is written as any other: one person sends none."""
    sent = sold(world, [line("90")], paid="5")
    world.settings("Invoices", second_amount=20)
    edit(world, sent, {"listprice": Decimal(60)})
    world.sync()
    world.xt.credits.make("Invoices", sent)
    world.wait()
    world.xt.sync.run(by="ann")
    before, why = world.xero("CreditNotes"), code_of(world, sent)
    world.wait()
    world.xt.second_persons.release("Invoices", [sent], "bob")

    assert ([], "second_person") == (before, why)
    assert [Decimal(30)] == [one["Total"] for one in world.xero("CreditNotes")]


@pytest.mark.feature("O15")
def test_a_large_difference_is_not_taken_back_by_one(world: World) -> None:
    """The undo of a run would void its note: that waits, and goes on once another releases it."""
    sent = sold(world, [line("90")], paid="5")
    edit(world, sent, {"listprice": Decimal(60)})
    world.sync()
    world.xt.credits.make("Invoices", sent)
    run = world.sync()
    world.settings("Invoices", second_amount=20)
    world.wait()
    world.xt.undo.run([run.id], "ann")
    (note,) = world.xero("CreditNotes")

    assert ("PAID", "second_person") == (note["Status"], code_of(world, sent))

    world.wait()
    world.xt.sync.run(by="bob")
    with pytest.raises(NeedsPerson, match="asked for this yourself"):
        world.xt.second_persons.release("Invoices", [sent], "ann")
    released = world.xt.second_persons.release("Invoices", [sent], "bob")
    (note,) = world.xero("CreditNotes")
    begun = [(run.trigger, run.started_by) for run in world.xt.sync.runs(2)]

    assert "VOIDED" == note["Status"]
    assert ["updated"] == [one.result for one in released.outcomes]
    assert ("undo", "bob + ann") in begun
    assert world.xt.second_persons.asked("Invoices", sent) is None


@pytest.mark.feature("O15")
def test_a_large_payment_is_not_deleted_by_one(world: World) -> None:
    """It stands in Xero until another person releases that it goes."""
    sent = invoice(world, "I1", organisation(world, "Acme"), [line("90")])
    world.sync()
    paid = payment(world, sent, "60")
    world.sync()
    world.settings("Payments", second_amount=20, delete_in_xero=True, brake_share=100)
    world.host.remove("Payments", paid)
    world.wait()
    world.xt.sync.run(by="ann")
    before = [one["Status"] for one in world.xero("Payments")]
    why = world.outcome("Payments", paid).cause
    world.wait()
    world.xt.second_persons.release("Payments", [paid], "bob")

    assert why is not None
    assert (["AUTHORISED"], "second_person") == (before, why.code)
    assert ["DELETED"] == [one["Status"] for one in world.xero("Payments")]


@pytest.mark.feature("O15")
def test_more_records_than_one_person_may_let_go_wait(world: World) -> None:
    """All of them, and all are released together."""
    firms = [organisation(world, f"Firm {n:02}") for n in range(21)]
    world.xt.sync.run(by="ann")
    held = len(world.xero("Contacts"))
    world.wait()
    asked = {**form(world), "module": "Organizations"}
    browser(world, "bob").post("/xt/needs/second", data=asked, headers=OWN)
    world.wait()
    world.xt.tick()

    assert (0, len(firms)) == (held, len(world.xero("Contacts")))


@pytest.mark.feature("O15")
def test_a_command_is_nobodys_word(
    world: World, big: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It asks; who types has not proven to be anybody, so no command releases."""
    typed = commands_on(world, monkeypatch, capsys)
    world.wait()
    synced = typed("sync")
    needs = typed("needs")
    with pytest.raises(NeedsPerson, match="do not know who you are"):
        world.xt.second_persons.release("Invoices", [big], "cli:root")

    assert 0 == synced.code
    assert "500.00 is more than 100" in " ".join(needs.out.split())
    assert {"SMALL"} == numbers(world)


def test_who_may_not_release_has_no_button(world: World, big: str) -> None:
    """Nor a post; a CRM that names nobody releases nothing."""
    world.xt.sync.run(by="ann")
    reader = browser(world, "cy", releases=False)
    page = reader.get("/xt/needs").text
    refused = reader.post("/xt/needs/second", data=form(world), headers=OWN).status_code
    nobody = browser(world, "")
    nobody.post("/xt/needs/second", data=form(world), headers=OWN)
    bad = {**form(world), "record": "nosuch"}

    assert ("/xt/needs/second" in page, refused) == (False, 403)
    assert "do not know who you are" in text(nobody.get("/xt/needs").text)
    assert 404 == nobody.post("/xt/needs/second", data=bad, headers=OWN).status_code
    assert {"SMALL"} == numbers(world)


@pytest.mark.feature("O15")
@pytest.mark.parametrize("button", ["add", "retry", "goes on"])
def test_who_lets_a_round_of_the_queue_send_it_asked_for_it(
    world: World, big: str, button: str
) -> None:
    """A person's word, though the worker begins the run; so is what a sync had to wait with."""
    world.xt.extensions.enable("XTQueue")
    bob = browser(world, "bob")
    if button == "add":
        world.xt.panels.press("queue", [Ref("Invoices", big)], by="bob")
    elif button == "goes on":
        lease, store = run_lease(world.xt.connections.get().id), world.xt.store
        fence = store.acquire_lease(lease, "another", 60, world.xt.clock.now())
        world.xt.sync.send("Invoices", [big], by="bob")
        store.release_lease(lease, fence or 0)
    else:
        world.xt.panels.press("queue", [Ref("Invoices", big)])
        pressed(bob, "/xt/queue?module=Invoices", "Retry")
    world.wait()
    world.xt.tick()
    asked = world.xt.second_persons.asked("Invoices", big)
    bob.post("/xt/needs/second", data=form(world), headers=OWN)
    alone = numbers(world)
    world.wait()
    browser(world, "ann").post("/xt/needs/second", data=form(world), headers=OWN)

    assert asked is not None
    assert "bob" == asked.by
    assert set() == alone & {"BIG"}
    assert "BIG" in numbers(world)


@pytest.mark.feature("O15")
def test_the_limits_stand_in_the_configuration(world: World) -> None:
    """Typed as a setting, written as text, applied again."""
    written = world.xt.configuration.text()
    world.xt.configuration.apply(written.replace("second_amount = 100", "second_amount = 7"), "b")

    assert "second_amount = 100" in written
    assert 7 == world.xt.modules.settings("Invoices").second_amount
