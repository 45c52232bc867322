"""What all documents share: contact, currency, days, numbers, statuses, lock dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.envelope import Invalid, day_text, stamp_string, stamp_text
from xtiger.sandbox.accounting.kinds import Context, Saving, folded, number, rounded
from xtiger.sandbox.accounting.lists import contacts
from xtiger.sandbox.accounting.lists.chart import exchange_rate
from xtiger.sandbox.accounting.shapes import Choice
from xtiger.sandbox.state import Raw

#: Statuses of invoices and credit notes, and the steps between them; "" is before the first.
STATUSES = frozenset(("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"))
GONE = ("VOIDED", "DELETED")
APPROVED = ("AUTHORISED", "PAID")
_TO: Mapping[str, frozenset[str]] = {
    "": frozenset(("DRAFT", "SUBMITTED", "AUTHORISED")),
    "DRAFT": frozenset(("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED")),
    "SUBMITTED": frozenset(("SUBMITTED", "DRAFT", "AUTHORISED", "DELETED")),
    "AUTHORISED": frozenset(("AUTHORISED", "VOIDED")),
    "PAID": frozenset(("PAID",)),
    "VOIDED": frozenset(),
    "DELETED": frozenset(),
}
_SUMS = ("SubTotal", "TotalTax", "Total")
#: Whether amounts hold the tax; quotes write it in a way of their own.
AMOUNT_TYPES = Choice("LineAmountType", frozenset(("Exclusive", "Inclusive", "NoTax")))


@dataclass(frozen=True, slots=True)
class Series:
    """The documents of one kind: how one of them is found, and which number a new one gets."""

    plural: str
    id_field: str
    #: The message for an id that there is not.
    unknown: str
    #: "" where documents have no numbers.
    number_field: str = ""
    #: What made numbers begin with.
    prefix: str = ""
    #: The message for a number that another document has.
    taken: str = ""

    def match(
        self, context: Context, given: Raw, saving: Saving, *, numbered: bool = True
    ) -> Raw | None:
        """Return the document that a write is for, by id, or by number where `numbered`.

        None for a new one; raises Invalid for an unknown id.
        """
        if saving.create_only:
            return None
        wanted = saving.path_id or given.get(self.id_field)
        if wanted:
            found = context.get(self.plural, wanted)
            if found is None:
                raise Invalid([self.unknown])
            return found
        return self.by_number(context, given.get(self.number_field, "")) if numbered else None

    def by_number(self, context: Context, key: str) -> Raw | None:
        """Return the document that has a number, a voided one too; None for no number."""
        found = context.find(self.plural, "number", folded(key)) if key else None
        return found[0] if found else None

    def number(self, context: Context, after: Raw) -> None:
        """Give a document without a number the next free one, such as INV-0007."""
        if after.get(self.number_field):
            return
        counter = context.get("Counter", self.prefix) or {"last": 0}
        last = int(counter["last"])
        while True:
            last += 1
            made = f"{self.prefix}-{last:04d}"
            if self.by_number(context, made) is None:
                context.put("Counter", self.prefix, {"last": last})
                after[self.number_field] = made
                return

    def check_number(self, context: Context, after: Raw, errors: list[str]) -> None:
        """Add an error for a number that another document has, a voided one too."""
        other = self.by_number(context, after.get(self.number_field, ""))
        if other is not None and other[self.id_field] != after[self.id_field]:
            errors.append(self.taken)

    def new_id(self, context: Context, given: Raw) -> str:
        """Return the id of a new document: the given one where ids are kept."""
        keep = context.keep_ids and given.get(self.id_field)
        return str(given[self.id_field]) if keep else context.new_id()

    def put(self, context: Context, after: Raw) -> None:
        """Keep a document as it stands after a write."""
        context.put(self.plural, after[self.id_field], after)


def status(context: Context, given: Raw, before: Raw | None, *, sale: bool) -> str:
    """Return the status after a write; raises Invalid for a step that is not allowed.

    Where the user may not approve, AUTHORISED comes back as SUBMITTED or DRAFT, with 200.
    """
    old = before["Status"] if before else ""
    new = str(given.get("Status") or old or "DRAFT")
    steps = _TO[old]
    if before and old == "PAID" and not before["Total"]:
        # Paid because there was nothing to pay: no payment stands in the way.
        steps = steps | _TO["AUTHORISED"]
    if new not in steps:
        raise Invalid([messages.STATUS_MODIFICATION if before else messages.STATUS_CREATION])
    action = "CreateApprovedInvoice" if sale else "CreateApprovedBill"
    if new == "AUTHORISED" and old not in APPROVED and not context.allows(action):
        return str(context.organisation.get("ApprovalStatus", "SUBMITTED"))
    return new


def contact(context: Context, given: Raw, before: Raw | None) -> Raw:
    """Return the contact of a document; raises Invalid when there is none."""
    if "Contact" in given:
        return contacts.for_document(context, given["Contact"])
    found = context.get("Contacts", before["ContactID"]) if before else None
    if found is None:
        raise Invalid([messages.CONTACT_MISSING])
    return found


def set_currency(context: Context, after: Raw, default: str | None) -> None:
    """Set currency and rate: the given, else `default`, else the organisation's."""
    base = context.organisation["BaseCurrency"]
    if not after.get("CurrencyCode"):
        after["CurrencyCode"] = default or base
    if after["CurrencyCode"] == base:
        after["CurrencyRate"] = Decimal(1)
    elif not after.get("CurrencyRate"):
        after["CurrencyRate"] = exchange_rate(after["CurrencyCode"], base)


