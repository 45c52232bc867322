"""What Xero refuses by the values alone, known before anything is sent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.plans import Cause
from xtiger.model.values import Plain
from xtiger.rules.preflight import (
    country_cause,
    document_barred,
    document_causes,
    dropped_signs,
    number_cause,
    stale_causes,
    text_cause,
    url_refused,
)
from xtiger.rules.taxes import TaxTable


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("https://crm.example/invoice/7", False),
        ("http://crm.example/7", False),
        ("ftp://crm.example/7", True),
        ("https:///7", True),
        ("https://xero.crm.example/7", True),
    ],
)
def test_an_address_must_lead_back_to_a_page(url: str, refused: bool) -> None:
    """Of the web, with a host, and without Xero's own name in it."""
    assert refused == url_refused(url)


def test_signs_that_xero_drops_are_named() -> None:
    """Each once: what can be seen as it is, others by their number; tabs and lines stay."""
    assert ("\U0001f98a U+0007", "") == (
        dropped_signs("a\U0001f98ab\x07c\U0001f98a"),
        dropped_signs("a\tb\nc é"),
    )


def test_a_text_with_such_signs_has_a_cause() -> None:
    """It names the field; a text without them has none."""
    assert (Cause("signs_not_kept", {"field": "Name", "signs": "U+0007"}), None) == (
        text_cause("Name", "a\x07"),
        text_cause("Name", "a"),
    )


@pytest.mark.parametrize(
    ("text", "taken"), [("Côte d'Ivoire", True), ("", True), ("NZ1", False), ("A/B", False)]
)
def test_a_country_is_words(text: str, taken: bool) -> None:
    """Letters and what stands in names of countries, no digit and no other sign."""
    expected = None if taken else Cause("country_signs", {"field": "Country", "value": text})

    assert expected == country_cause("Country", text)


def test_a_number_is_of_plain_signs() -> None:
    """Each other sign is named once."""
    cause = Cause("number_signs", {"number": "R- é\x07 1é", "signs": "é U+0007"})

    assert (None, cause) == (number_cause("R-1 #7"), number_cause("R- é\x07 1é"))


def line(price: str | None, quantity: str | None = "1", **given: Plain) -> dict[str, Plain]:
    """One line of an invoice."""
    return {"UnitAmount": price, "Quantity": quantity, **given}


@pytest.mark.parametrize(
    ("one", "codes"),
    [
        (line("10"), []),
        (line("10", None), []),
        (line(None, "5"), []),
        (line("0", "0"), []),
        (line("10", "-1"), ["quantity_refused"]),
        (line("10", "0"), ["quantity_refused"]),
        (line("10", DiscountRate="100"), []),
        (line("10", DiscountRate="101"), ["discount_refused"]),
        (line("10", DiscountRate="-1"), ["discount_refused"]),
        (line("10", DiscountAmount="9.99"), []),
        (line("10", DiscountAmount="10"), ["discount_refused"]),
        (line("1", str(10**13)), ["line_too_large"]),
        (line("99999999999"), ["line_too_large"]),
        (line("0.004"), ["line_below_half_cent"]),
        (line("0.01", DiscountRate="60"), ["line_below_half_cent"]),
    ],
)
def test_a_line_that_xero_refuses_has_its_cause(one: dict[str, Plain], codes: list[str]) -> None:
    """Quantities, discounts and amounts; a line without price is a comment."""
    assert codes == [cause.code for cause in document_causes([one], None, approving=True)]


def test_a_draft_may_be_what_an_approved_document_may_not() -> None:
    """Less than half a cent, and a total below zero."""
    lines, total = [line("0.004"), line("-5")], Decimal(-5)

    assert [["line_below_half_cent", "total_negative"], []] == [
        [one.code for one in document_causes(lines, total, approving=approving)]
        for approving in (True, False)
    ]


def test_a_bill_below_zero_is_a_credit_of_its_supplier() -> None:
    """Which is not sent, so that no credit note is offered."""
    found = document_causes([line("-5")], Decimal(-5), approving=True, buys=True)

    assert [Cause("supplier_credit")] == found


def test_what_is_approved_says_the_status() -> None:
    """A draft below zero goes, an approved document does not."""
    found = [
        [one.code for one in document_barred([line("-5")], Decimal(-5), status, buys=False)]
        for status in ("DRAFT", "AUTHORISED")
    ]

    assert [[], ["total_negative"]] == found


def test_a_cause_names_its_line() -> None:
    """Counted from one, comments too."""
    found = document_causes([line(None), line("1", "-2")], Decimal(0), approving=True)

    assert [Cause("quantity_refused", {"line": 2, "quantity": "-2"})] == found


def test_what_was_archived_since_is_named() -> None:
    """The account and the tax of a line in Xero; what is unknown says nothing."""
    accounts = {
        code: Account(code, code, "A", "SALES", "REVENUE", status=status)
        for code, status in (("200", "ACTIVE"), ("210", "ARCHIVED"))
    }
    rates = (
        TaxRate("NEW", "20%", Decimal(20)),
        TaxRate("OLD", "17%", Decimal(17), status="ARCHIVED"),
    )
    lines: list[dict[str, Plain]] = [
        {"AccountCode": "200", "TaxType": "NEW"},
        {"AccountCode": "210", "TaxType": "OLD"},
        {"AccountCode": "999", "TaxType": None},
    ]
    where = "line 2 of the invoice in Xero"

    assert [
        Cause("account_archived", {"account": "210", "where": where}),
        Cause("tax_archived", {"tax": "17%", "line": 2}),
    ] == stale_causes(lines, accounts, TaxTable(rates, {}))
