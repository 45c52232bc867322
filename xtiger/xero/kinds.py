"""What the Accounting API knows about each kind: its list's name, its id and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

#: The id of an element that was not saved.
ZERO_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class KindTraits:
    """One kind as Xero's OpenAPI describes its endpoint."""

    kind: str
    #: Name of the path and of the list in answers.
    plural: str
    #: The field that identifies an element.
    id_field: str
    #: Whether lists come in pages.
    paged: bool = True
    #: Whether lists obey If-Modified-Since.
    since: bool = True
    #: Whether lists hide archived elements unless asked.
    archived: bool = False
    #: Whether unit prices have 4 decimals only when asked for.
    unitdp: bool = False
    #: Whether elements are found by `IDs=`.
    ids: bool = False
    #: The methods on the list that take summarizeErrors.
    summarises: tuple[str, ...] = ("PUT", "POST")

    @property
    def path(self) -> str:
        """The path below /api.xro/2.0."""
        return f"/{self.plural}"


_TABLE = (
    KindTraits("Contact", "Contacts", "ContactID", archived=True, ids=True),
    KindTraits("Item", "Items", "ItemID", paged=False, unitdp=True),
    KindTraits("Invoice", "Invoices", "InvoiceID", archived=True, unitdp=True, ids=True),
    KindTraits("CreditNote", "CreditNotes", "CreditNoteID", unitdp=True),
    KindTraits("BankTransaction", "BankTransactions", "BankTransactionID", unitdp=True),
    # POST /Payments takes one payment and always summarises.
    KindTraits("Payment", "Payments", "PaymentID", summarises=("PUT",)),
    KindTraits("Account", "Accounts", "AccountID", paged=False, summarises=()),
    KindTraits("TaxRate", "TaxRates", "TaxType", paged=False, since=False, summarises=()),
    KindTraits("Currency", "Currencies", "Code", paged=False, since=False, summarises=()),
)

KINDS: Mapping[str, KindTraits] = MappingProxyType({row.kind: row for row in _TABLE})
_BY_PLURAL: Mapping[str, KindTraits] = MappingProxyType({row.plural: row for row in _TABLE})


def traits(kind: str) -> KindTraits:
    """The traits of a kind; raises ValueError naming the known ones."""
    try:
        return KINDS[kind]
    except KeyError:
        raise ValueError(f"{kind!r} is no kind of Xero; known: {', '.join(KINDS)}") from None


def traits_of_path(path: str) -> KindTraits:
    """The traits of the endpoint that a path such as "/Contacts/{id}" belongs to."""
    plural = path.strip("/").split("/")[0]
    try:
        return _BY_PLURAL[plural]
    except KeyError:
        raise ValueError(f"{path!r} is no known endpoint of Xero") from None


def usable_id(element: Mapping[str, Any], row: KindTraits) -> str:
    """The element's id, or "" when it has none or Xero's all-zero one."""
    found = str(element.get(row.id_field) or "")
    return "" if found == ZERO_ID else found
