"""Historical syncs: unlinked records of a range of days, one way, batch by batch, none twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import (
    contact,
    invoice,
    organisation,
    paid_in_xero,
    payment,
    person,
    product,
)
from tests.world import World, connected_world, let_all_go
from xtiger.app import XTiger
from xtiger.errors import SettingInvalid, UnknownModule
from xtiger.model.start_answers import StartAnswers
from xtiger.model.starting.historical import HistoricalSync

#: Where syncing starts, and the year before.
START = date(2026, 11, 1)
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
BY = "a test"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world where syncing starts on 1 November 2026."""
    with connected_world(tmp_path) as made:
        made.xt.start.answer(StartAnswers(from_day=START), BY)
        made.xt.start.advance("all", BY)
        yield made


def _old_invoices(world: World, number: int, year: int = 2025) -> list[str]:
    firm = organisation(world, f"Firm of {year}")
    days = [date(year, 1 + n, 5) for n in range(number)]
    return [
        invoice(world, f"{year}-{day.month}", firm, invoicedate=day, duedate=day) for day in days
    ]


def _numbers(world: World) -> list[str]:
    return sorted(str(one["InvoiceNumber"]) for one in world.xero("Invoices"))


def _code(world: World, crm_id: str) -> str:
    cause = world.outcome("Invoices", crm_id).cause
    return cause.code if cause is not None else ""


def _go_on(world: World) -> HistoricalSync:
    world.wait()
    now = world.xt.historical.go_on()
    world.check()
    return now


@pytest.mark.feature("F079", "F145")
def test_a_year_before_the_start_goes_in_batches(world: World) -> None:
    """Three, a look, three, and the rest; the year before it stays, and nothing goes twice."""
    old = _old_invoices(world, 7)
    _old_invoices(world, 1, 2024)
    world.sync()
    assert {"before_start"} == {_code(world, one) for one in old}

    begun = world.xt.historical.begin(
        "Invoices", "to_xero", BY, from_day=FIRST, to_day=LAST, batch=3
    )
    assert (7, 0, []) == (begun.total, begun.done, _numbers(world))

    steps = []
    for _ in range(3):
        now = _go_on(world)
        steps.append((now.done, now.left, dict(now.results), len(_numbers(world))))

    assert [
        (3, 4, {"created": 3}, 3),
        (6, 1, {"created": 6}, 6),
        (7, 0, {"created": 7}, 7),
    ] == steps
    assert [f"2025-{n}" for n in range(1, 8)] == _numbers(world)
    with pytest.raises(SettingInvalid, match="not begun, or at its end"):
        world.xt.historical.go_on()
    # From now on they are in step: an edit travels, whatever day syncing starts.
    world.host.edit("Invoices", old[0], duedate=date(2025, 3, 1))
    world.sync()
    assert "2025-03-01" in str(world.in_xero("Invoices", old[0])["DueDate"])
    again = world.xt.historical.begin("Invoices", "to_xero", BY, from_day=FIRST, to_day=LAST)
    assert 0 == again.total


@pytest.mark.feature("F080", "F145")
def test_what_xero_has_of_a_year_comes_in_batches(world: World) -> None:
    """The other way, with the contacts that the invoices need; the CRM's own stay."""
    for number in range(1, 4):
        newcomer(world, f"X{number}", f"2025-0{number}-10")
    newcomer(world, "LATER", "2026-02-10")
    own = _old_invoices(world, 1)
    world.sync()
    assert {None} == {_crm_invoices(world).get(one) for one in ("X1", "X2", "X3", "LATER")}

    begun = world.xt.historical.begin(
        "Invoices", "to_crm", BY, from_day=FIRST, to_day=LAST, batch=2
    )
    first, last = _go_on(world), _go_on(world)

    assert (3, 2, 1, 0) == (begun.total, first.done, first.left, last.left)
    assert {"created": 3} == dict(last.results)
    found = _crm_invoices(world)
    assert ({"X1", "X2", "X3"}, "before_start") == (found.keys() - {"2025-1"}, _code(world, own[0]))
    assert "Newcomer X1" == world.in_crm("Organizations", found["X1"], "accountname")


