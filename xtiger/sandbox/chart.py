"""The chart of accounts, tax rates and currencies that a new UK organisation starts with."""

from __future__ import annotations

from decimal import Decimal

from xtiger.sandbox.state import Raw

# code, name, type, tax type, extra
_ACCOUNTS: tuple[tuple[str, str, str, str, Raw], ...] = (
    ("090", "Business Bank Account", "BANK", "NONE", {"BankAccountNumber": "20000012345678"}),
    (
        "091",
        "Business Savings Account",
        "BANK",
        "NONE",
        {"BankAccountNumber": "20000087654321"},
    ),
    (
        "092",
        "Euro Account",
        "BANK",
        "NONE",
        {"BankAccountNumber": "20000011112222", "CurrencyCode": "EUR"},
    ),
    (
        "093",
        "US Dollar Account",
        "BANK",
        "NONE",
        {"BankAccountNumber": "20000033334444", "CurrencyCode": "USD"},
    ),
    ("200", "Sales", "REVENUE", "OUTPUT2", {}),
    ("210", "Consulting Income", "REVENUE", "OUTPUT2", {}),
    ("215", "Old Shop Sales", "REVENUE", "OUTPUT2", {"Status": "ARCHIVED"}),
    ("260", "Other Revenue", "REVENUE", "OUTPUT2", {}),
    ("270", "Interest Income", "REVENUE", "NONE", {}),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "INPUT2", {}),
    ("320", "Direct Wages", "DIRECTCOSTS", "NONE", {}),
    ("400", "Advertising & Marketing", "OVERHEADS", "INPUT2", {}),
    ("401", "Audit & Accountancy fees", "OVERHEADS", "INPUT2", {}),
    ("404", "Bank Fees", "OVERHEADS", "NONE", {}),
    ("408", "Cleaning", "OVERHEADS", "INPUT2", {}),
    ("412", "Consulting", "OVERHEADS", "INPUT2", {}),
    ("416", "Depreciation Expense", "DEPRECIATN", "NONE", {}),
    ("420", "Entertainment", "OVERHEADS", "NONE", {}),
    ("425", "Postage, Freight & Courier", "OVERHEADS", "INPUT2", {}),
    ("429", "General Expenses", "OVERHEADS", "INPUT2", {}),
    ("433", "Insurance", "OVERHEADS", "EXEMPTINPUT", {}),
    ("445", "Light, Power, Heating", "OVERHEADS", "RRINPUT", {}),
    ("461", "Printing & Stationery", "OVERHEADS", "INPUT2", {}),
    ("469", "Rent", "OVERHEADS", "INPUT2", {}),
    ("485", "Subscriptions", "OVERHEADS", "INPUT2", {}),
    ("489", "Telephone & Internet", "OVERHEADS", "INPUT2", {}),
    ("497", "Bank Revaluations", "EXPENSE", "NONE", {"SystemAccount": "BANKCURRENCYGAIN"}),
    (
        "498",
        "Unrealised Currency Gains",
        "EXPENSE",
        "NONE",
        {"SystemAccount": "UNREALISEDCURRENCYGAIN"},
    ),
    (
        "499",
        "Realised Currency Gains",
        "EXPENSE",
        "NONE",
        {"SystemAccount": "REALISEDCURRENCYGAIN"},
    ),
    ("610", "Accounts Receivable", "CURRENT", "NONE", {"SystemAccount": "DEBTORS"}),
    ("620", "Prepayments", "CURRENT", "NONE", {}),
    ("630", "Stock", "INVENTORY", "NONE", {}),
    ("710", "Office Equipment", "FIXED", "INPUT2", {}),
    ("800", "Accounts Payable", "CURRLIAB", "NONE", {"SystemAccount": "CREDITORS"}),
    ("820", "VAT", "CURRLIAB", "NONE", {"SystemAccount": "GST"}),
    ("835", "Directors' Loan Account", "CURRLIAB", "NONE", {"EnablePaymentsToAccount": True}),
    ("840", "Historical Adjustment", "CURRLIAB", "NONE", {"SystemAccount": "HISTORICAL"}),
    ("850", "Suspense", "CURRLIAB", "NONE", {}),
    ("860", "Rounding", "CURRLIAB", "NONE", {"SystemAccount": "ROUNDING"}),
    ("877", "Tracking Transfers", "CURRLIAB", "NONE", {"SystemAccount": "TRACKINGTRANSFERS"}),
    ("880", "Owner A Drawings", "EQUITY", "NONE", {"EnablePaymentsToAccount": True}),
    ("960", "Retained Earnings", "EQUITY", "NONE", {"SystemAccount": "RETAINEDEARNINGS"}),
    ("970", "Owner A Funds Introduced", "EQUITY", "NONE", {"EnablePaymentsToAccount": True}),
)

