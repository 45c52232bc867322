"""Bills: an invoice of the CRM whose Xero Invoice Type is Bill, with the rules of suppliers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.money import quiet
from tests.stories.sync.people import invoice, line, organisation, paid_in_xero, payment, product
from tests.stories.sync.test_crashes import killed_sync
from tests.stories.sync.test_first_link import code_of
from tests.world import World, make_world
from xtiger.errors import AnswerUnknown
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Module
from xtiger.model.values import Plain
from xtiger.xero.organisations import XeroOrganisation

INVOICES = "/api.xro/2.0/Invoices"


def option(world: World, name: str, value: Plain) -> None:
    """Set an option of the invoices' mapping."""
    mapping = world.xt.mappings.get("Invoices")
    assert mapping is not None
    world.xt.mappings.save(replace(mapping, options={**mapping.options, name: value}))


@pytest.fixture
def buying(world: World) -> World:
    """A world whose bills have an account."""
    option(world, "purchase_account", "400")
    return world


def bill(
    world: World, number: str = "B1", lines: list[dict[str, Any]] | None = None, **values: Any
) -> str:
    """A bill in the CRM, of a new supplier unless one is named; answers its id."""
    maker = values.pop("maker", None) or organisation(world, "Maker")
    return invoice(world, number, maker, lines, xero_type="Bill", **values)


def entered_in_xero(world: World, maker: str, price: str = "10", **values: Any) -> str:
    """The same bill, entered by a person in Xero from the paper; answers its id."""
    made = world.sandbox.add(
        "Invoices",
        {
            "Type": "ACCPAY",
            "Contact": {"ContactID": world.xero_id("Organizations", maker)},
            "Date": "2026-11-02",
            "DueDate": "2026-12-02",
            "Status": "AUTHORISED",
            "LineItems": [
                {
                    "Description": "Wood",
                    "UnitAmount": price,
                    "AccountCode": "400",
                    "TaxType": "NONE",
                }
            ],
            **values,
        },
    )
    return str(made["InvoiceID"])


@pytest.mark.feature("F025")
def test_a_bill_arrives_with_the_rules_of_suppliers(buying: World) -> None:
    """Purchase accounts and taxes, prices net of discounts, no reference, and our address."""
    goods = product(buying, "P1", sales_account="200", purchase_account="310")
    lines = [
        line(product_id=goods, tax_percent=Decimal(20), discount_percent=Decimal(10)),
        line("5", discount_amount=Decimal(1)),
    ]
    crm_id = bill(buying, lines=lines, subject="Ours")

    buying.sync()

    there = buying.in_xero("Invoices", crm_id)
    assert ("ACCPAY", "B1", None, "AUTHORISED", Decimal("14.80")) == (
        there["Type"],
        there["InvoiceNumber"],
        there.get("Reference"),
        there["Status"],
        there["Total"],
    )
    assert f"https://crm.example/Invoices/{crm_id}" == there["Url"]
    assert [(Decimal(9), "310", "INPUT2"), (Decimal(4), "400", "NONE")] == [
        (one["UnitAmount"], one["AccountCode"], one["TaxType"]) for one in there["LineItems"]
    ]
    assert quiet(buying)
    assert [] == buying.xt.proof.differences()
    (sums,) = [row for row in buying.xt.proof.reconcile().sums if row.module == "Bills"]
    assert Decimal("14.80") == sums.crm.amounts["Total"] == sums.xero.amounts["Total"]


@pytest.mark.feature("F025")
def test_edits_of_a_bill_travel_both_ways(buying: World) -> None:
    """A price edited in the CRM goes net; one edited in Xero ends the CRM's discount."""
    given = [line("10", discount_percent=Decimal(10)), line("5", discount_amount=Decimal(1))]
    crm_id = bill(buying, lines=given)
    buying.sync()
    first, second = buying.host.record("Invoices", crm_id).lines

    buying.host.edit_lines(
        "Invoices", crm_id, [{"id": first["id"], "listprice": Decimal(20)}, {"id": second["id"]}]
    )
    buying.sync()

    there = buying.in_xero("Invoices", crm_id)
    assert [Decimal(18), Decimal(4)] == [one["UnitAmount"] for one in there["LineItems"]]
    kept = ("LineItemID", "Description", "AccountCode", "TaxType", "Quantity")
    lines = [{name: one[name] for name in kept} for one in there["LineItems"]]
    for price in ("7", "3"):
        prices = [price, "4"] if price == "7" else ["7", price]
        sent = [{**one, "UnitAmount": now} for one, now in zip(lines, prices, strict=True)]
        buying.sandbox.edit("Invoices", there["InvoiceID"], {"LineItems": sent})
        buying.sync()
    assert [(Decimal(7), None), (Decimal(3), None)] == [
        (one["listprice"], one["discount_percent"] or one["discount_amount"])
        for one in buying.host.record("Invoices", crm_id).lines
    ]
    assert quiet(buying)
    assert [] == buying.xt.proof.differences()


