"""Invoices: every hold and skip, lines, status, totals, and what Xero no longer lets change."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_first_link import code_of
from tests.world import World
from xtiger.model.records import Currency


def sent(world: World, lines: list[dict[str, Any]] | None = None, **values: Any) -> str:
    """An invoice that is in Xero; answers its CRM id."""
    crm_id = invoice(world, "I1", organisation(world, "Acme"), lines, **values)
    world.sync()
    assert "created" == world.outcome("Invoices", crm_id).result
    return crm_id


def lines_there(world: World, crm_id: str) -> list[Mapping[str, Any]]:
    """The lines that Xero has for an invoice."""
    return list(world.in_xero("Invoices", crm_id)["LineItems"])


@pytest.mark.feature("F060")
def test_an_invoice_arrives_with_lines_discount_and_total(world: World) -> None:
    """Two lines, one with a discount: number, dates, status and total are Xero's, too."""
    goods = product(world, "P1", sales_account="200")
    crm_id = invoice(
        world,
        "I1",
        organisation(world, "Acme"),
        [line("100", product_id=goods, discount_percent=Decimal(10)), line("5.5")],
        subject="Order 7",
    )

    world.sync()

    there = world.in_xero("Invoices", crm_id)
    assert ("I1", "AUTHORISED", Decimal("95.50"), "Order 7", "2026-12-02") == (
        there["InvoiceNumber"],
        there["Status"],
        there["Total"],
        there["Reference"],
        there["DueDate"],
    )
    assert "P1" == there["LineItems"][0]["ItemCode"]
    assert 0 == world.actions()


#: Code → what is wrong with the invoice's head.
HEADS: dict[str, dict[str, Any]] = {
    "invoice_date_missing": {"invoicedate": None},
    "due_date_missing": {"duedate": None},
    "number_missing": {"number": ""},
    "organisation_missing": {"organisation_id": None},
    "group_discount": {"discount_percent": Decimal(5)},
    "deducted_tax": {"deducted_tax": Decimal(1)},
    "currency_not_enabled": {"currency": "NZD"},
    "currency_not_in_crm": {"currency": "AUD"},
    "total_differs": {"total": Decimal("9.90")},
    "status_unknown": {"invoicestatus": "Pondered"},
    "cancelled": {"invoicestatus": "Cancel"},
    "credit_invoice": {"invoicestatus": "Credit Invoice"},
    "type_not_carried": {"xero_type": "Quote"},
    "value_unreadable": {"total": "a lot"},
    "text_too_long": {"subject": "x" * 256},
}


@pytest.mark.feature("F061")
def test_each_rule_of_the_head_has_its_code(loose: World) -> None:
    """What is wrong with a head gives its own code, and none of them is sent."""
    loose.host._currencies = (*loose.host.currencies(), Currency("NZD"))
    acme = organisation(loose, "Acme")
    made = {
        code: invoice(loose, **{"number": f"H{n}", "organisation_id": acme, **wrong})
        for n, (code, wrong) in enumerate(HEADS.items())
    }

    loose.sync()

    assert {code: code for code in HEADS} == {
        code: code_of(loose, "Invoices", crm_id) for code, crm_id in made.items()
    }
    assert [] == loose.xero("Invoices")


LINES: dict[str, list[dict[str, Any]]] = {
    "lines_missing": [],
    "tax_unknown": [line(tax_percent=Decimal(19), tax_name="VAT 19 %")],
    "account_unknown": [line(account="4400")],
    "account_system": [line(account="610")],
    "line_incomplete": [{"quantity": Decimal(1), "listprice": Decimal(1)}],
    "taxes_many": [
        line(taxes=[{"name": "A", "percent": Decimal(20)}, {"name": "B", "percent": Decimal(5)}])
    ],
    "text_too_long": [line(comment="x" * 4001)],
    "value_unreadable": [line() | {"quantity": "several"}],
}


def test_each_rule_of_a_line_has_its_code(loose: World) -> None:
    """What is wrong with a line gives its own code, and none of them is sent."""
    acme = organisation(loose, "Acme")
    made = {
        code: invoice(loose, f"L{n}", acme, lines) for n, (code, lines) in enumerate(LINES.items())
    }

    loose.sync()

    assert {code: code for code in LINES} == {
        code: code_of(loose, "Invoices", crm_id) for code, crm_id in made.items()
    }
    assert [] == loose.xero("Invoices")


def test_a_line_without_any_account_is_held(world: World) -> None:
    """No account on line, product or mapping: held; one chosen in the mapping releases it."""
    world.default_account("")
    crm_id = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    assert "account_missing" == code_of(world, "Invoices", crm_id)
    world.default_account("200")

    world.sync()

    assert "created" == world.outcome("Invoices", crm_id).result


