"""The lines of an invoice in the form of the demo CRM."""

from __future__ import annotations

from decimal import Decimal

from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from tests.demo.conftest import form_of
from xtiger.demo.models import Invoice


def test_an_invoice_is_recomputed_when_saved(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    """Another quantity changes the total by the rule per line."""
    form = form_of(client.get("/invoices/4").text)
    client.post("/invoices/4", data={**form, "line-0-quantity": "7.125"})
    with sessions() as session:
        invoice = session.get_one(Invoice, 4)

        assert (Decimal("7.125"), invoice.totals().total) == (
            invoice.lines[0].quantity,
            invoice.total,
        )


def test_lines_keep_their_ids(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    """A line that stays is changed in place; the new one comes last."""
    with sessions() as session:
        before = [line.id for line in session.get_one(Invoice, 4).lines]
    form = form_of(client.get("/invoices/4").text)
    new = f"line-{len(before)}-"
    client.post("/invoices/4", data={**form, f"{new}goods": "product-1"})
    with sessions() as session:
        lines = session.get_one(Invoice, 4).lines

        assert (before, "Oak reading desk 120 cm", Decimal("389.00")) == (
            [line.id for line in lines[:-1]],
            lines[-1].description,
            lines[-1].unit_price,
        )


def test_free_text_gets_an_account(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    """A line without a product is booked to sales unless another account is typed."""
    form = form_of(client.get("/invoices/2").text)
    client.post("/invoices/2", data={**form, "line-9-description": "Cutting"})
    with sessions() as session:
        line = session.get_one(Invoice, 2).lines[-1]

        assert ("Cutting", "200") == (line.description, line.account)


def test_a_ticked_line_is_removed(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    """Remove takes that line off and leaves the others."""
    with sessions() as session:
        before = [line.id for line in session.get_one(Invoice, 4).lines]
    form = form_of(client.get("/invoices/4").text)
    client.post("/invoices/4", data={**form, "line-0-remove": "1"})
    with sessions() as session:
        assert before[1:] == [line.id for line in session.get_one(Invoice, 4).lines]


def test_a_wrong_line_is_named(client: FlaskClient) -> None:
    """The sentence says which line and which field."""
    form = form_of(client.get("/invoices/4").text)
    answer = client.post("/invoices/4", data={**form, "line-0-quantity": "many"})

    assert "Line 1: Quantity is no number." in answer.text


def test_a_line_with_two_taxes_keeps_them(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    """Saving another field does not flatten the taxes of a line."""
    form = form_of(client.get("/invoices/101").text)
    client.post("/invoices/101", data={**form, "reference": "PO 1"})
    with sessions() as session:
        assert 2 == len(session.get_one(Invoice, 101).lines[0].taxes)


def test_two_invoices_cannot_have_one_number(client: FlaskClient) -> None:
    """A taken number is refused with a sentence."""
    form = form_of(client.get("/invoices/4").text)
    answer = client.post("/invoices/4", data={**form, "number": "INV-0005"})

    assert "Another invoice has the number INV-0005." in answer.text


def test_a_tax_that_the_crm_does_not_know_stays(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    """Saving another field keeps a tax that came from elsewhere, with its percentage."""
    with sessions.begin() as session:
        line = session.get_one(Invoice, 2).lines[0]
        line.tax_name, line.tax_percent = "Exempt Income", Decimal(0)
    form = form_of(client.get("/invoices/2").text)
    client.post("/invoices/2", data={**form, "reference": "PO 2"})
    with sessions() as session:
        line = session.get_one(Invoice, 2).lines[0]

        assert ("Exempt Income", Decimal(0)) == (line.tax_name, line.tax_percent)


def test_an_emptied_tax_stays_empty(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    """The product's tax is put on new lines only."""
    form = form_of(client.get("/invoices/2").text)
    client.post("/invoices/2", data={**form, "line-0-tax_name": ""})
    with sessions() as session:
        line = session.get_one(Invoice, 2).lines[0]

        assert ("", Decimal(0)) == (line.tax_name, line.tax_percent)


def test_a_new_line_takes_the_tax_of_its_product(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    """Coffee is zero rated, and so is a new line of it."""
    form = form_of(client.get("/invoices/2").text)
    client.post("/invoices/2", data={**form, "line-9-goods": "product-11"})
    with sessions() as session:
        assert "Zero Rated Income" == session.get_one(Invoice, 2).lines[-1].tax_name
