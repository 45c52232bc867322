"""Decisions of people, aliases, and the newest outcome of each record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.db.samples import NOW, later, link, outcome
from xtiger.db.store import SqlStore
from xtiger.errors import LinkRefused
from xtiger.model.links import Decision

DECISION = Decision(
    "c1", "Organizations", "1", "EmailAddress", "crm", (Decimal("1.50"), date(2026, 3, 4)), NOW
)


def test_a_decision_is_kept_with_what_was_seen(store: SqlStore) -> None:
    """Decimals and days come back as they were."""
    store.save_decisions([DECISION])

    assert {"1": [DECISION]} == store.decisions("c1", "Organizations")


def test_a_second_decision_replaces_the_first(store: SqlStore) -> None:
    """One per record and field."""
    store.save_decisions([DECISION])
    again = replace(DECISION, keep="xero", seen=(None, "x"), decided_at=later(5))
    store.save_decisions([again])

    assert {"1": [again]} == store.decisions("c1", "Organizations", ["1", "2"])


def test_decisions_are_forgotten_by_field_or_all(store: SqlStore) -> None:
    """Of one record only; another record's stay."""
    other = replace(DECISION, crm_id="2")
    whole = replace(DECISION, field="")
    store.save_decisions([DECISION, whole, other])
    store.forget_decisions("c1", "Organizations", "1", ["EmailAddress", "Name"])
    left = store.decisions("c1", "Organizations")
    store.forget_decisions("c1", "Organizations", "1")

    assert {"1": [whole], "2": [other]} == left
    assert {"2": [other]} == store.decisions("c1", "Organizations")


def test_no_decision_saves_nothing(store: SqlStore) -> None:
    """An empty list is fine, as is a record that nobody decided about."""
    store.save_decisions([])
    store.forget_decisions("c1", "Organizations", "1", [])

    assert {} == store.decisions("c1", "Organizations", [])


def test_several_crm_records_for_one_of_xero(store: SqlStore) -> None:
    """Aliases are found beside the primary; each CRM record has one link of its own."""
    primary = store.add_link(link("1", "x1"))
    aliases = [store.add_link(replace(link(n, "x1"), role="alias")) for n in ("2", "3")]
    found = store.links_by_crm("c1", "Organizations")

    assert aliases == store.aliases("c1", "Contact", ["x1"])
    assert {"x1": primary} == store.links_by_xero("c1", "Contact")
    assert {"1", "2", "3"} == set(found)
    with pytest.raises(LinkRefused, match="Organizations 2 is linked already"):
        store.add_link(link("2", "x9"))


def test_several_xero_records_for_one_of_the_crm(store: SqlStore) -> None:
    """The CRM record's own link is the primary; a Xero record belongs to one."""
    primary = store.add_link(link("1", "x1"))
    other = store.add_link(replace(link("1", "x2"), role="xero_alias"))

    assert {"1": primary} == store.links_by_crm("c1", "Organizations")
    assert {"x2": other} == store.xero_aliases("c1", "Contact")
    assert {} == store.xero_aliases("c1", "Contact", ["x1"])
    with pytest.raises(LinkRefused, match="Organizations 1 is linked to it"):
        store.add_link(link("2", "x2"))


def test_an_alias_becomes_the_primary(store: SqlStore) -> None:
    """Not beside another one, but in its place."""
    primary = store.add_link(link("1", "x1"))
    alias = store.add_link(replace(link("2", "x1"), role="alias"))
    with pytest.raises(LinkRefused):
        store.change_link(replace(alias, role="primary"))
    assert primary.id is not None
    store.remove_link(primary.id)
    store.change_link(replace(alias, role="primary"))

    assert {"x1": replace(alias, role="primary")} == store.links_by_xero("c1", "Contact")


def test_the_newest_outcome_of_each_record(store: SqlStore) -> None:
    """One per CRM id, of this connection and module alone."""
    store.add_outcomes([outcome("1", "old"), outcome("2"), outcome("1", "new")])
    store.add_outcomes(
        [
            replace(outcome("1", "elsewhere"), connection_id="c2"),
            replace(outcome("2", "elsewhere"), module="Products"),
        ]
    )

    found = store.newest_outcomes("c1", "Organizations", ["1", "2", "9"])

    assert {"1": "new", "2": "Acme"} == {key: one.name for key, one in found.items()}
    assert {} == store.newest_outcomes("c1", "Organizations", [])