@pytest.mark.feature("F025")
def test_payments_of_a_bill_come_and_go(buying: World) -> None:
    """What Xero paid comes in as paid, what the CRM paid goes out, and both say the bill is."""
    crm_id = bill(buying)
    buying.sync()
    paid_in_xero(buying, buying.xero_id("Invoices", crm_id), "3")
    buying.sync()
    (came,) = buying.host.all("Payments")
    assert ("Paid", Decimal(3)) == (came.values["paymentstatus"], came.values["amount"])

    payment(buying, crm_id, "7", paymentstatus="Paid")
    buying.sync()

    assert "PAID" == buying.in_xero("Invoices", crm_id)["Status"]
    buying.sync()
    assert "Paid" == buying.in_crm("Invoices", crm_id, "invoicestatus")
    assert quiet(buying)


def test_growth_of_what_is_paid_of_a_bill_is_a_payment(tmp_path: Path) -> None:
    """In a CRM without payments: each growth is one payment to the supplier; Xero's come back."""
    modules = [module for module in standard_modules() if module.role != "payment"]
    with make_world(tmp_path, modules=modules) as world:
        world.connect()
        option(world, "purchase_account", "400")
        payments = world.xt.mappings.get("Payments")
        assert payments is not None
        world.xt.mappings.save(replace(payments, options={"payment_account": "090"}))
        crm_id = bill(world)
        world.sync()

        world.host.edit("Invoices", crm_id, received=Decimal(4))
        world.sync()
        world.sync()
        there = world.in_xero("Invoices", crm_id)
        assert ("ACCPAYPAYMENT", Decimal(4), Decimal(6)) == (
            world.xero("Payments")[0]["PaymentType"],
            Decimal(there["AmountPaid"]),
            Decimal(there["AmountDue"]),
        )

        paid_in_xero(world, there["InvoiceID"], "6")
        world.sync()
        world.sync()

        assert (2, Decimal(10), "Paid") == (
            len(world.xero("Payments")),
            world.in_crm("Invoices", crm_id, "received"),
            world.in_crm("Invoices", crm_id, "invoicestatus"),
        )
        assert quiet(world)


def test_numbers_of_suppliers_are_their_own(buying: World) -> None:
    """A bill of Xero with the number of a sale or bill of ours holds neither of them."""
    maker = organisation(buying, "Maker")
    buying.sync()
    for number in ("1", "2"):
        entered_in_xero(buying, maker, "99", InvoiceNumber=number)
    ids = [invoice(buying, "1", organisation(buying, "Acme")), bill(buying, "2", maker=maker)]

    buying.sync()

    assert 2 == len({buying.xero_id("Invoices", one) for one in ids})
    assert 4 == len(buying.xero("Invoices"))
    assert 0 == buying.actions()


@pytest.mark.parametrize("addressed", [True, False])
def test_two_suppliers_may_use_one_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, addressed: bool
) -> None:
    """Their bills go in one plan, whether the CRM has addresses or not; edits find their own."""
    if not addressed:
        monkeypatch.setattr(MemoryHost, "url", lambda _host, _ref: None)
    with make_world(tmp_path, modules=free_numbers(standard_modules())) as made:
        made.connect()
        option(made, "purchase_account", "400")
        _two_of_one_number(made)


def free_numbers(modules: Iterable[Module]) -> list[Module]:
    """The modules of a CRM that takes a number of an invoice more than once."""
    return [
        replace(
            one,
            fields=tuple(
                replace(f, unique=False) if f.role == "invoice.number" else f for f in one.fields
            ),
        )
        for one in modules
    ]


