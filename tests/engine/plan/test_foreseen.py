"""What Xero would refuse is held in the plan, by name, without a call; its cure lets it go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import contact, invoice, line, organisation, product
from tests.world import World, make_world
from xtiger.errors import ScopeMissing
from xtiger.hosts.standard import standard_modules


def _writes(world: World) -> int:
    """Requests so far that would change something in Xero."""
    calls = [c for c in world.sandbox.calls() if c.path.startswith("/api.xro")]
    return len([c for c in calls if c.method != "GET"])


def _held(world: World, module: str, crm_id: str) -> str:
    """The code that holds a record through plan and sync, which write nothing of it."""
    planned = world.codes()[module, crm_id]
    writes = _writes(world)
    world.sync()
    outcome = world.outcome(module, crm_id)

    assert ("held", planned, writes) == (
        outcome.result,
        outcome.cause.code if outcome.cause else "",
        _writes(world),
    )
    return planned


def _goes(world: World, module: str, crm_id: str) -> None:
    """The next sync sends it, and nothing is left to do."""
    world.sync()
    outcome = world.outcome(module, crm_id)

    assert outcome.result in ("created", "updated"), outcome.cause
    assert 0 == world.actions()


@pytest.fixture
def acme(world: World) -> str:
    made = organisation(world, "Acme", email1="a@b.example")
    world.sync()
    return made


@pytest.mark.parametrize("number", ["Ré-1", "I 1\n2", "№ 7", "I\t1"])
def test_a_number_outside_printable_ascii(world: World, acme: str, number: str) -> None:
    """Accents, line breaks and other alphabets are no invoice number of Xero's."""
    bill = invoice(world, number, acme)
    assert "number_signs" == _held(world, "Invoices", bill)

    world.host.edit("Invoices", bill, invoice_no="R-1")
    _goes(world, "Invoices", bill)


@pytest.mark.parametrize("country", ["Area 51", "GB-1", "DE/AT"])
def test_a_country_that_is_no_word(world: World, country: str) -> None:
    """Digits and other signs are no country for Xero; the edit to one is held as well."""
    new = organisation(world, "Acme", billing_country=country)
    assert "country_signs" == _held(world, "Organizations", new)

    world.host.edit("Organizations", new, billing_country="Trinidad & Tobago (W.I.)")
    _goes(world, "Organizations", new)
    world.host.edit("Organizations", new, billing_country=country)
    assert "country_signs" == _held(world, "Organizations", new)


@pytest.mark.parametrize("sign", ["\u2018", "\u2019"])
def test_a_country_with_a_typographic_apostrophe(world: World, sign: str) -> None:
    """It goes with the plain one that Xero takes, and both count as the same from then on."""
    written = f"Côte d{sign}Ivoire"
    new = organisation(world, "Acme", billing_country=written)
    world.sync()

    address = next(a for a in world.in_xero("Organizations", new)["Addresses"] if a.get("Country"))
    assert "Côte d'Ivoire" == address["Country"]
    assert (0, written) == (world.actions(), world.in_crm("Organizations", new, "billing_country"))


def test_a_bank_account_on_a_line(world: World, acme: str) -> None:
    """Xero takes no bank account on lines, nor on items."""
    bill = invoice(world, "I1", acme, [line("10", account="090")])
    assert "account_bank" == _held(world, "Invoices", bill)
    goods = product(world, "P1", sales_account="090")
    assert "account_bank" == _held(world, "Products", goods)

    world.host.edit_lines("Invoices", bill, [line("10", account="200")])
    _goes(world, "Invoices", bill)


LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "more discount than the line": ("discount_refused", line("10", discount_amount=Decimal(11))),
    "a rate above a hundred": ("discount_refused", line("10", discount_percent=Decimal(101))),
    "a rate below zero": ("discount_refused", line("10", discount_percent=Decimal(-1))),
    "more than Xero can count": ("line_too_large", line("9999999999", quantity=Decimal(2))),
}


