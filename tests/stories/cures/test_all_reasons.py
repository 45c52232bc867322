"""All reasons of a record at once, and equal reasons of many records in one row."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.cures.telling import enter
from tests.stories.sync.money import stored
from tests.stories.sync.people import invoice, line, organisation, payment, product
from tests.world import World
from xtiger.hookspecs import PageRequest
from xtiger.model.plans import Cause


def codes(cause: Cause | None) -> list[str]:
    """The code of each reason."""
    return [one.code for one in cause.each()] if cause else []


def test_a_record_tells_all_its_reasons_at_once(world: World) -> None:
    """One sync, not one per reason: no date, no due date, and an account that Xero lacks."""
    lines = [line(account="4400")]
    bill = invoice(world, "I1", organisation(world, "Acme"), lines, invoicedate=None, duedate=None)

    world.sync()

    cause = world.outcome("Invoices", bill).cause
    assert ["invoice_date_missing", "due_date_missing", "account_unknown"] == codes(cause)
    said, fix = world.xt.sentences.cause(cause, "browser")
    assert "The invoice has no date." in said
    assert "Xero has no account 4400." in said
    assert "Fill in the invoice date. Fill in the due date." in fix


def test_a_product_tells_all_its_reasons(world: World) -> None:
    """An account that is none of Xero's, and no code."""
    goods = product(world, "", sales_account="4400", unit_price=Decimal(1))

    world.sync()

    found = set(codes(world.outcome("Products", goods).cause))
    assert {"code_missing", "account_unknown"} == found


def test_what_stops_the_whole_invoice_hides_no_other_reason(world: World) -> None:
    """A discount on the sum, deducted tax, and an account that Xero lacks: told in one sync."""
    lines = [line(account="4400")]
    values = {"discount_percent": Decimal(10), "deducted_tax": Decimal(2), "invoicestatus": "Odd"}
    bill = invoice(world, "I1", organisation(world, "Acme"), lines, **values)
    world.sync()

    assert ["status_unknown", "group_discount", "deducted_tax", "account_unknown"] == codes(
        world.outcome("Invoices", bill).cause
    )
    first = world.host.record("Invoices", bill).lines[0]
    mended = {"discount_percent": None, "deducted_tax": None, "invoicestatus": "Approved"}
    world.host.edit("Invoices", bill, **mended)
    world.host.edit_lines("Invoices", bill, [{"id": first["id"], "account": "200"}])
    world.sync()

    assert "created" == world.outcome("Invoices", bill).result


def test_a_discount_on_the_whole_sum_is_the_only_reason_of_its_difference(world: World) -> None:
    """The total is the CRM's with the discount: no second fault, of a new invoice or a sent one."""
    values: dict[str, Any] = {"discount_percent": Decimal(10), "total": Decimal("45.00")}
    bill = invoice(world, "I1", organisation(world, "Acme"), **values)
    world.sync()

    assert ["group_discount"] == codes(world.outcome("Invoices", bill).cause)
    world.host.edit("Invoices", bill, discount_percent=None, total=None)
    world.sync()
    assert "created" == world.outcome("Invoices", bill).result

    first = world.host.record("Invoices", bill).lines[0]
    world.host.edit("Invoices", bill, **values)
    world.host.edit_lines("Invoices", bill, [{"id": first["id"], "quantity": Decimal(3)}])
    world.sync()
    assert ["group_discount"] == codes(world.outcome("Invoices", bill).cause)


def test_a_linked_invoice_tells_all_its_reasons(world: World) -> None:
    """The same of one that is in Xero already."""
    bill = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    first = world.host.record("Invoices", bill).lines[0]
    world.host.edit("Invoices", bill, discount_percent=Decimal(10), invoicestatus="Odd")
    world.host.edit_lines("Invoices", bill, [{"id": first["id"], "account": "4400"}])
    world.sync()

    assert ["status_unknown", "group_discount", "account_unknown"] == codes(
        world.outcome("Invoices", bill).cause
    )


def test_the_first_plan_tells_what_payments_lack(world: World) -> None:
    """Their invoice is held and new: account and amount are told now, not once it is through."""
    bill = invoice(world, "I1", organisation(world, "Acme"), duedate=None)
    money = payment(world, bill, "-5", account=None)
    wrong = payment(world, bill, "5", account="200")
    found = {
        item.crm_id: codes(item.cause) for item in world.plan().items if item.module == "Payments"
    }

    assert {
        money: ["payment_account_missing", "payment_amount_invalid", "waits_for_parent"],
        wrong: ["payment_account_invalid", "waits_for_parent"],
    } == found


def _apart(world: World) -> str:
    """An invoice whose tax and money both are others in Xero than they should be."""
    vat = line(tax_name="20% (VAT on Income)", tax_percent=Decimal(20))
    bill = invoice(world, "I1", organisation(world, "Acme"), [vat])
    world.sync()
    stored(world, bill, SubTotal=Decimal("9.99"), TotalTax=Decimal("2.01"))
    world.host.edit("Invoices", bill, received="5", balance="7")
    return bill


FIGURES = ["sums_apart", "money_apart", "money_apart"]


