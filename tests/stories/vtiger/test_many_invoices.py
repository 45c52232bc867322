"""Sixty invoices by chance, half of them each way: none waits, and both sides agree to the cent."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.stories.vtiger.books import Books, vtiger_books

EACH = 30
#: Taxes of a line, by the tax that Xero has for them.
NONE, FULL, REDUCED = (
    {"tax1": "0", "tax2": "0"},
    {"tax1": "20", "tax2": "0"},
    {"tax1": "0", "tax2": "5"},
)
#: Vtiger's quantities have three places, and prices eight.
QUANTITIES = ["1", "2", "3", "7", "0.5", "1.125"]


def _price(chance: Random) -> Decimal:
    return Decimal(chance.randint(5_000, 99_999)) / chance.choice([100, 10_000])


def _put(made: Books, chance: Random, company: str, items: list[str], number: int) -> None:
    """An invoice as somebody types it in Vtiger."""
    mode = chance.choice(["group", "individual"])
    shared = chance.choice([NONE, FULL, REDUCED])
    lines = []
    for _ in range(chance.randint(1, 5)):
        sold = chance.randrange(len(items))
        own = chance.choice([FULL, REDUCED if sold % 2 else NONE])
        line = {"productid": items[sold], "quantity": chance.choice(QUANTITIES)}
        line |= {"listprice": str(_price(chance)), **(shared if mode == "group" else own)}
        if chance.random() < 0.3:
            line |= chance.choice([{"discount_percent": "33.333"}, {"discount_amount": "0.05"}])
        lines.append(line)
    head: dict[str, str] = {"hdnTaxType": mode, "subject": f"Order {number}"}
    if chance.random() < 0.3:
        rate = chance.choice(["0", "20"])
        head |= {"shipping_&_handling": "4.99", "shipping_&_handling_shtax1": rate}
    if chance.random() < 0.3:
        head["txtAdjustment"] = chance.choice(["-0.12", "1.20"])
    made.invoice(company, lines, **head)


def _write(made: Books, chance: Random, number: int) -> None:
    """An invoice as Xero's people write it."""
    lines = []
    for _ in range(chance.randint(1, 5)):
        line: dict[str, Any] = {"Quantity": Decimal(chance.choice(QUANTITIES))}
        line |= {"UnitAmount": _price(chance)}
        line |= {"TaxType": chance.choice(["OUTPUT2", "OUTPUT2", "RROUTPUT", "NONE"])}
        if chance.random() < 0.5:
            line["ItemCode"] = f"P{chance.randrange(4)}"
        if chance.random() < 0.3:
            line["DiscountRate"] = Decimal(chance.choice(["5", "12.5", "33.33"]))
        lines.append(line)
    status = chance.choice(["DRAFT", "AUTHORISED"])
    made.new_in_xero(*lines, number=f"X-{number}", Status=status)


@pytest.mark.slow
def test_no_invoice_waits_for_its_cents(tmp_path: Path) -> None:
    """Group and individual taxes, discounts, charges and adjustments; items and text."""
    chance = Random(17)
    with vtiger_books(tmp_path) as made:
        made.crm.taxes["tax2"] = ("Reduced", "5.000", "Simple")
        company = made.company()
        items = [made.product(f"P{n}", **({"tax2": "5"} if n % 2 else {})) for n in range(4)]
        for number in range(EACH):
            _put(made, chance, company, items, number)
        made.sync()
        for number in range(EACH):
            _write(made, chance, number)
        made.sync()
        outcomes = made.world.xt.sync.outcomes(module="Invoices", limit=500)

        assert Counter({("created", None): 2 * EACH}) == Counter(
            (one.result, one.cause and one.cause.code) for one in outcomes
        )


def test_a_quantity_that_vtiger_cannot_keep_waits(tmp_path: Path) -> None:
    """With four places it would come to another total there, and says so."""
    with vtiger_books(tmp_path) as made:
        made.company()
        made.world.sync()
        made.new_in_xero({"Quantity": Decimal("1.1234"), "UnitAmount": Decimal(1000)})
        made.world.sync()

        assert ["crm_total_differs"] == list(made.world.codes().values())
        assert [] == made.rows("Invoice")
