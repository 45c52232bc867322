"""Xero's own Python library works with the sandbox, changed in nothing but its addresses.

Its models were generated from a newer document than ours and refuse unknown values, so each call
is a judgement of the sandbox's answers by the other side.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from xero_python import accounting  # type: ignore[import-untyped]
from xero_python.accounting import AccountingApi  # type: ignore[import-untyped]
from xero_python.api_client import ApiClient  # type: ignore[import-untyped]
from xero_python.api_client.configuration import (  # type: ignore[import-untyped]
    Configuration,
)
from xero_python.api_client.oauth2 import (  # type: ignore[import-untyped]
    OAuth2Token,
    TokenApi,
)
from xero_python.exceptions import (  # type: ignore[import-untyped]
    AccountingBadRequestException,
    HTTPStatusException,
)
from xero_python.identity import IdentityApi  # type: ignore[import-untyped]

from tests.contract.served import Served, served

# The library calls what urllib3 is about to remove.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

DAY = dt.date(2026, 11, 20)


@pytest.fixture
def sandbox() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.fixture
def client(sandbox: Served, monkeypatch: pytest.MonkeyPatch) -> ApiClient:
    """The library's client, as its documents tell to set it up."""
    for name in ("client_credentials_token_url", "refresh_token_url"):
        monkeypatch.setattr(TokenApi, name, f"{sandbox.url}/connect/token")
    monkeypatch.setattr(TokenApi, "revoke_token_url", f"{sandbox.url}/connect/revocation")
    kept: dict[str, Any] = dict(sandbox.tokens) | {"expires_at": time.time() + 1800}
    token = OAuth2Token(sandbox.box.client_id, sandbox.box.client_secret)
    configuration = Configuration(oauth2_token=token)
    configuration.oauth2_token = token
    made = ApiClient(configuration, pool_threads=1)

    def get() -> dict[str, Any]:
        return kept

    def save(new: dict[str, Any]) -> None:
        kept.clear()
        kept.update(new)

    made.oauth2_token_getter(get)
    made.oauth2_token_saver(save)
    return made


@pytest.fixture
def api(sandbox: Served, client: ApiClient) -> Any:
    return AccountingApi(client, base_url=f"{sandbox.url}/api.xro/2.0")


def _contact(api: Any, sandbox: Served, name: str = "Alpha", **fields: Any) -> Any:
    contact = accounting.Contact(name=name, **fields)
    return api.create_contacts(
        sandbox.tenant, contacts=accounting.Contacts(contacts=[contact])
    ).contacts[0]


def _invoice(api: Any, sandbox: Served, contact: Any, **fields: Any) -> Any:
    line = accounting.LineItem(
        description="Work", quantity=Decimal(2), unit_amount=Decimal("50.00"), account_code="200"
    )
    values: dict[str, Any] = {
        "type": "ACCREC",
        "contact": accounting.Contact(contact_id=contact.contact_id),
        "line_items": [line],
        "date": DAY,
        "due_date": dt.date(2026, 12, 20),
        "status": "AUTHORISED",
    }
    invoice = accounting.Invoice(**(values | fields))
    return api.create_invoices(
        sandbox.tenant, invoices=accounting.Invoices(invoices=[invoice])
    ).invoices[0]


def test_tokens_are_refreshed_and_revoked(sandbox: Served, client: ApiClient) -> None:
    """The library finds the organisation, refreshes, and ends it all."""
    identity = IdentityApi(client, base_url=sandbox.url)
    before = identity.get_connections()
    old = client.get_oauth2_token()["refresh_token"]
    client.refresh_oauth2_token()
    new = client.get_oauth2_token()["refresh_token"]
    client.revoke_oauth2_token()

    assert [sandbox.tenant] == [row.tenant_id for row in before]
    assert old != new
    assert [] == sandbox.box.identity.connections.of_app(sandbox.box.client_id)


def test_settings_are_read(api: Any, sandbox: Served) -> None:
    """Organisation, actions, accounts, rates, currencies, themes: all parse."""
    organisation = api.get_organisations(sandbox.tenant).organisations[0]
    actions = api.get_organisation_actions(sandbox.tenant).actions
    accounts = api.get_accounts(sandbox.tenant, where='Status=="ACTIVE"').accounts
    rates = api.get_tax_rates(sandbox.tenant).tax_rates
    currencies = api.get_currencies(sandbox.tenant).currencies
    themes = api.get_branding_themes(sandbox.tenant).branding_themes

    assert ("Empty Trading Ltd", 13, 42, 21, 3, 2) == (
        organisation.name,
        *(len(rows) for rows in (actions, accounts, rates, currencies, themes)),
    )


