"""Marks: what a record is known by under each rule of matching, in the spelling compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from xtiger.model.matching.match_rules import MatchRule, RuleName
from xtiger.rules.matching import near_names
from xtiger.rules.twins.look import firm_domain, plain_email, plain_phone, plain_tax, same_phone

#: Rules that need no mark: an index has numbers and names in any case.
PLAIN: frozenset[RuleName] = frozenset({"number", "name", "near_name"})
#: Digits at the end of a telephone number that two equal ones have in common.
_PHONE_END = 7

Marks = Mapping[RuleName, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Known:
    """What people wrote of a record; "" and () for what is blank."""

    name: str = ""
    #: What its rule "id" is compared by: in Xero the id, and the key that another product wrote.
    ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    tax_number: str = ""


def wanted_marks(rules: Iterable[MatchRule]) -> frozenset[RuleName]:
    """The marks that these rules compare; what links by likeness asks for the tax number, too."""
    found = list(rules)
    marks = {rule.name for rule in found} - PLAIN
    likeness = any(rule.links and rule.name not in ("id", "number") for rule in found)
    return frozenset(marks | ({"tax_number"} if likeness else set()))


def marks_of(known: Known, wanted: Collection[RuleName]) -> Marks:
    """The wanted marks of a record, without those that it has not: blank finds nothing."""
    if not wanted:
        return {}
    emails = [mail for mail in map(plain_email, known.emails) if mail]
    country, tax = plain_tax(known.tax_number)
    found: dict[RuleName, list[str]] = {
        "id": [one.strip().casefold() for one in known.ids],
        "email": emails,
        "domain_name": [
            f"{domain} {near}"
            for domain in map(firm_domain, emails)
            if domain and known.name.strip()
            for near in sorted(near_names(known.name))
        ],
        "phone": [plain_phone(one) for one in known.phones],
        "tax_number": [f"{country} {tax}"] if tax else [],
    }
    kept = {name: tuple(dict.fromkeys(filter(None, found[name]))) for name in wanted}
    return {name: marks for name, marks in kept.items() if marks}


def block(rule: RuleName, mark: str) -> str:
    """What two equal marks have in common, letter by letter."""
    if rule == "phone":
        return mark[-_PHONE_END:]
    return mark.partition(" ")[2] if rule == "tax_number" else mark


def same_mark(rule: RuleName, one: str, other: str) -> bool:
    """Whether two marks of one block are equal: a country in front may be left out."""
    if rule == "phone":
        return same_phone(one, other)
    lands = {mark.partition(" ")[0] for mark in (one, other)} - {""}
    return rule != "tax_number" or len(lands) < 2
