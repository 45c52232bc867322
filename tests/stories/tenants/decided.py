"""What is asked about the decisions of another tenant: rows, versions, templates, the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from xtiger.app import XTiger
from xtiger.model.mailing.recipients import Recipient
from xtiger.model.mappings import Row

#: Argument of a command → what is typed for it.
DECIDED: Final[Mapping[str, str]] = {
    "tax": "Levy 3 %",
    "option": "tax:x",
    "value": "OUTPUT2",
    "crm": "fax",
    "xero": "Phones.FAX",
    "older": "1",
    "newer": "1",
    "version": "1",
    "template": "plain",
    "order": "first",
    "capacity": "9",
    "address": "boss@crm.example",
    "letter_id": "1",
    "number": "1",
    "person": "Organizations:2",
}
#: An invoice that is paid in part later, and its line.
NOTICED: Final[Mapping[str, Any]] = {
    "invoice_no": "bee 1",
    "account_id": "1",
    "invoicestatus": "Approved",
    "invoicedate": date(2026, 11, 2),
    "duedate": date(2026, 12, 2),
}
NOTICED_LINE: Final[dict[str, Any]] = {
    "name": "bee",
    "quantity": 1,
    "listprice": 10,
    "account": "200",
}


def asked_of_decisions(xt: XTiger, theirs: str) -> dict[str, Callable[[], Any]]:
    """Each question about the connection `theirs`."""
    return {
        "mapping rows": lambda: xt.mappings.matched("Organizations", theirs),
        "map": lambda: xt.mappings.map_field("Organizations", Row("fax", "Name"), theirs),
        "versions": lambda: xt.mappings.versions("Organizations", theirs),
        "version": lambda: xt.mappings.return_to("Organizations", 1, theirs),
        "configuration": lambda: xt.configuration.text(theirs),
        "mails": lambda: (xt.mails.recipients(), xt.mails.letters()),
        "receivers": lambda: (xt.receivers.all(), xt.receivers.messages()),
        "receiver": lambda: xt.receivers.get(1),
        "receiver of": lambda: xt.receivers.add("https://b.example", "b", ["paid"], theirs),
        "changes of": lambda: xt.changes(connection_id=theirs),
        "changes since": lambda: xt.changes(f"1.0..{theirs}"),
        "mail of": lambda: xt.mails.save(Recipient(address="b@b.example", connection_id=theirs)),
        "person": lambda: (xt.privacy.find("a"), xt.privacy.find("2")),
        "person's rows": lambda: xt.privacy.export("Organizations:2").text(),
        "templates": xt.templates.all,
        "template": lambda: xt.templates.text("plain", (), theirs),
        "configured": lambda: xt.configuration.apply("format = 1", "b", theirs),
    }
