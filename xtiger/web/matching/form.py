"""The rules of matching as rows: which rule, what comes of what it finds, and at which place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xtiger.mapping.matching.rule_text import read_rule, rules_of, usable_rules, written_rule
from xtiger.model.matching.match_rules import MatchRule, RuleName

if TYPE_CHECKING:
    from xtiger.hookspecs import SyncModule
    from xtiger.i18n.language import Language
    from xtiger.model.records import Module

#: What the rules are called; that of an own id is said with its field.
RULE_WORDS: Mapping[RuleName, str] = {
    "id": "Xero's id in the field {field}",
    "number": "Number or code",
    "name": "Name",
    "near_name": "Nearly the same name",
    "email": "E-mail address",
    "domain_name": "E-mail domain and nearly the name",
    "phone": "Telephone number",
    "tax_number": "Tax number",
}
#: What comes of what a rule finds, as it is typed → as it is called.
HOW_WORDS: Mapping[str, str] = {"link": "is linked at once", "propose": "is proposed to me"}
_ROW = "match."


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One row of the form; the last one is empty, for one more rule."""

    #: What its fields begin with.
    prefix: str
    #: The rule as it is typed without what comes of it, such as id:old_id; "" for none.
    rule: str
    how: str
    place: int


@dataclass(frozen=True, slots=True)
class RuleRows:
    """The rules of a module as its page shows them."""

    rows: Sequence[RuleRow]
    #: (value, label) of the rules to choose from.
    rules: Sequence[tuple[str, str]]
    #: (value, label) of what comes of what a rule finds.
    hows: Sequence[tuple[str, str]]
    places: int


def rule_rows(
    text: str, sync: SyncModule, described: Module | None, words: Language
) -> RuleRows | None:
    """The rows of rules that are typed so; None where there is nothing to choose.

    Without rules they are the usual ones. Rules that cannot be read, of an older file, say, are
    left to the text that they stand in.
    """
    choices = _choices(sync, described, words)
    rules = _rules(text, sync, described)
    if not choices or rules is None:
        return None
    known = {value for value, _label in choices}
    chosen = [(_without_how(rule), rule) for rule in rules]
    rows = [
        RuleRow(f"{_ROW}{at}", value, _how(rule), at) for at, (value, rule) in enumerate(chosen, 1)
    ]
    rows.append(RuleRow(f"{_ROW}{len(rows) + 1}", "", "propose", len(rows) + 1))
    # One of a field that the CRM no longer has stays to be seen.
    missing = [(value, value) for value, _rule in chosen if value not in known]
    hows = [(one, words.translate(label)) for one, label in HOW_WORDS.items()]
    return RuleRows(rows, [*choices, *missing], hows, len(rows))


def with_rules(
    given: Mapping[str, str], form: Mapping[str, str], sync: SyncModule, described: Module | None
) -> dict[str, str]:
    """The matching among the settings as its rows say; nothing where no row was sent.

    Rows that say what held before leave the text as it is.
    """
    if "matching" not in given or f"{_ROW}1.rule" not in form:
        return {}
    texts = [text for _place, text in sorted(_sent(form), key=lambda row: row[0])]
    before = _rules(given["matching"], sync, described) or ()
    if texts == [written_rule(rule) for rule in before]:
        return {}
    return {"matching": ",".join(texts)}


def without_rows(form: Mapping[str, str]) -> dict[str, str]:
    """What was sent without the fields of the rows."""
    return {name: value for name, value in form.items() if not name.startswith(_ROW)}


def _sent(form: Mapping[str, str]) -> list[tuple[tuple[int, int], str]]:
    """(where it goes, rule as it is typed) of each row with a rule.

    Of two at one place the one that was moved up goes first, and the one moved down last.
    """
    found = []
    for at in range(1, len(form) + 1):
        rule, how = form.get(f"{_ROW}{at}.rule", ""), form.get(f"{_ROW}{at}.how", "")
        place = form.get(f"{_ROW}{at}.place", "")
        if rule:
            wanted = int(place) if place.isascii() and place.isdigit() else at
            goes = (wanted, (wanted > at) - (wanted < at))
            found.append((goes, f"{rule}={how if how in HOW_WORDS else 'propose'}"))
    return found


def _rules(text: str, sync: SyncModule, described: Module | None) -> list[MatchRule] | None:
    """The rules that hold; None where one cannot be read."""
    kind = sync.alone_kind or sync.kind
    texts = [part.strip() for part in text.split(",") if part.strip()]
    if not texts:
        usable = usable_rules(described, sync.role, kind)
        return [rule for rule in rules_of((), kind) if rule.name in usable]
    read = [read_rule(one) for one in texts]
    return [one for one in read if one is not None] if all(read) else None


def _choices(sync: SyncModule, described: Module | None, words: Language) -> list[tuple[str, str]]:
    """(value, label) of each rule that the module can have, each of its fields for an own id."""
    usable = usable_rules(described, sync.role, sync.alone_kind or sync.kind)
    found: list[tuple[str, str]] = [
        (name, words.translate(RULE_WORDS[name])) for name in usable if name != "id"
    ]
    if "id" in usable and described is not None:
        found += [
            (f"id:{one.name}", words.sentence(RULE_WORDS["id"], field=one.label or one.name))
            for one in described.fields
            if one.type == "text"
        ]
    return found


def _without_how(rule: MatchRule) -> str:
    return written_rule(rule).rpartition("=")[0]


def _how(rule: MatchRule) -> str:
    return written_rule(rule).rpartition("=")[2]
