"""What the proof counts of each kind: its name, its keys, and the sums of its documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Protocol

from xtiger.engine.pair.candidates import contact_key
from xtiger.engine.plan.invoice.facts import InvoiceWorld, line_lookups, status_text, wanted_status
from xtiger.engine.plan.invoice.said import role_amounts, role_day
from xtiger.engine.proof.fresh_read import Facts
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.lines_to_xero import BuiltLines, build_lines
from xtiger.mapping.role_values import RoleValues
from xtiger.model.plans import Cause
from xtiger.model.records import Record, XeroRecord, nameless
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.invoice_status import money_claimed
from xtiger.rules.kinds import traits
from xtiger.rules.matching import exact_name


@dataclass(frozen=True, slots=True)
class Document:
    """What the CRM holds of a document, in Xero's words; empty for kinds without sums."""

    day: date | None = None
    status: str = ""
    currency: str = ""
    #: Name of the amount in Xero → the CRM's own; a missing one is not known.
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    #: Amounts that the CRM leaves empty: the rest of the others, which says nothing new.
    derived: frozenset[str] = frozenset()
    #: Name of the amount → the CRM's text that is no number.
    unreadable: Mapping[str, str] = field(default_factory=dict)
    #: The lines as Xero would hold them; None for kinds without lines.
    built: BuiltLines | None = None
    #: The CRM's own word for the status, and what it says of money: "", "PART_PAID" or "PAID".
    word: str = ""
    claimed: str = ""
    #: Whether it is a draft only until approving is released: it takes no money before.
    waits: bool = False
    #: Why no status can be said.
    cause: Cause | None = None


class DocumentReader(Protocol):
    """What a document is read with: its module, and what was read of the page that it is on."""

    @property
    def scope(self) -> Scope:
        """The module with its mapping."""
        ...

    @property
    def world(self) -> InvoiceWorld:
        """What judging an invoice needs."""
        ...

    def currency_of(self, record: Record) -> str:
        """The currency of a payment: that of its invoice, else the CRM's own."""
        ...


@dataclass(frozen=True, slots=True)
class Counting:
    """What the proof reads of one kind, as small pure functions; others may be added."""

    #: Path of what people know a Xero record by.
    name_path: str
    #: Part of the role that names the CRM record, such as "number" in "invoice.number".
    naming: tuple[str, ...]
    #: Amounts that are summed, by their path in Xero, with what people read.
    amounts: Mapping[str, str]
    facts: Callable[[XeroRecord], Facts]
    #: Natural keys of a CRM record, equal to those in Facts; the text is its address or "".
    keys: Callable[[Scope, Record, str], tuple[str, ...]]
    document: Callable[[DocumentReader, Record], Document] | None = None
    #: Role that holds each amount in the CRM; one that is not described is not compared.
    roles: Mapping[str, str] = field(default_factory=dict)


def _role_text(scope: Scope, record: Record, part: str) -> str:
    return RoleValues(scope.module, record.values).text(f"{scope.sync.role}.{part}") or ""


def _keys(**values: str) -> tuple[str, ...]:
    return tuple(f"{name}:{value}" for name, value in values.items() if value)


def _text(record: XeroRecord, path: str) -> str:
    return str(record.values.get(path) or "").strip()


# --- contacts and items ----------------------------------------------------------------------


def contact_facts(record: XeroRecord) -> Facts:
    """A contact is known by our key, its number and its exact name."""
    return Facts(
        _keys(
            key=_text(record, "ContactNumber"),
            number=_text(record, "AccountNumber").casefold(),
            name=exact_name(_text(record, "Name")),
        )
    )


def contact_keys(scope: Scope, record: Record, _url: str) -> tuple[str, ...]:
    """The same of an organisation."""
    return _keys(
        key=contact_key(scope.mark, record.ref.id, scope.sync.role),
        number=_role_text(scope, record, "number").casefold(),
        name=exact_name(_role_text(scope, record, "name")),
    )