def _two_of_one_number(buying: World) -> None:
    ids = [bill(buying, "2026-1", maker=organisation(buying, name)) for name in ("Oak", "Ash")]

    buying.sync()
    (first,) = buying.host.record("Invoices", ids[1]).lines
    buying.host.edit_lines("Invoices", ids[1], [{"id": first["id"], "listprice": Decimal(12)}])
    buying.sync()

    there = [buying.in_xero("Invoices", one) for one in ids]
    assert [("2026-1", Decimal(10)), ("2026-1", Decimal(12))] == [
        (one["InvoiceNumber"], one["Total"]) for one in there
    ]
    assert 2 == len({one["ContactID"] for one in there})
    assert quiet(buying)
    assert [] == buying.xt.proof.differences()


def test_a_bill_that_somebody_entered_in_xero_is_held(buying: World) -> None:
    """Same supplier, day and total, and nobody linked: a person says whether it is the same."""
    maker = organisation(buying, "Maker")
    buying.sync()
    there = entered_in_xero(buying, maker)
    same, other = bill(buying, "B1", maker=maker), bill(buying, "B2", maker=maker)
    buying.sync()
    assert {"document_looks_same"} == {code_of(buying, "Invoices", one) for one in (same, other)}
    assert 1 == len(buying.xero("Invoices"))

    buying.xt.links.link("Invoices", same, there)
    buying.xt.links.link("Invoices", other, None)
    buying.settings("Invoices", first_link="crm")
    buying.sync()

    assert there == buying.xero_id("Invoices", same)
    assert 2 == len(buying.xero("Invoices"))


def test_the_type_is_fixed_once_it_is_in_xero(buying: World) -> None:
    """Another type later holds the record, and nothing is sent anew; set back, it goes on."""
    crm_id = bill(buying)
    buying.sync()

    buying.host.edit("Invoices", crm_id, xero_type="Invoice", duedate=None)
    buying.sync()

    assert "type_fixed" == code_of(buying, "Invoices", crm_id)
    assert 1 == len(buying.xero("Invoices"))


@pytest.mark.parametrize("status", [0, 500])
@pytest.mark.parametrize("addressed", [True, False])
def test_bills_whose_answer_was_lost_are_there_once(
    buying: World, monkeypatch: pytest.MonkeyPatch, addressed: bool, status: int
) -> None:
    """Also two that are alike to the last line, and where the CRM has no address of its own."""
    if not addressed:
        monkeypatch.setattr(MemoryHost, "url", lambda _host, _ref: None)
    maker = organisation(buying, "Maker")
    ids = [bill(buying, "B1", maker=maker), bill(buying, "B2", maker=maker)]
    buying.sandbox.fault("lost_answer", path=INVOICES, method="PUT", status=status)

    buying.sync()

    assert 2 == len(buying.xero("Invoices")) == len({buying.xero_id("Invoices", i) for i in ids})
    assert quiet(buying)


def test_a_bill_carried_out_after_we_gave_up_is_there_once(
    buying: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not found when looked up, since Xero was slow: the repeat bears the same key."""
    crm_id = bill(buying)
    real, given_up = XeroOrganisation.send, list[Any]()

    def send(door: XeroOrganisation, request: Any) -> Any:
        if "/Invoices" in request.path and not given_up:
            given_up.append(request)
            raise AnswerUnknown("PUT /Invoices")
        if given_up:
            real(door, given_up.pop())
        return real(door, request)

    monkeypatch.setattr(XeroOrganisation, "send", send)
    buying.sync()

    assert 1 == len(buying.xero("Invoices"))
    assert buying.xero_id("Invoices", crm_id)
    assert quiet(buying)


@pytest.mark.parametrize("addressed", [True, False])
@pytest.mark.parametrize("wait", [310, 1_000])
def test_a_bill_of_a_killed_run_is_never_sent_again(
    buying: World, monkeypatch: pytest.MonkeyPatch, wait: int, addressed: bool
) -> None:
    """Found by its address; without one a person says that it is the same. Never two."""
    if not addressed:
        monkeypatch.setattr(MemoryHost, "url", lambda _host, _ref: None)
    maker = organisation(buying, "Maker")
    buying.sync()
    crm_id = bill(buying, maker=maker)
    killed_sync(monkeypatch, buying, XeroOrganisation, "send", before=False)
    buying.wait(wait)

    buying.sync()

    assert 1 == len(buying.xero("Invoices"))
    if addressed:
        assert buying.xero_id("Invoices", crm_id)
        assert quiet(buying)
    else:
        assert "document_looks_same" == code_of(buying, "Invoices", crm_id)
