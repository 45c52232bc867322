"""Outcomes: found by any filter, in a chain that shows every edit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from tests.db.later import turn_back
from tests.db.samples import NOW, finish, later, outcome, start
from xtiger.db.cipher import new_key
from xtiger.db.store import SqlStore
from xtiger.model.plans import Cause, Difference, Proposal
from xtiger.model.runs import Outcome


def names(found: object) -> list[str]:
    """The CRM ids of outcomes, in their order."""
    assert isinstance(found, list)
    return [each.crm_id for each in found]


def test_an_outcome_comes_back_whole(store: SqlStore) -> None:
    """Cause, differences with old and new values, proposals, and its number."""
    full = Outcome(
        "c1",
        "r1",
        "Invoices",
        "Invoice",
        "7",
        None,
        "INV-7 Müller",
        "conflict",
        "update",
        "both",
        Cause("both_changed", {"line": 2, "tax": Decimal("19.0")}),
        (Difference("Total", "Total", Decimal(1), Decimal("2.50"), date(2026, 1, 2), "conflict"),),
        (Proposal("link", "x9", None, "Muller"),),
        NOW,
    )
    store.add_outcomes([full])

    assert [replace(full, id=1)] == store.outcomes(connections=["c1"])


def test_a_bare_outcome_comes_back_whole(store: SqlStore) -> None:
    """With neither ids nor cause nor moment."""
    bare = Outcome("c1", "r1", "M", "K", None, None, "", "unchanged")
    store.add_outcomes([bare])

    assert [replace(bare, id=1)] == store.outcomes(connections=["c1"])


def test_outcomes_come_newest_first_in_pages(store: SqlStore) -> None:
    """Limit and offset walk back in time."""
    store.add_outcomes(outcome(str(number)) for number in range(5))
    pages = [
        names(store.outcomes(connections=["c1"], limit=2, offset=offset)) for offset in (0, 2, 4)
    ]

    assert [["4", "3"], ["2", "1"], ["0"]] == pages


@pytest.mark.parametrize(
    "field", ["connection_id", "run_id", "module", "crm_id", "xero_id", "result"]
)
def test_outcomes_are_filtered_by_each_field(store: SqlStore, field: str) -> None:
    """Only those that are equal in the field are found."""
    changed: dict[str, Any] = {"crm_id": "2"} | ({} if field == "crm_id" else {field: "held"})
    other = replace(outcome(), **changed)
    store.add_outcomes([outcome(), other])
    wanted = getattr(other, field)
    names_of = {"result": ("results", [wanted]), "connection_id": ("connections", [wanted])}
    name, value = names_of.get(field, (field, wanted))
    filters: dict[str, Any] = {"connections": ["c1", "held"], name: value}

    assert ["2"] == names(store.outcomes(**filters))


def test_outcomes_are_filtered_by_time(store: SqlStore) -> None:
    """From a moment (included) until another one (not included)."""
    store.add_outcomes(outcome(str(number), at=later(number)) for number in range(4))

    assert ["2", "1"] == names(store.outcomes(connections=["c1"], since=later(1), until=later(3)))


@pytest.mark.parametrize(
    "sought", ["MÜLLER", "müller", "mu\u0308ller", "ll", " Müller ", "MUSTERSTRASSE", "X-1"]
)
def test_text_is_found_in_any_spelling(store: SqlStore, sought: str) -> None:
    """Upper or lower case, composed or not, in name, CRM id or Xero id."""
    store.add_outcomes([outcome("1", "Müller, Musterstraße"), outcome("2", "Acme")])

    assert ["1"] == names(store.outcomes(connections=["c1"], text=sought))


@pytest.mark.parametrize("sought", ["100%", "a_b", "c/d", "e\\f"])
def test_the_wildcards_of_sql_are_plain_letters(store: SqlStore, sought: str) -> None:
    """They find themselves and nothing else."""
    store.add_outcomes([outcome("1", f"x {sought} x"), outcome("2", "1000 aXb c-d ef")])

    assert ["1"] == names(store.outcomes(connections=["c1"], text=sought))


def test_a_name_with_letters_that_no_database_takes_is_kept_readable(store: SqlStore) -> None:
    """A NUL and half an emoji are replaced, and the chain stays whole."""
    store.add_outcomes([outcome(name="a\x00b\ud83d")])
    found = [each.name for each in store.outcomes(connections=["c1"], text="a\x00b")]

    assert (["a\ufffdb\ufffd"], None) == (found, store.broken_audit_row())


def test_an_untouched_chain_is_whole(store: SqlStore) -> None:
    """Over several appends, and when empty."""
    empty = store.broken_audit_row()
    for number in range(3):
        store.add_outcomes([outcome(str(number)), outcome("x")])

    assert (None, None) == (empty, store.broken_audit_row())


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        ("UPDATE xt_outcome SET result = 'failed' WHERE id = 3", 3),
        ("UPDATE xt_outcome SET detail = replace(detail, 'null', '1') WHERE id = 2", 2),
        ("UPDATE xt_outcome SET hash = 'x' WHERE id = 4", 4),
        ("UPDATE xt_outcome SET sought = '' WHERE id = 5", 5),
        ("DELETE FROM xt_outcome WHERE id = 1", 1),
        ("DELETE FROM xt_outcome WHERE id = 3", 3),
        ("DELETE FROM xt_outcome WHERE id > 3", 4),
        ("DELETE FROM xt_outcome", 1),
        ("UPDATE xt_audit SET last_hash = 'x'", 5),
        ("DELETE FROM xt_audit", 1),
    ],
)
def test_an_edit_by_hand_is_found(store: SqlStore, edit: str, broken: int) -> None:
    """The first row that does not fit is named, be it changed, missing or cut off."""
    store.add_outcomes(outcome(str(number)) for number in range(5))
    with store.engine.begin() as db:
        db.execute(text(edit))

    assert broken == store.broken_audit_row()


def test_threads_and_processes_write_one_chain(store: SqlStore, database_url: str) -> None:
    """Two processes and four threads append together: no gap, no fork."""
    code = "for n in range(20): store.add_outcomes([outcome(str(n)), outcome('p')])"
    others = [start(code, database_url, new_key()) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: store.add_outcomes([outcome(str(n))]), range(40)))
    for process in others:
        finish(process)

    assert (120, None) == (
        len(store.outcomes(connections=["c1"], limit=1000)),
        store.broken_audit_row(),
    )


def test_outcomes_of_a_transaction_that_fails_leave_no_gap(store: SqlStore) -> None:
    """Neither rows nor numbers of the chain are used up."""

    def fail() -> None:
        with store.transaction():
            store.add_outcomes([outcome()])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    store.add_outcomes([outcome("2")])

    assert ([1], None) == (
        [each.id for each in store.outcomes(connections=["c1"])],
        store.broken_audit_row(),
    )


def test_what_is_in_step_is_counted_in_the_chain(store: SqlStore) -> None:
    """A count of each module stands between the outcomes, adds up, and cannot be changed unseen."""
    store.add_outcomes([outcome("1")])
    store.count_unchanged("c1", "r1", {"Organizations": 400, "Products": 7}, NOW)
    store.add_outcomes([outcome("2")])
    store.count_unchanged("c1", "r1", {"Organizations": 100}, NOW)
    store.count_unchanged("c1", "r2", {"Organizations": 1}, NOW)
    counted, whole = store.unchanged_counts("r1"), store.broken_audit_row()
    with store.engine.begin() as db:
        db.execute(text("UPDATE xt_audit_note SET count = 399 WHERE id = 2"))

    assert ({"Organizations": 500, "Products": 7}, None, 2) == (
        counted,
        whole,
        store.broken_audit_row(),
    )


def test_rows_hashed_by_the_release_before_stay_whole(store: SqlStore) -> None:
    """They have neither salt nor digest, and the ones after them are whole with them."""
    store.add_outcomes([outcome("1"), outcome("2")])
    with store.engine.begin() as db:
        turn_back(db, "0013")
    store.migrate()
    before = store.broken_audit_row()
    store.add_outcomes([outcome("3")])
    after = store.broken_audit_row()
    with store.engine.begin() as db:
        db.execute(text("UPDATE xt_outcome SET name = 'x' WHERE id = 2"))

    assert (None, None, 2) == (before, after, store.broken_audit_row())
