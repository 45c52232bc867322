"""`xtiger historical` on a real library: counted, batch after batch, ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.cli.conftest import Ended
from tests.stories.sync.people import invoice, organisation
from tests.world import World, connected_world
from xtiger.cli.root import run

Typed = Callable[..., Ended]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world with five invoices of 2025, one a month."""
    with connected_world(tmp_path) as made:
        firm = organisation(made, "Acme")
        for month in range(1, 6):
            day = date(2025, month, 5)
            invoice(made, f"I{month}", firm, invoicedate=day, duedate=day)
        yield made


@pytest.fixture
def typed(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Typed:
    """Run a command of `xtiger` on it."""
    # The command closes its library at the end; the test still looks at it.
    monkeypatch.setattr(world.xt, "close", lambda: None)
    environment = {
        "XTIGER_HOME": str(world.xt.settings.home),
        "XTIGER_SAFE_MODE": "1",
        "XTIGER_HOST": "tests.web.stand_in:StandInHost",
    }

    def call(*arguments: str) -> Ended:
        world.wait()
        code = run(("historical", *arguments), environment, lambda _host, _settings: world.xt)
        output = capsys.readouterr()
        return Ended(code, output.out, output.err)

    return call


def _sent(world: World) -> list[str]:
    return sorted(str(one["InvoiceNumber"]) for one in world.xero("Invoices"))


def test_a_range_goes_batch_by_batch(world: World, typed: Typed) -> None:
    """Counted first, then two, then all that is left; what is outside the days stays."""
    none = typed()
    begun = typed("begin", "invoices", "--from", "2025-02-01", "--to", "2025-04-30", "--batch", "2")
    assert (0, [], True) == (begun.code, _sent(world), "0 of 3 done." in begun.out)

    first = typed("next")
    two = _sent(world)
    last = typed("next", "--all")

    assert ["I2", "I3"] == two
    assert ("2 of 3 done." in first.out, "2 created." in first.out) == (True, True)
    assert ("Go on: xtiger historical next" in first.out, "Go on" in last.out) == (True, False)
    assert (["I2", "I3", "I4"], True) == (_sent(world), "3 of 3 done." in last.out)
    assert "No historical sync is open" in none.out
    assert 3 == typed("next").code


def test_it_is_data_for_a_script(world: World, typed: Typed) -> None:
    """The same numbers as JSON; what is ended takes no more."""
    world.sandbox.add("Contacts", {"Name": "Newcomer", "EmailAddress": "n@b.example"})

    typed("begin", "Organizations", "--from-xero", "--json")
    shown = json.loads(typed("--json").out)["historical"]
    ended = json.loads(typed("end", "--json").out)["historical"]
    nothing = json.loads(typed("end", "--json").out)

    assert ("Organizations", "to_crm", 1, 0, True) == tuple(
        shown[name] for name in ("module", "way", "total", "done", "open")
    )
    assert (False, {"historical": None}) == (ended["open"], nothing)


def test_what_cannot_be_is_said(typed: Typed) -> None:
    """Days the wrong way round, a day that is none, too many at once, an unknown module."""
    turned = typed("begin", "Invoices", "--from", "2025-02-01", "--to", "2025-01-01")
    codes = [
        typed("begin", "Invoices", "--from", "yesterday").code,
        typed("begin", "Invoices", "--batch", "201").code,
        typed("begin", "Nothing").code,
    ]

    assert (3, True) == (turned.code, "ends before it begins" in turned.err)
    assert [2, 2, 3] == codes
