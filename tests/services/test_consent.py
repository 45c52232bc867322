"""Connecting through the consent: what it leaves, and that a refused one leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.world import REDIRECT, World, make_world
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.errors import (
    ConnectionEnded,
    ConsentRefused,
    CredentialsRefused,
    NeedsPerson,
    ScopeMissing,
    WrongOrganisation,
    XeroUnreachable,
    XTigerError,
)
from xtiger.model.setting_keys import TenantGroup

NAME = "Empty Trading Ltd"


def _returned(world: World) -> str:
    return allow_access(world.xt.connections.consent(REDIRECT).url, NAME)


def _left(xt: XTiger) -> tuple[list[str], list[str]]:
    """(ids of connections, settings of consents) that the store has."""
    return [c.id for c in xt.connections.all()], sorted(
        xt.store.own_settings_like("", TenantGroup("consent"))
    )


def _asked(world: World) -> set[str]:
    """The permissions of accounting that a consent asks for."""
    asked = parse_qs(urlsplit(world.xt.connections.consent(REDIRECT).url).query)["scope"][0]
    return {
        scope.removeprefix("accounting.")
        for scope in asked.split()
        if scope.startswith("accounting.")
    }


def _narrow(world: World) -> None:
    """Somebody disconnects at Xero and allows what is asked for now."""
    store, connection = world.xt.store, world.xt.connections.get()
    tokens = store.tokens(connection.id)
    assert tokens is not None
    kept = tuple(f"accounting.{name}" for name in sorted(_asked(world)))
    store.save_connection(connection, replace(tokens, scope=kept))


def _with(world: World, **settings: Any) -> XTiger:
    changed = replace(world.xt.settings, **settings)
    return XTiger(world.host, settings=changed, clock=world.clock)


@pytest.mark.feature("F004")
def test_own_client_id_and_secret_connect(bare: World) -> None:
    """The app that the settings name is allowed at Xero, and its organisation is connected."""
    offered = bare.xt.connections.consent_answered(_returned(bare))
    made = bare.xt.connections.connect(offered[0].organisation_id)

    assert (NAME, "GBP", "active") == (made.name, made.base_currency, made.state)


def test_the_app_of_today_is_asked_for_what_the_modules_write(bare: World) -> None:
    """Items and payments have scopes of their own; no broad one is asked for."""
    assert {"contacts", "invoices", "payments", "settings"} == _asked(bare)


def test_only_what_is_switched_on_is_asked_for(world: World) -> None:
    """Products that only come in are read, payments that are off are not; and so on again."""
    before = _asked(world)
    for name in ("Products", "Services"):
        settings = world.xt.modules.settings(name)
        world.xt.modules.save_settings(replace(settings, direction="to_crm"))
    world.xt.modules.save_settings(replace(world.xt.modules.settings("Payments"), enabled=False))
    narrow = _asked(world)
    world.xt.modules.save_settings(replace(world.xt.modules.settings("Payments"), enabled=True))

    assert {"contacts", "invoices", "settings.read"} == narrow
    assert {"contacts", "invoices", "payments", "settings.read"} == _asked(world)
    assert {"contacts", "invoices", "payments", "settings"} == before


def test_what_is_switched_on_later_says_to_connect_again(world: World) -> None:
    """Payments that the permission does not cover are named, and covered after the consent."""
    payments = world.xt.modules.settings("Payments")
    world.xt.modules.save_settings(replace(payments, enabled=False))
    _narrow(world)
    connection = world.xt.connections.get()
    assert [] == world.xt.modules.uncovered(connection.id)
    world.xt.modules.save_settings(payments)
    calls = len(world.sandbox.calls())
    with pytest.raises(ScopeMissing, match="Payments"):
        world.xt.sync.run(())

    assert ["Payments"] == world.xt.modules.uncovered(connection.id)
    assert calls == len(world.sandbox.calls())
    world.connect()
    assert [] == world.xt.modules.uncovered(connection.id)


def test_nothing_of_the_consent_stays_once_connected(bare: World) -> None:
    """Neither the question nor the offer with its tokens."""
    bare.connect()

    assert [] == sorted(bare.xt.store.own_settings_like("", TenantGroup("consent")))


def test_a_wrong_state_is_refused(bare: World) -> None:
    """An answer to a question that nobody asked, as a forged link would bring one."""
    returned = _returned(bare).replace("state=", "state=x")

    with pytest.raises(ConsentRefused, match="belongs to no question"):
        bare.xt.connections.consent_answered(returned)
    assert [] == _left(bare.xt)[0]


def test_an_answer_is_taken_once(bare: World) -> None:
    """Going back in the browser does not connect twice."""
    returned = _returned(bare)
    bare.xt.connections.consent_answered(returned)

    with pytest.raises(ConsentRefused, match="Start again: xtiger connect"):
        bare.xt.connections.consent_answered(returned)


def test_a_cancelled_consent_leaves_nothing(bare: World) -> None:
    """Cancel on Xero's page: a sentence, no row, no tokens, no open question."""
    start = bare.xt.connections.consent(REDIRECT)

    with pytest.raises(ConsentRefused, match="Start again: xtiger connect"):
        bare.xt.connections.consent_answered(f"{REDIRECT}?error=access_denied&state={start.state}")
    assert ([], []) == _left(bare.xt)


