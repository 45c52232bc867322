"""What the lists and forms of the demo CRM show: one screen per module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from xtiger.demo.forms import Choices, Input
from xtiger.demo.models import (
    RECEIVED,
    STATUSES,
    Contact,
    CurrencyRow,
    Invoice,
    Model,
    Organization,
    Payment,
    Product,
    Service,
    Tax,
)

#: The bookkeeping accounts that the CRM offers; others stay as they were entered.
ACCOUNTS = (("200", "200 Sales"), ("260", "260 Other revenue"))
PURCHASE_ACCOUNTS = (("310", "310 Cost of goods sold"),)
#: Only money that was received counts.
PAYMENT_STATUSES = (RECEIVED, "Pending", "Declined")
MODES = ("Bank transfer", "Card", "Cash", "Cheque", "Direct debit")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: an attribute, or a path of two such as "organization"."""

    name: str
    label: str
    #: text, number, money, date or status.
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Screen:
    """A module as people see it."""

    #: The module's name for XTiger.
    module: str
    #: The address below which its pages are.
    slug: str
    one: str
    many: str
    model: type[Model]
    columns: tuple[Column, ...]
    search: tuple[InstrumentedAttribute[str], ...]
    order: tuple[InstrumentedAttribute[object], ...]
    inputs: tuple[Input, ...] = ()
    #: The attribute that new records number themselves by, with its prefix.
    numbered: tuple[str, str] | None = None
    newest_first: bool = False


def _address(prefix: str, heading: str) -> tuple[Input, ...]:
    return (
        Input(f"{prefix}_street", "Street", "long_text", max_length=500, group=heading),
        Input(f"{prefix}_city", "Town or city", group=heading),
        Input(f"{prefix}_region", "County or region", group=heading),
        Input(f"{prefix}_postal_code", "Postal code", max_length=100, group=heading),
        Input(f"{prefix}_country", "Country", max_length=100, group=heading),
    )


def _sold() -> tuple[Input, ...]:
    money = "Price and booking"
    return (
        Input("name", "Name", required=True, max_length=120, group="About"),
        Input("code", "Code", max_length=60, group="About", hint="Xero takes 30 characters."),
        Input("description", "Description", "long_text", max_length=4000, group="About"),
        Input("active", "On sale", "checkbox", group="About"),
        Input("sales_price", "Sales price", "number", decimals=4, lowest=Decimal(0), group=money),
        Input("sales_account", "Sales account", "choice", choices="accounts", group=money),
        Input("sales_tax", "Tax", "choice", choices="taxes", group=money),
    )


ORGANIZATIONS = Screen(
    module="Organizations",
    slug="organizations",
    one="Organization",
    many="Organizations",
    model=Organization,
    columns=(
        Column("number", "Number"),
        Column("name", "Name"),
        Column("billing_city", "Town or city"),
        Column("billing_country", "Country"),
        Column("email", "E-mail"),
        Column("phone", "Phone"),
    ),
    search=(
        Organization.number,
        Organization.name,
        Organization.email,
        Organization.billing_city,
        Organization.billing_country,
        Organization.tax_number,
    ),
    order=(Organization.name, Organization.id),
    inputs=(
        Input("name", "Name", required=True, max_length=400, group="About"),
        Input("number", "Account number", max_length=40, group="About"),
        Input("type", "Type", "choice", choices="types", group="About"),
        Input("industry", "Trade", max_length=80, group="About"),
        Input("tax_number", "VAT number", max_length=50, group="About"),
        Input("company_number", "Company number", max_length=50, group="About"),
        Input("email", "E-mail", "email", group="Reach"),
        Input("phone", "Phone", max_length=60, group="Reach"),
        Input("mobile", "Mobile", max_length=60, group="Reach"),
        Input("fax", "Fax", max_length=60, group="Reach"),
        Input("website", "Website", "url", group="Reach"),
        *_address("billing", "Billing address"),
        *_address("shipping", "Delivery address"),
    ),
    numbered=("number", "ACC-"),
)

