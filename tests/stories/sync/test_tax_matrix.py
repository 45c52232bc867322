"""Every tax of Xero with every class of account, by each way in which a line gets its tax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_first_link import code_of
from tests.stories.sync.test_invoices import lines_there
from tests.world import World
from xtiger.engine.plan.plan_state import by_code
from xtiger.mapping.convert import Lookups
from xtiger.mapping.lines_to_xero import BuiltLines, LineLookups, build_lines
from xtiger.model.records import Record, Ref
from xtiger.rules.taxes import TaxTable

#: Xero's default rates of the United Kingdom: type, name, percentage, and the classes of account
#: that take it: assets A, equity E, expenses X, liabilities L, revenue R.
TAXES = (
    ("CAPEXINPUT2", "20% (VAT on Capital Purchases)", "20", "A"),
    ("CAPEXOUTPUT2", "20% (VAT on Capital Sales)", "20", "A"),
    ("INPUT2", "20% (VAT on Expenses)", "20", "AEXL"),
    ("OUTPUT2", "20% (VAT on Income)", "20", "AELR"),
    ("RRINPUT", "5% (VAT on Expenses)", "5", "AEXL"),
    ("RROUTPUT", "5% (VAT on Income)", "5", "AELR"),
    ("EXEMPTINPUT", "Exempt Expenses", "0", "AEXL"),
    ("EXEMPTOUTPUT", "Exempt Income", "0", "AELR"),
    ("NONE", "No VAT", "0", "AEXLR"),
    ("REVERSECHARGES", "Reverse Charge Expenses (20%)", "0", "AEXL"),
    ("GSTONIMPORTS", "VAT on Imports", "0", "L"),
    ("ECZROUTPUT", "Zero Rated EC Goods Income", "0", "AELR"),
    ("ECZROUTPUTSERVICES", "Zero Rated EC Services", "0", "AELR"),
    ("ZERORATEDINPUT", "Zero Rated Expenses", "0", "AEXL"),
    ("ZERORATEDOUTPUT", "Zero Rated Income", "0", "AELR"),
)
#: An account of each class that may stand on lines.
ACCOUNTS = {"A": "620", "E": "880", "X": "310", "L": "850", "R": "200"}
#: (percentage, class) → the only tax of that percentage for the class, where there is one.
BY_RATE = {
    ("20", "X"): "INPUT2",
    ("20", "R"): "OUTPUT2",
    ("5", "X"): "RRINPUT",
    ("5", "R"): "RROUTPUT",
    **{("0", one): "NONE" for one in ACCOUNTS},
}
HELD = "tax_account_mismatch"


def named_answers() -> dict[tuple[str, str], str]:
    """(tax type, class) → what a line that names the tax ends as: that type, or held."""
    return {
        (tax_type, one): tax_type if one in classes else HELD
        for tax_type, _, _, classes in TAXES
        for one in ACCOUNTS
    }


def rated_answers() -> dict[tuple[str, str], str]:
    """The same of a line that has the percentage and no name."""
    return {
        (tax_type, one): BY_RATE.get((percent, one), "tax_unknown")
        for tax_type, _, percent, _ in TAXES
        for one in ACCOUNTS
    }


def found(world: World, sent: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """What became of each of these invoices: the tax type that Xero has, or what holds it."""
    links = world.xt.store.links_by_crm(world.xt.connections.get().id, "Invoices")
    answers = {}
    for pair, crm_id in sent.items():
        if crm_id in links:
            (only,) = lines_there(world, crm_id)
            assert ACCOUNTS[pair[1]] == only["AccountCode"]
            answers[pair] = only["TaxType"]
        else:
            answers[pair] = code_of(world, "Invoices", crm_id) or "?"
    return answers


def send(world: World, *, by: str) -> dict[tuple[str, str], str]:
    """One invoice for each pair of tax and class, synced; pair → CRM id."""
    acme = organisation(world, "Acme")
    sold = (
        {one: product(world, f"P{one}", sales_account=code) for one, code in ACCOUNTS.items()}
        if by == "product"
        else {}
    )
    sent = {}
    for tax_type, name, percent, _ in TAXES:
        for one, code in ACCOUNTS.items():
            values: dict[str, Any] = {"tax_percent": Decimal(percent), "tax_name": name}
            if by == "rate":
                values["tax_name"] = None
            elif by == "map":
                values["tax_name"] = f"Ours {tax_type}"
            where = {"product_id": sold[one]} if sold else {"account": code}
            sent[tax_type, one] = invoice(
                world, f"{tax_type}-{one}", acme, [line("10", **values, **where)]
            )
    world.sync()
    return sent


@pytest.mark.feature("F067")
@pytest.mark.feature("F110")
@pytest.mark.parametrize("by", ["name", "product", "map"])
def test_a_named_tax_goes_out_as_itself_or_not_at_all(world: World, by: str) -> None:
    """By Xero's name, by the map, with an account of the line or the product: 75 pairs."""
    mapping = world.xt.mappings.get("Invoices")
    assert mapping is not None
    ours = {f"Ours {tax_type}": tax_type for tax_type, *_ in TAXES}
    world.xt.mappings.save(replace(mapping, options={**mapping.options, "tax_map": ours}))

    sent = send(world, by=by)

    assert named_answers() == found(world, sent)


