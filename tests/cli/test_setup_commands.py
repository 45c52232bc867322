"""The small commands: terms, modules, mapping, link, host, tick, extensions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Xtiger
from tests.web.stand_in import StandIn


def test_terms_are_shown_and_accepted(xtiger: Xtiger, xt: StandIn) -> None:
    """Without --accept they are only shown."""
    xt.accepted = False

    shown = xtiger("terms").out

    assert "Accept them: xtiger terms --accept" in shown
    assert "The terms are accepted." in xtiger("terms", "--accept").out


def test_modules_show_direction_and_order(xtiger: Xtiger) -> None:
    """Both ways, or one way, and what goes before."""
    out = xtiger("modules").out

    rows = [" ".join(row.split()) for row in out.splitlines()]

    assert "Organizations ↔ Contact" in rows
    assert "Invoices → Invoice Organizations, Products" in rows


def test_a_mapping_shows_its_rows(xtiger: Xtiger) -> None:
    """CRM field, direction and Xero field of each row."""
    out = xtiger("mapping", "show", "organizations").out

    assert "organisation.email  →  EmailAddress" in out


def test_the_default_mapping_is_saved(xtiger: Xtiger) -> None:
    """Each saved module is named with its version, then the next step."""
    out = xtiger("mapping", "save").out

    assert "Organizations: 2 fields, version 1" in out
    assert "xtiger plan" in out


def test_link_takes_an_id_or_new(xtiger: Xtiger) -> None:
    """Either the id of the Xero record or --new, never both or none."""
    assert [0, 0, 2, 2] == [
        xtiger("link", "Products", "1", "x-1").code,
        xtiger("link", "Products", "1", "--new").code,
        xtiger("link", "Products", "1", "x-1", "--new").code,
        xtiger("link", "Products", "1").code,
    ]


def test_host_check_ends_with_3_when_something_lacks(xtiger: Xtiger, xt: StandIn) -> None:
    """Each problem on a line; exit code 3 for scripts."""
    xt.problems = ["Products has no field with the role product.code."]

    found = xtiger("host", "check")

    assert 3 == found.code
    assert "▲ Products has no field with the role product.code." in found.out


def test_host_check_passes(xtiger: Xtiger) -> None:
    """Nothing to mend: exit code 0."""
    found = xtiger("host", "check")

    assert (0, "mycrm: all checks passed.\n") == (found.code, found.out)


def test_extensions_are_switched(xtiger: Xtiger, xt: StandIn) -> None:
    """Enable and disable take effect at once, whatever the case of the name."""
    xtiger("extensions", "enable", "xtqueue")
    xtiger("extensions", "disable", "XTLog")

    assert {"XTLog": False, "XTQueue": True} == xt.extensions.on


def test_uninstalling_says_that_records_stay(xtiger: Xtiger) -> None:
    """Plainly, whether its own data goes or not."""
    found = xtiger("extensions", "uninstall", "XTLog")
    purged = xtiger("extensions", "uninstall", "XTQueue", "--purge", "--export", "x.json", "--yes")

    assert "The records of the CRM and its own data stay as they are." in found.out
    assert "The records of the CRM and of Xero stay as they are." in purged.out


def test_a_purge_needs_an_export(xtiger: Xtiger, xt: StandIn) -> None:
    """Data is never removed before it is written to a file."""
    found = xtiger("extensions", "uninstall", "XTLog", "--purge", "--yes")

    assert (2, []) == (found.code, xt.extensions.told)


def test_a_purge_is_asked_about(
    xtiger: Xtiger, xt: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers no changes nothing; the exit code is that of Ctrl-C."""
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _question: "n")

    found = xtiger(
        "extensions", "uninstall", "XTLog", "--purge", "--export", str(tmp_path / "x.json")
    )

    assert (130, []) == (found.code, xt.extensions.told)


def test_extensions_are_listed(xtiger: Xtiger) -> None:
    """Name, version and state."""
    assert ["XTLog", "0.1.0", "enabled"] == xtiger("extensions", "list").out.splitlines()[1].split()


def test_a_missing_zip_is_a_usage_error(xtiger: Xtiger) -> None:
    """A file that is not there is told before anything is done."""
    found = xtiger("extensions", "install", "absent.zip")

    assert 2 == found.code
    assert "absent.zip" in found.err


def test_tick_is_silent(xtiger: Xtiger) -> None:
    """Cron mails every line, so there is none when all is well."""
    found = xtiger("tick")

    assert (0, "", "") == (found.code, found.out, found.err)


def test_a_worker_may_do_one_round(xtiger: Xtiger) -> None:
    """As a tick does, but it says what it did; --json gives the runs."""
    found = xtiger("worker", "--once")

    assert (0, "") == (found.code, found.out)
    assert {"runs": []} == xtiger("worker", "--once", "--json").json


def test_a_worker_that_goes_on_prints_no_json(xtiger: Xtiger) -> None:
    """It would never end the object."""
    found = xtiger("worker", "--json")

    assert (2, True) == (found.code, "--once" in found.err)