def test_an_answer_after_ten_minutes_is_refused(bare: World) -> None:
    """Too late, although Xero's code might still be good."""
    returned = _returned(bare)
    bare.wait(11 * 60)

    with pytest.raises(ConsentRefused, match="10 minutes"):
        bare.xt.connections.consent_answered(returned)


def test_what_was_never_finished_is_forgotten(bare: World) -> None:
    """Old questions, and an old offer with its tokens, go when somebody begins anew."""
    bare.xt.connections.consent_answered(_returned(bare))
    bare.xt.connections.consent(REDIRECT)
    bare.wait(11 * 60)
    start = bare.xt.connections.consent(REDIRECT)

    assert [f"consent:{start.state}"] == sorted(
        bare.xt.store.own_settings_like("", TenantGroup("consent"))
    )


def test_an_offer_cannot_be_taken_after_ten_minutes(bare: World) -> None:
    """The choice of the organisation belongs to the consent."""
    offered = bare.xt.connections.consent_answered(_returned(bare))
    bare.wait(11 * 60)

    with pytest.raises(NeedsPerson, match="Start again: xtiger connect"):
        bare.xt.connections.connect(offered[0].organisation_id)
    assert [] == bare.xt.connections.all()


def test_only_an_offered_organisation_can_be_connected(bare: World) -> None:
    """An id from somewhere else is no choice."""
    bare.xt.connections.consent_answered(_returned(bare))

    with pytest.raises(NeedsPerson, match="from those that Xero offered"):
        bare.xt.connections.connect("00000000-0000-0000-0000-000000000000")


@pytest.fixture
def kiwi(tmp_path: Path) -> Iterator[World]:
    """A CRM that counts in New Zealand dollars beside an organisation in pounds."""
    with make_world(tmp_path, base_currency="NZD", currency="GBP") as found:
        yield found


@pytest.mark.feature("F065")
@pytest.mark.feature("F113")
def test_another_base_currency_is_refused_at_connect(kiwi: World) -> None:
    """Both currencies are named, and the next step."""
    offered = kiwi.xt.connections.consent_answered(_returned(kiwi))

    with pytest.raises(
        WrongOrganisation,
        match=r"^Empty Trading Ltd cannot be used: it counts in GBP, the CRM in NZD\. "
        r"Connect an organisation that counts in NZD: xtiger connect\.$",
    ):
        kiwi.xt.connections.connect(offered[0].organisation_id)


def test_a_refused_organisation_leaves_no_row_and_no_tokens(kiwi: World) -> None:
    """As if nobody had tried; not even the offer is kept."""
    offered = kiwi.xt.connections.consent_answered(_returned(kiwi))
    with pytest.raises(WrongOrganisation):
        kiwi.xt.connections.connect(offered[0].organisation_id)

    assert ([], []) == _left(kiwi.xt)


