"""The countries an organisation can be in: currency, year, clock and tax rates of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, get_args

from xtiger.sandbox.state import Raw

#: Tax type, name, percent, report type, and the classes of account that take it:
#: Assets, Equity, eXpenses, Liabilities, Revenue.
Rate = tuple[str, str, str, str, str]
CountryName = Literal["NZ", "AU", "UK", "US", "ZA", "CA", "GLOBAL"]


@dataclass(frozen=True, slots=True)
class Country:
    """What differs from country to country."""

    #: Version, CountryCode, BaseCurrency and Timezone of the organisation.
    version: str
    code: str
    currency: str
    timezone: str
    #: The same time zone by its usual name.
    zone: str
    #: Day and month of the last day of the financial year.
    year_end: tuple[int, int]
    #: What people call the tax; it names the account and the components.
    tax: str
    basis: str
    period: str
    #: Tax types that the chart of accounts begins with.
    sales: str
    purchases: str
    no_tax: str = "NONE"
    #: Whether PUT /TaxRates must, must not or may name a ReportTaxType.
    report: Literal["required", "refused", "free"] = "free"
    #: What the types of added tax rates begin with.
    prefix: str = "TAX"


_UK: Sequence[Rate] = (
    ("CAPEXINPUT2", "20% (VAT on Capital Purchases)", "20", "CAPITALEXPENSESINPUT", "A"),
    ("CAPEXOUTPUT2", "20% (VAT on Capital Sales)", "20", "CAPITALSALESOUTPUT", "A"),
    ("INPUT2", "20% (VAT on Expenses)", "20", "INPUT", "AEXL"),
    ("OUTPUT2", "20% (VAT on Income)", "20", "OUTPUT", "AELR"),
    ("RRINPUT", "5% (VAT on Expenses)", "5", "INPUT", "AEXL"),
    ("RROUTPUT", "5% (VAT on Income)", "5", "OUTPUT", "AELR"),
    ("ECACQUISITIONS", "EC Acquisitions (20%)", "0", "ECACQUISITIONS", "AEXL"),
    ("ECZRACQUISITIONS", "EC Acquisitions (Zero Rated)", "0", "ECACQUISITIONS", "AEXL"),
    ("EXEMPTINPUT", "Exempt Expenses", "0", "EXEMPTINPUT", "AEXL"),
    ("EXEMPTOUTPUT", "Exempt Income", "0", "EXEMPTOUTPUT", "AELR"),
    ("NONE", "No VAT", "0", "NONE", "AEXLR"),
    ("REVERSECHARGES", "Reverse Charge Expenses (20%)", "0", "REVERSECHARGES", "AEXL"),
    ("GSTONIMPORTS", "VAT on Imports", "0", "GSTONIMPORTS", "L"),
    ("ECZROUTPUT", "Zero Rated EC Goods Income", "0", "ECOUTPUT", "AELR"),
    ("ECZROUTPUTSERVICES", "Zero Rated EC Services", "0", "ECOUTPUTSERVICES", "AELR"),
    ("ZERORATEDINPUT", "Zero Rated Expenses", "0", "INPUT", "AEXL"),
    ("ZERORATEDOUTPUT", "Zero Rated Income", "0", "OUTPUT", "AELR"),
    (
        "DRCHARGESUPPLY5",
        "Domestic Reverse Charge @ 5% (VAT on Expenses)",
        "0",
        "DRCHARGESUPPLY",
        "AEXL",
    ),
    ("DRCHARGE5", "Domestic Reverse Charge @ 5% (VAT on Income)", "0", "DRCHARGE", "AELR"),
    (
        "DRCHARGESUPPLY20",
        "Domestic Reverse Charge @ 20% (VAT on Expenses)",
        "0",
        "DRCHARGESUPPLY",
        "AEXL",
    ),
    ("DRCHARGE20", "Domestic Reverse Charge @ 20% (VAT on Income)", "0", "DRCHARGE", "AELR"),
)
_NZ: Sequence[Rate] = (
    ("INPUT", "GST on Expenses (old)", "12.5", "INPUT", "AEXLR"),
    ("OUTPUT", "GST on Income (old)", "12.5", "OUTPUT", "AELR"),
    ("INPUT2", "GST on Expenses", "15", "INPUT", "AEXL"),
    ("OUTPUT2", "GST on Income", "15", "OUTPUT", "AELR"),
    ("GSTONIMPORTS", "GST on Imports", "0", "GSTONIMPORTS", "AEL"),
    ("NONE", "No GST", "0", "NONE", "AEXLR"),
    ("ZERORATED", "Zero Rated", "0", "OUTPUT", "LR"),
)
_AU: Sequence[Rate] = (
    ("BASEXCLUDED", "BAS Excluded", "0", "BASEXCLUDED", "AEXLR"),
    ("EXEMPTCAPITAL", "GST Free Capital", "0", "EXEMPTCAPITAL", "AEXL"),
    ("EXEMPTEXPENSES", "GST Free Expenses", "0", "EXEMPTEXPENSES", "AEXL"),
    ("EXEMPTEXPORT", "GST Free Exports", "0", "EXEMPTEXPORT", "AELR"),
    ("EXEMPTOUTPUT", "GST Free Income", "0", "EXEMPTOUTPUT", "AELR"),
    ("CAPEXINPUT", "GST on Capital", "10", "CAPITALEXINPUT", "AEXL"),
    ("GSTONCAPIMPORTS", "GST on Capital Imports", "0", "GSTONCAPIMPORTS", "L"),
    ("INPUT", "GST on Expenses", "10", "INPUT", "AEXL"),
    ("GSTONIMPORTS", "GST on Imports", "0", "GSTONIMPORTS", "L"),
    ("OUTPUT", "GST on Income", "10", "OUTPUT", "AELR"),
    ("INPUTTAXED", "Input Taxed", "0", "INPUTTAXED", "AEXLR"),
)
_ZA: Sequence[Rate] = (
    ("GSTONCAPIMPORTS", "Capital Goods Imported", "0", "CAPIMPORTS", "AEXL"),
    ("INPUT4", "Change in Use", "15", "CIUINPUT", "AEX"),
    ("OUTPUT4", "Change in use and Export of Second-hand Goods", "15", "CIUOUTPUT", "ELR"),
    ("EXEMPTOUTPUT", "Exempt and Non-Supplies", "0", "EXEMPTOUTPUT", "ELR"),
    ("IMINPUT", "Goods and Services Imported", "0", "IMINPUT", "AEXL"),
    ("NONE", "No VAT", "0", "NONE", "AEXLR"),
    ("INPUT3", "Standard Rate Purchases", "15", "SRINPUT", "AEX"),
    ("CAPEXINPUT2", "Standard Rate Purchases - Capital Goods", "15", "CAPINPUT", "AEX"),
    ("OUTPUT3", "Standard Rate Sales", "15", "SROUTPUT", "ELR"),
    ("SROUTPUT2", "Standard Rate Sales - Capital Goods", "15", "CAPOUTPUT", "ELR"),
    ("ZERORATED", "Zero rate (Excluding Goods Exported)", "0", "ZROUTPUT", "ELR"),
    ("ZERORATEDOUTPUT", "Zero Rate (only Exported Goods)", "0", "ZREXPORT", "ELR"),
)
_US: Sequence[Rate] = (
    ("AVALARA", "Auto Look Up (DO NOT USE)", "0", "AVALARA", "AEXLR"),
    ("GSTONIMPORTS", "Sales Tax on Imports", "0", "GSTONIMPORTS", "L"),
    ("NONE", "Tax Exempt", "0", "NONE", "AEXLR"),
    ("OUTPUT", "Tax on Sales", "8.25", "OUTPUT", "AEXLR"),
    ("INPUT", "Tax on Purchases", "8.25", "INPUT", "AEXLR"),
)
_CA: Sequence[Rate] = (
    ("GSTONIMPORTS", "Sales Tax on Imports", "0", "GSTONIMPORTS", "L"),
    ("INPUT", "Tax on Purchases", "5", "INPUT", "AEXLR"),
    ("NONE", "Tax Exempt", "0", "NONE", "AEXLR"),
    ("OUTPUT", "Tax on Sales", "5", "OUTPUT", "AEXLR"),
)
_GLOBAL: Sequence[Rate] = (
    ("GSTONIMPORTS", "Sales Tax on Imports", "0", "GSTONIMPORTS", "L"),
    ("NONE", "Tax Exempt", "0", "NONE", "AEXLR"),
    ("OUTPUT", "Tax on Consulting", "8.25", "OUTPUT", "AEXLR"),
    ("INPUT", "Tax on Purchases", "8.25", "INPUT", "AEXLR"),
)
#: The tax rates that an organisation of each country begins with.
RATES: Mapping[CountryName, Sequence[Rate]] = {
    "NZ": _NZ,
    "AU": _AU,
    "UK": _UK,
    "US": _US,
    "ZA": _ZA,
    "CA": _CA,
    "GLOBAL": _GLOBAL,
}

_COUNTRIES: Mapping[CountryName, Country] = {
    "NZ": Country(
        version="NZ",
        code="NZ",
        currency="NZD",
        timezone="NEWZEALANDSTANDARDTIME",
        zone="Pacific/Auckland",
        year_end=(31, 3),
        tax="GST",
        basis="INVOICE",
        period="TWOMONTHS",
        sales="OUTPUT2",
        purchases="INPUT2",
        report="required",
    ),
    "AU": Country(
        version="AU",
        code="AU",
        currency="AUD",
        timezone="AUSEASTERNSTANDARDTIME",
        zone="Australia/Sydney",
        year_end=(30, 6),
        tax="GST",
        basis="ACCRUALS",
        period="QUARTERLY1",
        sales="OUTPUT",
        purchases="INPUT",
        no_tax="BASEXCLUDED",
        report="required",
    ),
    "UK": Country(
        version="UK",
        code="GB",
        currency="GBP",
        timezone="GMTSTANDARDTIME",
        zone="Europe/London",
        year_end=(31, 3),
        tax="VAT",
        basis="ACCRUAL",
        period="QUARTERLY",
        sales="OUTPUT2",
        purchases="INPUT2",
        report="required",
    ),
    "US": Country(
        version="US",
        code="US",
        currency="USD",
        timezone="EASTERNSTANDARDTIME",
        zone="America/New_York",
        year_end=(31, 12),
        tax="Sales Tax",
        basis="ACCRUALS",
        period="QUARTERLY",
        sales="OUTPUT",
        purchases="INPUT",
        report="refused",
    ),
    "ZA": Country(
        version="GLOBAL",
        code="ZA",
        currency="ZAR",
        timezone="SOUTHAFRICASTANDARDTIME",
        zone="Africa/Johannesburg",
        year_end=(28, 2),
        tax="VAT",
        basis="ACCRUALS",
        period="2MONTHLY",
        sales="OUTPUT3",
        purchases="INPUT3",
    ),
    "CA": Country(
        version="GLOBAL",
        code="CA",
        currency="CAD",
        timezone="EASTERNSTANDARDTIME",
        zone="America/Toronto",
        year_end=(31, 12),
        tax="Sales Tax",
        basis="ACCRUALS",
        period="QUARTERLY",
        sales="OUTPUT",
        purchases="INPUT",
        prefix="CAN",
    ),
    "GLOBAL": Country(
        version="GLOBAL",
        code="IE",
        currency="EUR",
        timezone="GMTSTANDARDTIME",
        zone="Europe/Dublin",
        year_end=(31, 12),
        tax="Sales Tax",
        basis="ACCRUALS",
        period="QUARTERLY",
        sales="OUTPUT",
        purchases="INPUT",
        report="refused",
    ),
}
#: Where an organisation of Xero's global edition is, by its currency:
#: CountryCode, Timezone, the same by its usual name, last day of the financial year.
_SEATS: Mapping[str, tuple[str, str, str, tuple[int, int]]] = {
    "INR": ("IN", "INDIASTANDARDTIME", "Asia/Kolkata", (31, 3)),
    "JPY": ("JP", "TOKYOSTANDARDTIME", "Asia/Tokyo", (31, 3)),
    "SGD": ("SG", "SINGAPORESTANDARDTIME", "Asia/Singapore", (31, 12)),
    "KWD": ("KW", "ARABSTANDARDTIME", "Asia/Kuwait", (31, 12)),
}

#: Flag of a tax rate per class of account.
CAN_APPLY = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}


def names() -> tuple[CountryName, ...]:
    """Return the names of the countries that there are."""
    return get_args(CountryName)


def country(name: CountryName, currency: str | None = None) -> Country:
    """Return a country; one of the global edition lies where its currency is used.

    Raises ValueError for an unknown name.
    """
    if name not in _COUNTRIES:
        raise ValueError(f"Unknown country {name!r}; use one of: {', '.join(names())}.")
    found = _COUNTRIES[name]
    seat = _SEATS.get(currency or "") if name == "GLOBAL" else None
    if seat is None:
        return found
    code, timezone, zone, year_end = seat
    return replace(found, code=code, timezone=timezone, zone=zone, year_end=year_end)


def tax_rates(name: CountryName) -> list[Raw]:
    """Return the tax rates that an organisation of a country begins with."""
    letters = dict(zip("AEXLR", CAN_APPLY.values(), strict=True))
    component = _COUNTRIES[name].tax
    return [
        {
            "Name": title,
            "TaxType": tax_type,
            "ReportTaxType": report,
            **{flag: letter in classes for letter, flag in letters.items()},
            "DisplayTaxRate": Decimal(percent),
            "EffectiveRate": Decimal(percent),
            "Status": "ACTIVE",
            "TaxComponents": [
                {
                    "Name": component,
                    "Rate": Decimal(percent),
                    "IsCompound": False,
                    "IsNonRecoverable": False,
                }
            ],
            "system": True,
        }
        for tax_type, title, percent, report, classes in RATES[name]
    ]
