"""The proof that both sides agree: counts, sums and every difference, read afresh."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.engine.people import invoice, line, organisation, product
from tests.world import World
from xtiger.errors import RunBusy
from xtiger.links import Base, Pair, Shadow
from xtiger.reconciling import ModuleCount, Reconciliation


@contextmanager
def behind_the_back(world: World) -> Iterator[None]:
    """Edits of the CRM that leave no trace in its outbox."""
    yield
    now = world.clock.now().replace(year=world.clock.now().year + 1)
    world.host.outbox_done(world.host.outbox(now))


def fields(found: Reconciliation) -> list[tuple[str, str, Any, Any]]:
    """(name, field, CRM's value, Xero's value) of each difference."""
    return [(one.name, one.field, one.crm, one.xero) for one in found.differences]


def count(found: Reconciliation, module: str) -> ModuleCount:
    """The numbers of one module."""
    return next(one for one in found.modules if one.module == module)


@pytest.fixture
def books(world: World) -> World:
    """Two customers, a product and three invoices, in step."""
    acme, bell = organisation(world, "Acme", email1="a@b.example"), organisation(world, "Bell")
    goods = product(world, "P1", sales_account="200", unit_price=Decimal("9.9900"))
    invoice(world, "I1", acme, [line("100", product_id=goods), line("5.55")], total="105.55")
    invoice(world, "I2", bell, [line("12.34", quantity=Decimal(3))], total="37.02")
    invoice(world, "I3", bell, invoicedate=date(2026, 10, 5), duedate=date(2026, 11, 5),
            invoicestatus="Created", total="10")  # fmt: skip
    world.sync()
    return world


def numbered(world: World, number: str) -> str:
    """The CRM id of an invoice."""
    return next(r.ref.id for r in world.host.all("Invoices") if r.values["invoice_no"] == number)


@pytest.mark.feature("O4")
def test_equal_books_agree_to_the_cent(books: World) -> None:
    """Counts, and sums per month, status and currency, are the same on both sides."""
    found = books.xt.reconcile()

    assert (True, 6, ()) == (found.agrees, found.records, found.differences)
    assert [
        ("2026-10", "DRAFT", "GBP", 1, Decimal(10), 1, Decimal(10)),
        ("2026-11", "AUTHORISED", "GBP", 2, Decimal("142.57"), 2, Decimal("142.57")),
    ] == [
        (row.month, row.status, row.currency, row.crm.records, row.crm.amounts["Total"],
         row.xero.records, row.xero.amounts["Total"])
        for row in found.sums
    ]  # fmt: skip
    assert {"Organizations": 2, "Products": 1, "Services": 0, "Invoices": 3} == {
        one.module: one.xero.linked for one in found.modules
    }


def test_reading_costs_few_calls_and_sends_nothing(books: World) -> None:
    """Organisation, tax rates, accounts, item codes and each kind once: no write, no run."""
    before = len(books.xt.runs())
    found = books.xt.reconcile()
    methods = {call.method for call in books.sandbox.calls()[-found.calls :]}

    assert (7, {"GET"}, before) == (found.calls, methods, len(books.xt.runs()))


@pytest.mark.feature("F142")
def test_a_cent_changed_in_xero_is_found(books: World) -> None:
    """Line and total with both values, and the row of sums that differs."""
    xero_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox.edit("Invoices", xero_id, {"Total": Decimal("37.03")})

    found = books.xt.reconcile()

    assert [("I2", "Total", Decimal("37.02"), Decimal("37.03"))] == fields(found)
    assert [("2026-11", ("Total",))] == [(r.month, r.differing) for r in found.sums if r.differing]
    assert ("sync", "xtiger sync Invoices") == (
        found.differences[0].cure.code, found.differences[0].cure.command,
    )  # fmt: skip


def test_a_cent_changed_in_the_crm_is_found(books: World) -> None:
    """An edit that no event and no outbox told of: the line's price and the total."""
    crm_id = numbered(books, "I2")
    with behind_the_back(books):
        books.host.edit_lines("Invoices", crm_id, [line("12.35", quantity=Decimal(3))])
        books.host.edit("Invoices", crm_id, total="37.05")

    found = books.xt.reconcile()

    assert {
        ("I2", "Line 1: Price", Decimal("12.35"), Decimal("12.34")),
        ("I2", "Total", Decimal("37.05"), Decimal("37.02")),
    } == set(fields(found))
    assert [Decimal("142.60")] == [
        row.crm.amounts["Total"] for row in found.sums if row.differing
    ]  # fmt: skip


