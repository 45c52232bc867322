"""Contacts: unique names, persons, phones and addresses by type, archiving."""

from __future__ import annotations

import re
from decimal import Decimal

from xtiger.sandbox.accounting import attachments, messages
from xtiger.sandbox.accounting.envelope import Invalid, stamp_text
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View, folded, number
from xtiger.sandbox.accounting.lists import contactgroups
from xtiger.sandbox.accounting.shapes import (
    Choice,
    Flag,
    Guid,
    Part,
    Rows,
    Shape,
    Text,
    Whole,
    parse,
)
from xtiger.sandbox.state import Raw

_PHONE_TYPES = ("DEFAULT", "DDI", "MOBILE", "FAX")
_ADDRESS_TYPES = ("STREET", "POBOX")
_ADDRESS_LINES = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4")
_TERMS: Shape = {
    "Day": Whole(),
    "Type": Choice(
        "PaymentTermType",
        frozenset(
            ("DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH")
        ),
    ),
}
_TRACKING: Shape = {"TrackingCategoryName": Text(100), "TrackingOptionName": Text(100)}
_AMOUNT_TYPE = Choice("LineAmountType", frozenset(("INCLUSIVE", "EXCLUSIVE", "NONE")))
SHAPE: Shape = {
    "ContactID": Guid(),
    "ContactNumber": Text(50),
    "AccountNumber": Text(50),
    "ContactStatus": Choice("ContactStatus", frozenset(("ACTIVE", "ARCHIVED", "GDPRREQUEST"))),
    "Name": Text(255, narrow=True),
    "FirstName": Text(255, narrow=True),
    "LastName": Text(255, narrow=True),
    "CompanyNumber": Text(50),
    "EmailAddress": Text(255),
    "BankAccountDetails": Text(),
    "TaxNumber": Text(50),
    "AccountsReceivableTaxType": Text(),
    "AccountsPayableTaxType": Text(),
    "SalesDefaultLineAmountType": _AMOUNT_TYPE,
    "PurchasesDefaultLineAmountType": _AMOUNT_TYPE,
    "DefaultCurrency": Text(),
    "XeroNetworkKey": Text(),
    "SalesDefaultAccountCode": Text(),
    "PurchasesDefaultAccountCode": Text(),
    "SalesTrackingCategories": Rows(_TRACKING),
    "PurchasesTrackingCategories": Rows(_TRACKING),
    "PaymentTerms": Part({"Bills": Part(_TERMS), "Sales": Part(_TERMS)}),
    "ContactPersons": Rows(
        {
            "FirstName": Text(255, narrow=True),
            "LastName": Text(255, narrow=True),
            "EmailAddress": Text(255),
            "IncludeInEmails": Flag(),
        }
    ),
    "Addresses": Rows(
        {
            "AddressType": Choice("AddressType", frozenset(_ADDRESS_TYPES)),
            **{name: Text(500) for name in _ADDRESS_LINES},
            "City": Text(255),
            "Region": Text(255),
            "PostalCode": Text(50),
            "Country": Text(50),
            "AttentionTo": Text(255),
        }
    ),
    "Phones": Rows(
        {
            "PhoneType": Choice("PhoneType", frozenset((*_PHONE_TYPES, "OFFICE"))),
            "PhoneNumber": Text(50),
            "PhoneAreaCode": Text(10),
            "PhoneCountryCode": Text(20),
        }
    ),
}
#: Fields that only say which contact is meant.
_IDENTIFYING = frozenset(("ContactID", "ContactNumber", "Name"))
_EMAIL = re.compile(r"[!-?A-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PLAIN = (
    "ContactNumber",
    "AccountNumber",
    "ContactStatus",
    "Name",
    "FirstName",
    "LastName",
    "CompanyNumber",
    "EmailAddress",
    "BankAccountDetails",
    "TaxNumber",
    "DefaultCurrency",
)
_DEFAULTS = (
    "AccountsReceivableTaxType",
    "AccountsPayableTaxType",
    "SalesDefaultLineAmountType",
    "PurchasesDefaultLineAmountType",
    "SalesDefaultAccountCode",
    "PurchasesDefaultAccountCode",
    "XeroNetworkKey",
)
_DEFAULT_TRACKING = ("SalesTrackingCategories", "PurchasesTrackingCategories")

