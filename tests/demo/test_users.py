"""Who one is in the demo: four people, each with the pages that are theirs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.world import make_world
from xtiger.demo.crm import create_app
from xtiger.demo.users import USERS


@pytest.mark.parametrize(
    ("name", "menu", "overview", "settings"),
    [
        ("Robin Demo", True, 200, 200),
        ("Ada Ledger", True, 200, 403),
        ("Ravi Reader", True, 200, 403),
        ("Sam Seller", False, 403, 403),
    ],
)
def test_each_has_their_own_pages(
    tmp_path: Path, name: str, menu: bool, overview: int, settings: int
) -> None:
    """The menu shows what may be seen; changing is the administrator's."""
    with make_world(tmp_path) as world:
        world.connect()
        (connection,) = world.xt.connections.all()
        browser = create_app(tmp_path, world.xt).test_client()
        token = re.findall(r'name="csrf" value="([^"]+)"', browser.get("/user").text)[0]
        chosen = browser.post("/user", data={"csrf": token, "user": name}, follow_redirects=True)
        found = [
            browser.get(address).status_code
            for address in ("/xt/", f"/modules/XTiger/disconnect/{connection.id}")
        ]

    assert name in chosen.text
    assert menu == ('aria-label="Xero"' in chosen.text)
    assert [overview, settings] == found


def test_nobody_else_can_be_chosen(tmp_path: Path) -> None:
    """A name that no one of the four has is refused; each of them may be chosen."""
    browser = create_app(tmp_path).test_client()
    page = browser.get("/user").text
    token = re.findall(r'name="csrf" value="([^"]+)"', page)[0]

    assert all(user.name in page for user in USERS)
    assert 404 == browser.post("/user", data={"csrf": token, "user": "root"}).status_code
    assert 403 == browser.post("/user", data={"user": USERS[3].name}).status_code
