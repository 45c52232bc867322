"""The proof's scope: records of one side only, known reasons, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.stories.sync.people import invoice, line, organisation
from tests.stories.sync.proofs import count, fields, numbered
from tests.world import World
from xtiger.model.plans import Cause


def test_a_record_deleted_in_xero_is_found(books: World) -> None:
    """A voided invoice and an archived contact: each is told once, with what to do."""
    invoice_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox.edit("Invoices", invoice_id, {"Status": "VOIDED"})
    acme = books.host.find("Organizations", "accountname", "Acme")[0].ref.id
    books.sandbox.edit(
        "Contacts", books.xero_id("Organizations", acme), {"ContactStatus": "ARCHIVED"}
    )

    found = books.xt.proof.reconcile()

    assert {
        ("I2", "record", True, "VOIDED"),
        ("Acme", "record", True, "ARCHIVED"),
    } == set(fields(found))
    assert {"lost_in_xero"} == {one.cure.code for one in found.differences}
    assert [("2026-11", "records")] == [
        (row.month, row.differing[0]) for row in found.sums if row.differing
    ]


def test_what_the_last_sync_booked_as_gone_stands(books: World) -> None:
    """After a sync the voided invoice is known: listed apart, and in no sum."""
    invoice_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox.edit("Invoices", invoice_id, {"Status": "VOIDED"})
    books.sync()

    found = books.xt.proof.reconcile()

    assert (True, [("I2", "gone_in_xero")]) == (
        found.agrees,
        [(one.name, one.cause.code) for one in found.standing],
    )
    assert (2, 1, 0) == (
        count(found, "Invoices").crm.linked,
        count(found, "Invoices").crm.standing,
        count(found, "Invoices").xero.in_scope - 2,
    )


def test_an_old_hold_does_not_excuse_a_lost_record(books: World) -> None:
    """Held for its tax, then voided in Xero: the hold says nothing about the loss."""
    crm_id = numbered(books, "I2")
    books.host.edit_lines("Invoices", crm_id, [line("12.34", tax_percent=Decimal(19))])
    books.sync()
    assert "tax_unknown" == books.outcome("Invoices", crm_id).cause.code  # type: ignore[union-attr]  # held just now
    books.sandbox.edit("Invoices", books.xero_id("Invoices", crm_id), {"Status": "VOIDED"})

    assert [("I2", "record", True, "VOIDED")] == fields(books.xt.proof.reconcile())


def test_a_record_deleted_in_the_crm_is_found(books: World) -> None:
    """Xero's contact is left alone; before the next sync nobody knows."""
    books.host.remove("Invoices", numbered(books, "I3"))

    found = books.xt.proof.reconcile()

    assert [("I3", "record", False, True)] == fields(found)
    assert [("2026-10", 0, 1)] == [
        (row.month, row.crm.records, row.xero.records) for row in found.sums if row.differing
    ]


