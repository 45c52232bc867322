"""Each address of the pages behind Django: its login, permissions, groups and forms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from tests.djangocrm.models import Company
from tests.djangocrm.test_listing import LIST, page_of
from tests.djangocrm.test_pages import OVERVIEW, MakeUser, browser_of, company, connect
from tests.web.test_attacks import ELSEWHERE, MARKUP, is_elsewhere, trouble
from tests.web.test_roles import OPEN, is_let_in, rules
from xtiger.app import XTiger
from xtiger.django.project import config

#: Role → the right that makes it, of Django's permissions.
RIGHTS = {
    "seller": "change_company",
    "reader": "read",
    "accountant": "release",
    "administrator": "configure",
}
#: Browsers that vouch for nothing, for another page, and one whose token is of another login.
FORGED: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
    ({}, {}),
    ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "https://evil.example"}, {}),
    ({"HTTP_SEC_FETCH_SITE": "same-site"}, {}),
    ({"HTTP_ORIGIN": "null"}, {"xt_csrf": "", "csrfmiddlewaretoken": "a" * 64}),
    ({"HTTP_ORIGIN": "http://localhost:1"}, {"xt_csrf": "of another login"}),
)
#: What ends the connection is posted last.
ENDING = ("disconnect", "reset")


def addresses() -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, address below the prefix) of each rule of the pages."""
    return ((name, method, f"/books{address}") for name, method, address in rules(config().site))


def posts() -> list[tuple[str, str]]:
    found = [(name, one) for name, method, one in addresses() if method == "POST"]
    return sorted(found, key=lambda one: one[0] in ENDING)


def token_of(browser: Client) -> str:
    """The token that Django's session keeps for the forms of a browser."""
    return str(json.loads(browser.session["xtiger"])["xt_csrf"])


@pytest.fixture
def administrator(user: MakeUser) -> Client:
    return browser_of(user(superuser=True))


def test_a_stranger_is_led_to_the_login_from_everywhere(xt: XTiger) -> None:
    """Nothing but style sheet, health and the signed webhook is taken from who is not logged in."""
    browser = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    found = [
        (name, method, browser.generic(method, address, HTTP_SEC_FETCH_SITE="same-origin"))
        for name, method, address in addresses()
    ]
    let_in = {name for name, _, given in found if given.status_code != 302}
    ways = {given.headers["Location"].split("?")[0] for _, _, given in found if "Location" in given}

    assert len(found) > 50
    assert (set(OPEN), {"/login/"}) == (let_in, ways)


@pytest.mark.parametrize("role", RIGHTS)
def test_every_address_refuses_who_may_not(xt: XTiger, user: MakeUser, role: str) -> None:
    """403 exactly where the permission is missing, as on Flask."""
    browser = browser_of(user(RIGHTS[role]))
    wrong = [
        (name, method, given.status_code)
        for name, method, address in addresses()
        for let_in in [_is_let_in(role, name, method)]
        for given in [browser.generic(method, address, HTTP_SEC_FETCH_SITE="same-origin")]
        if (given.status_code != 403) != let_in or given.status_code >= 500
    ]

    assert [] == wrong


def _is_let_in(role: str, name: str, method: str) -> bool:
    # To configure is to change no record: that is a permission of its model.
    if role == "administrator" and name in ("panel", "module_list", "solve"):
        return False
    return is_let_in(role, name, method)


def test_every_forged_post_is_refused(xt: XTiger, administrator: Client, user: MakeUser) -> None:
    """A superuser's browser sends what another site made: nothing of it is carried out."""
    connect(administrator, xt)
    key = company("Kea").pk
    other = browser_of(user(superuser=True))
    other.get(OVERVIEW)
    token = token_of(other)
    forged = (*FORGED, ({}, {"xt_csrf": token}))
    before = (xt.connections.all(), xt.mappings.get("Organizations"), xt.sync.runs())
    passed = [
        (name, headers, given.status_code)
        for headers, fields in forged
        for name, address in posts()
        if name not in OPEN
        for real in [address.replace("Organizations/none", f"Organizations/{key}")]
        for given in [administrator.post(real, {"action": "copy", **fields}, **headers)]
        if given.status_code != 403
    ]

    assert [] == passed
    assert before == (xt.connections.all(), xt.mappings.get("Organizations"), xt.sync.runs())


def test_every_post_works_with_the_token(xt: XTiger, administrator: Client) -> None:
    """A browser that vouches for nothing is believed by the token of its session."""
    connect(administrator, xt)
    key = company("Kea").pk
    administrator.get(OVERVIEW)
    token = token_of(administrator)
    wrong = [
        (name, given.status_code)
        for name, address in posts()
        if name not in OPEN
        for real in [address.replace("Organizations/none", f"Organizations/{key}")]
        for given in [administrator.post(real, {"xt_csrf": token})]
        if given.status_code == 403 or given.status_code >= 500
    ]

    assert [] == wrong


def test_what_a_user_may_is_asked_anew(xt: XTiger, user: MakeUser) -> None:
    """A right given by a group counts from the next page on, and ends with it."""
    somebody: Any = user()
    browser = browser_of(somebody)
    group = Group.objects.create(name="Books")
    group.permissions.set(Permission.objects.filter(codename="read"))
    codes = [browser.get(OVERVIEW).status_code]
    somebody.groups.add(group)
    codes.append(browser.get(OVERVIEW).status_code)
    group.permissions.clear()
    codes.append(browser.get(OVERVIEW).status_code)
    User.objects.filter(pk=somebody.pk).update(is_active=False)
    codes.append(browser.get(OVERVIEW).status_code)

    assert [403, 200, 403, 302] == codes


def test_no_address_leads_anybody_away(xt: XTiger, administrator: Client) -> None:
    """An address elsewhere in each field and header of each post, and in the way to the login."""
    connect(administrator, xt)
    stranger = Client(SERVER_NAME="localhost")
    away, asked = [], 0
    for place in ELSEWHERE:
        fields = dict.fromkeys(("next", "back", "return_to", "url"), place)
        given = [
            administrator.post(one, fields, HTTP_SEC_FETCH_SITE="same-origin", HTTP_REFERER=place)
            for name, one in posts()
            if name not in (*OPEN, *ENDING)
        ]
        given += [stranger.get(f"/books/xt/{place}", fields), stranger.post(OVERVIEW, fields)]
        asked += len(given)
        away += [
            (place, one.request["PATH_INFO"])
            for one in given
            if is_elsewhere(one.headers.get("Location", "/"), "http://localhost")
        ]

    assert asked > 300
    assert [] == away


def test_no_value_becomes_an_element_of_a_page(xt: XTiger, administrator: Client) -> None:
    """Names that are markup, in the tags of list, menu and panel, and what a press says of them."""
    connect(administrator, xt)
    record = company(MARKUP)
    administrator.post(
        "/books/modules/XTiger/list/Organizations",
        {"action": "copy", "id": record.pk, "next": LIST},
        HTTP_SEC_FETCH_SITE="same-origin",
    )
    pages = [page_of(administrator, one) for one in (LIST, f"/companies/{record.pk}/")]

    assert ([], []) == tuple(trouble(page) for page in pages)
    assert Company.objects.filter(name=MARKUP).exists()
    assert ["zevil(1)" in page for page in pages] == [True, True]
