"""Pre- and overpayments of Xero, which are read and listed: their schemas, and their columns."""

from __future__ import annotations

from marshmallow import fields

from xtiger.mapping.listing import Column, Listing
from xtiger.mapping.xero_schema import Amount, Answer, Day, Moment, PartySchema


class MoneySchema(Answer):
    """Money that is not for one invoice, from a customer or to a supplier."""

    Type = fields.String(allow_none=True)
    Status = fields.String(allow_none=True)
    Contact = fields.Nested(PartySchema, allow_none=True)
    Date = Day(allow_none=True)
    CurrencyCode = fields.String(allow_none=True)
    Total = Amount(allow_none=True)
    #: The total without what was allocated to invoices or paid back.
    RemainingCredit = Amount(allow_none=True)
    UpdatedDateUTC = Moment(allow_none=True)


class PrepaymentSchema(MoneySchema):
    """Money that came before its invoice."""

    PrepaymentID = fields.String(allow_none=True)


class OverpaymentSchema(MoneySchema):
    """Money that was more than the invoice."""

    OverpaymentID = fields.String(allow_none=True)


#: What is shown of each such record.
COLUMNS = (
    Column("contact", "Contact", "Contact.Name"),
    Column("type", "Type", "Type"),
    Column("date", "Date", "Date"),
    Column("status", "Status", "Status"),
    Column("currency", "Currency", "CurrencyCode"),
    Column("total", "Total", "Total", amount=True),
    Column("remaining", "Remaining", "RemainingCredit", amount=True),
)

PREPAYMENTS = Listing("Prepayment", PrepaymentSchema, COLUMNS, newest_by=("date", "contact"))
OVERPAYMENTS = Listing("Overpayment", OverpaymentSchema, COLUMNS, newest_by=("date", "contact"))
