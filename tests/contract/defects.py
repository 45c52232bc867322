"""Where Xero's OpenAPI document is wrong or behind, each with the reason; nothing else is excused.

Sources: (examples) the document's own examples contradict its schemas; (docs) Xero's pages say
so; (delta) the models of Xero's later client libraries have it.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Properties that answers hold and the schemas lack: schema → names.
ANSWER_PROPERTIES: Mapping[str, frozenset[str]] = {
    # (examples) each of the document's own answers has the calendar days as text.
    "Invoice": frozenset(
        (
            "DateString",
            "DueDateString",
            "ExpectedPaymentDateString",
            "PlannedPaymentDateString",
            # (delta) added between 16.1.0 and 19.0.0.
            "RoundingAmount",
            "EnteredTotal",
        )
    ),
    # (delta) added between 16.1.0 and 19.0.0.
    # (docs) warnings stand beside the element that they are about, whatever it is.
    "Item": frozenset(("QuantityAvailable", "QuantityOnBackOrder", "Warnings")),
    # (examples) every row of a document may carry its own errors.
    "LineItem": frozenset(("ValidationErrors", "DiscountEnteredAsPercent")),
    "Address": frozenset(("ValidationErrors",)),
    "Phone": frozenset(("ValidationErrors",)),
    "Bill": frozenset(("ValidationErrors",)),
    # (examples) groups and other apps' numbers come along in the examples.
    "ContactGroup": frozenset(("HasValidationErrors",)),
    # (examples) days as text here as well, and the errors of a record beside it.
    # Their id comes twice, PurchaseOrders tell a type, and documents list what is attached.
    "CreditNote": frozenset(("DateString", "DueDateString", "ID", "Attachments")),
    "BankTransaction": frozenset(("DateString", "BatchPayment", "Attachments")),
    "Prepayment": frozenset(("DateString", "ID")),
    "Overpayment": frozenset(("DateString", "ID")),
    "PurchaseOrder": frozenset(
        ("DateString", "DeliveryDateString", "HasErrors", "IsDiscounted", "Type")
    ),
    "TrackingOption": frozenset(("HasValidationErrors", "IsDeleted", "IsArchived", "IsActive")),
    "HistoryRecord": frozenset(("DateUTCString", "ValidationErrors")),
    # (examples) TaxNumbeType is Xero's own misspelling in the examples of contacts.
    "Contact": frozenset(("TaxNumbeType",)),
}

#: (examples) every list comes in an envelope that the schemas of the lists leave out.
ENVELOPE: Mapping[str, str] = {
    "Id": "string",
    "Status": "string",
    "ProviderName": "string",
    "DateTimeUTC": "string",
    # On quotes only.
    "SummarizeErrors": "boolean",
}

#: (examples) Elements of a 400 echo the whole object; the schema has its ids only.
OPEN_SCHEMAS: frozenset[str] = frozenset(("Element",))

#: Properties that requests may hold and the schemas lack.
REQUEST_PROPERTIES: Mapping[str, frozenset[str]] = {
    # (delta) honoured where the organisation has rounding switched on.
    "Invoice": frozenset(("RoundingAmount", "EnteredTotal")),
}

#: (examples) what a schema requires only of an element without this id: an edit leaves it out.
REQUIRED_WITHOUT: Mapping[str, str] = {"BankTransaction": "BankTransactionID"}

#: (docs) marked readOnly, yet honoured: Xero compares them with the sum of the lines.
WRITABLE: frozenset[tuple[str, str]] = frozenset(
    (("Invoice", "SubTotal"), ("Invoice", "TotalTax"), ("Invoice", "Total"))
)

#: (delta) query parameters that the document lacks: (method, path) → names.
QUERY: Mapping[tuple[str, str], frozenset[str]] = {
    ("put", "/Invoices"): frozenset(("allowBackorders",)),
    ("post", "/Invoices"): frozenset(("allowBackorders",)),
    ("post", "/Invoices/{InvoiceID}"): frozenset(("allowBackorders",)),
}

#: (docs) an id in the path may also be the object's number or code, though its format is uuid.
KEYS_IN_PATH: frozenset[str] = frozenset(
    ("/Invoices/{InvoiceID}", "/Items/{ItemID}", "/CreditNotes/{CreditNoteID}")
)

#: (examples) numbers and booleans come as text in answers of GET Payments.
TEXT_NUMBERS: frozenset[str] = frozenset(("Payment", "BatchPayment"))

#: Spellings that Xero takes as well, and client libraries use: the document's own for each.
SPELLINGS: Mapping[str, str] = {"Organisations": "Organisation", "history": "History"}
