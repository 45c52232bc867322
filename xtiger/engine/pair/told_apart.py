"""Records that a person called different: neither is proposed for the other, or shares its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import permutations

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.links import Side
from xtiger.model.matching.twins import AnsweredTwins
from xtiger.model.setting_keys import twin_answers
from xtiger.rules.matching import Match, MatchHow

#: (side, id) of two records of a module that are not one.
Apart = frozenset[frozenset[tuple[Side, str]]]


def told_apart(bench: Workbench, module: str) -> Apart:
    """The pairs of a module that a person called different; one statement."""
    kept = bench.store.settings_like(twin_answers(bench.connection_id, module)).values()
    answered = (AnsweredTwins.of(module, value) for value in kept)
    return frozenset(one.both for one in answered if one.answer == "different")


def are_apart(apart: Apart, crm_id: str, others: Iterable[tuple[Side, str]]) -> bool:
    """Whether a person called a CRM record different from one of these."""
    return any(frozenset({("crm", crm_id), other}) in apart for other in others)


def strangers(apart: Apart) -> Mapping[tuple[Side, str], frozenset[str]]:
    """Record → the ids of the other side that a person called different from it."""
    found: dict[tuple[Side, str], set[str]] = {}
    for both in apart:
        for one, other in permutations(both, 2):
            if one[0] != other[0]:
                found.setdefault(one, set()).add(other[1])
    return {record: frozenset(ids) for record, ids in found.items()}


def without_strangers(match: Match, crm_id: str, apart: Apart, hows: Collection[MatchHow]) -> Match:
    """The match without those that a person called different from this CRM record.

    Only what was matched in one of these ways: what one side takes once has to be settled there.
    """
    if match.how not in hows:
        return match
    ids = tuple(one for one in match.ids if not are_apart(apart, crm_id, [("xero", one)]))
    return replace(match, ids=ids) if ids else Match("none")
