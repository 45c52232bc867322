"""A mapping as people see it."""

from __future__ import annotations

from xtiger.mapping.shown import ShownStatus, shown_options, shown_rows, shown_statuses
from xtiger.model.mappings import Mapping, Row
from xtiger.model.records import Choice, Field, Module

STATUS = Field(
    "stage",
    "choice",
    role="invoice.status",
    choices=tuple(Choice(one, one) for one in ("Entwurf", "Offen", "Zebra")),
)
MODULE = Module(
    "Invoices", "invoice", "Invoices", (Field("no", role="invoice.number"), STATUS, Field("own"))
)
ROWS = (Row("invoice.number", "InvoiceNumber"), Row("invoice.currency", "X"), Row("own", "Y"))


def _mapping(**options: object) -> Mapping:
    return Mapping("Invoices", "Invoice", ROWS, options=options)


def test_only_rows_that_the_crm_has_are_shown() -> None:
    """By role or by name; all of a module that the CRM does not describe."""
    assert ["invoice.number", "own"] == [row.crm for row in shown_rows(_mapping(), MODULE)]
    assert list(ROWS) == shown_rows(_mapping(), None)


def test_options_that_are_set_are_shown() -> None:
    """Accounts, days and tables, each as it is set; what is empty or off is not."""
    mapping = _mapping(
        sales_account="200", due_days="30", charges_account=None, tax_map={"VAT": "OUTPUT2"}
    )
    payments = Module("Payments", "payment", "Payments", ())
    contacts = Module("Contacts", "contact", "Contacts", ())

    assert [("sales_account", "200"), ("due_days", "30"), ("tax:VAT", "OUTPUT2")] == shown_options(
        mapping, MODULE
    )
    assert [("received_statuses", "A, B")] == shown_options(
        _mapping(received_statuses=["A", "B"]), payments
    )
    assert [("people_without_company", "yes")] == shown_options(
        _mapping(people_without_company=True), contacts
    )
    assert [] == shown_options(mapping, None)


def test_each_status_has_its_meaning_or_the_nearest() -> None:
    """By the mapping in any case, by its own word, or not known."""
    found = shown_statuses(_mapping(status_map={"OFFEN": "DRAFT"}), MODULE)

    assert [
        ShownStatus("Entwurf", "DRAFT", "word"),
        ShownStatus("Offen", "DRAFT", "mapping"),
        ShownStatus("Zebra", "", ""),
        ShownStatus("OFFEN", "DRAFT", "mapping"),
    ] == found
    assert ShownStatus("Offen", "", "", "AUTHORISED") == shown_statuses(_mapping(), MODULE)[1]
    assert [] == shown_statuses(_mapping(), None)
