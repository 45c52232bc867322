"""Connections and links as data: who is connected, what belongs to what, last agreed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from xtiger.model.secret import Secret
from xtiger.model.values import Plain, same
from xtiger.model.verbs import ResultName

Side = Literal["crm", "xero"]
#: primary: both belong together and are merged. alias: one more CRM record of a Xero record;
#: xero_alias: one more Xero record of a CRM record. Aliases resolve parents and never merge.
LinkRole = Literal["primary", "alias", "xero_alias"]
#: orphan: gone on one side; removed: gone on both; remaking: deleted in Xero to be made anew.
LinkState = Literal["live", "orphan", "removed", "remaking"]
XeroKind = str  # Contact, Item, Invoice, Payment, BankTransaction, CreditNote, Account, TaxRate


def _hidden(found: Mapping[str, Plain]) -> dict[str, Plain]:
    texts = {name: Secret(value) for name, value in found.items() if isinstance(value, str)}
    return {**found, **texts, "scope": tuple(found["scope"])}


@dataclass(frozen=True, slots=True)
class Pair:
    """What both sides last agreed on for one field, each half as its own side answered it."""

    crm: Plain
    xero: Plain
    #: Keys of differences between both halves that a person is asked about: Xero stored it
    #: otherwise than sent. They stand until a side changes or the person decides.
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """(connection, kind, xero_id) ↔ (module, crm_id) with a role."""

    connection_id: str
    kind: XeroKind
    xero_id: str
    module: str
    crm_id: str
    role: LinkRole = "primary"
    state: LinkState = "live"
    #: Set by the store.
    id: int | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """The archive of one link: per mapping row the pair last agreed on."""

    link_id: int
    #: Row key → pair.
    pairs: Mapping[str, Pair]
    mapping_version: int = 0
    #: Host line id → LineItemID of the lines last agreed on.
    lines: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Which side a person keeps of one field in conflict, or of a whole record."""

    connection_id: str
    module: str
    crm_id: str
    #: Row key, "lines" or the key of one line's field; "" is the whole record.
    field: str
    keep: Side
    #: What both sides had when it was decided; where they differ since, it no longer counts.
    seen: tuple[Plain, Plain]
    decided_at: datetime

    def fits(self, now: Sequence[Plain]) -> bool:
        """Whether both sides are still as they were when a person decided."""
        return same(list(self.seen), list(now))


@dataclass(frozen=True, slots=True)
class Refusal:
    """What Xero refused of one record: it is not sent again while nothing of it has changed."""

    connection_id: str
    module: str
    crm_id: str
    #: Of what was sent and of all that Xero's answer depends on.
    digest: str
    #: The outcome that stands meanwhile: its result, and code and data of its cause.
    result: ResultName
    code: str
    data: Mapping[str, Plain]
    at: datetime
    #: Code and data of each cause beside it.
    also: Sequence[Mapping[str, Plain]] = ()


@dataclass(frozen=True, slots=True)
class Shadow:
    """The last seen copy of one record of one side."""

    side: Side
    #: Xero kind or CRM module.
    type: str
    id: str
    payload: Mapping[str, Plain]
    seen_at: datetime
    #: A later whole read did not have it any more, or the CRM says that it was deleted.
    gone: bool = False


@dataclass(frozen=True, slots=True)
class DirtyKey:
    """A change waiting in the store: this key may differ."""

    side: Side
    #: Xero kind or CRM module.
    type: str
    id: str
    #: Raised by each new mark; consumed only at the generation read.
    generation: int
    reason: str = ""
    #: When it was first marked since it was clean; the oldest goes first.
    marked_at: datetime | None = None
    #: When it was marked last.
    touched_at: datetime | None = None
