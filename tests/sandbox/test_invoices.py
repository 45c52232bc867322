"""Claims about invoices: statuses, numbers, dates, currency, edits after payment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.client import Client, Clock
from xtiger.sandbox import Sandbox
from xtiger.sandbox.accounting.documents.documents import due_date

MODIFICATION = "Invoice not of valid status for modification"
CREATION = "Invoice not of valid status for creation"
PAID_FOR = "This document cannot be edited as it has a payment or credit note allocated to it."


def draft(**fields: Any) -> dict[str, Any]:
    """Return a sales invoice over 120.00 that can be created as it is."""
    invoice = {
        "Type": "ACCREC",
        "Contact": {"Name": "Alpha"},
        "Date": "2026-11-20",
        "DueDate": "2026-12-20",
        "LineItems": [{"Description": "Work", "UnitAmount": 100, "AccountCode": "200"}],
    }
    return {name: value for name, value in (invoice | fields).items() if value is not None}


def _pay(client: Client, invoice: Any, amount: Any) -> Any:
    payment = {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "090"},
        "Date": "2026-11-21",
        "Amount": amount,
    }
    return client.put("Payments", payment)[0]


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "AUTHORISED"])
def test_created_status_is_kept(client: Client, status: str) -> None:
    """An invoice may be created in three statuses."""
    assert status == client.put("Invoices", draft(Status=status))[0]["Status"]


@pytest.mark.parametrize("status", ["PAID", "VOIDED", "DELETED"])
def test_other_statuses_are_not_for_creation(client: Client, status: str) -> None:
    """Paid, voided and deleted are reached, not created."""
    assert [CREATION] == client.errors("PUT", "Invoices", draft(Status=status))


ALLOWED = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "PAID": {"PAID"},
    "VOIDED": set(),
    "DELETED": set(),
}


def _in_status(client: Client, status: str) -> Any:
    first = {"PAID": "AUTHORISED", "VOIDED": "AUTHORISED", "DELETED": "DRAFT"}
    made = client.put("Invoices", draft(Status=first.get(status, status)))[0]
    if status == "PAID":
        _pay(client, made, made["Total"])
    elif status in first:
        client.post(f"Invoices/{made['InvoiceID']}", {"Status": status})
    return made


@pytest.mark.parametrize("before", sorted(ALLOWED))
@pytest.mark.parametrize("after", sorted(ALLOWED))
def test_transitions(client: Client, before: str, after: str) -> None:
    """Of the 36 steps between statuses exactly Xero's are taken."""
    made = _in_status(client, before)
    body = {"Invoices": [{"InvoiceID": made["InvoiceID"], "Status": after}]}
    answer = client.call("POST", "Invoices", body)

    assert (after in ALLOWED[before]) == (answer.status_code == 200), answer.text


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"Type": "ACCRECCREDIT"}, "Invoice not of valid type for creation"),
        ({"Contact": None}, "A Contact must be specified for this type of transaction"),
        ({"Contact": {}}, "The Contact must contain at least 1 of the following elements to "),
        ({"LineItems": [], "Status": "AUTHORISED"}, "One or more line items must be specified"),
        ({"DueDate": None, "Status": "AUTHORISED"}, "A DueDate must be given for this status."),
        ({"CurrencyCode": "JPY"}, "Users Organisation is not subscribed to currency JPY"),
        ({"InvoiceNumber": "Nº 1"}, "InvoiceNumber must consist of printable ASCII"),
        ({"Url": "https://my-xero.example.com/1"}, "Url must be an absolute http address"),
        ({"Reference": "x" * 256}, "Reference is longer than 255 characters."),
        ({"Total": 1}, "The document total does not equal the sum of the lines."),
    ],
)
def test_rules_of_creation(client: Client, fields: dict[str, Any], error: str) -> None:
    """Each rule refuses the invoice with its own message."""
    assert client.errors("PUT", "Invoices", draft(**fields))[0].startswith(error)


