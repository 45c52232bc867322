"""An ended connection keeps its documents; one that is not set up yet stops no other."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path

import flask
import pytest

from tests.services.test_several import AROHA, SECOND
from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.webhooks.conftest import signed
from tests.world import REDIRECT, World, let_all_go, make_world
from xtiger.app import XTiger
from xtiger.cli.root import run
from xtiger.demo.visitor import allow_access
from xtiger.model.records import Ref
from xtiger.model.secret import Secret
from xtiger.web import blueprint
from xtiger_queue import scheduled_runs, store
from xtiger_queue.jobs import Job


@pytest.fixture
def aroha(tmp_path: Path) -> Iterator[World]:
    """One organisation, with an invoice of a customer and a product in it."""
    with make_world(tmp_path, seed="demo") as world:
        world.connect(AROHA)
        world.default_account()
        for module in ("Organizations", "Products", "Services", "Invoices", "Contacts"):
            world.settings(module, create_in_crm=False)
        yield world


def connect(world: World, name: str) -> None:
    """Connect an organisation; nothing else is set up."""
    offered = world.xt.connections.consent_answered(
        allow_access(world.xt.connections.consent(REDIRECT).url, name)
    )
    let_all_go(
        world.xt,
        world.xt.connections.connect(
            next(one.organisation_id for one in offered if one.name == name)
        ).id,
    )


def made(world: World, kind: str, name: str) -> list[str]:
    """The names or numbers of what an organisation has of a kind."""
    key = {"Invoices": "InvoiceNumber", "Items": "Code"}.get(kind, "Name")
    return sorted(str(raw[key]) for raw in world.sandbox.table(kind, world.organisation(name)))


@pytest.fixture
def linked(aroha: World) -> str:
    """The CRM id of an invoice that is in Aroha, which was disconnected; Second took its place."""
    goods = product(aroha, "P-NEW")
    crm_id = invoice(aroha, "NEW-1", organisation(aroha, "Kea Ltd"), [line(product_id=goods)])
    aroha.wait()
    aroha.xt.sync.records("Invoices", [crm_id])
    aroha.xt.connections.disconnect(aroha.xt.connections.get(AROHA).id)
    connect(aroha, SECOND)
    aroha.xt.mappings.save_defaults(aroha.xt.connections.get(SECOND).id)
    return crm_id


def test_copy_to_xero_makes_nothing_elsewhere(aroha: World, linked: str) -> None:
    """No invoice, no customer and no product is made in Second; the answer says why."""
    before = [made(aroha, kind, SECOND) for kind in ("Contacts", "Items", "Invoices")]
    aroha.wait()

    said = aroha.xt.panels.press("copy", [Ref("Invoices", linked)])

    assert before == [made(aroha, kind, SECOND) for kind in ("Contacts", "Items", "Invoices")]
    assert said.startswith(f"It is linked to {AROHA}, whose connection has ended.")


def test_the_panel_offers_to_connect_again(aroha: World, linked: str) -> None:
    """It names the organisation that has the invoice, and not the one that is connected."""
    panel = aroha.xt.panel("Invoices", linked)

    assert ("held", f"The connection to {AROHA} has ended") == (panel.state, panel.badge)
    assert ["owner_ended"] == [message.code for message in panel.messages]
    assert "Connect again" in [button.label for button in panel.actions]


def test_edits_wait_and_travel_when_it_is_connected_again(aroha: World, linked: str) -> None:
    """What was changed meanwhile, and taken from the outbox, is sent to Aroha then."""
    aroha.host.edit("Invoices", linked, subject="Changed meanwhile")
    aroha.wait()
    aroha.xt.tick()
    connect(aroha, AROHA)
    aroha.wait()

    aroha.xt.sync.run(["Invoices"], aroha.xt.connections.get(AROHA).id)

    there = aroha.sandbox.table("Invoices", aroha.organisation(AROHA))
    sent = next(raw for raw in there if raw["InvoiceNumber"] == "NEW-1")
    assert "Changed meanwhile" == sent["Reference"]
    assert "NEW-1" not in made(aroha, "Invoices", SECOND)


def test_a_second_one_without_mapping_stops_nothing(aroha: World) -> None:
    """Copy to Xero, sync and on save go on with the first, invoices too; the second lacks it."""
    connect(aroha, SECOND)
    owner = organisation(aroha, "Kea Ltd")
    first = invoice(aroha, "NEW-1", owner)
    aroha.wait()

    said = aroha.xt.panels.press("copy", [Ref("Invoices", first)])
    invoice(aroha, "NEW-2", owner)
    aroha.wait()
    aroha.xt.tick()
    on_save = made(aroha, "Invoices", AROHA)
    invoice(aroha, "NEW-3", owner)
    run = aroha.sync("Invoices")

    assert "1 created" == said
    assert "NEW-2" in on_save
    assert {"NEW-1", "NEW-2", "NEW-3"} <= set(made(aroha, "Invoices", AROHA))
    assert "done" == run.state


def test_the_second_one_says_what_it_lacks(aroha: World) -> None:
    """Start asks for its mapping, and one press saves it beside the first one's."""
    connect(aroha, SECOND)
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(aroha.xt, may_configure=lambda: True, may_use=lambda _ref: True)
    )
    browser = app.test_client()

    before = browser.get("/xt/start").text
    own = {"Sec-Fetch-Site": "same-origin"}
    after = browser.post("/xt/start/mapping", headers=own, follow_redirects=True).text

    assert "Save the default mapping" in before
    assert "Save the default mapping" not in after
    assert aroha.xt.mappings.get("Invoices", aroha.xt.connections.get(SECOND).id) is not None


