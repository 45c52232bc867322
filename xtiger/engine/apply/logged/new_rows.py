"""Which outcomes get a row of the log: what is in step as before is counted alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from xtiger.model.records import Ref
from xtiger.model.runs import Outcome
from xtiger.ports.store import OutcomeStore


@dataclass(frozen=True, slots=True)
class Logged:
    """The outcomes that get a row, and module → how many are counted alone."""

    rows: Sequence[Outcome]
    counted: Mapping[str, int]


def to_log(
    store: OutcomeStore, connection_id: str, asked: Collection[Ref], outcomes: Sequence[Outcome]
) -> Logged:
    """Sort the outcomes of one block; few statements however many there are.

    A record that was in step before and is so now says nothing new, unless a person asked for
    it or saved it.
    """
    quiet = [one for one in outcomes if _is_quiet(one, asked)]
    before = _before(store, connection_id, quiet)
    rows: list[Outcome] = []
    counted: dict[str, int] = {}
    for one in outcomes:
        if _is_quiet(one, asked) and says_the_same(one, before.get(_key(one))):
            counted[one.module] = counted.get(one.module, 0) + 1
        else:
            rows.append(one)
    return Logged(rows, counted)


def _is_quiet(one: Outcome, asked: Collection[Ref]) -> bool:
    """Whether it is in step and no person asked for it."""
    return one.result == "unchanged" and _ref(one) not in asked


def says_the_same(now: Outcome, before: Outcome | None) -> bool:
    """Whether a record in step is as it was; `before` is what it said more than that, if it did."""
    said = (now.cause, now.differences, now.proposals)
    if before is None:
        return said == (None, (), ())
    return before.result == "unchanged" and said == (
        before.cause,
        before.differences,
        before.proposals,
    )


def _before(
    store: OutcomeStore, connection_id: str, quiet: Sequence[Outcome]
) -> dict[tuple[str, str | None, str | None], Outcome]:
    found: list[Outcome] = []
    for module in {one.module for one in quiet}:
        mine = [one for one in quiet if one.module == module]
        crm_ids = [one.crm_id for one in mine if one.crm_id]
        xero_ids = [one.xero_id for one in mine if not one.crm_id and one.xero_id]
        found += store.restless_outcomes(connection_id, module, crm_ids, xero_ids)
    return {_key(one): one for one in found}


def _key(one: Outcome) -> tuple[str, str | None, str | None]:
    """The record; a Xero id may come to it later."""
    return (one.module, one.crm_id, None if one.crm_id else one.xero_id)


def _ref(one: Outcome) -> Ref | None:
    return Ref(one.module, one.crm_id) if one.crm_id else None
