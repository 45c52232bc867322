"""The pages Xero Accounts and Xero Tax Rates as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from xero_accounts.choices import find_accounts, find_tax_rates, percent_text
from xero_accounts.connection import choose
from xero_accounts.words import STATUSES, class_words, status_words, takes, type_words
from xtiger.errors import NeedsPerson, XTigerError
from xtiger.hookspecs import PageLink, PageRequest, RowDetail, RowPart, SearchField, TablePage
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.language import Language, language
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.connections import Connection
from xtiger.model.values import Plain
from xtiger.ports import Context

ACCOUNTS_TITLE = "Xero Accounts"
TAXES_TITLE = "Xero Tax Rates"
ACCOUNT_COLUMNS = (
    "Name",
    "Code",
    "Type",
    "Class",
    "Takes",
    "Tax type",
    "Status",
    "Description",
    "Currency",
    "Changed in Xero",
)
TAX_COLUMNS = ("Name", "Rate", "Tax type", "Status", "Usable for", "Parts")

#: The button that reads both lists from Xero now.
REFRESH = "refresh"
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


def account_cells(account: Account, words: Language) -> tuple[str, ...]:
    """One row of the accounts page, in the order of ACCOUNT_COLUMNS."""
    changed = account.updated_at
    return (
        account.name,
        account.code,
        type_words(account.type, words),
        class_words(account.account_class, words),
        ", ".join(words.translate(one) for one in takes(account)),
        account.tax_type,
        status_words(account.status, words),
        account.description,
        account.currency,
        f"{changed:%Y-%m-%d %H:%M} UTC" if changed else "",
    )


def tax_cells(rate: TaxRate, words: Language) -> tuple[str, ...]:
    """One row of the tax rates page, in the order of TAX_COLUMNS."""
    parts = [
        f"{name} {percent} %{' on top of the others' if compound else ''}"
        for name, percent, compound in rate.components
    ]
    return (
        rate.name,
        percent_text(rate),
        rate.tax_type,
        status_words(rate.status, words),
        ", ".join(class_words(one, words) for one in sorted(rate.classes)),
        ", ".join(parts),
    )


def account_fields(account: Account) -> dict[str, object]:
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
        "takes": list(takes(account)),
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
    kinds = {one: class_words(one, words) for one in _sorted(a.account_class for a in chart)}
    # What a class is called goes before a type of the same name.
    kinds = {one: type_words(one, words) for one in _sorted(a.type for a in chart)} | kinds
    uses = used_by(context.options(connection.id))
    search = (
        SearchField("type", "Type or class", type_, "choice", _choices(kinds, words)),
        _status(status, words),
        SearchField("text", "Name, code or description", text),
        *_organisation_search(context, asked, connection.id),
    )
    return TablePage(
        ACCOUNTS_TITLE,
        ACCOUNT_COLUMNS,
        tuple(account_cells(account, words) for account in found),
        _note(connection, len(found), len(chart), _ACCOUNTS, words),
        search,
        details=tuple(RowDetail(part=_uses(account, uses, words)) for account in found),
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
        tuple(tax_cells(rate, words) for rate in found),
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


def press_refresh(context: Context, request: PageRequest, _keys: Sequence[str]) -> str:
    """Read accounts, tax rates and currencies from Xero now; returns how many there are."""
    words = language(request.locale)
    try:
        connection = choose(context.connections(), request.form.get("connection", ""))
        context.read_settings(connection.id)
    except XTigerError as error:
        return spoken_error(error, words)
    accounts, rates = context.accounts(connection.id), context.tax_rates(connection.id)
    return words.sentence(
        "Read from Xero: {accounts} accounts, {rates} tax rates.",
        accounts=words.number(len(accounts)),
        rates=words.number(len(rates)),
    )


def used_by(options: Mapping[str, Mapping[str, Plain]]) -> dict[str, list[tuple[str, str]]]:
    """Code or id of an account → (module, option) of each mapping that names it.

    `options` is module → the options of its mapping; any text of an option may be a code.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for module, chosen in options.items():
        for name, value in chosen.items():
            for text in _texts(value):
                found.setdefault(text, []).append((module, name))
    return found


def _texts(value: Plain) -> list[str]:
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


def _uses(
    account: Account, uses: Mapping[str, Sequence[tuple[str, str]]], words: Language
) -> RowPart | None:
    """The options that name an account; None where none does."""
    names = [one for one in (account.code, account.account_id) if one]
    rows = dict.fromkeys(row for name in names for row in uses.get(name, ()) if "account" in row[1])
    if not rows:
        return None
    label = words.counted("{count} option names it", "{count} options name it", len(rows))
    shown = tuple((words.translate(module), option) for module, option in rows)
    return RowPart(label, ("Module", "Option"), shown)


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name})


def _choices(names: Mapping[str, str], words: Language) -> tuple[tuple[str, str], ...]:
    """All, then each of Xero's own names in words."""
    return (("", words.translate("All")), *names.items())


def _status(status: str, words: Language) -> SearchField:
    known = {one: status_words(one, words) for one in STATUSES}
    return SearchField("status", "Status", status, "choice", _choices(known, words))


def _empty(total: int, words: Language) -> str:
    return words.translate("Nothing fits. Search for less." if total else _UNREAD)


def _ways(total: int, page: str) -> tuple[PageLink, ...]:
    if total:
        return (PageLink("Show everything", page),)
    return (PageLink("Plan and sync", "plan"),)


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
