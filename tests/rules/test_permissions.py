"""Which of Xero's permissions a kind needs to be read or written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xtiger.model.plans import Cause, Item
from xtiger.model.values import Plain
from xtiger.model.verbs import Verb
from xtiger.rules.permissions import (
    Use,
    attach_cause,
    is_covered,
    may_read,
    may_write,
    scopes_needed,
    write_cause,
)

ITEM = Item("Contacts", "Contact", "1", "x1", "Kea", "update", to_xero={"Name": "Kea"})
READ = ("accounting.contacts.read",)


@pytest.mark.parametrize(
    ("kind", "granted", "writes", "reads"),
    [
        ("Contact", ("accounting.contacts",), True, True),
        ("Contact", READ, False, True),
        ("Contact", ("accounting.settings",), False, False),
        ("Invoice", ("accounting.transactions",), True, True),
        ("Invoice", ("accounting.invoices",), True, True),
        ("Invoice", ("accounting.transactions.read",), False, True),
        ("Contact", (), True, True),
        ("Organisation", READ, True, True),
    ],
)
def test_a_kind_is_covered_by_one_of_its_permissions(
    kind: str, granted: tuple[str, ...], writes: bool, reads: bool
) -> None:
    """The narrow or the broad one; where nobody knows what was granted, nothing is barred."""
    assert (writes, reads) == (may_write(kind, granted), may_read(kind, granted))
    assert (writes, reads) == (
        is_covered(kind, granted, sends=True),
        is_covered(kind, granted, sends=False),
    )


@pytest.mark.parametrize(
    ("item", "stopped"),
    [
        (ITEM, True),
        (replace(ITEM, verb=None), False),
        (replace(ITEM, to_xero=None, to_crm={"name": "Kea"}), False),
        (replace(ITEM, verb="archive", to_xero=None), True),
        (replace(ITEM, verb="delete", to_xero=None, to_crm={}), False),
    ],
)
def test_what_would_be_sent_without_permission_has_a_cause(item: Item, stopped: bool) -> None:
    """What only the CRM takes goes on; with the permission everything does."""
    assert (Cause("scope_missing") if stopped else None) == write_cause(item, READ)
    assert write_cause(item, ("accounting.contacts",)) is None


@pytest.mark.parametrize(
    ("verb", "kind", "sent", "waits"),
    [
        ("create", "Invoice", {"Type": "ACCREC"}, True),
        ("create", "Invoice", {"Type": "ACCPAY"}, False),
        ("create", "Invoice", None, False),
        ("create", "CreditNote", {"Type": "ACCRECCREDIT"}, False),
        ("update", "Invoice", {"Type": "ACCREC"}, False),
    ],
)
def test_a_new_invoice_waits_until_its_document_may_be_attached(
    verb: Verb, kind: str, sent: dict[str, Plain] | None, waits: bool
) -> None:
    """Bills, credit notes and edits have none to attach."""
    item = Item("Invoices", kind, "1", None, "I1", verb, to_xero=sent)

    assert (Cause("scope_missing") if waits else None) == attach_cause(item, READ)
    assert [None, None] == [attach_cause(item, one) for one in ((), ("accounting.attachments",))]


def test_what_is_switched_on_needs_its_own_permissions() -> None:
    """The narrow one to write, to read where nothing is sent; none where none is known."""
    uses = [Use("Payment", True), Use("Item", False), Use("Contact", True), Use("Person", True)]

    found = scopes_needed([*uses, Use("Account", False)])

    assert ("accounting.contacts", "accounting.payments", "accounting.settings.read") == found
