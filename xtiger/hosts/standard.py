"""The modules of a usual CRM as Vtiger describes them, for the reference host and for tests."""

from __future__ import annotations

from dataclasses import replace

from xtiger.model.records import Choice, Field, FieldType, Module
from xtiger.model.roles import ROLES

#: The statuses of an invoice, in the order of its life.
INVOICE_STATUSES = (
    "AutoCreated",
    "Created",
    "Approved",
    "Sent",
    "Partially Paid",
    "Paid",
    "Cancel",
    "Credit Invoice",
)
PAYMENT_STATUSES = ("Pending", "In Progress", "Failure", "Received", "Paid", "Refunded")
XERO_STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED")
INVOICE_TYPES = ("Invoice", "Bill", "Receipt")


def _field(name: str, role: str, label: str = "", type: FieldType | None = None) -> Field:
    """A field of a role, with the usual type of the role."""
    return Field(
        name, type or ROLES[role].types[0], label or name.replace("_", " ").capitalize(), role
    )


def _choices(*values: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, value) for value in values)


def _pick(name: str, role: str, label: str, *values: str) -> Field:
    return replace(_field(name, role, label, "choice"), choices=_choices(*values))


def _text(name: str, role: str, label: str, max_length: int) -> Field:
    kind: FieldType = "text" if ROLES[role].types[0] == "choice" else ROLES[role].types[0]
    return replace(_field(name, role, label, kind), max_length=max_length)


def _to(name: str, role: str, label: str, target: str) -> Field:
    return replace(_field(name, role, label), targets=(target,))


def _required(field: Field) -> Field:
    return replace(field, required=True)


def _panel() -> tuple[Field, ...]:
    return (_field("xero_sync", "xtiger.allow_sync", "Allow XTiger Sync"),)


def _address(kind: str, label: str) -> tuple[Field, ...]:
    parts = ("street", "city", "region", "postal_code", "country")
    return tuple(
        _text(
            f"{kind}_{part}",
            f"organisation.{kind}.{part}",
            f"{label} {part.replace('_', ' ')}",
            500 if part == "street" else 120,
        )
        for part in parts
    )


def organizations() -> Module:
    """Companies: customers and suppliers."""
    return Module(
        "Organizations",
        "organisation",
        "Organizations",
        (
            _required(_text("accountname", "organisation.name", "Organization Name", 255)),
            replace(
                _text("account_no", "organisation.number", "Organization Number", 50), unique=True
            ),
            _text("email1", "organisation.email", "Primary Email", 255),
            _text("phone", "organisation.phone", "Primary Phone", 50),
            _text("otherphone", "organisation.mobile", "Secondary Phone", 50),
            _text("fax", "organisation.fax", "Fax", 50),
            _text("website", "organisation.website", "Website", 255),
            _text("vat_number", "organisation.tax_number", "VAT Number", 50),
            _text("company_number", "organisation.company_number", "Company Number", 50),
            _text("sales_account", "organisation.sales_account", "Sales Account", 50),
            _pick("accounttype", "organisation.type", "Type", "Customer", "Partner", "Supplier"),
            *_address("billing", "Billing"),
            *_address("shipping", "Shipping"),
            Field("industry", "text", "Industry", custom=True, max_length=100),
            *_panel(),
        ),
        can=frozenset({"read", "create", "update", "delete", "feed", "tombstones", "events"}),
    )


def contacts() -> Module:
    """Persons, usually of an organisation."""
    return replace(
        organizations(),
        name="Contacts",
        role="contact",
        label="Contacts",
        fields=(
            _text("firstname", "contact.first_name", "First Name", 100),
            _required(_text("lastname", "contact.last_name", "Last Name", 100)),
            _text("email", "contact.email", "Primary Email", 255),
            _text("phone", "contact.phone", "Office Phone", 50),
            _text("mobile", "contact.mobile", "Mobile", 50),
            _text("title", "contact.title", "Title", 100),
            _to("account_id", "contact.organisation", "Organization Name", "Organizations"),
            *_panel(),
        ),
        parents=("account_id",),
    )


