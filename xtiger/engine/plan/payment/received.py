"""Money that a CRM keeps as one number on the invoice: which payment its growth stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class MoneyState:
    """What is received of one invoice, now and when both sides last agreed."""

    #: What the CRM says now, and what it said then.
    crm: Decimal
    base_crm: Decimal
    #: What Xero has now, and what it had then.
    xero: Decimal
    base_xero: Decimal
    #: Payments that stand for growth noted before and that Xero does not have yet, oldest first.
    waiting: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class MoneyDecision:
    """What is noted of the money; without growth and changes nothing is."""

    #: Both halves of the new base.
    base_crm: Decimal
    base_xero: Decimal
    #: What one new payment is of; 0 for none.
    grown: Decimal = Decimal(0)
    #: What each waiting payment is of from now on; 0 takes it back.
    waiting: tuple[Decimal, ...] = ()


def decide_received(state: MoneyState) -> MoneyDecision:
    """The truth table of money received: growth becomes a payment only while Xero stands still.

    What Xero's own payments made of it is no growth. Once Xero has moved by anything but ours,
    nobody knows whether the same money was entered twice: payments that wait are taken back,
    and the difference is a person's.
    """
    waits = sum(state.waiting, Decimal(0))
    settled = state.base_crm - waits
    if state.xero not in (state.base_xero, settled):
        return MoneyDecision(settled, state.base_xero, waiting=(Decimal(0),) * len(state.waiting))
    if state.crm >= state.base_crm:
        grown = state.crm - state.base_crm
        return MoneyDecision(state.crm, state.xero, grown, state.waiting)
    left = _less(state.waiting, state.base_crm - state.crm)
    taken = waits - sum(left, Decimal(0))
    return MoneyDecision(state.base_crm - taken, state.xero, waiting=left)


def _less(waiting: Sequence[Decimal], amount: Decimal) -> tuple[Decimal, ...]:
    """The waiting payments without so much, the newest first."""
    left = []
    for one in reversed(waiting):
        taken = min(one, amount)
        amount -= taken
        left.append(one - taken)
    return tuple(reversed(left))
