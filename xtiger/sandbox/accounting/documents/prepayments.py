"""Money on account: prepayments and overpayments, opened by bank transactions, then allocated."""

from __future__ import annotations

from functools import partial

from xtiger.sandbox.accounting import attachments
from xtiger.sandbox.accounting.documents import allocations, documents, lines
from xtiger.sandbox.accounting.documents.settling import settle_credit, shown_payments
from xtiger.sandbox.accounting.envelope import Invalid
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View
from xtiger.sandbox.state import Raw

SUFFIXES = ("-PREPAYMENT", "-OVERPAYMENT")
_SHARED = ("Type", "ContactID", "Date", "LineAmountTypes", "LineItems", "SubTotal", "TotalTax")

INDEXES = {"contact": lambda raw: raw["ContactID"]}


def opened(context: Context, transaction: Raw) -> Raw:
    """Store what a bank transaction opens; return its id under the name that the latter shows."""
    if not transaction["Type"].endswith(SUFFIXES):
        return {}
    singular = transaction["Type"].partition("-")[2].capitalize()
    credit_id = context.new_id()
    names = (*_SHARED, "Total", "CurrencyCode", "CurrencyRate")
    raw: Raw = {name: transaction[name] for name in names}
    raw |= {f"{singular}ID": credit_id, "Status": "AUTHORISED", "UpdatedDateUTC": context.stamp}
    settle_credit(context, f"{singular}s", raw)
    context.put(f"{singular}s", credit_id, raw)
    return {f"{singular}ID": credit_id}


def save(_context: Context, _element: Raw, _saving: Saving) -> tuple[Raw, list[str]]:
    """Refuse: money on account is opened by a bank transaction only."""
    raise Invalid(["Prepayments and overpayments are created as bank transactions."])


def render(singular: str, context: Context, raw: Raw, view: View) -> Raw:
    """Return money on account as Xero shows it; lists without page show no lines."""
    credit_id = raw[f"{singular}ID"]
    names = ("Type", "CurrencyRate", "RemainingCredit", "AppliedAmount", "Status", "CurrencyCode")
    shown: Raw = {f"{singular}ID": credit_id, "ID": credit_id} | {name: raw[name] for name in names}
    shown |= {name: raw[name] for name in ("LineAmountTypes", "SubTotal", "TotalTax", "Total")}
    shown["Allocations"] = allocations.of_credit(context, credit_id)
    shown["Payments"] = shown_payments(context, credit_id)
    shown["HasAttachments"] = attachments.has(context, credit_id)
    shown["Contact"] = documents.shown_contact(context, raw)
    shown |= documents.shown_days(raw, "Date") | documents.shown_stamp(raw)
    full = view == "full"
    shown["LineItems"] = [lines.render(context, line) for line in raw["LineItems"]] if full else []
    return shown


def _kind(singular: str) -> Kind:
    plural = f"{singular}s"
    return Kind(
        plural=plural,
        id_field=f"{singular}ID",
        render=partial(render, singular),
        save=save,
        fields=frozenset((f"{singular}ID", "Type", "Date", "Status", "Total", "RemainingCredit"))
        | {"UpdatedDateUTC", "CurrencyCode", "SubTotal", "TotalTax"}
        | {"Contact.ContactID", "Contact.Name"},
        paged=True,
        verbs=frozenset({"GET"}),
        verbs_one=frozenset({"GET"}),
        below={"Allocations": allocations.below(plural)},
        # Xero's own example of a note on an overpayment is a refusal.
        notes="refused" if singular == "Overpayment" else "kept",
    )


PREPAYMENT = _kind("Prepayment")
OVERPAYMENT = _kind("Overpayment")
