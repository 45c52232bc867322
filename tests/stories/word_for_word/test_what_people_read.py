"""What people read in a terminal, whole: plan, log and proof of a small CRM, word for word.

After a change that is meant: `pytest tests/stories/word_for_word/test_what_people_read.py
--snapshot-update`, and read the difference before it is committed.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.cli.conftest import Ended, Xtiger
from tests.stories.word_for_word.conftest import Place
from xtiger.hosts.memory import MemoryHost

pytestmark = pytest.mark.usefixtures("frozen")


#: Xero draws its ids at random.
_XERO_ID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_ANY_ID = "12345678-1234-4234-8234-123456789abc"


def said(found: Ended) -> str:
    """Both outputs and the exit code, without the blanks that fill columns."""
    lines = [line.rstrip() for line in (found.out + found.err).splitlines()]
    return _XERO_ID.sub(_ANY_ID, "\n".join([*lines, f"[{found.code}]"]))


@pytest.fixture
def small(
    frozen: FrozenDateTimeFactory, connected: Xtiger, host: MemoryHost, place: Place
) -> Xtiger:
    """A café that buys, one name that Xero refuses, one invoice without due date; nothing sent."""
    cafe = host.create("Organizations", {"accountname": "Kererū Café", "email1": "a@b.example"})
    host.create("Organizations", {"accountname": "Amberley <Litho> Ltd"})
    host.create("Organizations", {"accountname": "Weka Joinery", "phone": "+64 3 555 0100"})
    place.sandbox.add("Contacts", {"Name": "Weka Joinery", "EmailAddress": "weka@b.example"})
    place.sandbox.add("Contacts", {"Name": "Tūī Books"})
    given = {"account_id": cafe, "invoicedate": date(2026, 11, 2), "invoicestatus": "Approved"}
    line = {"name": "Beans", "quantity": Decimal(3), "listprice": Decimal("12.34")}
    due = date(2026, 12, 2)
    bill = host.create("Invoices", {**given, "invoice_no": "I1", "duedate": due}, [line])
    host.create("Invoices", {**given, "invoice_no": "I2"}, [line])
    paid = {"paymentdate": date(2026, 11, 5), "paymentstatus": "Received", "account": "090"}
    host.create("Payments", {"invoice_id": bill, "amount": Decimal(10), **paid})
    assert 0 == connected("mapping", "set", "Invoices", "sales_account", "200").code
    frozen.tick(timedelta(minutes=3))  # what was saved a moment ago is left to its own sync
    return connected


@pytest.fixture
def synced(small: Xtiger, frozen: FrozenDateTimeFactory) -> Xtiger:
    """The same, synced; three minutes later."""
    small("extensions", "enable", "xtlog")
    small("sync")
    frozen.tick(timedelta(minutes=3))
    return small


@pytest.fixture
def apart(synced: Xtiger, host: MemoryHost, place: Place, frozen: FrozenDateTimeFactory) -> Xtiger:
    """The café's address was changed on both sides, the name of Tūī Books in Xero."""
    cafe, books = (
        next(one for one in place.sandbox.table("Contacts") if one["Name"] == name)
        for name in ("Kererū Café", "Tūī Books")
    )
    host.edit("Organizations", "1", email1="crm@b.example")
    place.sandbox.edit("Contacts", cafe["ContactID"], {"EmailAddress": "xero@b.example"})
    place.sandbox.edit("Contacts", books["ContactID"], {"Name": "Tūī Books & Maps"})
    frozen.tick(timedelta(minutes=3))
    return synced


def test_the_first_plan(small: Xtiger, snapshot: object) -> None:
    """Counts per module, cost, and what is held with its cure."""
    assert snapshot == said(small("plan"))


def test_the_fields_of_a_plan(small: Xtiger, snapshot: object) -> None:
    """Each field that would travel, with both values."""
    assert snapshot == said(small("plan", "--fields", "Organizations"))


def test_the_first_sync(small: Xtiger, snapshot: object) -> None:
    """What was done, what waits and why."""
    assert snapshot == said(small("sync"))


def test_the_log_of_a_sync(synced: Xtiger, snapshot: object) -> None:
    """One row per record, newest first."""
    assert snapshot == said(synced("log"))


def test_the_list_of_runs(synced: Xtiger, snapshot: object) -> None:
    """When, how and what came out."""
    assert snapshot == said(synced("runs"))


def test_the_proof_after_a_sync(synced: Xtiger, snapshot: object) -> None:
    """Both sides agree; what is on one side only has its reason."""
    assert snapshot == said(synced("reconcile"))


def test_a_plan_with_a_conflict(apart: Xtiger, snapshot: object) -> None:
    """One field changed on both sides, another on one."""
    assert snapshot == said(apart("plan"))


def test_the_proof_of_a_difference(apart: Xtiger, snapshot: object) -> None:
    """Each difference with both values and its cure; exit code 6."""
    assert snapshot == said(apart("reconcile"))


def test_the_list_of_conflicts(apart: Xtiger, snapshot: object) -> None:
    """Both values, and how to decide."""
    apart("sync")

    assert snapshot == said(apart("conflicts"))


@pytest.mark.parametrize("locale", ["de", "fr"])
def test_the_first_plan_and_sync_in_another_language(
    small: Xtiger, locale: str, snapshot: object
) -> None:
    """Counts, causes and cures, as a German and a French accountant read them."""
    pages = [said(small(name, XTIGER_LOCALE=locale)) for name in ("plan", "sync")]

    assert snapshot == "\n\n".join(pages)


@pytest.mark.parametrize("locale", ["de", "fr"])
def test_what_is_read_later_in_another_language(
    apart: Xtiger, locale: str, snapshot: object
) -> None:
    """The log, the runs, a conflict and the proof of a difference."""
    asked = ("log", "runs", "plan", "reconcile")
    pages = [said(apart(name, XTIGER_LOCALE=locale)) for name in asked]
    apart("sync")
    pages.append(said(apart("conflicts", XTIGER_LOCALE=locale)))

    assert snapshot == "\n\n".join(pages)
