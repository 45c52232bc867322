"""`xtiger reconcile`: the verdict first, files, JSON, and exit code 6 for differences."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Xtiger
from tests.panels.examples import agreeing, disagreement, proof
from tests.web.stand_in_services import StandInProof
from xtiger.rules.reconciliation import Reconciliation


@dataclass
class Answering:
    """The proof that the library answers, and what it was asked for."""

    found: Reconciliation = field(default_factory=proof)
    calls: list[Any] = field(default_factory=list)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """A library that answers the example."""
    answering = Answering()

    def reconcile(
        _service: object, connection_id: object, modules: object, since: object, *, progress: Any
    ) -> Reconciliation:
        progress("Invoices", 3, 5)
        answering.calls.append((connection_id, modules, since))
        return answering.found

    monkeypatch.setattr(StandInProof, "reconcile", reconcile, raising=False)
    return answering


def test_agreement_ends_with_0(xtiger: Xtiger, library: Answering) -> None:
    """The first line says it all."""
    library.found = agreeing()
    found = xtiger("reconcile")

    assert 0 == found.code
    assert "✓ Both sides agree: 1 record, 0 differences." == found.out.splitlines()[0]


def test_differences_end_with_6(xtiger: Xtiger, library: Answering) -> None:
    """Each with both values and what to do, then the sums and what is known."""
    found = xtiger("reconcile")

    assert 6 == found.code
    assert "≠ 6 differences between the CRM and Xero." == found.out.splitlines()[0]
    assert "1,240.00  ≠ 1,240.01" in found.out
    assert "The next sync carries it over.  xtiger sync Invoices" in found.out
    assert "1 record is on one side only with a known reason" in found.out
    assert "Add at least one line.  lines_missing" in found.out
    assert "bills and other documents of another type" in found.out


def test_a_narrow_terminal_gets_two_lines_for_each(
    xtiger: Xtiger, library: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """80 columns: nothing is cut off."""
    monkeypatch.setattr("xtiger.cli.app._PIPE_COLUMNS", 80)
    lines = xtiger("reconcile").out.splitlines()

    at = lines.index("≠ Invoices INV-1  Total: CRM 1,240.00 · Xero 1,240.01")
    assert "  The next sync carries it over.  xtiger sync Invoices" == lines[at + 1].rstrip()
    assert 80 >= max(len(line) for line in lines)


def test_the_first_twenty_are_shown(xtiger: Xtiger, library: Answering) -> None:
    """The rest is in the file."""
    many = tuple(disagreement(f"Field {n}", n, n + 1) for n in range(25))
    library.found = proof(differences=many)
    out = xtiger("reconcile").out

    assert ("Field 19" in out, "Field 20" in out) == (True, False)
    assert "xtiger reconcile --csv FILE lists all" in out


def test_what_is_asked_for(xtiger: Xtiger, library: Answering) -> None:
    """Modules as the CRM spells them, and the first day."""
    xtiger("--connection", "c1", "reconcile", "invoices", "--since", "2026-01-31", "--json")

    assert [("c1", ("Invoices",), date(2026, 1, 31))] == library.calls


def test_json_has_everything(xtiger: Xtiger, library: Answering) -> None:
    """Counts, sums as text, differences with their cure, known ones with their code."""
    found = xtiger("reconcile", "--json")
    data = found.json

    assert (6, False, 1) == (found.code, data["agrees"], data["records"])
    assert {
        "read": 5,
        "in_scope": 3,
        "linked": 1,
        "only_here": 1,
        "standing": 1,
        "left_out": {"not_selected": 2},
    } == data["modules"]["Invoices"]["crm"]
    assert ("1240.01", None, ["Total"]) == (
        data["sums"][0]["xero"]["Total"],
        data["sums"][0]["crm"]["AmountDue"],
        data["sums"][0]["differing"],
    )
    assert ("Total", "1240.00", "1240.01", "sync", "xtiger sync Invoices") == tuple(
        data["differences"][0][key] for key in ("field", "crm", "xero", "code", "command")
    )
    assert "lines_missing" == data["standing"][0]["code"]
    assert datetime.fromisoformat(data["made_at"]).tzinfo is not None


def test_files_are_written(xtiger: Xtiger, library: Answering, tmp_path: Path) -> None:
    """Both at once; the terminal names them."""
    page, rows = tmp_path / "proof.html", tmp_path / "proof.csv"

    found = xtiger("reconcile", "--html", str(page), "--csv", str(rows))

    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert 7 == len(list(csv.reader(rows.read_text(encoding="utf-8").splitlines())))
    assert f"Written: {page}" in found.out


@pytest.mark.parametrize(("option", "begins"), [("--csv", "module,name"), ("--html", "<!doctype")])
def test_a_dash_prints_the_file_alone(
    xtiger: Xtiger, library: Answering, option: str, begins: str
) -> None:
    """Nothing else is on standard output, and the exit code still tells."""
    found = xtiger("reconcile", option, "-")

    assert found.out.startswith(begins)
    assert (6, False) == (found.code, "Out of scope   " in found.out)


@pytest.mark.parametrize(
    "arguments",
    [["--json", "--csv", "-"], ["--csv", "-", "--html", "-"], ["--since", "yesterday"]],
)
def test_what_cannot_be_is_refused(
    xtiger: Xtiger, library: Answering, arguments: list[str]
) -> None:
    """Two outputs for one place, or a day that is none: before anything is read."""
    assert (2, []) == (xtiger("reconcile", *arguments).code, library.calls)


def test_a_folder_that_is_not_there_is_named_at_once(
    xtiger: Xtiger, library: Answering, tmp_path: Path
) -> None:
    """Before minutes of reading, not after."""
    found = xtiger("reconcile", "--csv", str(tmp_path / "none" / "proof.csv"))

    assert (2, []) == (found.code, library.calls)
    assert "proof.csv: there is no such folder." in found.err


def test_a_file_that_cannot_be_written_is_named(
    xtiger: Xtiger, library: Answering, tmp_path: Path
) -> None:
    """A folder of that name: the sentence says which and why."""
    found = xtiger("reconcile", "--html", str(tmp_path))

    assert 2 == found.code
    assert f"{tmp_path} cannot be written: Is a directory." in found.err


def test_a_module_without_list_is_named(xtiger: Xtiger, library: Answering) -> None:
    """Silence would pass for agreement."""
    library.found = proof(not_compared=("Contacts",))

    assert "Contacts is not compared: Xero has no list of it." in xtiger("reconcile").out


def test_german(xtiger: Xtiger, library: Answering) -> None:
    """Verdict and headings in the language of the settings."""
    library.found = agreeing()
    out = xtiger("reconcile", XTIGER_LOCALE="de").out

    assert "Beide Seiten stimmen überein: 1 Datensatz, 0 Unterschiede." in out


def test_a_sync_names_the_proof(xtiger: Xtiger) -> None:
    """The last line after a sync is the next thing to do."""
    assert (
        "Prove that both sides agree: xtiger reconcile"
        == (xtiger("sync").out.strip().splitlines()[-1])
    )
