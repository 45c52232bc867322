"""`xtiger sync` and `xtiger runs`."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.cli.conftest import Xtiger
from tests.web.examples import NOW, example_run
from tests.web.stand_in import StandIn
from xtiger.errors import ConnectionEnded
from xtiger.model.plans import Cause
from xtiger.model.runs import Outcome

HELD = Outcome(
    "c1",
    "r1",
    "Products",
    "Item",
    "1",
    None,
    "SKU-1",
    "held",
    at=NOW,
    cause=Cause("text_too_long", {"field": "Code", "length": 31, "limit": 30}),
)


def test_the_last_line_sums_up(xtiger: Xtiger) -> None:
    """Seconds, calls and the sums of the results."""
    assert "Done in 18 s, 16 calls. 3 created, 1 linked, 1 held, 0 failed." in xtiger("sync").out


def test_the_table_marks_thousands(xtiger: Xtiger) -> None:
    """Numbers are written as the language writes them."""
    lines = xtiger("sync").out.splitlines()

    row = next(line for line in lines if line.startswith("Organizations"))

    assert ["Organizations", "3", "·", "1", "1,200", "·", "·"] == row.split()


def test_trouble_is_listed_with_its_fix(xtiger: Xtiger, xt: StandIn) -> None:
    """Held records follow with cause, fix and code."""
    xt.all_outcomes = [HELD]

    out = xtiger("sync").out

    assert "▲ SKU-1" in out
    assert "Shorten Code.  text_too_long" in out


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (example_run(), 0),
        (example_run(counts={"Products": {"failed": 1}}), 6),
        (example_run(state="failed", error="It broke."), 6),
        (example_run(state="stopped", error="The limit of the day is used up."), 4),
    ],
)
def test_the_exit_code_tells_the_result(
    xtiger: Xtiger, xt: StandIn, run: object, code: int
) -> None:
    """0 when done, 6 with failed records, 4 when a limit stopped the run."""
    xt.made_run = run  # type: ignore[assignment]  # parametrised

    assert code == xtiger("sync").code


def test_json_holds_counts_and_trouble(xtiger: Xtiger, xt: StandIn) -> None:
    """--json prints the run and each record that needs somebody."""
    xt.all_outcomes = [HELD]

    found = xtiger("sync", "--json").json

    assert (3, 16, 18) == (
        found["run"]["outcomes"]["Organizations"]["created"],
        found["run"]["calls"],
        found["run"]["seconds"],
    )
    assert [("SKU-1", "text_too_long")] == [(one["name"], one["code"]) for one in found["trouble"]]


def test_an_ended_connection_ends_with_3(xtiger: Xtiger, xt: StandIn) -> None:
    """An expired refresh token: who, why, that nothing is lost, the next step."""
    xt.error = ConnectionEnded("Aroha Trading Ltd", "its permission has expired", waiting=12)

    found = xtiger("sync")

    assert 3 == found.code
    assert "12 changes wait. Connect again: xtiger connect" in found.err


def test_runs_are_listed(xtiger: Xtiger, xt: StandIn) -> None:
    """When, how it ended, who began it, seconds, calls and sums."""
    xt.made_run = replace(example_run(), error="")
    lines = xtiger("runs").out.splitlines()

    assert "5 min ago|done|person|18|16|3|·|1|1|·" == "|".join(re.split(r"  +", lines[1].strip()))


def test_runs_as_json(xtiger: Xtiger) -> None:
    """--json lists the runs under one key."""
    assert ["r1"] == [run["id"] for run in xtiger("runs", "--json").json["runs"]]