CONTACTS = Screen(
    module="Contacts",
    slug="contacts",
    one="Contact",
    many="Contacts",
    model=Contact,
    columns=(
        Column("last_name", "Last name"),
        Column("first_name", "First name"),
        Column("organization", "Organization"),
        Column("email", "E-mail"),
        Column("phone", "Phone"),
    ),
    search=(Contact.first_name, Contact.last_name, Contact.email),
    order=(Contact.last_name, Contact.first_name, Contact.id),
    inputs=(
        Input("first_name", "First name", max_length=100, group="About"),
        Input("last_name", "Last name", required=True, max_length=100, group="About"),
        Input(
            "organization_id",
            "Organization",
            "choice",
            choices="organizations",
            is_record=True,
            group="About",
        ),
        Input("title", "Job", max_length=80, group="About"),
        Input("email", "E-mail", "email", group="Reach"),
        Input("phone", "Phone", max_length=60, group="Reach"),
        Input("mobile", "Mobile", max_length=60, group="Reach"),
    ),
)

_SOLD_COLUMNS = (
    Column("code", "Code"),
    Column("name", "Name"),
    Column("description", "Description"),
    Column("sales_tax", "Tax"),
    Column("sales_price", "Sales price", "money"),
)

PRODUCTS = Screen(
    module="Products",
    slug="products",
    one="Product",
    many="Products",
    model=Product,
    columns=_SOLD_COLUMNS,
    search=(Product.code, Product.name, Product.description),
    order=(Product.code, Product.id),
    inputs=(
        *_sold(),
        Input(
            "purchase_price",
            "Purchase price",
            "number",
            decimals=4,
            lowest=Decimal(0),
            group="Price and booking",
        ),
        Input(
            "purchase_account",
            "Purchase account",
            "choice",
            choices="purchase_accounts",
            group="Price and booking",
        ),
    ),
    numbered=("code", "SKU-"),
)

SERVICES = Screen(
    module="Services",
    slug="services",
    one="Service",
    many="Services",
    model=Service,
    columns=_SOLD_COLUMNS,
    search=(Service.code, Service.name, Service.description),
    order=(Service.code, Service.id),
    inputs=_sold(),
    numbered=("code", "SRV-"),
)

INVOICES = Screen(
    module="Invoices",
    slug="invoices",
    one="Invoice",
    many="Invoices",
    model=Invoice,
    columns=(
        Column("number", "Number"),
        Column("organization", "Organization"),
        Column("date", "Date", "date"),
        Column("due_date", "Due", "date"),
        Column("status", "Status", "status"),
        Column("currency", "Currency"),
        Column("total", "Total", "money"),
        Column("balance", "To pay", "money"),
    ),
    search=(Invoice.number, Invoice.reference, Organization.name),
    order=(Invoice.number, Invoice.id),
    inputs=(
        Input("number", "Number", required=True, max_length=60, group="Invoice"),
        Input("reference", "Reference", group="Invoice"),
        Input(
            "organization_id",
            "Organization",
            "choice",
            required=True,
            choices="organizations",
            is_record=True,
            group="Invoice",
        ),
        Input(
            "contact_id", "Contact", "choice", choices="contacts", is_record=True, group="Invoice"
        ),
        Input("status", "Status", "choice", required=True, choices="statuses", group="Invoice"),
        Input(
            "credits_id",
            "Gives back",
            "choice",
            choices="invoices",
            is_record=True,
            group="Invoice",
            hint="For a credit: the invoice that it is set against.",
        ),
        Input("date", "Date", "date", required=True, group="Dates and money"),
        Input("due_date", "Due date", "date", group="Dates and money"),
        Input(
            "currency",
            "Currency",
            "choice",
            required=True,
            choices="currencies",
            group="Dates and money",
        ),
        Input(
            "rate",
            "Pounds for one unit",
            "number",
            required=True,
            decimals=6,
            lowest=Decimal("0.000001"),
            group="Dates and money",
        ),
        Input(
            "discount_percent",
            "Discount on the whole, %",
            "number",
            lowest=Decimal(0),
            highest=Decimal(100),
            group="Dates and money",
        ),
        Input(
            "deducted_tax",
            "Tax deducted at source",
            "number",
            lowest=Decimal(0),
            group="Dates and money",
        ),
    ),
    numbered=("number", "INV-"),
    newest_first=True,
)

