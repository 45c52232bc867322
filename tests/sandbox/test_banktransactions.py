"""Claims about bank transactions and money on account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.client import Client
from tests.sandbox.test_creditnotes import allocate, invoice
from xtiger.sandbox.accounting import messages

LINE = {"Description": "Cash sale", "Quantity": 1, "UnitAmount": 120, "AccountCode": "200"}


def transaction(**fields: Any) -> dict[str, Any]:
    """120.00 received for a cash sale, as sent."""
    return {
        "Type": "RECEIVE",
        "Contact": {"Name": "Alpha"},
        "BankAccount": {"Code": "090"},
        "LineItems": [LINE],
    } | fields


def over(**fields: Any) -> dict[str, Any]:
    """50.00 received on account, as sent."""
    line = {"Description": "Too much", "LineAmount": 50}
    return transaction(Type="RECEIVE-OVERPAYMENT", LineItems=[line]) | fields


def test_amounts_hold_the_tax_by_default(client: Client) -> None:
    """Unlike invoices, bank transactions are Inclusive unless said otherwise."""
    made = client.put("BankTransactions", transaction(Reference="R"))[0]

    assert ("Inclusive", 100, 20, 120) == tuple(
        made[name] for name in ("LineAmountTypes", "SubTotal", "TotalTax", "Total")
    )
    assert ("AUTHORISED", "R", "090") == (
        made["Status"],
        made["Reference"],
        made["BankAccount"]["Code"],
    )


def test_spending_makes_a_supplier(client: Client) -> None:
    """RECEIVE makes a customer, SPEND a supplier."""
    spent = transaction(Type="SPEND", LineItems=[LINE | {"AccountCode": "400"}])
    client.put("BankTransactions", spent)
    contact = client.get("Contacts", page="1")["Contacts"][0]

    assert (True, False) == (contact["IsSupplier"], contact["IsCustomer"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Type": "GIVE"}, messages.OWN_BANK_TYPE),
        ({"BankAccount": {"Code": "200"}}, messages.OWN_BANK_ACCOUNT),
        ({"BankAccount": {"Code": "nope"}}, messages.OWN_BANK_ACCOUNT),
        ({"LineItems": []}, messages.LINES_MISSING),
        ({"LineItems": [LINE | {"Quantity": -1}]}, messages.OWN_BANK_LINE),
        ({"LineItems": [LINE | {"UnitAmount": 0}]}, messages.OWN_BANK_LINE),
        ({"LineItems": [LINE | {"UnitAmount": -5}]}, messages.OWN_BANK_TOTAL),
        ({"LineItems": [LINE | {"TaxAmount": 1}]}, messages.OWN_BANK_TAX),
        ({"LineItems": [LINE | {"AccountCode": "090"}]}, messages.ACCOUNT_INVALID),
        ({"Status": "DELETED"}, messages.OWN_BANK_STATUS),
    ],
)
def test_what_does_not_fit_is_refused(
    client: Client, changes: dict[str, Any], message: str
) -> None:
    """Each rule of bank transactions answers by its own message."""
    found = client.errors("PUT", "BankTransactions", transaction(**changes))

    assert message.format(code="090") in found
    assert [] == client.sandbox.table("BankTransactions")


def test_update_and_delete(client: Client) -> None:
    """RECEIVE and SPEND are edited by id, and deleted by status once."""
    made = client.put("BankTransactions", transaction())[0]["BankTransactionID"]
    changed = client.post(f"BankTransactions/{made}", {"LineItems": [LINE | {"UnitAmount": 60}]})
    client.post("BankTransactions", {"BankTransactionID": made, "Status": "DELETED"})
    again = client.errors("POST", f"BankTransactions/{made}", {"Status": "DELETED"})

    assert Decimal(60) == changed[0]["Total"]
    assert "DELETED" == client.get(f"BankTransactions/{made}")["BankTransactions"][0]["Status"]
    assert [messages.OWN_BANK_STATUS] == again


def test_overpayment_opens_credit_that_is_allocated(client: Client) -> None:
    """Money on account pays an invoice later; the invoice shows where it came from."""
    made = client.put("BankTransactions", over())[0]
    path = f"Overpayments/{made['OverpaymentID']}"
    contact = made["Contact"]["ContactID"]
    sale = invoice(client, contact)
    answer = allocate(client, path, sale["InvoiceID"], 50)
    used = client.get(path)["Overpayments"][0]
    paid = client.get(f"Invoices/{sale['InvoiceID']}")["Invoices"][0]

    assert (200, "PAID", 0) == (answer.status_code, used["Status"], used["RemainingCredit"])
    assert ("NoTax", "610") == (used["LineAmountTypes"], used["LineItems"][0]["AccountCode"])
    assert (70, 50, 1) == (paid["AmountDue"], paid["AmountCredited"], len(paid["Overpayments"]))


def test_prepayment_keeps_its_tax(client: Client) -> None:
    """A prepayment has lines as a sale, and its own id beside the transaction's."""
    made = client.put("BankTransactions", transaction(Type="RECEIVE-PREPAYMENT"))[0]
    found = client.get("Prepayments", page="1")["Prepayments"]

    assert [(made["PrepaymentID"], 120, 20)] == [
        (row["PrepaymentID"], row["RemainingCredit"], row["TotalTax"]) for row in found
    ]


