"""Request elements: what Xero is sent to set, to clear and to leave alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.mapping.request_elements import element, encode, street_lines
from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model.records import XeroRecord
from xtiger.model.values import Plain

NO_LINES = {"AddressLine1": "", "AddressLine2": "", "AddressLine3": "", "AddressLine4": ""}
PARTS = ("City", "Region", "PostalCode", "Country", "AttentionTo")


def contact(**given: Any) -> XeroRecord:
    """A contact as Xero has it."""
    return ElementReader("Contact").load({"ContactID": "c", **given})


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (None, ""),
        (date(2026, 2, 3), "2026-02-03"),
        (Decimal("1.5"), Decimal("1.5")),
        ("x", "x"),
        (False, False),
        (0, 0),
    ],
)
def test_emptiness_is_sent_as_an_empty_text(value: Plain, sent: Plain) -> None:
    """Xero ignores null; no and zero are values."""
    assert sent == encode(value)


@pytest.mark.parametrize(
    ("street", "lines"),
    [
        (None, []),
        ("", []),
        ("1 High St", ["1 High St"]),
        ("a\n\n b ", ["a", "b"]),
        ("a\nb\nc\nd", ["a", "b", "c", "d"]),
        ("a\nb\nc\nd\ne\nf", ["a", "b", "c", "d, e, f"]),
    ],
)
def test_a_street_has_one_to_four_lines(street: Plain, lines: list[str]) -> None:
    """Further lines join the last one; nothing is cut."""
    assert lines == street_lines(street)


class TestFlatFields:
    def test_a_change_sends_the_given_fields(self) -> None:
        """And nothing else: what is left out stays as it is."""
        assert {"Name": "Acme", "TaxNumber": ""} == element({"Name": "Acme", "TaxNumber": None})

    def test_a_create_leaves_empty_fields_out(self) -> None:
        """There is nothing to clear yet."""
        assert {"Name": "Acme"} == element(
            {"Name": "Acme", "TaxNumber": None, "Phones.FAX": None}, creating=True
        )

    def test_no_and_zero_are_sent_at_a_create(self) -> None:
        """Only emptiness is left out."""
        values = {"IsSold": False, "SalesDetails.UnitPrice": Decimal(0)}

        assert {"IsSold": False, "SalesDetails": {"UnitPrice": Decimal(0)}} == element(
            values, creating=True
        )

    def test_dotted_fields_are_nested(self) -> None:
        """Side by side in one object."""
        values = {
            "SalesDetails.UnitPrice": Decimal(5),
            "SalesDetails.AccountCode": "200",
            "Contact.ContactID": "c",
        }

        assert {
            "SalesDetails": {"UnitPrice": Decimal(5), "AccountCode": "200"},
            "Contact": {"ContactID": "c"},
        } == element(values)

    @pytest.mark.parametrize(("values", "code"), [({"Name": "Tea"}, "TEA"), ({"Code": "T2"}, "T2")])
    def test_a_change_of_an_item_always_has_its_code(
        self, values: dict[str, Plain], code: str
    ) -> None:
        """Xero wants it beside the id, the new one where it changes."""
        before = ElementReader("Item").load({"ItemID": "i", "Code": "TEA"})

        assert {**values, "Code": code} == element(values, before=before)

    def test_a_change_of_a_contact_has_nothing_added(self) -> None:
        """Its id is enough."""
        assert {"TaxNumber": "1"} == element({"TaxNumber": "1"}, before=contact(Name="Acme"))

    def test_a_cleared_price_is_zero(self) -> None:
        """Xero keeps a price once it was set; other parts are cleared by an empty text."""
        values = {"SalesDetails.UnitPrice": None, "SalesDetails.TaxType": None}

        assert {"SalesDetails": {"UnitPrice": Decimal(0), "TaxType": ""}} == element(values)


class TestPhones:
    def test_the_whole_number_stands_in_one_part(self) -> None:
        """Country and area are emptied, or they would stand before it."""
        assert {
            "Phones": [
                {
                    "PhoneType": "FAX",
                    "PhoneNumber": "44 20 1",
                    "PhoneAreaCode": "",
                    "PhoneCountryCode": "",
                }
            ]
        } == element({"Phones.FAX": "44 20 1"})

    def test_the_other_phones_are_sent_as_they_are(self) -> None:
        """A list sent is a list replaced; nulls are left out."""
        before = contact(
            Phones=[
                {"PhoneType": "DDI", "PhoneNumber": "1", "PhoneAreaCode": None},
                {"PhoneType": "FAX", "PhoneNumber": "2"},
            ]
        )

        phones = element({"Phones.FAX": None}, before=before)["Phones"]

        assert [("FAX", ""), ("DDI", "1")] == [(p["PhoneType"], p["PhoneNumber"]) for p in phones]

    def test_what_xero_left_empty_is_not_invented(self) -> None:
        """An untouched phone keeps exactly its own parts."""
        before = contact(Phones=[{"PhoneType": "DDI", "PhoneAreaCode": None}])

        assert {"PhoneType": "DDI"} == element({"Phones.FAX": "1"}, before=before)["Phones"][1]

    @pytest.mark.parametrize("before", [None, contact(), contact(Phones=None)])
    def test_a_contact_without_phones_gets_the_one(self, before: XeroRecord | None) -> None:
        """Nothing to keep."""
        assert 1 == len(element({"Phones.FAX": "1"}, before=before)["Phones"])


class TestAddresses:
    def test_an_address_is_sent_whole(self) -> None:
        """With all four lines, so that a shorter street leaves none behind."""
        assert {
            "Addresses": [
                {
                    "AddressType": "POBOX",
                    **NO_LINES,
                    "AddressLine1": "a",
                    "AddressLine2": "b",
                    **dict.fromkeys(PARTS, ""),
                }
            ]
        } == element({"Addresses.POBOX.Street": "a\nb"})

    def test_parts_that_do_not_change_are_kept(self) -> None:
        """The town is cleared; street and postal code stay."""
        before = contact(
            Addresses=[
                {"AddressType": "POBOX", "AddressLine1": "a", "City": "Rome", "PostalCode": "1"}
            ]
        )

        (sent,) = element({"Addresses.POBOX.City": None}, before=before)["Addresses"]

        assert ("a", "", "1") == (sent["AddressLine1"], sent["City"], sent["PostalCode"])

    def test_the_other_address_is_sent_as_it_is(self) -> None:
        """A list sent is a list replaced."""
        street = {"AddressType": "STREET", "City": "Oslo", "Region": None}
        before = contact(Addresses=[street])

        sent = element({"Addresses.POBOX.City": "Rome"}, before=before)["Addresses"]

        assert [("POBOX", "Rome"), {"AddressType": "STREET", "City": "Oslo"}] == [
            (sent[0]["AddressType"], sent[0]["City"]),
            sent[1],
        ]

    def test_both_addresses_may_change_at_once(self) -> None:
        """One entry each, in order."""
        values = {"Addresses.STREET.City": "Oslo", "Addresses.POBOX.City": "Rome"}

        assert [("POBOX", "Rome"), ("STREET", "Oslo")] == [
            (a["AddressType"], a["City"]) for a in element(values)["Addresses"]
        ]


texts = st.none() | st.text(alphabet="abc äß", min_size=1).map(str.strip).map(lambda t: t or None)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                p
                for p, field in XERO_FIELDS["Contact"].items()
                if field.type == "text" and field.writable
            ]
        ),
        texts,
    )
)
def test_what_is_sent_is_read_back_the_same(values: dict[str, Plain]) -> None:
    """Element and schema are inverse: a Xero that echoes us shows no difference."""
    answered = ElementReader("Contact").load({"ContactID": "c", **element(values)})

    assert values == {path: answered.values[path] for path in values}


def test_a_change_of_a_receipt_names_what_xero_wants_of_each() -> None:
    """Type, contact, bank account and how amounts count, as Xero has them."""
    has = {
        "Type": "RECEIVE",
        "Contact.ContactID": "c1",
        "BankAccount.AccountID": "b1",
        "LineAmountTypes": "Exclusive",
    }
    before = XeroRecord("BankTransaction", "x1", has)

    assert {
        "Reference": "R",
        "Type": "RECEIVE",
        "Contact": {"ContactID": "c2"},
        "BankAccount": {"AccountID": "b1"},
        "LineAmountTypes": "Exclusive",
    } == element({"Reference": "R", "Contact.ContactID": "c2"}, before=before)
