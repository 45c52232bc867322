"""Credit of Xero in the demo CRM: what it settled of an invoice, and what remains to be paid."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.demo.both import Both
from tests.demo.conftest import form_of
from tests.demo.test_invoices_from_xero import line
from tests.stories.sync.test_money_on_account import allocate
from xtiger.demo.crm import create_app
from xtiger.demo.database import FILE, open_sessions
from xtiger.demo.models import Invoice, InvoiceLine


def figures(sessions: sessionmaker[Session], number: str) -> tuple[object, ...]:
    """(total, credited, balance) of an invoice of the CRM."""
    with sessions() as session:
        found = session.scalars(select(Invoice).where(Invoice.number == number)).one()
        return found.total, found.credited, found.balance


def sold(both: Both, price: str) -> str:
    """An approved invoice of Xero that is in the CRM, too; answers its id there."""
    contact = both.sandbox.add("Contacts", {"Name": "Acme"})
    made = both.sandbox.add(
        "Invoices",
        {
            "Type": "ACCREC",
            "InvoiceNumber": "INV-1",
            "Contact": {"ContactID": contact["ContactID"]},
            "Date": "2026-11-02",
            "DueDate": "2026-12-02",
            "Status": "AUTHORISED",
            "LineItems": [line("Wood", price)],
        },
    )
    both.sync()
    return str(made["InvoiceID"])


def credit_in_xero(both: Both, invoice_id: str, amount: str) -> None:
    """An accountant gives some of it back in Xero, and sets that against it."""
    (contact,) = both.sandbox.table("Contacts")
    made = both.sandbox.add(
        "CreditNotes",
        {
            "Type": "ACCRECCREDIT",
            "Contact": {"ContactID": contact["ContactID"]},
            "Date": "2026-11-02",
            "Status": "AUTHORISED",
            "LineAmountTypes": "NoTax",
            "LineItems": [{"Description": "Back", "UnitAmount": amount, "AccountCode": "200"}],
        },
    )
    allocate(both, "CreditNotes", made["CreditNoteID"], invoice_id, amount)


def credit_in_crm(both: Both, price: str) -> None:
    """Somebody gives some of it back in the CRM, and says of which invoice."""
    mapping = both.xt.mappings.get("Invoices")
    assert mapping is not None
    options = {**mapping.options, "credit_notes": True}
    both.xt.mappings.save(replace(mapping, options=options))
    with both.sessions() as session, session.begin():
        first = session.scalars(select(Invoice)).one()
        made = Invoice(
            number="C-1",
            organization_id=first.organization_id,
            date=date(2026, 11, 3),
            due_date=date(2026, 12, 2),
            status="Approved",
            credits_id=first.id,
        )
        back = InvoiceLine(description="Wood", unit_price=-Decimal(price), tax_percent=Decimal(20))
        back.tax_name, back.account = "20% (VAT on Income)", "200"
        made.lines.append(back)
        session.add(made)


def test_credit_shows_and_what_remains_agrees(both: Both) -> None:
    """An accountant's credit, then one of the CRM that says what it gives back: both are seen."""
    invoice_id = sold(both, "50")
    before = figures(both.sessions, "INV-1")
    credit_in_xero(both, invoice_id, "15")
    both.sync()
    between = figures(both.sessions, "INV-1")
    credit_in_crm(both, "20")
    both.sync()

    (there,) = both.sandbox.table("Invoices")
    assert [(60, 0, 60), (60, 15, 45)] == [before, between]
    assert (60, 39, 21) == figures(both.sessions, "INV-1")
    assert Decimal(21) == there["AmountDue"]
    assert (-24, -24, 0) == figures(both.sessions, "C-1")
    assert both.xt.proof.reconcile().agrees
    client = create_app(both.xt.settings.home, sessions=both.sessions).test_client()
    page = " ".join(client.get("/invoices/1").text.split())
    assert '>Credited</th><td class="number">39.00<' in page
    assert '>To pay</th><td class="number">21.00<' in page


def test_less_than_was_paid_agrees_once_it_is_credited(both: Both) -> None:
    """A paid invoice says less: credited, the CRM calls the rest its customer's, and both agree."""
    invoice_id = sold(both, "50")
    paid = {"Account": {"Code": "090"}, "Amount": "60", "Date": "2026-11-03"}
    both.sandbox.add("Payments", {"Invoice": {"InvoiceID": invoice_id}, **paid})
    both.sync()
    with both.sessions() as session, session.begin():
        session.scalars(select(Invoice)).one().lines[0].unit_price = Decimal(40)
    both.xt.clock.sleep(180)
    both.xt.sync.run()
    both.xt.credits.make("Invoices", "1")
    both.sync()
    run = both.xt.sync.run(full=True)

    assert {"unchanged": 1, "excluded": 1} == run.counts["Invoices"]
    assert (48, 0, -12) == figures(both.sessions, "INV-1")
    found = both.xt.proof.reconcile()
    assert found.agrees
    assert {"Due", "Total"} <= {one.field for one in found.differences}
    assert {"credited"} == {one.cure.code for one in found.differences}


def test_an_invoice_does_not_give_itself_back(tmp_path: Path, both: Both) -> None:
    """The form says so; another one is taken."""
    sold(both, "50")
    credit_in_crm(both, "20")
    client = create_app(tmp_path, sessions=both.sessions).test_client()
    form = form_of(client.get("/invoices/1").text)

    refused = client.post("/invoices/1", data={**form, "credits_id": "1"})
    taken = client.post("/invoices/1", data={**form, "credits_id": "2"})

    assert "An invoice cannot give itself back. Please choose another one." in refused.text
    assert (422, 303) == (refused.status_code, taken.status_code)


def _forget_credit(file: sqlite3.Connection) -> None:
    """Make the table of invoices anew, as it was before there were columns for credit."""
    (sql,) = file.execute("SELECT sql FROM sqlite_master WHERE name = 'invoices'").fetchone()
    rows = (one.strip(", \t") for one in sql.splitlines()[1:-1])
    before = ", ".join(one for one in rows if "credit" not in one)
    names = [row[1] for row in file.execute("PRAGMA table_info(invoices)")]
    kept = ", ".join(f'"{name}"' for name in names if "credit" not in name)
    file.execute("PRAGMA legacy_alter_table=ON")
    file.execute("ALTER TABLE invoices RENAME TO was")
    file.execute(f"CREATE TABLE invoices ({before})")
    file.execute(f"INSERT INTO invoices ({kept}) SELECT {kept} FROM was")
    file.execute("DROP TABLE was")
    file.commit()


def test_a_file_of_before_gets_its_columns(tmp_path: Path, seeded: Path) -> None:
    """The CRM of an earlier version opens, with nothing credited, and counts on."""
    (tmp_path / FILE).write_bytes(seeded.read_bytes())
    with closing(sqlite3.connect(tmp_path / FILE)) as file:
        _forget_credit(file)
    sessions = open_sessions(tmp_path)

    with sessions() as session, session.begin():
        found = session.scalars(select(Invoice).where(Invoice.balance != "0")).first()
        assert found is not None
        before = found.balance
        found.recompute()

        assert (Decimal(0), before) == (found.credited, found.balance)
    sessions.kw["bind"].dispose()
