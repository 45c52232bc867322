"""Connections as data: who is connected, with which tokens, and how it is with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from xtiger.model.links import _hidden
from xtiger.model.secret import Secret, hide
from xtiger.model.values import Plain, from_json, to_json

#: The reason of a connection that was ended by hand in the CRM.
DISCONNECTED = "it was disconnected"
#: And of one that Xero ended: there, unused for too long, or for another reason of its own.
ENDED_IN_XERO = "it was disconnected in Xero"
UNUSED = "it was not used for 60 days"
REFUSED_TOKEN = "Xero refused its refresh token"  # noqa: S105 (a sentence)


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
            self,
            access: str | Secret,
            refresh: str | Secret | None,
            expires_at: datetime,
            refreshed_at: datetime,
            scope: tuple[str, ...] = (),
            previous_refresh: str | Secret | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        """Hide the tokens, which may be given as plain texts."""
        hide(self, "access", "refresh", "previous_refresh")

    def plain(self) -> dict[str, Plain]:
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
    organisation: Mapping[str, Plain] = field(default_factory=dict)
    created_at: datetime | None = None

    def ended(self, reason: str) -> Connection:
        """The same connection, ended."""
        return replace(self, state="ended", reason=reason)
