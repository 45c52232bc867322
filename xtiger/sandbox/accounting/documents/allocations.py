"""Allocations: credit of a note, prepayment or overpayment, set against an invoice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.documents import documents
from xtiger.sandbox.accounting.documents.settling import CREDITS, refresh
from xtiger.sandbox.accounting.envelope import (
    Answer,
    Invalid,
    day_text,
    enveloped,
    json_answer,
    not_found,
    not_implemented,
    post_data_invalid,
    validation,
)
from xtiger.sandbox.accounting.kinds import Asked, Context, number, rounded
from xtiger.sandbox.accounting.shapes import Day, Guid, Number, Part, Shape, Text, parse
from xtiger.sandbox.accounting.writing import rows_of
from xtiger.sandbox.state import Raw

_SHAPE: Shape = {
    "Amount": Number(),
    # The older name of the same.
    "AppliedAmount": Number(),
    "Date": Day(),
    "Invoice": Part({"InvoiceID": Guid(), "InvoiceNumber": Text()}),
}

INDEXES = {"invoice": lambda raw: raw["InvoiceID"], "credit": lambda raw: raw["CreditID"]}


def below(kind: str) -> Callable[[Context, Asked, Raw], Answer]:
    """Return what answers /{kind}/{id}/Allocations."""
    return partial(_answer, kind)


def _answer(kind: str, context: Context, asked: Asked, raw: Raw) -> Answer:
    if asked.method == "DELETE" and len(asked.rest) == 3:
        return _removed(context, kind, raw, asked.rest[2])
    if asked.method != "PUT" or len(asked.rest) != 2:
        raise not_implemented()
    summarise = asked.query.get("summarizeerrors", "true").lower() != "false"
    shown, failed = [], []
    for element in rows_of(asked.body, "Allocations", "Allocation"):
        given = parse(element, _SHAPE, [])
        if "AppliedAmount" in given:
            given.setdefault("Amount", given["AppliedAmount"])
        if not {"Amount", "Invoice", "Date"} <= given.keys():
            raise post_data_invalid("An allocation needs Amount, Invoice and Date.")
        # The credit is read again: an earlier allocation of the same call used some of it.
        credit = context.get(kind, raw[CREDITS[kind]]) or raw
        try:
            with context.state.transaction():
                shown.append(_stored(context, kind, credit, given))
        except Invalid as error:
            echo = {"Amount": given["Amount"], "Invoice": given["Invoice"]}
            echo["ValidationErrors"] = [{"Message": text} for text in error.errors]
            failed.append(echo)
            shown.append(echo | {"StatusAttributeString": "ERROR"})
    if failed and summarise:
        return validation(failed)
    return enveloped(context.new_id, context.now, {"Allocations": shown})


def _stored(context: Context, kind: str, credit: Raw, given: Raw) -> Raw:
    invoice = _invoice(context, given["Invoice"])
    amount = rounded(number(given, "Amount"))
    date = given["Date"]
    sale = credit["Type"] in ("ACCRECCREDIT", "RECEIVE-PREPAYMENT", "RECEIVE-OVERPAYMENT")
    error = ""
    if credit["Status"] != "AUTHORISED" or invoice["Status"] != "AUTHORISED":
        error = messages.OWN_ALLOCATION_STATUS
    elif invoice["Type"] != ("ACCREC" if sale else "ACCPAY"):
        error = messages.OWN_ALLOCATION_TYPE
    elif invoice["ContactID"] != credit["ContactID"]:
        error = messages.OWN_ALLOCATION_CONTACT
    elif invoice["CurrencyCode"] != credit["CurrencyCode"]:
        error = messages.OWN_ALLOCATION_CURRENCY
    elif amount <= 0 or amount > number(credit, "RemainingCredit"):
        error = messages.OWN_ALLOCATION_CREDIT
    elif amount > number(invoice, "AmountDue"):
        error = messages.OWN_ALLOCATION_DUE
    if error:
        raise Invalid([error])
    documents.check_lock(context, date)
    row: Raw = {
        "AllocationID": context.new_id(),
        "Kind": kind,
        "CreditID": credit[CREDITS[kind]],
        "InvoiceID": invoice["InvoiceID"],
        "Amount": amount,
        "Date": date,
    }
    context.put("Allocations", row["AllocationID"], row)
    _refresh(context, row)
    return shown_on(context, row) | {
        CREDITS[kind].removesuffix("ID"): {CREDITS[kind]: row["CreditID"], "LineItems": []}
    }


def _invoice(context: Context, named: Raw) -> Raw:
    found = context.get("Invoices", named.get("InvoiceID", ""))
    if found is None:
        raise Invalid([messages.INVOICE_UNKNOWN])
    return found


def _removed(context: Context, kind: str, raw: Raw, allocation_id: str) -> Answer:
    row = context.get("Allocations", allocation_id.lower())
    if row is None or row["CreditID"] != raw[CREDITS[kind]]:
        raise not_found()
    documents.check_lock(context, row["Date"])
    context.put("Allocations", row["AllocationID"], None)
    _refresh(context, row)
    return json_answer(
        {
            "AllocationID": row["AllocationID"],
            "Amount": row["Amount"],
            "Date": day_text(row["Date"]),
            "Invoice": {"InvoiceID": row["InvoiceID"]},
            "IsDeleted": True,
        }
    )


def _refresh(context: Context, row: Raw) -> None:
    refresh(context, row["Kind"], row["CreditID"])
    refresh(context, "Invoices", row["InvoiceID"])


def shown_on(context: Context, row: Raw) -> Raw:
    """Return an allocation as the credit shows it."""
    invoice = context.get("Invoices", row["InvoiceID"]) or {}
    empty: Raw = {"Payments": [], "CreditNotes": [], "Prepayments": [], "Overpayments": []}
    return {
        "AllocationID": row["AllocationID"],
        "Amount": row["Amount"],
        "Date": day_text(row["Date"]),
        "Invoice": {
            "InvoiceID": row["InvoiceID"],
            "InvoiceNumber": invoice.get("InvoiceNumber", ""),
            **empty,
            "HasErrors": False,
            "IsDiscounted": False,
            "LineItems": [],
        },
    }


def of_credit(context: Context, credit_id: str) -> list[Raw]:
    """Return the allocations of a credit as it shows them."""
    return [shown_on(context, row) for row in context.find("Allocations", "credit", credit_id)]
