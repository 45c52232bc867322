"""Credit notes of Xero, which are read and listed: their schema, and their columns."""

from __future__ import annotations

from marshmallow import fields

from xtiger.mapping.listing import Column, Listing
from xtiger.mapping.xero_schema import Amount, Answer, Day, Moment, PartySchema


class CreditNoteSchema(Answer):
    """A credit note, of a sale or of a bill."""

    CreditNoteID = fields.String(allow_none=True)
    Type = fields.String(allow_none=True)
    CreditNoteNumber = fields.String(allow_none=True)
    Reference = fields.String(allow_none=True)
    Status = fields.String(allow_none=True)
    Contact = fields.Nested(PartySchema, allow_none=True)
    Date = Day(allow_none=True)
    CurrencyCode = fields.String(allow_none=True)
    Total = Amount(allow_none=True)
    #: The total without what was allocated to invoices or paid back.
    RemainingCredit = Amount(allow_none=True)
    UpdatedDateUTC = Moment(allow_none=True)


CREDIT_NOTES = Listing(
    "CreditNote",
    CreditNoteSchema,
    (
        Column("number", "Number", "CreditNoteNumber"),
        Column("contact", "Contact", "Contact.Name"),
        Column("type", "Type", "Type"),
        Column("date", "Date", "Date"),
        Column("status", "Status", "Status"),
        Column("currency", "Currency", "CurrencyCode"),
        Column("total", "Total", "Total", amount=True),
        Column("remaining", "Remaining", "RemainingCredit", amount=True),
    ),
    newest_by=("date", "number"),
)