@pytest.mark.feature("F062")
def test_charges_become_a_line(world: World) -> None:
    """Charges and adjustment of the head are lines of their own, and count in the total."""
    crm_id = sent(world, charges=Decimal(7), adjustment=Decimal(-1), total=Decimal(16))

    assert ["Work", "Charges", "Adjustment"] == [
        one["Description"] for one in lines_there(world, crm_id)
    ]
    assert Decimal(16) == world.in_xero("Invoices", crm_id)["Total"]


def test_charges_need_an_account(world: World) -> None:
    """Without an account for charges the invoice is held."""
    world.default_account("")
    crm_id = invoice(
        world, "I1", organisation(world, "Acme"), [line(account="200")], charges=Decimal(7)
    )

    world.sync()

    assert "account_missing" == code_of(world, "Invoices", crm_id)


# --- lines of linked invoices ---


def test_an_edited_line_keeps_its_id(world: World) -> None:
    """A new price changes the line in place: Xero's LineItemID is the same."""
    crm_id = sent(world, [line("1"), line("2", name="Other")])
    before = [one["LineItemID"] for one in lines_there(world, crm_id)]
    first, second = world.host.record("Invoices", crm_id).lines
    world.host.edit_lines(
        "Invoices", crm_id, [{"id": first["id"], "listprice": Decimal(3)}, {"id": second["id"]}]
    )

    world.sync()

    after = lines_there(world, crm_id)
    assert before == [one["LineItemID"] for one in after]
    assert Decimal(5) == world.in_xero("Invoices", crm_id)["Total"]
    assert 0 == world.actions()


def test_lines_added_removed_and_reordered(world: World) -> None:
    """The full list is sent in the CRM's order; a line that stayed keeps its id."""
    crm_id = sent(world, [line("1", name="A"), line("2", name="B")])
    ids = {one["Description"]: one["LineItemID"] for one in lines_there(world, crm_id)}
    _, second = world.host.record("Invoices", crm_id).lines
    world.host.edit_lines("Invoices", crm_id, [line("3", name="C"), {"id": second["id"]}])

    world.sync()

    after = lines_there(world, crm_id)
    assert ["C", "B"] == [one["Description"] for one in after]
    assert ids["B"] == after[1]["LineItemID"]
    assert 0 == world.actions()


def test_lines_edited_in_xero_are_never_passed_in_silence(world: World) -> None:
    """Only to Xero: both sides stay, and it is told until they agree again."""
    world.settings("Invoices", direction="to_xero")
    crm_id = sent(world, [line("10")])
    there = lines_there(world, crm_id)[0]
    edited = [{**there, "UnitAmount": Decimal(66), "LineAmount": None, "TaxAmount": None}]
    world.sandbox.edit("Invoices", world.xero_id("Invoices", crm_id), {"LineItems": edited})
    world.sync()
    told = world.outcome("Invoices", crm_id)
    stays = world.in_xero("Invoices", crm_id)["Total"]
    world.host.edit_lines("Invoices", crm_id, [line("66")])
    world.sync()

    assert ("conflict", "edited_in_xero") == (told.result, told.cause and told.cause.code)
    assert Decimal(66) == stays
    assert {} == world.codes()


def test_lines_edited_on_both_sides_are_a_conflict(world: World) -> None:
    """Amounts are never decided by a policy: both lists stay."""
    crm_id = sent(world)
    (first,) = world.host.record("Invoices", crm_id).lines
    world.host.edit_lines("Invoices", crm_id, [{"id": first["id"], "listprice": Decimal(3)}])
    there = dict(lines_there(world, crm_id)[0])
    there |= {"UnitAmount": Decimal(4), "LineAmount": None}
    changed = {k: v for k, v in there.items() if v is not None}
    xero_id = world.xero_id("Invoices", crm_id)
    world.sandbox.edit("Invoices", xero_id, {"LineItems": [changed], "Status": "AUTHORISED"})

    world.sync()

    assert "both_changed" == code_of(world, "Invoices", crm_id)
    assert Decimal(4) == world.in_xero("Invoices", crm_id)["Total"]


@pytest.mark.parametrize("shown_by_xero", [False, True])
def test_a_renamed_item_does_not_bar_its_invoices(world: World, shown_by_xero: bool) -> None:
    """The product got another code: a later edit of the line travels and is no conflict."""
    goods = product(world, "OLD")
    crm_id = sent(world, [line("1", product_id=goods)])
    world.host.edit("Products", goods, productcode="NEW")
    world.sync()
    if shown_by_xero:
        xero_id = world.xero_id("Invoices", crm_id)
        lines = [{**lines_there(world, crm_id)[0], "ItemCode": "NEW"}]
        world.sandbox.edit("Invoices", xero_id, {"LineItems": lines})
    (first,) = world.host.record("Invoices", crm_id).lines
    world.host.edit_lines("Invoices", crm_id, [{"id": first["id"], "listprice": Decimal(3)}])

    world.sync()

    assert "updated" == world.outcome("Invoices", crm_id).result
    assert Decimal(3) == world.in_xero("Invoices", crm_id)["Total"]
    assert 0 == world.actions()
