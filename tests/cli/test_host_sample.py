"""`xtiger host check --sample`: what the library sees of a CRM, before anything is sent."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.mistaken_crm import SOUND, Base, Bill, Company, Line, Session
from xtiger.cli.root import run


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A sound adapter, and a database that is empty again after the test."""
    (tmp_path / "sampled.py").write_text(SOUND, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    yield tmp_path
    sys.modules.pop("sampled", None)
    with Session.begin() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())


def _sample(folder: Path, *more: str) -> int:
    environment = {
        "XTIGER_HOME": str(folder / "home"),
        "XTIGER_HOST": "sampled:make_host",
        "XTIGER_SAFE_MODE": "1",
    }
    return run(["host", "check", "--sample", *more], environment)


def _sell() -> None:
    with Session.begin() as session:
        line = Line(place=1, text="Tea", quantity=Decimal(3), price=Decimal("12.5"))
        buyer = Company(name="Tea & Sons", slug=1)
        session.add(Bill(number="R-1", company=buyer, day=date(2026, 11, 20), lines=[line]))


def test_one_record_of_each_module_is_shown(crm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each field with its role and value; an invoice with what its lines add up to."""
    _sell()
    code = _sample(crm)
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]

    assert 0 == code
    for line in (
        "Organizations 1",
        "name organisation.name Tea & Sons",
        "staff · —",
        "Products: no record yet.",
        "number invoice.number R-1",
        "Line 1",
        "quantity line.quantity 3.0000",
        "Its lines add up to 37.50.",
    ):
        assert line in said


def test_an_empty_crm_is_checked_too(crm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing is there yet the description alone is looked over, and said so."""
    code = _sample(crm)
    said = capsys.readouterr().out

    assert (0, 4) == (code, said.count("no record yet."))
    assert "crm: all checks passed." in said


def test_a_program_gets_the_samples(crm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the values and sums are data, amounts as text."""
    _sell()
    _sample(crm, "--json")
    found = json.loads(capsys.readouterr().out)
    bill = next(one for one in found["samples"] if one["module"] == "Invoices")

    assert ("1", "37.50", None) == (bill["crm_id"], bill["expected_total"], bill["total"])
    assert "Tea" == bill["lines"][0]["text"]
