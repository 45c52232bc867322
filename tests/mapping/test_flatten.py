"""Xero's nested answers as flat values."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xtiger.mapping.flatten import flatten, phone_text, used_as, used_credit
from xtiger.model.values import Plain


def test_phones_and_addresses_are_named_by_their_type() -> None:
    """Each part of an address, and street lines in one."""
    flat = flatten(
        {
            "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "123", "PhoneAreaCode": "9"}],
            "Addresses": [
                {"AddressType": "POBOX", "AddressLine1": "1 A St", "AddressLine3": "x", "City": "B"}
            ],
        }
    )

    assert ("9 123", "1 A St\nx", "B", None) == (
        flat["Phones.DEFAULT"],
        flat["Addresses.POBOX.Street"],
        flat["Addresses.POBOX.City"],
        flat["Addresses.POBOX.Country"],
    )


def test_lists_that_xero_leaves_empty_are_no_values() -> None:
    """An answer may say null in place of a list."""
    assert {"Name": "Kea"} == flatten({"Phones": None, "Addresses": None, "Name": "Kea"})


def test_parts_of_an_object_are_named_by_it() -> None:
    """One floor deep; persons and parts of a tax are read elsewhere."""
    nested = {"SalesDetails": {"UnitPrice": 5}, "ContactPersons": [{}], "TaxComponents": [{}]}

    assert {"SalesDetails.UnitPrice": 5} == flatten(nested)


def test_a_phone_is_written_with_blanks() -> None:
    """Country, area, number, without gaps for what is not there; nothing is None or empty."""
    whole = {"PhoneCountryCode": "64", "PhoneAreaCode": "9", "PhoneNumber": "123"}

    assert ("64 9 123", "123") == (phone_text(whole), phone_text({"PhoneNumber": "123"}))
    assert not phone_text({})


@pytest.mark.parametrize(
    ("sold", "bought", "word"),
    [
        (True, True, "both"),
        (True, False, "customer"),
        (False, True, "vendor"),
        (None, None, None),
    ],
)
def test_a_contact_is_what_its_documents_make_it(
    sold: Plain, bought: Plain, word: str | None
) -> None:
    """None before the first document."""
    assert word == used_as({"IsCustomer": sold, "IsSupplier": bought})


def test_a_credit_note_says_what_is_left_paid_back_and_set_against() -> None:
    """As an invoice says it; its refunds are no value of their own."""
    note = {
        "Total": Decimal(50),
        "RemainingCredit": Decimal(20),
        "Payments": [{"Amount": Decimal(5)}, {"Amount": None}],
    }

    found = used_credit(note)

    assert {"AmountDue": 20, "AmountPaid": 5, "AmountCredited": 25} == found
    assert "Payments" not in note


def test_what_is_no_credit_says_nothing_of_it() -> None:
    """An invoice has amounts of its own, and a note without total none."""
    assert ({}, {}) == (used_credit({"Total": Decimal(5)}), used_credit({"RemainingCredit": 1}))
