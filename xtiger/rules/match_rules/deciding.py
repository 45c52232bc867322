"""Which record of the other side one is: rule by rule, in the order that was chosen.

An own id and a number decide alone, as people gave them for that. What is a likeness only, such as
an e-mail address, links where exactly one record of each side has it and nothing speaks against:
no other number, no other tax number, and no other record that a further rule finds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from xtiger.model.matching.match_rules import MatchRule, RuleName
from xtiger.rules.match_rules.marks import Marks, block, same_mark
from xtiger.rules.matching import Candidate, Match, MatchIndex, of_same_name


class MarkedIndex:
    """Candidates of one side, found by their marks."""

    def __init__(self, index: MatchIndex) -> None:
        self._index, self._tables = index, dict[RuleName, dict[str, list[str]]]()

    def found(self, rule: RuleName, marks: Marks) -> list[Candidate]:
        """Those that have one of these marks, by id, linked and archived ones too."""
        table = self._table(rule)
        ids = {
            one
            for mark in marks.get(rule, ())
            for one in table.get(block(rule, mark), ())
            if any(same_mark(rule, mark, its) for its in self._marks(rule, one, block(rule, mark)))
        }
        return self._index.of_ids(ids)

    def _marks(self, rule: RuleName, candidate: str, of_block: str) -> list[str]:
        """The marks of a candidate that stand in a block."""
        marks = self._index.by_id[candidate].marks.get(rule, ())
        return [mark for mark in marks if block(rule, mark) == of_block]

    def _table(self, rule: RuleName) -> dict[str, list[str]]:
        """Block → ids under a rule, made when it is first asked for."""
        if rule not in self._tables:
            made = self._tables[rule] = dict[str, list[str]]()
            for one in self._index.by_id.values():
                for mark in one.marks.get(rule, ()):
                    made.setdefault(block(rule, mark), []).append(one.id)
        return self._tables[rule]


@dataclass(slots=True)
class Matching:
    """Looks records of one side up on the other, by the rules of a module."""

    rules: Sequence[MatchRule]
    #: The side that is looked through.
    index: MatchIndex
    #: The side of the record itself, read when a rule is about to link by likeness.
    own_side: Callable[[], MatchIndex]
    _marked: MarkedIndex | None = None
    _own_marked: MarkedIndex | None = None
    #: Ids that a person called different from the record.
    _strangers: Collection[str] = field(default=())

    def match(
        self,
        own: Candidate,
        strangers: Collection[str] = (),
        rules: Sequence[MatchRule] | None = None,
    ) -> Match:
        """What a record is on the other side, by the first rule that finds anything.

        `rules`: by these of them alone.
        """
        self._strangers = strangers
        keyed = self.index.keyed(own)
        if keyed is not None:
            return keyed
        for rule in self.rules if rules is None else rules:
            found = self._by(rule, own)
            if found is not None:
                return found
        return Match("none")

    def _by(self, rule: MatchRule, own: Candidate) -> Match | None:
        """What one rule finds; None for nothing."""
        if rule.name == "number":
            numbered = self.index.numbered(own.number)
            proposes = numbered is not None and numbered.how == "number" and not rule.links
            return Match("proposed", numbered.ids, "number") if proposes and numbered else numbered
        if rule.name == "name":
            same = self.index.named(own.name)
            if not same:
                return None
            usual = of_same_name(same)
            return self._judged(rule, own, usual) if usual.how == "same_name" else usual
        free = tuple(one.id for one in self._free(rule.name, own))
        if not free:
            return None
        if rule.name == "near_name":
            return Match("near_name", free)
        return self._judged(rule, own, Match("proposed", free, rule.name))

    def _free(self, rule: RuleName, own: Candidate) -> list[Candidate]:
        """What a rule finds that could be linked, without strangers."""
        return [
            one
            for one in self._all(rule, own)
            if not one.archived and not one.linked and one.id not in self._strangers
        ]

    def _all(self, rule: RuleName, own: Candidate) -> list[Candidate]:
        if rule == "name":
            return self.index.named(own.name)
        if rule == "near_name":
            return self.index.near(own.name)
        if self._marked is None:
            self._marked = MarkedIndex(self.index)
        return self._marked.found(rule, own.marks)

    def _judged(self, rule: MatchRule, own: Candidate, proposal: Match) -> Match:
        """The proposal, or that its record is linked: where the rule may, and it is beyond doubt.

        Where another rule finds another record the person is shown both.
        """
        if not rule.links:
            return proposal
        there = self.index.by_id[proposal.ids[0]]
        alone = len(self._all(rule.name, own)) == 1 and not self._has_double(rule.name, own)
        if alone and rule.name == "id":
            return Match("found", proposal.ids, rule.name)
        others = self._others(own, proposal.ids)
        if alone and not others and not _differs(own, there):
            return Match("found", proposal.ids, rule.name)
        return Match(proposal.how, (*proposal.ids, *others), proposal.rule)

    def _others(self, own: Candidate, but: Collection[str]) -> tuple[str, ...]:
        """What the other rules find besides."""
        names = [rule.name for rule in self.rules if rule.name != "number"]
        found = {one.id for name in names for one in self._free(name, own)} - set(but)
        numbered = self.index.numbered(own.number)
        if numbered is not None and numbered.how == "number":
            found |= set(numbered.ids) - set(but) - set(self._strangers)
        return tuple(sorted(found))

    def _has_double(self, rule: RuleName, own: Candidate) -> bool:
        """Whether another record of its own side has the same."""
        side = self.own_side()
        if rule == "name":
            return any(one.id != own.id for one in side.named(own.name))
        if self._own_marked is None:
            self._own_marked = MarkedIndex(side)
        return any(one.id != own.id for one in self._own_marked.found(rule, own.marks))


def _differs(own: Candidate, there: Candidate) -> bool:
    """Whether both have a number, or a tax number, and not the same."""
    if own.number and there.number and own.number.casefold() != there.number.casefold():
        return True
    mine, theirs = own.marks.get("tax_number", ()), there.marks.get("tax_number", ())
    return bool(mine and theirs) and not any(
        block("tax_number", a) == block("tax_number", b) and same_mark("tax_number", a, b)
        for a in mine
        for b in theirs
    )
