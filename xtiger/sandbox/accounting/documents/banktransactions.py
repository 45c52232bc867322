"""Bank transactions: money received or spent, and money on account."""

from __future__ import annotations

from xtiger.sandbox.accounting import attachments, messages
from xtiger.sandbox.accounting.documents import documents, lines, prepayments, stock
from xtiger.sandbox.accounting.envelope import Invalid, stamp_text
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View, folded, number, rounded
from xtiger.sandbox.accounting.lists import contacts
from xtiger.sandbox.accounting.shapes import (
    Choice,
    Day,
    Flag,
    Guid,
    Number,
    Part,
    Rows,
    Shape,
    Text,
    parse,
)
from xtiger.sandbox.state import Raw

_TYPES = tuple(
    f"{way}{kind}" for way in ("RECEIVE", "SPEND") for kind in ("", *prepayments.SUFFIXES)
)
_SHAPE: Shape = {
    "BankTransactionID": Guid(),
    "Type": Text(),
    "Contact": Part(contacts.SHAPE),
    "LineItems": Rows(lines.SHAPE),
    "BankAccount": Part({"AccountID": Guid(), "Code": Text()}),
    "IsReconciled": Flag(),
    "Date": Day(),
    "Reference": Text(255),
    "CurrencyCode": Text(),
    "CurrencyRate": Number(),
    "Url": Text(),
    "LineAmountTypes": documents.AMOUNT_TYPES,
    "Status": Choice("BankTransactionStatus", frozenset(("AUTHORISED", "DELETED", "VOIDED"))),
    "SubTotal": Number(),
    "TotalTax": Number(),
    "Total": Number(),
}
_SERIES = documents.Series(
    "BankTransactions",
    "BankTransactionID",
    messages.OWN_BANK_UNKNOWN,
)
_PLAIN = ("Date", "Reference", "CurrencyRate", "Url", "LineAmountTypes", "IsReconciled")


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create, update or delete one transaction; POST finds it by BankTransactionID."""
    errors: list[str] = []
    given = parse(element, _SHAPE, errors)
    if errors:
        raise Invalid(errors)
    before = _SERIES.match(context, given, saving, numbered=False)
    if before is not None:
        _check_open(before)
        if given.get("Status") in documents.GONE:
            return _deleted(context, before), []
    after: Raw = dict(before) if before else _fresh(context, given)
    after |= {name: given[name] for name in _PLAIN if name in given}
    after["ContactID"] = documents.contact(context, given, before)["ContactID"]
    account = _account(context, given, before)
    after["BankAccountID"] = account["AccountID"]
    after.setdefault("Date", context.today)
    own = account.get("CurrencyCode", context.organisation["BaseCurrency"])
    over = after["Type"].endswith("OVERPAYMENT")
    after["CurrencyCode"] = given.get("CurrencyCode", own) if over else own
    documents.set_currency(context, after, own)
    _set_lines(context, given, before, after, errors)
    _check(context, given, after, errors)
    if errors:
        raise Invalid(errors)
    documents.check_locks(context, before, after)
    after["UpdatedDateUTC"] = context.stamp
    stock.move(context, before, after)
    after |= prepayments.opened(context, after) if before is None else {}
    _SERIES.put(context, after)
    sale = after["Type"].startswith("RECEIVE")
    documents.mark_contact(context, after["ContactID"], sale=sale)
    return after, []


def _check_open(before: Raw) -> None:
    if before["Type"] not in ("RECEIVE", "SPEND"):
        raise Invalid([messages.OWN_BANK_FIXED])
    if before.get("IsReconciled"):
        raise Invalid([messages.QUOTED_RECONCILED])
    if before["Status"] != "AUTHORISED":
        raise Invalid([messages.OWN_BANK_STATUS])


def _deleted(context: Context, before: Raw) -> Raw:
    documents.check_locks(context, before)
    after = before | {"Status": "DELETED", "UpdatedDateUTC": context.stamp}
    stock.move(context, before, after)
    _SERIES.put(context, after)
    return after


def _fresh(context: Context, given: Raw) -> Raw:
    if given.get("Type") not in _TYPES:
        raise Invalid([messages.OWN_BANK_TYPE])
    if given.get("Status", "AUTHORISED") != "AUTHORISED":
        raise Invalid([messages.OWN_BANK_STATUS])
    return {
        "BankTransactionID": _SERIES.new_id(context, given),
        "Type": given["Type"],
        "Status": "AUTHORISED",
        # Unlike invoices: amounts hold the tax unless said otherwise.
        "LineAmountTypes": "Inclusive",
        "IsReconciled": False,
        "LineItems": [],
    }


def _account(context: Context, given: Raw, before: Raw | None) -> Raw:
    named = given.get("BankAccount", {})
    found: Raw | None = None
    if named.get("AccountID"):
        found = context.get("Accounts", named["AccountID"])
    elif named.get("Code"):
        rows = context.find("Accounts", "code", folded(named["Code"]))
        found = rows[0] if rows else None
    elif before is not None:
        found = context.get("Accounts", before["BankAccountID"])
    if found is None or found["Type"] != "BANK" or found["Status"] != "ACTIVE":
        raise Invalid([messages.OWN_BANK_ACCOUNT])
    return found


def _set_lines(
    context: Context, given: Raw, before: Raw | None, after: Raw, errors: list[str]
) -> None:
    over = after["Type"].endswith("OVERPAYMENT")
    if over:
        after["LineAmountTypes"] = "NoTax"
        sent = given.get("LineItems", [])
        if len(sent) != 1 or "LineAmount" not in sent[0] or "AccountCode" in sent[0]:
            raise Invalid([messages.OWN_OVERPAYMENT_LINE])
        wanted = "DEBTORS" if after["Type"].startswith("RECEIVE") else "CREDITORS"
        code = next(
            row["Code"] for row in context.all("Accounts") if row.get("SystemAccount") == wanted
        )
        text = {"Description": "Overpayment"} | sent[0]
        line = lines.plain(context, text, code)
        after |= {"LineItems": [line]} | lines.totals([line], "NoTax")
        return
    document = lines.Document(
        context,
        sale=after["Type"].startswith("RECEIVE"),
        amount_types=after["LineAmountTypes"],
        complete=True,
        bank=True,
    )
    lines.set_lines(document, given, before, after, errors)


def _check(context: Context, given: Raw, after: Raw, errors: list[str]) -> None:
    documents.check_currency(context, after["CurrencyCode"], errors)
    documents.check_text(given, after, "", errors)
    plain = after["Type"] in ("RECEIVE", "SPEND")
    rows = given.get("LineItems", [])
    if not plain and (given.get("Reference") or any(row.get("ItemCode") for row in rows)):
        errors.append(messages.OWN_BANK_PLAIN_ONLY)
    if any(
        number(line, "Quantity") <= 0 or not number(line, "UnitAmount")
        for line in after["LineItems"]
    ):
        errors.append(messages.OWN_BANK_LINE)
    if after["Total"] <= 0:
        errors.append(messages.OWN_BANK_TOTAL)
    errors += [messages.OWN_BANK_TAX for row in after["LineItems"] if _own_tax(context, after, row)]


def _own_tax(context: Context, after: Raw, line: Raw) -> bool:
    """Say whether a line has another tax than Xero computes; here it may not differ."""
    rate = context.get("TaxRates", line.get("TaxType", "NONE"))
    if rate is None or after["LineAmountTypes"] == "NoTax":
        return False
    percent = number(rate, "EffectiveRate")
    made = lines.tax_amount(number(line, "LineAmount"), percent, after["LineAmountTypes"])
    return rounded(number(line, "TaxAmount")) != made


def render(context: Context, raw: Raw, view: View) -> Raw:
    """Return a transaction as Xero shows it; lists without page show no lines."""
    account = context.get("Accounts", raw["BankAccountID"]) or {}
    shown: Raw = {name: raw[name] for name in ("BankTransactionID", "Type", "IsReconciled")}
    shown["BankAccount"] = {
        name: account[name] for name in ("AccountID", "Code", "Name") if name in account
    }
    shown |= documents.picked(raw, "PrepaymentID", "OverpaymentID", "Reference", "Url")
    shown["HasAttachments"] = attachments.has(context, raw["BankTransactionID"])
    shown["Contact"] = documents.shown_contact(context, raw)
    shown |= documents.shown_days(raw, "Date")
    names = ("Status", "LineAmountTypes", "SubTotal", "TotalTax", "Total", "CurrencyCode")
    shown |= {name: raw[name] for name in names}
    if raw["CurrencyCode"] != context.organisation["BaseCurrency"]:
        shown["CurrencyRate"] = raw["CurrencyRate"]
    shown["UpdatedDateUTC"] = stamp_text(raw["UpdatedDateUTC"])
    full = view == "full"
    shown["LineItems"] = [lines.render(context, line) for line in raw["LineItems"]] if full else []
    return shown


KIND = Kind(
    plural="BankTransactions",
    id_field="BankTransactionID",
    render=render,
    save=save,
    fields=frozenset((*_PLAIN, "BankTransactionID", "Type", "Status", "UpdatedDateUTC"))
    | {"SubTotal", "TotalTax", "Total", "CurrencyCode", "PrepaymentID", "OverpaymentID"}
    | {"Contact.ContactID", "Contact.Name", "BankAccount.AccountID", "BankAccount.Code"},
    rows=frozenset(("LineItems",)),
    paged=True,
    notes="kept",
    files=True,
)