@pytest.mark.parametrize(("code", "wrong"), LINES.values(), ids=LINES)
def test_a_line_that_xero_refuses(
    world: World, acme: str, code: str, wrong: dict[str, Any]
) -> None:
    """It is named with its line; the invoice goes once the line is right."""
    bill = invoice(world, "I1", acme, [line("20"), wrong])
    assert code == _held(world, "Invoices", bill)
    cause = world.outcome("Invoices", bill).cause
    assert cause is not None
    assert 2 == cause.data["line"]

    world.host.edit_lines("Invoices", bill, [line("20"), line("10")])
    _goes(world, "Invoices", bill)


def test_a_line_edited_to_what_xero_refuses(world: World, acme: str) -> None:
    """The rules hold for an invoice that Xero has as well."""
    bill = invoice(world, "I1", acme, [line("20")])
    world.sync()
    lines = [dict(one) for one in world.host.record("Invoices", bill).lines]
    over = {"discount_percent": Decimal(150)}
    world.host.edit_lines("Invoices", bill, [{**lines[0], **over}])
    assert "discount_refused" == _held(world, "Invoices", bill)

    world.host.edit_lines("Invoices", bill, [{**lines[0], "discount_percent": None, "quantity": 3}])
    _goes(world, "Invoices", bill)


def test_a_negative_total(world: World, acme: str) -> None:
    """Xero approves no invoice below zero; it takes the draft."""
    bill = invoice(world, "I1", acme, [line("10"), line("-20")])
    assert "total_negative" == _held(world, "Invoices", bill)

    world.host.edit("Invoices", bill, invoicestatus="Created")
    _goes(world, "Invoices", bill)
    world.host.edit("Invoices", bill, invoicestatus="Approved")
    assert "total_negative" == _held(world, "Invoices", bill)


def test_an_archived_account_on_an_old_line(world: World, acme: str) -> None:
    """A line that nobody touches bars the edit of another once its account was archived."""
    bill = invoice(world, "I1", acme, [line("10", account="260"), line("20")])
    world.sync()
    account = next(row for row in world.xero("Accounts") if row.get("Code") == "260")
    world.sandbox.edit("Accounts", account["AccountID"], {"Status": "ARCHIVED"})
    world.wait(3_700)
    world.sync()
    world.sync()
    lines = [dict(one) for one in world.host.record("Invoices", bill).lines]
    world.host.edit_lines("Invoices", bill, [lines[0], {**lines[1], "quantity": Decimal(2)}])
    assert "account_archived" == _held(world, "Invoices", bill)

    world.host.edit_lines(
        "Invoices", bill, [{**lines[0], "account": "200"}, {**lines[1], "quantity": Decimal(2)}]
    )
    _goes(world, "Invoices", bill)


def test_an_archived_tax_on_an_old_line(world: World, acme: str) -> None:
    """A line that nobody touches bars the edit of another once its tax rate was archived."""
    components = [{"Name": "Old", "Rate": "7"}]
    rate = world.sandbox.add(
        "TaxRates", {"Name": "Old", "ReportTaxType": "OUTPUT", "TaxComponents": components}
    )
    taxed = line("10", taxes=[{"name": "Old", "percent": Decimal(7)}])
    bill = invoice(world, "I1", acme, [taxed, line("20")])
    world.sync()
    world.sandbox.edit("TaxRates", rate["TaxType"], {"Status": "ARCHIVED"})
    world.wait(3_700)
    world.sync()
    world.sync()
    lines = [dict(one) for one in world.host.record("Invoices", bill).lines]
    world.host.edit_lines("Invoices", bill, [lines[0], {**lines[1], "quantity": Decimal(2)}])
    assert "tax_archived" == _held(world, "Invoices", bill)

    world.host.edit_lines(
        "Invoices", bill, [{**lines[0], "taxes": []}, {**lines[1], "quantity": Decimal(2)}]
    )
    _goes(world, "Invoices", bill)


