"""The currency of an invoice: whether both sides have it, how fine it counts, and its rate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.currencies import (
    DEFAULT_TOLERANCE,
    XERO_PLACES,
    crm_rate,
    same_rate,
    xero_rate,
)
from xtiger.mapping.role_values import RoleValues
from xtiger.model.plans import Cause, Difference
from xtiger.model.records import Record, XeroRecord
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.causes import cause_of
from xtiger.rules.money import places

if TYPE_CHECKING:
    from xtiger.engine.plan.invoice.facts import InvoiceWorld

#: The keys of currency and rate, in bases and differences.
CURRENCY: Final = "CurrencyCode"
RATE: Final = "CurrencyRate"
#: The options that say where the rate comes from, and how near two rates are the same.
SOURCE: Final = "rate_source"
TOLERANCE: Final = "rate_tolerance"


def currency_of(values: Mapping[str, Plain], world: InvoiceWorld) -> str:
    """The three letters of an invoice; one that names none is in the CRM's own currency."""
    return str(values.get(CURRENCY) or world.base_currency).upper()


def in_use(code: str, world: InvoiceWorld) -> bool:
    """Whether the CRM has the currency; True where its adapter names none at all."""
    found = world.crm_currencies.get(code)
    return not world.crm_currencies or (found is not None and found.active)


def places_of(code: str, world: InvoiceWorld) -> int:
    """How many places the CRM counts the currency with."""
    found = world.crm_currencies.get(code)
    return XERO_PLACES if found is None else found.decimals


def enabled_causes(code: str, world: InvoiceWorld) -> list[Cause]:
    """Why an invoice in this currency cannot be sent: one of both sides does not have it."""
    found = []
    if not in_use(code, world):
        found.append(cause_of("currency_not_in_crm", currency=code))
    if code not in world.currencies:
        found.append(cause_of("currency_not_enabled", currency=code))
    return found


def fine_causes(record: Record, scope: Scope, code: str, world: InvoiceWorld) -> list[Cause]:
    """A total that Xero cannot hold, in a currency that the CRM counts finer than Xero does."""
    if places_of(code, world) <= XERO_PLACES:
        return []
    try:
        total = RoleValues(scope.module, record.values).number("invoice.total")
    except ValueError:
        return []  # the comparison of the total says that
    if total is None or places(total) <= XERO_PLACES:
        return []
    return [cause_of("total_too_fine", total=str(total), currency=code)]


# --- rates -----------------------------------------------------------------------------------


def own_rate(record: Record, scope: Scope) -> Decimal | None:
    """The rate that the invoice itself has; None for one that is none."""
    try:
        found = RoleValues(scope.module, record.values).number("invoice.rate")
    except ValueError:
        return None
    return found if xero_rate(found) is not None else None


def rate_to_send(
    record: Record, scope: Scope, code: str, day: Plain, world: InvoiceWorld
) -> Decimal | Cause | None:
    """The rate as Xero takes it; None where Xero takes its own of the day."""
    source = scope.option(SOURCE, "xero")
    if code == world.base_currency or source == "xero":
        return None
    found = own_rate(record, scope)
    if found is None and source == "crm" and isinstance(day, date):
        found = world.rate(code, day)
    rate = xero_rate(found)
    return rate or cause_of("rate_missing", currency=code, date=str(day or ""))


def put_rate(merged: Merged, record: Record, scope: Scope, world: InvoiceWorld) -> None:
    """Put the rate of a new invoice, where it is not left to Xero."""
    code, own = currency_of(merged.crm, world), own_rate(record, scope)
    found = rate_to_send(record, scope, code, merged.crm.get("Date"), world)
    merged.crm[RATE] = own
    if isinstance(found, Cause):
        merged.causes.append(found)
    elif found is not None or code == world.base_currency:
        # Else Xero's own is looked at again, and comes in.
        merged.agreed.add(RATE)
    if isinstance(found, Decimal):
        merged.to_xero[RATE] = found
        merged.differences.append(_difference(scope, None, crm_rate(found), None, "to_xero"))


