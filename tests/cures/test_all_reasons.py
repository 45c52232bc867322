"""All reasons of a record at once, and equal reasons of many records in one row."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.cures.telling import enter
from tests.engine.people import invoice, line, organisation, product
from tests.world import World
from xtiger.plans import Cause


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
    said, fix = world.xt.cause(cause, "browser")
    assert "The invoice has no date." in said
    assert "Xero has no account 4400." in said
    assert "Fill in the invoice date. Fill in the due date." in fix


def test_a_product_tells_all_its_reasons(world: World) -> None:
    """An account that is none of Xero's, and no code."""
    goods = product(world, "", sales_account="4400", unit_price=Decimal(1))

    world.sync()

    found = set(codes(world.outcome("Products", goods).cause))
    assert {"code_missing", "account_unknown"} == found


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
        group["code"], group["count"], [one["crm_id"] for one in group["records"]],
    )  # fmt: skip
    assert ["due_date_missing"] == [
        reason["code"] for item in told["items"] if item["crm_id"] == ids[0]
        for reason in item["reasons"]
    ]  # fmt: skip
