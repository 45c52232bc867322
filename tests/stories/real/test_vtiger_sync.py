"""Records as a real Vtiger answered them reach Xero to the cent, or wait with the right code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.real.books import SALES, VAT, Books, open_books
from tests.stories.real.vtiger import answer, is_whole_invoice, names, record
from xtiger.rules.money import cents

#: Answers that hold the latest state of an invoice each, all of different numbers.
LATEST = [
    *(name for name in names("inv_") if name.endswith("_retrieved")),
    "retrieve_invoice_group",
    "retrieve_invoice_individual",
    "revise_invoice_lines_with_taxtype",
    "payment_applied_via_revise",
]
#: Answers to changes of one and the same invoice, INV1: each is a state that it was in.
STATES = [
    name
    for name in names("retrieve_invoice_after", "revise_invoice", "update_invoice")
    if is_whole_invoice(name) and answer(name)["invoice_no"] == "INV1"
]
#: What waits, by its code, and why; everything else must arrive.
WAITING = {
    # Vtiger takes a date that is none and keeps nothing.
    "inv_bad_date_retrieved": "invoice_date_missing",
    # A product that does not exist leaves a line without product, name and text.
    "inv_bad_productid_retrieved": "line_incomplete",
    # So does a person in the place of a product; the person's name is nothing to invoice.
    "inv_contact_as_product_retrieved": "line_incomplete",
    # Any text is taken for a status.
    "inv_bad_status_retrieved": "status_unknown",
    # An organisation that does not exist is kept as none.
    "inv_missing_account_record_retrieved": "organisation_missing",
    # Xero has no discount on the whole invoice.
    "inv_header_discount_percent_retrieved": "group_discount",
    "retrieve_invoice_group": "group_discount",
    # Vtiger keeps an untouched tick box as "0": nobody asked for these.
    "revise_invoice_lines_with_taxtype": "not_selected",
    "payment_applied_via_revise": "not_selected",
}
ARRIVING = [name for name in LATEST if name not in WAITING]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """Every invoice that was retrieved, synced once."""
    with open_books(tmp_path_factory.mktemp("books")) as found:
        found.start(VAT, SALES)
        for name in LATEST:
            found.put("invoice", name)
        found.world.sync()
        yield found


@pytest.fixture
def own_books(tmp_path: Path) -> Iterator[Books]:
    """Books for one test."""
    with open_books(tmp_path) as found:
        yield found


@pytest.mark.parametrize("name", ARRIVING)
def test_totals_are_equal_to_the_cent(books: Books, name: str) -> None:
    """What Vtiger computed, rounded to cents, is what Xero computed from lines and taxes."""
    found = record("invoice", name).values
    crm = {
        "Total": cents(found["hdnGrandTotal"]),
        "SubTotal": cents(found["pre_tax_total"]),
        "CurrencyCode": found["currency_id"],
        "Date": str(found["invoicedate"]),
    }

    raw = books.invoice(found["invoice_no"])

    assert crm == {name: raw[name] for name in crm}
    # Xero's rate of another currency comes in after that, which is no news of the invoice.
    told = books.world.xt.sync.outcomes(module="Invoices", crm_id=books.ids[name])
    assert ("created", {None}) == (told[-1].result, {one.cause for one in told})


@pytest.mark.parametrize("name", WAITING)
def test_what_cannot_be_sent_waits_with_its_code(books: Books, name: str) -> None:
    """No invoice is dropped and none is sent with other amounts than its own."""
    number = record("invoice", name).values["invoice_no"]

    cause = books.outcome(name).cause

    assert WAITING[name] == (cause.code if cause else None)
    assert number not in [raw["InvoiceNumber"] for raw in books.world.xero("Invoices")]


def test_every_invoice_has_exactly_one_outcome(books: Books) -> None:
    """As many outcomes as invoices were answered, and no other invoice in Xero."""
    first = books.world.xt.sync.runs()[-1]
    found = books.world.xt.sync.outcomes(module="Invoices", run_id=first.id, limit=200)

    assert (len(LATEST), len(ARRIVING)) == (len(found), len(books.world.xero("Invoices")))
    assert {books.ids[name] for name in LATEST} == {outcome.crm_id for outcome in found}


@pytest.mark.parametrize("name", STATES)
def test_no_state_of_an_invoice_with_a_discount_on_its_sum_is_sent(books: Books, name: str) -> None:
    """Neither stale totals nor a cleared tax mode, as changes leave them, get through."""
    books.put("invoice", name)

    plan = books.world.plan("Invoices")
    (item,) = [one for one in plan.items if one.crm_id == books.ids[name]]

    assert ("skipped", "group_discount") == (item.result, item.cause and item.cause.code)


def test_the_organisation_arrives_whole(books: Books) -> None:
    """Name, number, e-mail, phone and both addresses."""
    (raw,) = books.world.xero("Contacts")
    addresses = {
        row["AddressType"]: [row[k] for k in ("AddressLine1", "City", "PostalCode", "Country")]
        for row in raw["Addresses"]
    }

    assert ("Brightside Ltd", "ACC1", "ap@brightside.example") == (
        raw["Name"],
        raw["AccountNumber"],
        raw["EmailAddress"],
    )
    assert "+64 9 555 0100" in [row.get("PhoneNumber") for row in raw["Phones"]]
    assert {
        "POBOX": ["1 Queen St", "Auckland", "1010", "New Zealand"],
        "STREET": ["2 King St", "Wellington", "", ""],
    } == addresses


def test_product_and_service_arrive_as_items(books: Books) -> None:
    """Code, name, prices and the tax of the product; a service has its number for a code."""
    found = {
        raw["Code"]: (
            raw["Name"],
            raw["Description"],
            raw["SalesDetails"]["UnitPrice"],
            raw["PurchaseDetails"]["UnitPrice"],
            raw["IsSold"],
        )
        for raw in books.world.xero("Items")
    }

    assert {
        "ANV-20": ("Anvil 20kg", "Cast anvil", Decimal("120.5"), Decimal(80), True),
        "SER1": ("Install hour", "On site", Decimal(90), Decimal(0), True),
    } == found


@pytest.mark.feature("F060")
def test_a_discount_on_a_line_is_a_discount_on_the_line(books: Books) -> None:
    """The amount of 5 taken off the service."""
    lines = books.invoice("INV2")["LineItems"]

    assert [None, Decimal(5)] == [line.get("DiscountAmount") for line in lines]
    assert [Decimal(200), Decimal(45)] == [line["LineAmount"] for line in lines]


@pytest.mark.feature("F062")
def test_charges_become_a_line_with_their_own_tax(books: Books) -> None:
    """A charge of 20 with 10 % beside goods with 15 %."""
    line = books.invoice("INV9")["LineItems"][-1]

    assert ("Charges", Decimal(20), Decimal(2)) == (
        line["Description"],
        line["LineAmount"],
        line["TaxAmount"],
    )


@pytest.mark.feature("F059")
def test_a_discount_on_the_whole_invoice_skips_it(books: Books) -> None:
    """Skipped with a sentence that says what to do."""
    found = books.outcome("retrieve_invoice_group")

    assert "skipped" == found.result
    wanted = "Spread the discount over the lines, or let it go so in the mapping."
    assert wanted == books.world.xt.sentences.cause(found.cause)[1]


def test_a_second_sync_has_nothing_to_do(own_books: Books) -> None:
    """Both sides agree; what waits goes on waiting."""
    own_books.start(VAT, SALES)
    for name in LATEST:
        own_books.put("invoice", name)
    own_books.world.sync()

    assert () == own_books.world.plan().actions


# --- the same invoices where Xero or Vtiger is set up otherwise --------------------------------

#: 100 with 15 % VAT; the tests give it 10 % sales tax as well.
ONE_LINE = "inv_client_totals_ignored_retrieved"


def put_two_taxes(books: Books) -> None:
    """The invoice with a second group tax, and the total that Vtiger computes then."""
    found = record("invoice", ONE_LINE)
    taxes = [*found.lines[0]["taxes"], {"name": "Sales", "percent": Decimal(10)}]
    changed = replace(
        found,
        values={**found.values, "hdnGrandTotal": Decimal(125)},
        lines=({**found.lines[0], "taxes": taxes},),
    )
    books.ids[ONE_LINE] = books.filled.put(changed)


@pytest.mark.feature("F058")
def test_two_group_taxes_need_a_combined_rate(own_books: Books) -> None:
    """Each rate alone is known in Xero; that is not enough."""
    own_books.start(VAT, SALES)
    put_two_taxes(own_books)
    own_books.world.sync()

    cause = own_books.outcome(ONE_LINE).cause

    assert "group_tax_not_combined" == (cause.code if cause else None)


@pytest.mark.feature("F058")
def test_two_group_taxes_are_sent_as_the_combined_rate(own_books: Books) -> None:
    """Xero has a rate made of the same two parts."""
    own_books.start(VAT, ("VAT and Sales", [("VAT", "15"), ("Sales", "10")]))
    put_two_taxes(own_books)
    own_books.world.sync()

    assert Decimal(125) == own_books.invoice("INV15")["Total"]


@pytest.mark.feature("F061")
def test_a_deducted_tax_skips_the_invoice(own_books: Books) -> None:
    """The customer keeps 15 back; Xero has no such thing."""
    own_books.start(VAT, SALES)
    own_books.put("invoice", ONE_LINE, deducted_tax=Decimal(15))
    own_books.world.sync()

    found = own_books.outcome(ONE_LINE)

    assert ("skipped", "deducted_tax") == (found.result, found.cause and found.cause.code)


@pytest.mark.feature("F055")
def test_a_tax_that_xero_lacks_is_named(own_books: Books) -> None:
    """15 % is not among Xero's rates: the sentence names it and the nearest."""
    own_books.start(SALES)
    own_books.put("product", "retrieve_product", sales_tax=None)
    own_books.put("invoice", ONE_LINE)
    own_books.world.sync()

    found = own_books.world.xt.sentences.cause(own_books.outcome(ONE_LINE).cause)[0]

    assert found.startswith("Xero does not know the tax VAT 15 % of line 1.")


