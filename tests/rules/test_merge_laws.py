"""The laws of the field merge, held for every state of four values under every rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from xtiger.model.links import Pair
from xtiger.model.mappings import ConflictPolicy, Direction, FirstLink
from xtiger.model.values import Plain, canon
from xtiger.rules.merge import FieldDecision, FieldRule, FieldState, decide_field, decide_use

VALUES = (None, "A", "B", "C")
BASES = (None, *(Pair(crm, xero) for crm, xero in product(VALUES, VALUES)))
RULES = tuple(
    FieldRule(*row)
    for row in product(
        get_args(Direction),
        (False, True),
        (False, True),
        get_args(ConflictPolicy),
        get_args(FirstLink),
        (False, True),
    )
)
MIRRORED: dict[FieldDecision, FieldDecision] = {"to_xero": "to_crm", "to_crm": "to_xero"}
OTHER_WAY: dict[Direction, Direction] = {"to_xero": "to_crm", "to_crm": "to_xero", "both": "both"}
OTHER_SIDE: dict[ConflictPolicy, ConflictPolicy] = {
    "crm": "xero",
    "xero": "crm",
    "ask": "ask",
    "newest": "newest",
}
OTHER_FIRST: dict[FirstLink, FirstLink] = {"crm": "xero", "xero": "crm", "ask": "ask"}

Broken = Callable[[FieldState, FieldRule, FieldDecision], bool]


def state_of(base: Pair | None, crm: Plain, xero: Plain) -> FieldState:
    """A field whose two sides write values alike."""
    return FieldState(base, crm, xero, crm, xero)


def after(state: FieldState, decision: FieldDecision) -> FieldState:
    """The field once the decision is carried out and both sides have answered."""
    if decision == "to_xero":
        return state_of(Pair(state.crm, state.crm), state.crm, state.crm)
    if decision == "to_crm":
        return state_of(Pair(state.xero, state.xero), state.xero, state.xero)
    if decision == "agree":
        return replace(state, base=Pair(state.crm, state.xero))
    return state


def _every() -> Iterator[tuple[FieldState, FieldRule, FieldDecision]]:
    for base, crm, xero in product(BASES, VALUES, VALUES):
        state = state_of(base, crm, xero)
        for rule in RULES:
            yield state, rule, decide_field(state, rule)


def _breaking(broken: Broken) -> list[tuple[FieldState, FieldRule, FieldDecision]]:
    return [case for case in _every() if broken(*case)]


def _changed(state: FieldState, side: str) -> bool:
    return state.base is None or getattr(state, side) != getattr(state.base, side)


def test_nothing_moves_where_neither_side_changed() -> None:
    """Whatever the rule, and whatever each side would make of the other's value.

    Merging rests on it: a row whose both values are those of the base is not looked at further.
    """
    still = [
        FieldState(Pair(crm, xero), crm, xero, crm_as_xero, xero_as_crm)
        for crm, xero, crm_as_xero, xero_as_crm in product(VALUES, repeat=4)
    ]
    words = [(), ("A", "B")]

    assert {"none"} == {decide_field(state, rule) for state in still for rule in RULES} | {
        decide_use(state, ours, overwrites=overwrites)
        for state in still
        for ours in words
        for overwrites in (False, True)
    }


def test_a_value_travels_only_from_a_side_that_changed() -> None:
    """With a base, the side whose value travels differs from its own half of it."""

    def broken(state: FieldState, _rule: FieldRule, decision: FieldDecision) -> bool:
        source = {"to_xero": "crm", "to_crm": "xero"}.get(decision)
        return source is not None and not _changed(state, source)

    assert [] == _breaking(broken)


def test_no_edit_is_overwritten_unasked() -> None:
    """Both ways and without a policy, only an untouched or an empty kept value is overwritten."""

    def broken(state: FieldState, rule: FieldRule, decision: FieldDecision) -> bool:
        target = {"to_xero": "xero", "to_crm": "crm"}.get(decision)
        if target is None or rule.direction != "both":
            return False
        policy = rule.first_link if state.base is None else rule.conflict
        lost = getattr(state, target)
        empty = lost is None and (state.base is None or rule.keep_when_empty)
        return policy == "ask" and _changed(state, target) and not empty

    assert [] == _breaking(broken)


def test_an_amount_edited_on_both_sides_is_never_decided_by_a_rule() -> None:
    """Two filled, different, changed amounts stay as they are, whatever the policy."""

    def broken(state: FieldState, rule: FieldRule, decision: FieldDecision) -> bool:
        both = _changed(state, "crm") and _changed(state, "xero")
        filled = None not in (state.crm, state.xero)
        return rule.amount and both and filled and decision in ("to_xero", "to_crm")

    assert [] == _breaking(broken)


def test_nothing_travels_against_the_row() -> None:
    """A one-way row carries in its own direction only."""

    def broken(_state: FieldState, rule: FieldRule, decision: FieldDecision) -> bool:
        against = {"to_xero": "to_crm", "to_crm": "to_xero"}.get(rule.direction)
        return decision == against

    assert [] == _breaking(broken)


def test_an_empty_value_never_overwrites_a_kept_one() -> None:
    """With keep_when_empty no clearing travels, and at the first link never."""

    def broken(state: FieldState, rule: FieldRule, decision: FieldDecision) -> bool:
        sent = {"to_xero": state.crm, "to_crm": state.xero}.get(decision, "filled")
        return sent is None and (rule.keep_when_empty or state.base is None)

    assert [] == _breaking(broken)


def test_equal_sides_are_never_touched() -> None:
    """Where both sides mean the same, nothing travels and nothing conflicts."""

    def broken(state: FieldState, _rule: FieldRule, decision: FieldDecision) -> bool:
        return state.crm == state.xero and decision not in ("none", "agree")

    assert [] == _breaking(broken)


def test_a_settled_field_rests() -> None:
    """Neither side changed since the base: nothing to do, under any rule."""

    def broken(state: FieldState, _rule: FieldRule, decision: FieldDecision) -> bool:
        return state.base == Pair(state.crm, state.xero) and decision != "none"

    assert [] == _breaking(broken)


def test_a_row_for_creating_only_is_never_written_again() -> None:
    """only_on_create: linked records keep both values, a conflict included."""

    def broken(_state: FieldState, rule: FieldRule, decision: FieldDecision) -> bool:
        return rule.only_on_create and decision not in ("none", "agree")

    assert [] == _breaking(broken)


def test_one_round_settles() -> None:
    """Once carried out, the same field asks for nothing; a conflict stands as it was."""

    def broken(state: FieldState, rule: FieldRule, decision: FieldDecision) -> bool:
        settled: FieldDecision = "conflict" if decision == "conflict" else "none"
        return settled != decide_field(after(state, decision), rule)

    assert [] == _breaking(broken)


def test_both_sides_have_equal_rights() -> None:
    """Swapping the sides and the rule's sides swaps the decision and nothing else."""

    def broken(state: FieldState, rule: FieldRule, decision: FieldDecision) -> bool:
        base = Pair(state.base.xero, state.base.crm) if state.base else None
        mirrored = decide_field(
            state_of(base, state.xero, state.crm),
            replace(
                rule,
                direction=OTHER_WAY[rule.direction],
                conflict=OTHER_SIDE[rule.conflict],
                first_link=OTHER_FIRST[rule.first_link],
            ),
        )
        return mirrored != MIRRORED.get(decision, decision)

    assert [] == _breaking(broken)


plain = st.recursive(
    st.none() | st.booleans() | st.text(max_size=4) | st.decimals(-9, 9, places=2),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)


@given(plain, plain, plain, st.sampled_from(RULES))
def test_the_table_looks_at_nothing_but_equality(
    base: Plain, crm: Plain, xero: Plain, rule: FieldRule
) -> None:
    """Any values are decided as their names A, B, C would be."""
    base, crm, xero = canon(base), canon(crm), canon(xero)
    seen: list[Plain] = []
    for value in (base, crm, xero):
        if value is not None and value not in seen:
            seen.append(value)
    names = {id(v): "ABC"[seen.index(v)] for v in (base, crm, xero) if v is not None}
    named = [names.get(id(v)) if v is not None else None for v in (base, crm, xero)]

    real = decide_field(state_of(Pair(base, base), crm, xero), rule)

    assert decide_field(state_of(Pair(named[0], named[0]), named[1], named[2]), rule) == real