def test_all_figures_that_differ_are_told(world: World) -> None:
    """Tax by hand, money received and money due: three reasons in one sync."""
    bill = _apart(world)
    world.sync()

    cause = world.outcome("Invoices", bill).cause
    said, _ = world.xt.sentences.cause(cause, "browser")
    assert codes(cause) == FIGURES
    assert "Received: the CRM has 5.00, Xero has 0.00." in said
    assert "Balance: the CRM has 7.00, Xero has 12.00." in said


def test_figures_are_told_of_one_record_that_is_sent_alone(world: World) -> None:
    """As the panel's button does: the same reasons."""
    bill = _apart(world)
    world.wait()
    (found,) = world.xt.sync.records("Invoices", [bill])

    assert FIGURES == codes(found.cause)


def test_money_under_way_leaves_the_other_reasons(world: World) -> None:
    """The payment that is missing goes in the same run: the tax by hand is still told."""
    bill = _apart(world)
    world.host.edit("Invoices", bill, balance=None)
    payment(world, bill, "5")
    world.sync()

    assert ["sums_apart"] == codes(world.outcome("Invoices", bill).cause)


def test_reasons_outlive_the_run(world: World) -> None:
    """The log holds all of them, and its chain verifies."""
    bill = invoice(world, "I1", organisation(world, "Acme"), invoicedate=None, duedate=None)

    world.sync()

    assert 2 == len(codes(world.outcome("Invoices", bill).cause))
    assert world.xt.store.broken_audit_row() is None


def test_equal_reasons_are_one_row(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """12 invoices without a due date: one row, with the first names; all with --held."""
    acme = organisation(world, "Acme")
    for number in range(12):
        invoice(world, f"I{number:02}", acme, duedate=None)
    world.wait()
    enter(world, "plan", "Invoices")
    short = " ".join(capsys.readouterr().out.split())
    enter(world, "plan", "Invoices", "--held")
    whole = " ".join(capsys.readouterr().out.split())

    assert (1, 1) == (short.count("12 Invoices"), whole.count("12 Invoices"))
    assert [3, 12] == [sum(f"I{n:02}" in text for n in range(12)) for text in (short, whole)]


def test_json_groups_reasons_and_names_the_records(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each group has its records; each record has all its reasons."""
    acme = organisation(world, "Acme")
    ids = [invoice(world, f"I{n}", acme, duedate=None) for n in range(3)]
    world.wait()

    enter(world, "plan", "Invoices", "--json")

    told = json.loads(capsys.readouterr().out)
    (group,) = told["reasons"]
    assert ("due_date_missing", 3, ids) == (
        group["code"],
        group["count"],
        [one["crm_id"] for one in group["records"]],
    )
    assert ["due_date_missing"] == [
        reason["code"]
        for item in told["items"]
        if item["crm_id"] == ids[0]
        for reason in item["reasons"]
    ]


@pytest.fixture
def logged(world: World, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """12 invoices without a due date, held by one sync, and one that went; the ids of the 12."""
    world.xt.extensions.enable("XTLog")
    acme = organisation(world, "Acme")
    invoice(world, "GOOD", acme)
    ids = [invoice(world, f"I{number:02}", acme, duedate=None) for number in range(12)]
    world.sync()
    capsys.readouterr()
    return ids


def test_the_log_has_one_row_for_equal_reasons(
    world: World, logged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """12 Invoices with the first names; each in its own row where a person asks for that."""
    enter(world, "log", "--module", "Invoices")
    short = " ".join(capsys.readouterr().out.split())
    enter(world, "log", "--module", "Invoices", "--each")
    each = " ".join(capsys.readouterr().out.split())

    assert (1, 0) == (short.count("12 Invoices"), each.count("12 Invoices"))
    assert [3, 12] == [sum(f"I{n:02}" in text for n in range(12)) for text in (short, each)]
    assert ("GOOD" in short, "xtiger log --each" in short) == (True, True)
    assert len(logged) == 12


def test_the_log_page_has_one_row_for_equal_reasons(world: World, logged: list[str]) -> None:
    """With the first names; a page of its own has each of them."""
    page = world.xt.page(PageRequest("log", {"module": "Invoices"}))
    rows = [dict(zip(page.columns, row, strict=True)) for row in page.rows]
    each = world.xt.page(PageRequest("log", {"module": "Invoices", "each": "yes"}))

    assert ["12 Invoices", "GOOD"] == sorted(row["Record"] for row in rows)
    row = next(row for row in rows if row["Record"] == "12 Invoices")
    assert 3 == sum(f"I{n:02}" in row["What happened"] for n in range(12))
    record = each.columns.index("Record")
    assert {f"I{n:02}" for n in range(len(logged))} | {"GOOD"} == {one[record] for one in each.rows}
    assert "Entries 1 to 13, newest first. What was unchanged is not shown." == page.note


def test_the_log_as_json_groups_reasons_and_keeps_each_entry(
    world: World, logged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As plan and sync do: the group names its records, the entries stay one per record."""
    enter(world, "log", "--module", "Invoices", "--json")

    told = json.loads(capsys.readouterr().out)
    (group,) = told["reasons"]
    assert 13 == len(told["entries"])
    assert ("due_date_missing", 12, set(logged)) == (
        group["code"],
        group["count"],
        {one["crm_id"] for one in group["records"]},
    )