@pytest.mark.parametrize("text", ["Party 🎉", "Work\x07", "Thing 𝒳"])
def test_texts_that_xero_changes(world: World, acme: str, text: str) -> None:
    """Signs of four bytes and control signs are named where they stand: names and line texts."""
    other = organisation(world, text)
    bill = invoice(world, "I1", acme, [line("10", name=text)])
    goods = product(world, "P1", productname=text)
    codes = world.codes()
    assert {"signs_not_kept"} == {
        codes["Organizations", other],
        codes["Invoices", bill],
        codes["Products", goods],
    }
    writes = _writes(world)
    world.sync()
    assert writes == _writes(world)

    world.host.edit("Organizations", other, accountname="Party")
    world.host.edit("Products", goods, productname="Party")
    world.host.edit_lines("Invoices", bill, [line("10", name="Party")])
    _goes(world, "Invoices", bill)
    assert ["created"] * 2 == [
        world.outcome("Organizations", other).result,
        world.outcome("Products", goods).result,
    ]


def test_an_email_that_persons_need(world: World, acme: str) -> None:
    """Xero keeps the e-mail of a contact with persons; an empty one is held by name."""
    contact(world, "Ann", "Lee", acme, email="ann@b.example")
    world.sync()
    world.host.edit("Organizations", acme, email1="")
    assert "email_needed" == _held(world, "Organizations", acme)

    world.host.edit("Organizations", acme, email1="new@b.example")
    _goes(world, "Organizations", acme)


def test_an_account_number_of_another_contact(world: World, acme: str) -> None:
    """Xero takes each account number once: an edit to one that is taken is held by name."""
    organisation(world, "Bell", account_no="a1")
    world.sync()
    world.host.edit("Organizations", acme, account_no="A1")
    assert "account_number_taken" == _held(world, "Organizations", acme)
    assert "Bell" in str(world.outcome("Organizations", acme).cause)

    world.host.edit("Organizations", acme, account_no="A2")
    _goes(world, "Organizations", acme)


@pytest.fixture
def lax(tmp_path: Path) -> Iterator[World]:
    """A CRM that takes an account number twice."""
    modules = [
        replace(module, fields=tuple(replace(one, unique=False) for one in module.fields))
        for module in standard_modules()
    ]
    with make_world(tmp_path, modules=modules) as made:
        made.connect()
        made.default_account()
        yield made


def test_an_account_number_that_two_new_ones_have(lax: World) -> None:
    """The first goes, the second is held without a call; with a number of its own it goes."""
    first, second = (organisation(lax, name, account_no="A1") for name in ("Acme", "Bell"))
    assert [(first, ""), (second, "account_number_taken")] == [
        (one, lax.codes().get(("Organizations", one), "")) for one in (first, second)
    ]
    lax.sync()
    assert 1 == _writes(lax)

    lax.host.edit("Organizations", second, account_no="A2")
    _goes(lax, "Organizations", second)


def test_an_account_number_that_an_edit_and_a_new_one_get(lax: World) -> None:
    """An edit claims its number, too: of two in one plan one goes and nothing is refused."""
    acme = organisation(lax, "Acme")
    lax.sync()
    lax.host.edit("Organizations", acme, account_no="A1")
    other = organisation(lax, "Bell", account_no="A1")
    lax.sync()

    results = {lax.outcome("Organizations", one).result for one in (acme, other)}
    assert results in ({"held", "updated"}, {"created", "held"})


def test_a_suffix_for_account_numbers_of_one_plan(lax: World) -> None:
    """Where duplicates get a suffix, the second new one goes under its own number."""
    lax.settings("Organizations", duplicates="suffix")
    organisation(lax, "Acme", account_no="A1")
    second = organisation(lax, "Bell", account_no="A1")
    lax.sync()

    assert f"A1-{second}" == lax.in_xero("Organizations", second)["AccountNumber"]
    assert 0 == lax.actions()