def test_terms_of_the_contact_give_the_due_date(client: Client) -> None:
    """Without DueDate the contact's payment terms decide."""
    terms = {"Sales": {"Day": 14, "Type": "DAYSAFTERBILLDATE"}}
    client.put("Contacts", {"Name": "Alpha", "PaymentTerms": terms})
    made = client.put("Invoices", draft(DueDate=None, Status="AUTHORISED"))[0]

    assert "2026-12-04T00:00:00" == made["DueDateString"]


@pytest.mark.parametrize(
    ("day", "kind", "due"),
    [
        (14, "DAYSAFTERBILLDATE", "2027-02-12"),
        (14, "DAYSAFTERBILLMONTH", "2027-02-14"),
        (31, "OFCURRENTMONTH", "2027-01-31"),
        (31, "OFFOLLOWINGMONTH", "2027-02-28"),
    ],
)
def test_kinds_of_payment_terms(day: int, kind: str, due: str) -> None:
    """An invoice of 29 January 2027 is due by each kind of terms."""
    assert due == due_date("2027-01-29", day, kind)


def test_sales_numbers_are_unique_and_made_when_absent(client: Client) -> None:
    """A sales number is unique; without one the next free number is taken."""
    client.put("Invoices", draft(InvoiceNumber="INV-0001"))
    made = client.put("Invoices", draft())[0]

    assert "INV-0002" == made["InvoiceNumber"]
    assert ["Invoice # must be unique."] == client.errors(
        "PUT", "Invoices", draft(InvoiceNumber="inv-0001")
    )


def test_bill_numbers_are_not_unique(client: Client) -> None:
    """Two bills may carry the same number."""
    bill = draft(Type="ACCPAY", InvoiceNumber="77")
    bill["LineItems"] = [{"Description": "x", "UnitAmount": 1, "AccountCode": "429"}]
    rows = client.put("Invoices", bill, bill)

    assert ["77", "77"] == [row["InvoiceNumber"] for row in rows]


def test_bill_is_never_found_by_the_number_of_a_sale(client: Client) -> None:
    """POST of a bill with the number of a sale makes a bill."""
    sale = client.put("Invoices", draft(InvoiceNumber="A1"))[0]
    line = {"Description": "x", "UnitAmount": 1, "AccountCode": "429"}
    bill = client.post("Invoices", draft(Type="ACCPAY", InvoiceNumber="A1", LineItems=[line]))[0]

    assert ("ACCPAY", True) == (bill["Type"], bill["InvoiceID"] != sale["InvoiceID"])


def test_post_finds_a_sales_invoice_by_number(client: Client) -> None:
    """POST with a known number updates; references do not matter."""
    made = client.put("Invoices", draft(InvoiceNumber="A1", Reference="r"))[0]
    after = client.post("Invoices", {"InvoiceNumber": "A1", "Reference": "s"})[0]

    assert (made["InvoiceID"], "s") == (after["InvoiceID"], after["Reference"])


def test_unknown_contact_name_is_created(client: Client, sandbox: Sandbox) -> None:
    """An invoice for a name that nobody has makes the contact."""
    client.put("Invoices", draft())

    assert ["Alpha"] == [row["Name"] for row in sandbox.table("Contacts")]


def test_refused_invoice_leaves_no_contact(client: Client, sandbox: Sandbox) -> None:
    """What a refused element would have created is taken back."""
    client.errors("PUT", "Invoices", draft(CurrencyCode="JPY"))

    assert [] == sandbox.table("Contacts")


def test_archived_contact_takes_no_document(client: Client) -> None:
    """An archived contact, by id or by name, refuses the invoice."""
    made = client.put("Contacts", {"Name": "Alpha"})[0]
    client.post(f"Contacts/{made['ContactID']}", {"ContactStatus": "ARCHIVED"})
    message = (
        "The contact with the specified contact details has been archived. "
        "The contact must be un-archived before creating new invoices or credit notes"
    )
    by_id = draft(Contact={"ContactID": made["ContactID"]})

    assert [message] * 2 == client.errors("PUT", "Invoices", draft(), by_id)


