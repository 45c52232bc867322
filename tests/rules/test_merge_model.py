"""A small model of two people and a sync, tried in every order: no edit is lost, all settles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.rules.two_sides import Side, TwoSides, Values, as_given
from xtiger.model.links import Pair
from xtiger.rules.merge import FieldRule

SIDES: tuple[Side, Side] = ("crm", "xero")
FIELDS = ("name", "phone")


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of a story: a person types a value."""

    side: Side
    name: str
    value: str | None


Step = Edit | None  # None is a sync
Story = tuple[Step, ...]


def steps(values: tuple[str | None, ...], fields: tuple[str, ...] = FIELDS) -> tuple[Step, ...]:
    """Everything that can happen next."""
    edits = (Edit(s, n, v) for s in SIDES for n in fields for v in values)
    return (None, *edits)


def stories(
    start: TwoSides, choices: tuple[Step, ...], length: int
) -> Iterator[tuple[TwoSides, Story]]:
    """Every story of up to so many steps, with the state that it leads to before its last sync."""
    open_ends: list[tuple[TwoSides, Story]] = [(start, ())]
    for _ in range(length):
        following = []
        for state, story in open_ends:
            yield state, story
            for step in choices:
                nxt = state.copy()
                if step is None:
                    nxt.sync()
                else:
                    nxt.edit(step.side, step.name, step.value)
                following.append((nxt, (*story, step)))
        open_ends = following
    yield from open_ends


def linked(fields: tuple[str, ...] = FIELDS, **given: object) -> TwoSides:
    """A record that both sides agree on."""
    values: Values = {name: "a" for name in fields}
    state = TwoSides(dict(values), dict(values), **given)  # type: ignore[arg-type]  # test data
    state.sync()
    return state


def wrongs(state: TwoSides) -> list[str]:
    """What the next sync does that it should not, judged by what people last saw."""
    before, seen, now = {"crm": dict(state.crm), "xero": dict(state.xero)}, state.seen, state.copy()
    decisions = now.sync()
    found = []
    for name in now.crm:
        crm, xero = before["crm"][name], before["xero"][name]
        edited = {side: before[side][name] != seen[side][name] for side in SIDES}
        stood = seen["crm"][name] != seen["xero"][name]
        both = (now.crm[name], now.xero[name])
        if crm == xero and both != (crm, xero):
            found.append(f"{name}: equal sides were touched")
        if not stood and edited["crm"] and not edited["xero"] and both != (crm, crm):
            found.append(f"{name}: the CRM's edit was lost")
        if not stood and edited["xero"] and not edited["crm"] and both != (xero, xero):
            found.append(f"{name}: Xero's edit was lost")
        if all(edited.values()) and crm != xero and both != (crm, xero):
            found.append(f"{name}: one of two edits was overwritten")
        if decisions[name] == "conflict" and both != (crm, xero):
            found.append(f"{name}: a conflict was touched")
        if decisions[name] != "conflict" and both[0] != both[1]:
            found.append(f"{name}: the sides differ and nobody is told")
    again = now.copy().sync()
    for name, decision in again.items():
        if decision not in ("none", "conflict") or (decision == "conflict") != (
            decisions[name] == "conflict"
        ):
            found.append(f"{name}: it does not settle")
    return found


def merged_stories(
    start: TwoSides, choices: tuple[Step, ...], length: int
) -> Iterator[tuple[TwoSides, Story, int]]:
    """As `stories`, but stories that lead to equal states go on as one, with their number."""
    open_ends: dict[str, tuple[TwoSides, Story, int]] = {repr(start): (start, (), 1)}
    for steps_left in range(length, -1, -1):
        following: dict[str, tuple[TwoSides, Story, int]] = {}
        for state, story, count in open_ends.values():
            yield state, story, count
            for step in choices if steps_left else ():
                nxt = state.copy()
                if step is None:
                    nxt.sync()
                else:
                    nxt.edit(step.side, step.name, step.value)
                known = following.get(repr(nxt), (nxt, (*story, step), 0))
                following[repr(nxt)] = (known[0], known[1], known[2] + count)
        open_ends = following


