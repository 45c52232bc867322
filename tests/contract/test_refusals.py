"""Each refusal known of Xero: held before the call, never provoked, or not to be foreseen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.contract.openapi import contract_folder
from tests.stories.cures.test_stories import STORIES
from xtiger.rules.catalogue import CATALOGUE
from xtiger.sandbox.accounting import messages

ROOT = Path(__file__).parents[2]
#: held: codes that hold it in a plan, each with its story or the test named; never: what we send
#: cannot be refused so; late: only Xero knows, and the test named shows what becomes of it.
Way = Literal["held", "never", "late"]
Row = tuple[Way, str]

_FORESEEN = "tests/engine/plan/test_foreseen.py"
_REFUSED = "tests/engine/plan/test_refused.py"
_ONCE_MORE = "tests/stories/cures/test_once_more.py"
_CLIENT = "tests/xero/test_client.py"
#: What stands in a message of Xero's → the way, and the codes, the reason or the test.
TABLE: dict[str, Row] = {
    "A validation exception occurred": ("never", "stands above one of the others"),
    "The contact name must be unique": ("held", "contact_same_name crm_duplicate"),
    "must contain at least 1 of the following": ("held", "organisation_missing"),
    "A Contact must be specified": ("held", "organisation_missing"),
    "One or more line items must be": ("held", "lines_missing"),
    "not of valid status for creation": ("never", "creates are drafts, submitted or authorised"),
    "not of valid type for creation": ("never", "the type is our own word"),
    "not of valid status for modification": ("held", "invoice_locked"),
    "has a payment or credit note": ("held", "invoice_locked"),
    "Invoice # must be unique": ("held", "number_taken"),
    "Order number must be unique": ("never", "no purchase order is sent"),
    "Only AUTHORISED invoices may have SentToContact": ("never", "it is not sent"),
    "BILLED purchase orders may have": ("never", "no purchase order is sent"),
    "is not a valid code for this document": (
        "held",
        "account_unknown account_system account_bank",
    ),
    "has been archived, or deleted": ("held", "account_archived"),
    "has been removed as it does not match": ("held", "account_unknown"),
    "cannot be used with account code": ("held", "tax_account_mismatch"),
    "does not exist or cannot be used for this": ("held", "tax_unknown"),
    "Tax rate must be Active": ("held", f"tax_archived {_FORESEEN}::test_an_archived_tax_on_an"),
    "only be made against Authorised": ("held", "payment_needs_approval"),
    "exceeds the amount outstanding": ("held", "payment_too_high"),
    "Account type is invalid for making a payment": ("held", "payment_account_invalid"),
    "Account could not be found": ("held", "payment_account_invalid"),
    "Payment service could not be found": ("never", "no payment service is sent"),
    "Price List Item with Code": ("held", "code_taken"),
    "Item code '": ("late", f"{_ONCE_MORE}::test_an_item_deleted_in_xero_is_found"),
    "Please enter a unique Name.": ("never", "no account is sent"),
    "Please enter a unique Code.": ("never", "no account is sent"),
    "The document total does not equal": ("never", "Xero adds up; no total is sent"),
    "The invoice total does not equal": ("never", "Xero adds up; no total is sent"),
    "does not match the expected line total": ("never", "Xero adds up; no LineAmount is sent"),
    "Discount must not be greater": ("held", "discount_refused"),
    "Email address must be valid": ("held", "email_invalid"),
    "Additional people cannot be added": ("held", "persons_need_email"),
    "Website must be valid": ("never", "Xero lets no app write it"),
    "must be un-archived before creating": ("held", "archived_in_xero"),
    "The status 'ARCHIVED' is not valid": ("late", f"{_REFUSED}::test_a_removal_is_remembered"),
    "archived contacts cannot currently be edited": ("held", "archived_in_xero"),
    "before the period lock date": ("held", "period_locked"),
    "before the end of year lock date": ("held", "period_locked"),
    "is not subscribed to currency": ("held", "currency_not_enabled"),
    "limit of invoices you can approve": ("late", f"{_REFUSED}::test_it_costs_no_write"),
    "do not total to document tax": ("never", "Xero adds up; no TotalTax is sent"),
    "limit of 100 contact groups": ("never", "no contact group is sent"),
    "A valid user should be identified": ("never", "no expense claim is sent"),
    "with the supplied id was not found": ("never", "no history note is sent"),
    "with the specified CreditNoteID": ("never", "no credit note is sent"),
    "with the specified InvoiceID": ("late", f"{_REFUSED}::test_an_update_is_remembered"),
    "The total debits": ("never", "no manual journal is sent"),
    "No data has been processed": ("never", "no request goes without elements"),
    "is not a valid AllXsd value": ("late", f"{_REFUSED}::test_one_that_spoils_the_request"),
    "Error converting value": ("late", f"{_REFUSED}::test_one_that_spoils_the_request"),
    "Ensure the element name has the correct case": ("never", "no XML is sent"),
    "The Api Method called is not implemented": ("never", "only what the API has is called"),
    "resource you're looking for cannot be found": (
        "late",
        "tests/xero/test_reader.py::test_a_list_that_xero_does_not_know",
    ),
    "Idempotency Key": ("late", f"{_CLIENT}::test_a_key_used_for_other_bytes"),
    "TokenExpired": ("late", f"{_CLIENT}::test_an_expired_token_is_renewed"),
    "AuthenticationUnsuccessful": ("late", f"{_CLIENT}::test_disconnected_in_xero"),
    "AuthorizationUnsuccessful": (
        "held",
        f"scope_missing {_FORESEEN}::test_a_permission_to_write_that_is_missing",
    ),
    # Told by others of Xero, without a row in its own documents.
    messages.QUOTED_TOTAL: ("held", "total_negative"),
    messages.QUOTED_QUANTITY: ("held", "quantity_refused"),
    messages.QUOTED_TINY_LINE: ("held", "line_below_half_cent"),
    messages.QUOTED_ACCOUNT_NUMBER: ("held", "account_number_taken"),
}


def _messages() -> list[dict[str, Any]]:
    """Xero's messages, where the documents are present; else those that the sandbox says."""
    folder = contract_folder()
    if folder is None:
        return [{"message": str(getattr(messages, one))} for one in sorted(messages.REPORTED)]
    found: list[dict[str, Any]] = json.loads((folder / "error_messages.json").read_text("utf-8"))
    return found


def test_every_message_has_its_row() -> None:
    """A message that comes to the list is looked at: one row, and no row for two."""
    rows = {row["message"]: [key for key in TABLE if key in row["message"]] for row in _messages()}

    assert {} == {message: keys for message, keys in rows.items() if len(keys) != 1}


@pytest.mark.parametrize("row", [r for r in TABLE.values() if r[0] != "never"], ids=str)
def test_every_row_is_carried_out(row: Row) -> None:
    """A code that holds it has its story: a plan raises it, its cure is done; or a test."""
    names = [one for one in row[1].split() if "::" in one]
    codes = [one for one in row[1].split() if "::" not in one]
    for name in names:
        path, function = name.split("::")
        assert f"def {function}" in (ROOT / path).read_text("utf-8"), name

    assert [] == [code for code in codes if code not in CATALOGUE]
    assert [] == [code for code in codes if code not in STORIES and not names]
    assert names or codes
