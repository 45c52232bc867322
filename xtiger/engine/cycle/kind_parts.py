"""Which parts of the engine are at work for each kind: one row per kind, handed to each phase.

The phases choose no part by the name of a kind; what is true of a kind by its nature is
in `xtiger.rules.kinds`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from xtiger.engine.apply.credit_push import CreditPusher
from xtiger.engine.apply.document_push import DocumentPusher
from xtiger.engine.apply.executor import SentKind
from xtiger.engine.apply.invoice_push import InvoicePusher
from xtiger.engine.apply.payment_push import PaymentPusher
from xtiger.engine.apply.person_push import PersonPusher
from xtiger.engine.pair.credit_pairing import CreditPairer
from xtiger.engine.pair.document_pairing import DocumentPairer
from xtiger.engine.pair.pairing import Pairer
from xtiger.engine.pair.person_pairing import AlonePairer, PersonPairer
from xtiger.engine.pair.receipt_pairing import ReceiptPairer
from xtiger.engine.plan.invoice.credit_judge import CreditJudge
from xtiger.engine.plan.invoice.judge import InvoiceJudge
from xtiger.engine.plan.invoice.receipt_judge import ReceiptJudge
from xtiger.engine.plan.kind_judge import FieldJudge
from xtiger.engine.plan.payment.judge import PaymentJudge
from xtiger.engine.plan.person.judge import PersonJudge
from xtiger.engine.plan.person.own_contact_judge import OwnContactJudge
from xtiger.engine.plan.plan_state import PlanState
from xtiger.engine.plan.planned_kind import PlannedKind
from xtiger.engine.proof.counting import (
    CONTACTS,
    CREDITS,
    INVOICES,
    ITEMS,
    PAYMENTS,
    PLAIN,
    RECEIPTS,
    Counting,
)
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench


def _usual(state: PlanState, bench: Workbench, scope: Scope) -> Pairer:
    return Pairer(bench, scope, state.claimed(scope.kind))


def _documents(state: PlanState, bench: Workbench, scope: Scope) -> Pairer:
    return DocumentPairer(bench, scope, state.claimed(scope.kind))


def _receipts(state: PlanState, bench: Workbench, scope: Scope) -> Pairer:
    return ReceiptPairer(bench, scope, state.claimed(scope.kind))


def _credits(state: PlanState, bench: Workbench, scope: Scope) -> Pairer:
    return CreditPairer(bench, scope, state.claimed(scope.kind))


def _alone(state: PlanState, bench: Workbench, scope: Scope) -> Pairer:
    return AlonePairer(bench, scope, state.claimed(scope.kind))


def _persons(state: PlanState, bench: Workbench, scope: Scope) -> Pairer:
    return PersonPairer(bench, scope, state.claimed(scope.kind), state.xero_id_of)


@dataclass(frozen=True, slots=True)
class KindParts:
    """The parts of one kind, by phase; what is left out is what records of mapped fields have."""

    #: What pairs its records and judges them.
    planned: PlannedKind = field(default=PlannedKind(_usual, FieldJudge))
    #: The same for people who are records of the kind on their own; None where there are none.
    people: PlannedKind | None = None
    #: What sends its records and removes them.
    sent: SentKind = field(default=SentKind())
    #: What the proof reads of them.
    counted: Counting = PLAIN


KIND_PARTS: Mapping[str, KindParts] = MappingProxyType(
    {
        "Contact": KindParts(people=PlannedKind(_alone, OwnContactJudge), counted=CONTACTS),
        "Person": KindParts(PlannedKind(_persons, PersonJudge), sent=SentKind(PersonPusher)),
        "Item": KindParts(counted=ITEMS),
        "Invoice": KindParts(
            PlannedKind(_documents, InvoiceJudge), sent=SentKind(InvoicePusher), counted=INVOICES
        ),
        "BankTransaction": KindParts(
            PlannedKind(_receipts, ReceiptJudge), sent=SentKind(DocumentPusher), counted=RECEIPTS
        ),
        "CreditNote": KindParts(
            PlannedKind(_credits, CreditJudge), sent=SentKind(CreditPusher), counted=CREDITS
        ),
        "Payment": KindParts(
            PlannedKind(_usual, PaymentJudge), sent=SentKind(PaymentPusher), counted=PAYMENTS
        ),
    }
)
#: Of a kind that an extension brings.
_OTHER = KindParts()


def planned_kind(scope: Scope) -> PlannedKind:
    """What pairs and judges the records of this part of a module."""
    parts = KIND_PARTS.get(scope.kind, _OTHER)
    return parts.people if scope.people and parts.people is not None else parts.planned


def sent_kind(kind: str) -> SentKind:
    """What sends and removes records of a kind."""
    return KIND_PARTS.get(kind, _OTHER).sent


def counted_kind(kind: str) -> Counting:
    """What the proof reads of a kind."""
    return KIND_PARTS.get(kind, _OTHER).counted