def test_the_tax_map_decides_over_names_and_rates(own_books: Books) -> None:
    """Two rates of 15 % in Xero: what an administrator mapped is taken."""
    own_books.start(VAT, ("Old VAT 15%", [("VAT", "15")]))
    rates = {raw["Name"]: raw["TaxType"] for raw in own_books.world.xero("TaxRates")}
    wanted = rates["Old VAT 15%"]
    for module in ("Products", "Invoices"):
        mapping = own_books.world.xt.mappings.get(module)
        assert mapping is not None
        options = {**mapping.options, "tax_map": {"VAT|15": wanted, "15": wanted}}
        own_books.world.xt.mappings.save(replace(mapping, options=options))
    own_books.put("invoice", ONE_LINE)
    own_books.world.sync()

    (line,) = own_books.invoice("INV15")["LineItems"]

    assert wanted == line["TaxType"]


def test_stored_percentages_that_do_not_count_are_caught(own_books: Books) -> None:
    """Without the taxes of its products an individual invoice waits: 281.75 is not 275."""
    own_books.start(VAT, SALES)
    found = record("invoice", "retrieve_invoice_individual")
    vat = {"name": "VAT", "percent": Decimal(15)}
    lines = tuple({**line, "taxes": [vat]} for line in found.lines)
    own_books.ids["INV2"] = own_books.filled.put(replace(found, lines=lines))
    own_books.world.sync()

    cause = own_books.outcome("INV2").cause
    assert cause is not None

    assert ("total_differs", {"crm_total": "275.00", "xero_total": "281.75"}) == (
        cause.code,
        dict(cause.data),
    )