def merge_rate(
    merged: Merged, pairing: Pairing, scope: Scope, world: InvoiceWorld
) -> tuple[Cause, ...]:
    """The rate of an invoice on both sides; what differs of it, where nobody may settle that.

    Xero's own rate comes in; one that the CRM says goes out when it was changed there.
    """
    assert pairing.record is not None  # the caller's branch
    assert pairing.xero is not None  # likewise
    record, there = pairing.record, rate_there(pairing.xero, world)
    own, theirs = own_rate(record, scope), pairing.xero.values.get(RATE)
    base = pairing.base.pairs.get(RATE) if pairing.base else None
    merged.crm[RATE], merged.xero[RATE] = own, theirs
    code = currency_of(merged.crm, world)
    if there is None or code == world.base_currency or CURRENCY in merged.to_xero:
        _of_other_currency(merged, record, scope, code, world)
        return ()
    ours = xero_rate(own)
    alike = ours is not None and same_rate(ours, there, _tolerance(scope))
    if not alike and ours is not None and scope.option(SOURCE, "xero") != "xero":
        if base is None or own == base.crm or not scope.carries("to_xero"):
            shown = str(crm_rate(there))
            return (cause_of("rate_apart", crm=str(own), xero=shown, currency=code),)
        merged.to_xero[RATE] = ours
        merged.differences.append(_difference(scope, base.crm, own, crm_rate(there), "to_xero"))
    elif not alike and (base is None or (base.crm, base.xero) != (own, theirs)):
        _bring_rate(merged, scope, own, there)
    merged.agreed.add(RATE)
    return ()


def _of_other_currency(
    merged: Merged, record: Record, scope: Scope, code: str, world: InvoiceWorld
) -> None:
    """The rate of an invoice that is in the base currency, or gets another one."""
    merged.agreed.add(RATE)
    if CURRENCY not in merged.to_xero:
        return
    found = rate_to_send(record, scope, code, merged.crm.get("Date"), world)
    if isinstance(found, Cause):
        merged.causes.append(found)
    elif found is not None:
        merged.to_xero[RATE] = found


def rate_there(xero: XeroRecord, world: InvoiceWorld) -> Decimal | None:
    """Xero's rate of an invoice in another currency; None for one in the own."""
    if currency_of(xero.values, world) == world.base_currency:
        return None
    found = as_decimal(xero.values.get(RATE))
    return found if found is not None and found > 0 else None


def bring_rate(merged: Merged, xero: XeroRecord, scope: Scope, world: InvoiceWorld) -> None:
    """Put Xero's rate into an invoice that the CRM does not have yet."""
    there = rate_there(xero, world)
    merged.xero[RATE] = xero.values.get(RATE)
    merged.agreed.add(RATE)
    if there is not None:
        _bring_rate(merged, scope, None, there)


def _bring_rate(merged: Merged, scope: Scope, own: Decimal | None, there: Decimal) -> None:
    described = scope.module.by_role("invoice.rate")
    if described is None or not described.writable or not scope.carries("to_crm"):
        return
    value = crm_rate(there, described.decimals)
    if value != own:
        merged.to_crm[described.name] = value
        merged.differences.append(_difference(scope, None, own, value, "to_crm"))


def _difference(
    scope: Scope, base: Plain, crm: Plain, xero: Plain, decision: Literal["to_xero", "to_crm"]
) -> Difference:
    described = scope.module.by_role("invoice.rate")
    label = (described.label if described is not None else "") or "Exchange rate"
    return Difference(RATE, label, base, crm, xero, decision)


def _tolerance(scope: Scope) -> Decimal:
    return as_decimal(scope.option(TOLERANCE, DEFAULT_TOLERANCE)) or Decimal(0)
