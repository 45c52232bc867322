"""The apps that are registered: their ids, secrets, tiers and limits."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from xtiger.sandbox.faults.limits import Limits
from xtiger.sandbox.state import NOBODY, State

Tier = Literal["starter", "core", "plus", "advanced", "enterprise"]

#: Tier → connections at once (None: no limit), and calls per day and organisation.
TIERS: Mapping[str, tuple[int | None, int]] = {
    "starter": (5, 1000),
    "core": (50, 5000),
    "plus": (1000, 5000),
    "advanced": (10_000, 5000),
    "enterprise": (None, 5000),
}
#: How many apps that are not certified an organisation may connect.
UNCERTIFIED_PER_ORGANISATION = 2


@dataclass(frozen=True, slots=True)
class App:
    """One app as Xero's developer portal would show it."""

    client_id: str
    client_secret: str = field(repr=False)
    name: str
    tier: Tier = "starter"
    #: Certified apps do not count towards the two that an organisation may connect.
    certified: bool = False
    #: Made before March 2026: may ask for accounting.transactions and accounting.reports.read.
    broad_scopes: bool = False

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            raise ValueError(f"Unknown tier {self.tier!r}; use one of: {', '.join(TIERS)}.")

    @property
    def connections(self) -> int | None:
        """How many organisations may be connected at once; None: no limit."""
        return TIERS[self.tier][0]


@dataclass(slots=True)
class Apps:
    """The registered apps, kept in the state."""

    state: State
    #: Limits of every app; None: those of the app's tier.
    limits: Limits | None = None

    def add(self, app: App) -> App:
        """Register an app."""
        row = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "name": app.name,
            "tier": app.tier,
            "certified": app.certified,
            "broad_scopes": app.broad_scopes,
        }
        self.state.put(NOBODY, "App", app.client_id, row)
        return app

    def all(self) -> list[App]:
        """Return the registered apps, oldest first."""
        return [App(**row) for row in self.state.all(NOBODY, "App")]

    def get(self, client_id: str) -> App | None:
        """Return an app by its client id."""
        row = self.state.get(NOBODY, "App", client_id)
        return App(**row) if row else None

    def known(self, client_id: str, secret: str | None) -> App | None:
        """Return the app if its secret is right; None as secret leaves that to PKCE."""
        app = self.get(client_id)
        if app is None or secret is None:
            return app
        # Compared as bytes: a form may carry signs outside ASCII.
        same = hmac.compare_digest(secret.encode(), app.client_secret.encode())
        return app if same else None

    def limits_of(self, client_id: str) -> Limits:
        """Return how many calls an app may make."""
        app = self.get(client_id)
        if self.limits is not None or app is None:
            return self.limits or Limits()
        return replace(Limits(), day=TIERS[app.tier][1])