def test_foreign_currency_gets_the_day_rate(client: Client) -> None:
    """Without CurrencyRate a foreign document gets a rate, a base one gets 1."""
    rows = client.put("Invoices", draft(CurrencyCode="EUR"), draft())

    assert [Decimal("1.152340"), Decimal(1)] == [row["CurrencyRate"] for row in rows]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (
            "PeriodLockDate",
            (
                "The document date cannot be before the period lock date, "
                "currently set at 20 November 2026"
            ),
        ),
        (
            "EndOfYearLockDate",
            (
                "The document date cannot be before the end of year lock date, "
                "currently set at 20 November 2026"
            ),
        ),
    ],
)
def test_lock_dates_refuse_their_day(
    client: Client, sandbox: Sandbox, field: str, message: str
) -> None:
    """A document on the lock date itself is refused; on the day after it is taken."""
    sandbox.edit("Organisation", client.tenant, {field: "2026-11-20"})

    assert [message] == client.errors("PUT", "Invoices", draft())
    assert "DRAFT" == client.put("Invoices", draft(Date="2026-11-21"))[0]["Status"]


def test_sent_to_contact_waits_for_approval(client: Client) -> None:
    """On a draft SentToContact is left out with a warning; on an approved invoice it is set."""
    rows = client.put(
        "Invoices",
        draft(SentToContact=True),
        draft(SentToContact=True, Status="AUTHORISED"),
        summarizeErrors="false",
    )

    assert [
        (False, "WARNING", "Only AUTHORISED invoices may have SentToContact updated."),
        (True, "OK", None),
    ] == [
        (
            row["SentToContact"],
            row["StatusAttributeString"],
            row["Warnings"][0]["Message"] if "Warnings" in row else None,
        )
        for row in rows
    ]


def test_payments_move_an_invoice_to_paid_and_back(client: Client) -> None:
    """Part, full and deleted payment: amounts and status follow."""
    made = client.put("Invoices", draft(Status="AUTHORISED"))[0]
    path = f"Invoices/{made['InvoiceID']}"
    seen = []
    _pay(client, made, 20)
    seen.append(client.get(path)["Invoices"][0])
    last = _pay(client, made, 100)
    seen.append(client.get(path)["Invoices"][0])
    client.call("POST", f"Payments/{last['PaymentID']}", {"Status": "DELETED"})
    seen.append(client.get(path)["Invoices"][0])

    assert [("AUTHORISED", 20, 100), ("PAID", 120, 0), ("AUTHORISED", 20, 100)] == [
        (row["Status"], row["AmountPaid"], row["AmountDue"]) for row in seen
    ]
    assert [False, True, False] == ["FullyPaidOnDate" in row for row in seen]


