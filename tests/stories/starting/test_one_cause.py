"""All of one cause: grouped with a number, unknown messages whole, and tried again together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Ended
from tests.commands import commands_on
from tests.stories.sync.people import invoice, organisation
from tests.web.test_plan import browser_of, text
from tests.web.test_real_site import OWN
from tests.world import World, make_world
from xtiger.sandbox.accounting import messages

NEW, OTHER = "The moon is in the wrong house. Code 7-B.", "Not on a Friday."


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Three organisations that Xero refuses, in two wordings, and two invoices without account."""
    with make_world(tmp_path) as made:
        made.connect()
        buyer = organisation(made, "Buyer")
        made.sync()
        for said, names in ((NEW, ("Kea", "Moa")), (OTHER, ("Tui",))):
            monkeypatch.setattr(messages, "OWN_FAULT", said)
            for name in names:
                organisation(made, name)
                _refuse(made)
                made.sync("Organizations")
        for number in ("1", "2"):
            invoice(made, f"INV-{number}", buyer)
        made.sync()
        yield made


def _refuse(world: World) -> None:
    """Xero refuses the next contact."""
    fault = {"path": "/api.xro/2.0/Contacts", "method": "PUT", "element": 0}
    world.sandbox.fault("refused_element", **fault)


def _counted(world: World) -> list[tuple[str, str, int, str]]:
    return sorted(
        (one.about, one.code, len(one.outcomes), one.message) for one in world.xt.needs.all()
    )


GROUPS = [
    ("mapping", "account_missing", 2, ""),
    ("refused", "xero_refused", 1, OTHER),
    ("refused", "xero_refused", 2, NEW),
]


@pytest.mark.feature("F131")
def test_causes_are_counted_and_what_xero_said_is_whole(world: World) -> None:
    """Mappings first, then each wording of Xero with its number; the page, the data."""
    page = text(browser_of(world).get("/xt/needs").text)

    assert GROUPS == _counted(world)
    mended, refused = (
        page.index("Mappings and settings:"),
        page.index("What Xero or the CRM refused"),
    )
    assert mended < page.index("Invoices · 2") < refused
    assert refused < page.index(f"Organizations · 2 Xero refused it: {NEW}")
    assert refused < page.index(f"Organizations · 1 Xero refused it: {OTHER}")


@pytest.mark.feature("F091", "F131")
def test_all_of_one_cause_are_tried_again_by_the_button(world: World) -> None:
    """The two of one wording go, the third stays as it is; an old tab does nothing more."""
    browser = browser_of(world)
    form = {
        "connection": world.xt.connections.get().id,
        "module": "Organizations",
        "code": "xero_refused",
        "message": NEW,
    }
    world.wait()
    said = [
        text(browser.post("/xt/needs/again", data=form, headers=OWN, follow_redirects=True).text)
        for _ in range(2)
    ]

    assert ("2 created" in said[0], "Nothing of this waits" in said[1]) == (True, True)
    assert {"Buyer", "Kea", "Moa"} == {str(one["Name"]) for one in world.xero("Contacts")}
    assert [GROUPS[0], GROUPS[1]] == _counted(world)


@pytest.mark.feature("F091", "F131")
def test_all_of_one_cause_are_tried_again_by_a_command(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Listed with numbers; the invoices go once their account is mapped; then nothing waits."""
    commands = commands_on(world, monkeypatch, capsys)

    def typed(*arguments: str) -> Ended:
        world.wait()
        return commands("needs", *arguments)

    listed, rows = typed().out, typed("--json").json["needs"]
    world.default_account()
    tried = typed("retry", "account_missing", "--module", "invoices", "--json").json
    again = typed("retry", "account_missing").out
    refused = typed("retry", "xero_refused").out

    assert ("2 Invoices" in listed, "xtiger needs retry CODE" in listed) == (True, True)
    assert GROUPS == sorted((r["about"], r["code"], r["count"], r["message"]) for r in rows)
    assert {"records": 2, "outcomes": {"created": 2}, "later": 0} == tried
    assert ("Nothing of this waits any longer.\n", True) == (again, "3 created" in refused)
    assert [] == _counted(world)