def shown(world: World, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says, on one line."""
    environment = {
        "XTIGER_HOME": str(world.xt.settings.home),
        "XTIGER_SAFE_MODE": "1",
        "XTIGER_HOST": "tests.web.stand_in:StandInHost",
    }
    library = copy(world.xt)
    library.close = lambda: None  # type: ignore[method-assign]  # the fixture closes it
    run(arguments, environment, lambda _host, _settings: library)
    said = capsys.readouterr()
    return " ".join(f"{said.out} {said.err}".split())


def test_connections_says_what_a_second_one_lacks(
    aroha: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list names each module without a mapping and the command, which saves them."""
    connect(aroha, SECOND)

    before = shown(aroha, capsys, "connections")
    listed = json.loads(shown(aroha, capsys, "connections", "--json"))["connections"]
    refused = shown(aroha, capsys, "--connection", SECOND, "sync")
    command = f"xtiger --connection '{SECOND}' mapping save"
    shown(aroha, capsys, *shlex.split(command)[1:])
    after = shown(aroha, capsys, "connections")

    assert f"▲ {SECOND}: No mapping is saved for Organizations, " in before
    assert f"▲ {AROHA}" not in before
    assert command in before
    assert f"No mapping is saved for Organizations in {SECOND};" in refused
    assert command in refused
    assert [False, True] == ["Invoices" in one["unmapped"] for one in listed]
    assert "No mapping is saved" not in after


def test_the_overview_marks_the_one_that_lacks_it(aroha: World) -> None:
    """Of both cards only the second says that nothing moves."""
    connect(aroha, SECOND)
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(aroha.xt, may_configure=lambda: True, may_use=lambda _ref: True)
    )

    page = app.test_client().get("/xt/").text

    cards = re.findall(r'<h2 id="xt-of-\d+">(.*?)</section>', page, re.DOTALL)
    lacking = [one.split("<")[0].strip() for one in cards if "before its mapping is saved" in one]
    assert (2, [SECOND]) == (len(cards), lacking)


def test_jobs_and_schedules_of_both(aroha: World) -> None:
    """Those of the first are done; those of the second wait, say why, and go once it is mapped."""
    aroha.xt.extensions.enable("XTQueue")
    connect(aroha, SECOND)
    crm_id = organisation(aroha, "Kea Ltd")
    context = aroha.xt.context()
    for name in (SECOND, AROHA):
        scheduled_runs.set_schedule(context, aroha.xt.connections.get(name).id, "all", "15m", "UTC")
    aroha.xt.panels.press("queue", [Ref("Organizations", crm_id)])
    aroha.wait(1000)
    aroha.xt.tick()
    jobs = {job.key.connection_id: job for job in queued(aroha)}
    schedules = {one.connection_id: one.sentence for one in scheduled_runs.find_schedules(context)}
    second = aroha.xt.connections.get(SECOND)
    said = f"No mapping is saved for Organizations in {SECOND};"

    assert "Kea Ltd" in made(aroha, "Contacts", AROHA)
    assert {second.id} == set(jobs)
    assert jobs[second.id].sentence.startswith(said)
    assert schedules.pop(second.id).startswith(said)
    assert [""] == list(schedules.values())
    aroha.xt.mappings.save_defaults(second.id)
    aroha.wait(1000)
    aroha.xt.tick()
    assert [] == queued(aroha)
    assert "Kea Ltd" in made(aroha, "Contacts", SECOND)


def queued(world: World) -> list[Job]:
    """The jobs of the queue."""
    with store.look(world.xt.context()) as database:
        return list(store.find(database, ""))


def test_webhooks_of_both(aroha: World) -> None:
    """An event of the second waits without a call; one of the first is carried out."""
    crm_id = organisation(aroha, "Kea Ltd")
    aroha.sync()
    contact = aroha.xero_id("Organizations", crm_id)
    connect(aroha, SECOND)
    key = aroha.sandbox.webhooks.subscribe(aroha.sandbox.client_id, "http://localhost:9/xt").key
    aroha.xt.close()
    settings = replace(aroha.xt.settings, xero_webhook_key=Secret(key))
    aroha.xt = XTiger(aroha.host, settings=settings, clock=aroha.clock)
    aroha.wait()
    aroha.sandbox.edit("Contacts", contact, {"Name": "Renamed Ltd"})
    theirs = aroha.sandbox.add("Contacts", {"Name": "Tui"}, aroha.organisation(SECOND))["ContactID"]
    events = [event(aroha, SECOND, theirs), event(aroha, AROHA, contact)]
    aroha.wait()

    status = aroha.xt.receive_webhook(*signed(events, 1, key))
    aroha.xt.tick()
    aroha.xt.close()

    waiting = [len(aroha.xt.store.waiting_events(one.id)) for one in aroha.xt.connections.all()]
    assert (200, [0, 1]) == (status, waiting)
    assert "Renamed Ltd" == aroha.in_crm("Organizations", crm_id, "accountname")


def event(world: World, name: str, contact: str) -> dict[str, str]:
    """An event about a contact as Xero writes it."""
    return {
        "resourceUrl": "https://api.xero.com/",
        "resourceId": contact,
        "tenantId": world.organisation(name),
        "tenantType": "ORGANISATION",
        "eventCategory": "CONTACT",
        "eventType": "UPDATE",
        "eventDateUtc": world.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000"),
    }