def test_settings_are_written(api: Any, sandbox: Served) -> None:
    """An account, a rate, a currency, a category with an option, a group with a member."""
    tenant = sandbox.tenant
    account = accounting.Account(code="299", name="Online", type=accounting.AccountType.REVENUE)
    made = api.create_account(tenant, account=account).accounts[0]
    component = accounting.TaxComponent(name="VAT", rate=Decimal("12.5"))
    rate = accounting.TaxRate(name="Odd", report_tax_type="OUTPUT", tax_components=[component])
    rated = api.create_tax_rates(tenant, tax_rates=accounting.TaxRates(tax_rates=[rate]))
    api.create_currency(tenant, currency=accounting.Currency(code=accounting.CurrencyCode.CHF))
    category = api.create_tracking_category(
        tenant, tracking_category=accounting.TrackingCategory(name="Region")
    ).tracking_categories[0]
    option = api.create_tracking_options(
        tenant,
        category.tracking_category_id,
        tracking_option=accounting.TrackingOption(name="North"),
    ).options[0]
    group = api.create_contact_group(
        tenant,
        contact_groups=accounting.ContactGroups(
            contact_groups=[accounting.ContactGroup(name="VIP")]
        ),
    ).contact_groups[0]
    contact = _contact(api, sandbox)
    member = accounting.Contacts(contacts=[accounting.Contact(contact_id=contact.contact_id)])
    api.create_contact_group_contacts(tenant, group.contact_group_id, contacts=member)
    found = api.get_contact_group(tenant, group.contact_group_id).contact_groups[0]

    assert ("REVENUE", Decimal("12.5"), "North", ["Alpha"]) == (
        made._class,
        rated.tax_rates[0].effective_rate,
        option.name,
        [row.name for row in found.contacts],
    )


def test_contacts_page_filter_update_archive(api: Any, sandbox: Served) -> None:
    """The life of a contact, with a page's own object and archived ones on request."""
    tenant = sandbox.tenant
    for number in range(3):
        _contact(api, sandbox, f"C{number}", email_address=f"c{number}@example.com")
    page = api.get_contacts(tenant, page=2, page_size=2, order="Name ASC")
    found = api.get_contacts(tenant, where='EmailAddress=="c1@example.com"').contacts[0]
    change = accounting.Contacts(contacts=[accounting.Contact(first_name="Ann")])
    updated = api.update_contact(tenant, found.contact_id, contacts=change).contacts[0]
    archive = accounting.Contacts(contacts=[accounting.Contact(contact_status="ARCHIVED")])
    api.update_contact(tenant, found.contact_id, contacts=archive)
    left = api.get_contacts(tenant).contacts
    everything = api.get_contacts(tenant, include_archived=True).contacts

    assert (["C2"], 3, 2) == (
        [row.name for row in page.contacts],
        page.pagination.item_count,
        page.pagination.page_count,
    )
    assert ("Ann", 2, 3) == (updated.first_name, len(left), len(everything))


def test_modified_since_and_summary(api: Any, sandbox: Served) -> None:
    """The library's datetime is understood, and summaries parse."""
    _contact(api, sandbox)
    future = dt.datetime(2099, 1, 1, 0, 0, 0)  # noqa: DTZ001 - as the library's documents show

    assert [] == api.get_contacts(sandbox.tenant, if_modified_since=future).contacts
    assert 1 == len(api.get_contacts(sandbox.tenant, summary_only=True).contacts)


