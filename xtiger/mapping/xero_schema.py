"""Xero's JSON as marshmallow schemas: answers become flat canonical values.

Enums are plain text here, because Xero adds new values at any time.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load

from xtiger.errors import UnreadableAnswer
from xtiger.mapping.fast_schema import FastReader, fast_reader
from xtiger.mapping.flatten import flatten, used_as, used_credit
from xtiger.model.links import Shadow
from xtiger.model.records import XeroRecord
from xtiger.model.values import Plain, as_decimal, canon
from xtiger.rules.kinds import ZERO_ID, traits
from xtiger.rules.rounding import is_rounding

_MS_DATE = re.compile(r"^/Date\((-?\d+)([+-]\d{4})?\)/$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_moment(text: str) -> datetime:
    """A moment from /Date(ms+0000)/ or ISO text without zone (UTC); raises ValueError.

    The offset in /Date()/ is informative and is not added (facts of the Accounting API).
    """
    found = _MS_DATE.match(text)
    try:
        if found:
            return _EPOCH + timedelta(milliseconds=int(found.group(1)))
        # Xero writes up to 7 fractional digits, Python reads 6.
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text[:40]!r} is beyond all calendars") from error


T = TypeVar("T")

if TYPE_CHECKING:
    _Field = fields.Field[Any]
else:
    _Field = fields.Field  # takes no type in marshmallow 3


class _Read(_Field, Generic[T]):
    """A field whose own reader raises ValueError."""

    #: What a value should be, as the error says.
    what: ClassVar[str]

    @abstractmethod
    def usual(self, value: Any) -> T:
        """The value; raises ValueError for what is none."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:  # Field's own is wider
        try:
            return self.usual(value)
        except ValueError as error:
            raise ValidationError(f"{value!r} is no {self.what}") from error


class Moment(_Read[datetime]):
    """A moment in any of Xero's spellings."""

    what = "moment"

    def usual(self, value: Any) -> datetime:
        """The moment; raises ValueError for what is none."""
        return parse_moment(str(value))


class Day(_Read[date]):
    """A calendar day; Xero's days are midnight of the organisation, sent as if UTC."""

    what = "day"

    def usual(self, value: Any) -> date:
        """The day; raises ValueError for what is none."""
        return parse_moment(str(value)).date()


class Amount(_Read[Decimal | None]):
    """A number as Decimal, also where Xero writes it as text."""

    what = "number"

    def usual(self, value: Any) -> Decimal | None:
        """The number, None for an empty text; raises ValueError for what is no number."""
        return as_decimal(value)


class Flag(fields.Boolean):
    """A yes or no, also where Xero writes it as text."""

    def usual(self, value: Any) -> bool:
        """The value itself; raises ValueError for a yes or no that is written as text."""
        if type(value) is not bool:
            raise ValueError
        return value


class Answer(Schema):
    """What all answers have in common: unknown fields are left out, null is allowed."""

    class Meta:
        """Marshmallow's settings."""

        unknown = EXCLUDE

    @pre_load
    def _empty_lists(self, data: Any, **_: Any) -> Any:
        """Xero serialises some null objects as []."""
        if not isinstance(data, Mapping):
            return data
        nested = {
            name
            for name, field in self.fields.items()
            if isinstance(field, fields.Nested) and not field.many
        }
        return {k: None if k in nested and v == [] else v for k, v in data.items()}


def _text() -> fields.String:
    return fields.String(allow_none=True)


def _number() -> Amount:
    return Amount(allow_none=True)


class PhoneSchema(Answer):
    """One of a contact's phones."""

    PhoneType = _text()
    PhoneNumber = _text()
    PhoneAreaCode = _text()
    PhoneCountryCode = _text()


class AddressSchema(Answer):
    """One of a contact's addresses."""

    AddressType = _text()
    AddressLine1 = _text()
    AddressLine2 = _text()
    AddressLine3 = _text()
    AddressLine4 = _text()
    City = _text()
    Region = _text()
    PostalCode = _text()
    Country = _text()
    AttentionTo = _text()


class PersonSchema(Answer):
    """An additional person of a contact."""

    FirstName = _text()
    LastName = _text()
    EmailAddress = _text()
    IncludeInEmails = Flag(allow_none=True)


class NumberedPersonSchema(PersonSchema):
    """A person of a contact, as a record of its own under an id of ours."""

    PersonID = _text()
    ContactID = _text()
    ContactStatus = _text()
    Name = _text()


