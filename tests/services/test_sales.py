"""From a won sale to its invoice: made once, by the CRM's own function, and sent like any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.sync.people import organisation
from tests.world import World, make_world
from xtiger.errors import BrokenHost
from xtiger.model.records import Ref, Write

SALE = Ref("Quotes", "Q7")
LINES = (
    {"name": "Work", "quantity": Decimal(3), "listprice": Decimal("50.00")},
    {"name": "Travel", "quantity": Decimal(1), "listprice": Decimal("20.00")},
)


def of_quote(customer: str, **values: object) -> Write:
    """The invoice of the quote."""
    given = {
        "invoice_no": "I-Q7",
        "account_id": customer,
        "invoicedate": date(2026, 11, 2),
        "duedate": date(2026, 12, 2),
        "invoicestatus": "Approved",
        **values,
    }
    return Write(given, lines=[dict(line) for line in LINES])


@pytest.fixture
def selling(tmp_path: Path) -> Iterator[World]:
    """A CRM that says what invoice a won quote becomes; a deal becomes none."""

    def invoice_of_sale(ref: Ref) -> Write | None:
        if ref.module != "Quotes":
            return None
        values = {"invoicedate": "never"} if ref.id == "bad" else {}
        return of_quote("1", **values)

    with make_world(tmp_path, invoice_of_sale=invoice_of_sale) as world:
        world.connect()
        world.default_account()
        organisation(world, "Acme")
        yield world


@pytest.mark.feature("F042")
def test_a_won_quote_is_an_invoice_in_both_systems(selling: World) -> None:
    """With its lines, in the CRM at once and in Xero with the next sync."""
    made = selling.xt.sale_closed(SALE)
    selling.sync()

    assert made is not None
    assert "I-Q7" == selling.in_crm("Invoices", made.id, "invoice_no")
    there = selling.in_xero("Invoices", made.id)
    assert (Decimal(170), "AUTHORISED") == (there["SubTotal"], there["Status"])
    assert ["Work", "Travel"] == [line["Description"] for line in there["LineItems"]]


def test_a_sale_reported_twice_is_one_invoice(selling: World) -> None:
    """Also when the first report came long before, and the invoice is in Xero."""
    first = selling.xt.sale_closed(SALE)
    selling.sync()

    assert first == selling.xt.sale_closed(SALE)
    assert 1 == len(selling.host.all("Invoices"))


def test_a_rollback_of_the_sale_takes_its_invoice_away(selling: World) -> None:
    """Both are one transaction of the CRM; won again, it is made."""
    with suppress(RuntimeError), selling.host.transaction():
        selling.xt.sale_closed(SALE)
        raise RuntimeError

    assert [] == list(selling.host.all("Invoices"))
    assert selling.xt.sale_closed(SALE) is not None


@pytest.mark.parametrize("sale", [Ref("Deals", "3"), Ref("Quotes", "bad")])
def test_a_sale_may_have_no_invoice(selling: World, sale: Ref) -> None:
    """The CRM makes none of it, or refuses what its function says: nothing is half made."""
    assert selling.xt.sale_closed(sale) is None
    assert [] == list(selling.host.all("Invoices"))


def test_a_function_that_fails_makes_nothing(tmp_path: Path) -> None:
    """The CRM's own mistake is named, and no invoice is half made."""

    def invoice_of_sale(_ref: Ref) -> Write | None:
        raise KeyError("customer")

    with make_world(tmp_path, invoice_of_sale=invoice_of_sale) as world:
        with pytest.raises(BrokenHost, match="invoice_of_sale"):
            world.xt.sale_closed(SALE)

        assert [] == list(world.host.all("Invoices"))
