"""Loading the seed into the CRM."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from xtiger.demo.models import Invoice, InvoiceLine, Organization
from xtiger.demo.seeding.load_seed import expected, flaws, load, read_seed


def test_a_second_load_changes_nothing(sessions: sessionmaker[Session]) -> None:
    """A CRM that has records is left alone."""
    assert not load(sessions)


def test_all_lines_arrive(sessions: sessionmaker[Session]) -> None:
    """The tables hold as many lines as the file."""
    lines = sum(len(invoice["lines"]) for invoice in read_seed()["invoices"])
    with sessions() as session:
        assert lines == session.scalar(select(func.count()).select_from(InvoiceLine))


def test_stored_sums_stay_as_the_file_has_them(sessions: sessionmaker[Session]) -> None:
    """Loading does not mend the total that is a pound off."""
    flaw = next(flaw for flaw in flaws() if flaw.code == "total_differs")
    with sessions() as session:
        invoice = session.get_one(Invoice, int(flaw.crm_id))

        assert Decimal("1.00") == invoice.total - invoice.totals().total


def test_names_of_all_scripts_survive(sessions: sessionmaker[Session]) -> None:
    """A Japanese name is stored as it is."""
    with sessions() as session:
        assert "東京茶業株式会社" == session.get_one(Organization, 9).name


def test_flaws_come_with_their_cause() -> None:
    """The cascade of the archived organisation names it."""
    found = next(flaw for flaw in flaws() if flaw.number == "INV-0031")

    assert ("Organizations", "58") == found.cascade_of


def test_expected_counts_are_given_for_each_synced_module() -> None:
    """The story can check every module that it syncs."""
    assert ["Organizations", "Products", "Services", "Invoices", "Payments"] == list(expected())