class ContactSchema(Answer):
    """A Xero contact."""

    ContactID = _text()
    ContactNumber = _text()
    AccountNumber = _text()
    ContactStatus = _text()
    Name = _text()
    FirstName = _text()
    LastName = _text()
    EmailAddress = _text()
    TaxNumber = _text()
    CompanyNumber = _text()
    Website = _text()
    DefaultCurrency = _text()
    SalesDefaultAccountCode = _text()
    MergedToContactID = _text()
    IsCustomer = Flag(allow_none=True)
    IsSupplier = Flag(allow_none=True)
    Phones = fields.List(fields.Nested(PhoneSchema), allow_none=True)
    Addresses = fields.List(fields.Nested(AddressSchema), allow_none=True)
    ContactPersons = fields.List(fields.Nested(PersonSchema), allow_none=True)
    UpdatedDateUTC = Moment(allow_none=True)


class PriceSchema(Answer):
    """Sales or purchase details of an item."""

    UnitPrice = _number()
    AccountCode = _text()
    TaxType = _text()
    COGSAccountCode = _text()


class ItemSchema(Answer):
    """A Xero item."""

    ItemID = _text()
    Code = _text()
    Name = _text()
    Description = _text()
    PurchaseDescription = _text()
    IsSold = Flag(allow_none=True)
    IsPurchased = Flag(allow_none=True)
    IsTrackedAsInventory = Flag(allow_none=True)
    QuantityOnHand = _number()
    SalesDetails = fields.Nested(PriceSchema, allow_none=True)
    PurchaseDetails = fields.Nested(PriceSchema, allow_none=True)
    UpdatedDateUTC = Moment(allow_none=True)


class LineSchema(Answer):
    """A line of an invoice."""

    LineItemID = _text()
    Description = _text()
    Quantity = _number()
    UnitAmount = _number()
    ItemCode = _text()
    AccountCode = _text()
    TaxType = _text()
    TaxAmount = _number()
    LineAmount = _number()
    DiscountRate = _number()
    DiscountAmount = _number()


class PartySchema(Answer):
    """The contact named in a document."""

    ContactID = _text()
    Name = _text()


class InvoiceSchema(Answer):
    """A Xero invoice or bill."""

    InvoiceID = _text()
    Type = _text()
    InvoiceNumber = _text()
    Reference = _text()
    Status = _text()
    Contact = fields.Nested(PartySchema, allow_none=True)
    Date = Day(allow_none=True)
    DueDate = Day(allow_none=True)
    CurrencyCode = _text()
    CurrencyRate = _number()
    LineAmountTypes = _text()
    SentToContact = Flag(allow_none=True)
    Url = _text()
    SubTotal = _number()
    TotalTax = _number()
    Total = _number()
    AmountDue = _number()
    AmountPaid = _number()
    AmountCredited = _number()
    LineItems = fields.List(fields.Nested(LineSchema), allow_none=True)
    UpdatedDateUTC = Moment(allow_none=True)


class PayingSchema(Answer):
    """The account that a payment or receipt went to."""

    AccountID = _text()
    Code = _text()


class ReceiptSchema(Answer):
    """A bank transaction."""

    BankTransactionID = _text()
    Type = _text()
    Reference = _text()
    Status = _text()
    Contact = fields.Nested(PartySchema, allow_none=True)
    BankAccount = fields.Nested(PayingSchema, allow_none=True)
    Date = Day(allow_none=True)
    CurrencyCode = _text()
    CurrencyRate = _number()
    LineAmountTypes = _text()
    IsReconciled = Flag(allow_none=True)
    Url = _text()
    SubTotal = _number()
    TotalTax = _number()
    Total = _number()
    LineItems = fields.List(fields.Nested(LineSchema), allow_none=True)
    UpdatedDateUTC = Moment(allow_none=True)


class UsedSchema(Answer):
    """What a credit note was used for: a refund, or an invoice that it is set against."""

    Amount = _number()


class CreditNoteSchema(Answer):
    """A credit note, of a sale or of a bill."""

    CreditNoteID = _text()
    Type = _text()
    CreditNoteNumber = _text()
    Reference = _text()
    Status = _text()
    Contact = fields.Nested(PartySchema, allow_none=True)
    Date = Day(allow_none=True)
    CurrencyCode = _text()
    CurrencyRate = _number()
    LineAmountTypes = _text()
    SentToContact = Flag(allow_none=True)
    SubTotal = _number()
    TotalTax = _number()
    Total = _number()
    RemainingCredit = _number()
    Payments = fields.List(fields.Nested(UsedSchema), allow_none=True)
    LineItems = fields.List(fields.Nested(LineSchema), allow_none=True)
    UpdatedDateUTC = Moment(allow_none=True)


class PaidSchema(Answer):
    """The document that a payment pays."""

    InvoiceID = _text()
    InvoiceNumber = _text()


