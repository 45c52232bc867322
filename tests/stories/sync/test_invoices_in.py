"""Invoices from Xero: created in the CRM with lines, bills left out, and what holds one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import invoice, organisation, product
from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules
from xtiger.model.links import Base
from xtiger.model.records import Field, Record


def contact(world: World, name: str = "Acme") -> str:
    """A contact made in Xero; answers its id."""
    return str(world.sandbox.add("Contacts", {"Name": name})["ContactID"])


def xero_line(price: str = "10", text: str = "Work", **values: Any) -> dict[str, Any]:
    """A line as somebody enters it in Xero."""
    return {
        "Description": text,
        "Quantity": 1,
        "UnitAmount": Decimal(price),
        "AccountCode": "200",
        "TaxType": "NONE",
        **values,
    }


def in_xero(world: World, contact_id: str, *lines: dict[str, Any], **values: Any) -> str:
    """An approved invoice made in Xero; answers its id."""
    element = {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact_id},
        "Date": "2026-11-02",
        "DueDate": "2026-12-02",
        "Status": "AUTHORISED",
        "LineItems": list(lines) or [xero_line()],
        **values,
    }
    return str(world.sandbox.add("Invoices", element)["InvoiceID"])


def only(world: World) -> Record:
    """The one invoice of the CRM."""
    (found,) = world.host.all("Invoices")
    return found


def told(world: World, xero_id: str) -> str:
    """The code that the newest outcome of a Xero invoice has, else its result."""
    found = next(
        o for o in world.xt.sync.outcomes(module="Invoices", limit=50) if o.xero_id == xero_id
    )
    return found.cause.code if found.cause else found.result


def base_of(world: World, crm_id: str) -> Base:
    """What was last agreed on for an invoice."""
    link = world.xt.store.links_by_crm(world.xt.connections.get().id, "Invoices", [crm_id])[crm_id]
    assert link.id is not None
    return world.xt.store.bases([link.id])[link.id]


#: What is typed of a line.
_TYPED = ("product_id", "comment", "quantity", "listprice", "discount_percent", "tax_percent")


def _of(values: Mapping[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(values[name] for name in names)


@pytest.mark.feature("F024")
@pytest.mark.feature("F034")
@pytest.mark.feature("F064")
def test_a_new_invoice_comes_in_with_its_contact_in_one_run(world: World) -> None:
    """Contact and invoice made in Xero: both in the CRM after one run, with every field."""
    goods = product(world, "P1", sales_account="200")
    world.sync()
    xero_id = in_xero(
        world,
        contact(world),
        xero_line("100", "Tea", ItemCode="P1", DiscountRate=10, TaxType="OUTPUT2"),
        xero_line("5.5", "Delivery on foot", Quantity=2, TaxType="ZERORATEDOUTPUT"),
        Reference="Order 7",
        SentToContact=True,
    )

    world.sync()

    values, (first, second) = only(world).values, only(world).lines
    assert "Acme" == world.in_crm("Organizations", values["account_id"], "accountname")
    assert ("Order 7", date(2026, 11, 2), date(2026, 12, 2), "Sent", "GBP") == _of(
        values, "subject", "invoicedate", "duedate", "invoicestatus", "currency"
    )
    assert (Decimal(119), 0, Decimal(119), "individual", "INV-0001") == _of(
        values, "total", "received", "balance", "taxtype", "invoice_no"
    )
    assert (goods, "Tea", 1, 100, 10, 20) == _of(first, *_TYPED)
    assert ("20% (VAT on Income)", "200") == _of(first, "tax_name", "account")
    assert (None, "Delivery on foot", 2, Decimal("5.5"), None, 0) == _of(second, *_TYPED)
    assert xero_id == world.xero_id("Invoices", only(world).ref.id)
    assert 0 == world.actions()


@pytest.mark.feature("F026")
def test_bills_stay_out_and_nobody_is_asked(world: World) -> None:
    """A bill is excluded each time it is seen, and never becomes an invoice."""
    bill = in_xero(world, contact(world), Type="ACCPAY", InvoiceNumber="B1")

    for _ in range(2):
        world.sync(full=True)

        assert "bill_not_carried" == told(world, bill)
    assert () == tuple(world.host.all("Invoices"))


def test_an_invoice_waits_for_its_contact(world: World) -> None:
    """Contacts do not come in: the invoice is held by name; switched on, both come in one run."""
    world.settings("Organizations", direction="to_xero")
    xero_id = in_xero(world, contact(world, "Acme"))
    world.sync()
    assert "parent_left_out" == told(world, xero_id)
    world.settings("Organizations", direction="both")

    world.sync()

    assert "Acme" == world.in_crm("Organizations", only(world).values["account_id"], "accountname")


def test_a_contact_that_the_crm_refuses_holds_its_invoice(tmp_path: Path) -> None:
    """Planned together, refused in the CRM: the invoice is not made for nobody."""
    modules = [_no_new_x(module) for module in standard_modules()]
    with make_world(tmp_path, modules=modules) as world:
        world.connect()
        xero_id = in_xero(world, contact(world, "An all too long name"))
        world.sync()

        assert "waits_for_parent" == told(world, xero_id)
        assert () == tuple(world.host.all("Invoices"))


def _no_new_x(module: Any) -> Any:
    if module.name != "Organizations":
        return module
    fields = tuple(
        replace(f, max_length=5) if f.role == "organisation.name" else f for f in module.fields
    )
    return replace(module, fields=fields)


def test_a_line_names_an_item_of_the_same_run(world: World) -> None:
    """Item, contact and invoice are new in Xero: the line sells the new product at once."""
    world.sandbox.add("Items", {"Code": "NEW", "Name": "New thing"})
    in_xero(world, contact(world), xero_line(ItemCode="NEW"))

    world.sync()

    (line,) = only(world).lines
    assert "New thing" == world.in_crm("Products", line["product_id"], "productname")
    assert 0 == world.actions()


def test_a_service_stays_a_service(world: World) -> None:
    """A line of an item that is a service in the CRM sells the service."""
    work = product(world, "S1", module="Services")
    world.sync()
    in_xero(world, contact(world), xero_line(ItemCode="S1"))

    world.sync()

    (line,) = only(world).lines
    assert (None, work) == (line["product_id"], line["service_id"])


def test_services_travel_both_ways_and_new_items_are_products(world: World) -> None:
    """A service changed in Xero comes back; a new item is a product unless the mapping says."""
    work = product(world, "S1", module="Services")
    world.sync()
    item = next(raw for raw in world.xero("Items") if raw["Code"] == "S1")
    world.sandbox.edit("Items", item["ItemID"], {"Name": "Advice"})
    world.sandbox.add("Items", {"Code": "N1", "Name": "One"})
    world.sync()
    mapping = world.xt.mappings.get("Services")
    assert mapping is not None
    world.xt.mappings.save(replace(mapping, options={"new_items": "Services"}))
    world.sandbox.add("Items", {"Code": "N2", "Name": "Two"})
    world.sync()

    assert "Advice" == world.in_crm("Services", work, "servicename")
    assert ["One"] == [r.values["productname"] for r in world.host.all("Products")]
    assert ["Advice", "Two"] == [r.values["servicename"] for r in world.host.all("Services")]


def test_an_item_that_never_comes_leaves_a_line_of_text(world: World) -> None:
    """Items stay out by setting: the line comes in without product, its amount is right."""
    for module in ("Products", "Services"):
        world.settings(module, direction="to_xero")
    world.sandbox.add("Items", {"Code": "X1", "Name": "Thing"})
    in_xero(world, contact(world), xero_line("7", "Thing of Xero", ItemCode="X1"))

    world.sync()

    (line,) = only(world).lines
    assert (None, "Thing of Xero", 7) == (line["product_id"], line["comment"], line["listprice"])
    assert 0 == world.actions()


@pytest.mark.feature("F062")
def test_charges_come_back_as_charges(world: World) -> None:
    """A line called Charges becomes the shipping charge with its tax, and goes out as that line."""
    xero_id = in_xero(
        world, contact(world), xero_line("10"), xero_line("5", "charges", TaxType="OUTPUT2")
    )
    world.sync()
    made = only(world)
    assert (1, 5, 20, 16) == (
        len(made.lines),
        made.values["charges"],
        made.values["charges_tax"],
        made.values["total"],
    )
    assert 0 == world.actions()
    ids = [x["LineItemID"] for x in world.in_xero("Invoices", made.ref.id)["LineItems"]]
    world.host.edit("Invoices", made.ref.id, charges=Decimal(10), total=Decimal(22))

    world.sync()

    after = world.in_xero("Invoices", made.ref.id)
    assert xero_id == after["InvoiceID"]
    assert (Decimal(22), ids) == (after["Total"], [x["LineItemID"] for x in after["LineItems"]])
    assert 0 == world.actions()


def test_charges_changed_or_deleted_in_xero_come_in(world: World) -> None:
    """Another amount, two pieces of it, and no charges at all: the head follows to the cent."""
    acme = organisation(world, "Acme")
    crm_id = invoice(world, "I1", acme, charges=Decimal(7), total=Decimal(17))
    world.sync()
    xero_id = world.xero_id("Invoices", crm_id)
    for count, price, wanted in ((1, "8", 8), (2, "4.25", Decimal("8.5"))):
        work, charges = world.in_xero("Invoices", crm_id)["LineItems"]
        edited = [_kept(work), {**_kept(charges), "Quantity": count, "UnitAmount": Decimal(price)}]
        world.sandbox.edit("Invoices", xero_id, {"LineItems": edited})
        world.sync()

        values = world.host.record("Invoices", crm_id).values
        assert (wanted, wanted + 10) == (values["charges"], values["total"])
        assert 0 == world.actions()
    work, _ = world.in_xero("Invoices", crm_id)["LineItems"]
    world.sandbox.edit("Invoices", xero_id, {"LineItems": [_kept(work)]})
    world.sync()

    values = world.host.record("Invoices", crm_id).values
    assert (0, 10) == (values["charges"], values["total"])
    assert 0 == world.actions()


def _kept(line: Any) -> dict[str, Any]:
    """A line as somebody sends it back to Xero: without what Xero computes."""
    return {k: v for k, v in line.items() if k not in ("LineAmount", "TaxAmount", "AccountID")}


@pytest.fixture
def named(tmp_path: Path) -> Iterator[World]:
    """A world whose CRM demands a name on each line."""
    modules = [
        replace(
            m,
            lines=tuple(replace(f, required=True) if f.role == "line.name" else f for f in m.lines),
        )
        for m in standard_modules()
    ]
    with make_world(tmp_path, modules=modules) as made:
        made.connect()
        made.default_account()
        yield made


@pytest.mark.feature("F063")
def test_a_line_without_a_name_gets_six_question_marks(named: World) -> None:
    """Where the CRM demands a name, an item-less line is called ??????; others by their item."""
    named.sandbox.add("Items", {"Code": "A", "Name": "Tea"})
    in_xero(named, contact(named), xero_line(text="Something"), xero_line(ItemCode="A"))

    named.sync()

    assert ["??????", "Tea"] == [line["name"] for line in only(named).lines]
    assert 0 == named.actions()


def test_a_comment_comes_in_as_text(world: World) -> None:
    """A line of text alone is one in the CRM, too, with zeros where it demands numbers."""
    in_xero(world, contact(world), xero_line(), {"Description": "Thank you"})

    world.sync()

    assert [("Work", 1), ("Thank you", 0)] == [
        (line["comment"], line["quantity"]) for line in only(world).lines
    ]
    assert 0 == world.actions()


# --- twins, filters, directions --------------------------------------------------------------


def test_a_number_that_the_crm_has_is_told(world: World) -> None:
    """Not ticked in the CRM: excluded; linked to another document: held; nothing is doubled."""
    acme = organisation(world, "Acme")
    invoice(world, "INV-0001", acme, xero_sync=False)
    world.sync()
    first = in_xero(world, world.xero_id("Organizations", acme))
    world.sync()

    assert "twin_not_selected" == told(world, first)
    assert 1 == len(world.host.all("Invoices"))


def test_the_number_of_a_linked_invoice_is_taken(world: World) -> None:
    """Xero gave the number of a linked invoice, renumbered there, to a new one: held."""
    acme = organisation(world, "Acme")
    crm_id = invoice(world, "INV-0001", acme)
    world.sync()
    world.sandbox.edit("Invoices", world.xero_id("Invoices", crm_id), {"InvoiceNumber": "OLD"})
    second = in_xero(world, world.xero_id("Organizations", acme))
    world.sync()

    assert "number_taken_in_crm" == told(world, second)


def test_statuses_and_directions_keep_invoices_out(world: World) -> None:
    """A status that is not chosen, a closed direction and a closed create are excluded."""
    xero_id = in_xero(world, contact(world))
    for code, settings in (
        ("status_not_selected", {"statuses": ("Paid",)}),
        ("not_carried", {"statuses": (), "direction": "to_xero"}),
        ("create_off", {"direction": "both", "create_in_crm": False}),
    ):
        world.settings("Invoices", **settings)
        world.sync()

        assert code == told(world, xero_id)
    world.settings("Invoices", create_in_crm=True)
    world.sync()
    assert "created" == told(world, xero_id)


def test_a_crm_that_numbers_itself_keeps_its_number(tmp_path: Path) -> None:
    """Xero's number cannot be written: the reference has it, and nothing is renamed later."""
    modules = [_numbering_itself(module) for module in standard_modules()]
    with make_world(tmp_path, modules=modules) as world:
        world.connect()
        in_xero(world, contact(world))
        world.sync()

        values = only(world).values
        assert (None, "INV-0001") == (values["invoice_no"], values["subject"])
        assert 0 == world.actions()


def _numbering_itself(module: Any) -> Any:
    def field(one: Field) -> Field:
        if one.role == "invoice.number":
            return replace(one, writable=False)
        return replace(one, required=True) if one.role == "invoice.reference" else one

    return replace(module, fields=tuple(field(f) for f in module.fields))


def test_a_crash_between_the_crm_and_the_link_makes_no_second_invoice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CRM has it, we died before linking: the next run links it with its lines."""
    from xtiger.engine.apply.pull import Puller

    in_xero(world, contact(world), xero_line("3"), xero_line("4"))
    real = Puller._settle

    def dying(puller: Puller, item: Any, *rest: Any) -> None:
        if item.kind == "Invoice":
            raise KeyboardInterrupt
        real(puller, item, *rest)

    monkeypatch.setattr(Puller, "_settle", dying)
    with pytest.raises(KeyboardInterrupt):
        world.sync()
    monkeypatch.undo()
    world.wait(3600)

    world.sync()

    crm_id = only(world).ref.id
    assert 2 == len(base_of(world, crm_id).lines)
    assert {} == world.codes()
    assert 0 == world.actions()
