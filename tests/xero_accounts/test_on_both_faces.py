"""The accounts of an organisation: got from Xero, listed on the page and in the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.web.test_modules_page import browser_of
from tests.world import World, make_world
from xtiger.cli.root import run

#: What a row says of an account, as the page heads its columns.
COLUMNS = ("Name", "Code", "Type", "Class", "Tax type", "Status", "Description")


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
    monkeypatch.setattr(world.xt, "close", lambda: None)
    environment = {
        "XTIGER_HOME": str(world.xt.settings.home),
        "XTIGER_HOST": "tests.web.stand_in:StandInHost",
    }
    world.sandbox.add(
        "Accounts",
        {"Code": "4711", "Name": "Stage hire", "Type": "REVENUE", "Description": "Of the barn"},
    )

    def typed(*arguments: str) -> str:
        assert 0 == run(arguments, environment, lambda _host, _settings: world.xt)
        return capsys.readouterr().out

    typed("get", "accounts")
    page = unescape(browser_of(world).get("/xt/accounts?text=Stage").text)
    (row,) = re.findall(r"<tr[^>]*>(?:(?!</tr>).)*Stage hire.*?</tr>", page, re.DOTALL)
    listed = typed("accounts")

    assert all(f">{one}</th>" in page for one in COLUMNS)
    assert all(text in row for text in ("4711", "REVENUE", "ACTIVE", "Of the barn"))
    assert all(str(one["Name"])[:10] in listed for one in world.xero("Accounts"))
