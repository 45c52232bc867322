"""Stand-ins for ids of records that the same plan creates."""

from __future__ import annotations

from xtiger.engine.workbench.placeholder_ids import (
    awaited,
    is_pending,
    pending_crm,
    pending_id,
    real_ids,
    resolved,
)
from xtiger.mapping.convert import LINES
from xtiger.model.records import Ref, XeroRef

TEA = XeroRef("Item", "x1")
ACME = XeroRef("Contact", "x:2")


def test_a_stand_in_is_told_from_an_id() -> None:
    """Of either side; each record has its own."""
    stand_ins = [pending_id(Ref("Organizations", "1")), pending_id(Ref("Contacts", "1"))]
    stand_ins += [pending_crm(TEA), pending_crm(ACME)]

    assert [True] * 4 == [is_pending(one) for one in stand_ins]
    assert not is_pending("8a0f7a3e-9f2e-4f7e-8f0c-1f1f1f1f1f1f")
    assert 4 == len(set(stand_ins))


def test_values_and_their_lines_say_what_they_wait_for() -> None:
    """Records of Xero alone: what is about to be sent has no CRM id to wait for."""
    values = {
        "account": pending_crm(ACME),
        "subject": "pending",
        "contact": pending_id(Ref("Contacts", "1")),
        "total": 5,
        LINES: [{"product": pending_crm(TEA)}, {"product": "7"}],
    }

    assert [ACME, TEA] == list(awaited(values))


def test_nothing_is_awaited_without_lines() -> None:
    """Lines may be absent, or not be written at all."""
    assert [[], []] == [list(awaited({})), list(awaited({LINES: None}))]


def test_real_ids_take_the_place_of_stand_ins() -> None:
    """In the values and in each line; what is not known yet stays a stand-in."""
    real = real_ids({ACME: "12", TEA: "7"})
    other = pending_crm(XeroRef("Item", "x9"))
    values = {
        "account": pending_crm(ACME),
        "total": 5,
        LINES: [{"product": pending_crm(TEA)}, {"product": other}],
    }

    assert {"account": "12", "total": 5, LINES: [{"product": "7"}, {"product": other}]} == resolved(
        values, real
    )


def test_values_without_lines_get_none() -> None:
    """A list of no lines would take the CRM's away."""
    assert [{"a": "1"}, {"a": "1", LINES: None}] == [
        resolved({"a": "1"}, {}),
        resolved({"a": "1", LINES: None}, {}),
    ]