def item_facts(record: XeroRecord) -> Facts:
    """An item is known by its code."""
    return Facts(_keys(code=_text(record, "Code").casefold()))


def item_keys(scope: Scope, record: Record, _url: str) -> tuple[str, ...]:
    """The same of a product or service."""
    return _keys(code=_role_text(scope, record, "code").casefold())


# --- invoices --------------------------------------------------------------------------------

#: Amounts of an invoice: path in Xero → what people read.
INVOICE_AMOUNTS = MappingProxyType(
    {"Total": "Total", "TotalTax": "Tax", "AmountPaid": "Paid", "AmountDue": "Due"}
)
#: Type of a sales invoice; the numbers of other documents are other people's.
_SALES = "ACCREC"


def folded(status: str) -> str:
    """The status that counts: money received is Xero's, so PAID is AUTHORISED."""
    return "AUTHORISED" if status == "PAID" else status


def invoice_facts(record: XeroRecord) -> Facts:
    """A sales invoice is known by its number, or by address, day and total of its CRM record.

    The number of a supplier's bill is the supplier's; it is ours by its address alone.
    """
    own = _text(record, "Type") in ("", _SALES)
    number = _text(record, "InvoiceNumber").casefold() if own else ""
    total, day = as_decimal(record.values.get("Total")), record.values.get("Date")
    return Facts(
        keys=_keys(number=number, url=_whose(_text(record, "Url"), day, total)),
        day=day,
        status=folded(record.status),
        currency=_text(record, "CurrencyCode"),
        amounts=tuple(as_decimal(record.values.get(name)) for name in INVOICE_AMOUNTS),
        foreign="" if own else "other_type",
        type=_text(record, "Type"),
    )


def invoice_keys(scope: Scope, record: Record, url: str) -> tuple[str, ...]:
    """The same of a CRM invoice."""
    total = role_amounts(scope, record, {"Total": "total"})[0].get("Total")
    whose = _whose(url, role_day(scope, record, "date"), total)
    number = _role_text(scope, record, "number").casefold() if scope.numbered else ""
    return _keys(number=number, url=whose)


def _whose(url: str, day: Plain, total: Decimal | None) -> str:
    """The address with day and total: another CRM on the same base address has the same one."""
    return f"{url} {day} {total.normalize()}" if url and total is not None else ""


def invoice_document(reader: DocumentReader, record: Record) -> Document:
    """An invoice as Xero would hold it: the CRM's own total, tax computed line by line."""
    scope, world = reader.scope, reader.world
    built = build_lines(record, scope.module, line_lookups(record, scope, world))
    status = wanted_status(record, scope, world)
    amounts, unreadable = role_amounts(scope, record, _INVOICE_ROLES)
    if not built.causes:
        amounts["TotalTax"] = built.totals.tax
        if "Total" not in unreadable:
            amounts.setdefault("Total", built.totals.total)
    said = set(amounts)
    if scope.traits.is_money and "Total" in amounts and "AmountPaid" not in unreadable:
        amounts.setdefault("AmountPaid", amounts["Total"])
    _fill_money(amounts, unreadable, cancelled=status == "VOIDED")
    word = status_text(record, scope)
    return Document(
        day=role_day(scope, record, "date"),
        status=status if isinstance(status, str) else "",
        currency=(_role_text(scope, record, "currency") or world.base_currency).upper(),
        amounts=amounts,
        derived=frozenset(amounts.keys() - said),
        unreadable=unreadable,
        built=built,
        word=word,
        claimed=money_claimed(word, world.status_words),
        cause=status if isinstance(status, Cause) else None,
        waits=status == "DRAFT" and scope.start.arrive == "draft",
    )