def test_tax_is_compared_where_the_crm_has_none_of_its_own(books: World) -> None:
    """The tax of the CRM's lines is computed as Xero does; a tax edited there shows."""
    xero_id = books.xero_id("Invoices", numbered(books, "I1"))
    books.sandbox.edit("Invoices", xero_id, {"TotalTax": Decimal("0.01")})

    assert [("I1", "Tax", Decimal(0), Decimal("0.01"))] == fields(books.xt.reconcile())


def test_a_line_edited_in_xero_is_found(books: World) -> None:
    """Another quantity of one line; the lines around it are not told of."""
    raw = books.in_xero("Invoices", numbered(books, "I1"))
    lines = [dict(raw["LineItems"][0]), {**raw["LineItems"][1], "Quantity": Decimal(2)}]
    lines[1].pop("LineAmount")
    books.sandbox.edit("Invoices", raw["InvoiceID"], {"LineItems": lines})

    found = fields(books.xt.reconcile())

    assert ("I1", "Line 2: Quantity", Decimal(1), Decimal(2)) in found
    assert ("I1", "Total", Decimal("105.55"), Decimal("111.10")) in found
    assert not [one for one in found if "Line 1" in one[1]]


def test_a_record_deleted_in_xero_is_found(books: World) -> None:
    """A voided invoice and an archived contact: each is told once, with what to do."""
    invoice_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox.edit("Invoices", invoice_id, {"Status": "VOIDED"})
    acme = books.host.find("Organizations", "accountname", "Acme")[0].ref.id
    books.sandbox.edit(
        "Contacts", books.xero_id("Organizations", acme), {"ContactStatus": "ARCHIVED"}
    )

    found = books.xt.reconcile()

    assert {
        ("I2", "record", True, "VOIDED"), ("Acme", "record", True, "ARCHIVED"),
    } == set(fields(found))  # fmt: skip
    assert {"lost_in_xero"} == {one.cure.code for one in found.differences}
    assert [("2026-11", "records")] == [
        (row.month, row.differing[0]) for row in found.sums if row.differing
    ]


def test_what_the_last_sync_booked_as_gone_stands(books: World) -> None:
    """After a sync the voided invoice is known: listed apart, and in no sum."""
    invoice_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox.edit("Invoices", invoice_id, {"Status": "VOIDED"})
    books.sync()

    found = books.xt.reconcile()

    assert (True, [("I2", "gone_in_xero")]) == (
        found.agrees, [(one.name, one.cause.code) for one in found.standing],
    )  # fmt: skip
    assert (2, 1, 0) == (
        count(found, "Invoices").crm.linked, count(found, "Invoices").crm.standing,
        count(found, "Invoices").xero.in_scope - 2,
    )  # fmt: skip


def test_an_old_hold_does_not_excuse_a_lost_record(books: World) -> None:
    """Held for its tax, then voided in Xero: the hold says nothing about the loss."""
    crm_id = numbered(books, "I2")
    books.host.edit_lines("Invoices", crm_id, [line("12.34", tax_percent=Decimal(19))])
    books.sync()
    assert "tax_unknown" == books.outcome("Invoices", crm_id).cause.code  # type: ignore[union-attr]  # held just now
    books.sandbox.edit(
        "Invoices", books.xero_id("Invoices", crm_id), {"Status": "VOIDED"}
    )  # fmt: skip

    assert [("I2", "record", True, "VOIDED")] == fields(books.xt.reconcile())


def test_a_record_deleted_in_the_crm_is_found(books: World) -> None:
    """Xero's contact is left alone; before the next sync nobody knows."""
    books.host.remove("Invoices", numbered(books, "I3"))

    found = books.xt.reconcile()

    assert [("I3", "record", False, True)] == fields(found)
    assert [("2026-10", 0, 1)] == [
        (row.month, row.crm.records, row.xero.records) for row in found.sums if row.differing
    ]