def check_currency(context: Context, code: str, errors: list[str]) -> None:
    """Add an error for a currency that the organisation has not, or may not use."""
    foreign = code != context.organisation["BaseCurrency"]
    unknown = context.get("Currencies", code) is None
    if unknown or (foreign and not context.allows("UseMulticurrency")):
        errors.append(messages.CURRENCY.format(CUR=code))


def due_date(date: str, day: int, kind: str) -> str:
    """Return the due day of payment terms counted from a document's day."""
    start = dt.date.fromisoformat(date)
    if kind in ("OFCURRENTMONTH", "OFFOLLOWINGMONTH"):
        first = start.replace(day=1)
        if kind == "OFFOLLOWINGMONTH":
            first = (first + dt.timedelta(days=32)).replace(day=1)
        last = ((first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)).day
        return first.replace(day=min(max(day, 1), last)).isoformat()
    if kind == "DAYSAFTERBILLMONTH":
        start = (start.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        start -= dt.timedelta(days=1)
    return (start + dt.timedelta(days=day)).isoformat()


def check_text(given: Raw, after: Raw, number_field: str, errors: list[str]) -> None:
    """Add errors for a number with odd signs, stale sums, or an Url that Xero refuses."""
    if any(not " " <= sign <= "~" for sign in after.get(number_field, "")):
        errors.append(messages.OWN_NUMBER_SIGNS)
    if any(name in given and rounded(given[name]) != after[name] for name in _SUMS):
        errors.append(messages.DOCUMENT_TOTAL)
    if given.get("Url"):
        parts = urlsplit(given["Url"])
        plain = parts.scheme in ("http", "https") and parts.hostname
        if not plain or "xero" in given["Url"].lower():
            errors.append(messages.OWN_URL)


def check_locks(context: Context, *documents: Raw | None) -> None:
    """Raise Invalid when one of the documents lies in a locked period."""
    for document in documents:
        if document is not None:
            check_lock(context, document["Date"])


def check_lock(context: Context, date: str) -> None:
    """Raise Invalid for a day on or before a lock date."""
    for name, message in (
        ("PeriodLockDate", messages.PERIOD_LOCKED),
        ("EndOfYearLockDate", messages.YEAR_LOCKED),
    ):
        locked = context.organisation.get(name)
        if locked and date <= locked:
            shown = dt.date.fromisoformat(locked).strftime("%d %B %Y").lstrip("0")
            raise Invalid([message.format(date=shown)])


def mark_contact(context: Context, contact_id: str, *, sale: bool) -> None:
    """Make a contact a customer or a supplier; moves no timestamp: Xero does not either."""
    found = context.get("Contacts", contact_id)
    flag = "IsCustomer" if sale else "IsSupplier"
    if found is not None and not found[flag]:
        context.put("Contacts", contact_id, found | {flag: True})


# --- how they look ------------------------------------------------------------------------------


def shown_days(raw: Raw, *names: str) -> Raw:
    """Return calendar days as Xero shows them, in both forms."""
    shown: Raw = {}
    for name in names:
        if raw.get(name):
            shown |= {name: day_text(raw[name]), f"{name}String": f"{raw[name]}T00:00:00"}
    return shown


def shown_stamp(raw: Raw) -> Raw:
    """Return UpdatedDateUTC in both forms."""
    stamp = raw["UpdatedDateUTC"]
    return {"UpdatedDateUTC": stamp_text(stamp), "UpdatedDateUTCString": stamp_string(stamp)}


def shown_contact(context: Context, raw: Raw) -> Raw:
    """Return the contact of a document in short."""
    return contacts.nested(context.get("Contacts", raw["ContactID"]) or {})


def picked(raw: Raw, *names: str) -> dict[str, Any]:
    """Return the named values that are there and not empty."""
    return {name: raw[name] for name in names if raw.get(name) not in (None, "")}


def amount_due(raw: Raw) -> Decimal:
    """Return what is open on a document: due, or left to use."""
    return number(raw, "AmountDue" if "AmountDue" in raw else "RemainingCredit")