class PaymentSchema(Answer):
    """A payment of a document."""

    PaymentID = _text()
    Invoice = fields.Nested(PaidSchema, allow_none=True)
    Account = fields.Nested(PayingSchema, allow_none=True)
    Status = _text()
    Date = Day(allow_none=True)
    Amount = _number()
    CurrencyRate = _number()
    Reference = _text()
    PaymentType = _text()
    IsReconciled = Flag(allow_none=True)
    UpdatedDateUTC = Moment(allow_none=True)


class AccountSchema(Answer):
    """An account of the chart."""

    AccountID = _text()
    Code = _text()
    Name = _text()
    Type = _text()
    Class = _text()
    Status = _text()
    Description = _text()
    TaxType = _text()
    SystemAccount = _text()
    CurrencyCode = _text()
    EnablePaymentsToAccount = Flag(allow_none=True)
    UpdatedDateUTC = Moment(allow_none=True)


class ComponentSchema(Answer):
    """A part of a tax rate."""

    Name = _text()
    Rate = _number()
    IsCompound = Flag(allow_none=True)


class TaxRateSchema(Answer):
    """A tax rate."""

    Name = _text()
    TaxType = _text()
    Status = _text()
    EffectiveRate = _number()
    DisplayTaxRate = _number()
    CanApplyToAssets = Flag(allow_none=True)
    CanApplyToEquity = Flag(allow_none=True)
    CanApplyToExpenses = Flag(allow_none=True)
    CanApplyToLiabilities = Flag(allow_none=True)
    CanApplyToRevenue = Flag(allow_none=True)
    TaxComponents = fields.List(fields.Nested(ComponentSchema), allow_none=True)


#: Kind → its schema class.
SCHEMAS: Mapping[str, type[Answer]] = {
    "Contact": ContactSchema,
    "Person": NumberedPersonSchema,
    "Item": ItemSchema,
    "Invoice": InvoiceSchema,
    "CreditNote": CreditNoteSchema,
    "BankTransaction": ReceiptSchema,
    "Payment": PaymentSchema,
    "Account": AccountSchema,
    "TaxRate": TaxRateSchema,
}


@cache
def _loading(schema: type[Answer]) -> tuple[Answer, FastReader]:
    """A schema and its straight way; they keep nothing of what they load, and are slow to build."""
    made = schema()
    return made, fast_reader(made)


class ElementReader:
    """Loads elements of one kind."""

    def __init__(
        self,
        kind: str,
        schema: type[Answer] | None = None,
        *,
        sold_on: Collection[str] = (),
    ) -> None:
        """`sold_on`: see `rules.rounding.is_rounding`; only for sales."""
        self.kind = kind
        self._schema, self._fast_reader = _loading(schema or SCHEMAS[kind])
        row = traits(kind)
        self._id_name, self._status_name = row.id_field, row.status_field
        self._rounds, self._sold_on = bool(row.sale_type), sold_on
        self._is_money = row.is_money

    def parse(self, raw: Mapping[str, Any]) -> dict[str, Plain]:
        """Typed values in Xero's own nesting; raises UnreadableAnswer naming kind, id and field."""
        usual = self._fast_reader(raw)
        if usual is not None:
            return usual
        try:
            return dict(self._schema.load(raw))
        except ValidationError as error:
            place = f"{self.kind} {raw.get(self._id_name, '')}"
            raise UnreadableAnswer(place, str(error.messages)) from error

    def seen(self, shadow: Shadow) -> XeroRecord:
        """A last seen copy as a flat canonical record; raises UnreadableAnswer."""
        return replace(self.load(shadow.payload), gone=shadow.gone)

    def load(self, raw: Mapping[str, Any]) -> XeroRecord:
        """One element as a flat canonical record; raises UnreadableAnswer."""
        loaded = self.parse(raw)
        element_id = loaded.get(self._id_name)
        if not element_id or element_id == ZERO_ID:
            raise UnreadableAnswer(self.kind, f"{self._id_name} is missing")
        updated = loaded.pop("UpdatedDateUTC", None)
        if self._is_money:
            loaded |= {"AmountPaid": loaded.get("Total"), "AmountDue": Decimal(0)}
        if use := used_as(loaded):
            loaded["UsedAs"] = use
        loaded |= used_credit(loaded)
        lines = [canon(line) for line in loaded.pop("LineItems", None) or ()]
        found = (line for line in lines if self._rounds and is_rounding(line, self._sold_on))
        rounding = next(found, None)
        return XeroRecord(
            kind=self.kind,
            id=str(element_id),
            values=flatten(loaded),
            lines=tuple(line for line in lines if line is not rounding),
            rounding=rounding,
            status=str(loaded.get(self._status_name) or "") if self._status_name else "",
            updated_at=updated,
            raw=raw,
        )
