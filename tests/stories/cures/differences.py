"""Stories of the proof: what makes two sides differ, how that is told, and what ends it."""

# size: one story per kind of difference, each a few lines

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tests.stories.cures.telling import enter
from tests.stories.sync.money import stored
from tests.stories.sync.people import (
    invoice,
    line,
    organisation,
    paid_in_xero,
    payment,
    product,
    unpaid_in_xero,
)
from tests.stories.sync.test_invoices_in import in_xero
from tests.stories.sync.test_missing_sides import removed_from_the_sandbox
from tests.world import World
from xtiger.model.records import Field

#: Makes the trouble, yields once, then does what the cure says but for its command.
Story = Callable[[World], Iterator[None]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One kind of difference: how the proof tells it, and the story of it."""

    #: What people read as the field.
    field: str
    #: Of the cure.
    code: str
    story: Story


#: Name → difference.
DIFFERENCES: dict[str, Difference] = {}


def tells(field: str, code: str, name: str = "") -> Callable[[Story], Story]:
    """A story that comes to this difference."""

    def keep(story: Story) -> Story:
        DIFFERENCES[name or story.__name__] = Difference(field, code, story)
        return story

    return keep


def _acme(world: World, **values: Any) -> str:
    acme = organisation(world, "Acme", **values)
    world.sync()
    return acme


def _billed(world: World, *lines: dict[str, Any], **values: Any) -> str:
    bill = invoice(world, "I1", organisation(world, "Acme"), list(lines) or None, **values)
    world.sync()
    return bill


def _first(world: World, bill: str, **values: Any) -> None:
    """Edit the first line in the CRM; the others stay."""
    first, *rest = world.host.record("Invoices", bill).lines
    lines = [{"id": first["id"], **values}, *({"id": one["id"]} for one in rest)]
    world.host.edit_lines("Invoices", bill, lines)


def _there(world: World, bill: str, **values: Any) -> None:
    """Edit the first line in Xero, which computes the sums anew."""
    first, *rest = world.in_xero("Invoices", bill)["LineItems"]
    edited = {**first, "LineAmount": None, "TaxAmount": None, **values}
    world.sandbox.edit("Invoices", world.xero_id("Invoices", bill), {"LineItems": [edited, *rest]})


def _only_to_crm(world: World, module: str, field: str) -> None:
    """Let a field travel from Xero only."""
    saved = world.xt.mappings.get(module)
    assert saved is not None
    rows = [replace(row, direction="to_crm") if field in row.crm else row for row in saved.rows]
    assert rows != list(saved.rows)
    world.xt.mappings.save(replace(saved, rows=tuple(rows)))


def _two_places(world: World, name: str, field: str) -> None:
    """Let the CRM keep a number with two places only."""

    def coarse(one: Field) -> Field:
        return replace(one, type="decimal", decimals=2) if one.name == field else one

    old = world.host._modules[name]
    world.host._modules[name] = replace(
        old, fields=tuple(map(coarse, old.fields)), lines=tuple(map(coarse, old.lines))
    )


def _nameless_taxes(world: World) -> None:
    """Let the lines of the CRM have a percentage and nothing else of a tax."""
    old = world.host._modules["Invoices"]
    kept = [one for one in old.lines if one.name not in ("tax_name", "taxes")]
    world.host._modules["Invoices"] = replace(old, lines=tuple(kept))


# --- whole records ---------------------------------------------------------------------------


@tells("record", "sync")
def only_in_the_crm(world: World) -> Iterator[None]:
    organisation(world, "Acme")
    yield


@tells("record", "sync")
def only_in_xero(world: World) -> Iterator[None]:
    world.sandbox.add("Contacts", {"Name": "Bell"})
    yield


@tells("record", "sync")
def new_bill_of_a_new_customer(world: World) -> Iterator[None]:
    invoice(world, "I1", organisation(world, "Acme"))
    yield


@tells("record", "sync")
def new_payment_of_a_new_bill(world: World) -> Iterator[None]:
    payment(world, invoice(world, "I1", organisation(world, "Acme")))
    yield


@tells("record", "sync")
def new_bill_there(world: World) -> Iterator[None]:
    in_xero(world, str(world.sandbox.add("Contacts", {"Name": "Bell"})["ContactID"]))
    yield


@tells("record", "lost_in_xero")
def archived_there(world: World) -> Iterator[None]:
    acme = _acme(world)
    there = world.xero_id("Organizations", acme)
    world.sandbox.edit("Contacts", there, {"ContactStatus": "ARCHIVED"})
    yield
    world.sync()
    enter(world, "conflicts", "solve", "Organizations", acme, "--keep", "crm")


@tells("record", "lost_in_xero")
def item_deleted_there(world: World) -> Iterator[None]:
    goods = product(world, "P1", unit_price=Decimal(5))
    world.sync()
    removed_from_the_sandbox(world, "Items", world.xero_id("Products", goods))
    yield
    world.sync()
    enter(world, "conflicts", "solve", "Products", goods, "--keep", "crm")


@tells("record", "lost_in_crm")
def deleted_here(world: World) -> Iterator[None]:
    acme = _acme(world)
    world.host.remove("Organizations", acme)
    yield
    world.sync()
    enter(world, "conflicts", "solve", "Organizations", acme, "--keep", "xero")


@tells("record", "duplicate")
def twice_in_xero(world: World) -> Iterator[None]:
    bill = _billed(world)
    there = world.in_xero("Invoices", bill)
    second = in_xero(world, there["ContactID"], InvoiceNumber="X1")
    world.sandbox.edit("Invoices", second, {"InvoiceNumber": "I1"})
    yield
    world.sandbox.edit("Invoices", second, {"Status": "VOIDED"})


@tells("record", "unreadable")
def nonsense_there(world: World) -> Iterator[None]:
    bill = _billed(world)
    stored(world, bill, CurrencyRate=Decimal("1e40"))
    yield
    stored(world, bill, CurrencyRate=Decimal(1))


# --- mapped fields ---------------------------------------------------------------------------


@tells("Primary Phone", "sync")
def edited_here(world: World) -> Iterator[None]:
    world.host.edit("Organizations", _acme(world), phone="1")
    yield


@tells("Primary Email", "sync")
def edited_there(world: World) -> Iterator[None]:
    there = world.xero_id("Organizations", _acme(world, email1="a@b.example"))
    world.sandbox.edit("Contacts", there, {"EmailAddress": "b@b.example"})
    yield


@tells("Primary Email", "both_changed")
def edited_on_both(world: World) -> Iterator[None]:
    acme = _acme(world, email1="a@b.example")
    world.sandbox.edit(
        "Contacts", world.xero_id("Organizations", acme), {"EmailAddress": "b@b.example"}
    )
    world.host.edit("Organizations", acme, email1="c@b.example")
    world.sync()
    yield
    enter(world, "conflicts", "solve", "Organizations", acme, "--keep", "xero", "--all")


@tells("Primary Email", "both_edited")
def edited_on_both_just_now(world: World) -> Iterator[None]:
    acme = _acme(world, email1="a@b.example")
    there = world.xero_id("Organizations", acme)
    world.sandbox.edit("Contacts", there, {"EmailAddress": "b@b.example"})
    world.host.edit("Organizations", acme, email1="c@b.example")
    yield
    enter(world, "sync", "Organizations")
    enter(world, "conflicts", "solve", "Organizations", acme, "--keep", "xero", "--all")


@tells("Invoice Number", "one_way_to_xero")
def against_its_direction(world: World) -> Iterator[None]:
    there = world.xero_id("Invoices", _billed(world))
    world.sandbox.edit("Invoices", there, {"InvoiceNumber": "OTHER"})
    yield
    world.sandbox.edit("Invoices", there, {"InvoiceNumber": "I1"})


@tells("Primary Phone", "one_way_to_crm")
def edited_where_it_only_comes_in(world: World) -> Iterator[None]:
    acme = _acme(world, phone="1")
    _only_to_crm(world, "Organizations", "phone")
    world.host.edit("Organizations", acme, phone="2")
    yield
    world.host.edit("Organizations", acme, phone="1")


@tells("Primary Phone", "update_off")
def switched_off(world: World) -> Iterator[None]:
    acme = _acme(world)
    enter(world, "modules", "set", "Organizations", "--update-in-xero", "off")
    world.host.edit("Organizations", acme, phone="1")
    world.sync()
    yield
    enter(world, "modules", "set", "Organizations", "--update-in-xero", "on")


@tells("Organization Name", "sync")
def other_customer(world: World) -> Iterator[None]:
    bill = _billed(world)
    bell = organisation(world, "Bell")
    world.sync()
    there = {"ContactID": world.xero_id("Organizations", bell)}
    world.sandbox.edit("Invoices", world.xero_id("Invoices", bill), there)
    yield


@tells("Unit Price", "kept_coarser")
def finer_price_there(world: World) -> Iterator[None]:
    """A CRM whose prices have two places."""
    goods = product(world, "P1", unit_price=Decimal(5))
    world.sync()
    there = world.xero_id("Products", goods)
    _two_places(world, "Products", "unit_price")
    world.sandbox.edit("Items", there, {"SalesDetails": {"UnitPrice": Decimal("1.2345")}})
    world.sync()
    yield
    world.sandbox.edit("Items", there, {"SalesDetails": {"UnitPrice": Decimal("1.23")}})


# --- status and currency ---------------------------------------------------------------------


@tells("Status", "sync")
def approved_here(world: World) -> Iterator[None]:
    bill = _billed(world, invoicestatus="Created")
    world.host.edit("Invoices", bill, invoicestatus="Approved")
    yield


@tells("Status", "sync")
def set_back_there(world: World) -> Iterator[None]:
    stored(world, (_billed(world)), Status="DRAFT")
    yield


@tells("Status", "status_unknown")
def no_such_status(world: World) -> Iterator[None]:
    world.host.edit("Invoices", _billed(world), invoicestatus="Pondered")
    yield
    enter(world, "mapping", "set", "Invoices", "status:Pondered", "AUTHORISED")


@tells("Status", "cancel_not_allowed")
def cancelled_here(world: World) -> Iterator[None]:
    world.host.edit("Invoices", _billed(world), invoicestatus="Cancel")
    yield
    enter(world, "modules", "set", "Invoices", "--delete-in-xero", "on")


@tells("Status", "credit_invoice")
def credited_here(world: World) -> Iterator[None]:
    bill = _billed(world)
    world.host.edit("Invoices", bill, invoicestatus="Credit Invoice")
    yield
    world.host.edit("Invoices", bill, invoicestatus="Approved")


@tells("Status", "paid_without_payment")
def paid_by_word(world: World) -> Iterator[None]:
    bill = _billed(world)
    world.host.edit("Invoices", bill, invoicestatus="Paid")
    yield
    payment(world, bill)


@tells("Currency", "currency_apart")
def other_currency(world: World) -> Iterator[None]:
    world.sandbox.add("Currencies", {"Code": "USD"})
    bill = _billed(world)
    stored(world, bill, CurrencyCode="USD")
    yield
    stored(world, bill, CurrencyCode="GBP")


# --- lines -----------------------------------------------------------------------------------


@tells("Line 2", "sync")
def line_added_here(world: World) -> Iterator[None]:
    bill = _billed(world)
    first = world.host.record("Invoices", bill).lines[0]
    world.host.edit_lines("Invoices", bill, [{"id": first["id"]}, line("5", name="More")])
    yield


@tells("Line 2", "sync")
def line_added_there(world: World) -> Iterator[None]:
    bill = _billed(world)
    more = {
        "Description": "More",
        "Quantity": 1,
        "UnitAmount": 5,
        "AccountCode": "200",
        "TaxType": "NONE",
    }
    lines = [*world.in_xero("Invoices", bill)["LineItems"], more]
    world.sandbox.edit("Invoices", world.xero_id("Invoices", bill), {"LineItems": lines})
    yield


def _line_here(label: str, **values: Any) -> None:
    @tells(f"Line 1: {label}", "sync", f"{label} here")
    def story(world: World) -> Iterator[None]:
        _first(world, _billed(world, line("100")), **values)
        yield


def _line_there(label: str, **values: Any) -> None:
    @tells(f"Line 1: {label}", "sync", f"{label} there")
    def story(world: World) -> Iterator[None]:
        _there(world, _billed(world, line("100")), **values)
        yield


_line_here("Quantity", quantity=Decimal(2))
_line_there("Quantity", Quantity=2)
_line_here("Description", comment="Other")
_line_there("Description", Description="Other")
_line_here("Price", listprice=Decimal(3))
_line_there("Price", UnitAmount=Decimal("3.1234"))
_line_here("Discount %", discount_percent=Decimal(5))
_line_there("Discount %", DiscountRate=Decimal(5))
_line_here("Discount", discount_amount=Decimal(5))
_line_there("Discount", DiscountAmount=Decimal(5))
_line_here("Account", account="260")
_line_here("Tax", tax_name="20% (VAT on Income)", tax_percent=Decimal(20))
_line_there("Tax", TaxType="OUTPUT2")


@tells("Line 1: Item", "sync")
def item_there(world: World) -> Iterator[None]:
    product(world, "P1", unit_price=Decimal(5), sales_account="200")
    _there(world, _billed(world), ItemCode="P1")
    yield


@tells("Line 1: Item", "sync")
def item_here(world: World) -> Iterator[None]:
    bill = _billed(world)
    _first(world, bill, product_id=product(world, "P1", unit_price=Decimal(5)))
    world.sync("Products")
    yield


@tells("Line 1: Account", "sync")
def account_there(world: World) -> Iterator[None]:
    _there(world, _billed(world, line(account="200")), AccountCode="260")
    yield


@tells("Line 1: Item", "sync")
def item_taken_off_there(world: World) -> Iterator[None]:
    goods = product(world, "P1", unit_price=Decimal(5))
    bill = _billed(world, {"product_id": goods, "quantity": Decimal(1), "listprice": Decimal(5)})
    _there(world, bill, ItemCode="")
    yield


@tells("Line 1: Price", "kept_coarser")
def finer_line_there(world: World) -> Iterator[None]:
    bill = _billed(world, line("100"))
    _two_places(world, "Invoices", "listprice")
    _there(world, bill, UnitAmount=Decimal("1.2345"))
    world.sync()
    yield
    _there(world, bill, UnitAmount=Decimal("1.23"))


@tells("Line 1: Tax", "left_apart")
def tax_that_the_crm_cannot_name(world: World) -> Iterator[None]:
    _nameless_taxes(world)
    bill = _billed(world, line("100", tax_percent=Decimal(20)))
    _there(world, bill, TaxType="EXEMPTOUTPUT")
    world.sync()
    yield
    _there(world, bill, TaxType="OUTPUT2")


@tells("Lines", "tax_unknown")
def no_such_tax(world: World) -> Iterator[None]:
    _first(world, _billed(world), tax_percent=Decimal(19), tax_name="VAT 19 %")
    yield
    enter(world, "mapping", "set", "Invoices", "tax:VAT 19 %", "OUTPUT2")


# --- amounts ---------------------------------------------------------------------------------


def _paid(world: World) -> tuple[str, str]:
    bill = _billed(world)
    money = payment(world, bill)
    world.sync()
    world.sync()
    return bill, money


@tells("Paid", "money")
def received_typed(world: World) -> Iterator[None]:
    bill = _billed(world)
    world.host.edit("Invoices", bill, received="10")
    yield
    payment(world, bill)


@tells("Due", "money")
def due_typed(world: World) -> Iterator[None]:
    bill = _billed(world)
    world.host.edit("Invoices", bill, balance="4", received="6")
    yield
    payment(world, bill, "6")


@tells("Due", "money")
def paid_there(world: World) -> Iterator[None]:
    bill = _billed(world, balance="10", received="0")
    paid_in_xero(world, world.xero_id("Invoices", bill))
    yield
    world.host.edit("Invoices", bill, balance="0", received="10")


@tells("Total", "total_apart")
def total_typed(world: World) -> Iterator[None]:
    bill = _billed(world, total="10")
    world.host.edit("Invoices", bill, total="10.01")
    yield
    world.host.edit("Invoices", bill, total="10")


@tells("Total", "value_unreadable")
def total_of_letters(world: World) -> Iterator[None]:
    bill = _billed(world, total="10")
    world.host.edit("Invoices", bill, total="ten")
    yield
    world.host.edit("Invoices", bill, total="10")


@tells("Total", "sync")
def total_of_lines(world: World) -> Iterator[None]:
    _first(world, _billed(world), listprice="11")
    yield


@tells("Tax", "sums_apart")
def tax_by_hand(world: World) -> Iterator[None]:
    bill = _billed(world, line(tax_name="20% (VAT on Income)", tax_percent=Decimal(20)))
    stored(world, bill, SubTotal=Decimal("9.99"), TotalTax=Decimal("2.01"))
    yield
    stored(world, bill, SubTotal=Decimal(10), TotalTax=Decimal(2))


@tells("Amount", "sync")
def payment_changed(world: World) -> Iterator[None]:
    _, money = _paid(world)
    world.host.edit("Payments", money, amount=Decimal(4))
    yield


@tells("record", "lost_in_xero")
def payment_taken_there(world: World) -> Iterator[None]:
    _, money = _paid(world)
    unpaid_in_xero(world, world.xero_id("Payments", money))
    yield
    world.sync()
    enter(world, "conflicts", "solve", "Payments", money, "--keep", "crm")
