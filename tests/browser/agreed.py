"""What CRM and sandbox have of a record, field by field, without the rules of the library."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tests.browser.person import Person
from xtiger.demo.story import BANK_ACCOUNT, SALES_ACCOUNT
from xtiger.model.records import Record

Raw = Mapping[str, Any]


def differing(person: Person, module: str, crm_id: str, there: Raw) -> list[str]:
    """Every mapped field, and every line, that is not the same on both sides, as a sentence."""
    xt = person.stage.xt
    mapping, record = xt.mappings.get(module), person.record(module, crm_id)
    assert mapping is not None
    described = next(one for one in xt.modules.described() if one.name == module)
    names = {field.role: field.name for field in described.fields}
    found = []
    for row in mapping.rows:
        if row.crm not in names:
            continue  # the CRM has no such field
        ours = record.values[names[row.crm]]
        theirs = _in_xero(person, record, there, row.xero)
        if theirs is None or (not theirs and row.direction == "to_crm"):
            continue  # nothing comes from Xero, and nothing goes there
        if _text(_as_in_xero(person, row.xero, ours)) != _text(theirs):
            found.append(f"{row.crm}: {ours!r} in the CRM, {row.xero}: {theirs!r} in Xero")
    return found + _differing_lines(person, record, there)


def _in_xero(person: Person, record: Record, there: Raw, path: str) -> Any:
    """What Xero has at a path of the mapping; None where the CRM's word says less."""
    if record.ref.module == "Contacts" and path != "ContactID":
        return _of_person(record, there, path)
    group, _, key = path.partition(".")
    if group == "Phones":
        return next((p.get("PhoneNumber") for p in there["Phones"] if p["PhoneType"] == key), "")
    if group == "Addresses":
        kind, _, part = key.partition(".")
        found: Raw = next((a for a in there["Addresses"] if a["AddressType"] == kind), {})
        if part != "Street":
            return found.get(part, "")
        lines = [str(found.get(f"AddressLine{n}") or "") for n in range(1, 5)]
        return "\n".join(lines).strip()
    if path == "UsedAs":
        return "Customer" if there.get("IsCustomer") else None
    if key.endswith("ID"):
        return there.get(key)
    return (there.get(group) or {}).get(key) if key else there.get(group)


def _of_person(record: Record, there: Raw, path: str) -> Any:
    """A person stands in its contact: as the first one there, or among the others."""
    values = record.values
    all_of_it = [there, *there.get("ContactPersons", ())]
    names = (values["first_name"] or "", values["last_name"] or "")
    found: Raw = next(
        (one for one in all_of_it if (one.get("FirstName", ""), one.get("LastName", "")) == names),
        {},
    )
    # Others than the first have no telephone in Xero.
    return None if path.startswith("Phones") else found.get(path, "")


def _as_in_xero(person: Person, path: str, ours: Any) -> Any:
    """A CRM value in Xero's terms: ids, tax types."""
    if path.endswith("TaxType"):
        rates = {one["Name"]: one["TaxType"] for one in person.stage.sandbox.table("TaxRates")}
        return rates.get(str(ours), ours)
    if path.endswith("AccountID"):
        codes = {
            one.get("Code"): one["AccountID"] for one in person.stage.sandbox.table("Accounts")
        }
        return codes[ours or BANK_ACCOUNT]
    if path.endswith("ID"):
        module = "Invoices" if path.endswith("InvoiceID") else "Organizations"
        xt = person.stage.xt
        links = xt.store.links_by_crm(xt.connections.get().id, module, [str(ours)])
        return links[str(ours)].xero_id if str(ours) in links else ours
    return ours


def _differing_lines(person: Person, record: Record, there: Raw) -> list[str]:
    """Lines of an invoice, in order, with the sums of the whole."""
    if record.ref.module != "Invoices":
        return []
    # What gives money back may stand below zero in the CRM; a credit note is above it.
    back = "CreditNoteID" in there
    shown: list[tuple[Any, ...]] = [
        (
            line["description"] or line["name"],
            abs(line["quantity"]) if back else line["quantity"],
            abs(line["unit_price"]) if back else line["unit_price"],
            abs(line["total"]) if back else line["total"],
            _as_in_xero(person, "TaxType", line["tax_name"]),
            _account(person, line),
        )
        for line in record.lines
    ]
    come: list[tuple[Any, ...]] = [
        (
            line.get("Description"),
            line.get("Quantity"),
            line.get("UnitAmount"),
            line.get("LineAmount"),
            line.get("TaxType"),
            line.get("AccountCode"),
        )
        for line in there["LineItems"]
    ]
    shown = [_in_its_form(ours, theirs) for ours, theirs in zip(shown, come, strict=True)]
    left = there["RemainingCredit" if back else "AmountDue"]
    # Money cannot stand on a draft of Xero yet, whatever the CRM received.
    early = record.values["received"] if there["Status"] == "DRAFT" else 0
    sums = (record.values["total"], record.values["balance"] + early)
    shown.append(tuple(abs(one) for one in sums) if back else sums)
    come.append((there["Total"], left))
    return [
        f"line {n}: {ours} in the CRM, {theirs} in Xero"
        for n, (ours, theirs) in enumerate(zip(shown, come, strict=True), start=1)
        if [_text(one) for one in ours] != [_text(one) for one in theirs]
    ]


def _in_its_form(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> tuple[Any, ...]:
    """A line whose amount off Xero has no cell for: its text says how it was counted there.

    Quantity and price are then those of the net price; the amount, tax and account stay ours.
    """
    if not str(theirs[0]).startswith(f"{ours[0]}\n{_text(ours[1])} × "):
        return ours
    return (*theirs[:3], *ours[3:])


def _account(person: Person, line: Raw) -> str:
    """The account of a line: its own, its product's, or the default."""
    for module, key in (("Products", "product_id"), ("Services", "service_id")):
        if line[key] and not line["account"]:
            goods = person.record(module, line[key]).values
            return str(goods.get("sales_account") or SALES_ACCOUNT)
    return str(line["account"] or SALES_ACCOUNT)


def _text(value: Any) -> str:
    """A value as text, numbers without their last zeros."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal | int):
        return f"{Decimal(value).normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value or "").replace("\r\n", "\n").strip()
