"""Addresses into Xero."""

from __future__ import annotations

import pytest

from xtiger.panels.xero_links import signup_url, view_url

LOGIN = "https://go.xero.com/organisationlogin/default.aspx?shortcode=!1lqVQ&redirecturl="


@pytest.mark.parametrize(
    ("kind", "type", "page"),
    [
        ("Contact", "", "/Contacts/View/id-1"),
        ("Invoice", "", "/AccountsReceivable/View.aspx?InvoiceID=id-1"),
        ("Invoice", "ACCREC", "/AccountsReceivable/View.aspx?InvoiceID=id-1"),
        ("Invoice", "ACCPAY", "/AccountsPayable/Edit.aspx?InvoiceID=id-1"),
        ("CreditNote", "ACCPAYCREDIT", "/AccountsPayable/ViewCreditNote.aspx?creditNoteID=id-1"),
    ],
)
def test_pages(kind: str, type: str, page: str) -> None:
    """Each kind opens on its page in the organisation of the short code."""
    assert LOGIN + page == view_url(kind, "id-1", "!1lqVQ", type)


@pytest.mark.parametrize(
    ("kind", "xero_id", "short_code"),
    [("Contact", "id-1", ""), ("Contact", "", "!1lqVQ"), ("TaxRate", "id-1", "!1lqVQ")],
)
def test_no_link_rather_than_a_wrong_one(kind: str, xero_id: str, short_code: str) -> None:
    """Without short code, id or page there is no link."""
    assert view_url(kind, xero_id, short_code) is None


def test_a_person_opens_on_the_page_of_its_contact() -> None:
    """Its id begins with the contact's."""
    assert view_url("Contact", "id-1", "!1lqVQ") == view_url("Person", "id-1/3", "!1lqVQ")


def test_nothing_breaks_out_of_the_address() -> None:
    """An id with signs in it stays one part of the path."""
    found = view_url("Contact", "a/b?c&d", "!1&x=2")

    assert (
        "https://go.xero.com/organisationlogin/default.aspx"
        "?shortcode=!1%26x%3D2&redirecturl=/Contacts/View/a%2Fb%3Fc%26d"
    ) == found


def test_the_referral_id_stands_before_the_page() -> None:
    """The page's own parameters end the address, so the id of the app goes first."""
    found = view_url("Invoice", "id-1", "!1lqVQ", xtid="x30mycrm")

    assert LOGIN.replace(
        "?", "?xtid=x30mycrm&"
    ) + "/AccountsReceivable/View.aspx?InvoiceID=id-1" == (found)
    assert "https://www.xero.com/signup/?xtid=x30mycrm" == signup_url("x30mycrm")
    assert "https://www.xero.com/signup/" == signup_url()
