"""What the panel offers about one record is pressed through the real pages, and ends it."""

from __future__ import annotations

import re
from collections.abc import Callable

import flask
import pytest
from flask.testing import FlaskClient

from tests.stories.sync.people import (
    contact,
    invoice,
    organisation,
    paid_in_xero,
    payment,
    product,
)
from tests.world import World
from xtiger.model.plans import STANDING
from xtiger.model.records import Ref
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}
#: Makes the trouble; answers the record that has it.
Trouble = Callable[[World], Ref]


@pytest.fixture
def browser(world: World) -> FlaskClient:
    """The pages on the real library."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, local_only=True))
    return app.test_client()


def _same_payment(world: World, times: int = 1) -> Ref:
    world.default_account()
    bill = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    world.settings("Payments", direction="to_xero")
    for _ in range(times):
        paid_in_xero(world, world.xero_id("Invoices", bill), "3")
    return Ref("Payments", payment(world, bill, "3"))


def _ambiguous_payment(world: World) -> Ref:
    return _same_payment(world, 2)


def _same_contact(world: World) -> Ref:
    world.sandbox.add("Contacts", {"Name": "Acme"})
    world.settings("Organizations", direction="to_xero")
    return Ref("Organizations", organisation(world, "Acme"))


def _near_contact(world: World) -> Ref:
    world.sandbox.add("Contacts", {"Name": "Acme Ltd"})
    world.settings("Organizations", direction="to_xero")
    return Ref("Organizations", organisation(world, "Acme Limited"))


def _same_item(world: World) -> Ref:
    world.sandbox.add("Items", {"Code": "OTHER", "Name": "Thing P1"})
    world.settings("Products", direction="to_xero")
    world.settings("Services", direction="to_xero")
    return Ref("Products", product(world, "P1"))


def _twin(world: World) -> Ref:
    organisation(world, "Acme")
    world.sync()
    return Ref("Organizations", organisation(world, "Acme"))


def test_copy_to_xero_sends_what_was_refused(world: World, browser: FlaskClient) -> None:
    """What Xero refused goes at a person's word as it is, without another sync."""
    acme = organisation(world, "Acme")
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="PUT")
    world.sync()
    cause = world.outcome("Organizations", acme).cause
    assert "xero_refused" == (cause and cause.code)

    answer = browser.post(
        f"/modules/XTiger/panel/Organizations/{acme}", data={"action": "copy"}, headers=OWN
    )

    assert 303 == answer.status_code
    assert "created" == world.outcome("Organizations", acme).result
    assert ["Acme"] == [one["Name"] for one in world.xero("Contacts")]


def _again(world: World) -> Ref:
    acme = organisation(world, "Acme")
    world.sync()
    world.host.remove("Organizations", acme)
    return Ref("Organizations", organisation(world, "Acme"))


def _item_again(world: World) -> Ref:
    goods = product(world, "P1")
    world.sync()
    world.host.remove("Products", goods)
    return Ref("Products", product(world, "P1"))


def _invoice_again(world: World) -> Ref:
    acme = organisation(world, "Acme")
    bill = invoice(world, "I1", acme)
    world.sync()
    world.host.remove("Invoices", bill)
    return Ref("Invoices", invoice(world, "I1", acme))


def _person_again(world: World) -> Ref:
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", acme)
    world.sync()
    world.host.remove("Contacts", ann)
    return Ref("Contacts", contact(world, "Ann", "Lee", acme))


@pytest.mark.parametrize(
    ("trouble", "code", "wanted"),
    [
        (_same_payment, "payment_looks_same", "xtiger.link"),
        (_same_payment, "payment_looks_same", "xtiger.new"),
        (_ambiguous_payment, "payment_ambiguous", "xtiger.link"),
        (_ambiguous_payment, "payment_ambiguous", "xtiger.new"),
        (_same_contact, "contact_same_name", "xtiger.link"),
        (_near_contact, "contact_near_name", "xtiger.link"),
        (_near_contact, "contact_near_name", "xtiger.new"),
        (_same_item, "item_same_name", "xtiger.link"),
        (_same_item, "item_same_name", "xtiger.new"),
        (_twin, "crm_duplicate", "xtiger.alias"),
        (_again, "entered_anew", "xtiger.link"),
        (_item_again, "entered_anew", "xtiger.link"),
        (_invoice_again, "entered_anew", "xtiger.link"),
        (_person_again, "contact_near_name", "xtiger.link"),
        (_person_again, "contact_near_name", "xtiger.new"),
    ],
)
def test_an_offer_of_the_panel_ends_its_trouble(
    world: World, browser: FlaskClient, trouble: Trouble, code: str, wanted: str
) -> None:
    """The button is there, its press is accepted, and the trouble is over after the next syncs.

    Two records that are linked by their likeness may differ: that is asked field by field then.
    """
    ref = trouble(world)
    world.sync()
    cause = world.outcome(ref.module, ref.id).cause
    assert code == (cause.code if cause else "")
    panel = world.xt.panel(ref.module, ref.id)
    button = next(one for one in panel.actions if one.name == wanted)

    answer = browser.post(
        button.address(f"/modules/XTiger/panel/{ref.module}/{ref.id}"),
        data={"action": button.name},
        headers=OWN,
    )
    world.sync()
    world.sync()

    assert 303 == answer.status_code
    last = world.outcome(ref.module, ref.id)
    assert last.result not in STANDING or "first_link_differs" == (last.cause and last.cause.code)
    after = {one.name for one in world.xt.panel(ref.module, ref.id).actions}
    assert not re.search("xtiger.(link|alias|new)", " ".join(after))
