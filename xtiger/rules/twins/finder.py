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
#: Longer names are put into blocks by their beginning: what is cut differs no more.
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

    Records that are `linked` belong together without asking; of those that are `different` nobody
    asks again.
    """
    settled = {*linked, *different}
    open_ = [p for p in pairs if frozenset({p.one.look.key, p.other.look.key}) not in settled]
    heads: dict[LookKey, LookKey] = {}

    def head(key: LookKey) -> LookKey:
        while heads.setdefault(key, key) != key:
            key = heads[key]
        return key

    for pair in open_:
        heads[head(pair.other.look.key)] = head(pair.one.look.key)
    for both in linked:
        one, other = sorted(both)
        if one in heads and other in heads:
            heads[head(other)] = head(one)
    found: dict[LookKey, list[Likeness]] = {}
    for pair in open_:
        found.setdefault(head(pair.one.look.key), []).append(pair)
    return [_group(own) for own in found.values()]


def _group(pairs: Sequence[Likeness]) -> Group:
    looks = {one.look.key: one.look for pair in pairs for one in (pair.one, pair.other)}
    return Group(tuple(looks[key] for key in sorted(looks)), tuple(pairs))
