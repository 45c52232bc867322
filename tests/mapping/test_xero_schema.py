"""Xero's answers as flat plain values: its dates, numbers, empty things and surprises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.errors import UnreadableAnswer
from xtiger.mapping.flatten import flatten, phone_text
from xtiger.mapping.xero_schema import SCHEMAS, ElementReader, parse_moment
from xtiger.model.links import Shadow
from xtiger.model.records import XeroRecord
from xtiger.model.values import Plain, canon
from xtiger.rules.kinds import KINDS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(kind: str, **given: Any) -> XeroRecord:
    """The record made of an answer with an id and these fields."""
    return ElementReader(kind).load({KINDS[kind].id_field: "id-1", **given})


def refusal(kind: str, raw: Mapping[str, Any]) -> str:
    """The sentence of an answer that cannot be read."""
    with pytest.raises(UnreadableAnswer) as caught:
        ElementReader(kind).load(raw)
    return str(caught.value)


class TestMoments:
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("/Date(0)/", EPOCH),
            ("/Date(1439434356790)/", datetime(2015, 8, 13, 2, 52, 36, 790000, UTC)),
            ("/Date(1439434356790+0000)/", datetime(2015, 8, 13, 2, 52, 36, 790000, UTC)),
            ("/Date(-86400000)/", datetime(1969, 12, 31, tzinfo=UTC)),
            ("/Date(-62135596800000)/", datetime(1, 1, 1, tzinfo=UTC)),
            ("2026-11-20T09:08:07", datetime(2026, 11, 20, 9, 8, 7, tzinfo=UTC)),
            ("2026-11-20T09:08:07.1234567", datetime(2026, 11, 20, 9, 8, 7, 123456, UTC)),
            ("2026-11-20T09:08:07Z", datetime(2026, 11, 20, 9, 8, 7, tzinfo=UTC)),
            ("2026-11-20T09:08:07.1234567+01:00", datetime(2026, 11, 20, 8, 8, 7, 123456, UTC)),
            ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ],
    )
    def test_every_spelling_of_xero_is_read(self, text: str, moment: datetime) -> None:
        """Milliseconds, negative ones too, and ISO text with up to 7 digits, in UTC."""
        assert moment == parse_moment(text)

    @given(st.integers(-(10**13), 10**13), st.sampled_from(["", "+0000", "+1300", "-0700"]))
    def test_the_offset_of_a_date_is_only_informative(self, ms: int, offset: str) -> None:
        """It tells the organisation's zone and is not added."""
        assert EPOCH + timedelta(milliseconds=ms) == parse_moment(f"/Date({ms}{offset})/")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "soon",
            "/Date()/",
            "/Date(1.5)/",
            "/Date(0+1:00)/",
            "20.11.2026",
            "/Date(99999999999999999)/",
            "0001-01-01T00:00:00+14:00",
        ],
    )
    def test_what_is_no_moment_is_refused(self, text: str) -> None:
        """Another order, or a moment beyond the calendar."""
        with pytest.raises(ValueError, match=r"isoformat|calendars"):
            parse_moment(text)

    def test_a_day_stays_the_day_that_the_organisation_sees(self) -> None:
        """Midnight there, sent as if UTC: 31 March in New Zealand is 31 March."""
        found = read("Invoice", Date="/Date(1774915200000+1300)/", DueDate="2026-04-30T00:00:00")

        assert [date(2026, 3, 31), date(2026, 4, 30)] == [
            found.values["Date"],
            found.values["DueDate"],
        ]

    def test_the_last_change_stands_beside_the_values(self) -> None:
        """It is no field that a mapping could send."""
        found = read("Contact", UpdatedDateUTC="/Date(0+0000)/")

        assert (EPOCH, False) == (found.updated_at, "UpdatedDateUTC" in found.values)

    @pytest.mark.parametrize(
        ("kind", "field", "words"),
        [("Contact", "UpdatedDateUTC", "is no moment"), ("Invoice", "Date", "is no day")],
    )
    def test_a_wrong_date_names_the_record_and_the_field(
        self, kind: str, field: str, words: str
    ) -> None:
        """So that it can be found among a thousand."""
        said = refusal(kind, {KINDS[kind].id_field: "id-9", field: "/Date(x)/"})

        assert [True] * 3 == [part in said for part in (f"{kind} id-9", field, words)]


