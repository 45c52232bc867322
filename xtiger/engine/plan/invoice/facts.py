"""What judging an invoice needs to know, and what its status means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import Lookups
from xtiger.mapping.lines_to_crm import InLookups
from xtiger.mapping.lines_to_xero import LineItem, LineLookups
from xtiger.mapping.role_values import RoleValues
from xtiger.model.plans import Cause
from xtiger.model.records import Record
from xtiger.rules.causes import cause_of
from xtiger.rules.invoice_status import (
    SENDABLE,
    STATUS_MAP,
)
from xtiger.rules.starting import arriving


@dataclass(frozen=True, slots=True)
class InvoiceWorld:
    """What judging invoices needs from outside the invoice."""

    fields: Lookups
    item: Callable[[str, str], LineItem | None]
    currencies: frozenset[str]
    base_currency: str
    #: The Organisation element, for the lock dates.
    organisation: Mapping[str, Any]
    #: Xero status set on the record itself: "" leaves it to the status map.
    own_status: Callable[[Record], str]
    #: Xero invoice type of the record: Invoice, Bill or Receipt.
    own_type: Callable[[Record], str]
    #: What lines on their way into the CRM need.
    inward: InLookups
    #: CRM status → Xero status that it means, without the record's own; "" when none.
    wanted_of: Callable[[str], str]
    #: The option status_from_xero: Xero's word → CRM status.
    status_words: Mapping[str, str]
    #: Whether the CRM holds amounts in other currencies than its own.
    multi_currency: bool = True
    #: Whether money received is synced, so that both sides should hold the same.
    payments_travel: bool = False


def line_lookups(scope: Scope, world: InvoiceWorld) -> LineLookups:
    """The account ladder of invoices; no host describes an organisation's account on them yet."""
    return LineLookups(
        fields=world.fields,
        item=world.item,
        default_account=scope.option("sales_account"),
        charges_account=scope.option("charges_account"),
    )


def meaning(text: str, scope: Scope) -> str:
    """The Xero status that a CRM status means, as it is sent; "" for one that means none.

    Before a person released approving, what would be approved is sent as a draft.
    """
    table: Mapping[str, str] = {**STATUS_MAP, **(scope.option("status_map") or {})}
    return arriving(scope.start, table.get(text, "")) if text else "DRAFT"


def wanted_status(record: Record, scope: Scope, world: InvoiceWorld) -> str | Cause:
    """The Xero status to send: the record's own, else by the status map."""
    own = world.own_status(record)
    if own in SENDABLE:
        return arriving(scope.start, own)
    status = status_text(record, scope)
    return meaning(status, scope) or cause_of("status_unknown", status=status)


def status_text(record: Record, scope: Scope) -> str:
    """The CRM's own word for the status."""
    return RoleValues(scope.module, record.values).text("invoice.status") or ""