def test_a_percentage_without_a_name_is_the_only_tax_of_its_class(world: World) -> None:
    """20 % on an expense account is the tax for expenses; where two have it, none is guessed."""
    sent = send(world, by="rate")

    assert rated_answers() == found(world, sent)


def test_an_account_of_the_organisation_holds_a_named_tax_as_well(world: World) -> None:
    """The rung of the ladder that no CRM describes yet: the same 75 answers."""
    world.sync()
    module = next(m for m in world.host.modules() if m.name == "Invoices")
    store, connection = world.xt.store, world.xt.connections.get().id
    fields = Lookups(
        TaxTable(tuple(store.tax_rates(connection)), {}), by_code(store.accounts(connection))
    )

    answers = {}
    for tax_type, name, percent, _ in TAXES:
        for one, code in ACCOUNTS.items():
            looked = LineLookups(fields, lambda _role, _id: None, organisation_account=code)
            given = line("10", tax_name=name, tax_percent=Decimal(percent))
            record = Record(Ref("Invoices", "1"), {}, lines=(given,))
            answers[tax_type, one] = _answer(build_lines(record, module, looked))

    assert named_answers() == answers


def _answer(built: BuiltLines) -> str:
    return built.causes[0].code if built.causes else str(built.lines[0]["TaxType"])


def test_the_hold_names_line_tax_account_and_where_it_is_from(world: World) -> None:
    """A sales tax on a product of the cost account: told whole, and gone once it is cured."""
    goods = product(world, "P1", sales_account="310")
    tax = {"tax_name": "20% (VAT on Income)", "tax_percent": Decimal(20)}
    crm_id = invoice(
        world, "I1", organisation(world, "Acme"), [line("5"), line("10", product_id=goods, **tax)]
    )
    world.sync()

    cause = world.outcome("Invoices", crm_id).cause
    assert cause is not None
    assert (
        HELD,
        {
            "line": 2,
            "tax": "20% (VAT on Income)",
            "account": "310",
            "where": "the product of line 2",
        },
    ) == (cause.code, dict(cause.data))
    assert [] == world.xero("Invoices")

    world.host.edit("Products", goods, sales_account="200")
    world.sync()

    assert ("200", "OUTPUT2") == tuple(
        lines_there(world, crm_id)[1][name] for name in ("AccountCode", "TaxType")
    )
    assert {} == world.codes()


def test_another_account_keeps_the_tax_that_may_stand_with_it(world: World) -> None:
    """Chosen in Xero, moved in the CRM: zero rated stays so, and is held where it may not stand."""
    crm_id = invoice(world, "I1", organisation(world, "Acme"), [line("10", account="200")])
    world.sync()
    (only,) = lines_there(world, crm_id)
    kept = {name: only[name] for name in ("LineItemID", "Description", "UnitAmount", "AccountCode")}
    world.sandbox.edit(
        "Invoices",
        world.xero_id("Invoices", crm_id),
        {"LineItems": [{**kept, "TaxType": "ECZROUTPUT"}]},
    )
    world.sync()
    own = world.host.record("Invoices", crm_id).lines[0]["id"]
    world.host.edit_lines("Invoices", crm_id, [{"id": own, "account": "260"}])
    world.sync()
    assert [("260", "ECZROUTPUT")] == [
        (one["AccountCode"], one["TaxType"]) for one in lines_there(world, crm_id)
    ]

    world.host.edit_lines("Invoices", crm_id, [{"id": own, "account": "310"}])
    world.sync()

    assert HELD == code_of(world, "Invoices", crm_id)
    assert [("260", "ECZROUTPUT")] == [
        (one["AccountCode"], one["TaxType"]) for one in lines_there(world, crm_id)
    ]
