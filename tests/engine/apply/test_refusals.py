"""What Xero and the CRM say to a refused write, as causes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xtiger.engine.apply.refusals import item_gone, refused_by_crm, refused_cause, taken_cause
from xtiger.hosts.standard import invoices
from xtiger.model.plans import Cause, Difference, Item, Needed
from xtiger.model.records import Problem, Ref
from xtiger.rules.catalogue import CATALOGUE

NAME_TAKEN = (
    "The contact name Acme is already assigned to another contact. The contact name must be "
    "unique across all active contacts."
)
REFUSALS = {
    NAME_TAKEN: "contact_same_name",
    "Price List Item with Code 'P1' already exists": "code_taken",
    "Account Number already exists": "account_number_taken",
    "Invoice # must be unique.": "number_taken",
    "The document date cannot be before the period lock date, currently set at 1 May 2026": (
        "period_locked"
    ),
    "Users Organisation is not subscribed to currency NZD": "currency_not_enabled",
    "Payments can only be made against Authorised documents": "payment_needs_approval",
    "Payment amount exceeds the amount outstanding on this document": "payment_too_high",
    "Account type is invalid for making a payment": "payment_account_invalid",
    "This document cannot be edited as it has a payment or credit note allocated to it.": (
        "invoice_locked"
    ),
    "Invoice not of valid status for modification": "invoice_locked",
    "archived contacts cannot currently be edited via the API": "archived_in_xero",
    "Something new": "xero_refused",
}
ACME = Item(
    "Organizations",
    "Contact",
    "1",
    None,
    "Acme",
    to_xero={"Name": "Acme Ltd", "AccountNumber": "A1"},
    differences=(Difference("Name", "Company", None, "a", "b", "to_xero"),),
)
PAID = Item(
    "Payments",
    "Payment",
    "2",
    None,
    "Payment 2",
    to_xero={"Amount": "12.50", "Account.AccountID": "a-1", "Date": "2026-11-20"},
    crm_values={"Account.AccountID": "090"},
    needs=(Needed(Ref("Invoices", "7"), "INV-7"),),
)
BILL = Item(
    "Invoices",
    "Invoice",
    "7",
    "x7",
    "INV-7",
    to_xero={"InvoiceNumber": "INV-7"},
    needs=(Needed(Ref("Organizations", "1"), "Acme"),),
)


@pytest.mark.parametrize(("said", "code"), REFUSALS.items())
def test_what_xero_says_becomes_a_cause(said: str, code: str) -> None:
    """Known words become the code of that rule with its result, others are shown as they are."""
    cause, result = refused_cause(ACME, ["A remark", said] if code != "xero_refused" else [said])

    assert (code, CATALOGUE[code].result) == (cause.code, result)
    assert "{" not in CATALOGUE[code].sentence.format(**cause.data)


@pytest.mark.parametrize(
    ("item", "said", "data"),
    [
        (ACME, NAME_TAKEN, {"name": "Acme Ltd"}),
        (
            ACME,
            "Account Number already exists",
            {"number": "A1", "other": "Another contact in Xero"},
        ),
        (
            BILL,
            "lock date, currently set at 1 May 2026.",
            {"date": "", "lock": "1 May 2026"},
        ),
        (BILL, "archived contacts cannot be used", {"name": "Acme"}),
        (
            PAID,
            "exceeds the amount outstanding",
            {"number": "INV-7", "amount": "12.50", "due": "a smaller amount"},
        ),
        (PAID, "Payments can only be made against Authorised documents", {"number": "INV-7"}),
        (PAID, "Account type is invalid for making a payment", {"account": "090"}),
    ],
)
def test_a_cause_names_what_was_sent(item: Item, said: str, data: dict[str, str]) -> None:
    """The invoice of a payment and the payer of an invoice where these are what it is about."""
    assert data == refused_cause(item, [said])[0].data


def test_what_is_known_stands_before_what_is_not() -> None:
    """Each reason once; all that nobody knows in one, as Xero said it."""
    cause, result = refused_cause(ACME, ["Odd", NAME_TAKEN, "Odder", NAME_TAKEN])

    assert ["contact_same_name", "xero_refused"] == [one.code for one in cause.each()]
    assert ("held", {"message": "Odd; Odder"}) == (result, cause.also[0].data)


def test_a_refusal_without_a_word_is_one() -> None:
    """Xero answers so now and then."""
    cause, result = refused_cause(ACME, [])

    assert (Cause("xero_refused", {"message": "no reason given"}), "failed") == (cause, result)


def test_a_line_of_a_deleted_item_waits_for_it() -> None:
    """Xero's words name the code, which stands for the product."""
    cause, _ = refused_cause(BILL, ["Item code 'P 1' is not valid"])

    assert ("parent_left_out", "P 1", "gone_in_xero") == (
        cause.code,
        cause.data["parent"],
        cause.data["why"],
    )
    assert ["P 1", ""] == [
        item_gone(["Odd", "Item code 'P 1' is not valid"]),
        item_gone(["Odd"]),
    ]


@pytest.mark.parametrize(
    ("problem", "data"),
    [
        (None, {"message": "no reason given"}),
        (Problem("locked", "It is locked."), {"message": "It is locked."}),
        (
            Problem("invalid", "too late", "duedate"),
            {"message": "Due Date: too late", "field": "duedate"},
        ),
        (
            Problem("invalid", "Due date is too late", "duedate"),
            {"message": "Due date is too late", "field": "duedate"},
        ),
        (Problem("invalid", "odd", "nowhere"), {"message": "nowhere: odd", "field": "nowhere"}),
    ],
)
def test_what_the_crm_refuses_names_its_field_as_people_know_it(
    problem: Problem | None, data: dict[str, str]
) -> None:
    """Once: a message that says it already is left as it is."""
    assert Cause("crm_refused", data) == refused_by_crm(invoices(), problem)


@pytest.mark.parametrize(
    ("kind", "code"),
    [("Contact", "crm_duplicate"), ("Item", "code_taken"), ("Invoice", "number_taken")],
)
def test_a_record_taken_meanwhile_says_by_what(kind: str, code: str) -> None:
    """The cause of a link that somebody else made first, per kind, with all its words."""
    cause = taken_cause(replace(ACME, kind=kind))

    assert code == cause.code
    assert "Acme" in cause.data.values()
    assert "{" not in CATALOGUE[code].sentence.format(**cause.data)