def _fill_money(
    amounts: dict[str, Decimal], unreadable: Mapping[str, str], *, cancelled: bool
) -> None:
    """Empty amounts as the CRM means them: nothing received yet, and the rest is due."""
    if "AmountPaid" not in unreadable:
        amounts.setdefault("AmountPaid", Decimal(0))
    if "AmountDue" not in unreadable and {"Total", "AmountPaid"} <= amounts.keys():
        due = Decimal(0) if cancelled else amounts["Total"] - amounts["AmountPaid"]
        amounts.setdefault("AmountDue", due)


#: Amount in Xero → what of the role holds it in the CRM.
_INVOICE_ROLES = MappingProxyType(
    {"Total": "total", "AmountPaid": "received", "AmountDue": "balance"}
)


# --- credit notes ----------------------------------------------------------------------------


def credit_facts(record: XeroRecord) -> Facts:
    """A credit note of a sale is known by its number; one without link is Xero's own."""
    document = traits(record.kind).type_of({"Type": _text(record, "Type")})
    numbered = document is not None and document.numbered
    found = invoice_facts(record)
    number = _text(record, "CreditNoteNumber").casefold() if numbered else ""
    return replace(found, keys=_keys(number=number), foreign="credit_of_xero")


def credit_keys(scope: Scope, record: Record, _url: str) -> tuple[str, ...]:
    """The same of an invoice of the CRM that is one."""
    number = _role_text(scope, record, "number").casefold() if scope.numbered else ""
    return _keys(number=number)


# --- payments --------------------------------------------------------------------------------

PAYMENT_AMOUNTS = MappingProxyType({"Amount": "Amount"})


def payment_facts(record: XeroRecord) -> Facts:
    """A payment belongs to its document, which names the currency."""
    document: Any = record.raw.get("Invoice") or {}
    return Facts(
        day=record.values.get("Date"),
        status=record.status,
        currency=str(document.get("CurrencyCode") or ""),
        amounts=(as_decimal(record.values.get("Amount")),),
        parent=str(document.get("InvoiceID") or "-"),
    )


def payment_keys(_scope: Scope, _record: Record, _url: str) -> tuple[str, ...]:
    """Payments have no key of their own."""
    return ()


def payment_document(reader: DocumentReader, record: Record) -> Document:
    """A payment as Xero would hold it, in the currency of its invoice."""
    amounts, unreadable = role_amounts(reader.scope, record, {"Amount": "amount"})
    return Document(
        day=role_day(reader.scope, record, "date"),
        status="AUTHORISED",
        currency=reader.currency_of(record),
        amounts=amounts,
        unreadable=unreadable,
    )


# --- the table -------------------------------------------------------------------------------


def plain_facts(_record: XeroRecord) -> Facts:
    """Of a kind without row in the table only its mapped fields are compared."""
    return Facts()


CONTACTS = Counting("Name", ("name",), {}, contact_facts, contact_keys)
ITEMS = Counting("Code", ("code", "name"), {}, item_facts, item_keys)
INVOICES = Counting(
    "InvoiceNumber",
    ("number",),
    INVOICE_AMOUNTS,
    invoice_facts,
    invoice_keys,
    invoice_document,
    {"AmountPaid": "received", "AmountDue": "balance"},
)
#: A receipt is known as a bill is: by the address of its CRM record.
RECEIPTS = replace(INVOICES, name_path="Reference")
CREDITS = replace(INVOICES, name_path="CreditNoteNumber", facts=credit_facts, keys=credit_keys)
PAYMENTS = Counting(
    "Reference",
    ("number", "reference"),
    PAYMENT_AMOUNTS,
    payment_facts,
    payment_keys,
    payment_document,
)
#: Persons, and kinds that an extension brings.
PLAIN = Counting("Name", ("name", "number", "last_name"), {}, plain_facts, payment_keys)


def crm_name(scope: Scope, record: Record, naming: Sequence[str]) -> str:
    """What people call the CRM record."""
    found = (_role_text(scope, record, part) for part in naming)
    return next((text for text in found if text), nameless(scope.name, record.ref.id))