def test_a_duplicate_in_xero_is_found(books: World) -> None:
    """A second invoice of our number, although invoices do not travel from Xero."""
    first = books.in_xero("Invoices", numbered(books, "I1"))
    made = books.sandbox.add("Invoices", {
        "Type": "ACCREC", "Contact": {"ContactID": first["ContactID"]}, "Date": "2026-11-03",
        "InvoiceNumber": "COPY", "LineItems": [{"Description": "Copy", "Quantity": 1,
        "UnitAmount": 5, "AccountCode": "200"}],
    })  # fmt: skip
    books.sandbox.edit("Invoices", made["InvoiceID"], {"InvoiceNumber": "I1"})

    found = books.xt.reconcile()

    (twice,) = found.differences
    assert ("I1", made["InvoiceID"], "record", "duplicate") == (
        twice.name, twice.xero_id, twice.field, twice.cure.code,
    )  # fmt: skip
    assert [("DRAFT", 0, 1)] == [
        (row.status, row.crm.records, row.xero.records) for row in found.sums if row.differing
    ]


def test_a_contact_twice_in_xero_is_found(books: World) -> None:
    """Another contact that was renamed to the name of a linked one."""
    made = books.sandbox.add("Contacts", {"Name": "Stranger"})
    books.sandbox.edit("Contacts", made["ContactID"], {"Name": "acme"})

    (twice,) = books.xt.reconcile().differences

    assert ("acme", "duplicate", made["ContactID"]) == (
        twice.name, twice.cure.code, twice.xero_id,
    )  # fmt: skip


def test_records_of_one_side_only_are_differences(books: World) -> None:
    """New here and new there since the last sync: each waits for it."""
    organisation(books, "New here")
    books.sandbox.add("Contacts", {"Name": "New there"})

    found = books.xt.reconcile()

    assert {("New here", "record", True, False), ("New there", "record", False, True)} == set(
        fields(found)
    )
    assert (1, 1) == (
        count(found, "Organizations").crm.alone, count(found, "Organizations").xero.alone,
    )  # fmt: skip


def test_held_records_are_listed_apart(books: World) -> None:
    """A hold is known: no difference, counted by its code."""
    organisation(books, "Bad <sign>")
    books.sync()

    found = books.xt.reconcile()

    assert (True, [("Organizations", "name_forbidden")]) == (
        found.agrees, [(one.module, one.cause.code) for one in found.standing],
    )  # fmt: skip


def test_a_failure_is_no_excuse(books: World) -> None:
    """Xero refused the record: it stays a difference, with that code."""
    crm_id = organisation(books, "Refused")
    books.sync()
    (held,) = books.xt.outcomes(module="Organizations", crm_id=crm_id, limit=1)
    link = books.xt.store.links_by_crm(books.xt.connection().id, "Organizations")[crm_id]
    books.sandbox.edit("Contacts", link.xero_id, {"ContactStatus": "ARCHIVED"})
    assert link.id is not None
    books.xt.store.remove_link(link.id)
    cause = replace(_cause("xero_refused"), data={"message": "No."})
    books.xt.store.add_outcomes([replace(held, id=None, result="failed", cause=cause)])

    (found,) = books.xt.reconcile().differences

    assert ("Refused", "xero_refused") == (found.name, found.cure.code)


def _cause(code: str) -> Any:
    from xtiger.plans import Cause

    return Cause(code)


def test_a_conflict_is_a_difference_with_its_cure(books: World) -> None:
    """Both sides edited: the sync leaves it, and the cure says that people decide."""
    acme = books.host.find("Organizations", "accountname", "Acme")[0].ref.id
    books.host.edit("Organizations", acme, email1="here@b.example")
    books.sandbox.edit(
        "Contacts", books.xero_id("Organizations", acme), {"EmailAddress": "there@b.example"}
    )
    books.sync()

    (found,) = books.xt.reconcile().differences

    assert ("Primary Email", "here@b.example", "there@b.example", "both_changed") == (
        found.field, found.crm, found.xero, found.cure.code,
    )  # fmt: skip


