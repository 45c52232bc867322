"""The rows of traits hold together: each names others that are there, in their order."""

from __future__ import annotations

import re

import pytest

from xtiger.model.plans import REMOVALS
from xtiger.plugin import MODULES
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.kinds import (
    KINDS,
    WEBHOOK_KINDS,
    ZERO_ID,
    KindTraits,
    nature,
    paid_by,
    parts_of,
    payment_of,
    traits,
    traits_of_path,
)

ROWS = pytest.mark.parametrize("row", KINDS.values(), ids=KINDS)


@ROWS
def test_a_row_is_found_by_its_kind_and_by_its_path(row: KindTraits) -> None:
    """Each of both names exactly this row, also with an id behind the path."""
    assert (row, row) == (traits(row.kind), traits_of_path(f"{row.path}/some-id"))


def test_an_unknown_kind_is_named_with_the_known_ones() -> None:
    """A slip in a kind or a path says so at once."""
    with pytest.raises(ValueError, match=r"'Invoices' is no kind of Xero; known: Contact, "):
        traits("Invoices")
    with pytest.raises(ValueError, match="'/Invoice' is no known endpoint"):
        traits_of_path("/Invoice")


def test_a_kind_of_an_extension_is_a_plain_record() -> None:
    """Nothing is presumed of it: no document, no list, no page, its own feed."""
    row = nature("Quote")

    assert (False, "", False, {}) == (row.document, row.part_of, row.lines, dict(row.pages))


@ROWS
def test_a_row_names_kinds_that_stand_before_it(row: KindTraits) -> None:
    """What must be there first has a row above: the table is in the order of a run."""
    order = list(KINDS)
    named = [kind for kind in (row.part_of, row.pays, *row.parents.values()) if kind]

    assert all(order.index(kind) < order.index(row.kind) for kind in named)


def test_the_modules_are_in_the_order_of_the_rows() -> None:
    """A run goes through the modules parents first, as the table does."""
    order = list(KINDS)
    places = [order.index(sync.kind) for sync in MODULES]

    assert sorted(places) == places


@ROWS
def test_the_causes_of_a_row_are_in_the_catalogue(row: KindTraits) -> None:
    """What a taken value leads to can be said to people."""
    codes = {*(one.taken for one in row.unique), row.shared} - {""}

    assert codes <= CATALOGUE.keys()


@ROWS
def test_what_is_unique_has_a_field_and_a_length(row: KindTraits) -> None:
    """A limit is a number of characters, and a suffix is only put to what is unique."""
    assert all(re.fullmatch(r"[A-Z]\w+", one.field) and one.limit > 0 for one in row.unique)
    assert row.unique or not row.suffixes


@ROWS
def test_a_natural_key_is_ours_or_unique(row: KindTraits) -> None:
    """A create is found again only by what no two records have."""
    unique = {one.field for one in row.unique}

    ours = row.own_key or row.natural_key == "Url"
    assert not row.natural_key or ours or row.natural_key in unique


@ROWS
def test_what_removes_a_record_is_a_removal(row: KindTraits) -> None:
    """A removal is told by its verb, and is many at once only by a status."""
    assert row.removal is None or row.removal.verb in REMOVALS
    assert not row.removed_in_batches or row.status_field


def test_payments_follow_invoices_and_persons_contacts() -> None:
    """What one kind does to another is written once and read from both ends."""
    assert (("Payment",), ()) == (paid_by("Invoice"), paid_by("Contact"))
    assert (("Person",), ()) == (parts_of("Contact"), parts_of("Item"))
    assert ("Contact", "Invoice") == (nature("Person").feed, nature("Invoice").feed)


def test_webhooks_tell_of_contacts_invoices_and_credit() -> None:
    """Xero has no events for items and payments."""
    found = ("Contact", "Invoice", "CreditNote", "Prepayment", "Overpayment")

    assert found == WEBHOOK_KINDS


def test_an_id_of_zeros_is_none() -> None:
    """Xero shows it for what was not saved."""
    row = traits("Contact")

    found = [row.usable_id(one) for one in ({"ContactID": ZERO_ID}, {}, {"ContactID": "c-1"})]

    assert ["", "", "c-1"] == found


def test_prices_are_written_with_four_decimals_where_there_are_any() -> None:
    """Xero cuts them to two without being asked."""
    asked = {kind for kind, row in KINDS.items() if "unitdp" in row.write_query}

    paid_before = {"Prepayment", "Overpayment"}
    assert {"Item", "Invoice", "CreditNote", "BankTransaction"} | paid_before == asked


@ROWS
def test_records_are_told_apart_by_a_field_of_their_row(row: KindTraits) -> None:
    """By the name where that is what is unique, else by the number or code."""
    expected = row.name_field if row.known_by == "name" else row.number_field

    assert expected == row.known_field


def test_a_document_is_known_by_its_type() -> None:
    """The usual one where it does not say; none of a kind without types, or of another type."""
    row = KINDS["Invoice"]
    sale, bill = row.types

    assert (sale, sale, bill, None) == (
        row.type_of({}),
        row.type_of({"Type": "ACCREC"}),
        row.type_of({"Type": "ACCPAY"}),
        row.type_of({"Type": "ACCODD"}),
    )
    assert KINDS["Contact"].type_of({}) is None
    assert ("InvoiceNumber", "Url", "Code") == (
        row.key_field({}),
        row.key_field({"Type": "ACCPAY"}),
        KINDS["Item"].key_field({}),
    )


def test_a_payment_says_which_document_it_pays() -> None:
    """Of a credit note, say, none that is synced."""
    sale, bill = KINDS["Invoice"].types

    assert (sale, bill, None) == (
        payment_of("ACCRECPAYMENT"),
        payment_of("ACCPAYPAYMENT"),
        payment_of("ARCREDITPAYMENT"),
    )


def test_credit_notes_give_money_back() -> None:
    """They alone: bills and receipts bring or take it, and an unknown kind moves none."""
    giving = {kind for kind, row in KINDS.items() if row.gives_back}

    assert ({"CreditNote"}, False) == (giving, nature("Quote").gives_back)
