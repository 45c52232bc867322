"""The demo CRM in a browser: lists, records, forms and their guards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.demo.conftest import form_of
from xtiger.demo.guards import secret_key
from xtiger.demo.models import Invoice, Organization, Payment, Product


def _count(page: str) -> str:
    found = re.search(r'class="count">([^<]*)<', page)
    return found[1] if found else ""


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/organizations",
        "/contacts",
        "/products",
        "/services",
        "/invoices",
        "/organizations/1",
        "/organizations/53",
        "/contacts/1",
        "/products/41",
        "/services/15",
        "/invoices/101",
        "/organizations/new",
        "/invoices/new",
        "/organizations/1/delete",
        "/payments",
        "/payments/1",
        "/payments/new",
        "/payments/1/delete",
    ],
)
def test_pages_answer(client: FlaskClient, address: str) -> None:
    """Every kind of page is there, for flawed records too."""
    assert 200 == client.get(address).status_code


@pytest.mark.parametrize("address", ["/nothing", "/organizations/99999", "/a/b/c"])
def test_what_is_not_there_gets_a_clear_page(client: FlaskClient, address: str) -> None:
    """An unknown address says so, with the way back."""
    answer = client.get(address)

    assert (404, True) == (answer.status_code, "no such page or record" in answer.text)


def test_search_ignores_the_case_of_all_letters(client: FlaskClient) -> None:
    """MÜLLER finds Müller."""
    assert "Müller Feinkost GmbH" in client.get("/organizations?q=MÜLLER").text


def test_search_takes_percent_signs_as_text(client: FlaskClient) -> None:
    """A percent sign is no wildcard."""
    assert "Nothing found" in client.get("/organizations?q=%25").text


def test_search_needs_every_word(client: FlaskClient) -> None:
    """Two words narrow the list down to records that have both."""
    page = client.get("/organizations?q=hartley bristol").text

    assert "1–1 of 1" == _count(page)


def test_invoices_can_be_listed_by_status(client: FlaskClient) -> None:
    """The status narrows the list."""
    assert "1–1 of 1" == _count(client.get("/invoices?status=Cancel").text)


def test_invoices_can_be_found_by_their_customer(client: FlaskClient) -> None:
    """The name of the organisation finds its invoices."""
    assert "INV-0031" in client.get("/invoices?q=mirador").text


def test_pages_of_a_list_neither_lose_nor_repeat(client: FlaskClient) -> None:
    """Going through all pages shows each organisation once."""
    seen = []
    for number in (1, 2, 3):
        page = client.get(f"/organizations?page={number}").text
        seen += re.findall(r'scope="row"><a href="/organizations/(\d+)"', page)

    assert list(range(1, 71)) == sorted(int(found) for found in seen)


def test_a_page_beyond_the_end_is_the_last(client: FlaskClient) -> None:
    """A page number that is too high shows the last page."""
    assert "51–70 of 70" == _count(client.get("/organizations?page=99").text)


def test_a_change_is_saved(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    """What is typed into the form is stored."""
    form = form_of(client.get("/organizations/1").text)
    client.post("/organizations/1", data={**form, "email": "new@hartley.example.com"})
    with sessions() as session:
        assert "new@hartley.example.com" == session.get_one(Organization, 1).email


def test_an_unchanged_form_changes_nothing(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    """Saving without an edit leaves the version, as nothing differs."""
    form = form_of(client.get("/invoices/4").text)
    answer = client.post("/invoices/4", data=form)
    with sessions() as session:
        assert (303, 1) == (answer.status_code, session.get_one(Invoice, 4).version)


def test_payments_can_be_found_by_their_invoice(client: FlaskClient) -> None:
    """The number of the invoice finds its payments."""
    assert "PAY-0002" in client.get("/payments?q=INV-0003").text


def test_money_counts_for_the_invoice_that_it_is_entered_for(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    """A new payment lowers what is to pay; moved to another invoice, it leaves the first."""
    with sessions() as session:
        before = [session.get_one(Invoice, key).balance for key in (150, 149)]
    form = form_of(client.get("/payments/new?invoice=150").text)
    client.post("/payments/new", data={**form, "amount": "10.00", "date": "2026-11-21"})
    with sessions() as session:
        once = [session.get_one(Invoice, key).balance for key in (150, 149)]
        made = session.scalars(select(Payment).order_by(Payment.id.desc())).first()
    assert made is not None
    address = f"/payments/{made.id}"
    client.post(address, data={**form_of(client.get(address).text), "invoice_id": "149"})
    with sessions() as session:
        moved = [session.get_one(Invoice, key).balance for key in (150, 149)]

    assert [before[0] - 10, before[1]] == once
    assert [before[0], before[1] - 10] == moved


def test_a_new_record_gets_the_next_number(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    """The form proposes the number after the highest."""
    form = form_of(client.get("/organizations/new").text)
    client.post("/organizations/new", data={**form, "name": "Nine Elms Bakery"})
    with sessions() as session:
        found = session.get_one(Organization, 71)

        assert ("ACC-0071", "Nine Elms Bakery") == (found.number, found.name)


def test_a_wrong_form_says_what_is_wrong(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    """A missing name is refused with a sentence, and nothing is stored."""
    form = form_of(client.get("/products/1").text)
    answer = client.post("/products/1", data={**form, "name": "", "code": "X"})
    with sessions() as session:
        stored = session.get_one(Product, 1).code

    assert (422, True, "SKU-1001") == (
        answer.status_code,
        "Name is missing. Please fill it in." in answer.text,
        stored,
    )


def test_a_wrong_form_keeps_what_was_typed(client: FlaskClient) -> None:
    """The person need not type all again."""
    form = form_of(client.get("/products/1").text)
    answer = client.post("/products/1", data={**form, "name": "", "code": "KEEP-ME"})

    assert 'value="KEEP-ME"' in answer.text


def test_an_edit_of_an_old_version_is_refused(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    """Whoever saves second is told, and the first change stays."""
    form = form_of(client.get("/organizations/1").text)
    with sessions.begin() as session:
        session.get_one(Organization, 1).phone = "+44 117 496 0999"
    answer = client.post("/organizations/1", data=form)
    with sessions() as session:
        stored = session.get_one(Organization, 1).phone

    assert (409, "+44 117 496 0999") == (answer.status_code, stored)


def test_a_post_without_token_is_refused(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    """A form of a foreign page changes nothing."""
    form = form_of(client.get("/organizations/1").text)
    answer = client.post("/organizations/1", data={**form, "csrf": "", "name": "Mallory"})
    with sessions() as session:
        stored = session.get_one(Organization, 1).name

    assert (403, "Hartley & Sons Ltd") == (answer.status_code, stored)


def test_a_token_of_another_session_is_refused(client: FlaskClient) -> None:
    """A token is worth nothing in another browser."""
    form = form_of(client.get("/organizations/1").text)
    other = client.application.test_client()
    other.get("/")

    assert 403 == other.post("/organizations/1", data=form).status_code


def test_names_are_shown_as_text(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    """A name with a script in it is escaped on list, record and start page."""
    evil = "<script>alert(1)</script>"
    with sessions.begin() as session:
        session.get_one(Organization, 1).name = evil
        session.get_one(Invoice, 150).organization_id = 1
        session.get_one(Invoice, 150).number = f'"><img src=x onerror=alert(1)>{evil}'
    addresses = ("/", f"/organizations?q={evil}", "/organizations/1", "/invoices/150")
    pages = "".join(client.get(address).text for address in addresses)

    assert (False, False) == ("<script" in pages, "<img" in pages)


def test_pages_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    """The policy of each page allows its own style sheet and no script."""
    policy = client.get("/").headers["Content-Security-Policy"]

    assert "default-src 'none'; style-src 'self'" in policy


def test_what_is_in_use_cannot_be_deleted(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    """An organisation with invoices stays, and the page says why."""
    form = form_of(client.get("/organizations/1/delete").text)
    answer = client.post("/organizations/1/delete", data=form, follow_redirects=True)
    with sessions() as session:
        stays = session.get(Organization, 1) is not None

    assert (True, True) == (stays, "cannot be deleted" in answer.text)


def test_an_invoice_can_be_deleted(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    """A deleted invoice takes its lines and payments along."""
    form = form_of(client.get("/invoices/4/delete").text)
    client.post("/invoices/4/delete", data=form)
    with sessions() as session:
        assert session.get(Invoice, 4) is None


def test_the_session_key_is_kept_private(tmp_path: Path) -> None:
    """The key is made once and only its owner may read it."""
    first = secret_key(tmp_path)

    assert (first, 0o600) == (
        secret_key(tmp_path),
        (tmp_path / "crm.key").stat().st_mode & 0o777,
    )
