"""The registry gives each kind its own parts, and every other kind the usual ones."""

from __future__ import annotations

import pytest

from xtiger.engine.apply.invoice_push import InvoicePusher
from xtiger.engine.apply.payment_push import PaymentPusher
from xtiger.engine.apply.person_push import PersonPusher
from xtiger.engine.apply.push import Pusher
from xtiger.engine.apply.removals import Remover
from xtiger.engine.cycle.kind_parts import counted_kind, planned_kind, sent_kind
from xtiger.engine.plan.invoice.judge import InvoiceJudge
from xtiger.engine.plan.kind_judge import FieldJudge
from xtiger.engine.plan.payment.judge import PaymentJudge
from xtiger.engine.plan.person.judge import PersonJudge
from xtiger.engine.plan.person.own_contact_judge import OwnContactJudge
from xtiger.engine.proof.counting import INVOICES, PLAIN
from xtiger.engine.workbench.scope import Scope
from xtiger.hookspecs import SyncModule


def scope_of(role: str, kind: str) -> Scope:
    """A scope of which only the module counts."""
    made = object.__new__(Scope)
    object.__setattr__(made, "sync", SyncModule("Records", role, kind, "Records"))
    return made


@pytest.mark.parametrize(
    ("role", "kind", "judge"),
    [
        ("organisation", "Contact", FieldJudge),
        ("contact", "Contact", OwnContactJudge),
        ("contact", "Person", PersonJudge),
        ("product", "Item", FieldJudge),
        ("invoice", "Invoice", InvoiceJudge),
        ("payment", "Payment", PaymentJudge),
        ("quote", "Quote", FieldJudge),
    ],
)
def test_each_part_of_a_module_has_its_judge(role: str, kind: str, judge: type) -> None:
    """People who are contacts on their own are judged apart; a new kind has mapped fields."""
    assert judge is planned_kind(scope_of(role, kind)).judge


def test_payments_and_persons_are_sent_in_their_own_way() -> None:
    """All others are created and updated in batches; one remover serves all."""
    found = {kind: sent_kind(kind) for kind in ("Payment", "Person", "Invoice", "Quote")}

    senders = [PaymentPusher, PersonPusher, InvoicePusher, Pusher]
    assert senders == [one.sender for one in found.values()]
    assert {Remover} == {one.remover for one in found.values()}


def test_an_unknown_kind_is_counted_plainly() -> None:
    """Sums are made of the documents that are known."""
    assert (INVOICES, PLAIN) == (counted_kind("Invoice"), counted_kind("Quote"))
