"""Records that look alike, as people are asked about them, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from xtiger.model.links import Side
from xtiger.model.values import Plain, digest

#: Why two records look alike; the last ones speak against.
Reason = Literal[
    "same_tax_number",
    "same_number",
    "same_name",
    "near_name",
    "word_order",
    "spelled_alike",
    "same_email",
    "same_phone",
    "same_domain",
    "shared_word",
    "same_place",
    "other_tax_number",
    "other_number",
]
#: What a person answers: both are one and are linked; one stands for what is linked already; they
#: are one and are merged in Xero by hand; they are not one.
TwinAnswer = Literal["link", "alias", "merge", "different"]


@dataclass(frozen=True, slots=True)
class TwinRecord:
    """One record of either side that looks like another."""

    side: Side
    id: str
    name: str
    #: The record of the other side that it is linked to; "" for none.
    linked_to: str = ""
    #: Where it opens in a browser; None where it has no page.
    url: str | None = None


@dataclass(frozen=True, slots=True)
class TwinGroup:
    """Records of one module that look alike, and how a person may answer."""

    module: str
    #: CRM records first.
    records: tuple[TwinRecord, ...]
    #: Why they look alike, the strongest first; what speaks against last.
    reasons: tuple[Reason, ...]
    #: Whether one CRM record and one of Xero are the same beyond doubt.
    is_exact: bool
    #: The answers that can be given.
    answers: tuple[TwinAnswer, ...]
    #: (CRM id, Xero id) that "link" or "alias" is about; None where neither can be given.
    about: tuple[str, str] | None = None

    @property
    def key(self) -> str:
        """What names the group; another one as soon as a record, a link or a reason differs."""
        found = [[one.side, one.id, one.linked_to] for one in self.records]
        return digest([self.module, found, list(self.reasons)])[:12]


@dataclass(frozen=True, slots=True)
class AnsweredTwins:
    """What somebody answered about two records."""

    module: str
    answer: TwinAnswer
    #: (side, id) of both.
    records: tuple[tuple[Side, str], tuple[Side, str]]
    by: str = ""
    at: datetime | None = None

    def stored(self) -> dict[str, Plain]:
        """As the store keeps it."""
        pair = [list(one) for one in self.records]
        return {"answer": self.answer, "records": pair, "by": self.by, "at": self.at}

    @classmethod
    def of(cls, module: str, value: Plain) -> AnsweredTwins:
        """What the store kept; raises KeyError for anything else."""
        kept: Mapping[str, Plain] = value if isinstance(value, Mapping) else {}
        both = kept["records"]
        assert isinstance(both, Sequence)  # as stored() wrote it
        one, other = ((_side(each[0]), str(each[1])) for each in both)
        at = kept["at"]
        answer = next(known for known in _ANSWERS if known == kept["answer"])
        moment = at if isinstance(at, datetime) else None
        return cls(module, answer, (one, other), str(kept["by"]), moment)

    @property
    def both(self) -> frozenset[tuple[Side, str]]:
        """Both, whichever comes first."""
        return frozenset(self.records)


_ANSWERS: tuple[TwinAnswer, ...] = ("link", "alias", "merge", "different")


def _side(text: object) -> Side:
    return "crm" if text == "crm" else "xero"