def test_a_fault_of_xero_while_connecting_leaves_no_row(bare: World) -> None:
    """The organisation could not be read; the offer stays, so that it can be tried again."""
    offered = bare.xt.connections.consent_answered(_returned(bare))
    bare.sandbox.fault("status", path="/api.xro", status=503, count=50)

    with pytest.raises(XTigerError):
        bare.xt.connections.connect(offered[0].organisation_id)
    connections, (offer,) = _left(bare.xt)

    assert ([], True) == (connections, offer.startswith("consent_offer:"))


def test_a_wrong_secret_leaves_nothing(bare: World) -> None:
    """The sentence names both settings and where to copy them from."""
    wrong = _with(bare, xero_client_secret="wrong")
    returned = allow_access(wrong.connections.consent(REDIRECT).url, NAME)

    with pytest.raises(CredentialsRefused, match=r"developer\.xero\.com.*XTIGER_XERO_CLIENT_ID"):
        wrong.connections.consent_answered(returned)
    assert ([], []) == _left(wrong)
    wrong.close()


def test_an_unreachable_xero_leaves_nothing(bare: World) -> None:
    """The address is named; there is no connection afterwards."""
    returned = _returned(bare)
    away = _with(bare, xero_url="http://localhost:9")

    with pytest.raises(XeroUnreachable, match=r"localhost:9.*Nothing was sent.*try again"):
        away.connections.consent_answered(returned)
    assert ([], []) == _left(away)
    away.close()


@pytest.mark.feature("F010")
def test_disconnecting_ends_both_sides(world: World) -> None:
    """The connection is gone at Xero, its tokens are gone here, links and runs stay."""
    world.host.create("Organizations", {"accountname": "Kea"})
    world.sync("Organizations")
    found = world.xt.connections.get()
    world.wait(3600)
    world.xt.connections.disconnect(found.id)

    assert ("ended", None) == (world.xt.connections.get().state, world.xt.store.tokens(found.id))
    assert "DELETE" == [c for c in world.sandbox.calls() if "/connections" in c.path][-1].method
    assert 1 == len(world.xt.store.links_by_crm(found.id, "Organizations"))


def test_a_disconnected_organisation_says_how_to_connect_again(world: World) -> None:
    """The sentence of the next sync."""
    world.xt.connections.disconnect(world.xt.connections.get().id)

    with pytest.raises(ConnectionEnded, match=r"Nothing is lost.*xtiger connect"):
        world.xt.sync.run()


def test_disconnecting_twice_is_fine(world: World) -> None:
    """The second time there is nothing to do at Xero."""
    found = world.xt.connections.get().id
    world.xt.connections.disconnect(found)
    calls = len(world.sandbox.calls())
    world.xt.connections.disconnect(found)

    assert calls == len(world.sandbox.calls())


@pytest.mark.feature("F014")
def test_an_expired_permission_can_be_given_again_and_links_stay(world: World) -> None:
    """After 60 days: a sentence; after the consent the same records are linked, none doubled."""
    world.host.create("Organizations", {"accountname": "Kea"})
    world.sync("Organizations")
    before = world.xt.connections.get()
    world.wait(61 * 24 * 3600)
    with pytest.raises(ConnectionEnded, match="Connect again: xtiger connect"):
        world.xt.sync.run()
    world.connect()
    run = world.sync("Organizations")

    assert (before.id, before.created_at) == (
        world.xt.connections.get().id,
        world.xt.connections.get().created_at,
    )
    assert (1, 0) == (len(world.xero("Contacts")), run.counts["Organizations"].get("created", 0))


def test_a_refused_reconnect_leaves_the_connection_as_it_was(world: World) -> None:
    """Tokens and state are those from before; the next sync works with them."""
    found = world.xt.connections.get()
    tokens = world.xt.store.tokens(found.id)
    offered = world.xt.connections.consent_answered(_returned(world))
    world.sandbox.fault("status", path="/api.xro", status=503, count=50)
    with pytest.raises(XTigerError):
        world.xt.connections.connect(offered[0].organisation_id)
    world.sandbox.faults.clear()

    assert (found, tokens) == (world.xt.connections.get(), world.xt.store.tokens(found.id))
    assert "done" == world.sync("Organizations").state
