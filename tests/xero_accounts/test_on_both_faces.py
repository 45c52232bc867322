"""The accounts of an organisation: got from Xero, listed on the page and in the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.commands import commands_on
from tests.web.test_modules_page import browser_of
from tests.world import World, make_world

#: What a row says of an account, as the page heads its columns.
COLUMNS = ("Name", "Code", "Type", "Class", "Takes", "Tax type", "Status", "Description")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        made.connect()
        made.xt.extensions.enable("XeroAccounts")
        yield made


@pytest.mark.feature("F030")
def test_accounts_of_xero_are_listed_for_people_on_both_faces(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Got from Xero, every account stands there with all that is said of it; a new one follows."""
    typed = commands_on(world, monkeypatch, capsys)
    world.sandbox.add(
        "Accounts",
        {"Code": "4711", "Name": "Stage hire", "Type": "REVENUE", "Description": "Of the barn"},
    )

    assert 0 == typed("get", "accounts").code
    page = unescape(browser_of(world).get("/xt/accounts?text=Stage").text)
    (row,) = re.findall(r"<tr[^>]*>(?:(?!</tr>).)*Stage hire.*?</tr>", page, re.DOTALL)
    listed = typed("accounts").out

    assert all(f">{one}</th>" in page for one in COLUMNS)
    assert all(text in row for text in ("4711", "Revenue", "active", "Of the barn"))
    assert all(str(one["Name"])[:10] in listed for one in world.xero("Accounts"))