def test_a_duplicate_in_xero_is_found(books: World) -> None:
    """A second invoice of our number, although invoices do not travel from Xero."""
    first = books.in_xero("Invoices", numbered(books, "I1"))
    made = books.sandbox.add(
        "Invoices",
        {
            "Type": "ACCREC",
            "Contact": {"ContactID": first["ContactID"]},
            "Date": "2026-11-03",
            "InvoiceNumber": "COPY",
            "LineItems": [
                {"Description": "Copy", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200"}
            ],
        },
    )
    books.sandbox.edit("Invoices", made["InvoiceID"], {"InvoiceNumber": "I1"})

    found = books.xt.proof.reconcile()

    (twice,) = found.differences
    assert ("I1", made["InvoiceID"], "record", "duplicate") == (
        twice.name,
        twice.xero_id,
        twice.field,
        twice.cure.code,
    )
    assert [("DRAFT", 0, 1)] == [
        (row.status, row.crm.records, row.xero.records) for row in found.sums if row.differing
    ]


def test_a_contact_twice_in_xero_is_found(books: World) -> None:
    """Another contact that was renamed to the name of a linked one."""
    made = books.sandbox.add("Contacts", {"Name": "Stranger"})
    books.sandbox.edit("Contacts", made["ContactID"], {"Name": "acme"})

    (twice,) = books.xt.proof.reconcile().differences

    assert ("acme", "duplicate", made["ContactID"]) == (
        twice.name,
        twice.cure.code,
        twice.xero_id,
    )


def test_records_of_one_side_only_are_differences(books: World) -> None:
    """New here and new there since the last sync: each waits for it."""
    organisation(books, "New here")
    books.sandbox.add("Contacts", {"Name": "New there"})

    found = books.xt.proof.reconcile()

    assert {("New here", "record", True, False), ("New there", "record", False, True)} == set(
        fields(found)
    )
    assert (1, 1) == (
        count(found, "Organizations").crm.alone,
        count(found, "Organizations").xero.alone,
    )


def test_held_records_are_listed_apart(books: World) -> None:
    """A hold is known: no difference, counted by its code."""
    organisation(books, "Bad <sign>")
    books.sync()

    found = books.xt.proof.reconcile()

    assert (True, [("Organizations", "name_forbidden")]) == (
        found.agrees,
        [(one.module, one.cause.code) for one in found.standing],
    )


def test_a_proposal_that_waits_has_its_command(books: World) -> None:
    """Nearly the same name in Xero: both records stand, with what links them."""
    crm_id = organisation(books, "Carden Ltd")
    made = books.sandbox.add("Contacts", {"Name": "Carden Limited"})
    books.sync()

    found = books.xt.proof.reconcile()

    command = f"xtiger link Organizations {crm_id} {made['ContactID']}"
    assert [("Carden Ltd", command), ("Carden Limited", command)] == [
        (one.name, one.command) for one in found.standing
    ]
    assert found.agrees


def test_a_failure_is_no_excuse(books: World) -> None:
    """Xero refused the record: it stays a difference, with that code."""
    crm_id = organisation(books, "Refused")
    books.sync()
    (held,) = books.xt.sync.outcomes(module="Organizations", crm_id=crm_id, limit=1)
    link = books.xt.store.links_by_crm(books.xt.connections.get().id, "Organizations")[crm_id]
    books.sandbox.edit("Contacts", link.xero_id, {"ContactStatus": "ARCHIVED"})
    assert link.id is not None
    books.xt.store.remove_link(link.id)
    cause = Cause("xero_refused", {"message": "No."})
    books.xt.store.add_outcomes([replace(held, id=None, result="failed", cause=cause)])

    (found,) = books.xt.proof.reconcile().differences

    assert ("Refused", "xero_refused") == (found.name, found.cure.code)


def test_what_is_out_of_scope_is_counted_by_reason(books: World) -> None:
    """Not ticked, in a status that is not synced, a bill, an archived contact."""
    organisation(books, "Not ticked", xero_sync=False)
    books.settings("Invoices", statuses=("Approved",))
    bell = books.host.find("Organizations", "accountname", "Bell")[0].ref.id
    invoice(books, "I9", bell, invoicestatus="Created")
    contact = books.xero_id("Organizations", bell)
    books.sandbox.add(
        "Invoices",
        {
            "Type": "ACCPAY",
            "Contact": {"ContactID": contact},
            "InvoiceNumber": "I1",
            "LineItems": [{"Description": "Rent", "Quantity": 1, "UnitAmount": 5}],
        },
    )
    made = books.sandbox.add("Contacts", {"Name": "Old"})
    books.sandbox.edit("Contacts", made["ContactID"], {"ContactStatus": "ARCHIVED"})

    found = books.xt.proof.reconcile()

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

    found = count(books.xt.proof.reconcile(), "Organizations")

    assert ({"not_selected": 1}, {"not_selected": 1}) == (found.crm.left_out, found.xero.left_out)


def test_every_record_read_is_counted_once(books: World) -> None:
    """In scope and left out together are the records of each side."""
    organisation(books, "Bad <sign>")
    books.sandbox.add("Contacts", {"Name": "New there"})
    books.sync()
    organisation(books, "Later")

    found = books.xt.proof.reconcile()

    in_crm: dict[str, int] = {}
    for one in found.modules:
        in_crm[one.module] = in_crm.get(one.module, 0) + one.crm.read
    assert {module: len(books.host.all(module)) for module in in_crm} == in_crm
    kinds = {"Contact": "Contacts", "Item": "Items", "Invoice": "Invoices", "Payment": "Payments"}
    read: dict[str, int] = {}
    for one in found.modules:
        read[one.kind] = read.get(one.kind, 0) + one.xero.read
    assert {"Person": 0, **{k: len(books.xero(table)) for k, table in kinds.items()}} == read


def test_documents_before_a_day_are_left_out(books: World) -> None:
    """Since November: the invoice of October is out of scope on both sides."""
    found = books.xt.proof.reconcile(since=date(2026, 11, 1))

    invoices = count(found, "Invoices")
    assert ({"before_since": 1}, {"before_since": 1}) == (
        invoices.crm.left_out,
        invoices.xero.left_out,
    )
    assert ["2026-11"] == [row.month for row in found.sums]


def test_a_pair_is_in_scope_when_one_day_is(books: World) -> None:
    """Redated in Xero to before the day asked for: the difference is not hidden."""
    xero_id = books.xero_id("Invoices", numbered(books, "I2"))
    books.sandbox.edit("Invoices", xero_id, {"Date": "2026-10-30"})

    found = books.xt.proof.reconcile(since=date(2026, 11, 1))

    assert [("I2", "Invoice Date", date(2026, 11, 2), date(2026, 10, 30))] == fields(found)


def test_one_module_alone(books: World) -> None:
    """Only what was asked for is compared; lines still know the codes of items."""
    organisation(books, "New here")

    found = books.xt.proof.reconcile(modules=["Invoices"])

    assert (True, ["Invoices"]) == (found.agrees, [one.module for one in found.modules])
