"""The finder: compares only records that share something, and puts those alike into groups.

Comparing each with each grows with the square of their number. Here each record stands in a few
blocks, of those that share a number, an address, a word or nearly a name with it, and within a
large block it is compared with its nearest neighbours only: comparisons grow with the number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from xtiger.rules.twins.evidence import Common, Likeness, Nature, likeness
from xtiger.rules.twins.look import Look, LookKey, Plainly, all_plainly
from xtiger.rules.twins.spelling import with_one_less

#: Within a block each is compared with so many of those that stand next to it.
NEIGHBOURS = 12
#: Digits at the end of a telephone number that stand for the whole in a block.
_PHONE_END = 7
#: Longer names are put into blocks by their beginning: what is cut is not compared.
_LONGEST = 40
#: Two records that are, or are not, one: whichever comes first.
Both = frozenset[LookKey]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and how many pairs were compared for it."""

    #: The most alike first.
    pairs: tuple[Likeness, ...]
    comparisons: int


@dataclass(frozen=True, slots=True)
class Group:
    """Records that look alike, directly or through another, and of which something is to decide."""

    #: CRM records first, each side by id.
    members: tuple[Look, ...]
    #: What is still open, the most alike first.
    pairs: tuple[Likeness, ...]

    @property
    def is_exact(self) -> bool:
        """Whether one CRM record and one of Xero are the same beyond doubt."""
        sides = sorted(one.side for one in self.members)
        return sides == ["crm", "xero"] and all(pair.is_exact for pair in self.pairs)


def find(looks: Iterable[Look], nature: Nature = "firm") -> Finding:
    """All pairs of these that look alike enough to ask a person."""
    records = all_plainly(looks)
    common = Common.of(records, nature)
    blocks: dict[tuple[str, str], list[int]] = {}
    for at, one in enumerate(records):
        for block in set(_blocks(one, common)):
            blocks.setdefault(block, []).append(at)
    seen: set[tuple[int, int]] = set()
    for members in blocks.values():
        seen.update(_neighbours(records, members))
    compared = (likeness(records[a], records[b], common) for a, b in sorted(seen))
    pairs = sorted(
        (one for one in compared if one.is_enough),
        key=lambda one: (-one.score, one.one.look.key, one.other.look.key),
    )
    return Finding(tuple(pairs), len(seen))


def _blocks(one: Plainly, common: Common) -> Iterator[tuple[str, str]]:
    """Where a record stands: what each block is by, and its text."""
    yield from (("near", near) for near in one.near)
    yield from (("email", email) for email in one.emails)
    yield from (("domain", domain) for domain in one.domains)
    yield from (("phone", phone[-_PHONE_END:]) for phone in one.phones)
    yield from (("word", word) for word in one.words if word in common.rare)
    if one.number:
        yield "number", one.number
    if one.tax:
        yield "tax", one.tax
    if one.words:
        yield "words", " ".join(sorted(one.words))
        longest = max(one.words, key=len)
        yield from (("name", less) for less in with_one_less(one.joined[:_LONGEST]))
        if common.nature != "item" and longest != one.joined:
            yield from (("longest", less) for less in with_one_less(longest))


def _neighbours(records: Sequence[Plainly], members: list[int]) -> Iterator[tuple[int, int]]:
    """The pairs of a block that are compared."""
    if len(members) > NEIGHBOURS + 1:
        members = sorted(members, key=lambda at: (records[at].joined, at))
    for place, mine in enumerate(members):
        for theirs in members[place + 1 : place + 1 + NEIGHBOURS]:
            yield min(mine, theirs), max(mine, theirs)


def groups(
    pairs: Iterable[Likeness], linked: Collection[Both] = (), different: Collection[Both] = ()
) -> list[Group]:
    """The pairs put together, the most alike first.

    Records that are `linked` are one, whichever of them is asked about; of those that are
    `different` nobody asks again.
    """
    one_of = _heads(linked)
    apart = {frozenset(_head(one_of, key) for key in both) for both in different}
    open_ = [pair for pair in pairs if _is_open(pair, one_of, apart)]
    together = _heads(frozenset({_head(one_of, key) for key in _keys(pair)}) for pair in open_)
    found: dict[LookKey, list[Likeness]] = {}
    for pair in open_:
        found.setdefault(_head(together, _head(one_of, pair.one.look.key)), []).append(pair)
    return [_group(own) for own in found.values()]


#: Record → another one of the same group; the head of a group leads to itself.
_Heads = dict[LookKey, LookKey]


def _heads(groups_of: Iterable[Both]) -> _Heads:
    """Put together what shares a record, directly or through others."""
    heads: _Heads = {}
    for both in groups_of:
        first, *others = sorted(both)
        for other in others:
            heads[_head(heads, other)] = _head(heads, first)
    return heads


def _head(heads: _Heads, key: LookKey) -> LookKey:
    while heads.get(key, key) != key:
        key = heads[key]
    return key


def _keys(pair: Likeness) -> tuple[LookKey, LookKey]:
    return pair.one.look.key, pair.other.look.key


def _is_open(pair: Likeness, one_of: _Heads, apart: Collection[Both]) -> bool:
    both = frozenset(_head(one_of, key) for key in _keys(pair))
    return len(both) > 1 and both not in apart


def _group(pairs: Sequence[Likeness]) -> Group:
    looks = {one.look.key: one.look for pair in pairs for one in (pair.one, pair.other)}
    return Group(tuple(looks[key] for key in sorted(looks)), tuple(pairs))
