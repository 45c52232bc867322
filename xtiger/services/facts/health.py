"""How the installation is: whether its database answers, and whether anything does what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from xtiger.errors import StoreUnavailable
from xtiger.model import setting_keys
from xtiger.model.starting.service import looked_lately

if TYPE_CHECKING:
    from xtiger.ports import Clock, Store


@dataclass(frozen=True, slots=True)
class InstallationHealth:
    """How an installation is, without anything of its tenants."""

    #: Whether the database of the library answers.
    has_store: bool
    #: When a worker or a timer last looked at what is due; None before the first time.
    ticked_at: datetime | None = None
    #: Whether one looked within the last quarter of an hour.
    is_run: bool = False
    #: How many organisations are connected, and how many connections have ended.
    connected: int = 0
    ended: int = 0

    @property
    def is_well(self) -> bool:
        """Whether the database answers, and somebody does what is due where anything can be."""
        return self.has_store and (self.is_run or not self.connected)


def installation_health(store: Store, clock: Clock) -> InstallationHealth:
    """How the installation is now; two statements, and nothing is asked of Xero or the CRM."""
    try:
        kept = store.setting(setting_keys.TICKED_AT)
        states = [one.state for one in store.all_connections()]
    except StoreUnavailable:
        return InstallationHealth(has_store=False)
    ticked = kept if isinstance(kept, datetime) else None
    connected = states.count("active")
    return InstallationHealth(
        has_store=True,
        ticked_at=ticked,
        is_run=looked_lately(ticked, clock.now()),
        connected=connected,
        ended=len(states) - connected,
    )