@pytest.mark.feature("F079", "F080")
@pytest.mark.parametrize("way", ["to_xero", "to_crm"])
def test_every_module_has_its_history(world: World, way: Any) -> None:
    """One unlinked record of each module goes; no other module moves but for what it needs."""
    let_all_go(world.xt)
    if way == "to_xero":
        firm = organisation(world, "Old firm", email1="old@b.example")
        contact(world, "Ann", "Lee", firm, email="ann@b.example")
        product(world, "P1", sales_account="200")
        product(world, "S1", module="Services", sales_account="200")
        payment(world, invoice(world, "I1", firm), "4")
    else:
        newcomer(world, "I1", "2026-11-02", paid="4")
        made = {"Code": "P1", "Name": "Thing", "SalesDetails": {"AccountCode": "200"}}
        world.sandbox.add("Items", made)
    results = {}
    for module in ("Products", "Services", "Organizations", "Contacts", "Invoices", "Payments"):
        begun = world.xt.historical.begin(module, way, BY)
        results[module] = dict(_go_on(world).results) if begun.total else {}

    created = {"created": 1}
    expected = dict.fromkeys(results, created)
    if way == "to_crm":
        expected |= {"Services": {}}
    assert expected == results
    world.sync()
    assert 0 == world.actions()


def test_a_batch_that_breaks_off_goes_on_after_a_restart(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Xero's limit ends it, then its process dies: another process goes on; all is there once."""
    _old_invoices(world, 6)
    world.xt.historical.begin("Invoices", "to_xero", BY, from_day=FIRST, to_day=LAST, batch=3)
    _go_on(world)
    with monkeypatch.context() as patch:
        patch.setattr("xtiger.engine.apply.push.Pusher._settle", _killed)
        world.wait()
        with pytest.raises(_Killed):
            world.xt.historical.go_on()
    now = world.xt.historical.now()
    assert now is not None
    assert (3, 6) == (now.done, len(_numbers(world)))

    world.wait()
    other = XTiger(world.host, settings=world.xt.settings, clock=world.clock)
    try:
        last = other.historical.go_on()
    finally:
        other.close()

    assert (6, 0) == (last.done, last.left)
    assert [f"2025-{n}" for n in range(1, 7)] == _numbers(world)
    world.sync()
    assert 6 == len(_numbers(world))


def test_what_cannot_be_is_refused(world: World) -> None:
    """A range that ends before it begins, no or too many records at once, an unknown module."""
    begin = world.xt.historical.begin

    with pytest.raises(SettingInvalid, match="ends before it begins"):
        begin("Invoices", "to_xero", BY, from_day=LAST, to_day=FIRST)
    for number in (0, 201):
        with pytest.raises(SettingInvalid, match="records at a time"):
            begin("Invoices", "to_xero", BY, batch=number)
    with pytest.raises(UnknownModule):
        begin("Nothing", "to_xero", BY)
    assert (None, None) == (world.xt.historical.now(), world.xt.historical.end())


def test_one_that_is_ended_stays_ended(world: World) -> None:
    """What it did stays, the rest waits for another one."""
    _old_invoices(world, 3)
    world.xt.historical.begin("Invoices", "to_xero", BY, from_day=FIRST, to_day=LAST, batch=2)
    _go_on(world)

    ended = world.xt.historical.end()

    assert ended is not None
    assert (2, 1, False) == (ended.done, ended.left, ended.is_open)
    with pytest.raises(SettingInvalid):
        world.xt.historical.go_on()
    assert 2 == len(_numbers(world))


class _Killed(BaseException):
    """Ends a process amid a batch."""


def _killed(*_: object) -> None:
    raise _Killed


def newcomer(world: World, number: str, day: str, paid: str = "") -> None:
    """Somebody enters an invoice in Xero, for a contact of its own: Newcomer NUMBER."""
    people = [] if not paid else [person("Ann", "Lee", "ann@b.example")]
    named = {"Name": f"Newcomer {number}", "EmailAddress": "a@b.example", "ContactPersons": people}
    made = world.sandbox.add("Contacts", named)
    given = {
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "Contact": {"ContactID": made["ContactID"]},
        "InvoiceNumber": number,
        "Date": day,
        "DueDate": day,
        "LineItems": [
            {"Description": "Work", "Quantity": 1, "UnitAmount": 8, "AccountCode": "200"}
        ],
    }
    xero_id = str(world.sandbox.add("Invoices", given)["InvoiceID"])
    if paid:
        paid_in_xero(world, xero_id, paid)


def _crm_invoices(world: World) -> dict[str, str]:
    """Number → CRM id of its organisation."""
    records = world.host.changed_since("Invoices", None).records
    return {str(one.values["invoice_no"]): str(one.values["account_id"]) for one in records}
