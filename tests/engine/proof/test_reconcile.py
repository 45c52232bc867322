"""The proof that both sides agree: sums and every field that differs, read afresh."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import line
from tests.stories.sync.proofs import behind_the_back, fields, numbered
from tests.world import World
from xtiger.errors import RunBusy
from xtiger.model.links import Base, Pair, Shadow
from xtiger.model.setting_keys import run_lease


@pytest.mark.feature("O4")
def test_equal_books_agree_to_the_cent(books: World) -> None:
    """Counts, and sums per month, status and currency, are the same on both sides."""
    found = books.xt.proof.reconcile()

    assert (True, 6, ()) == (found.agrees, found.records, found.differences)
    assert [
        ("2026-10", "DRAFT", "GBP", 1, Decimal(10), 1, Decimal(10)),
        ("2026-11", "AUTHORISED", "GBP", 2, Decimal("142.57"), 2, Decimal("142.57")),
    ] == [
        (
            row.month,
            row.status,
            row.currency,
            row.crm.records,
            row.crm.amounts["Total"],
            row.xero.records,
            row.xero.amounts["Total"],
        )
        for row in found.sums
    ]
    assert {
        ("Organizations", "Contact"): 2,
        ("Contacts", "Person"): 0,
        ("Products", "Item"): 1,
        ("Services", "Item"): 0,
        ("Invoices", "Invoice"): 3,
        ("Payments", "Payment"): 0,
    } == {(one.module, one.kind): one.xero.linked for one in found.modules}


def test_reading_costs_few_calls_and_sends_nothing(books: World) -> None:
    """Organisation, tax rates, accounts, item codes, each kind once and contacts for persons."""
    before = len(books.xt.sync.runs())
    found = books.xt.proof.reconcile()
    methods = {call.method for call in books.sandbox.calls()[-found.calls :]}

    assert (9, {"GET"}, before) == (found.calls, methods, len(books.xt.sync.runs()))


@pytest.mark.feature("F142")
def test_a_cent_changed_in_xero_is_found(books: World) -> None:
    """Line and total with both values, and the row of sums that differs."""
    xero_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox.edit("Invoices", xero_id, {"Total": Decimal("37.03")})

    found = books.xt.proof.reconcile()

    assert [("I2", "Total", Decimal("37.02"), Decimal("37.03"))] == fields(found)
    assert [("2026-11", ("Total",))] == [(r.month, r.differing) for r in found.sums if r.differing]
    assert ("total_apart", "xtiger sync Invoices") == (
        found.differences[0].cure.code,
        found.differences[0].cure.command,
    )


def test_a_cent_changed_in_the_crm_is_found(books: World) -> None:
    """An edit that no event and no outbox told of: the line's price and the total."""
    crm_id = numbered(books, "I2")
    with behind_the_back(books):
        books.host.edit_lines("Invoices", crm_id, [line("12.35", quantity=Decimal(3))])
        books.host.edit("Invoices", crm_id, total="37.05")

    found = books.xt.proof.reconcile()

    assert {
        ("I2", "Line 1: Price", Decimal("12.35"), Decimal("12.34")),
        ("I2", "Total", Decimal("37.05"), Decimal("37.02")),
    } == set(fields(found))
    assert [Decimal("142.60")] == [row.crm.amounts["Total"] for row in found.sums if row.differing]


def test_tax_is_compared_where_the_crm_has_none_of_its_own(books: World) -> None:
    """The tax of the CRM's lines is computed as Xero does; a tax edited there shows."""
    xero_id = books.xero_id("Invoices", numbered(books, "I1"))
    books.sandbox.edit("Invoices", xero_id, {"TotalTax": Decimal("0.01")})

    assert [("I1", "Tax", Decimal(0), Decimal("0.01"))] == fields(books.xt.proof.reconcile())


def test_a_line_edited_in_xero_is_found(books: World) -> None:
    """Another quantity of one line; the lines around it are not told of."""
    raw = books.in_xero("Invoices", numbered(books, "I1"))
    lines = [dict(raw["LineItems"][0]), {**raw["LineItems"][1], "Quantity": Decimal(2)}]
    lines[1].pop("LineAmount")
    books.sandbox.edit("Invoices", raw["InvoiceID"], {"LineItems": lines})

    found = fields(books.xt.proof.reconcile())

    assert ("I1", "Line 2: Quantity", Decimal(1), Decimal(2)) in found
    assert ("I1", "Total", Decimal("105.55"), Decimal("111.10")) in found
    assert not [one for one in found if "Line 1" in one[1]]


def test_a_conflict_is_a_difference_with_its_cure(books: World) -> None:
    """Both sides edited: the sync leaves it, and the cure says that people decide."""
    acme = books.host.find("Organizations", "accountname", "Acme")[0].ref.id
    books.host.edit("Organizations", acme, email1="here@b.example")
    books.sandbox.edit(
        "Contacts", books.xero_id("Organizations", acme), {"EmailAddress": "there@b.example"}
    )
    books.sync()

    (found,) = books.xt.proof.reconcile().differences

    assert ("Primary Email", "here@b.example", "there@b.example", "both_changed") == (
        found.field,
        found.crm,
        found.xero,
        found.cure.code,
    )


