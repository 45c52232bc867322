"""Scopes: which exist, and which one each endpoint asks for."""

from __future__ import annotations

_IDENTITY = ("openid", "profile", "email", "offline_access")
_BROAD = {
    "accounting.transactions": (
        "accounting.invoices",
        "accounting.payments",
        "accounting.banktransactions",
        "accounting.manualjournals",
    ),
}
#: What an app that was made before March 2026 may ask for besides.
_BEFORE_MARCH_2026 = (*_BROAD, *(f"{scope}.read" for scope in _BROAD), "accounting.reports.read")
_GRANULAR = (
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
    "accounting.manualjournals",
    "accounting.settings",
    "accounting.contacts",
    "accounting.attachments",
)
_REPORTS = (
    "aged",
    "balancesheet",
    "banksummary",
    "budgetsummary",
    "executivesummary",
    "profitandloss",
    "taxreports",
    "trialbalance",
)
_OTHERS = (
    *(f"accounting.reports.{name}.read" for name in _REPORTS),
    "accounting.journals.read",
    "accounting.budgets.read",
    "app.connections",
)

#: Endpoint → scopes of which one is enough to read, and to write unless `_WRITING` says more.
_ASKED = {
    "Invoices": ("accounting.invoices",),
    "Payments": ("accounting.payments",),
    "Items": ("accounting.invoices", "accounting.settings"),
    "Organisation": ("accounting.settings",),
    "Accounts": ("accounting.settings",),
    "TaxRates": ("accounting.settings",),
    "Currencies": ("accounting.settings",),
    "BrandingThemes": ("accounting.settings",),
    "TrackingCategories": ("accounting.settings",),
    "Contacts": ("accounting.contacts",),
    "ContactGroups": ("accounting.contacts",),
    "CreditNotes": ("accounting.invoices",),
    "Quotes": ("accounting.invoices",),
    "PurchaseOrders": ("accounting.invoices",),
    "BankTransactions": ("accounting.banktransactions",),
    "BatchPayments": ("accounting.payments",),
    "Prepayments": ("accounting.payments",),
    "Overpayments": ("accounting.payments",),
    "Attachments": ("accounting.attachments",),
}
#: Whether accounting.invoices is enough to write items is not settled in public.
_WRITING = {"Items": ("accounting.settings",)}


def known(*, broad: bool) -> frozenset[str]:
    """Return every scope that an app may ask for; `broad`: one made before March 2026."""
    granular = (*_GRANULAR, *(f"{scope}.read" for scope in _GRANULAR))
    return frozenset((*_IDENTITY, *granular, *_OTHERS, *(_BEFORE_MARCH_2026 if broad else ())))


def allowed(endpoint: str, method: str, granted: frozenset[str]) -> bool:
    """Say whether a token with the granted scopes may call an endpoint."""
    asked = _ASKED.get(endpoint, ())
    for scope in asked if method == "GET" else _WRITING.get(endpoint, asked):
        enough = {scope, *(broad for broad, parts in _BROAD.items() if scope in parts)}
        if method == "GET":
            enough |= {f"{name}.read" for name in enough}
        if enough & granted:
            return True
    return False
