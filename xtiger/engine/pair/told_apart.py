"""Records that a person called different: neither is proposed for the other again."""

from __future__ import annotations

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.matching.twins import AnsweredTwins
from xtiger.model.setting_keys import twin_answers
from xtiger.rules.matching import Match

#: (CRM id, Xero id) of two that are not one.
Apart = frozenset[tuple[str, str]]


def told_apart(bench: Workbench, module: str) -> Apart:
    """The pairs of a module that a person called different; one statement."""
    kept = bench.store.settings_like(twin_answers(bench.connection_id, module)).values()
    answered = (AnsweredTwins.of(module, value) for value in kept)
    sides = (dict(one.records) for one in answered if one.answer == "different")
    return frozenset((found["crm"], found["xero"]) for found in sides if len(found) > 1)


def without_strangers(match: Match, crm_id: str, apart: Apart, *, unique_names: bool) -> Match:
    """The match without those that a person called different from this CRM record.

    A number proves more than a person's word, and where Xero takes each name once (`unique_names`)
    the equal name has to be settled all the same.
    """
    if match.how != "near_name" and (match.how != "same_name" or unique_names):
        return match
    ids = tuple(one for one in match.ids if (crm_id, one) not in apart)
    return Match(match.how, ids) if ids else Match("none")
