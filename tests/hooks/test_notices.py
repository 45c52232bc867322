"""Notices: what happens to an invoice in Xero is delivered to extensions, each thing once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.hooks.conftest import Install
from tests.stories.sync.people import invoice, organisation, paid_in_xero, unpaid_in_xero
from tests.world import World
from xtiger.hookspecs import hookimpl
from xtiger.mapping.check import with_option
from xtiger.model.customers.notices import Notice
from xtiger.model.records import Ref


@pytest.fixture
def delivered(world: World, install: Install) -> list[Notice]:
    """What an extension of the CRM got; the CRM is connected."""
    got: list[Notice] = []

    @hookimpl
    def notice(notice: Notice) -> None:
        got.append(notice)

    world.connect()
    world.default_account()
    install(notice)
    return got


@pytest.fixture
def bill(world: World, delivered: list[Notice]) -> str:
    """An approved invoice of 10, due at the end of the month, in Xero."""
    made = invoice(world, "I1", organisation(world, "Acme"), duedate=date(2026, 11, 30))
    world.sync()
    assert [] == delivered
    return made


def _said(notices: list[Notice]) -> list[tuple[str, Ref | None, str, Decimal]]:
    return [(one.event, one.ref, one.number, one.left) for one in notices]


def _option(world: World, value: str) -> None:
    mapping = world.xt.mappings.get("Invoices")
    assert mapping is not None
    world.xt.mappings.save(with_option(mapping, "notices", value, (), ()))


def _pay(world: World, bill: str, amount: str) -> str:
    return paid_in_xero(world, world.xero_id("Invoices", bill), amount)


@pytest.mark.feature("F043")
def test_notice_of_each_part_that_is_paid_comes_once(
    world: World, bill: str, delivered: list[Notice]
) -> None:
    """First a part, then all; further runs and ticks deliver nothing again."""
    ref = Ref("Invoices", bill)
    _pay(world, bill, "4")
    world.sync()
    world.sync(full=True)
    _pay(world, bill, "6")
    world.sync()
    world.xt.tick()

    wanted = [("part_paid", ref, "I1", Decimal(6)), ("paid", ref, "I1", Decimal(0))]
    assert wanted == _said(delivered)
    assert list(reversed(delivered)) == world.xt.notices.all(ref=ref)
    assert [] == world.xt.notices.all(ref=Ref("Invoices", "none"))
    assert ["paid"] == [one.event for one in world.xt.notices.all(events=["paid"])]


@pytest.mark.feature("F043")
def test_a_voided_invoice_is_noticed(world: World, bill: str, delivered: list[Notice]) -> None:
    """With the money that it had."""
    xero_id = world.xero_id("Invoices", bill)
    world.sandbox.edit("Invoices", xero_id, {"Status": "VOIDED"})
    world.sync()

    assert [("voided", "I1", Decimal(10))] == [(o.event, o.number, o.total) for o in delivered]


def test_a_payment_taken_back_is_no_news_and_paid_again_is(
    world: World, bill: str, delivered: list[Notice]
) -> None:
    """Each time that it becomes paid is one thing that happened."""
    first = _pay(world, bill, "10")
    world.sync()
    unpaid_in_xero(world, first)
    world.sync()
    _pay(world, bill, "10")
    world.sync()

    assert ["paid", "paid"] == [one.event for one in delivered]
    assert 2 == len({one.id for one in delivered})


@pytest.mark.feature("F043")
def test_an_overdue_invoice_is_found_by_its_day(
    world: World, bill: str, delivered: list[Notice]
) -> None:
    """On the day after, by a tick without any call to Xero; once, and anew for another day."""
    for day in (30, 31):
        world.clock.set(datetime(2026, 11, 1, 3, tzinfo=UTC) + timedelta(days=day - 1))
        calls = world.calls()
        world.xt.tick()
        assert calls == world.calls()
        assert (["overdue"] if day == 31 else []) == [one.event for one in delivered]
    world.xt.tick()
    world.host.edit("Invoices", bill, duedate=date(2026, 12, 5))
    world.sync()
    world.clock.set(datetime(2026, 12, 6, 3, tzinfo=UTC))
    world.xt.tick()

    assert [date(2026, 11, 30), date(2026, 12, 5)] == [one.due_day for one in delivered]


def test_what_was_overdue_before_is_no_news(world: World, delivered: list[Notice]) -> None:
    """An old invoice that comes in by the first sync tells nobody."""
    invoice(world, "I1", organisation(world, "Acme"), duedate=date(2026, 11, 2))
    world.sync()
    world.clock.set(datetime(2026, 11, 25, tzinfo=UTC))
    world.xt.tick()

    assert [] == delivered


@pytest.mark.feature("F043")
@pytest.mark.parametrize(
    ("option", "events"), [("paid", ["paid"]), ("none", []), ("", ["part_paid", "paid"])]
)
def test_which_are_noticed_can_be_chosen(
    world: World, bill: str, delivered: list[Notice], option: str, events: list[str]
) -> None:
    """By an option of the mapping of invoices; without it all are."""
    _option(world, option)
    _pay(world, bill, "4")
    world.sync()
    _pay(world, bill, "6")
    world.sync()

    assert events == [one.event for one in delivered]
    assert events == [one.event for one in reversed(world.xt.notices.all())]


def test_invoices_that_are_not_linked_are_nobodys_news(
    world: World, bill: str, delivered: list[Notice]
) -> None:
    """One of Xero that the CRM does not take in is paid: nobody is told."""
    world.settings("Invoices", create_in_crm=False)
    contact = world.xero("Contacts")[0]["ContactID"]
    line = {"Description": "x", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200"}
    made = world.sandbox.add(
        "Invoices",
        {
            "Type": "ACCREC",
            "Contact": {"ContactID": contact},
            "Date": "2026-11-02",
            "DueDate": "2026-12-02",
            "Status": "AUTHORISED",
            "LineItems": [line],
        },
    )
    world.sync()
    paid_in_xero(world, made["InvoiceID"], "1")
    world.sync()

    assert [] == delivered


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.feature("F043")
def test_a_kill_amid_a_delivery_repeats_it_by_the_same_id(
    world: World, bill: str, delivered: list[Notice], install: Install
) -> None:
    """The log has it once; an extension can see that it may have had it already."""
    killed: list[int] = []

    @hookimpl
    def notice(notice: Notice) -> None:
        if not killed:
            killed.append(notice.id)
            raise Killed

    install(notice, name="Zebra")
    _pay(world, bill, "10")
    world.wait()
    with pytest.raises(Killed):
        world.xt.sync.run()
    world.wait(600)
    world.xt.tick()
    world.xt.tick()

    assert [(killed[0], False), (killed[0], True)] == [(o.id, o.is_repeated) for o in delivered]
    assert killed == [one.id for one in world.xt.notices.all()]


def test_a_kill_before_the_delivery_loses_nothing(
    world: World, bill: str, delivered: list[Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a run saw is kept with its copy, and the next tick delivers it."""
    _pay(world, bill, "10")
    world.wait()
    with monkeypatch.context() as patch:
        patch.setattr(type(world.xt.store), "add_outcomes", _killed)
        with pytest.raises(Killed):
            world.xt.sync.run()
    assert [] == delivered
    world.xt.tick()

    assert ["paid"] == [one.event for one in delivered]


def _killed(*_: object) -> None:
    raise Killed


def test_an_extension_that_fails_keeps_the_notice_from_nobody(
    world: World, bill: str, delivered: list[Notice], install: Install
) -> None:
    """The others get it, and it is not repeated."""

    @hookimpl
    def notice() -> None:
        raise KeyError("mine")

    install(notice, name="Aardvark")
    _pay(world, bill, "10")
    world.sync()
    world.xt.tick()

    assert ["paid"] == [one.event for one in delivered]
