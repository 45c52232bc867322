"""Duplicates: what becomes of a CRM record whose name, number or code Xero has already.

Linked or asked about is the usual way. An administrator may choose to skip them, or to send them
under a name of their own: the suffix is the CRM id, so that the same record gets the same name
again after a crash, and is found by it. Another CRM may have taken that name for its own record of
this id: then what stands for the CRM comes before the id.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from xtiger.engine.workbench.scope import Scope
from xtiger.model.values import Plain
from xtiger.rules.matching import Candidate, Match, MatchHow, MatchIndex

#: Ways of matching that say: Xero, or this plan, has one of this name, number or code.
SAME: frozenset[MatchHow] = frozenset({"number", "same_name", "taken", "taken_name", "shared"})


def handles(scope: Scope, choice: str) -> bool:
    """Whether duplicates of this module are handled so: link, skip or suffix."""
    return scope.traits.suffixes and scope.settings.duplicates == choice


def code_of(template: str, crm_id: str, name: str, limit: int) -> str:
    """The code that a template gives a record: {id} is whole, {name} is cut to what is left."""
    words = "-".join(re.findall(r"[A-Z0-9]+", name.upper()))
    room = limit - len(template.replace("{name}", "").replace("{id}", crm_id))
    cut = words[: max(0, room)].rstrip("-")
    return template.replace("{name}", cut).replace("{id}", crm_id).strip("-")


def free_code(code: str, limit: int, is_taken: Callable[[str], bool]) -> str:
    """The code, or with the first number after it under which nobody has it."""
    spelled, number = code, 1
    while is_taken(spelled):
        number += 1
        spelled = suffixed(code, str(number), limit)
    return spelled


def suffixed(text: str, crm_id: str, limit: int) -> str:
    """The text with the CRM id after it, cut before that to what Xero takes."""
    suffix = f"-{crm_id}"
    return text[: max(0, limit - len(suffix))].rstrip() + suffix


def _spellings(scope: Scope, text: str, crm_id: str, limit: int) -> list[str]:
    """The text with the suffixes that it may be sent with, in the order they are tried."""
    return [suffixed(text, one, limit) for one in (crm_id, f"{scope.mark}-{crm_id}")]


def stands_for(scope: Scope, field: str, crm: Plain, xero: Plain, crm_id: str) -> bool:
    """Whether Xero's value is the CRM's with the suffix that it was sent with."""
    unique = scope.traits.unique if scope.traits.suffixes else ()
    limits = {one.field: one.limit for one in unique}
    known = field in limits and bool(crm)
    return known and xero in _spellings(scope, str(crm), crm_id, limits[field])


def sent_before(scope: Scope, own: Candidate, index: MatchIndex) -> Match:
    """The record that was sent under this one's name with suffix and not linked, after a crash.

    Only what a create of ours was known by counts: another CRM has a record of this id, too.
    """
    if not scope.traits.own_key:
        for unique in scope.traits.unique:
            for code in _spellings(scope, own.number, own.id, unique.limit):
                if code in own.written:
                    return index.match(replace(own, number=code), by_name=False)
        return Match("none")
    found = index.match(Candidate(own.id, key=own.key, written=own.written))
    return found if found.how == "key" else Match("none")


def add_suffix(
    scope: Scope, values: dict[str, Plain], crm_id: str, is_taken: Callable[[str, str], bool]
) -> None:
    """Give each unique value that is taken the suffix; `is_taken` gets field and value."""
    for unique in scope.traits.unique:
        text = str(values.get(unique.field) or "")
        if text and is_taken(unique.field, text):
            first, second = _spellings(scope, text, crm_id, unique.limit)
            values[unique.field] = second if is_taken(unique.field, first) else first
