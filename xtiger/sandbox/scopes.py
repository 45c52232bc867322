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
    "accounting.reports.read",
    "accounting.journals.read",
    "accounting.budgets.read",
    "app.connections",
)

#: Endpoint → scopes of which one is enough.
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


def known() -> frozenset[str]:
    """Return every scope that may be asked for."""
    both = (*_GRANULAR, *_BROAD)
    return frozenset((*_IDENTITY, *both, *(f"{scope}.read" for scope in both), *_REPORTS))


def allowed(endpoint: str, method: str, granted: frozenset[str]) -> bool:
    """Say whether a token with the granted scopes may call an endpoint."""
    for scope in _ASKED.get(endpoint, ()):
        enough = {scope, *(broad for broad, parts in _BROAD.items() if scope in parts)}
        if method == "GET":
            enough |= {f"{name}.read" for name in enough}
        if enough & granted:
            return True
    return False
