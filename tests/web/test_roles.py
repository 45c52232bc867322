"""Each address of the blueprint for each role: strangers nothing, sellers the panel, and so on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import flask
import pytest
from werkzeug.routing import Rule

from tests.world import World, make_world
from xtiger.model.records import Ref
from xtiger.web import blueprint
from xtiger.web.roles import roles_of

OWN = {"Sec-Fetch-Site": "same-origin"}
#: Open to everybody: the style sheet, Xero's webhook, which is signed, and one word for balancers.
OPEN = {"static", "webhook", "health"}
#: Of a record's panel: may_use is asked.
OF_RECORDS = {"panel", "module_list", "solve"}
#: Posts that those who release may send.
RELEASED = {"released", "approve", "needs_second"}
#: Pages that show nothing but the way to change something.
SETTING_UP = {
    "connect",
    "callback",
    "callback_php",
    "choose",
    "disconnect",
    "reset",
    "wipe",
    "removed",
    "start",
    "purge",
    "export",
    "configuration",
    "configuration_file",
    "fields",
    "mails",
    "privacy",
    "person_file",
    "receivers",
    "person_erased",
}
ROLES: Mapping[str, Mapping[str, bool]] = {
    "stranger": {},
    "seller": {"use": True},
    "reader": {"read": True},
    "accountant": {"release": True},
    "administrator": {"configure": True},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with make_world(tmp_path_factory.mktemp("roles")) as made:
        made.connect()
        yield made


def crm(world: World, role: str) -> flask.Flask:
    """A CRM whose user has this role."""
    rights = ROLES[role]
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(
            world.xt,
            may_configure=lambda: rights.get("configure", False),
            may_release=lambda: rights.get("release", False),
            may_read=lambda: rights.get("read", False),
            may_use=lambda _ref: rights.get("use", False),
        )
    )
    return app


def rules(app: flask.Flask) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, address) of every rule of the blueprint."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("xtiger."):
            name = rule.endpoint.removeprefix("xtiger.")
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield name, method, _address(app, rule)


def _address(app: flask.Flask, rule: Rule) -> str:
    """An address of the rule; its record need not be there: rights are asked first."""
    values: dict[str, Any] = {
        name: "Organizations" if name == "module" else "none" for name in rule.arguments
    }
    with app.test_request_context():
        return flask.url_for(rule.endpoint, **values)


def is_let_in(role: str, name: str, method: str) -> bool:
    """What each role is promised."""
    if name in OPEN or role == "administrator":
        return True
    if name == "record":
        return role != "stranger"
    if name in OF_RECORDS and method == "POST":
        return role == "seller"
    if role in ("stranger", "seller"):
        return False
    if method == "POST":
        return role == "accountant" and name in RELEASED
    return name not in SETTING_UP


@pytest.mark.parametrize("role", ROLES)
def test_every_address_refuses_who_may_not(world: World, role: str) -> None:
    """403 exactly where the role has no right; an address that is new is closed until named."""
    app = crm(world, role)
    browser = app.test_client()
    wrong = [
        (name, method, answer.status_code)
        for name, method, address in rules(app)
        # Whoever may connect and disconnect would end the world of this file.
        if not (role == "administrator" and method == "POST")
        for answer in [browser.open(address, method=method, headers=OWN)]
        if (answer.status_code != 403) != is_let_in(role, name, method)
    ]

    assert [] == wrong


def test_every_forged_post_is_refused(world: World) -> None:
    """An administrator's browser, a page of another site: nothing is carried out."""
    app = crm(world, "administrator")
    browser = app.test_client()
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    posts = [(name, address) for name, method, address in rules(app) if method == "POST"]
    passed = [
        name
        for name, address in posts
        if name not in OPEN and browser.post(address, headers=elsewhere).status_code != 403
    ]

    assert len(posts) > 8
    # A panel's post is asked about first, which is a 403 too.
    assert [] == passed


def _no(*_: object) -> bool:
    return False


def _yes(*_: object) -> bool:
    return True


def test_left_out_rights_follow_from_the_others() -> None:
    """(configures, releases, reads, uses) for what a CRM gave."""

    def found(*given: object) -> tuple[bool, ...]:
        roles = roles_of(*given)  # type: ignore[arg-type]  # each is a function or None
        return (roles.configure(), roles.release(), roles.read(), roles.use(Ref("Invoices", "7")))

    assert (False,) * 4 == found(None, None, None, None)
    assert (True,) * 4 == found(_yes, None, None, None)
    assert (False, False, True, True) == found(_no, _yes, None, None)
    assert (False, True, True, False) == found(_no, None, _yes, None)
    assert (False, False, True, False) == found(None, None, None, _yes)
    assert (False, False, False, True) == found(_no, _yes, None, _no)


@pytest.mark.parametrize(
    "given",
    list(itertools.product((_yes, _no, None), repeat=4)),
    ids=lambda given: " ".join(getattr(one, "__name__", "left_out") for one in given),
)
def test_more_is_never_less(given: tuple[object, ...]) -> None:
    """Who configures releases, who releases reads; None asks for the pages."""
    roles = roles_of(*given)  # type: ignore[arg-type]  # each is a function or None

    assert roles.release() or not roles.configure()
    assert roles.read() or not roles.release()
    assert roles.use(None) == roles.read()


def test_a_seller_presses_decide_and_is_led_to_no_refusal(world: World) -> None:
    """The page of conflicts is not the seller's: a sentence on the record says who decides."""
    crm_id = world.host.create("Organizations", {"accountname": "Kea"})
    browser = crm(world, "seller").test_client()
    answer = browser.post(
        f"/modules/XTiger/panel/Organizations/{crm_id}",
        data={"action": "xtiger.solve", "next": "/invoices/7"},
        headers=OWN,
    )

    assert (303, "/invoices/7") == (answer.status_code, answer.headers["Location"])
