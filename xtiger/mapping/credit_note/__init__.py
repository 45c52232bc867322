"""Credit notes of Xero in a list: their schema, and their columns."""

from __future__ import annotations

from marshmallow import fields

from xtiger.mapping.listing import Column, Listing
from xtiger.mapping.money_on_account import COLUMNS, MoneySchema


class ListedNoteSchema(MoneySchema):
    """A credit note, of a sale or of a bill, as far as the list shows it."""

    CreditNoteID = fields.String(allow_none=True)
    CreditNoteNumber = fields.String(allow_none=True)


CREDIT_NOTES = Listing(
    "CreditNote",
    ListedNoteSchema,
    (Column("number", "Number", "CreditNoteNumber"), *COLUMNS),
    newest_by=("date", "number"),
)
