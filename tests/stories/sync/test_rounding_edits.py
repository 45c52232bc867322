"""Drawn invoices edited on either side: equal to the cent after each sync, or held by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.stories.sync.oracle import as_decimal, in_cents, total_of
from tests.stories.sync.people import invoice, organisation, paid_in_xero
from tests.stories.sync.test_invoices_in import contact, in_xero, xero_line
from tests.stories.sync.test_line_merge import COMPUTED
from tests.stories.sync.test_rounding import VAT, crm_of
from tests.world import World
from xtiger.model.records import Arithmetic

COUNT, ROUNDS = 60, 3
#: What may hold an invoice here: money on it, voided in Xero, or a total that nobody settles.
NAMED = {
    "invoice_locked",
    "invoice_reduced",
    "gone_in_xero",
    "crm_total_differs",
    "total_differs",
    "total_negative",
    "total_apart",
}
#: What is said beside another total: what is left to pay is another, too.
BESIDE = {"money_apart"}
#: Lines that are no line of the CRM's.
OF_HEAD = ("Adjustment", "Rounding")


def _price(random: Random) -> Decimal:
    return Decimal(random.choice((random.randint(1, 999), random.randint(1000, 200000)))) / 100


def _line(random: Random) -> dict[str, Any]:
    text, pieces = f"Work {random.randint(1, 999)}", Decimal(random.randint(1, 12))
    return {"name": text, "quantity": pieces, "listprice": _price(random), **VAT}


@dataclass
class Edits:
    """People at work on drawn invoices, on both sides."""

    world: World
    random: Random
    arithmetic: Arithmetic
    #: CRM id → lines for rounding of invoices with money on them.
    paid: dict[str, list[Any]] = field(default_factory=dict)

    def draw(self, number: int, *, incoming: bool, customer: str) -> None:
        """One approved invoice of one to five lines, made on one side."""
        lines = [_line(self.random) for _ in range(self.random.randint(1, 5))]
        if not incoming:
            total = as_decimal(total_of(lines, self.arithmetic))
            invoice(self.world, f"I{number}", customer, lines, total=total)
            return
        there = [
            xero_line(str(o["listprice"]), o["name"], Quantity=o["quantity"], TaxType="OUTPUT2")
            for o in lines
        ]
        in_xero(self.world, customer, *there, InvoiceNumber=f"X{number}")

    def ids(self) -> list[str]:
        """All invoices of the CRM."""
        return [record.ref.id for record in self.world.host.all("Invoices")]

    def there(self, crm_id: str) -> Mapping[str, Any]:
        """What Xero has of an invoice."""
        return self.world.in_xero("Invoices", crm_id)

    def some_edit(self, crm_id: str) -> str:
        """What one person does on one side; says on which."""
        side, edit = self.random.choice(
            [("crm", self._lines_here)] * 4
            + [("crm", self._adjustment)] * 3
            + [("xero", self._lines_there)] * 4
            + [("xero", self._money), ("", lambda _: None)]
        )
        edit(crm_id)
        return side

    def _adjustment(self, crm_id: str) -> None:
        small = Decimal(self.random.randint(-5, 5)) / 100
        amount = self.random.choice((small, small, Decimal("-2.5"), Decimal("0.4"), Decimal(0)))
        self._counted(crm_id, adjustment=amount)

    def _lines_here(self, crm_id: str) -> None:
        lines = [dict(one) for one in self.world.host.record("Invoices", crm_id).lines]
        self._change(lines, "listprice", "quantity", "name", lambda: _line(self.random))
        self.world.host.edit_lines("Invoices", crm_id, lines)
        self._counted(crm_id)

    def _lines_there(self, crm_id: str) -> None:
        found = self.there(crm_id)
        if found["Status"] != "AUTHORISED" or found["AmountPaid"]:
            return
        lines = [{k: v for k, v in o.items() if k not in COMPUTED} for o in found["LineItems"]]
        own = [one for one in lines if one["Description"] not in OF_HEAD]
        rest = [one for one in lines if one["Description"] in OF_HEAD]
        self._change(own, "UnitAmount", "Quantity", "Description", self._line_there)
        # A total below zero is refused there, and nothing is changed.
        with suppress(ValueError):
            self.world.sandbox.edit("Invoices", found["InvoiceID"], {"LineItems": [*own, *rest]})

    def _line_there(self) -> dict[str, Any]:
        return xero_line(str(_price(self.random)), "Added there", TaxType="OUTPUT2")

    def _change(
        self,
        lines: list[dict[str, Any]],
        price: str,
        quantity: str,
        text: str,
        new: Callable[[], dict[str, Any]],
    ) -> None:
        """Another price, quantity or text, a line added or one taken away."""
        kind, one = self.random.randrange(5), self.random.choice(lines)
        if kind == 0:
            lines.insert(self.random.randint(0, len(lines)), new())
        elif kind == 1 and len(lines) > 1:
            lines.remove(one)
        elif kind == 2:
            one[text] = f"Other {self.random.randint(1, 999)}"
        elif kind == 3:
            one[quantity] = Decimal(self.random.randint(1, 20))
        else:
            one[price] = _price(self.random)

    def _money(self, crm_id: str) -> None:
        """A payment, or the invoice voided."""
        found = self.there(crm_id)
        if found["Status"] != "AUTHORISED" or found["AmountDue"] < 1:
            return
        if self.random.random() < 0.3 and not found["AmountPaid"]:
            self.world.sandbox.edit("Invoices", found["InvoiceID"], {"Status": "VOIDED"})
            return
        paid_in_xero(self.world, found["InvoiceID"], "0.5")
        self.paid[crm_id] = _of_rounding(found)

    def _counted(self, crm_id: str, **values: Any) -> None:
        """The CRM counts the invoice anew, and what is left to pay of it."""
        self.world.host.edit("Invoices", crm_id, **values)
        record = self.world.host.record("Invoices", crm_id)
        total = total_of(record.lines, self.arithmetic, record.values.get("adjustment"))
        balance = as_decimal(in_cents(total)) - (record.values.get("received") or Decimal(0))
        self.world.host.edit("Invoices", crm_id, total=as_decimal(total), balance=balance)


def _of_rounding(found: Mapping[str, Any]) -> list[Any]:
    return [dict(one) for one in found["LineItems"] if one["Description"] == "Rounding"]


def _check(edits: Edits, held: Mapping[str, set[str]]) -> None:
    """What must hold of each invoice that is not held, and of each that is paid."""
    for crm_id in edits.ids():
        record, found = edits.world.host.record("Invoices", crm_id), edits.there(crm_id)
        rounding = _of_rounding(found)
        assert len(rounding) <= 1
        assert rounding == edits.paid.get(crm_id, rounding), "of a paid invoice"
        if crm_id in held or found["Status"] == "VOIDED":
            continue
        total = in_cents(total_of(record.lines, edits.arithmetic, record.values.get("adjustment")))
        assert (as_decimal(total),) * 2 == (record.values["total"], found["Total"])
        own = [one for one in found["LineItems"] if one["Description"] not in OF_HEAD]
        assert len(record.lines) == len(own), "a line is lost"


def _settled(edits: Edits) -> dict[str, set[str]]:
    """CRM id → codes of what is held, once nothing is left to do and the proof knows no more."""
    world, plan = edits.world, edits.world.plan()
    assert not plan.actions
    held = {
        str(item.crm_id): {str(cause.code) for cause in item.cause.each()}
        for item in plan.items
        if item.cause is not None
    }
    assert set() == {one.crm_id for one in world.xt.proof.differences()} - set(held)
    return held


def _line_items(edits: Edits, crm_id: str) -> set[str]:
    return {
        str(one["LineItemID"])
        for one in edits.there(crm_id)["LineItems"]
        if one["Description"] not in OF_HEAD
    }


@pytest.mark.parametrize("incoming", [False, True], ids=["out", "in"])
@pytest.mark.parametrize("arithmetic", ["none", "document", "line"])
def test_drawn_edits_agree_to_the_cent_or_are_held_by_name(
    tmp_path: Path, arithmetic: Arithmetic, incoming: bool
) -> None:
    """Plain invoices are never held; edits lose no line, and Xero's lines keep their ids."""
    with crm_of(tmp_path, arithmetic) as world:
        # Most invoices change in each round, which is the brake's matter and not rounding's.
        world.settings("Invoices", brake_share=100)
        edits = Edits(world, Random(13), arithmetic)
        customer = contact(world, "Kea") if incoming else organisation(world, "Kea")
        for number in range(COUNT):
            edits.draw(number, incoming=incoming, customer=customer)
        world.sync()
        assert (COUNT, {}) == (len(edits.ids()), _settled(edits))
        _check(edits, {})

        for _ in range(ROUNDS):
            sides = {crm_id: edits.some_edit(crm_id) for crm_id in edits.ids()}
            ids = {crm_id: _line_items(edits, crm_id) for crm_id in sides}
            pieces = {key: len(world.host.record("Invoices", key).lines) for key in sides}
            world.sync()
            held = _settled(edits)
            _check(edits, held)
            said = [codes - BESIDE for codes in held.values()]
            assert [] == [codes for codes in said if not codes or not codes <= NAMED]
            for crm_id, before in ids.items():
                after = _line_items(edits, crm_id)
                fewer = sides[crm_id] == "crm" and pieces[crm_id] < len(before)
                assert fewer or before <= after, "a line of Xero was made anew"
        assert any(_of_rounding(edits.there(crm_id)) for crm_id in edits.ids())
