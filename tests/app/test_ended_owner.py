"""An ended connection keeps its documents; one that is not set up yet stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import flask
import pytest

from tests.app.test_several import AROHA, SECOND
from tests.engine.people import invoice, line, organisation, product
from tests.world import REDIRECT, World, make_world
from xtiger.demo.visitor import allow_access
from xtiger.records import Ref
from xtiger.web import blueprint


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
    offered = world.xt.consent_answered(allow_access(world.xt.consent(REDIRECT).url, name))
    world.xt.connect(next(one.organisation_id for one in offered if one.name == name))


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
    aroha.xt.sync_records("Invoices", [crm_id])
    aroha.xt.disconnect(aroha.xt.connection(AROHA).id)
    connect(aroha, SECOND)
    aroha.xt.save_default_mappings(aroha.xt.connection(SECOND).id)
    return crm_id


def test_copy_to_xero_makes_nothing_elsewhere(aroha: World, linked: str) -> None:
    """No invoice, no customer and no product is made in Second; the answer says why."""
    before = [made(aroha, kind, SECOND) for kind in ("Contacts", "Items", "Invoices")]
    aroha.wait()

    said = aroha.xt.press("copy", [Ref("Invoices", linked)])

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

    aroha.xt.sync(["Invoices"], aroha.xt.connection(AROHA).id)

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

    said = aroha.xt.press("copy", [Ref("Invoices", first)])
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
    """The overview asks for its mapping, and one press saves it beside the first one's."""
    connect(aroha, SECOND)
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(aroha.xt, may_configure=lambda: True, may_use=lambda _ref: True)
    )
    browser = app.test_client()

    before = browser.get("/xt/").text
    own = {"Sec-Fetch-Site": "same-origin"}
    after = browser.post("/xt/mapping", headers=own, follow_redirects=True).text

    assert "Save the default mapping" in before
    assert "Save the default mapping" not in after
    assert aroha.xt.mapping("Invoices", aroha.xt.connection(SECOND).id) is not None
