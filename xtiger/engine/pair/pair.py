"""One pairing: the CRM record and the Xero record that belong together, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xtiger.model.links import Base, Link, Side
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Record, XeroRecord
from xtiger.rules.gone import is_gone
from xtiger.rules.matching import Match

Key = tuple[str, str, str, int]


_UNMATCHED = Match("none")


@dataclass(slots=True)
class Pairing:
    """One record on both sides as far as known, before anything is decided."""

    keys: list[Key] = field(default_factory=list)
    crm_id: str | None = None
    xero_id: str | None = None
    record: Record | None = None
    #: The host proved that the record is gone (tombstone or delete event).
    crm_gone: bool = False
    xero: XeroRecord | None = None
    link: Link | None = None
    base: Base | None = None
    #: How an unlinked pair was found.
    match: Match = _UNMATCHED
    #: What made one side unreadable.
    cause: Cause | None = None
    #: The linked contact was merged into the one of `xero_id`; the link is to follow it.
    moved: bool = False
    #: The person of another organisation's list that this one was until now.
    left: str | None = None
    #: Another CRM's contact has the key that we would write.
    key_taken: bool = False
    #: What a person decided of a conflict: field key ("" stands for every field) → side to keep.
    decisions: Mapping[str, Side] = field(default_factory=dict)
    #: What becomes of it, where that is judged once it is read; both records are released then.
    item: Item | None = None
    #: Whether it is the same record as another pairing, which has its keys now.
    absorbed: bool = False

    @property
    def xero_gone(self) -> bool:
        """Whether Xero proved that the record is gone."""
        return self.xero is not None and is_gone(self.xero)