_CLASSES = {
    "ASSET": ("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"),
    "EQUITY": ("EQUITY",),
    "EXPENSE": ("DEPRECIATN", "DIRECTCOSTS", "EXPENSE", "OVERHEADS"),
    "LIABILITY": ("CURRLIAB", "LIABILITY", "TERMLIAB", "PAYG"),
    "REVENUE": ("OTHERINCOME", "REVENUE", "SALES"),
}

# tax type, name, rate, report type, classes that take it (A E X L R)
_RATES = (
    ("CAPEXINPUT2", "20% (VAT on Capital Purchases)", "20", "CAPITALEXPENSESINPUT", "A"),
    ("CAPEXOUTPUT2", "20% (VAT on Capital Sales)", "20", "CAPITALSALESOUTPUT", "A"),
    ("INPUT2", "20% (VAT on Expenses)", "20", "INPUT", "AEXL"),
    ("OUTPUT2", "20% (VAT on Income)", "20", "OUTPUT", "AELR"),
    ("RRINPUT", "5% (VAT on Expenses)", "5", "INPUT", "AEXL"),
    ("RROUTPUT", "5% (VAT on Income)", "5", "OUTPUT", "AELR"),
    ("EXEMPTINPUT", "Exempt Expenses", "0", "EXEMPTINPUT", "AEXL"),
    ("EXEMPTOUTPUT", "Exempt Income", "0", "EXEMPTOUTPUT", "AELR"),
    ("NONE", "No VAT", "0", "NONE", "AEXLR"),
    ("REVERSECHARGES", "Reverse Charge Expenses (20%)", "0", "REVERSECHARGES", "AEXL"),
    ("GSTONIMPORTS", "VAT on Imports", "0", "GSTONIMPORTS", "L"),
    ("ECZROUTPUT", "Zero Rated EC Goods Income", "0", "ECOUTPUT", "AELR"),
    ("ECZROUTPUTSERVICES", "Zero Rated EC Services", "0", "ECOUTPUTSERVICES", "AELR"),
    ("ZERORATEDINPUT", "Zero Rated Expenses", "0", "INPUT", "AEXL"),
    ("ZERORATEDOUTPUT", "Zero Rated Income", "0", "OUTPUT", "AELR"),
)

#: Flag of a tax rate per class of account.
CAN_APPLY = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}

#: Name and units per one pound of the currencies that can be added.
CURRENCIES = {
    "GBP": ("British Pound", "1"),
    "EUR": ("Euro", "1.152340"),
    "USD": ("United States Dollar", "1.318760"),
    "AUD": ("Australian Dollar", "2.021450"),
    "NZD": ("New Zealand Dollar", "2.274100"),
    "CAD": ("Canadian Dollar", "1.842300"),
    "CHF": ("Swiss Franc", "1.071200"),
    "INR": ("Indian Rupee", "117.250000"),
    "JPY": ("Japanese Yen", "203.410000"),
    "SEK": ("Swedish Krona", "12.640000"),
    "ZAR": ("South African Rand", "22.870000"),
}


def account_class(account_type: str) -> str:
    """Return ASSET, EQUITY, EXPENSE, LIABILITY or REVENUE of an account type."""
    return next(name for name, types in _CLASSES.items() if account_type in types)


def account_types() -> frozenset[str]:
    """Return every account type."""
    return frozenset(name for types in _CLASSES.values() for name in types)


def accounts() -> list[Raw]:
    """Return the accounts of a new organisation, without ids and stamps."""
    rows = []
    for code, name, kind, tax, extra in _ACCOUNTS:
        row: Raw = {
            "Code": code,
            "Name": name,
            "Type": kind,
            "TaxType": tax,
            "Class": account_class(kind),
            "Status": "ACTIVE",
            "EnablePaymentsToAccount": False,
            "ShowInExpenseClaims": False,
        }
        if kind == "BANK":
            row |= {"BankAccountType": "BANK", "CurrencyCode": "GBP"}
        rows.append(row | extra)
    return rows


def tax_rates() -> list[Raw]:
    """Return the tax rates of a new organisation."""
    letters = dict(zip("AEXLR", CAN_APPLY.values(), strict=True))
    return [
        {
            "Name": name,
            "TaxType": tax_type,
            "ReportTaxType": report,
            **{flag: letter in classes for letter, flag in letters.items()},
            "DisplayTaxRate": Decimal(rate),
            "EffectiveRate": Decimal(rate),
            "Status": "ACTIVE",
            "TaxComponents": [
                {
                    "Name": "VAT",
                    "Rate": Decimal(rate),
                    "IsCompound": False,
                    "IsNonRecoverable": False,
                }
            ],
            "system": True,
        }
        for tax_type, name, rate, report, classes in _RATES
    ]