@pytest.mark.feature("O17")
def test_invoice_is_paid_and_the_payment_deleted(api: Any, sandbox: Served) -> None:
    """Lines, totals, payment, PAID, and back."""
    tenant = sandbox.tenant
    made = _invoice(api, sandbox, _contact(api, sandbox))
    payment = accounting.Payment(
        invoice=accounting.Invoice(invoice_id=made.invoice_id),
        account=accounting.Account(account_id=sandbox.account("090")),
        amount=Decimal("120.00"),
        date=DAY,
    )
    paid = api.create_payments(tenant, payments=accounting.Payments(payments=[payment])).payments[0]
    closed = api.get_invoice(tenant, made.invoice_id).invoices[0]
    api.delete_payment(
        tenant, paid.payment_id, payment_delete=accounting.PaymentDelete(status="DELETED")
    )
    opened = api.get_invoice(tenant, made.invoice_id).invoices[0]

    assert (Decimal(120), Decimal(20), 1) == (made.total, made.total_tax, len(made.line_items))
    assert ("PAID", Decimal(0), 1) == (closed.status, closed.amount_due, len(closed.payments))
    assert ("AUTHORISED", Decimal(120)) == (opened.status, opened.amount_due)


def test_invoice_is_updated_voided_and_listed(api: Any, sandbox: Served) -> None:
    """Reference changes, status goes, the void one stays in lists."""
    tenant = sandbox.tenant
    made = _invoice(api, sandbox, _contact(api, sandbox))
    change = accounting.Invoices(invoices=[accounting.Invoice(reference="PO 7")])
    changed = api.update_invoice(tenant, made.invoice_id, invoices=change).invoices[0]
    void = accounting.Invoices(invoices=[accounting.Invoice(status="VOIDED")])
    api.update_invoice(tenant, made.invoice_id, invoices=void)
    found = api.get_invoices(tenant, statuses=["VOIDED"], i_ds=[made.invoice_id]).invoices

    assert ("PO 7", ["VOIDED"]) == (changed.reference, [row.status for row in found])


def test_invoice_as_pdf_online_and_by_mail(api: Any, sandbox: Served, tmp_path: Any) -> None:
    """The PDF arrives as a file, the address as text, the mail as 204."""
    contact = _contact(api, sandbox, email_address="a@example.com")
    made = _invoice(api, sandbox, contact)
    api.api_client.configuration.temp_folder_path = str(tmp_path)
    printed = Path(api.get_invoice_as_pdf(sandbox.tenant, made.invoice_id)).read_bytes()
    url = api.get_online_invoice(sandbox.tenant, made.invoice_id).online_invoices[0]
    api.email_invoice(sandbox.tenant, made.invoice_id, request_empty=accounting.RequestEmpty())
    sent = api.get_invoice(sandbox.tenant, made.invoice_id).invoices[0]

    assert printed.startswith(b"%PDF-")
    assert url.online_invoice_url.startswith("https://in.xero.com/")
    assert sent.sent_to_contact


def test_credit_note_is_allocated(api: Any, sandbox: Served) -> None:
    """Credit goes to an invoice and comes back."""
    tenant = sandbox.tenant
    contact = _contact(api, sandbox)
    made = _invoice(api, sandbox, contact)
    line = accounting.LineItem(
        description="Back", quantity=Decimal(1), unit_amount=Decimal(10), account_code="200"
    )
    note = accounting.CreditNote(
        type="ACCRECCREDIT",
        contact=accounting.Contact(contact_id=contact.contact_id),
        line_items=[line],
        date=DAY,
        status="AUTHORISED",
    )
    noted = api.create_credit_notes(
        tenant, credit_notes=accounting.CreditNotes(credit_notes=[note])
    ).credit_notes[0]
    allocation = accounting.Allocation(
        amount=Decimal("12.00"),
        date=DAY,
        invoice=accounting.Invoice(invoice_id=made.invoice_id),
    )
    given = api.create_credit_note_allocation(
        tenant,
        noted.credit_note_id,
        allocations=accounting.Allocations(allocations=[allocation]),
    ).allocations[0]
    credited = api.get_invoice(tenant, made.invoice_id).invoices[0]
    gone = api.delete_credit_note_allocations(tenant, noted.credit_note_id, given.allocation_id)

    assert (Decimal(12), Decimal(108)) == (credited.amount_credited, credited.amount_due)
    assert gone.is_deleted