INDEXES = {
    # Names are unique among active contacts only, numbers among all of them.
    "name": lambda raw: folded(raw["Name"]) if raw["ContactStatus"] == "ACTIVE" else None,
    "number": lambda raw: folded(raw["ContactNumber"]) if raw.get("ContactNumber") else None,
    # Whether an archived contact keeps its account number from others is not known.
    "account": lambda raw: (
        folded(raw["AccountNumber"])
        if raw.get("AccountNumber") and raw["ContactStatus"] == "ACTIVE"
        else None
    ),
}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create or update one contact; POST finds it by ContactID, ContactNumber or Name."""
    errors: list[str] = []
    given = parse(element, SHAPE, errors)
    if saving.path_id:
        given["ContactID"] = saving.path_id
    if not _IDENTIFYING & {name for name, value in given.items() if value}:
        raise Invalid([messages.CONTACT_UNIDENTIFIED])
    before = None if saving.create_only else match(context, given)
    if before is None and given.get("ContactID") and not saving.create_only:
        raise Invalid([messages.OWN_CONTACT_UNKNOWN])
    if before is not None and before["ContactStatus"] != "ACTIVE":
        raise Invalid([messages.CONTACT_ARCHIVED])
    after = _merged(context, before, given)
    warnings = _drop_unknown_accounts(context, after)
    _check(context, given, after, errors)
    if errors:
        raise Invalid(errors)
    context.put("Contacts", after["ContactID"], after)
    return after, warnings


def match(context: Context, given: Raw) -> Raw | None:
    """Return the contact that ContactID, else ContactNumber, else Name points to."""
    if given.get("ContactID"):
        return context.get("Contacts", given["ContactID"])
    if given.get("ContactNumber"):
        found = context.find("Contacts", "number", folded(given["ContactNumber"]))
        if found:
            return found[0]
    if given.get("Name"):
        found = context.find("Contacts", "name", folded(given["Name"]))
        if found:
            return found[0]
    return None


def by_number(context: Context, key: str) -> Raw | None:
    """Return the first contact with a ContactNumber; silently, if several have it."""
    found = context.find("Contacts", "number", folded(key))
    return found[0] if found else None


def for_document(context: Context, given: Raw) -> Raw:
    """Return the contact of a document, created or updated by what the document nests."""
    if not any(given.get(name) for name in _IDENTIFYING):
        raise Invalid([messages.CONTACT_UNIDENTIFIED])
    found = match(context, given)
    if found is None and not given.get("ContactID") and given.get("Name"):
        archived = [
            raw
            for raw in context.all("Contacts")
            if raw["ContactStatus"] == "ARCHIVED" and folded(raw["Name"]) == folded(given["Name"])
        ]
        if archived:
            raise Invalid([messages.CONTACT_ARCHIVED_DOCUMENT])
    if found is not None and found["ContactStatus"] != "ACTIVE":
        raise Invalid([messages.CONTACT_ARCHIVED_DOCUMENT])
    known = {name: value for name, value in given.items() if name in SHAPE}
    if found is not None and not _edits(known, found):
        return found
    # More than an id edits the contact and, unless they are sent along, loses its persons.
    saved, _ = save(context, known, Saving(create_only=False))
    if "ContactPersons" not in known and saved["ContactPersons"]:
        saved = saved | {"ContactPersons": []}
        context.put("Contacts", saved["ContactID"], saved)
    return saved


def _edits(known: Raw, found: Raw) -> bool:
    return any(
        value is not None and value != found.get(name)
        for name, value in known.items()
        if name in _PLAIN or name in _DEFAULTS or name in ("ContactPersons", "Addresses", "Phones")
    )


def _merged(context: Context, before: Raw | None, given: Raw) -> Raw:
    keep = context.keep_ids and given.get("ContactID")
    after: Raw = (
        dict(before)
        if before
        else {
            "ContactID": given["ContactID"] if keep else context.new_id(),
            "ContactStatus": "ACTIVE",
            "Name": "",
            "EmailAddress": "",
            "IsCustomer": False,
            "IsSupplier": False,
            "ContactPersons": [],
            "Addresses": [{"AddressType": kind} for kind in _ADDRESS_TYPES],
            "Phones": [{"PhoneType": kind} for kind in _PHONE_TYPES],
        }
    )
    for name in (*_PLAIN, *_DEFAULTS):
        if name in given:
            after[name] = given[name]
    for name, key in (("Addresses", "AddressType"), ("Phones", "PhoneType")):
        if name in given:
            after[name] = _by_type(after[name], given[name], key)
    if given.get("ContactPersons"):  # the list is replaced, and cannot be emptied with []
        after["ContactPersons"] = [
            {"FirstName": "", "LastName": "", "EmailAddress": "", "IncludeInEmails": False} | row
            for row in given["ContactPersons"]
        ]
    for name in _DEFAULT_TRACKING:
        if name in given:
            after[name] = given[name]
    if "PaymentTerms" in given:
        after["PaymentTerms"] = after.get("PaymentTerms", {}) | given["PaymentTerms"]
    return after | {"UpdatedDateUTC": context.stamp}


def _by_type(kept: list[Raw], sent: list[Raw], key: str) -> list[Raw]:
    default = "POBOX" if key == "AddressType" else "DEFAULT"
    rows = {row[key]: row for row in kept}
    for row in sent:
        kind = row.get(key, default)
        rows[kind] = {key: kind} | row
    return list(rows.values())


def _drop_unknown_accounts(context: Context, after: Raw) -> list[str]:
    warnings = []
    for name in ("SalesDefaultAccountCode", "PurchasesDefaultAccountCode"):
        code = after.get(name)
        if code and not context.find("Accounts", "code", folded(code)):
            warnings.append(messages.ACCOUNT_REMOVED.format(code=code))
            del after[name]
    return warnings


def _check(context: Context, given: Raw, after: Raw, errors: list[str]) -> None:
    name = after["Name"]
    if not name:
        errors.append(messages.OWN_CONTACT_NAME)
    elif "Name" in given and (name != " ".join(name.split()) or "<" in name or ">" in name):
        errors.append(messages.OWN_CONTACT_NAME_SIGNS)
    if after["ContactStatus"] == "ACTIVE" and _taken(context, "name", name, after):
        errors.append(messages.CONTACT_NAME_TAKEN.format(Name=name))
    held_number = after.get("ContactNumber")
    if held_number and _taken(context, "number", held_number, after):
        errors.append(messages.OWN_CONTACT_NUMBER_TAKEN.format(number=held_number))
    account_number = given.get("AccountNumber")
    if account_number and _taken(context, "account", account_number, after):
        errors.append(messages.QUOTED_ACCOUNT_NUMBER)
    _check_persons(given, after, errors)
    countries = [row.get("Country", "") for row in given.get("Addresses", [])]
    if any(not all(c.isalpha() or c in " .,'()-&" for c in country) for country in countries):
        errors.append(messages.OWN_COUNTRY)
    currency = given.get("DefaultCurrency")
    if currency and context.get("Currencies", currency) is None:
        errors.append(messages.CURRENCY.format(CUR=currency))


def _check_persons(given: Raw, after: Raw, errors: list[str]) -> None:
    persons = after["ContactPersons"] if given.get("ContactPersons") else []
    emails = [after["EmailAddress"], *(row["EmailAddress"] for row in persons)]
    if any(email and not _EMAIL.fullmatch(email) for email in emails):
        errors.append(messages.EMAIL)
    emptied = given.get("EmailAddress") == "" and after["ContactPersons"]
    if (persons or emptied) and not after["EmailAddress"]:
        errors.append(messages.PERSONS_NEED_EMAIL)
    if len(persons) > 5:
        errors.append(messages.OWN_PERSONS)


def _taken(context: Context, index: str, value: str, after: Raw) -> bool:
    others = context.find("Contacts", index, folded(value))
    return any(raw["ContactID"] != after["ContactID"] for raw in others)


def render(context: Context, raw: Raw, view: View) -> Raw:
    """Return a contact as Xero shows it: full (by id, paged), list (no page) or summary."""
    shown: Raw = {"ContactID": raw["ContactID"]}
    shown |= {name: raw[name] for name in _PLAIN if raw.get(name) or name == "EmailAddress"}
    shown["UpdatedDateUTC"] = stamp_text(raw["UpdatedDateUTC"])
    shown |= {
        "HasAttachments": attachments.has(context, raw["ContactID"]),
        "HasValidationErrors": False,
    }
    shown["Phones"] = [_phone(row) for row in raw["Phones"]]
    if view == "summary":
        return shown
    shown["Addresses"] = [_address(row) for row in raw["Addresses"]]
    shown |= {name: raw[name] for name in ("IsSupplier", "IsCustomer")}
    shown |= {"ContactGroups": [], "ContactPersons": []}
    if view == "list":
        return shown
    # Only an accountant merges contacts; the API shows into which one, and takes no merge.
    shown |= {name: raw[name] for name in (*_DEFAULTS, "MergedToContactID") if raw.get(name)}
    shown |= {name: raw.get(name, []) for name in _DEFAULT_TRACKING}
    shown["ContactPersons"] = raw["ContactPersons"]
    shown["ContactGroups"] = contactgroups.of_contact(context, raw["ContactID"])
    if raw.get("PaymentTerms"):
        shown["PaymentTerms"] = raw["PaymentTerms"]
    if balances := _balances(context, raw["ContactID"]):
        shown["Balances"] = balances
    return shown


def _phone(row: Raw) -> Raw:
    empty = {"PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
    return {"PhoneType": row["PhoneType"]} | empty | row


def _address(row: Raw) -> Raw:
    empty = {"City": "", "Region": "", "PostalCode": "", "Country": ""}
    return {"AddressType": row["AddressType"]} | empty | row


def _balances(context: Context, contact_id: str) -> Raw | None:
    sums = {side: {"Outstanding": Decimal(0), "Overdue": Decimal(0)} for side in ("R", "P")}
    for invoice in context.find("Invoices", "contact", contact_id):
        if invoice["Status"] != "AUTHORISED":
            continue
        side = sums["R" if invoice["Type"] == "ACCREC" else "P"]
        due = number(invoice, "AmountDue") / number(invoice, "CurrencyRate")
        side["Outstanding"] += due
        if invoice.get("DueDate", context.today) < context.today:
            side["Overdue"] += due
    if not any(value for side in sums.values() for value in side.values()):
        return None
    cent = Decimal("0.01")
    return {
        name: {key: value.quantize(cent) for key, value in sums[side].items()}
        for name, side in (("AccountsReceivable", "R"), ("AccountsPayable", "P"))
    }


def nested(raw: Raw) -> Raw:
    """Return a contact as lists of documents show it."""
    return {
        "ContactID": raw["ContactID"],
        "Name": raw["Name"],
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


KIND = Kind(
    plural="Contacts",
    id_field="ContactID",
    render=render,
    save=save,
    fields=frozenset((*_PLAIN, *_DEFAULTS, "ContactID", "UpdatedDateUTC", "IsSupplier"))
    | {"IsCustomer"},
    by_key=by_number,
    rows=frozenset(("ContactPersons", "Addresses", "Phones", *_DEFAULT_TRACKING)),
    paged=True,
    hidden=("ContactStatus", frozenset(("ARCHIVED", "GDPRREQUEST"))),
    searched=(
        "Name",
        "FirstName",
        "LastName",
        "ContactNumber",
        "CompanyNumber",
        "EmailAddress",
    ),
    lists={"IDs": "ContactID"},
    notes="kept",
    files=True,
)