def _tracked(world: World, code: str, on_hand: int) -> str:
    """A product of which Xero counts the stock: so many were bought there; its CRM id."""
    add = world.sandbox.add
    goods = product(world, code, sales_account="200")
    world.sync()
    item = world.in_xero("Products", goods)
    world.sandbox.edit(
        "Items",
        item["ItemID"],
        {
            "InventoryAssetAccountCode": "630",
            "PurchaseDetails": {"COGSAccountCode": "310"},
        },
    )
    seller = add("Contacts", {"Name": "Seller"})
    add(
        "Invoices",
        {
            "Type": "ACCPAY",
            "Contact": {"ContactID": seller["ContactID"]},
            "Date": "2026-11-01",
            "DueDate": "2026-12-01",
            "Status": "AUTHORISED",
            "LineItems": [
                {"ItemCode": code, "Description": "Stock", "Quantity": on_hand, "UnitAmount": 1},
            ],
        },
    )
    world.sync()
    return goods


@pytest.mark.feature("F109")
def test_stock_that_runs_out(world: World, acme: str) -> None:
    """Three invoices want four each of ten: the third is held; with more stock it goes."""
    goods = _tracked(world, "P1", 10)
    wanted = [line("10", product_id=goods, quantity=Decimal(4))]
    bills = [invoice(world, f"I{n}", acme, wanted) for n in range(3)]
    world.sync()
    assert ["created", "created", "held"] == [world.outcome("Invoices", b).result for b in bills]
    cause = world.outcome("Invoices", bills[2]).cause
    assert cause is not None
    assert ("stock_short", "2", "4") == (cause.code, cause.data["available"], cause.data["wanted"])

    world.host.edit_lines("Invoices", bills[2], [line("10", product_id=goods, quantity=Decimal(2))])
    _goes(world, "Invoices", bills[2])


def test_a_purchase_account_on_tracked_stock(world: World) -> None:
    """Xero books what is bought for stock by itself; a purchase account is held by name."""
    goods = _tracked(world, "P1", 1)
    world.host.edit("Products", goods, purchase_account="310")
    assert "purchase_account_tracked" == _held(world, "Products", goods)

    world.host.edit("Products", goods, purchase_account="", description="New")
    _goes(world, "Products", goods)


def _permit(world: World, *taken: str) -> None:
    """Somebody allows all but these at Xero."""
    store, connection = world.xt.store, world.xt.connections.get()
    tokens = store.tokens(connection.id)
    assert tokens is not None
    scope = tuple(one for one in (*tokens.scope, "accounting.settings.read") if one not in taken)
    store.save_connection(connection, replace(tokens, scope=scope))


def test_a_permission_to_write_that_is_missing(world: World) -> None:
    """Products are held by name and no call is made for them; all else goes; so do they, later."""
    _permit(world, "accounting.settings")
    goods, acme = product(world, "P1"), organisation(world, "Acme")
    assert "scope_missing" == world.codes()["Products", goods]
    world.sync()
    assert [] == [c for c in world.sandbox.calls() if c.method == "PUT" and "Items" in c.path]
    assert "created" == world.outcome("Organizations", acme).result

    world.connect()
    _goes(world, "Products", goods)


def test_a_permission_to_read_that_is_missing(world: World) -> None:
    """Without the permission for payments a sync says so before its first call."""
    _permit(world, "accounting.payments")
    calls = world.calls()

    with pytest.raises(ScopeMissing, match="does not cover Payments"):
        world.xt.sync.run(())
    assert calls == world.calls()


def test_an_address_that_xero_refuses_is_not_sent(
    world: World, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An invoice goes without the way back rather than not at all."""
    monkeypatch.setattr(type(world.host), "url", lambda _host, _ref: "/invoice/7")
    bill = invoice(world, "I1", acme)
    _goes(world, "Invoices", bill)

    assert not world.in_xero("Invoices", bill).get("Url")


def test_twins_that_share_a_number_keep_a_contact_out(lax: World) -> None:
    """Which of both organisations it is, the number does not say; the sentence does not either."""
    for name in ("Acme East", "Acme West"):
        organisation(lax, name, account_no="A1", xero_sync=False)
    lax.sandbox.add("Contacts", {"Name": "Acme North", "AccountNumber": "A1"})

    lax.sync()

    assert 2 == len(lax.host.all("Organizations"))
    assert [("number_shared", {"number": "A1"})] == [
        (item.cause.code, item.cause.data) for item in lax.plan().with_result("held") if item.cause
    ]
