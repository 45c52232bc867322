"""The related list Xero Accounts of a record: each account it has, to view, choose, take away."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from xero_accounts.choices import account_label, account_named, choices
from xero_accounts.connection import choose
from xero_accounts.panel import ROWS
from xero_accounts.words import class_words, status_words, type_words
from xtiger.errors import NeedsPerson, RecordMissing
from xtiger.hookspecs import CrmLink, PageLink, PageRequest, RowDetail, RowLink, TablePage
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.language import Language, language
from xtiger.model.chart_of_accounts import Account
from xtiger.model.records import Module, Record, Ref
from xtiger.ports import Context

TITLE, PAGE = "Xero Accounts of a record", "record-accounts"
#: The buttons of its rows.
TAKE, CHOOSE = "take", "choose"
COLUMNS = ("Used for", "Account", "Type", "Class", "Status")
OFFERED = ("Account", "Type", "Class", "Description")


def load(context: Context, request: PageRequest) -> TablePage:
    """The accounts of the record that the address names; with `use`, those to choose from."""
    words, ref = language(request.locale), _ref(request)
    try:
        module, record = _found(context, ref)
        chart = context.accounts(
            choose(context.connections(), request.query.get("connection", "")).id
        )
    except NeedsPerson as error:
        return TablePage(TITLE, COLUMNS, (), spoken_error(error, words), no_file=str(error))
    use = request.query.get("use", "")
    if use:
        return _offered(ref, use, chart, words)
    rows = [row for row in ROWS.get(module.role or "", ()) if module.by_role(row[0]) is not None]
    shown = [(role, label, *_kept(module, record, role, chart)) for role, _name, label in rows]
    return TablePage(
        TITLE,
        COLUMNS,
        tuple(_cells(label, value, account, words) for _, label, value, account in shown),
        words.sentence("Of {record}.", record=f"{ref.module} {ref.id}"),
        details=tuple(_detail(ref, role, value, account) for role, _, value, account in shown),
        empty=words.translate("Records of this module have no accounts."),
        ways=(PageLink("Show everything", "accounts"),),
    )


def press_take(context: Context, request: PageRequest, keys: Sequence[str]) -> str:
    """Take accounts away from their records; each has none of its own then."""
    return _set(context, request, [(*_parts(key)[:3], "") for key in keys])


def press_choose(context: Context, request: PageRequest, keys: Sequence[str]) -> str:
    """Let a record have the account that was chosen; of several rows the first one counts."""
    return _set(context, request, [_parts(key) for key in keys[:1]])


def _set(
    context: Context, request: PageRequest, wanted: Sequence[tuple[str, str, str, str]]
) -> str:
    words = language(request.locale)
    try:
        for module, crm_id, role, value in wanted:
            context.set_value(Ref(module, crm_id), role, value)
    except (NeedsPerson, RecordMissing) as error:
        return spoken_error(error, words)
    return words.translate("Saved. The next sync carries it to Xero.")


def _ref(request: PageRequest) -> Ref:
    return Ref(request.query.get("module", ""), request.query.get("record", ""))


def _found(context: Context, ref: Ref) -> tuple[Module, Record]:
    """The record; raises NeedsPerson where there is none."""
    module = next((one for one in context.host.modules() if one.name == ref.module), None)
    if module is None or not ref.id:
        raise NeedsPerson("Open a product, and there its Xero accounts: this page is about one.")
    record = context.host.get(ref.module, [ref.id]).get(ref.id)
    if record is None or record.deleted:
        raise NeedsPerson("This record is not in the CRM any more.")
    return module, record


def _kept(
    module: Module, record: Record, role: str, chart: Sequence[Account]
) -> tuple[str, Account | None]:
    """What the record has there, and the account that it names."""
    field = module.by_role(role)
    value = str(record.values.get(field.name) or "") if field is not None else ""
    return value, account_named(chart, value)


def _cells(label: str, value: str, account: Account | None, words: Language) -> tuple[str, ...]:
    used = words.translate(label)
    if account is None:
        return (used, value or words.translate("None"), "", "", "")
    return (
        used,
        account_label(account),
        type_words(account.type, words),
        class_words(account.account_class, words),
        status_words(account.status, words),
    )


def _detail(ref: Ref, role: str, value: str, account: Account | None) -> RowDetail:
    here = {"module": ref.module, "record": ref.id, "use": role}
    links: list[RowLink] = [PageLink("Choose another" if value else "Choose", PAGE, here)]
    if account is not None:
        links.append(PageLink("View", "accounts", {"text": account.code or account.name}))
    links.append(CrmLink(ref.module, ref.id))
    key = _key(ref, role, "") if value else ""
    return RowDetail(key, tuple(links), actions=(TAKE,))


def _offered(ref: Ref, use: str, chart: Sequence[Account], words: Language) -> TablePage:
    """The accounts that fit a use, each with the button that chooses it."""
    names = {role: name for rows in ROWS.values() for role, name, _label in rows}
    fitting = choices(names.get(use, ""), chart, ())
    by_value = {one.value: account_named(chart, one.value) for one in fitting}
    found = [(one, account) for one in fitting if (account := by_value[one.value]) is not None]
    return TablePage(
        TITLE,
        OFFERED,
        tuple(
            (
                one.label,
                type_words(account.type, words),
                class_words(account.account_class, words),
                account.description,
            )
            for one, account in found
        ),
        words.sentence("Of {record}.", record=f"{ref.module} {ref.id}"),
        details=tuple(
            RowDetail(_key(ref, use, one.value), actions=(CHOOSE,)) for one, _account in found
        ),
        empty=words.translate("No account fits. The next sync reads those that Xero has."),
        ways=(PageLink("Show everything", "accounts"),),
    )


def _key(ref: Ref, role: str, value: str) -> str:
    return urlencode({"module": ref.module, "record": ref.id, "use": role, "value": value})


def _parts(key: str) -> tuple[str, str, str, str]:
    """Module, id, role and value; raises NeedsPerson for a key that no row has."""
    named = dict(parse_qsl(key, keep_blank_values=True))
    if not {"module", "record", "use", "value"} <= named.keys():
        raise NeedsPerson("This row is not there any more. Load the page again.")
    return named["module"], named["record"], named["use"], named["value"]
