"""The pages Xero Accounts and Xero Tax Rates as tables."""

from __future__ import annotations

from xero_accounts.choices import find_accounts, find_tax_rates, percent_text
from xero_accounts.connection import choose
from xtiger.errors import NeedsPerson
from xtiger.hookspecs import PageRequest, TablePage
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.language import Language, language
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.connections import Connection
from xtiger.ports import Context

ACCOUNTS_TITLE = "Xero Accounts"
TAXES_TITLE = "Xero Tax Rates"
ACCOUNT_COLUMNS = (
    "Name",
    "Code",
    "Type",
    "Class",
    "Tax type",
    "Status",
    "Description",
    "Currency",
    "Takes payments",
    "Changed in Xero",
)
TAX_COLUMNS = ("Name", "Rate", "Tax type", "Status", "Usable for", "Parts")

#: What is shown of all that there is; for each page its own.
_ACCOUNTS = (
    "{total} accounts of {name}, as last read from Xero.",
    "{found} of {total} accounts of {name}, as last read from Xero.",
)
_TAXES = (
    "{total} tax rates of {name}, as last read from Xero.",
    "{found} of {total} tax rates of {name}, as last read from Xero.",
)


def account_cells(account: Account) -> tuple[str, ...]:
    """One row of the accounts page, in the order of ACCOUNT_COLUMNS."""
    changed = account.updated_at
    return (
        account.name,
        account.code,
        account.type,
        account.account_class,
        account.tax_type,
        account.status,
        account.description,
        account.currency,
        "yes" if account.payments else "",
        f"{changed:%Y-%m-%d %H:%M} UTC" if changed else "",
    )


def tax_cells(rate: TaxRate) -> tuple[str, ...]:
    """One row of the tax rates page, in the order of TAX_COLUMNS."""
    parts = [
        f"{name} {percent} %{' on top of the others' if compound else ''}"
        for name, percent, compound in rate.components
    ]
    return (
        rate.name,
        percent_text(rate),
        rate.tax_type,
        rate.status,
        ", ".join(sorted(rate.classes)).lower(),
        ", ".join(parts),
    )


def account_fields(account: Account) -> dict[str, str | bool | None]:
    """An account as JSON values."""
    return {
        "name": account.name,
        "code": account.code,
        "type": account.type,
        "class": account.account_class,
        "tax_type": account.tax_type,
        "status": account.status,
        "description": account.description,
        "currency": account.currency,
        "payments": account.payments,
        "system": account.system,
        "xero_id": account.account_id,
        "updated_at": account.updated_at.isoformat() if account.updated_at else None,
    }


def tax_fields(rate: TaxRate) -> dict[str, object]:
    """A tax rate as JSON values; percentages are text, so that none is rounded."""
    return {
        "name": rate.name,
        "tax_type": rate.tax_type,
        "rate": str(rate.rate),
        "status": rate.status,
        "classes": sorted(rate.classes),
        "components": [
            {"name": name, "rate": str(percent), "compound": compound}
            for name, percent, compound in rate.components
        ],
    }


def accounts_page(context: Context, request: PageRequest) -> TablePage:
    """The chart of accounts of one organisation, searched by type and text."""
    type_, text, asked = (request.query.get(name, "") for name in ("type", "text", "connection"))
    words = language(request.locale)
    search = [("type", "Type or class", type_), ("text", "Name, code or description", text)]
    search += _organisation_search(context, asked)
    try:
        connection = choose(context.connections(), asked)
    except NeedsPerson as error:
        return TablePage(
            ACCOUNTS_TITLE,
            ACCOUNT_COLUMNS,
            (),
            spoken_error(error, words),
            tuple(search),
        )
    chart = context.accounts(connection.id)
    found = find_accounts(chart, type=type_, text=text)
    return TablePage(
        ACCOUNTS_TITLE,
        ACCOUNT_COLUMNS,
        tuple(_translated(account_cells(account), words) for account in found),
        _note(connection, len(found), len(chart), _ACCOUNTS, words),
        tuple(search),
    )


def taxes_page(context: Context, request: PageRequest) -> TablePage:
    """The tax rates of one organisation, searched by text."""
    text, asked = request.query.get("text", ""), request.query.get("connection", "")
    words = language(request.locale)
    search = [("text", "Name or tax type", text), *_organisation_search(context, asked)]
    try:
        connection = choose(context.connections(), asked)
    except NeedsPerson as error:
        return TablePage(
            TAXES_TITLE,
            TAX_COLUMNS,
            (),
            spoken_error(error, words),
            tuple(search),
        )
    rates = context.tax_rates(connection.id)
    found = find_tax_rates(rates, text=text)
    return TablePage(
        TAXES_TITLE,
        TAX_COLUMNS,
        tuple(tax_cells(rate) for rate in found),
        _note(connection, len(found), len(rates), _TAXES, words),
        tuple(search),
    )


def _translated(cells: tuple[str, ...], words: Language) -> tuple[str, ...]:
    """A row of accounts in the language of the page; what Xero calls things stays."""
    return tuple(words.translate(cell) if cell == "yes" else cell for cell in cells)


def _organisation_search(context: Context, asked: str) -> list[tuple[str, str, str]]:
    several = len(context.connections()) > 1
    return [("connection", "Organisation", asked)] if several else []


def _note(
    connection: Connection, found: int, total: int, sentences: tuple[str, str], words: Language
) -> str:
    if not total:
        return words.translate("Nothing has been read from Xero yet. The next sync reads it.")
    return words.sentence(sentences[found != total], found=found, total=total, name=connection.name)
