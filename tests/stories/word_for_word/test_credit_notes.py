"""`xtiger list` on the real library: switched on, synced, listed, and told why it is empty."""

from __future__ import annotations

from tests.cli.conftest import Xtiger
from tests.stories.word_for_word.conftest import Place
from xtiger.hosts.memory import MemoryHost


def credited(host: MemoryHost, place: Place, connected: Xtiger, number: str) -> None:
    """A credit note over 25.50 that an accountant made in Xero for the first contact."""
    host.create("Organizations", {"accountname": "Kererū Café"})
    connected("sync")
    contact = place.sandbox.table("Contacts")[0]["ContactID"]
    line = {"Description": "Back", "Quantity": 1, "UnitAmount": "25.5", "AccountCode": "200"}
    place.sandbox.add(
        "CreditNotes",
        {
            "Type": "ACCRECCREDIT",
            "Contact": {"ContactID": contact},
            "CreditNoteNumber": number,
            "Date": "2026-11-02",
            "LineAmountTypes": "NoTax",
            "LineItems": [line],
            "Status": "AUTHORISED",
        },
    )


def test_credit_notes_are_listed(connected: Xtiger, host: MemoryHost, place: Place) -> None:
    """The switch, a sync that counts what it read, and a row with its amounts."""
    credited(host, place, connected, "CN-7")

    switched = connected("modules", "set", "creditnotes", "--enabled", "on")
    synced = connected("sync")
    shown = connected("list", "CreditNotes")

    assert (0, 0, 0) == (switched.code, synced.code, shown.code), shown.err
    assert "1 read" in synced.out
    (row,) = [line.split() for line in shown.out.splitlines() if "CN-7" in line]
    assert [
        "CN-7",
        "Kererū",
        "Café",
        "ACCRECCREDIT",
        "2026-11-02",
        "AUTHORISED",
        "GBP",
        "25.50",
        "25.50",
    ] == row


def test_the_list_is_chosen_by_status(connected: Xtiger, host: MemoryHost, place: Place) -> None:
    """As JSON with the columns' names; a status without records lists none."""
    credited(host, place, connected, "CN-7")
    connected("modules", "set", "CreditNotes", "--enabled", "on")
    connected("sync")

    approved = connected("list", "CreditNotes", "--status", "authorised", "--json").json
    voided = connected("list", "CreditNotes", "--status", "VOIDED", "--json").json

    assert [("CN-7", "25.5", "25.5", "2026-11-02")] == [
        (one["number"], one["total"], one["remaining"], one["date"]) for one in approved["records"]
    ]
    assert [] == voided["records"]


def test_what_can_be_listed_stands_among_the_modules(connected: Xtiger) -> None:
    """A person finds the name to switch on, and a program finds it apart from what is synced."""
    shown, told = connected("modules").out, connected("modules", "--json").json

    assert ["CreditNotes ← CreditNote only listed"] == [
        " ".join(line.split()) for line in shown.splitlines() if "CreditNote" in line
    ]
    assert {"name": "CreditNotes", "kind": "CreditNote"} in told["listed"]
    assert ["CreditNotes", "Prepayments", "Overpayments"] == [one["name"] for one in told["listed"]]


def test_an_empty_list_says_why(connected: Xtiger) -> None:
    """Switched off: how to switch it on; nothing there yet: how to read it again."""
    off = connected("list", "CreditNotes").out
    connected("modules", "set", "CreditNotes", "--enabled", "on")
    on = connected("list", "CreditNotes").out

    assert "xtiger modules set CreditNotes --enabled on" in off
    assert "xtiger sync" in on


def test_what_is_synced_is_not_listed(connected: Xtiger) -> None:
    """A module of the CRM is an unknown one here, and those that list are named."""
    found = connected("list", "Invoices")

    assert (True, True) == (found.code != 0, "CreditNotes" in found.err)
