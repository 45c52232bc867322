"""The cards of docs/problems.md: what each cause means, what cures it, and what it looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, get_args

if TYPE_CHECKING:
    from xtiger.rules.entries.entry import Entry

#: What each result means for the record.
RESULTS: Mapping[str, str] = {
    "excluded": "left out, as somebody chose; nothing is wrong",
    "held": "kept back until a person mends it; nothing of it was sent",
    "conflict": "kept on both sides as it is until a person decides",
    "skipped": "passed over; the rest goes on without it",
    "failed": "tried, and refused",
    "unchanged": "nothing to do",
}
#: What the button of a cause is for.
BUTTONS: Mapping[str, str] = {
    "open": "opens the record",
    "link": "links it with what was found, or creates it as new",
    "create": "creates it as new",
    "map": "leads to the mapping",
    "settings": "leads to the settings",
    "retry": "tries again",
    "solve": "asks which side is right",
}
#: What stands in for the data of a cause in its example.
DATA: Mapping[str, str] = {
    "account": "200",
    "amount": "120.00",
    "available": "3",
    "code": "OAK-1",
    "contact": "5a8dfd33-df66-49a0-9578-59453458c5dd",
    "count": "2",
    "crm": "1.17",
    "crm_id": "17",
    "crm_total": "120.00",
    "currency": "EUR",
    "date": "2026-10-30",
    "discount": "120 %",
    "due": "80.00",
    "expected": "120.00",
    "extension": "loyalty",
    "field": "E-mail",
    "fields": "E-mail",
    "foreseen_net": "100.00",
    "foreseen_tax": "20.00",
    "found_by": "the same e-mail address",
    "invoice": "INV-0042",
    "item": "OAK-1",
    "length": "301",
    "limit": "255",
    "line": "2",
    "lock": "2026-10-31",
    "message": "The contact name must be unique.",
    "module": "Organizations",
    "name": "Acme Ltd",
    "nearest": "20% (VAT on Income)",
    "net": "100.00",
    "number": "INV-0042",
    "option": "North",
    "organisation": "Aroha Trading Ltd",
    "organisations": "Aroha Trading Ltd, Weka Ltd",
    "other": "Bell Ltd",
    "parent": "Acme Ltd",
    "primary": "Acme Ltd",
    "quantity": "0",
    "rates": "VAT 20 %, VAT Import 20 %",
    "reason": "it waits for the warehouse",
    "run": "12",
    "share": "35",
    "signs": "𝄞",
    "size": "14",
    "start": "2026-01-01",
    "status": "Approved",
    "tax": "VAT 19 %",
    "theme": "Blue",
    "total": "-12.00",
    "type": "number",
    "value": "n/a",
    "wanted": "5",
    "where": "the page Modules",
    "why": "it is reconciled with the bank",
    "xero": "1.12",
    "xero_total": "119.99",
}
#: (code, name of data) → what stands there where the usual does not fit.
OWN: Mapping[tuple[str, str], str] = {
    ("account_number_taken", "number"): "A1",
    ("approval_missing", "xero"): "DRAFT",
    ("base_currency_differs", "crm"): "EUR",
    ("base_currency_differs", "xero"): "GBP",
    ("code_too_long", "code"): "OAK-TABLE-WITH-FOUR-CHAIRS-2026",
    ("code_too_long", "length"): "31",
    ("country_signs", "field"): "Country",
    ("country_signs", "value"): "UK-1",
    ("currency_apart", "crm"): "EUR",
    ("currency_apart", "xero"): "GBP",
    ("filtered_out", "field"): "branch",
    ("filtered_out", "value"): "South",
    ("invoice_locked", "status"): "PAID",
    ("invoice_locked", "fields"): "Date",
    ("item_same_name", "module"): "Products",
    ("line_below_half_cent", "amount"): "0.004",
    ("line_incomplete", "field"): "description",
    ("money_apart", "crm"): "120.00",
    ("money_apart", "xero"): "80.00",
    ("money_apart", "field"): "Received",
    ("name_forbidden", "name"): "Acme <Leeds>",
    ("number_proposed", "number"): "A1",
    ("number_shared", "number"): "A1",
    ("paid_without_payment", "status"): "Paid",
    ("paid_without_payment", "total"): "120.00",
    ("payment_account_currency", "other"): "GBP",
    ("payment_amount_invalid", "amount"): "0.005",
    ("payment_not_received", "status"): "Pending",
    ("payment_taken_back", "status"): "Cancelled",
    ("payment_of_other", "type"): "a prepayment",
    ("persons_too_many", "limit"): "5",
    ("price_too_fine", "field"): "Price",
    ("price_too_fine", "value"): "1.23456",
    ("receipt_total", "total"): "0.00",
    ("second_person", "found"): "12,000.00",
    ("second_person", "limit"): "5,000",
    ("signs_not_kept", "field"): "Name",
    ("stored_otherwise", "value"): "Acme",
    ("stopped_before", "reason"): "Xero does not answer.",
    ("status_not_selected", "status"): "Created",
    ("status_unknown", "status"): "In review",
    ("tax_account_mismatch", "account"): "310",
    ("too_many_changes", "limit"): "20",
    ("total_too_fine", "total"): "12.345",
    ("type_fixed", "type"): "Bill",
    ("type_fixed", "xero"): "Invoice",
    ("type_not_carried", "type"): "Proforma",
    ("unreadable_answer", "message"): "Date is no day.",
    ("value_unreadable", "field"): "Due date",
    ("value_unreadable", "type"): "date",
}


def cards() -> Iterator[str]:
    """The lines of the page, a card for each cause in the order of the catalogue."""
    from xtiger.rules.catalogue import CATALOGUE

    yield from (
        "# Problems and their cures",
        "",
        "A card for each reason that a record is not in step: what it means, what cures it, and an",
        "example. The code stands on the panel, on *Needs you*, in `xtiger plan`, `xtiger log` and",
        "in the API; a table of all is in [outcomes](outcomes.md).",
        "",
        "This page is made from `xtiger/rules/catalogue.py` by `python packaging/pages.py`.",
        "",
        "| result | what it means for the record |",
        "|---|---|",
        *(f"| {result} | {meaning} |" for result, meaning in RESULTS.items()),
    )
    for entry in CATALOGUE.values():
        yield from ("", *card(entry))


def card(entry: Entry) -> Iterator[str]:
    """One card: heading, meaning, cures and example."""
    from xtiger.model.plans import Face
    from xtiger.rules.entries.entry import alike

    cures = entry.cures
    yield f"## {entry.code}"
    yield ""
    button = f" The button {BUTTONS[entry.button]}." if entry.button else ""
    yield f"*{entry.result}*: {RESULTS[entry.result]}.{button}"
    yield ""
    yield f"- **What it means**: {_named(entry.sentence)}"
    if cures == alike(cures.data):
        yield f"- **Cure**: {_named(cures.data)}"
    else:
        faces: Mapping[str, str] = {"command": "in a terminal", "browser": "in a browser"}
        for face in get_args(Face):
            if face in faces:
                yield f"- **Cure** {faces[face]}: {_named(cures.on(face))}"
    if entry.apart is not None:
        yield f"- **Where it cannot be linked**: {_named(entry.apart.data)}"
    yield f"- **Example**: {filled(entry)}"


def filled(entry: Entry) -> str:
    """The sentence of a cause with data as people see it."""
    return _escaped(re.sub(r"\{(\w+)\}", lambda m: _datum(entry.code, m[1]), entry.sentence))


def _datum(code: str, name: str) -> str:
    return OWN.get((code, name)) or DATA[name]


def _named(text: str) -> str:
    """A sentence with the names of its data in place of them."""
    return re.sub(r"\{(\w+)\}", lambda m: f"*{m[1].replace('_', ' ')}*", _escaped(text))


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;")
