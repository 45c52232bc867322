"""A wipe as data: what goes, what stays, and what stands for exactly that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from xtiger.model.plans import Item, Plan
from xtiger.model.undo.wiping import WipePlan

AT = datetime(2026, 11, 20, tzinfo=UTC)


def item(crm_id: str, *, goes: bool) -> Item:
    """A record that goes or stays."""
    return Item(
        "Products",
        "Item",
        crm_id,
        "x",
        crm_id,
        verb="delete" if goes else None,
        result="removed" if goes else "skipped",
        crm_version="1",
    )


def plan(*items: Item) -> WipePlan:
    """A wipe of these."""
    return WipePlan("Acme", Plan("c1", AT, ("Products", "Invoices"), items))


def test_it_counts_what_goes_and_what_stays() -> None:
    """Modules without either are left out."""
    made = plan(item("1", goes=True), item("2", goes=True), item("3", goes=False))

    assert {"Products": (2, 1)} == made.counts
    assert (["1", "2"], ["3"]) == (
        [one.crm_id for one in made.going],
        [one.crm_id for one in made.staying],
    )


def test_another_record_or_an_edit_is_another_look() -> None:
    """The order and what stays do not count."""
    one, two = item("1", goes=True), item("2", goes=True)
    seen = plan(one, two).seen

    assert seen == plan(two, one, item("3", goes=False)).seen
    assert seen not in {plan(one).seen, plan(one, replace(two, crm_version="2")).seen}