def test_what_is_out_of_scope_is_counted_by_reason(books: World) -> None:
    """Not ticked, in a status that is not synced, a bill, an archived contact."""
    organisation(books, "Not ticked", xero_sync=False)
    books.settings("Invoices", statuses=("Approved",))
    bell = books.host.find("Organizations", "accountname", "Bell")[0].ref.id
    invoice(books, "I9", bell, invoicestatus="Created")
    contact = books.xero_id("Organizations", bell)
    books.sandbox.add("Invoices", {
        "Type": "ACCPAY", "Contact": {"ContactID": contact}, "InvoiceNumber": "I1",
        "LineItems": [{"Description": "Rent", "Quantity": 1, "UnitAmount": 5}],
    })  # fmt: skip
    made = books.sandbox.add("Contacts", {"Name": "Old"})
    books.sandbox.edit("Contacts", made["ContactID"], {"ContactStatus": "ARCHIVED"})

    found = books.xt.reconcile()

    organisations, invoices = count(found, "Organizations"), count(found, "Invoices")
    assert found.agrees
    assert {"not_selected": 1} == organisations.crm.left_out
    assert {"removed_in_xero": 1} == organisations.xero.left_out
    assert {"status_not_selected": 1} == invoices.crm.left_out
    assert {"other_type": 1} == invoices.xero.left_out


def test_a_record_that_was_unticked_leaves_both_sides(books: World) -> None:
    """A linked record out of scope is compared no more, and its partner counts as it."""
    acme = books.host.find("Organizations", "accountname", "Acme")[0].ref.id
    books.host.edit("Organizations", acme, xero_sync=False, email1="other@b.example")

    found = count(books.xt.reconcile(), "Organizations")

    assert ({"not_selected": 1}, {"not_selected": 1}) == (found.crm.left_out, found.xero.left_out)


def test_every_record_read_is_counted_once(books: World) -> None:
    """In scope and left out together are the records of each side."""
    organisation(books, "Bad <sign>")
    books.sandbox.add("Contacts", {"Name": "New there"})
    books.sync()
    organisation(books, "Later")

    found = books.xt.reconcile()

    for one in found.modules:
        assert len(books.host.all(one.module)) == one.crm.read, one
    kinds = {"Contact": "Contacts", "Item": "Items", "Invoice": "Invoices"}
    read: dict[str, int] = {}
    for one in found.modules:
        read[one.kind] = read.get(one.kind, 0) + one.xero.read
    assert {kind: len(books.xero(table)) for kind, table in kinds.items()} == read


def test_documents_before_a_day_are_left_out(books: World) -> None:
    """Since November: the invoice of October is out of scope on both sides."""
    found = books.xt.reconcile(since=date(2026, 11, 1))

    invoices = count(found, "Invoices")
    assert ({"before_since": 1}, {"before_since": 1}) == (
        invoices.crm.left_out, invoices.xero.left_out,
    )  # fmt: skip
    assert ["2026-11"] == [row.month for row in found.sums]


def test_a_pair_is_in_scope_when_one_day_is(books: World) -> None:
    """Redated in Xero to before the day asked for: the difference is not hidden."""
    xero_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox.edit("Invoices", xero_id, {"Date": "2026-10-30"})

    found = books.xt.reconcile(since=date(2026, 11, 1))

    assert [("I2", "Invoice Date", date(2026, 11, 2), date(2026, 10, 30))] == fields(found)


def test_one_module_alone(books: World) -> None:
    """Only what was asked for is compared; lines still know the codes of items."""
    organisation(books, "New here")

    found = books.xt.reconcile(modules=["Invoices"])

    assert (True, ["Invoices"]) == (found.agrees, [one.module for one in found.modules])


def test_poisoned_memory_does_not_change_the_verdict(books: World) -> None:
    """Bases, last seen copies, accounts and tax rates of the store are wrong: read afresh."""
    store, connection_id = books.xt.store, books.xt.connection().id
    with behind_the_back(books):
        books.host.edit("Invoices", numbered(books, "I2"), subject="Edited")
    for module in ("Organizations", "Products", "Invoices"):
        for link in store.links_by_crm(connection_id, module).values():
            assert link.id is not None
            keys = store.bases([link.id])[link.id].pairs
            store.save_bases([Base(link.id, {key: Pair("lie", "lie") for key in keys}, 1)])
    for kind in ("Contact", "Item", "Invoice"):
        shadows = store.shadows(connection_id, "xero", kind).values()
        store.save_shadows(connection_id, [
            Shadow("xero", kind, one.id, {"Name": "lie", "Code": "lie"}, one.seen_at)
            for one in shadows
        ])  # fmt: skip
    store.replace_accounts(connection_id, [])
    store.replace_tax_rates(connection_id, [])

    assert [("I2", "Subject", "Edited", None)] == fields(books.xt.reconcile())


