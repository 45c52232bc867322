"""The other ways that a cure names, after its "or": each ends the trouble of the same story."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from tests.engine.plan.test_foreseen import _tracked
from tests.stories.cures import documents, foreseen, records
from tests.stories.cures.telling import Seen, Story, code_now, enter
from tests.stories.sync.people import line, payment, product, unpaid_in_xero
from tests.world import World

Way = Callable[[World, Seen], object]


def _otherwise(story: Story, way: Way) -> Story:
    """The trouble of a story with another end."""

    def told(world: World) -> Iterator[Seen]:
        begun = story(world)
        assert isinstance(begun, Generator)
        seen = next(begun)
        yield seen
        begun.close()
        way(world, seen)

    return told


def _edited(**values: object) -> Way:
    return lambda world, seen: world.host.edit(seen.module, str(seen.crm_id), **values)


def _line_edited(**values: object) -> Way:
    def way(world: World, seen: Seen) -> None:
        (first,) = world.host.record("Invoices", str(seen.crm_id)).lines
        world.host.edit_lines("Invoices", str(seen.crm_id), [{"id": first["id"], **values}])

    return way


def _typed(*words: str) -> Way:
    return lambda world, _seen: enter(world, *words)


def _in_xero(kind: str, **values: object) -> Way:
    def way(world: World, seen: Seen) -> None:
        there = world.xero_id(seen.module, str(seen.crm_id))
        world.sandbox.edit(kind, there, values)

    return way


def _more_stock(world: World, _seen: Seen) -> None:
    """More of it is bought in Xero."""
    (seller,) = (raw for raw in world.xero("Contacts") if raw["Name"] == "Seller")
    bought = {"ItemCode": "P1", "Description": "Stock", "Quantity": 10, "UnitAmount": 1}
    world.sandbox.add(
        "Invoices",
        {
            "Type": "ACCPAY",
            "Contact": {"ContactID": seller["ContactID"]},
            "Date": "2026-11-01",
            "DueDate": "2026-12-01",
            "Status": "AUTHORISED",
            "LineItems": [bought],
        },
    )


def _approved_there(world: World, seen: Seen) -> None:
    bill = str(world.host.record("Payments", str(seen.crm_id)).values["invoice_id"])
    there = world.xero_id("Invoices", bill)
    world.sandbox.edit("Invoices", there, {"Status": "AUTHORISED"})


def _paid_here(world: World, seen: Seen) -> None:
    payment(world, str(seen.crm_id))


def _without_persons(world: World, seen: Seen) -> None:
    there = world.xero_id(seen.module, str(seen.crm_id))
    world.sandbox.edit("Contacts", there, {"ContactPersons": []})


def _deleted_there(world: World, seen: Seen) -> None:
    unpaid_in_xero(world, world.xero_id("Payments", str(seen.crm_id)))


def _account_on_the_product(world: World, seen: Seen) -> None:
    goods = product(world, "P1", unit_price=Decimal(10), sales_account="200")
    _line_edited(product_id=goods)(world, seen)


def _same_in_xero(world: World, seen: Seen) -> None:
    ours = world.in_crm(seen.module, str(seen.crm_id), "email1")
    there = world.xero_id(seen.module, str(seen.crm_id))
    world.sandbox.edit("Contacts", there, {"EmailAddress": ours})


def fine_quantity(world: World) -> Iterator[Seen]:
    """The sentence names the quantity, of which Xero keeps the stock."""
    goods = _tracked(world, "P2", 9)
    sold = line("1", quantity=Decimal("1.00001"), product_id=goods)
    seen = documents._made(world, [sold])
    yield seen
    said = world.xt.sentences.cause(world.outcome("Invoices", str(seen.crm_id)).cause, "browser")[0]
    assert "quantity" in said.casefold(), said
    assert code_now(world, seen) == "price_too_fine"
    _line_edited(quantity=Decimal(1))(world, seen)


#: (code, way) → story.
WAYS: Mapping[tuple[str, str], Story] = MappingProxyType(
    {
        ("stock_short", "raise it"): _otherwise(foreseen.stock_short, _more_stock),
        ("payment_needs_approval", "in Xero"): _otherwise(
            documents.payment_needs_approval, _approved_there
        ),
        ("paid_without_payment", "payment here"): _otherwise(
            documents.paid_without_payment, _paid_here
        ),
        ("paid_without_payment", "status"): _otherwise(
            documents.paid_without_payment, _edited(invoicestatus="Approved")
        ),
        ("price_too_fine", "quantity"): fine_quantity,
        ("group_discount", "on the lines"): _otherwise(
            documents.group_discount_stated,
            _typed("mapping", "set", "Invoices", "discount_on_lines", "on"),
        ),
        ("duplicate_skipped", "link"): _otherwise(
            records.duplicate_skipped,
            _typed("modules", "set", "Organizations", "--duplicates", "ask"),
        ),
        ("contact_same_name", "rename"): _otherwise(
            records.contact_same_name, _edited(accountname="Acme Two")
        ),
        ("contact_near_name", "rename"): _otherwise(
            records.contact_near_name, _edited(accountname="Quite another")
        ),
        ("entered_anew", "rename"): _otherwise(
            records.entered_anew, _edited(accountname="Acme Two")
        ),
        ("both_changed", "on both sides"): _otherwise(records.both_changed, _same_in_xero),
        ("first_link_differs", "on both sides"): _otherwise(
            records.first_link_differs, _edited(email1="theirs@acme.example")
        ),
        ("archived_in_xero", "number off"): _otherwise(
            records.archived_in_xero, _edited(account_no="", accountname="Acme Two")
        ),
        ("email_needed", "without persons"): _otherwise(foreseen.email_needed, _without_persons),
        ("edited_in_xero", "both ways"): _otherwise(
            documents.edited_in_xero, _typed("modules", "set", "Invoices", "--direction", "both")
        ),
        ("edited_in_crm", "both ways"): _otherwise(
            documents.edited_in_crm, _typed("modules", "set", "Invoices", "--direction", "both")
        ),
        ("period_locked", "date"): _otherwise(
            documents.period_locked, _edited(invoicedate=date(2026, 11, 20))
        ),
        ("payment_taken_back", "in Xero"): _otherwise(documents.payment_taken_back, _deleted_there),
        ("account_missing", "on the product"): _otherwise(
            documents.account_missing, _account_on_the_product
        ),
        ("tax_archived", "another"): _otherwise(
            foreseen.tax_archived, _line_edited(tax_name="", tax_percent=None)
        ),
        ("tax_unknown", "correct the line"): _otherwise(
            documents.tax_unknown,
            _line_edited(tax_name="20% (VAT on Income)", tax_percent=Decimal(20)),
        ),
        ("tax_account_mismatch", "another tax"): _otherwise(
            documents.tax_account_mismatch, _line_edited(tax_name="", tax_percent=None)
        ),
        ("status_unknown", "another"): _otherwise(
            documents.status_unknown, _edited(invoicestatus="Approved")
        ),
        ("cancel_not_allowed", "void it"): _otherwise(
            documents.cancel_not_allowed, _in_xero("Invoices", Status="VOIDED")
        ),
        ("stored_otherwise", "change it here"): _otherwise(
            records.stored_otherwise, _edited(accountname="Acme")
        ),
        ("total_negative", "draft"): _otherwise(
            documents.total_negative, _edited(invoicestatus="Created")
        ),
    }
)
