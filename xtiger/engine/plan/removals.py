"""Removals: what takes a record away on one side, once the other side let it go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.invoice.credit_offer import locked_proposals
from xtiger.engine.plan.invoice.merge import lock_date
from xtiger.engine.plan.item_builder import item_of, stopped
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES, crm_values
from xtiger.mapping.line_halves import crm_half, xero_half
from xtiger.model.plans import Cause, Item
from xtiger.model.records import XeroRecord
from xtiger.model.values import as_decimal
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.causes import cause_of
from xtiger.rules.invoice_status import money_on
from xtiger.rules.kinds import Removal, nature, traits
from xtiger.rules.merge import RecordRule


def removal_rule(scope: Scope) -> RecordRule:
    """What the module's switches let a run remove; a CRM that deletes nothing is asked nothing."""
    return RecordRule(
        remove_in_xero=scope.settings.delete_in_xero and scope.carries("to_xero"),
        remove_in_crm=scope.settings.delete_in_crm
        and scope.carries("to_crm")
        and "delete" in scope.module.can,
    )


def xero_removal(xero: XeroRecord, organisation: Mapping[str, Any]) -> Removal | Cause:
    """How this record is removed in Xero, or the cause why Xero would not let it go."""
    row = traits(xero.kind)
    if row.removal is None:
        # Its status decides the verb.
        return _invoice_removal(xero, organisation)
    if row.is_money:
        return reconciled(xero) or period_cause(xero, organisation) or row.removal
    locked = payment_lock(xero) or period_cause(xero, organisation) if row.pays else None
    return row.removal if locked is None else locked


def _invoice_removal(xero: XeroRecord, organisation: Mapping[str, Any]) -> Removal | Cause:
    """Drafts are deleted, approved ones voided; one with money on it stays."""
    if money_stands(xero):
        shown = "paid" if xero.status == "PAID" else "part paid"
        return cause_of("invoice_locked", status=shown, fields="it")
    locked = period_cause(xero, organisation)
    if locked is not None:
        return locked
    if xero.status in ("DRAFT", "SUBMITTED"):
        return Removal("delete", {"Status": "DELETED"})
    return Removal("void", {"Status": "VOIDED"})


def money_stands(xero: XeroRecord) -> bool:
    """Whether a document is paid or credited, or itself given away as a credit, in part too."""
    if nature(xero.kind).is_money:
        return False
    left, total = (as_decimal(xero.raw.get(name)) for name in ("RemainingCredit", "Total"))
    used = left is not None and total is not None and left != total
    return xero.status == "PAID" or money_on(xero) or used


def reconciled(xero: XeroRecord) -> Cause | None:
    """The cause when a receipt was reconciled with the bank: Xero lets nothing of it change."""
    return cause_of("receipt_reconciled") if xero.values.get("IsReconciled") else None


def payment_lock(xero: XeroRecord) -> Cause | None:
    """The cause when a payment is bound to a bank statement or a batch: Xero lets none go."""
    if xero.values.get("IsReconciled"):
        return cause_of("payment_locked", why="it is reconciled with the bank")
    if xero.raw.get("BatchPaymentID") or xero.raw.get("BatchPayment"):
        return cause_of("payment_locked", why="it belongs to a batch payment")
    return None


def period_cause(xero: XeroRecord, organisation: Mapping[str, Any]) -> Cause | None:
    """The cause when the record's date is in a locked period."""
    locked, day = lock_date(organisation), xero.values.get("Date")
    if locked is None or not isinstance(day, date) or day > locked:
        return None
    return cause_of("period_locked", date=str(day), lock=str(locked))


def removed_in_xero(pairing: Pairing, scope: Scope, organisation: Mapping[str, Any]) -> Item:
    """The item that removes the Xero record, or that holds it with Xero's reason."""
    assert pairing.xero is not None  # the caller's branch
    found = xero_removal(pairing.xero, organisation)
    if isinstance(found, Cause):
        proposals = locked_proposals(pairing, found)
        return stopped(pairing, scope, found, CATALOGUE[found.code].result, proposals)
    return item_of(
        pairing,
        scope,
        verb=found.verb,
        result="removed",
        to_xero=dict(found.fields),
        link_state="removed",
        gone_in_crm=pairing.crm_gone,
    )


def removed_in_crm(pairing: Pairing, scope: Scope) -> Item:
    """The item that deletes the CRM record."""
    return item_of(pairing, scope, verb="delete", result="removed", to_crm={}, link_state="removed")


def crm_edited(pairing: Pairing, scope: Scope) -> bool:
    """Whether the CRM record differs from its half of the base, lines too."""
    if pairing.base is None or pairing.record is None:
        return False
    values, _ = crm_values(pairing.record, scope.rows)
    pairs = pairing.base.pairs
    if any(key in pairs and pairs[key].crm != value for key, value in values.items()):
        return True
    return LINES in pairs and pairs[LINES].crm != crm_half(
        pairing.record, scope.module, stable=scope.stable_lines
    )


def xero_edited(pairing: Pairing, scope: Scope) -> bool:
    """Whether the Xero record differs from its half of the base, lines too."""
    if pairing.base is None or pairing.xero is None:
        return False
    # What Xero uses a contact as follows from its documents; nobody edited that.
    rows = {row.key for row in scope.rows if row.xero.type != "use"}
    values = pairing.xero.values
    pairs = pairing.base.pairs
    if any(pair.xero != values.get(key) for key, pair in pairs.items() if key in rows):
        return True
    return LINES in pairs and pairs[LINES].xero != xero_half(pairing.xero)


def removing(items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """(those that remove in Xero, those that remove in the CRM)."""
    return (
        [item for item in items if item.to_xero is not None],
        [item for item in items if item.to_xero is None],
    )
