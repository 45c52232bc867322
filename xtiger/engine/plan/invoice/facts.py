"""What judging an invoice needs to know, and what its status means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import Lookups
from xtiger.mapping.credit_note.signs import CREDIT
from xtiger.mapping.documents.tracking import CATEGORIES, THEMES, NamedLists, tracking_of
from xtiger.mapping.lines_to_crm import InLookups
from xtiger.mapping.lines_to_xero import LineItem, LineLookups
from xtiger.mapping.role_values import RoleValues
from xtiger.model import setting_keys
from xtiger.model.customers.credited import Credited
from xtiger.model.plans import Cause
from xtiger.model.records import Arithmetic, Currency, Record
from xtiger.rules.causes import cause_of
from xtiger.rules.invoice_status import SENDABLE, meaning_of, money_claimed
from xtiger.rules.rounding import RoundingAccount
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
    #: `fields` with the taxes of what is bought.
    purchases: Lookups
    #: What lines on their way into the CRM need.
    inward: InLookups
    #: CRM status → Xero status that it means, without the record's own; "" when none.
    wanted_of: Callable[[str], str]
    #: The option status_from_xero: Xero's word → CRM status.
    status_words: Mapping[str, str]
    #: The option status_map: CRM status → Xero's.
    status_means: Mapping[str, str] = field(default_factory=dict)
    #: Item code → whether Xero keeps its stock.
    is_tracked: Callable[[str], bool] = lambda _code: False
    #: Where a difference of rounding is booked; None where the organisation has no place for it.
    rounding: RoundingAccount | None = None
    #: How the CRM comes to the total of an invoice.
    arithmetic: Arithmetic = "line"
    #: Whether the CRM holds amounts in other currencies than its own.
    multi_currency: bool = True
    #: Code → currency of the CRM; empty where its adapter names none.
    crm_currencies: Mapping[str, Currency] = field(default_factory=dict)
    #: Base units for 1 of a currency on a day, as the CRM knows it.
    rate: Callable[[str, date], Decimal | None] = field(default=lambda _code, _day: None)
    #: The sales account of an invoice's customer; None where it has none of its own.
    customer_account: Callable[[Record], str | None] = field(default=lambda _record: None)
    #: Whether money received is synced, so that both sides should hold the same.
    payments_travel: bool = False
    #: Whether growth of the money received in the CRM becomes payments in Xero.
    received_counts: bool = False
    #: The tracking options and branding themes of Xero.
    lists: NamedLists = field(default_factory=NamedLists)
    #: CRM id → what Xero said of the invoice's file that it did not take; "" for none.
    refused_file: Callable[[str], str] = field(default=lambda _crm_id: "")
    #: CRM id → what was credited of an invoice whose amounts Xero keeps.
    credited: Callable[[str], Credited] = field(default=lambda _crm_id: Credited(""))
    #: CRM id → whether the prices of the record are less the discount on its whole.
    net_of_whole: Callable[[str], bool] = field(default=lambda _crm_id: False)
    #: CRM id of an invoice → what of its money is kept as payments that Xero does not have yet.
    waiting: Callable[[str], Decimal] = field(default=lambda _crm_id: Decimal(0))


def line_lookups(
    record: Record, scope: Scope, world: InvoiceWorld, small_adjustment: Decimal = Decimal(0)
) -> LineLookups:
    """What the lines of an invoice need; the account ladder ends with customer and mapping.

    An adjustment of at most `small_adjustment` is no line: it is part of the CRM's rounding.
    """
    return LineLookups(
        fields=world.purchases if scope.buys else world.fields,
        item=world.item,
        organisation_account=None if scope.buys else world.customer_account(record),
        default_account=scope.option("purchase_account" if scope.buys else "sales_account"),
        charges_account=None if scope.buys else scope.option("charges_account"),
        small_adjustment=small_adjustment,
        buys=scope.buys,
        spreads_discount=spreads_discount(scope),
        tracking=partial(tracking_of, scope.option("tracking_map") or {}, world.lists),
    )


def spreads_discount(scope: Scope) -> bool:
    """Whether a discount on the whole invoice goes to Xero as discounts of its lines."""
    takes = scope.document is None or scope.document.discounts
    return takes and whole_on_lines(scope)


def whole_on_lines(scope: Scope) -> bool:
    """Whether a discount on the whole goes on the lines, or into prices where they have none."""
    return bool(scope.option("discount_on_lines"))


def named_lists(bench: Workbench) -> NamedLists:
    """What Xero has of what is named, as last read."""
    found = (
        bench.store.setting(setting_keys.named_list(bench.connection_id, kind))
        for kind in (CATEGORIES, THEMES)
    )
    return NamedLists(*(dict(one) if isinstance(one, Mapping) else {} for one in found))


def purchases(fields: Lookups, scope: Scope) -> Lookups:
    """The look-ups with the taxes of what is bought."""
    own = scope.option("purchase_tax_map") or {}
    return replace(fields, taxes=fields.taxes.for_purchases(own))


def meaning(text: str, scope: Scope) -> str:
    """The Xero status that a CRM status means, as it is sent; "" for one that means none.

    Before a person released approving, what would be approved is sent as a draft.
    """
    chosen = scope.option("status_map") or {}
    found = meaning_of(text, chosen) if text else "DRAFT"
    return arriving(scope.start, "AUTHORISED" if scope.gives_back and found == CREDIT else found)


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


def says_open(record: Record, scope: Scope, world: InvoiceWorld) -> bool:
    """Whether the CRM's status says that money is still to come."""
    text = status_text(record, scope)
    cancelled = wanted_status(record, scope, world) == "VOIDED"
    return not cancelled and money_claimed(text, world.status_words) != "PAID"
