"""Finding which unlinked Xero record a CRM record is, before the first link; proposals only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from xtiger.model.matching.match_rules import RuleName

MatchHow = Literal[
    "key",
    "number",
    "found",
    "same_name",
    "near_name",
    "proposed",
    "shared",
    "archived",
    "taken",
    "taken_name",
    "none",
]

#: What stands at the end of a company's name and says only its legal form.
_LEGAL = re.compile(
    r"\b(ltd|limited|llc|llp|lp|plc|pllc|inc|incorporated|corp|corporation|co|company|gmbh|mbh|"
    r"ag|kg|kgaa|ohg|ug|gbr|haftungsbeschrankt|haftungsbeschraenkt|ek|ev|se|sa|sas|sasu|sarl|eurl|"
    r"snc|srl|srls|sl|slu|sau|spa|ltda|lda|bv|bvba|vof|nv|oy|oyj|ab|as|asa|aps|ou|uab|sia|kft|zrt|"
    r"sro|s r o|doo|d o o|sp z oo|sp z o o|spzoo|pty|proprietary|pvt|pte|private|bhd|sdn|kk)$"
)
#: "and" between two legal forms, as in GmbH & Co. KG.
_DANGLING = re.compile(r"\b(and|und|et|y|e)$")
#: One letter and a sign before another letter alone: B.V., S.p.A., A/S.
_INITIALS = re.compile(r"\b(\w)[./](?=\w\b)")
#: What is between words that are written in plain small letters.
_NO_WORD = re.compile(r"[^a-z0-9]+")
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´")
#: How German and Scandinavian names are written where the letter is missing.
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
#: Letters that do not fall apart into a plain one and its accent.
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})


def exact_name(name: str) -> str:
    """Names that Xero takes for equal: case and repeated blanks do not count."""
    return " ".join(name.split()).casefold()


def near_name(name: str) -> str:
    """Names that people may take for equal: no accents, signs or legal form at the end."""
    return _simple(exact_name(name))


def near_names(name: str) -> frozenset[str]:
    """The near name in both spellings of its umlauts: Björk is near Bjork and near Bjoerk."""
    text = unicodedata.normalize("NFC", exact_name(name))
    if text.isascii():
        return frozenset({_simple(text)})
    return frozenset({_simple(text), _simple(text.translate(_SPELLED))})


def _simple(text: str) -> str:
    flat = text.translate(_APOSTROPHES)
    if not flat.isascii():
        flat = _without_accents(flat).translate(_PLAIN)
    flat = _INITIALS.sub(r"\1", flat.replace("&", " and "))
    if flat.isascii():
        words = _NO_WORD.sub(" ", flat)
    else:
        words = "".join(sign if _in_word(sign) else " " for sign in flat)
    plain = " ".join(words.split())
    shorter = _without_legal_form(plain)
    # A name of signs alone is only near itself.
    return shorter or plain or text


def _without_accents(text: str) -> str:
    """Latin, Greek and Cyrillic letters bare; in other scripts the marks make the word."""
    bare: list[str] = []
    for sign in unicodedata.normalize("NFKD", text).casefold():
        if unicodedata.combining(sign) and bare and _is_european(bare[-1]):
            continue
        bare.append(sign)
    return unicodedata.normalize("NFC", "".join(bare))


def _is_european(sign: str) -> bool:
    return sign < "\u0530"  # Armenian begins here


def _in_word(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign).startswith("M")


def _without_legal_form(plain: str) -> str:
    """The name without Ltd, GmbH & Co. KG and their like; "" when it was nothing else."""
    while True:
        shorter = _LEGAL.sub("", plain).strip()
        if shorter == plain:
            return plain
        plain = _DANGLING.sub("", shorter).strip()


@dataclass(frozen=True, slots=True)
class Candidate:
    """What matching needs of one record of either side."""

    id: str
    name: str = ""
    #: The number or code that people gave it.
    number: str = ""
    #: The key that we wrote into Xero ourselves.
    key: str = ""
    #: What creates of it that were sent, and never seen to arrive, are known by.
    written: frozenset[str] = frozenset()
    archived: bool = False
    linked: bool = False
    #: What else it is known by, under the rules that are chosen.
    marks: Mapping[RuleName, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """How a record was found, and the ids of what was found.

    key, number, found: link. same_name, near_name, proposed: a person is asked. shared: several
    have the number. taken, taken_name: the record of the number or name is linked to another
    record already. archived: only an archived one has the number.
    """

    how: MatchHow
    ids: tuple[str, ...] = ()
    #: The rule of what was found, or proposed, by another rule than the usual ones.
    rule: RuleName | None = None


#: What one way of finding records knows: text → ids. A list, as most texts are of one record.
_Table = dict[str, list[str]]


@dataclass(slots=True)
class MatchIndex:
    """Records of one side, found by key, number, name and near name."""

    by_id: dict[str, Candidate] = field(default_factory=dict)
    _keys: _Table = field(default_factory=dict)
    _numbers: _Table = field(default_factory=dict)
    _names: _Table = field(default_factory=dict)
    #: Made when the first near name is asked for: most plans ask for none.
    _near: _Table | None = None

    @classmethod
    def of(cls, candidates: Iterable[Candidate]) -> MatchIndex:
        """An index of these."""
        index = cls()
        for candidate in candidates:
            index.add(candidate)
        return index

    def add(self, candidate: Candidate) -> None:
        """Put one in, replacing what was known of its id."""
        known = self.by_id.get(candidate.id)
        if known is not None:
            for table, text in self._places(known):
                table[text].remove(known.id)
        self.by_id[candidate.id] = candidate
        for table, text in self._places(candidate):
            table.setdefault(text, []).append(candidate.id)

    def _places(self, one: Candidate) -> Iterator[tuple[_Table, str]]:
        """Where a candidate stands: the tables, and its texts in them."""
        if one.key:
            yield self._keys, one.key
        if one.number:
            yield self._numbers, one.number.casefold()
        if one.name:
            yield self._names, exact_name(one.name)
            if self._near is not None:
                yield from ((self._near, near) for near in near_names(one.name))

    def _nearby(self) -> _Table:
        if self._near is None:
            self._near = {}
            for one in self.by_id.values():
                for near in near_names(one.name) if one.name else ():
                    self._near.setdefault(near, []).append(one.id)
        return self._near

    def has(self, *, name: str = "", number: str = "") -> bool:
        """Whether any record has exactly this name, or this number, archived ones too."""
        named = bool(name) and bool(self._names.get(exact_name(name)))
        return named or (bool(number) and bool(self._numbers.get(number.casefold())))

    def of_ids(self, ids: Iterable[str]) -> list[Candidate]:
        """The candidates of these ids, by id."""
        return sorted((self.by_id[i] for i in ids), key=lambda c: c.id)

    def keyed(self, own: Candidate) -> Match | None:
        """The record that bears our key of this one, or that a lost create of ours left."""
        for wanted in filter(None, (own.key, *sorted(own.written))):
            found = self.of_ids(self._keys.get(wanted, ()))
            if found:
                return _by_number(found, "key")
        return None

    def numbered(self, number: str) -> Match | None:
        """The record of this number; None where no record has it, or it is blank."""
        found = self.of_ids(self._numbers.get(number.casefold(), ())) if number else []
        return _by_number(found, "number") if found else None

    def named(self, name: str) -> list[Candidate]:
        """Those of exactly this name that are not archived."""
        found = self.of_ids(self._names.get(exact_name(name), ())) if name else []
        return [one for one in found if not one.archived]

    def near(self, name: str) -> list[Candidate]:
        """Those of nearly this name that are not archived."""
        nearby = self._nearby() if name else {}
        near = near_names(name) if name else ()
        found = self.of_ids({i for n in near for i in nearby.get(n, ())})
        return [one for one in found if not one.archived]

    def match(self, own: Candidate, *, by_name: bool = True) -> Match:
        """What this record of the other side is here, by the usual rules."""
        found = self.keyed(own) or self.numbered(own.number)
        if found is not None:
            return found
        if not (by_name and own.name):
            return Match("none")
        same = self.named(own.name)
        if same:
            return of_same_name(same)
        free = tuple(c.id for c in self.near(own.name) if not c.linked)
        return Match("near_name", free) if free else Match("none")


def of_same_name(same: Iterable[Candidate]) -> Match:
    """What records of one name are: those that are free, or taken all of them."""
    found = list(same)
    free = tuple(c.id for c in found if not c.linked)
    return Match("same_name", free) if free else Match("taken_name", tuple(c.id for c in found))


def _by_number(found: list[Candidate], how: Literal["key", "number"]) -> Match:
    active = [c for c in found if not c.archived]
    if not active:
        return Match("archived", tuple(c.id for c in found))
    free = [c for c in active if not c.linked]
    if not free:
        return Match("taken", tuple(c.id for c in active))
    if len(active) > 1:
        return Match("shared", tuple(c.id for c in active))
    return Match(how, (free[0].id,))
