"""The chart of accounts and the currencies that a new organisation starts with."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from xtiger.sandbox.accounting.lists.countries import CountryName, country
from xtiger.sandbox.state import Raw

#: Which of the country's tax types an account begins with.
SALES, BOUGHT, UNTAXED = "sales", "purchases", "no_tax"

# code, name, type, tax, extra; the one without a name is called as the tax is
_ACCOUNTS: tuple[tuple[str, str, str, str, Raw], ...] = (
    ("200", "Sales", "REVENUE", SALES, {}),
    ("210", "Consulting Income", "REVENUE", SALES, {}),
    ("215", "Old Shop Sales", "REVENUE", SALES, {"Status": "ARCHIVED"}),
    ("260", "Other Revenue", "REVENUE", SALES, {}),
    ("270", "Interest Income", "REVENUE", UNTAXED, {}),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", BOUGHT, {}),
    ("320", "Direct Wages", "DIRECTCOSTS", UNTAXED, {}),
    ("400", "Advertising & Marketing", "OVERHEADS", BOUGHT, {}),
    ("401", "Audit & Accountancy fees", "OVERHEADS", BOUGHT, {}),
    ("404", "Bank Fees", "OVERHEADS", UNTAXED, {}),
    ("408", "Cleaning", "OVERHEADS", BOUGHT, {}),
    ("412", "Consulting", "OVERHEADS", BOUGHT, {}),
    ("416", "Depreciation Expense", "DEPRECIATN", UNTAXED, {}),
    ("420", "Entertainment", "OVERHEADS", UNTAXED, {}),
    ("425", "Postage, Freight & Courier", "OVERHEADS", BOUGHT, {}),
    ("429", "General Expenses", "OVERHEADS", BOUGHT, {}),
    ("433", "Insurance", "OVERHEADS", BOUGHT, {}),
    ("445", "Light, Power, Heating", "OVERHEADS", BOUGHT, {}),
    ("461", "Printing & Stationery", "OVERHEADS", BOUGHT, {}),
    ("469", "Rent", "OVERHEADS", BOUGHT, {}),
    ("485", "Subscriptions", "OVERHEADS", BOUGHT, {}),
    ("489", "Telephone & Internet", "OVERHEADS", BOUGHT, {}),
    ("497", "Bank Revaluations", "EXPENSE", UNTAXED, {"SystemAccount": "BANKCURRENCYGAIN"}),
    (
        "498",
        "Unrealised Currency Gains",
        "EXPENSE",
        UNTAXED,
        {"SystemAccount": "UNREALISEDCURRENCYGAIN"},
    ),
    (
        "499",
        "Realised Currency Gains",
        "EXPENSE",
        UNTAXED,
        {"SystemAccount": "REALISEDCURRENCYGAIN"},
    ),
    ("610", "Accounts Receivable", "CURRENT", UNTAXED, {"SystemAccount": "DEBTORS"}),
    ("620", "Prepayments", "CURRENT", UNTAXED, {}),
    ("630", "Stock", "INVENTORY", UNTAXED, {}),
    ("710", "Office Equipment", "FIXED", BOUGHT, {}),
    ("800", "Accounts Payable", "CURRLIAB", UNTAXED, {"SystemAccount": "CREDITORS"}),
    ("820", "", "CURRLIAB", UNTAXED, {"SystemAccount": "GST"}),
    ("835", "Directors' Loan Account", "CURRLIAB", UNTAXED, {"EnablePaymentsToAccount": True}),
    ("840", "Historical Adjustment", "CURRLIAB", UNTAXED, {"SystemAccount": "HISTORICAL"}),
    ("850", "Suspense", "CURRLIAB", UNTAXED, {}),
    ("860", "Rounding", "CURRLIAB", UNTAXED, {"SystemAccount": "ROUNDING"}),
    ("877", "Tracking Transfers", "CURRLIAB", UNTAXED, {"SystemAccount": "TRACKINGTRANSFERS"}),
    ("880", "Owner A Drawings", "EQUITY", UNTAXED, {"EnablePaymentsToAccount": True}),
    ("960", "Retained Earnings", "EQUITY", UNTAXED, {"SystemAccount": "RETAINEDEARNINGS"}),
    ("970", "Owner A Funds Introduced", "EQUITY", UNTAXED, {"EnablePaymentsToAccount": True}),
)

#: Accounts of a country with another tax type than the table's.
_OWN_TAX: dict[CountryName, dict[str, str]] = {"UK": {"433": "EXEMPTINPUT", "445": "RRINPUT"}}
#: Bank accounts: the base currency's two, then one in each of the first two other currencies.
_BANKS = (
    ("090", "Business Bank Account", "20000012345678"),
    ("091", "Business Savings Account", "20000087654321"),
    ("092", "", "20000011112222"),
    ("093", "", "20000033334444"),
)
_FOREIGN = {"EUR": "Euro Account", "USD": "US Dollar Account", "GBP": "British Pound Account"}

_CLASSES = {
    "ASSET": ("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"),
    "EQUITY": ("EQUITY",),
    "EXPENSE": ("DEPRECIATN", "DIRECTCOSTS", "EXPENSE", "OVERHEADS"),
    "LIABILITY": ("CURRLIAB", "LIABILITY", "TERMLIAB", "PAYG"),
    "REVENUE": ("OTHERINCOME", "REVENUE", "SALES"),
}

#: Name and units per one pound of the currencies that can be added.
CURRENCIES = {
    "GBP": ("British Pound", "1"),
    "EUR": ("Euro", "1.152340"),
    "USD": ("United States Dollar", "1.318760"),
    "AUD": ("Australian Dollar", "2.021450"),
    "NZD": ("New Zealand Dollar", "2.274100"),
    "AED": ("United Arab Emirates Dirham", "4.843000"),
    "CAD": ("Canadian Dollar", "1.842300"),
    "CHF": ("Swiss Franc", "1.071200"),
    "HKD": ("Hong Kong Dollar", "10.260000"),
    "INR": ("Indian Rupee", "117.250000"),
    "JPY": ("Japanese Yen", "203.410000"),
    "KWD": ("Kuwaiti Dinar", "0.404600"),
    "SEK": ("Swedish Krona", "12.640000"),
    "SGD": ("Singapore Dollar", "1.701500"),
    "ZAR": ("South African Rand", "22.870000"),
}


def account_class(account_type: str) -> str:
    """Return ASSET, EQUITY, EXPENSE, LIABILITY or REVENUE of an account type."""
    return next(name for name, types in _CLASSES.items() if account_type in types)


def account_types() -> frozenset[str]:
    """Return every account type."""
    return frozenset(name for types in _CLASSES.values() for name in types)


def exchange_rate(code: str, base: str) -> Decimal:
    """Return how many units of a currency one unit of the base currency is; 1 when unknown."""
    one = Decimal(CURRENCIES.get(code, ("", "1"))[1])
    return (one / Decimal(CURRENCIES[base][1])).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def starting_currencies(base: str) -> list[str]:
    """Return the currencies of a new organisation: its own, euros and dollars."""
    return list(dict.fromkeys((base, "EUR", "USD")))


def accounts(name: CountryName, currency: str) -> list[Raw]:
    """Return the accounts of a new organisation, without ids and stamps."""
    found = country(name)
    taxes = {SALES: found.sales, BOUGHT: found.purchases, UNTAXED: found.no_tax}
    own = _OWN_TAX.get(name, {})
    return _banks(currency, found.no_tax) + [
        _account(code, title or found.tax, kind, own.get(code, taxes[tax])) | extra
        for code, title, kind, tax, extra in _ACCOUNTS
    ]


def _banks(currency: str, no_tax: str) -> list[Raw]:
    foreign = [code for code in _FOREIGN if code != currency]
    rows = []
    for (code, title, digits), own in zip(_BANKS, (currency, currency, *foreign[:2]), strict=True):
        row = _account(code, title or _FOREIGN[own], "BANK", no_tax)
        row |= {"BankAccountType": "BANK", "CurrencyCode": own, "BankAccountNumber": digits}
        rows.append(row)
    return rows


def _account(code: str, title: str, kind: str, tax_type: str) -> Raw:
    return {
        "Code": code,
        "Name": title,
        "Type": kind,
        "TaxType": tax_type,
        "Class": account_class(kind),
        "Status": "ACTIVE",
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
    }