@pytest.mark.feature("F069")
def test_ticking_the_box_sends_the_invoice(own_books: Books) -> None:
    """Two units at 10 with 15 % group tax, as lines that were revised."""
    own_books.start(VAT, SALES)
    own_books.put(
        "invoice",
        "revise_invoice_lines_with_taxtype",
        xtp_allow_sync=True,
        account_id="11x2",
        invoicedate=date(2026, 11, 20),
    )
    own_books.world.sync()

    assert Decimal(23) == own_books.invoice("INV29")["Total"]


def test_paid_is_sent_as_approved_without_a_payment(own_books: Books) -> None:
    """Received and balance were set in Vtiger; the money itself is Xero's."""
    own_books.start(VAT, SALES)
    day = date(2026, 11, 20)
    own_books.put(
        "invoice",
        "payment_applied_via_revise",
        xtp_allow_sync=True,
        account_id="11x2",
        invoicedate=day,
        duedate=day,
    )
    own_books.world.sync()

    raw = own_books.invoice("INV27")

    assert ("AUTHORISED", Decimal(40), Decimal(40)) == (
        raw["Status"],
        raw["Total"],
        raw["AmountDue"],
    )
    assert [] == own_books.world.xero("Payments")


def test_an_organisation_that_was_deleted_holds_its_invoice(own_books: Books) -> None:
    """Deleting an organisation leaves Vtiger's invoices without one; here without contact, too."""
    own_books.start(VAT, SALES)
    own_books.put("invoice", "retrieve_inventory_patched", contact_id="")
    own_books.world.sync()

    cause = own_books.outcome("retrieve_inventory_patched").cause

    assert answer("retrieve_inventory_patched")["account_id"] == ""
    assert "organisation_missing" == (cause.code if cause else None)