def test_an_item_renamed_in_xero_is_no_difference_of_its_invoices(books: World) -> None:
    """The new code travels to the CRM; old invoices show it, too."""
    goods = books.host.find("Products", "productcode", "P1")[0].ref.id
    books.sandbox.edit("Items", books.xero_id("Products", goods), {"Code": "P1-NEW"})

    found = books.xt.reconcile()

    assert {"Products"} == {one.module for one in found.differences}


def test_the_accountant_may_approve_a_draft(books: World) -> None:
    """Xero is ahead of the CRM: status and sums still agree."""
    xero_id = books.xero_id("Invoices", numbered(books, "I3"))
    books.sandbox.edit("Invoices", xero_id, {"Status": "AUTHORISED"})

    found = books.xt.reconcile()

    assert (True, {"AUTHORISED"}) == (found.agrees, {row.status for row in found.sums})


def test_a_status_set_back_in_xero_is_a_difference(books: World) -> None:
    """Approved in the CRM, a draft in Xero."""
    xero_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox._state.put(  # Xero's own pages do not allow it; a fault may
        books.organisation(), "Invoices", xero_id,
        {**books.in_xero("Invoices", numbered(books, "I2")), "Status": "DRAFT"},
    )  # fmt: skip

    assert ("I2", "Status", "AUTHORISED", "DRAFT") in fields(books.xt.reconcile())


def test_an_edit_against_the_direction_of_a_field(books: World) -> None:
    """A number that Xero's bookkeeper changed: the cure says where to take it back."""
    xero_id = books.xero_id("Invoices", numbered(books, "I3"))
    books.sandbox.edit("Invoices", xero_id, {"InvoiceNumber": "OTHER"})

    (found,) = books.xt.reconcile().differences

    assert ("Invoice Number", "I3", "OTHER", "one_way_to_xero") == (
        found.field, found.crm, found.xero, found.cure.code,
    )  # fmt: skip


def test_an_organisation_is_shown_by_its_id_in_the_crm(books: World) -> None:
    """Another customer on the invoice in Xero: both are named as the CRM knows them."""
    acme = books.host.find("Organizations", "accountname", "Acme")[0].ref.id
    bell = books.host.find("Organizations", "accountname", "Bell")[0].ref.id
    books.sandbox.edit(
        "Invoices", books.xero_id("Invoices", numbered(books, "I2")),
        {"ContactID": books.xero_id("Organizations", acme)},
    )  # fmt: skip

    assert [("I2", "Organization Name", bell, acme)] == fields(books.xt.reconcile())


def test_a_record_that_the_feed_did_not_show_is_asked_for(
    books: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed that loses a record does not make it look deleted."""
    feed = type(books.host).changed_since

    def forgetful(host: Any, module: str, cursor: str | None, limit: int = 200) -> Any:
        page = feed(host, module, cursor, limit)
        return replace(page, records=page.records[1:])

    monkeypatch.setattr(type(books.host), "changed_since", forgetful)

    assert books.xt.reconcile().agrees


def test_an_element_that_cannot_be_read_is_told(
    books: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Xero that answers nonsense for one record: it is named, the rest is compared."""
    xero_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox._state.put(  # no rule lets it in
        books.organisation(), "Invoices", xero_id,
        {**books.in_xero("Invoices", numbered(books, "I2")), "CurrencyRate": Decimal("1e40")},
    )  # fmt: skip

    found = books.xt.reconcile()

    assert [("record", "unreadable")] == [(o.field, o.cure.code) for o in found.differences]
    assert 6 == found.records


def test_no_run_may_write_meanwhile(books: World) -> None:
    """While a run holds the connection the proof waits its turn, and gives it back after."""
    store, connection = books.xt.store, books.xt.connection()
    fence = store.acquire_lease(f"run:{connection.id}", "a run", 300, books.clock.now())
    assert fence is not None

    with pytest.raises(RunBusy):
        books.xt.reconcile()

    store.release_lease(f"run:{connection.id}", fence)
    assert books.xt.reconcile().agrees
    assert "done" == books.sync().state
