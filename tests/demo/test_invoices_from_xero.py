"""Invoices of Xero in the demo CRM: created, changed in place, reordered, and summed alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.world import MovingClock, let_all_go
from xtiger.app import XTiger
from xtiger.demo.database import open_sessions
from xtiger.demo.host import build
from xtiger.demo.models import Invoice, Organization
from xtiger.demo.visitor import allow_access
from xtiger.sandbox import Sandbox, serve
from xtiger.settings import Settings

ORGANISATION = "Empty Trading Ltd"


class Both:
    """The demo CRM and a sandbox with XTiger between them."""

    def __init__(self, xt: XTiger, sandbox: Sandbox, sessions: sessionmaker[Session]) -> None:
        self.xt, self.sandbox, self.sessions = xt, sandbox, sessions

    def sync(self) -> None:
        """Sync after a pause; nothing may be left to do or stand in the way."""
        self.xt.clock.sleep(180)
        self.xt.sync.run()
        self.xt.clock.sleep(180)

        assert [] == [item for item in self.xt.sync.plan().items if item.verb or item.cause]

    def lines(self) -> list[tuple[Any, ...]]:
        """(text, price, account, id) of the CRM's lines."""
        with self.sessions() as session:
            found = session.scalars(select(Invoice)).one()
            return [(x.description, x.unit_price, x.account, x.id) for x in found.lines]

    def total(self) -> tuple[Any, ...]:
        """(total, balance, status) that the CRM has of the invoice."""
        with self.sessions() as session:
            found = session.scalars(select(Invoice)).one()
            return found.total, found.balance, found.status


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    """Both, connected, with nothing in them."""
    clock, sessions = MovingClock(), open_sessions(tmp_path)
    sandbox = Sandbox(seed="empty", clock=clock.now)
    with closing(sandbox), serve(sandbox) as server:
        settings = Settings(
            home=tmp_path,
            database_url=f"sqlite:///{tmp_path / 'xtiger.db'}",
            xero_url=server.url,
            xero_client_id=sandbox.client_id,
            xero_client_secret=sandbox.client_secret,
            new_extensions_on=False,
        )
        xt = XTiger(build(tmp_path, sessions=sessions), settings=settings, clock=clock)
        start = xt.connections.consent("http://localhost:9/modules/XTiger/callback")
        offered = xt.connections.consent_answered(allow_access(start.url, ORGANISATION))
        let_all_go(
            xt,
            xt.connections.connect(
                next(o.organisation_id for o in offered if o.name == ORGANISATION)
            ).id,
        )
        xt.connections.accept_terms("a test")
        xt.mappings.save_defaults()
        yield Both(xt, sandbox, sessions)
        xt.close()
    sessions.kw["bind"].dispose()


def line(text: str, price: str, **values: Any) -> dict[str, Any]:
    """A line of Xero with 20 % tax."""
    return {
        "Description": text,
        "Quantity": 1,
        "UnitAmount": Decimal(price),
        "AccountCode": "200",
        "TaxType": "OUTPUT2",
        **values,
    }


def test_an_invoice_of_xero_lives_in_the_crm(both: Both) -> None:
    """New, then one line changed, one gone, one new and the order turned: ids and sums follow."""
    contact = both.sandbox.add("Contacts", {"Name": "Acme"})
    made = both.sandbox.add(
        "Invoices",
        {
            "Type": "ACCREC",
            "Contact": {"ContactID": contact["ContactID"]},
            "Date": "2026-11-02",
            "DueDate": "2026-12-02",
            "Status": "AUTHORISED",
            "LineItems": [line("A", "10"), line("B", "0.05", DiscountRate=50), line("C", "3")],
        },
    )
    both.sync()
    before = both.lines()
    assert [("A", 10, "200"), ("B", Decimal("0.05"), "200"), ("C", 3, "200")] == [
        one[:3] for one in before
    ]
    assert (Decimal("15.64"), Decimal("15.64"), "Approved") == both.total()
    a, _, c = (
        {k: v for k, v in x.items() if k in ("LineItemID", "Description", "UnitAmount")}
        for x in both.sandbox.table("Invoices")[0]["LineItems"]
    )
    turned = [c, {**a, "UnitAmount": 11}, line("D", "1")]
    both.sandbox.edit("Invoices", made["InvoiceID"], {"LineItems": turned})
    both.sync()

    after = both.lines()
    assert [("C", 3), ("A", 11), ("D", 1)] == [one[:2] for one in after]
    assert (before[2][3], before[0][3]) == (after[0][3], after[1][3])
    assert Decimal("18.00") == both.total()[0]
    with both.sessions() as session:
        assert ["Acme"] == [row.name for row in session.scalars(select(Organization))]