@pytest.mark.parametrize("amount", [20, 120])
@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"Reference": "new"}, True),
        ({"DueDate": "2027-01-01"}, True),
        ({"InvoiceNumber": "NEW-1"}, True),
        ({"Url": "https://crm.example.com/1"}, True),
        ({"Contact": {"Name": "Beta"}}, True),
        ({"Date": "2026-11-19"}, False),
        ({"CurrencyCode": "EUR"}, False),
        ({"LineItems": [{"Description": "x", "UnitAmount": 100, "AccountCode": "200"}]}, False),
    ],
)
def test_what_may_change_after_money_arrived(
    client: Client, amount: int, fields: dict[str, Any], allowed: bool
) -> None:
    """Part or fully paid: texts, due date, number and contact may change; amounts may not."""
    made = client.put("Invoices", draft(Status="AUTHORISED"))[0]
    _pay(client, made, amount)
    answer = client.call("POST", f"Invoices/{made['InvoiceID']}", {"Invoices": [fields]})

    assert (allowed, not allowed) == (answer.status_code == 200, PAID_FOR in answer.text)


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"Description": "Better words"}, True),
        ({"AccountCode": "260"}, True),
        ({"UnitAmount": 99}, False),
        ({"TaxType": "ZERORATEDOUTPUT"}, False),
    ],
)
def test_lines_after_money_arrived(client: Client, fields: dict[str, Any], allowed: bool) -> None:
    """Of a paid line its words and account may change, its amounts may not."""
    made = client.put("Invoices", draft(Status="AUTHORISED"))[0]
    _pay(client, made, 20)
    line = {"LineItemID": made["LineItems"][0]["LineItemID"]} | fields
    answer = client.call("POST", f"Invoices/{made['InvoiceID']}", {"LineItems": [line]})

    assert (allowed, not allowed) == (answer.status_code == 200, PAID_FOR in answer.text)


def test_document_with_money_cannot_be_voided(client: Client) -> None:
    """A part-paid invoice is not voided before its payments are deleted."""
    made = client.put("Invoices", draft(Status="AUTHORISED"))[0]
    _pay(client, made, 20)

    assert [MODIFICATION] == client.errors(
        "POST", f"Invoices/{made['InvoiceID']}", {"Status": "VOIDED"}
    )


def test_voiding_with_discounted_lines_is_refused(client: Client) -> None:
    """Voiding takes id and Status only."""
    made = client.put("Invoices", draft(Status="AUTHORISED"))[0]
    line = {"Description": "x", "UnitAmount": 1, "AccountCode": "200", "DiscountRate": 1}

    assert [MODIFICATION] == client.errors(
        "POST", f"Invoices/{made['InvoiceID']}", {"Status": "VOIDED", "LineItems": [line]}
    )


def test_voided_invoices_stay_in_lists(client: Client) -> None:
    """A list shows voided and deleted rows; readers must filter."""
    for status in ("VOIDED", "DELETED"):
        _in_status(client, status)
    rows = client.get("Invoices", page="1")["Invoices"]

    assert {"VOIDED", "DELETED"} == {row["Status"] for row in rows}


def test_due_date_of_a_part_paid_invoice_moves_no_stamp(client: Client, clock: Clock) -> None:
    """Such a change is invisible to If-Modified-Since; a reference is not."""
    made = client.put("Invoices", draft(Status="AUTHORISED"))[0]
    _pay(client, made, 20)
    path = f"Invoices/{made['InvoiceID']}"
    before = client.get(path)["Invoices"][0]["UpdatedDateUTC"]
    clock.pass_by(seconds=9)
    after = [
        client.post(path, {"DueDate": "2027-02-01"})[0]["UpdatedDateUTC"],
        client.post(path, {"Reference": "new"})[0]["UpdatedDateUTC"],
    ]

    assert [True, False] == [stamp == before for stamp in after]


def test_list_without_page_has_empty_lines(client: Client) -> None:
    """Lines come with page, by id or by Statuses; a plain list has them empty."""
    made = client.put("Invoices", draft())[0]
    counts = [
        len(client.get("Invoices")["Invoices"][0]["LineItems"]),
        len(client.get("Invoices", page="1")["Invoices"][0]["LineItems"]),
        len(client.get("Invoices", Statuses="DRAFT")["Invoices"][0]["LineItems"]),
        len(client.get(f"Invoices/{made['InvoiceNumber']}")["Invoices"][0]["LineItems"]),
    ]

    assert [0, 1, 1, 1] == counts


def test_dates_come_in_both_forms(client: Client) -> None:
    """A day is shown as milliseconds and as text."""
    made = client.put("Invoices", draft())[0]

    assert ("/Date(1795132800000+0000)/", "2026-11-20T00:00:00") == (
        made["Date"],
        made["DateString"],
    )
