"""What is true of each kind of Xero by its nature: one row of traits per kind, and nothing else."""

# size: one row per kind, each a few lines

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from xtiger.model.cause_codes import CauseCode
from xtiger.model.verbs import Verb

#: The id of an element that was not saved.
ZERO_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Unique:
    """A field of which Xero takes each value once."""

    field: str
    #: The characters that Xero takes.
    limit: int
    #: Code of the cause when another record of Xero has the value.
    taken: CauseCode


@dataclass(frozen=True, slots=True)
class Removal:
    """How Xero removes a record: the verb, and the fields that are sent beside its id."""

    verb: Verb
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentType:
    """One of the documents that an invoice of the CRM may be in Xero."""

    #: Its Xero Invoice Type, as CRM and panel name it.
    word: str
    #: What Xero has in the field Type.
    type: str
    #: What several of them are called.
    plural: str
    #: What Xero calls the payments of it.
    payment: str = ""
    #: Whether it sells: else it buys, and lines have the accounts and taxes of purchases.
    sells: bool = True
    #: Whether Xero takes each number once, and it is found by that; else by its address.
    numbered: bool = True
    #: Whether its lines have discounts; else prices are net of them.
    discounts: bool = True
    #: Flat fields of the kind that it has not.
    without: frozenset[str] = frozenset()
    #: Whether it gives money back: it falls due on no day, and is used up in place of paid.
    credit: bool = False
    #: Whether people choose it on the record.
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class KindTraits:
    """One kind; the endpoint is as Xero's OpenAPI describes it."""

    kind: str
    #: Name of the path and of the list in answers.
    plural: str
    #: The field that identifies an element.
    id_field: str

    # --- reading ---

    #: Whether lists come in pages.
    paged: bool = True
    #: Whether lists obey If-Modified-Since.
    since: bool = True
    #: Whether lists hide archived elements unless asked.
    archived: bool = False
    #: Whether unit prices have 4 decimals only when asked for, in answers and in writes.
    unitdp: bool = False
    #: How several elements are found by their ids: by `IDs=`, by a filter, or "" one by one.
    by_ids: Literal["IDs", "where", ""] = ""
    #: Whether an element is found by its natural key in the path.
    by_key: bool = False
    #: The parameter that takes natural keys; "" for none.
    keys_parameter: str = ""
    #: The fields that searchTerm looks into, by substring.
    searched: tuple[str, ...] = ()
    #: Whether an element that is deleted leaves the list without a trace.
    traceless: bool = False
    #: The kind whose elements hold these records, which are read and sent with them; "" for none.
    part_of: str = ""
    #: The module that reads and lists its records and does nothing else with them, off until it
    #: is switched on; "" for none.
    listed_as: str = ""
    #: What Xero's webhooks call it; "" for what they do not tell of.
    event: str = ""
    #: One of these permissions lets it be written, and each with ".read" lets it be read; the
    #: broad ones are those of older apps. None: nobody knows.
    scopes: tuple[str, ...] = ()

    # --- what a record is known by ---

    #: What people, and Xero, tell its records apart by: the name, the code, the number, or the
    #: place on the list of another record.
    known_by: Literal["name", "code", "number", "place"] = "name"
    #: The field of its name; "" for a kind without.
    name_field: str = "Name"
    #: The field of its code or number; "" for a kind without.
    number_field: str = ""
    #: The flat field that people see as what it is called.
    shown_field: str = "Name"
    #: The fields of which a CRM record has another value only when it is another record.
    naming: tuple[str, ...] = ()
    #: The field by which a create is found again before it is repeated; "" for none.
    natural_key: str = ""
    #: Whether that field holds a key of ours, which nobody else writes.
    own_key: bool = False
    #: The fields that Xero takes once.
    unique: tuple[Unique, ...] = ()
    #: Whether a name or code that is taken may be sent with a suffix, or left out.
    suffixes: bool = False
    #: Code of the cause when the record with this number belongs to another record of the CRM.
    shared: CauseCode = "number_taken"
    #: Whether several records of the CRM may stand for one of Xero.
    aliased: bool = False
    #: Whether several records of Xero may stand for one of the CRM.
    xero_aliased: bool = False

    # --- what it holds ---

    status_field: str = ""
    #: Whether it belongs to exactly one connection of a tenant; others may be in several.
    document: bool = False
    #: Whether it has lines, a status and money of its own.
    lines: bool = False
    #: What makes it a sale, in its field Type; "" for a kind without types.
    sale_type: str = ""
    #: The documents that a record of the CRM's may be, by its Xero Invoice Type; the usual first.
    types: tuple[DocumentType, ...] = ()
    #: The option of a mapping that lets records become it; "" for what asks nobody.
    option: str = ""
    #: The kind whose money it moves; "" for none.
    pays: str = ""
    #: Flat field of an id → the kind that it names.
    parents: Mapping[str, str] = field(default_factory=dict)
    #: Whether its documents are money already: paid in full from the first, and open to edits
    #: until they are reconciled with the bank.
    is_money: bool = False
    #: Whether only those that a record is linked to concern the CRM; the others never come in.
    ours_only: bool = False
    #: Whether no other record of the module changes what becomes of a linked one.
    judged_alone: bool = False

    # --- writing ---

    #: The methods on the list that take summarizeErrors.
    summarises: tuple[str, ...] = ("PUT", "POST")
    #: Fields that Xero wants in every element, also beside the id.
    always: tuple[str, ...] = ()
    #: Whether an edit deletes it in Xero and makes it anew, since nothing of it can be changed.
    replaced: bool = False
    #: How it is removed; None for what is never removed, or not by one rule.
    removal: Removal | None = None
    #: Whether many are removed in one call, by their status.
    removed_in_batches: bool = False

    #: Type of the record → page in Xero; the type "" stands for all others.
    pages: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path below /api.xro/2.0."""
        return f"/{self.plural}"

    @property
    def feed(self) -> str:
        """The kind that is read to see records of this one."""
        return self.part_of or self.kind

    def type_of(self, element: Mapping[str, Any]) -> DocumentType | None:
        """Which document an element is; the usual one where it does not say, None for another."""
        found = element.get("Type") or self.sale_type
        return next((one for one in self.types if one.type == found), None)

    def key_field(self, element: Mapping[str, Any]) -> str:
        """The field by which a create of this element is found again."""
        found = self.type_of(element)
        return self.natural_key if found is None or found.numbered else "Url"

    @property
    def gives_back(self) -> bool:
        """Whether its documents give money back."""
        return any(one.credit for one in self.types)

    @property
    def known_field(self) -> str:
        """The field of the name, code or number that its records are told apart by."""
        return self.name_field if self.known_by == "name" else self.number_field

    @property
    def write_query(self) -> Mapping[str, str]:
        """Query of every write: one answer per element, and unit prices with 4 decimal places."""
        return {"summarizeErrors": "false"} | ({"unitdp": "4"} if self.unitdp else {})

    def usable_id(self, element: Mapping[str, Any]) -> str:
        """The element's id, or "" when it has none or Xero's all-zero one."""
        found = str(element.get(self.id_field) or "")
        return "" if found == ZERO_ID else found


#: What a credit of a supplier is called; the invoice of the CRM is one of the type Bill.
SUPPLIER_CREDIT: Final = "Supplier credit"
BILL: Final = "Bill"

#: One row per kind, parents first.
_ROWS = (
    KindTraits(
        "Contact",
        "Contacts",
        "ContactID",
        archived=True,
        by_ids="IDs",
        searched=(
            "Name",
            "FirstName",
            "LastName",
            "ContactNumber",
            "CompanyNumber",
            "EmailAddress",
        ),
        event="CONTACT",
        scopes=("accounting.contacts",),
        number_field="AccountNumber",
        naming=("Name",),
        natural_key="ContactNumber",
        own_key=True,
        unique=(
            Unique("Name", 255, "crm_duplicate"),
            Unique("AccountNumber", 50, "account_number_taken"),
        ),
        suffixes=True,
        shared="number_shared",
        aliased=True,
        xero_aliased=True,
        status_field="ContactStatus",
        judged_alone=True,
        removal=Removal("archive", {"ContactStatus": "ARCHIVED"}),
        removed_in_batches=True,
        pages={"": "/Contacts/View/{id}"},
    ),
    KindTraits(
        "Person",
        "ContactPersons",
        "PersonID",
        part_of="Contact",
        scopes=("accounting.contacts",),
        known_by="place",
        naming=("LastName", "FirstName"),
        status_field="ContactStatus",
        pages={"": "/Contacts/View/{id}"},
    ),
    KindTraits(
        "Item",
        "Items",
        "ItemID",
        paged=False,
        unitdp=True,
        by_key=True,
        traceless=True,
        scopes=("accounting.settings",),
        known_by="code",
        number_field="Code",
        naming=("Name", "Code"),
        natural_key="Code",
        unique=(Unique("Code", 30, "code_taken"),),
        suffixes=True,
        shared="code_taken",
        aliased=True,
        judged_alone=True,
        always=("Code",),
        removal=Removal("delete"),
    ),
    KindTraits(
        "Invoice",
        "Invoices",
        "InvoiceID",
        archived=True,
        unitdp=True,
        by_ids="IDs",
        keys_parameter="InvoiceNumbers",
        searched=("InvoiceNumber", "Reference"),
        event="INVOICE",
        scopes=("accounting.invoices", "accounting.transactions"),
        known_by="number",
        name_field="",
        number_field="InvoiceNumber",
        shown_field="InvoiceNumber",
        naming=("InvoiceNumber",),
        natural_key="InvoiceNumber",
        unique=(Unique("InvoiceNumber", 255, "number_taken"),),
        shared="number_taken",
        status_field="Status",
        document=True,
        lines=True,
        sale_type="ACCREC",
        types=(
            DocumentType("Invoice", "ACCREC", "Invoices", "ACCRECPAYMENT"),
            DocumentType(
                BILL,
                "ACCPAY",
                "Bills",
                "ACCPAYPAYMENT",
                sells=False,
                numbered=False,
                discounts=False,
                without=frozenset({"Reference"}),
            ),
        ),
        parents={"Contact.ContactID": "Contact"},
        judged_alone=True,
        removed_in_batches=True,
        pages={
            "": "/AccountsReceivable/View.aspx?InvoiceID={id}",
            "ACCPAY": "/AccountsPayable/Edit.aspx?InvoiceID={id}",
        },
    ),
    KindTraits(
        "CreditNote",
        "CreditNotes",
        "CreditNoteID",
        unitdp=True,
        listed_as="CreditNotes",
        event="CREDITNOTE",
        scopes=("accounting.invoices", "accounting.transactions"),
        known_by="number",
        name_field="",
        number_field="CreditNoteNumber",
        shown_field="CreditNoteNumber",
        naming=("CreditNoteNumber",),
        natural_key="CreditNoteNumber",
        unique=(Unique("CreditNoteNumber", 255, "number_taken"),),
        status_field="Status",
        document=True,
        lines=True,
        sale_type="ACCRECCREDIT",
        types=(
            DocumentType(
                "Credit note",
                "ACCRECCREDIT",
                "Credit notes",
                discounts=False,
                credit=True,
                chosen=False,
            ),
            DocumentType(
                SUPPLIER_CREDIT,
                "ACCPAYCREDIT",
                "Supplier credits",
                sells=False,
                numbered=False,
                discounts=False,
                without=frozenset({"Reference"}),
                credit=True,
                chosen=False,
            ),
        ),
        option="credit_notes",
        parents={"Contact.ContactID": "Contact"},
        judged_alone=True,
        removed_in_batches=True,
        pages={
            "": "/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={id}",
            "ACCPAYCREDIT": "/AccountsPayable/ViewCreditNote.aspx?creditNoteID={id}",
        },
    ),
    KindTraits(
        "BankTransaction",
        "BankTransactions",
        "BankTransactionID",
        unitdp=True,
        by_ids="where",
        scopes=("accounting.banktransactions", "accounting.transactions"),
        known_by="number",
        name_field="",
        number_field="Reference",
        shown_field="Reference",
        natural_key="Url",
        status_field="Status",
        document=True,
        lines=True,
        sale_type="RECEIVE",
        types=(DocumentType("Receipt", "RECEIVE", "Receipts", numbered=False, discounts=False),),
        is_money=True,
        ours_only=True,
        parents={"Contact.ContactID": "Contact"},
        judged_alone=True,
        always=("Type", "Contact.ContactID", "BankAccount.AccountID", "LineAmountTypes"),
        removal=Removal("delete", {"Status": "DELETED"}),
        removed_in_batches=True,
        pages={"": "/Bank/ViewTransaction.aspx?bankTransactionID={id}"},
    ),
    KindTraits(
        "Payment",
        "Payments",
        "PaymentID",
        by_ids="where",
        scopes=("accounting.payments", "accounting.transactions"),
        known_by="number",
        name_field="",
        shown_field="Invoice.InvoiceNumber",
        status_field="Status",
        document=True,
        pays="Invoice",
        parents={"Invoice.InvoiceID": "Invoice"},
        # POST /Payments takes one payment and always summarises.
        summarises=("PUT",),
        replaced=True,
        removal=Removal("delete", {"Status": "DELETED"}),
    ),
    KindTraits(
        "Prepayment",
        "Prepayments",
        "PrepaymentID",
        unitdp=True,
        listed_as="Prepayments",
        event="PREPAYMENT",
        scopes=("accounting.payments", "accounting.transactions"),
        known_by="number",
        name_field="",
        status_field="Status",
        document=True,
    ),
    KindTraits(
        "Overpayment",
        "Overpayments",
        "OverpaymentID",
        unitdp=True,
        listed_as="Overpayments",
        event="OVERPAYMENT",
        scopes=("accounting.payments", "accounting.transactions"),
        known_by="number",
        name_field="",
        status_field="Status",
        document=True,
    ),
    KindTraits(
        "Account", "Accounts", "AccountID", paged=False, status_field="Status", summarises=()
    ),
    KindTraits(
        "TaxRate",
        "TaxRates",
        "TaxType",
        scopes=("accounting.settings",),
        paged=False,
        since=False,
        status_field="Status",
        summarises=(),
    ),
    KindTraits(
        "TrackingCategory",
        "TrackingCategories",
        "TrackingCategoryID",
        paged=False,
        since=False,
        status_field="Status",
        summarises=(),
    ),
    KindTraits(
        "BrandingTheme",
        "BrandingThemes",
        "BrandingThemeID",
        paged=False,
        since=False,
        summarises=(),
    ),
    KindTraits("Currency", "Currencies", "Code", paged=False, since=False, summarises=()),
    KindTraits(
        "Organisation", "Organisations", "OrganisationID", paged=False, since=False, summarises=()
    ),
)

KINDS: Mapping[str, KindTraits] = MappingProxyType({row.kind: row for row in _ROWS})
_BY_PLURAL: Mapping[str, KindTraits] = MappingProxyType({row.plural: row for row in _ROWS})
#: The kinds that webhooks tell of, contacts first.
WEBHOOK_KINDS: tuple[str, ...] = tuple(row.kind for row in _ROWS if row.event)
#: Module that only reads and lists → the traits of what it lists.
LISTED: Mapping[str, KindTraits] = MappingProxyType(
    {row.listed_as: row for row in _ROWS if row.listed_as}
)
#: The documents that an invoice of the CRM may be in Xero, by their Xero Invoice Type.
DOCUMENT_TYPES: Mapping[str, DocumentType] = MappingProxyType(
    {one.word: one for row in _ROWS for one in row.types if one.chosen}
)
#: Of a kind that an extension brings nothing is known but its name.
_PLAIN = KindTraits("", "", "")


def traits(kind: str) -> KindTraits:
    """The traits of a kind; raises ValueError naming the known ones."""
    try:
        return KINDS[kind]
    except KeyError:
        raise ValueError(f"{kind!r} is no kind of Xero; known: {', '.join(KINDS)}") from None


def nature(kind: str) -> KindTraits:
    """The traits of a kind, or those of a plain record where it is not known."""
    return KINDS.get(kind, _PLAIN)


def traits_of_path(path: str) -> KindTraits:
    """The traits of the endpoint that a path such as "/Contacts/{id}" belongs to."""
    plural = path.strip("/").split("/")[0]
    try:
        return _BY_PLURAL[plural]
    except KeyError:
        raise ValueError(f"{path!r} is no known endpoint of Xero") from None


def parts_of(kind: str) -> tuple[str, ...]:
    """The kinds that are read out of the elements of this one."""
    return tuple(row.kind for row in _ROWS if row.part_of == kind)


def payment_of(type_of_payment: str) -> DocumentType | None:
    """The document that a payment of this type pays; None for what is synced as none."""
    every = DOCUMENT_TYPES.values()
    return next((one for one in every if one.payment and one.payment == type_of_payment), None)


def paid_by(kind: str) -> tuple[str, ...]:
    """The kinds that move the money of this one."""
    return tuple(row.kind for row in _ROWS if row.pays == kind)
