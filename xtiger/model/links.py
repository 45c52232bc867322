"""Connections and links as data: who is connected, what belongs to what, last agreed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from xtiger.model.secret import Secret, hide
from xtiger.model.values import Plain, from_json, to_json

#: The reason of a connection that was ended by hand in the CRM.
DISCONNECTED = "it was disconnected"

Side = Literal["crm", "xero"]
#: primary: both belong together and are merged. alias: one more CRM record of a Xero record;
#: xero_alias: one more Xero record of a CRM record. Aliases resolve parents and never merge.
LinkRole = Literal["primary", "alias", "xero_alias"]
#: orphan: gone on one side; removed: gone on both; remaking: deleted in Xero to be made anew.
LinkState = Literal["live", "orphan", "removed", "remaking"]
XeroKind = str  # Contact, Item, Invoice, Payment, BankTransaction, CreditNote, Account, TaxRate


@dataclass(frozen=True, slots=True)
class Tokens:
    """One pair of OAuth tokens; kept encrypted at rest."""

    access: Secret
    refresh: Secret | None  # None for a custom connection
    expires_at: datetime
    #: When the refresh token was issued: it lives 60 days.
    refreshed_at: datetime
    scope: tuple[str, ...] = ()
    #: The pair before this one, usable for 30 minutes if this one was never received.
    previous_refresh: Secret | None = None

    if TYPE_CHECKING:

        def __init__(
            self, access: str | Secret, refresh: str | Secret | None, expires_at: datetime,
            refreshed_at: datetime, scope: tuple[str, ...] = (),
            previous_refresh: str | Secret | None = None,
        ) -> None: ...  # fmt: skip

    def __post_init__(self) -> None:
        """Hide the tokens, which may be given as plain texts."""
        hide(self, "access", "refresh", "previous_refresh")

    def plain(self) -> dict[str, Any]:
        """Their values as plain texts."""
        names = ("access", "refresh", "previous_refresh")
        tokens = {name: getattr(self, name) for name in names}
        return {
            **{name: token and token.reveal() for name, token in tokens.items()},
            "expires_at": self.expires_at,
            "refreshed_at": self.refreshed_at,
            "scope": self.scope,
        }

    def text(self) -> Secret:
        """What a store keeps encrypted; read() makes the same of it again."""
        return Secret(to_json({**self.plain(), "scope": list(self.scope)}))

    @classmethod
    def read(cls, kept: Secret) -> Tokens:
        """The tokens of such a text."""
        # Without a local: a trace would show it.
        return cls(**_hidden(from_json(kept.reveal())))


def _hidden(found: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: Secret(value) for name, value in found.items() if isinstance(value, str)}
    return {**found, **texts, "scope": tuple(found["scope"])}


@dataclass(frozen=True, slots=True)
class Connection:
    """One authorised Xero organisation."""

    id: str
    #: The customer of the host; "" where the host has only one.
    tenant: str
    #: The value of the header xero-tenant-id.
    organisation_id: str
    #: Xero's id of the connection, needed to disconnect.
    xero_connection_id: str
    name: str
    base_currency: str
    country: str = ""
    short_code: str = ""
    #: active, or ended with the reason.
    state: Literal["active", "ended"] = "active"
    reason: str = ""
    #: The Organisation answer as last read, with lock dates.
    organisation: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None

    def ended(self, reason: str) -> Connection:
        """The same connection, ended."""
        return replace(self, state="ended", reason=reason)


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
    #: What both sides had when it was decided; where they differ since, it counts no more.
    seen: tuple[Plain, Plain]
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """What Xero refused of one record: it is not sent again while nothing of it has changed."""

    connection_id: str
    module: str
    crm_id: str
    #: Of what was sent and of all that Xero's answer depends on.
    digest: str
    #: The outcome that stands meanwhile: its result, and code and data of its cause.
    result: str
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
    payload: Mapping[str, Any]
    seen_at: datetime


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


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event that Xero sent for a connection; it says which record, never what is in it."""

    #: Equal for repeats of one event.
    key: str
    connection_id: str
    organisation_id: str
    #: Kind that is read, or the category of an event that leads to no read.
    kind: str
    #: "" where nobody knows which of the kind.
    xero_id: str
    event_type: str
    happened_at: datetime | None
    received_at: datetime
    #: When it is looked at, and how often that failed.
    due_at: datetime
    tries: int = 0
    done_at: datetime | None = None
    #: judged: its record was read and judged; known: it was seen already; swept: a sync read its
    #: kind since; not_needed: nothing is synced of its kind; "" while it waits.
    result: str = ""
    #: Its place, counted by the store.
    number: int = 0


@dataclass(frozen=True, slots=True)
class WebhookCounts:
    """The events of one connection in short."""

    #: How many wait.
    waiting: int
    last_received_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """One account of Xero's chart, as the pick lists and rules need it."""

    account_id: str
    code: str
    name: str
    type: str
    account_class: str
    tax_type: str = ""
    status: str = "ACTIVE"
    system: str = ""
    payments: bool = False
    currency: str = ""
    description: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One tax rate of Xero; `rate` is the effective percentage."""

    tax_type: str
    name: str
    rate: Any  # Decimal
    status: str = "ACTIVE"
    #: Account classes it may be used with: ASSET EQUITY EXPENSE LIABILITY REVENUE.
    classes: frozenset[str] = frozenset()
    #: (name, percentage, compound) of each part.
    components: tuple[tuple[str, Any, bool], ...] = ()
