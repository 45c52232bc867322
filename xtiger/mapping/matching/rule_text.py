"""Matching rules as they are typed: id:FIELD=link, number=link, email=propose, in their order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, get_args

from xtiger.model.matching.match_rules import MatchRule, RuleName
from xtiger.model.records import Module
from xtiger.rules.kinds import nature

_NAMES: Final[tuple[RuleName, ...]] = get_args(RuleName)
_EXAMPLE: Final = "id:FIELD=link, number=link, email=propose"
_RULE: Final = re.compile(r"\s*([\w-]+)\s*(?::([^=]+))?(?:=\s*(link|propose)\s*)?", re.IGNORECASE)
#: Rule → the parts of the module's role that it compares; one of them is enough.
PARTS: Final[Mapping[RuleName, tuple[str, ...]]] = MappingProxyType(
    {"email": ("email",), "phone": ("phone", "mobile"), "tax_number": ("tax_number",)}
)
#: The rules of items: they have no addresses.
_OF_ITEMS: Final[tuple[RuleName, ...]] = ("id", "number", "name", "near_name")
#: What is wrong with rules, by code; a sentence with {fields}, which is translated as it is.
MATCHING_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "matching_unreadable": (
            "{given} is no rule of matching; write it as {example}. The rules are: {known}."
        ),
        "matching_twice": "The rule {given} stands there twice.",
        "matching_near": (
            "{given} only proposes: names that are nearly equal never link by themselves."
        ),
        "matching_not_here": "{module} cannot be matched by {given}; they can by: {known}.",
        "matching_field": "{module} have no field {field} in this CRM to be matched by.",
    }
)


def read_rule(text: str) -> MatchRule | None:
    """What one entry says; None for one that cannot be read.

    Without a word behind it an id and a number link, and all else proposes.
    """
    found = _RULE.fullmatch(text)
    if found is None:
        return None
    word, field, how = (str(part or "").strip() for part in found.groups())
    name = next((one for one in _NAMES if one == word.lower().replace("-", "_")), None)
    if name is None or bool(field) != (name == "id"):
        return None
    links = how.lower() == "link" if how else name in ("id", "number")
    return MatchRule(name, links, field)


def written_rule(rule: MatchRule) -> str:
    """A rule as it is typed, with what comes of what it finds."""
    field = f":{rule.field}" if rule.field else ""
    return f"{rule.name}{field}={'link' if rule.links else 'propose'}"


def rules_of(texts: Sequence[str], kind: str) -> tuple[MatchRule, ...]:
    """The rules of a module that meets this kind, in their order.

    Without any they are the usual ones: the number links, names propose. What Xero takes only
    once is always looked up: where no rule says so it proposes at the end.
    """
    row = nature(kind)
    by_name = row.known_by == "name"
    if not texts:
        near = (MatchRule("near_name"),) if by_name else ()
        return MatchRule("number", links=True), MatchRule("name"), *near
    read = [rule for rule in map(read_rule, texts) if rule is not None]
    needed: tuple[RuleName, ...] = ("number", "name") if by_name else ("number",)
    known = {rule.name for rule in read}
    return (*read, *(MatchRule(name) for name in needed if name not in known))


def once_only(rules: Sequence[MatchRule], kind: str) -> tuple[MatchRule, ...]:
    """Those of the rules that stand for what Xero takes only once, whatever a person says."""
    needed = ("number", "name") if nature(kind).known_by == "name" else ("number",)
    return tuple(rule for rule in rules if rule.name in needed)


def matching_problem(
    texts: Sequence[str], module: Module | None, role: str, kind: str, name: str
) -> tuple[str, dict[str, str]] | None:
    """(code, values) of the first rule that cannot work for a module; None when all can.

    `kind` is what its records meet on their own.
    """
    seen = set[RuleName]()
    usable = usable_rules(module, role, kind)
    for text in texts:
        rule = read_rule(text)
        if rule is None:
            return "matching_unreadable", {
                "given": text,
                "example": _EXAMPLE,
                "known": ", ".join(_NAMES),
            }
        if rule.name in seen:
            return "matching_twice", {"given": rule.name}
        seen.add(rule.name)
        if rule.name not in usable:
            known = ", ".join(usable) or "-"
            return "matching_not_here", {"module": name, "given": rule.name, "known": known}
        if rule.name == "near_name" and rule.links:
            return "matching_near", {"given": rule.name}
        if rule.field and module is not None and module.by_name(rule.field) is None:
            return "matching_field", {"module": name, "field": rule.field}
    return None


def usable_rules(module: Module | None, role: str, kind: str) -> tuple[RuleName, ...]:
    """The rules that a module can have: by what it meets, and what the CRM has of it."""
    row = nature(kind)
    if not row.suffixes:
        return ()
    if row.known_by == "code":
        return _OF_ITEMS
    # A person's number is no account number, and people have no tax number of their own.
    rules = [name for name in _NAMES if role == "organisation" or name not in _OF_FIRMS]
    return tuple(name for name in rules if _has(module, role, name))


#: Rules that only firms have.
_OF_FIRMS: Final[tuple[RuleName, ...]] = ("number", "tax_number")


def _has(module: Module | None, role: str, name: RuleName) -> bool:
    parts = PARTS["email"] if name == "domain_name" else PARTS.get(name, ())
    return (
        module is None
        or not parts
        or any(module.by_role(f"{role}.{part}") is not None for part in parts)
    )
