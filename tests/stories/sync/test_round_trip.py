"""From a CRM to Xero, from there into an empty CRM, and from that into an empty organisation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.stories.sync.people import contact, invoice, line, organisation, payment, product
from tests.world import World, hurry, make_world
from xtiger.app import XTiger
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Currency, Record

SECOND = "Second Trading Ltd"
CURRENCIES = (Currency("GBP"), Currency("EUR"))


@contextmanager
def beside(world: World, host: MemoryHost, home: Path) -> Iterator[World]:
    """Another installation at the same Xero, with its own home."""
    home.mkdir()
    url = f"sqlite:///{home / 'xtiger.db'}"
    settings = replace(world.xt.settings, home=home, database_url=url)
    xt = XTiger(host, settings=settings, clock=world.clock)
    hurry(xt)
    try:
        yield World(xt, host, world.sandbox, world.clock)
    finally:
        xt.close()


def filled(world: World) -> None:
    """A CRM with something in each field that its users can type."""
    world.sandbox.add("Currencies", {"Code": "EUR"})
    address = {
        f"{kind}_{part}": f"{kind} {part}"
        for kind in ("billing", "shipping")
        for part in ("street", "city", "region", "postal_code", "country")
    }
    acme = organisation(
        world,
        "Acme",
        account_no="A-17",
        email1="acme@example.org",
        phone="020 1234",
        otherphone="077 1234",
        fax="020 1235",
        website="https://acme.example",
        vat_number="GB123",
        company_number="0815",
        accounttype="Customer",
        industry="Trade",
        sales_account="200",
        **address,
    )
    bell = organisation(world, "Zoë & Söhne", email1="zoe@example.org")
    contact(world, "Ann", "Lee", acme, email="ann@example.org", phone="020 9", title="Dr")
    contact(world, "Bo", "Day", acme, email="bo@example.org")
    _sold(world, acme, bell)


def _sold(world: World, acme: str, bell: str) -> None:
    """Goods, work, and invoices of them in each form, one part paid."""
    values: dict[str, Any] = {
        "description": "Fine",
        "unit_price": Decimal("9.9950"),
        "sales_account": "200",
    }
    goods = product(world, "P1", purchase_cost=Decimal("4.5"), purchase_account="310", **values)
    hour = product(world, "S1", module="Services", sales_tax="20% (VAT on Income)", **values)
    taxed = {"tax_percent": Decimal(20), "tax_name": "20% (VAT on Income)"}
    first = [
        line("9.9950", product_id=goods, quantity=Decimal("2.5"), comment="Tea", **taxed),
        line("60", service_id=hour, name="Hour", discount_percent=Decimal(15), **taxed),
        line("10", name="Bits", discount_amount=Decimal("3.33"), account="260"),
    ]
    one = invoice(world, "I1", acme, first, subject="Order 9")
    invoice(
        world,
        "I2",
        acme,
        [line("9.99", **taxed) for _ in range(3)],
        charges=Decimal("12.50"),
        charges_tax=Decimal(20),
        adjustment=Decimal("-0.75"),
    )
    invoice(world, "I3", bell, [line("250.125", quantity=Decimal(3))], currency="EUR")
    invoice(world, "I4", bell, [line("20")], invoicestatus="Created")
    payment(world, one, "50", reference="First", paymentdate=date(2026, 11, 9))


NAMES: Mapping[str, str] = {
    "Organizations": "accountname",
    "Contacts": "lastname",
    "Products": "productcode",
    "Services": "servicecode",
    "Invoices": "invoice_no",
    "Payments": "reference",
}


def shown(host: MemoryHost) -> dict[tuple[str, str, str], Any]:
    """(module, name, field) → value, with other records by their names and lines in order."""
    found: dict[tuple[str, str, str], Any] = {}
    for module in host.modules():
        for record in host.all(module.name):
            name = str(record.values[NAMES[module.name]])
            for field, value in _cells(record, host):
                found[module.name, name, field] = value
    return found


def _cells(record: Record, host: MemoryHost) -> Iterator[tuple[str, Any]]:
    places: list[tuple[str, Mapping[str, Any]]] = [("", record.values)]
    places += [(f"line {at}.", one) for at, one in enumerate(record.lines, 1)]
    for place, values in places:
        for field, value in values.items():
            if field != "id":
                yield place + field, _named(field, value, host)


def _named(field: str, value: Any, host: MemoryHost) -> Any:
    modules = {
        "account_id": "Organizations",
        "contact_id": "Contacts",
        "product_id": "Products",
        "service_id": "Services",
        "invoice_id": "Invoices",
    }
    if value is None or field not in modules:
        return value
    module = modules[field]
    return host.record(module, str(value)).values[NAMES[module]]


#: (module, field) → why Xero has no place for it, as docs/bookkeepers.md says.
NO_PLACE: Mapping[tuple[str, str], str] = {
    ("Contacts", "phone"): "a person of an organisation has name and address only",
    ("Contacts", "title"): "a person of an organisation has name and address only",
    ("Organizations", "accounttype"): "Xero finds out by documents who buys and who sells",
    ("Organizations", "industry"): "nothing of the kind",
    ("Organizations", "sales_account"): "only where a row of the mapping says so",
    ("Organizations", "website"): "Xero shows one, and lets nobody write it",
    ("Invoices", "line.name"): "a line has one text",
    ("Invoices", "line.service_id"): "an item is neither goods nor work",
}


def lost(
    before: dict[tuple[str, str, str], Any], after: dict[tuple[str, str, str], Any]
) -> set[Any]:
    """(module, field) of values that were typed and are otherwise now; lines without place."""
    return {
        (module, re.sub(r"^line \d+", "line", field))
        for (module, name, field), value in before.items()
        if value is not None and after.get((module, name, field)) != value
        if module != "Services"
    }


def in_xero(world: World, tenant: str) -> dict[tuple[str, str], Any]:
    """(kind, name) → what Xero has of it, without ids and what the sandbox computes of them."""
    own = re.compile(
        r"ID$|^UpdatedDateUTC$|^app$|^ContactNumber$|^Contact$|^Invoice$|^Url$|^Account$"
    )

    def bare(value: Any) -> Any:
        if isinstance(value, Mapping):
            kept = {k: bare(v) for k, v in value.items() if not own.search(k)}
            return {k: v for k, v in kept.items() if v not in (None, "", [], {})}
        return [bare(one) for one in value] if isinstance(value, list) else value

    names = {"Contacts": "Name", "Items": "Code", "Invoices": "InvoiceNumber", "Payments": "Amount"}
    return {
        (kind, str(raw[name])): bare(raw)
        for kind, name in names.items()
        for raw in world.sandbox.table(kind, tenant)
    }


def test_nothing_is_lost_on_the_way(tmp_path: Path) -> None:
    """Each field that has a place in Xero is equal in the second CRM, and all in the second Xero.

    Work comes as goods, since Xero's items are neither; its values are compared there.
    """
    with make_world(tmp_path, currencies=CURRENCIES) as world:
        world.connect()
        world.default_account()
        filled(world)
        world.sync()
        empty = MemoryHost(modules=standard_modules(), clock=world.clock, currencies=CURRENCIES)
        with beside(world, empty, tmp_path / "second") as second:
            second.connect()
            second.default_account()
            second.sync()
            left = (second.actions(), second.codes(), second.xt.proof.differences())
        one, two = shown(world.host), shown(empty)
        tenant = world.sandbox.add_organisation(SECOND)
        world.sandbox.add("Currencies", {"Code": "EUR"}, tenant)
        with beside(world, empty, tmp_path / "third") as third:
            third.connect(SECOND)
            third.default_account()
            third.xt.links.forget_all()
            third.sync()
            there = (third.actions(), third.codes(), third.xt.proof.differences())
        first, last = in_xero(world, world.organisation()), in_xero(world, tenant)

    assert (0, {}, []) == left == there
    assert set(NO_PLACE) == lost(one, two)
    work = {field: value for (module, _, field), value in one.items() if module == "Services"}
    assert {} == {
        field: value
        for field, value in work.items()
        if value is not None and two["Products", "S1", field.replace("service", "product")] != value
    }
    assert (9, first) == (len(last), last)
