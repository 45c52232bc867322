"""What Xero and the CRM say to a refused write, as causes that people can act on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xtiger.model.cause_codes import CauseCode
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Module, Problem
from xtiger.model.values import Plain
from xtiger.model.verbs import ResultName
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.causes import (
    A_SMALLER_AMOUNT,
    APPROVED_OR_PAID,
    NO_REASON,
    WHAT_DIFFERS,
    cause_from,
    cause_of,
)
from xtiger.rules.kinds import nature

#: What Xero says to a line whose item was deleted: it leaves no trace in the feed of items.
_ITEM_GONE = re.compile(r"Item code '(?P<code>.+)' is not valid")
#: What stands in Xero's message → the code; all else is shown as Xero said it.
_KNOWN_TEXTS: tuple[tuple[str, CauseCode], ...] = (
    (r"already assigned to another contact\. The contact name", "contact_same_name"),
    (r"Price List Item with Code .* already exists", "code_taken"),
    (r"Account Number already exists", "account_number_taken"),
    (r"Invoice # must be unique", "number_taken"),
    (r"lock date, currently set at (?P<lock>.+)", "period_locked"),
    (r"not subscribed to currency (?P<currency>\w+)", "currency_not_enabled"),
    (r"Payments can only be made against Authorised", "payment_needs_approval"),
    (r"exceeds the amount outstanding", "payment_too_high"),
    (r"Account type is invalid for making a payment", "payment_account_invalid"),
    (r"cannot be edited as it has a payment", "invoice_locked"),
    (r"has been reconciled with a Bank Statement", "receipt_reconciled"),
    (r"not of valid status for modification", "invoice_locked"),
    (r"contact details has been archived|archived contacts cannot", "archived_in_xero"),
)
#: The field of a payment that holds its account; the CRM's half of it is a code that people know.
_PAID_TO = "Account.AccountID"
_KNOWN = tuple((re.compile(text, re.IGNORECASE), code) for text, code in _KNOWN_TEXTS)


def refused_cause(item: Item, problems: Sequence[str]) -> tuple[Cause, ResultName]:
    """The cause of what Xero refused, and its result: a known rule holds, all else failed.

    The preflight knows these rules, too; Xero says them when somebody was quicker there.
    """
    found: dict[str, Cause] = {}
    said: list[str] = []
    for problem in problems:
        known = _known(item, problem)
        if known is None:
            said.append(problem)
        else:
            found.setdefault(known.code, known)
    causes = list(found.values())
    if said or not causes:
        causes.append(cause_of("xero_refused", message="; ".join(said) or NO_REASON))
    cause = Cause.of_all(causes)
    return cause, CATALOGUE[cause.code].result


def refused_by_crm(module: Module, problem: Problem | None) -> Cause:
    """The cause of what the CRM refused, with the field that it named."""
    if problem is None:
        return cause_of("crm_refused", message=NO_REASON)
    if not problem.field:
        return cause_of("crm_refused", message=problem.message)
    fields = (*module.fields, *module.lines)
    label = next((f.label for f in fields if f.name == problem.field), "") or problem.field
    message = problem.message
    if label.casefold() not in message.casefold():
        message = f"{label}: {message}"
    return cause_of("crm_refused", message=message, field=problem.field)


def _known(item: Item, problem: str) -> Cause | None:
    """What one sentence of Xero's means, if it is a rule that is known here."""
    for pattern, code in _KNOWN:
        found = pattern.search(problem)
        if found:
            data = _data(item) | {k: v.strip(" .") for k, v in found.groupdict().items()}
            return cause_from(code, data)
    lost = item_gone([problem])
    return _item_lost(lost) if lost else None


def item_gone(problems: Sequence[str]) -> str:
    """The code of the item that Xero does not have any more; "" when it says no such thing."""
    found = (_ITEM_GONE.search(problem) for problem in problems)
    return next((one["code"] for one in found if one), "")


def _item_lost(code: str) -> Cause:
    return cause_of("parent_left_out", parent=code, why="gone_in_xero", why_data={})


def _data(item: Item) -> dict[str, Plain]:
    """What the sentences of these codes name."""
    sent = item.to_xero or {}
    labels = ", ".join(d.label for d in item.differences if d.decision == "to_xero")
    return {
        "other": _other(item),
        "name": str(sent.get("Name") or _payer(item) or item.name),
        "code": str(sent.get("Code") or item.name),
        "number": _number(item),
        "amount": str(sent.get("Amount") or ""),
        "due": A_SMALLER_AMOUNT,
        "account": str(item.crm_values.get(_PAID_TO) or sent.get(_PAID_TO) or item.name),
        "date": str(sent.get("Date") or item.crm_values.get("Date") or ""),
        "status": APPROVED_OR_PAID,
        "fields": labels or WHAT_DIFFERS,
    }


def _number(item: Item) -> str:
    """The invoice's number, also of the one that a payment pays."""
    if nature(item.kind).pays and item.needs:
        return item.needs[0].name
    sent = item.to_xero or {}
    return str(sent.get("InvoiceNumber") or sent.get("AccountNumber") or item.name)


def _other(item: Item) -> str:
    """What has the name, code or number already: Xero does not say its name."""
    return (
        "Another contact in Xero"
        if nature(item.kind).known_by == "name"
        else "another item in Xero"
    )


def _payer(item: Item) -> str:
    """The organisation of an invoice: what is archived in Xero is that, not the invoice."""
    return item.needs[0].name if nature(item.kind).lines and item.needs else ""


def taken_cause(item: Item) -> Cause:
    """The cause when the Xero record was linked to another CRM record meanwhile."""
    codes: dict[str, CauseCode] = {"name": "crm_duplicate", "code": "code_taken"}
    known = {"name": item.name, "code": item.name, "number": item.name, "other": "another record"}
    return cause_from(codes.get(nature(item.kind).known_by, "number_taken"), known)
