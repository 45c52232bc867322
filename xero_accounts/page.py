"""The pages Xero Accounts and Xero Tax Rates as tables."""

from __future__ import annotations

from collections.abc import Iterable

from xero_accounts.choices import find_accounts, find_tax_rates, percent_text
from xero_accounts.connection import choose
from xtiger.errors import NeedsPerson
from xtiger.hookspecs import PageLink, PageRequest, SearchField, TablePage
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

#: What an account or a tax rate may be in Xero.
_STATUSES = ("ACTIVE", "ARCHIVED")
_UNREAD = "Nothing has been read from Xero yet. The next sync reads it."
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
    """The chart of accounts of one organisation, searched by type, status and text."""
    type_, status, text = (request.query.get(name, "") for name in ("type", "status", "text"))
    words, asked = language(request.locale), request.query.get("connection", "")
    try:
        connection = choose(context.connections(), asked)
    except NeedsPerson as error:
        return _unread(context, request, ACCOUNTS_TITLE, ACCOUNT_COLUMNS, error)
    chart = context.accounts(connection.id)
    fitting = find_accounts(chart, type=type_, text=text)
    found = [one for one in fitting if status in ("", one.status)]
    kinds = dict.fromkeys(
        [*_sorted(a.account_class for a in chart), *_sorted(a.type for a in chart)]
    )
    search = (
        SearchField("type", "Type or class", type_, "choice", _choices(kinds, words)),
        _status(status, words),
        SearchField("text", "Name, code or description", text),
        *_organisation_search(context, asked, connection.id),
    )
    return TablePage(
        ACCOUNTS_TITLE,
        ACCOUNT_COLUMNS,
        tuple(_translated(account_cells(account), words) for account in found),
        _note(connection, len(found), len(chart), _ACCOUNTS, words),
        search,
        empty=_empty(len(chart), words),
        ways=_ways(len(chart), request.page),
    )


def taxes_page(context: Context, request: PageRequest) -> TablePage:
    """The tax rates of one organisation, searched by status and text."""
    status, text, asked = (request.query.get(name, "") for name in ("status", "text", "connection"))
    words = language(request.locale)
    try:
        connection = choose(context.connections(), asked)
    except NeedsPerson as error:
        return _unread(context, request, TAXES_TITLE, TAX_COLUMNS, error)
    rates = context.tax_rates(connection.id)
    found = [one for one in find_tax_rates(rates, text=text) if status in ("", one.status)]
    search = (
        _status(status, words),
        SearchField("text", "Name or tax type", text),
        *_organisation_search(context, asked, connection.id),
    )
    return TablePage(
        TAXES_TITLE,
        TAX_COLUMNS,
        tuple(tax_cells(rate) for rate in found),
        _note(connection, len(found), len(rates), _TAXES, words),
        search,
        empty=_empty(len(rates), words),
        ways=_ways(len(rates), request.page),
    )


def _unread(
    context: Context,
    request: PageRequest,
    title: str,
    columns: tuple[str, ...],
    error: NeedsPerson,
) -> TablePage:
    """A page of no organisation: why, and where another can be chosen or connected."""
    said = spoken_error(error, language(request.locale))
    search = _organisation_search(context, request.query.get("connection", ""), "")
    ways = (PageLink("To the overview", "overview"),)
    return TablePage(title, columns, (), said, tuple(search), ways=ways, no_file=said)


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name})


def _choices(names: Iterable[str], words: Language) -> tuple[tuple[str, str], ...]:
    """All, then each of Xero's own names."""
    return (("", words.translate("All")), *((name, name) for name in names))


def _status(status: str, words: Language) -> SearchField:
    return SearchField("status", "Status", status, "choice", _choices(_STATUSES, words))


def _empty(total: int, words: Language) -> str:
    return words.translate("Nothing fits. Search for less." if total else _UNREAD)


def _ways(total: int, page: str) -> tuple[PageLink, ...]:
    if total:
        return (PageLink("Show everything", page),)
    return (PageLink("Plan and sync", "plan"),)


def _translated(cells: tuple[str, ...], words: Language) -> tuple[str, ...]:
    """A row of accounts in the language of the page; what Xero calls things stays."""
    return tuple(words.translate(cell) if cell == "yes" else cell for cell in cells)


def _organisation_search(context: Context, asked: str, chosen: str) -> list[SearchField]:
    known = context.connections()
    if not known[1:]:
        return []
    names = tuple((one.id, one.name) for one in known)
    return [SearchField("connection", "Organisation", chosen or asked, "choice", names)]


def _note(
    connection: Connection, found: int, total: int, sentences: tuple[str, str], words: Language
) -> str:
    if not total:
        return ""
    return words.sentence(sentences[found != total], found=found, total=total, name=connection.name)