def test_poisoned_memory_does_not_change_the_verdict(books: World) -> None:
    """Bases, last seen copies, accounts and tax rates of the store are wrong: read afresh."""
    store, connection_id = books.xt.store, books.xt.connections.get().id
    with behind_the_back(books):
        books.host.edit("Invoices", numbered(books, "I2"), subject="Edited")
    for module in ("Organizations", "Products", "Invoices"):
        for link in store.links_by_crm(connection_id, module).values():
            assert link.id is not None
            keys = store.bases([link.id])[link.id].pairs
            store.save_bases([Base(link.id, {key: Pair("lie", "lie") for key in keys}, 1)])
    for kind in ("Contact", "Item", "Invoice"):
        shadows = store.shadows(connection_id, "xero", kind).values()
        store.save_shadows(
            connection_id,
            [
                Shadow("xero", kind, one.id, {"Name": "lie", "Code": "lie"}, one.seen_at)
                for one in shadows
            ],
        )
    store.replace_accounts(connection_id, [])
    store.replace_tax_rates(connection_id, [])

    assert [("I2", "Subject", "Edited", None)] == fields(books.xt.proof.reconcile())


def test_an_item_renamed_in_xero_is_no_difference_of_its_invoices(books: World) -> None:
    """The new code travels to the CRM; old invoices show it, too."""
    goods = books.host.find("Products", "productcode", "P1")[0].ref.id
    books.sandbox.edit("Items", books.xero_id("Products", goods), {"Code": "P1-NEW"})

    found = books.xt.proof.reconcile()

    assert {"Products"} == {one.module for one in found.differences}


def test_the_accountant_may_approve_a_draft(books: World) -> None:
    """Xero is ahead of the CRM: status and sums still agree."""
    xero_id = books.xero_id("Invoices", numbered(books, "I3"))
    books.sandbox.edit("Invoices", xero_id, {"Status": "AUTHORISED"})

    found = books.xt.proof.reconcile()

    assert (True, {"AUTHORISED"}) == (found.agrees, {row.status for row in found.sums})


def test_a_status_set_back_in_xero_is_a_difference(books: World) -> None:
    """Approved in the CRM, a draft in Xero."""
    xero_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox._state.put(  # Xero's own pages do not allow it; a fault may
        books.organisation(),
        "Invoices",
        xero_id,
        {**books.in_xero("Invoices", numbered(books, "I2")), "Status": "DRAFT"},
    )

    assert ("I2", "Status", "AUTHORISED", "DRAFT") in fields(books.xt.proof.reconcile())


def test_an_edit_against_the_direction_of_a_field(books: World) -> None:
    """A number that Xero's bookkeeper changed: the cure says where to take it back."""
    xero_id = books.xero_id("Invoices", numbered(books, "I3"))
    books.sandbox.edit("Invoices", xero_id, {"InvoiceNumber": "OTHER"})

    (found,) = books.xt.proof.reconcile().differences

    assert ("Invoice Number", "I3", "OTHER", "one_way_to_xero") == (
        found.field,
        found.crm,
        found.xero,
        found.cure.code,
    )


def test_an_organisation_is_shown_by_its_id_in_the_crm(books: World) -> None:
    """Another customer on the invoice in Xero: both are named as the CRM knows them."""
    acme = books.host.find("Organizations", "accountname", "Acme")[0].ref.id
    bell = books.host.find("Organizations", "accountname", "Bell")[0].ref.id
    books.sandbox.edit(
        "Invoices",
        books.xero_id("Invoices", numbered(books, "I2")),
        {"ContactID": books.xero_id("Organizations", acme)},
    )

    assert [("I2", "Organization Name", bell, acme)] == fields(books.xt.proof.reconcile())


def test_a_record_that_the_feed_did_not_show_is_asked_for(
    books: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed that loses a record does not make it look deleted."""
    feed = type(books.host).changed_since

    def forgetful(host: Any, module: str, cursor: str | None, limit: int = 200) -> Any:
        page = feed(host, module, cursor, limit)
        return replace(page, records=page.records[1:])

    monkeypatch.setattr(type(books.host), "changed_since", forgetful)

    assert books.xt.proof.reconcile().agrees


def test_an_element_that_cannot_be_read_is_told(
    books: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Xero that answers nonsense for one record: it is named, the rest is compared."""
    xero_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox._state.put(  # no rule lets it in
        books.organisation(),
        "Invoices",
        xero_id,
        {**books.in_xero("Invoices", numbered(books, "I2")), "CurrencyRate": Decimal("1e40")},
    )

    found = books.xt.proof.reconcile()

    assert [("record", "unreadable")] == [(o.field, o.cure.code) for o in found.differences]
    assert 6 == found.records


def test_no_run_may_write_meanwhile(books: World) -> None:
    """While a run holds the connection the proof waits its turn, and gives it back after."""
    store, connection = books.xt.store, books.xt.connections.get()
    fence = store.acquire_lease(run_lease(connection.id), "a run", 300, books.clock.now())
    assert fence is not None

    with pytest.raises(RunBusy):
        books.xt.proof.reconcile()

    store.release_lease(run_lease(connection.id), fence)
    assert books.xt.proof.reconcile().agrees
    assert "done" == books.sync().state