def test_bank_transaction_and_overpayment(api: Any, sandbox: Served) -> None:
    """Money received, and money on account that is listed by its own endpoint."""
    contact = accounting.Contact(name="Alpha")
    account = accounting.Account(account_id=sandbox.account("090"))
    sale = accounting.BankTransaction(
        type="RECEIVE",
        contact=contact,
        bank_account=account,
        line_items=[
            accounting.LineItem(
                description="Sale",
                quantity=Decimal(1),
                unit_amount=Decimal(120),
                account_code="200",
            )
        ],
    )
    over = accounting.BankTransaction(
        type="RECEIVE-OVERPAYMENT",
        contact=contact,
        bank_account=account,
        line_amount_types=accounting.LineAmountTypes.NOTAX,
        line_items=[accounting.LineItem(description="Too much", line_amount=Decimal(50))],
    )
    made = api.create_bank_transactions(
        sandbox.tenant,
        bank_transactions=accounting.BankTransactions(bank_transactions=[sale, over]),
    ).bank_transactions
    found = api.get_overpayments(sandbox.tenant, page=1).overpayments

    assert [Decimal(120), Decimal(50)] == [row.total for row in made]
    assert [made[1].overpayment_id] == [row.overpayment_id for row in found]


def test_items_quotes_and_orders(api: Any, sandbox: Served) -> None:
    """An item, a quote and a purchase order, each with its own forms."""
    tenant = sandbox.tenant
    details = accounting.Purchase(unit_price=Decimal("1.2345"), account_code="200")
    item = accounting.Item(code="A", name="Bolt", sales_details=details)
    made = api.create_items(tenant, items=accounting.Items(items=[item]), unitdp=4).items[0]
    contact = accounting.Contact(contact_id=_contact(api, sandbox).contact_id)
    line = accounting.LineItem(description="x", quantity=Decimal(1), unit_amount=Decimal(1))
    quote = accounting.Quote(
        contact=contact,
        date=DAY,
        line_items=[line],
        line_amount_types=accounting.QuoteLineAmountTypes.EXCLUSIVE,
    )
    quoted = api.create_quotes(tenant, quotes=accounting.Quotes(quotes=[quote])).quotes[0]
    order = accounting.PurchaseOrder(contact=contact, line_items=[line], date=DAY)
    ordered = api.create_purchase_orders(
        tenant, purchase_orders=accounting.PurchaseOrders(purchase_orders=[order])
    ).purchase_orders[0]
    api.delete_item(tenant, made.item_id)

    assert (Decimal("1.2345"), "QU-0001", "PO-0001", []) == (
        made.sales_details.unit_price,
        quoted.quote_number,
        ordered.purchase_order_number,
        api.get_items(tenant).items,
    )


def test_history_and_attachments(api: Any, sandbox: Served) -> None:
    """A note and a file of an invoice come back."""
    tenant = sandbox.tenant
    made = _invoice(api, sandbox, _contact(api, sandbox))
    note = accounting.HistoryRecords(
        history_records=[accounting.HistoryRecord(details="Called them")]
    )
    api.create_invoice_history(tenant, made.invoice_id, history_records=note)
    api.create_invoice_attachment_by_file_name(tenant, made.invoice_id, "note.txt", b"hello")
    records = api.get_invoice_history(tenant, made.invoice_id).history_records
    files = api.get_invoice_attachments(tenant, made.invoice_id).attachments

    assert "Called them" in [row.details for row in records]
    assert [("note.txt", 5)] == [(row.file_name, row.content_length) for row in files]


@pytest.mark.feature("O17")
def test_validation_errors_reach_the_caller(api: Any, sandbox: Served) -> None:
    """Xero's own message is in the library's exception, and beside each element on request."""
    _contact(api, sandbox)
    twin = accounting.Contacts(
        contacts=[accounting.Contact(name="Alpha"), accounting.Contact(name="Beta")]
    )
    with pytest.raises(AccountingBadRequestException) as refused:
        api.create_contacts(sandbox.tenant, contacts=twin)
    each = api.create_contacts(sandbox.tenant, contacts=twin, summarize_errors=False).contacts

    assert "already assigned to another contact" in refused.value.reason
    assert ["ERROR", "ERROR"] == [row.status_attribute_string for row in each]


@pytest.mark.parametrize("status", [404, 429, 503])
def test_other_errors_are_exceptions(api: Any, sandbox: Served, status: int) -> None:
    """Not found, too many and out of order arrive with their status and headers."""
    # With a time to wait the library would wait by itself.
    if status != 404:
        sandbox.box.fault("status", status=status, problem="concurrent")
    with pytest.raises(HTTPStatusException) as refused:
        api.get_contact(sandbox.tenant, sandbox.tenant)

    assert status == refused.value.status
    if status == 429:
        assert "concurrent" == refused.value.headers["X-Rate-Limit-Problem"]
