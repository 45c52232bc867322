"""Who owns which field in which status: what is read, which entry decides, what is refused."""

from __future__ import annotations

import pytest

from xtiger.mapping.ownership.owners import Owner, owner_of, owner_problem, read_owner
from xtiger.model.records import Choice, Field, Module

STATUS = Field("state", "choice", role="invoice.status", choices=(Choice("Won", "Won"),))
MODULE = Module(
    "Invoices", "invoice", "Invoices", (STATUS, Field("po_no", role="invoice.reference"))
)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("Reference=crm", Owner("Reference", "", "crm")),
        (" @ AUTHORISED = Xero ", Owner("", "AUTHORISED", "xero")),
        ("po_no@DRAFT=crm", Owner("po_no", "DRAFT", "crm")),
        ("Reference", None),
        ("=crm", None),
        ("@=crm", None),
        ("Reference@=crm", None),
        ("Reference=me", None),
    ],
)
def test_an_entry_is_read(text: str, owner: Owner | None) -> None:
    """Field, status or both, and the side."""
    assert owner == read_owner(text)


OWNERS = [
    Owner("", "DRAFT", "crm"),
    Owner("", "authorised", "xero"),
    Owner("po_no", "", "xero"),
    Owner("reference", "AUTHORISED", "crm"),
]


@pytest.mark.parametrize(
    ("names", "statuses", "amount", "side"),
    [
        (("DueDate",), ("DRAFT",), False, "crm"),
        (("DueDate",), ("AUTHORISED", "Sent"), False, "xero"),
        (("DueDate",), ("PAID",), False, None),
        (("DueDate",), ("DRAFT",), True, None),
        (("po_no", "Reference"), ("DRAFT",), False, "xero"),
        (("po_no", "Reference"), ("AUTHORISED",), False, "crm"),
        (("po_no",), ("DRAFT",), True, "xero"),
    ],
)
def test_what_says_most_decides(
    names: tuple[str, ...], statuses: tuple[str, ...], amount: bool, side: str | None
) -> None:
    """A named field before a status, both before one; amounts only by their name."""
    assert side == owner_of(OWNERS, names, statuses, amount=amount)


@pytest.mark.parametrize(
    ("text", "module", "code"),
    [
        ("Reference=crm", MODULE, None),
        ("invoice.reference=crm", MODULE, None),
        ("po_no@Won=crm", MODULE, None),
        ("@AUTHORISED=crm", None, None),
        ("@Won=crm", None, "owner_status"),
        ("@Lost=crm", MODULE, "owner_status"),
        ("colour=crm", MODULE, "owner_field"),
        ("colour", MODULE, "owner_unreadable"),
        ("@AUTHORISED=crm", Module("Invoices", "invoice", "Invoices", ()), None),
    ],
)
def test_what_cannot_work_is_named(text: str, module: Module | None, code: str | None) -> None:
    """A field or a status that neither side has, and what cannot be read."""
    found = owner_problem([text], module, "invoice", "Invoice", "Invoices")

    assert code == (None if found is None else found[0])