def test_no_order_of_edits_and_syncs_loses_an_edit() -> None:
    """Two fields, two values, two sides, every story of up to 6 steps: 597,871 of them."""
    ends = list(merged_stories(linked(), steps(("a", "b")), 6))

    assert 597_871 == sum(count for _, _, count in ends)
    assert [] == [(story, w) for state, story, _ in ends if (w := wrongs(state))]


def test_clearing_and_conflicts_in_every_order_lose_nothing() -> None:
    """One field, three values and emptiness, every story of up to 4 steps; fields are alone."""
    ends = stories(linked(("name",)), steps(("a", "b", "c", None), ("name",)), 4)

    assert [] == [(story, w) for state, story in ends if (w := wrongs(state))]


def test_a_first_link_in_every_order_loses_nothing() -> None:
    """No base yet, either side filled or empty: what people typed before counts as typed."""
    fresh = TwoSides({"name": None}, {"name": None}, seen={s: {"name": None} for s in SIDES})
    ends = stories(fresh, steps(("a", "b", None), ("name",)), 4)

    assert [] == [(story, w) for state, story in ends if (w := wrongs(state))]


@pytest.mark.parametrize("side", SIDES)
def test_editing_back_to_the_old_value_is_seen(side: Side) -> None:
    """An edit travels; undoing it on either side travels back, however often."""
    state = linked()
    state.edit("crm", "name", "b")
    state.sync()
    state.edit(side, "name", "a")

    state.sync()

    assert ("a", "a") == (state.crm["name"], state.xero["name"])


@pytest.mark.parametrize("winner", SIDES)
def test_a_conflict_ends_when_a_person_makes_both_equal(winner: Side) -> None:
    """Typing one side's value into the other solves it, and the next edit travels again."""
    state = linked()
    state.edit("crm", "name", "b")
    state.edit("xero", "name", "c")
    state.sync()
    state.edit("crm", "name", state.xero["name"])
    state.sync()
    state.edit(winner, "name", "d")

    state.sync()

    assert ("d", "d") == (state.crm["name"], state.xero["name"])


def test_different_fields_of_both_sides_come_together() -> None:
    """The name edited here and the phone there: both sides get both."""
    state = linked()
    state.edit("crm", "name", "b")
    state.edit("xero", "phone", "c")

    state.sync()

    assert ({"name": "b", "phone": "c"},) * 2 == (state.crm, state.xero)


def _first_letter(value: str | None) -> str | None:
    return value[:1] if value else value


def test_a_side_that_trims_never_plays_ping_pong() -> None:
    """Xero keeps the first letter only: after any story, a second sync has nothing to do."""
    start = linked(("name",), xero_keeps=_first_letter)
    ends = stories(start, steps(("a", "ab", "b"), ("name",)), 4)
    restless = []
    for end, story in ends:
        state = end.copy()
        decisions = state.sync()
        if state.sync() != (
            {"name": "conflict"} if "conflict" in decisions.values() else {"name": "none"}
        ):
            restless.append(story)

    assert [] == restless


def test_an_edit_that_the_other_side_trims_away_is_kept_here() -> None:
    """The CRM's longer name stays whole in the CRM and is not pulled back short."""
    state = linked(("name",), xero_keeps=_first_letter)
    state.edit("crm", "name", "ab")
    state.sync()

    state.sync()

    assert ("ab", "a") == (state.crm["name"], state.xero["name"])


def test_one_way_rows_follow_their_source() -> None:
    """To Xero: after any story in which the CRM was edited last, Xero has the CRM's value."""
    start = linked(("name",), rule=FieldRule(direction="to_xero"), xero_keeps=as_given)
    wrong = []
    for end, story in stories(start, steps(("a", "b"), ("name",)), 4):
        state = end.copy()
        state.sync()
        state.edit("crm", "name", "c")
        state.sync()
        if (state.crm["name"], state.xero["name"]) != ("c", "c"):
            wrong.append(story)

    assert [] == wrong


def test_what_both_sides_hold_becomes_the_base() -> None:
    """After a travel the base is what each side answered, not what was sent."""
    state = linked(("name",), xero_keeps=_first_letter)
    state.edit("crm", "name", "ab")

    state.sync()

    assert Pair("ab", "a") == state.base["name"]
