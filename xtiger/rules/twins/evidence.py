"""Why two records look alike: each reason has points, and enough of them make a proposal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from xtiger.model.matching.twins import Reason
from xtiger.rules.twins.look import Plainly, same_phone
from xtiger.rules.twins.spelling import SURE, spelled_alike

#: All of them, the strongest first.
REASONS: tuple[Reason, ...] = get_args(Reason)
#: What a reason counts for; those below zero speak against.
POINTS: Mapping[Reason, int] = MappingProxyType(
    {
        "same_tax_number": 60,
        "same_number": 60,
        "same_name": 50,
        "near_name": 45,
        "word_order": 42,
        "spelled_alike": 40,
        "same_email": 45,
        "same_phone": 40,
        "same_domain": 20,
        "shared_word": 20,
        "same_place": 10,
        "other_tax_number": -60,
        "other_number": -5,
    }
)
#: What the same counts for between people: colleagues have one telephone and one domain.
_OF_PEOPLE: Mapping[Reason, int] = MappingProxyType(
    {"same_phone": 25, "same_domain": 5, "shared_word": 10, "other_number": 0}
)
#: What it counts for between items, which differ in little things.
_OF_ITEMS: Mapping[Reason, int] = MappingProxyType(
    {"spelled_alike": 20, "shared_word": 0, "other_number": 0}
)
#: So many points make a proposal.
ENOUGH = 40
#: What more records of one side than this have says little of each.
_CROWD = 3
#: Words that more records than one in this many have say nothing.
_RARE_IN = 200
_WORD = 4
#: Two of these without anything against prove as much as an equal name.
_STRONG: frozenset[Reason] = frozenset(
    {"same_tax_number", "same_number", "same_email", "near_name", "word_order"}
)

Nature = Literal["firm", "people", "item"]


@dataclass(frozen=True, slots=True)
class Common:
    """What many of the records have, and so tells none from the other."""

    nature: Nature = "firm"
    #: Words of names that few have.
    rare: frozenset[str] = frozenset()
    #: E-mail addresses and telephone numbers that a crowd of one side has.
    crowded: frozenset[str] = frozenset()

    @classmethod
    def of(cls, records: Sequence[Plainly], nature: Nature = "firm") -> Common:
        """What these have in common."""
        words = Counter(word for one in records for word in set(one.words))
        most = max(_CROWD, len(records) // _RARE_IN)
        ways = Counter(
            (one.look.side, way) for one in records for way in (*one.emails, *one.phones)
        )
        return cls(
            nature,
            frozenset(w for w, n in words.items() if n <= most and len(w) >= _WORD),
            frozenset(way for (_side, way), count in ways.items() if count > _CROWD),
        )


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two records are, and why."""

    one: Plainly
    other: Plainly
    score: int = 0
    #: The strongest first; those that speak against last.
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def is_enough(self) -> bool:
        """Whether a person is asked about them."""
        return self.score >= ENOUGH

    @property
    def is_exact(self) -> bool:
        """Whether nothing speaks against, and name or two proofs are equal."""
        found = set(self.reasons)
        if any(POINTS[reason] < 0 for reason in found):
            return False
        named = "same_name" in found and not self._write_elsewhere()
        return named or len(found & _STRONG) > 1

    def _write_elsewhere(self) -> bool:
        """Whether both have e-mail addresses, and not even the firm behind them is the same."""
        one, other = self.one, self.other
        both = bool(one.emails and other.emails)
        return both and not (one.emails & other.emails or one.domains & other.domains)


def likeness(one: Plainly, other: Plainly, common: Common) -> Likeness:
    """Compare two records."""
    found = {*_by_name(one, other, common), *_by_numbers(one, other), *_by_ways(one, other)}
    own = {"people": _OF_PEOPLE, "item": _OF_ITEMS}.get(common.nature, {})
    crowded = bool((one.emails & other.emails) & common.crowded) or bool(
        (one.phones | other.phones) & common.crowded
    )
    score = 0
    for reason in found:
        points = own.get(reason, POINTS[reason])
        weak = crowded and reason in ("same_email", "same_phone")
        short = reason == "spelled_alike" and min(len(one.joined), len(other.joined)) < SURE
        score += points // 2 if weak or short else points
    return Likeness(one, other, score, tuple(r for r in REASONS if r in found))


def _by_name(one: Plainly, other: Plainly, common: Common) -> set[Reason]:
    """The best that their names say."""
    if not one.exact or not other.exact:
        return set()
    if one.exact == other.exact:
        return {"same_name"}
    if one.near & other.near or (one.joined and one.joined == other.joined):
        return {"near_name"}
    if sorted(one.words) == sorted(other.words):
        return {"word_order"}
    if spelled_alike(one.words, other.words):
        return {"spelled_alike"}
    # At one domain a common word is enough: the trade, or the name of a family.
    shared = {word for word in set(one.words) & set(other.words) if len(word) >= _WORD}
    meant = shared if one.domains & other.domains else shared & common.rare
    return {"shared_word"} if meant else set()


def _by_numbers(one: Plainly, other: Plainly) -> set[Reason]:
    found: set[Reason] = set()
    if one.number and other.number:
        found.add("same_number" if one.number == other.number else "other_number")
    if one.tax and other.tax:
        lands = {one.tax_country, other.tax_country} - {""}
        same = one.tax == other.tax and len(lands) < 2
        found.add("same_tax_number" if same else "other_tax_number")
    return found


def _by_ways(one: Plainly, other: Plainly) -> set[Reason]:
    """What their addresses say."""
    found: set[Reason] = set()
    if one.emails & other.emails:
        found.add("same_email")
    elif one.domains & other.domains:
        found.add("same_domain")
    if any(same_phone(mine, theirs) for mine in one.phones for theirs in other.phones):
        found.add("same_phone")
    if one.place and one.place == other.place:
        found.add("same_place")
    return found