def _items(name: str, role: str, prefix: str) -> Module:
    price = replace(_field("unit_price", f"{role}.sales_price", "Unit Price"), decimals=4)
    cost = replace(_field("purchase_cost", f"{role}.purchase_price", "Purchase Cost"), decimals=4)
    return replace(
        organizations(),
        name=name,
        role=role,
        label=name,
        fields=(
            _required(_text(f"{prefix}name", f"{role}.name", "Name", 100)),
            _text(f"{prefix}code", f"{role}.code", "Part Number", 60),
            _field("description", f"{role}.description", "Description"),
            price,
            cost,
            _text("sales_account", f"{role}.sales_account", "Sales Account", 50),
            _text("purchase_account", f"{role}.purchase_account", "Purchase Account", 50),
            _text("sales_tax", f"{role}.sales_tax", "Sales Tax", 100),
            _field("active", f"{role}.active", "Active"),
            *_panel(),
        ),
    )


def products() -> Module:
    """Goods."""
    return _items("Products", "product", "product")


def services() -> Module:
    """Work sold by the hour or piece."""
    return _items("Services", "service", "service")


def _line_fields() -> tuple[Field, ...]:
    return (
        _to("product_id", "line.product", "Product", "Products"),
        _to("service_id", "line.service", "Service", "Services"),
        _text("name", "line.name", "Item Name", 255),
        _field("comment", "line.description", "Description"),
        replace(_required(_field("quantity", "line.quantity", "Quantity")), decimals=4),
        replace(_required(_field("listprice", "line.unit_price", "Price")), decimals=4),
        _field("discount_percent", "line.discount_percent", "Discount %"),
        replace(_field("discount_amount", "line.discount_amount", "Discount"), decimals=2),
        _field("tax_percent", "line.tax_rate", "Tax %"),
        _text("tax_name", "line.tax_name", "Tax", 100),
        _field("taxes", "line.taxes", "Taxes"),
        _text("account", "line.account", "Account", 50),
        replace(_field("total", "line.total", "Total"), decimals=2),
    )


def _invoice_amounts() -> tuple[Field, ...]:
    amounts = (
        "discount_amount",
        "charges",
        "adjustment",
        "deducted_tax",
        "received",
        "balance",
        "total",
    )
    percents = ("discount_percent", "charges_tax")
    return (
        *(replace(_field(name, f"invoice.{name}"), decimals=2) for name in amounts),
        *(_field(name, f"invoice.{name}") for name in percents),
    )


def invoices() -> Module:
    """Sales invoices with lines."""
    return replace(
        organizations(),
        name="Invoices",
        role="invoice",
        label="Invoices",
        fields=(
            replace(_text("invoice_no", "invoice.number", "Invoice Number", 100), unique=True),
            _text("subject", "invoice.reference", "Subject", 255),
            _to("account_id", "invoice.organisation", "Organization Name", "Organizations"),
            _to("contact_id", "invoice.contact", "Contact Name", "Contacts"),
            _field("invoicedate", "invoice.date", "Invoice Date"),
            _field("duedate", "invoice.due_date", "Due Date"),
            _pick("invoicestatus", "invoice.status", "Status", *INVOICE_STATUSES),
            replace(_field("currency", "invoice.currency", "Currency", "text"), max_length=3),
            _field("conversion_rate", "invoice.rate", "Conversion Rate"),
            _pick("taxtype", "invoice.tax_mode", "Tax Mode", "individual", "group"),
            *_invoice_amounts(),
            *_panel(),
            _pick("xero_status", "xtiger.status", "Xero Status", *XERO_STATUSES),
            _pick("xero_type", "xtiger.invoice_type", "Xero Invoice Type", *INVOICE_TYPES),
        ),
        lines=_line_fields(),
    )


def payments() -> Module:
    """Money received for invoices."""
    return replace(
        organizations(),
        name="Payments",
        role="payment",
        label="Payments",
        fields=(
            _text("payment_no", "payment.number", "Payment Number", 50),
            _required(_to("invoice_id", "payment.invoice", "Invoice", "Invoices")),
            _required(_field("paymentdate", "payment.date", "Date")),
            _required(replace(_field("amount", "payment.amount", "Amount"), decimals=2)),
            _pick("paymentstatus", "payment.status", "Status", *PAYMENT_STATUSES),
            _text("paymentmode", "payment.mode", "Mode", 50),
            _text("account", "payment.account", "Paid To", 50),
            _text("reference", "payment.reference", "Reference", 255),
            *_panel(),
        ),
        parents=("invoice_id",),
    )


def standard_modules() -> tuple[Module, ...]:
    """Organizations, Contacts, Products, Services, Invoices and Payments."""
    return (organizations(), contacts(), products(), services(), invoices(), payments())
