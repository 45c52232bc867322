"""Accounts: unique codes and names, system accounts untouchable, archiving alone."""

from __future__ import annotations

from xtiger.sandbox.accounting import attachments, messages
from xtiger.sandbox.accounting.envelope import Answer, Invalid, stamp_text, validation
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View, folded
from xtiger.sandbox.accounting.lists.chart import account_class, account_types
from xtiger.sandbox.accounting.shapes import Choice, Flag, Guid, Shape, Text, parse
from xtiger.sandbox.state import Raw

_SHAPE: Shape = {
    "AccountID": Guid(),
    "Code": Text(10),
    "Name": Text(150),
    "Type": Choice("AccountType", account_types()),
    "BankAccountNumber": Text(),
    "BankAccountType": Text(),
    "Status": Choice("AccountStatus", frozenset(("ACTIVE", "ARCHIVED", "DELETED"))),
    "Description": Text(4000),
    "CurrencyCode": Text(),
    "TaxType": Text(),
    "EnablePaymentsToAccount": Flag(),
    "ShowInExpenseClaims": Flag(),
    "AddToWatchlist": Flag(),
}
_SHOWN = tuple(name for name in _SHAPE if name != "AddToWatchlist")

INDEXES = {
    "code": lambda raw: (
        folded(raw["Code"]) if raw.get("Code") and raw["Status"] != "DELETED" else None
    ),
    "name": lambda raw: folded(raw["Name"]) if raw["Status"] != "DELETED" else None,
}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create (PUT) or update (POST /{id}) one account."""
    errors: list[str] = []
    given = parse(element, _SHAPE, errors)
    before = context.get("Accounts", saving.path_id) if saving.path_id else None
    if before is not None:
        changed = {n for n, v in given.items() if n != "AccountID" and v != before.get(n)}
        if before.get("SystemAccount") and changed & {"Type", "Status", "Code"}:
            raise Invalid([messages.OWN_SYSTEM_ACCOUNT])
        if given.get("Status") == "ARCHIVED" and changed - {"Status"}:
            raise Invalid([messages.OWN_ARCHIVE_ALONE])
    after: Raw = (
        dict(before)
        if before
        else {
            "AccountID": context.new_id(),
            "Status": "ACTIVE",
            "TaxType": context.country.no_tax,
            "EnablePaymentsToAccount": False,
            "ShowInExpenseClaims": False,
        }
    )
    after |= {name: value for name, value in given.items() if name != "AccountID"}
    _check(context, after, errors)
    if errors:
        raise Invalid(errors)
    after["Class"] = account_class(after["Type"])
    if after["Type"] == "BANK":
        after.setdefault("BankAccountType", "BANK")
        after.setdefault("CurrencyCode", context.organisation["BaseCurrency"])
    after["UpdatedDateUTC"] = context.stamp
    context.put("Accounts", after["AccountID"], after)
    return after, []


def _check(context: Context, after: Raw, errors: list[str]) -> None:
    bank = after.get("Type") == "BANK"
    if not after.get("Type"):
        errors.append(messages.OWN_ACCOUNT_TYPE)
    if not after.get("Name"):
        errors.append(messages.OWN_ACCOUNT_NAME)
    if not after.get("Code") and not bank:
        errors.append(messages.OWN_ACCOUNT_CODE)
    if bank and not after.get("BankAccountNumber"):
        errors.append(messages.OWN_BANK_NUMBER)
    for field, index, message in (
        ("Code", "code", messages.ACCOUNT_CODE_TAKEN),
        ("Name", "name", messages.ACCOUNT_NAME_TAKEN),
    ):
        others = context.find("Accounts", index, folded(after.get(field, "")))
        if any(raw["AccountID"] != after["AccountID"] for raw in others):
            errors.append(message)
    if after.get("TaxType") and context.get("TaxRates", after["TaxType"]) is None:
        errors.append(messages.TAX_UNKNOWN.format(tax=after["TaxType"]))
    if after.get("CurrencyCode") and context.get("Currencies", after["CurrencyCode"]) is None:
        errors.append(messages.CURRENCY.format(CUR=after["CurrencyCode"]))


def remove(context: Context, raw: Raw) -> Raw | Answer:
    """Delete an account that nothing uses; it stays with Status DELETED."""
    error = ""
    if raw.get("SystemAccount"):
        error = messages.OWN_SYSTEM_ACCOUNT
    elif _used(context, raw):
        error = messages.OWN_ACCOUNT_USED
    if error:
        return validation(
            [render(context, raw, "full") | {"ValidationErrors": [{"Message": error}]}]
        )
    after = raw | {"Status": "DELETED", "UpdatedDateUTC": context.stamp}
    context.put("Accounts", after["AccountID"], after)
    return after


def _used(context: Context, raw: Raw) -> bool:
    code = raw.get("Code")
    in_lines = any(
        line.get("AccountCode") == code
        for kind in ("Invoices", "CreditNotes", "BankTransactions", "Quotes", "PurchaseOrders")
        for document in context.all(kind)
        for line in document["LineItems"]
    )
    banked = context.all("BankTransactions")
    in_lines |= any(row["BankAccountID"] == raw["AccountID"] for row in banked)
    return in_lines or any(
        payment["AccountID"] == raw["AccountID"] for payment in context.all("Payments")
    )


def render(context: Context, raw: Raw, _view: View) -> Raw:
    """Return an account as Xero shows it."""
    shown = {name: raw[name] for name in _SHOWN if raw.get(name) not in (None, "")}
    if raw.get("SystemAccount"):
        shown["SystemAccount"] = raw["SystemAccount"]
    shown |= {"Class": raw["Class"], "HasAttachments": attachments.has(context, raw["AccountID"])}
    return shown | {"UpdatedDateUTC": stamp_text(raw["UpdatedDateUTC"])}


KIND = Kind(
    plural="Accounts",
    id_field="AccountID",
    render=render,
    save=save,
    fields=frozenset((*_SHOWN, "Class", "SystemAccount", "UpdatedDateUTC")),
    batches=False,
    hidden=("Status", frozenset(("DELETED",))),
    remove=remove,
    files=True,
    verbs=frozenset({"GET", "PUT"}),
    verbs_one=frozenset({"GET", "POST", "DELETE"}),
)