def test_money_on_account_is_not_edited(client: Client) -> None:
    """Neither changed nor deleted through the API."""
    made = client.put("BankTransactions", over())[0]["BankTransactionID"]

    assert [messages.OWN_BANK_FIXED] == client.errors(
        "POST", f"BankTransactions/{made}", {"Status": "DELETED"}
    )


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [{"Description": "a", "LineAmount": 1}] * 2,
        [{"Description": "a", "UnitAmount": 1, "Quantity": 1}],
        [{"Description": "a", "LineAmount": 1, "AccountCode": "200"}],
    ],
)
def test_overpayment_has_one_bare_line(client: Client, lines: list[Any]) -> None:
    """Exactly one line with a LineAmount and no account."""
    found = client.errors("PUT", "BankTransactions", over(LineItems=lines))

    assert [messages.OWN_OVERPAYMENT_LINE] == found


def test_reference_and_item_are_for_plain_ones(client: Client) -> None:
    """Money on account has neither."""
    found = client.errors("PUT", "BankTransactions", over(Reference="R"))

    assert [messages.OWN_BANK_PLAIN_ONLY] == found


def test_currency_is_the_banks(client: Client) -> None:
    """A transaction is in its bank account's currency, whatever is sent."""
    made = client.put(
        "BankTransactions", transaction(BankAccount={"Code": "092"}, CurrencyCode="USD")
    )[0]

    assert "EUR" == made["CurrencyCode"]


def test_where_on_the_bank_account(client: Client) -> None:
    """The nested account can be asked for."""
    client.put("BankTransactions", transaction())
    where = f'BankAccount.AccountID==guid("{client.account("090")}") AND Type=="RECEIVE"'

    assert 1 == len(client.get("BankTransactions", where=where)["BankTransactions"])
    assert [] == client.get("BankTransactions", where='BankAccount.Code=="091"')["BankTransactions"]


def test_refund_of_an_overpayment(client: Client) -> None:
    """A payment against money on account gives it back."""
    made = client.put("BankTransactions", over())[0]
    paid = client.put(
        "Payments",
        {
            "Overpayment": {"OverpaymentID": made["OverpaymentID"]},
            "Account": {"Code": "090"},
            "Amount": 50,
        },
    )[0]

    assert ("AROVERPAYMENTPAYMENT", "PAID") == (
        paid["PaymentType"],
        client.get(f"Overpayments/{made['OverpaymentID']}")["Overpayments"][0]["Status"],
    )


@pytest.mark.parametrize("change", [{"Reference": "New"}, {"Status": "DELETED"}])
def test_reconciled_is_not_edited(client: Client, change: dict[str, str]) -> None:
    """Once it was reconciled with a bank statement it neither changes nor goes."""
    made = client.put("BankTransactions", transaction())[0]["BankTransactionID"]
    client.sandbox.edit("BankTransactions", made, {"IsReconciled": True})

    assert [
        "This Bank Transaction cannot be edited as it has been reconciled with a Bank Statement."
    ] == client.errors("POST", f"BankTransactions/{made}", change)


def test_locked_day_is_refused(client: Client) -> None:
    """Nothing is dated into a locked period."""
    client.sandbox.edit("Organisation", client.tenant, {"PeriodLockDate": "2026-10-31"})
    found = client.errors("PUT", "BankTransactions", transaction(Date="2026-10-31"))

    assert [messages.PERIOD_LOCKED.format(date="31 October 2026")] == found