PAYMENTS = Screen(
    module="Payments",
    slug="payments",
    one="Payment",
    many="Payments",
    model=Payment,
    columns=(
        Column("number", "Number"),
        Column("invoice", "Invoice"),
        Column("date", "Date", "date"),
        Column("mode", "By"),
        Column("status", "Status", "status"),
        Column("amount", "Amount", "money"),
    ),
    search=(Payment.number, Payment.reference, Invoice.number),
    order=(Payment.number, Payment.id),
    inputs=(
        Input("number", "Number", required=True, max_length=60, group="Payment"),
        Input(
            "invoice_id",
            "Invoice",
            "choice",
            required=True,
            choices="invoices",
            is_record=True,
            group="Payment",
        ),
        Input(
            "status",
            "Status",
            "choice",
            required=True,
            choices="payment_statuses",
            group="Payment",
            hint="Xero gets what was received.",
        ),
        Input(
            "amount",
            "Amount",
            "number",
            required=True,
            lowest=Decimal("0.01"),
            group="Money",
            hint="In the invoice's currency.",
        ),
        Input("date", "Date", "date", required=True, group="Money"),
        Input("mode", "By", "choice", choices="modes", group="Money"),
        Input("reference", "Reference", group="Money"),
    ),
    numbered=("number", "PAY-"),
    newest_first=True,
)

SCREENS = (ORGANIZATIONS, CONTACTS, PRODUCTS, SERVICES, INVOICES, PAYMENTS)


def choices_for(session: Session, record: Model | None = None) -> Mapping[str, Choices]:
    """The entries of all choices; what `record` has stored is offered even where it is odd."""
    taxes = [(tax.name, tax.name) for tax in session.scalars(select(Tax).order_by(Tax.id))]
    organizations = session.scalars(select(Organization).order_by(Organization.name)).all()
    contacts = session.scalars(select(Contact).order_by(Contact.last_name)).all()
    codes = session.scalars(select(CurrencyRow.code).order_by(CurrencyRow.id)).all()
    return {
        "taxes": _with_names(_with_stored(taxes, record, "sales_tax"), _line_taxes(record)),
        "organizations": [(str(o.id), f"{o} · {o.number}") for o in organizations],
        "contacts": [(str(c.id), str(c)) for c in contacts],
        "currencies": _with_stored([(code, code) for code in codes], record, "currency"),
        "statuses": _with_stored([(s, s) for s in STATUSES], record, "status"),
        "invoices": _invoices(session),
        "payment_statuses": _with_stored([(s, s) for s in PAYMENT_STATUSES], record, "status"),
        "modes": _with_stored([(m, m) for m in MODES], record, "mode"),
        "types": _with_stored(
            [(t, t) for t in ("Customer", "Supplier", "Prospect", "Partner")], record, "type"
        ),
        "accounts": _with_stored(ACCOUNTS, record, "sales_account"),
        "purchase_accounts": _with_stored(PURCHASE_ACCOUNTS, record, "purchase_account"),
    }


def _invoices(session: Session) -> Choices:
    found = session.scalars(select(Invoice).order_by(Invoice.number.desc(), Invoice.id))
    return [(str(i.id), f"{i} · {i.balance} {i.currency} to pay") for i in found]


def _with_stored(choices: Choices, record: Model | None, name: str) -> Choices:
    return _with_names(choices, [str(getattr(record, name, "") or "")])


def _with_names(choices: Choices, names: Iterable[str]) -> Choices:
    offered = {value for value, _label in choices}
    odd = [name for name in dict.fromkeys(names) if name and name not in offered]
    return [*choices, *((name, name) for name in odd)]


def _line_taxes(record: Model | None) -> list[str]:
    return [line.tax_name for line in record.lines] if isinstance(record, Invoice) else []
