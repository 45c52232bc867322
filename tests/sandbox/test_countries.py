"""Claims about organisations of other countries: money, year, chart, tax."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.client import Client, Clock, connect
from tests.sandbox.test_lines import line
from xtiger.sandbox import Limits, Sandbox


def of(country: Any, currency: str | None = None, clock: Clock | None = None) -> Client:
    """A client of the only organisation of a sandbox."""
    box = Sandbox(
        country=country, currency=currency, clock=clock or Clock(), limits=Limits(minute=1000)
    )
    return Client(box, box.organisations()[0][0], connect(box)["access_token"])


def invoice(**fields: Any) -> dict[str, Any]:
    """A draft of one line at 100."""
    return {"Type": "ACCREC", "Contact": {"Name": "Alpha"}, "LineItems": [line()]} | fields


@pytest.mark.parametrize(
    ("country", "currency", "expected"),
    [
        ("UK", None, ("UK", "GB", "GBP", 31, 3)),
        ("NZ", None, ("NZ", "NZ", "NZD", 31, 3)),
        ("AU", None, ("AU", "AU", "AUD", 30, 6)),
        ("US", None, ("US", "US", "USD", 31, 12)),
        ("ZA", None, ("GLOBAL", "ZA", "ZAR", 28, 2)),
        ("CA", None, ("GLOBAL", "CA", "CAD", 31, 12)),
        ("GLOBAL", None, ("GLOBAL", "IE", "EUR", 31, 12)),
        ("GLOBAL", "USD", ("GLOBAL", "IE", "USD", 31, 12)),
        ("GLOBAL", "INR", ("GLOBAL", "IN", "INR", 31, 3)),
    ],
)
def test_organisation_of_a_country(
    country: str, currency: str | None, expected: tuple[Any, ...]
) -> None:
    """Version, country, base currency and the last day of the financial year."""
    found = of(country, currency).get("Organisation")["Organisations"][0]
    names = ("Version", "CountryCode", "BaseCurrency", "FinancialYearEndDay")

    assert expected == tuple(found[name] for name in (*names, "FinancialYearEndMonth"))


@pytest.mark.parametrize(
    ("country", "tax_type", "tax"),
    [
        ("UK", "OUTPUT2", "20.00"),
        ("NZ", "OUTPUT2", "15.00"),
        ("AU", "OUTPUT", "10.00"),
        ("US", "OUTPUT", "8.25"),
        ("ZA", "OUTPUT3", "15.00"),
        ("CA", "OUTPUT", "5.00"),
        ("GLOBAL", "OUTPUT", "8.25"),
    ],
)
def test_sales_account_brings_the_countrys_tax(country: str, tax_type: str, tax: str) -> None:
    """A line on account 200 owes what sales of the country owe."""
    made = of(country).put("Invoices", invoice())[0]

    assert (tax_type, Decimal(tax)) == (made["LineItems"][0]["TaxType"], made["TotalTax"])


@pytest.mark.parametrize(
    ("country", "zero"), [("UK", "NONE"), ("US", "NONE"), ("AU", "BASEXCLUDED")]
)
def test_no_tax_and_rounding_bear_the_countrys_zero(country: str, zero: str) -> None:
    """In Australia NONE is no tax type: there it is BASEXCLUDED."""
    client = of(country)
    rows = [line(), line(UnitAmount=Decimal("0.01"), AccountCode="860")]
    made = client.put("Invoices", invoice(LineItems=rows))[0]
    untaxed = client.put("Invoices", invoice(LineAmountTypes="NoTax"))[0]

    assert [zero, zero] == [made["LineItems"][1]["TaxType"], untaxed["LineItems"][0]["TaxType"]]


def test_australia_knows_no_none() -> None:
    """A line that names it is refused."""
    found = of("AU").errors("PUT", "Invoices", invoice(LineItems=[line(TaxType="NONE")]))

    assert [
        "The TaxType code NONE does not exist or cannot be used for this type of transaction."
    ] == found


def test_tax_that_looks_itself_up_is_not_for_the_api() -> None:
    """AVALARA is in the list of the US and on no line."""
    client = of("US")
    found = client.errors("PUT", "Invoices", invoice(LineItems=[line(TaxType="AVALARA")]))

    assert "AVALARA" in {row["TaxType"] for row in client.get("TaxRates")["TaxRates"]}
    assert [
        "The TaxType code AVALARA does not exist or cannot be used for this type of transaction."
    ] == found


REQUIRED = "ReportTaxType must be given for this organisation."
REFUSED = "ReportTaxType must not be given for this organisation."


@pytest.mark.parametrize(
    ("country", "report", "expected"),
    [
        ("AU", None, REQUIRED),
        ("NZ", None, REQUIRED),
        ("UK", None, REQUIRED),
        ("AU", "OUTPUT", "TAX001"),
        ("US", "OUTPUT", REFUSED),
        ("US", "USSALESTAX", REFUSED),
        ("GLOBAL", "OUTPUT", REFUSED),
        ("US", None, "TAX001"),
        ("GLOBAL", None, "TAX001"),
        ("ZA", None, "TAX001"),
        ("ZA", "SROUTPUT", "TAX001"),
        ("CA", None, "CAN001"),
    ],
)
def test_report_type_of_a_new_rate(country: str, report: str | None, expected: str) -> None:
    """Needed in Australia, New Zealand and the UK, not permitted in the US and elsewhere."""
    parts = [{"Name": "CGST", "Rate": 9}, {"Name": "SGST", "Rate": 9}]
    rate: dict[str, Any] = {"Name": "GST 18%", "TaxComponents": parts}
    rate |= {"ReportTaxType": report} if report else {}
    client = of(country)

    if expected.endswith("."):
        assert [expected] == client.errors("PUT", "TaxRates", rate)
        return
    made = client.put("TaxRates", rate)[0]
    row = line(TaxType=made["TaxType"])
    taxed = client.put("Invoices", invoice(LineItems=[row]))[0]

    assert (expected, Decimal("18.00")) == (made["TaxType"], taxed["TotalTax"])


def test_other_currencies_are_counted_from_the_base() -> None:
    """An organisation in dollars has euros, and how many of them one dollar is."""
    client = of("US")
    own = client.put("Invoices", invoice())[0]
    foreign = client.put("Invoices", invoice(CurrencyCode="EUR"))[0]
    codes = {row["Code"] for row in client.get("Currencies")["Currencies"]}
    pounds = client.errors("PUT", "Invoices", invoice(CurrencyCode="GBP"))

    assert {"USD", "EUR"} == codes
    assert ("USD", Decimal("0.873806")) == (own["CurrencyCode"], foreign["CurrencyRate"])
    assert ["Users Organisation is not subscribed to currency GBP"] == pounds


def test_bank_accounts_are_in_the_base_currency() -> None:
    """Two in rupees, and one each in euros and dollars."""
    rows = of("GLOBAL", "INR").get("Accounts", where='Type=="BANK"')["Accounts"]

    assert ["EUR", "INR", "INR", "USD"] == sorted(row["CurrencyCode"] for row in rows)


def test_day_begins_in_the_organisations_time_zone() -> None:
    """At noon of the 20th in London it is the 21st in Auckland."""
    clock = Clock()
    found = [of(country, clock=clock).put("Invoices", invoice())[0] for country in ("UK", "NZ")]

    assert ["2026-11-20T00:00:00", "2026-11-21T00:00:00"] == [row["DateString"] for row in found]


def test_further_organisation_may_be_elsewhere() -> None:
    """One user has organisations of several countries."""
    client = of("AU")
    added = client.sandbox.add_organisation("Delhi Trading", "GLOBAL", "INR")
    same = client.sandbox.add_organisation("Perth Trading")
    bases = [
        client.sandbox.table("Organisation", tenant)[0]["BaseCurrency"] for tenant in (added, same)
    ]

    assert ["INR", "AUD"] == bases


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"country": "FR"}, "Unknown country 'FR'"),
        ({"currency": "XXX"}, "Unknown currency 'XXX'"),
        ({"country": "US", "seed": "demo"}, "The seed demo is a company of the UK"),
        ({"currency": "USD", "seed": "demo"}, "The seed demo is a company of the UK"),
    ],
)
def test_unknown_home_is_refused(options: dict[str, Any], told: str) -> None:
    """What there is not is named, with what there is."""
    with pytest.raises(ValueError, match=told):
        Sandbox(**options)
