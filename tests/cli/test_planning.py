"""`xtiger plan`."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.cli.conftest import Xtiger
from tests.web.examples import example_plan, item
from tests.web.stand_in import StandIn
from xtiger.errors import XeroUnreachable
from xtiger.model.plans import Cause


def test_the_table_counts_each_direction(xtiger: Xtiger) -> None:
    """Per module: to Xero create, update, link, from Xero create, update, held, unchanged."""
    lines = xtiger("plan").out.splitlines()

    row = next(line for line in lines if line.startswith("Organizations"))

    assert ["Organizations", "2", "1", "1", "1", "1", "·", "·", "1"] == row.split()


def test_the_cost_and_the_calls_left_are_told(xtiger: Xtiger) -> None:
    """Calls, seconds, megabytes and what is left of the day stand below the table."""
    assert "16 calls · about 20 s · 0.4 MB · 984 calls left today" in xtiger("plan").out


def test_the_heading_names_organisation_and_mapping(xtiger: Xtiger) -> None:
    """The first line says which organisation, which ways and how old the mapping is."""
    first = xtiger("plan").out.splitlines()[0]

    assert "Aroha Trading Ltd · both ways · mapping of 20 Nov" == first


def test_what_is_held_stands_with_its_fix(xtiger: Xtiger) -> None:
    """Each held record is named with why and what to do."""
    out = xtiger("plan").out

    assert "1 held, nothing is sent for them:" in out
    assert "Code has 31 characters; Xero takes 30." in out
    assert "Shorten Code." in out


def test_a_long_list_of_holds_is_cut(xtiger: Xtiger, xt: StandIn) -> None:
    """Eight reasons are shown, the rest with --held; here each is another line's."""
    causes = [Cause("line_incomplete", {"line": n, "field": "price"}) for n in range(12)]
    held = tuple(
        item("Invoices", f"INV-{n}", result="held", cause=one) for n, one in enumerate(causes)
    )
    xt.made_plan = replace(example_plan(), items=held)

    assert (8, 12) == (
        xtiger("plan").out.count("INV-"),
        xtiger("plan", "--held").out.count("INV-"),
    )


def test_fields_shows_both_values(xtiger: Xtiger) -> None:
    """--fields names record, field, both values and the way it travels."""
    out = xtiger("plan", "--fields", "organizations").out

    row = next(line for line in out.splitlines() if "E-mail" in line)

    assert ["Müller", "GmbH", "update", "E-mail", "b@example.com", "→", "a@example.com"] == (
        row.split()
    )


def test_a_name_with_markup_stays_text(xtiger: Xtiger) -> None:
    """A record whose name looks like markup of the terminal is printed as it is."""
    assert "Kiwi <b>Bold</b>" in xtiger("plan", "--fields", "Organizations").out


def test_json_is_one_object(xtiger: Xtiger) -> None:
    """--json prints one object with counts, cost and items, and nothing else."""
    found = xtiger("plan", "--json")

    assert {
        "to_xero.create": 2,
        "to_crm.create": 1,
        "to_xero.update": 1,
        "to_crm.update": 1,
        "to_xero.link": 1,
        "unchanged": 1,
    } == found.json["modules"]["Organizations"]
    assert (5, 16) == (found.json["actions"], found.json["estimate"]["calls"])
    assert {"text_too_long", "both_changed"} == {
        one["code"] for one in found.json["items"] if one["code"]
    }


def test_an_empty_plan_says_so(xtiger: Xtiger, xt: StandIn) -> None:
    """When both sides agree, the last line says it instead of a next step."""
    xt.made_plan = replace(example_plan(), items=())

    assert "Nothing to do: both sides agree." in xtiger("plan").out


def test_an_unknown_module_is_a_clear_sentence(xtiger: Xtiger) -> None:
    """The known modules are named and the exit code is 3."""
    found = xtiger("plan", "Cats")

    assert 3 == found.code
    assert "There is no module 'Cats'. Known modules: Organizations, Products, Invoices." in (
        found.err
    )


def test_an_unreachable_xero_ends_with_4(xtiger: Xtiger, xt: StandIn) -> None:
    """Try later: exit code 4, one sentence, no trace."""
    xt.error = XeroUnreachable("http://localhost:1")

    found = xtiger("plan")

    assert (4, "") == (found.code, found.out)
    assert "Traceback" not in found.err


def test_an_error_with_json_is_an_object_too(xtiger: Xtiger, xt: StandIn) -> None:
    """Scripts get the code and sentence as JSON on standard output."""
    xt.error = XeroUnreachable("http://localhost:1")

    found = xtiger("plan", "--json")

    assert ("xero_unreachable", 4) == (
        found.json["error"]["code"],
        found.json["error"]["exit_code"],
    )


def test_a_plan_in_german(xtiger: Xtiger) -> None:
    """XTIGER_LOCALE=de gives German headings."""
    assert "nach Xero" in xtiger("plan", XTIGER_LOCALE="de").out


def test_a_narrow_terminal_folds_the_reasons(
    xtiger: Xtiger, xt: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 80 characters a conflict counts as held, and no number is cut."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")

    lines = re.sub(r"\x1b\[[0-9;]*m", "", xtiger("plan").out).splitlines()

    assert ["Invoices", *"·····1··"] in [line.split() for line in lines]
    assert [] == [line for line in lines[:8] if len(line) > 80]