class TestNumbersAndFlags:
    @pytest.mark.parametrize(
        ("given_", "number"),
        [
            ("12.50", "12.5"),
            (12.5, "12.5"),
            (0.1, "0.1"),
            (Decimal("7.00"), "7"),
            (3, "3"),
            ("", None),
            (None, None),
            ("-0.00", "0"),
            ("20.0000", "20"),
            ("1E+3", "1000"),
        ],
    )
    def test_numbers_are_decimals_in_every_spelling(self, given_: Any, number: str | None) -> None:
        """Xero writes some as text, and leaves some empty."""
        assert (number and Decimal(number)) == read("Invoice", Total=given_).values["Total"]

    @pytest.mark.parametrize("given_", ["twelve", "1,5", True, "NaN", "1E+99", float("inf")])
    def test_what_is_no_number_is_set_aside(self, given_: Any) -> None:
        """The record is told, never a guessed amount."""
        assert "is no number" in refusal("Invoice", {"InvoiceID": "1", "Total": given_})

    @pytest.mark.parametrize(
        ("given_", "flag"),
        [(True, True), ("true", True), ("True", True), (1, True), ("false", False), (None, None)],
    )
    def test_flags_are_read_from_text_too(self, given_: Any, flag: bool | None) -> None:
        """Some of Xero's flags are quoted."""
        assert flag is read("Contact", IsCustomer=given_).values["IsCustomer"]


class TestSurprises:
    def test_a_new_word_in_an_enum_is_kept(self) -> None:
        """Xero adds statuses and types at any time."""
        found = read("Invoice", Status="HALFPAID", Type="ACCNEW")

        assert ("HALFPAID", "ACCNEW") == (found.status, found.values["Type"])

    def test_a_new_field_is_left_out_of_the_values_and_kept_raw(self) -> None:
        """Nothing breaks, nothing is lost."""
        found = read("Contact", Karma=7)

        assert (False, 7) == ("Karma" in found.values, found.raw["Karma"])

    def test_an_empty_list_for_an_object_is_no_object(self) -> None:
        """Xero writes some null objects as []."""
        found = read("Item", SalesDetails=[], PurchaseDetails=None)

        assert [None, None] == [found.values["SalesDetails"], found.values["PurchaseDetails"]]

    def test_an_empty_list_for_a_list_is_an_empty_list(self) -> None:
        """A contact without phones has none."""
        assert {"ContactID": "id-1"} == dict(read("Contact", Phones=[], Addresses=None).values)

    def test_texts_are_canonical(self) -> None:
        """Blanks around are not seen as a difference."""
        assert "Acme" == read("Contact", Name=" Acme ").values["Name"]

    @pytest.mark.parametrize("kind", SCHEMAS)
    def test_an_element_without_id_is_set_aside(self, kind: str) -> None:
        """It could not be found again; the sentence says which id."""
        assert f"{KINDS[kind].id_field} is missing" in refusal(kind, {"Name": "Acme"})

    def test_the_id_of_nothing_is_no_id(self) -> None:
        """All zeros is what Xero shows for a record that was not saved."""
        raw = {"ContactID": "00000000-0000-0000-0000-000000000000"}

        assert "ContactID is missing" in refusal("Contact", raw)

    @pytest.mark.parametrize(
        "given_", [{"Name": 7}, {"Phones": "none"}, {"Phones": ["x"]}, {"IsCustomer": "maybe"}]
    )
    def test_another_shape_is_set_aside(self, given_: dict[str, Any]) -> None:
        """Text where a list stood: the record is told, with its field."""
        said = refusal("Contact", {"ContactID": "id-9", **given_})

        assert ("Contact id-9" in said, next(iter(given_)) in said) == (True, True)


