"""Mapping rows at work: finding fields, and reading what both sides hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from xtiger.mapping.convert import BoundRow, bind, crm_value, crm_values, read_flag, xero_values
from xtiger.mapping.default_rows import default_rows
from xtiger.mapping.xero_fields import XERO_FIELDS, XeroField
from xtiger.model.mappings import Row
from xtiger.model.plans import Cause
from xtiger.model.records import Field, FieldType, Module, Record, Ref, XeroRecord
from xtiger.model.roles import ROLES
from xtiger.model.values import Plain

MODULE = Module(
    "Clients",
    "organisation",
    "Clients",
    (
        Field("title", role="organisation.name", label="Client"),
        Field("colour"),
        Field("rating", "decimal", "Rating"),
    ),
)


def record(**values: Plain) -> Record:
    """A client of the CRM."""
    return Record(Ref("Clients", "7"), values)


class TestBind:
    def test_rows_are_bound_by_role_and_by_name(self) -> None:
        """A field of the host is meant by its role, or by its own name."""
        rows = (Row("organisation.name", "Name"), Row("colour", "TaxNumber"))

        bound = bind(rows, MODULE, "Contact")

        assert [("title", "Name"), ("colour", "TaxNumber")] == [
            (row.crm.name, row.xero.path) for row in bound
        ]

    @pytest.mark.parametrize("row", [Row("organisation.fax", "Phones.FAX"), Row("colour", "Shoe")])
    def test_a_row_without_its_two_fields_is_left_out(self, row: Row) -> None:
        """A default row for a field that the host lacks, or that Xero does not have."""
        assert () == bind((row,), MODULE, "Contact")

    def test_a_row_is_known_by_its_xero_field(self) -> None:
        """Bases and conflicts are kept under it."""
        (bound,) = bind((Row("colour", "TaxNumber"),), MODULE, "Contact")

        assert "TaxNumber" == bound.key

    @pytest.mark.parametrize(
        ("field", "xero", "label"),
        [
            (Field("a", label="Colour"), XeroField("X", label="Shade"), "Colour"),
            (Field("a"), XeroField("X", label="Shade"), "Shade"),
            (Field("a"), XeroField("X"), "a"),
        ],
    )
    def test_people_read_the_crms_own_label(
        self, field: Field, xero: XeroField, label: str
    ) -> None:
        """Else Xero's label, else the field's name."""
        assert label == BoundRow(Row("a", "X"), field, xero).label


class TestReadingTheCrm:
    @pytest.mark.parametrize(
        ("type_", "given", "value"),
        [
            ("text", "  Björk ", "Björk"),
            ("text", "", None),
            ("text", None, None),
            ("money", "12.50", Decimal("12.5")),
            ("decimal", 0.1, Decimal("0.1")),
            ("int", 3, Decimal(3)),
            ("money", "", None),
            ("money", None, None),
            ("bool", "on", True),
            ("bool", 0, False),
            ("bool", None, None),
            ("date", date(2026, 2, 3), date(2026, 2, 3)),
            ("date", "2026-02-03", date(2026, 2, 3)),
            ("date", "2026-02-03 10:00:00", date(2026, 2, 3)),
            ("date", " ", None),
            ("date", datetime(2026, 2, 3, 23, tzinfo=UTC), date(2026, 2, 3)),
            ("date", None, None),
            ("ref", 7, "7"),
            ("ref", "", None),
            ("ref", None, None),
            ("datetime", datetime(2026, 2, 3, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC)),
            ("json", [{"a": 1}], [{"a": Decimal(1)}]),
        ],
    )
    def test_values_are_read_by_their_type(
        self, type_: FieldType, given: Plain, value: Plain
    ) -> None:
        """Whatever spelling the host uses, one canonical value."""
        assert value == crm_value(record(f=given), Field("f", type_))

    def test_a_day_is_a_day_however_the_crm_keeps_it(self) -> None:
        """By the role of the field, or by the field of Xero that it is mapped to."""
        noon = datetime(2026, 2, 3, 12, tzinfo=UTC)
        described = Field("f", "datetime", role="invoice.due_date")
        free = BoundRow(
            Row("f", "DueDate"), Field("f", "datetime"), XERO_FIELDS["Invoice"]["DueDate"]
        )

        assert date(2026, 2, 3) == crm_value(record(f=noon), described)
        assert {free.key: date(2026, 2, 3)} == crm_values(record(f=noon), [free])[0]

    def test_a_field_that_the_host_left_out_is_empty(self) -> None:
        """No value and an empty value are the same."""
        assert crm_value(record(), Field("f")) is None

    @pytest.mark.parametrize(
        ("type_", "given"), [("money", "12,50"), ("date", "03.02.2026"), ("int", True)]
    )
    def test_a_wrong_value_is_refused(self, type_: FieldType, given: Plain) -> None:
        """A number with a comma, a day in another order, a yes for a number."""
        with pytest.raises(ValueError, match=r"is no number|Invalid isoformat"):
            crm_value(record(f=given), Field("f", type_))

    @pytest.mark.parametrize(
        ("given", "flag"),
        [
            ("1", True),
            (" TRUE ", True),
            ("yes", True),
            ("on", True),
            ("0", False),
            ("", False),
            ("no", False),
            (1, True),
            (0, False),
            (True, True),
            (None, None),
        ],
    )
    def test_yes_and_no_of_forms_and_databases(self, given: Plain, flag: bool | None) -> None:
        """What boxes, columns and texts use for it."""
        assert flag is read_flag(given)

    def test_all_rows_are_read_and_a_bad_one_is_a_cause(self) -> None:
        """One wrong field is told with its label, the start of its value and its type."""
        rows = bind((Row("colour", "TaxNumber"), Row("rating", "Name")), MODULE, "Contact")
        bad = record(colour="red", rating="x" * 99)

        values, causes = crm_values(bad, rows)

        data = {"field": "Rating", "value": "x" * 40, "type": "decimal"}
        assert ({"TaxNumber": "red"}, [Cause("value_unreadable", data)]) == (values, causes)


def test_what_xero_left_out_is_empty() -> None:
    """Xero leaves out fields that were never filled."""
    rows = bind((Row("title", "Name"), Row("colour", "TaxNumber")), MODULE, "Contact")

    found = xero_values(XeroRecord("Contact", "1", {"Name": "Acme", "City": "Rome"}), rows)

    assert {"Name": "Acme", "TaxNumber": None} == found


class TestDefaultRows:
    KINDS = {"organisation": "Contact", "product": "Item", "service": "Item", "invoice": "Invoice"}

    @pytest.mark.parametrize("role", KINDS)
    def test_both_fields_of_a_default_row_exist(self, role: str) -> None:
        """Each names a role of this module and a field of Xero."""
        known = XERO_FIELDS[self.KINDS[role]]

        assert [] == [
            row
            for row in default_rows(role)
            if row.crm not in ROLES or not row.crm.startswith(role) or row.xero not in known
        ]

    @pytest.mark.parametrize("role", KINDS)
    def test_no_field_is_mapped_twice(self, role: str) -> None:
        """Neither of the CRM's nor of Xero's."""
        rows = default_rows(role)

        assert (len(rows), len(rows)) == (
            len({row.crm for row in rows}),
            len({row.xero for row in rows}),
        )

    @pytest.mark.parametrize("role", KINDS)
    def test_nothing_is_sent_to_a_field_that_xero_keeps_to_itself(self, role: str) -> None:
        """A field that nobody may write travels inwards only."""
        known = XERO_FIELDS[self.KINDS[role]]

        assert [] == [
            row
            for row in default_rows(role)
            if not known[row.xero].writable and row.direction != "to_crm"
        ]

    @pytest.mark.parametrize("role", KINDS)
    def test_what_xero_needs_is_never_cleared(self, role: str) -> None:
        """An empty value never overwrites a name, a code or a contact."""
        known = XERO_FIELDS[self.KINDS[role]]

        assert [] == [
            row
            for row in default_rows(role)
            if known[row.xero].required and not row.keep_when_empty
        ]

    def test_an_unknown_role_has_none(self) -> None:
        """A module of the host's own is mapped by hand."""
        assert () == default_rows("ticket")