class TestFlattening:
    def test_phones_are_found_by_their_type(self) -> None:
        """Country, area and number as people write them; an empty one is empty."""
        mobile = {
            "PhoneType": "MOBILE",
            "PhoneCountryCode": "44",
            "PhoneAreaCode": "20",
            "PhoneNumber": "7946 0000",
        }
        found = read("Contact", Phones=[mobile, {"PhoneType": "FAX", "PhoneNumber": ""}])

        assert ["44 20 7946 0000", None] == [
            found.values["Phones.MOBILE"],
            found.values["Phones.FAX"],
        ]

    def test_a_number_alone_has_no_blanks_before_it(self) -> None:
        """Country and area are often empty."""
        assert "7946" == phone_text({"PhoneCountryCode": "", "PhoneNumber": "7946"})

    def test_addresses_are_found_by_their_type(self) -> None:
        """The street is one text of lines, empty ones left out; the rest part by part."""
        postal = {
            "AddressType": "POBOX",
            "AddressLine1": "1 High St",
            "AddressLine3": "Soho",
            "City": "London",
            "PostalCode": "",
            "AttentionTo": "Jo",
        }
        found = read("Contact", Addresses=[postal])

        assert {
            "ContactID": "id-1",
            "Addresses.POBOX.Street": "1 High St\nSoho",
            "Addresses.POBOX.City": "London",
            "Addresses.POBOX.Region": None,
            "Addresses.POBOX.PostalCode": None,
            "Addresses.POBOX.Country": None,
            "Addresses.POBOX.AttentionTo": "Jo",
        } == found.values

    def test_objects_become_dotted_fields(self) -> None:
        """The price of an item, the contact of an invoice."""
        flat = flatten({"SalesDetails": {"UnitPrice": Decimal("9.90")}, "Code": "A"})

        assert {"SalesDetails.UnitPrice": Decimal("9.9"), "Code": "A"} == flat

    @pytest.mark.parametrize(
        ("kind", "name"), [("Contact", "ContactPersons"), ("TaxRate", "TaxComponents")]
    )
    def test_lists_of_other_things_are_no_fields(self, kind: str, name: str) -> None:
        """Persons and tax components are read where they are needed."""
        assert name not in read(kind, **{name: [{"FirstName": "Jo"}]}).values

    def test_lines_stand_beside_the_values(self) -> None:
        """Canonical, with their ids, in Xero's order."""
        lines = [
            {"LineItemID": "l1", "Quantity": "2.0000", "Description": " Tea "},
            {"LineItemID": "l2", "UnitAmount": 0.5},
        ]
        found = read("Invoice", LineItems=lines)

        assert (
            {"Description": "Tea", "LineItemID": "l1", "Quantity": Decimal(2)},
            {"LineItemID": "l2", "UnitAmount": Decimal("0.5")},
        ) == found.lines

    @pytest.mark.parametrize("given_", [{}, {"LineItems": None}, {"LineItems": []}])
    def test_a_document_without_lines_has_none(self, given_: dict[str, Any]) -> None:
        """Summaries leave them out, empty ones say so."""
        assert () == read("Invoice", **given_).lines

    @pytest.mark.parametrize(
        ("kind", "given_", "status"),
        [
            ("Contact", {"ContactStatus": "ARCHIVED"}, "ARCHIVED"),
            ("Contact", {}, ""),
            ("Invoice", {"Status": "PAID"}, "PAID"),
            ("Item", {"Status": "X"}, ""),
        ],
    )
    def test_the_status_has_one_place(self, kind: str, given_: dict[str, Any], status: str) -> None:
        """Whatever Xero calls it; items have none."""
        assert status == read(kind, **given_).status

    @pytest.mark.parametrize("gone", [True, False])
    def test_a_last_seen_copy_says_whether_its_record_is_gone(self, gone: bool) -> None:
        """That is no value of it: a mark among the values would be taken for a field."""
        payload: dict[str, Plain] = {"ContactID": "id-1", "Name": "Aroha"}
        found = ElementReader("Contact").seen(
            Shadow("xero", "Contact", "id-1", payload, EPOCH, gone=gone)
        )

        assert (gone, "Aroha", read("Contact", Name="Aroha").values) == (
            found.gone,
            found.values["Name"],
            found.values,
        )

    @given(st.dictionaries(st.sampled_from(["Name", "TaxNumber"]), st.text() | st.none()))
    def test_what_is_read_is_canonical(self, given_: dict[str, Plain]) -> None:
        """A second look at the values changes nothing."""
        values = read("Contact", **given_).values

        assert canon(dict(values)) == values


def test_a_receipt_is_paid_by_itself() -> None:
    """It is the money: all of it came in, and nothing is due."""
    raw = {"BankTransactionID": "b1", "Type": "RECEIVE", "Total": Decimal("12.50")}

    found = ElementReader("BankTransaction").load(raw).values

    assert (Decimal("12.50"), Decimal(0)) == (found["AmountPaid"], found["AmountDue"])
