"""One door to Xero per connection, open while it is used."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from xtiger.errors import SettingInvalid, XTigerError, log_line
from xtiger.i18n.process_log import process_log
from xtiger.model.connections import Connection
from xtiger.model.setting_keys import start_answers
from xtiger.model.start_answers import StartAnswers
from xtiger.ports.store import CallStore, ConnectionStore, LeaseStore, RunStore, SettingStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from xtiger.ports import Clock, Xero
    from xtiger.ports.xero import Priority
    from xtiger.settings import Settings
    from xtiger.xero.tokens import TokenKeeper
    from xtiger.xero.transport import Http


#: Unused for so long, a permission is renewed: half of the 60 days that Xero keeps it.
IDLE = timedelta(days=30)


#: Between two looks for such permissions.
LOOK_EVERY = timedelta(hours=1)


class DoorStore(ConnectionStore, LeaseStore, RunStore, CallStore, SettingStore, Protocol):
    """What of the store all doors need: also whether a connection may write."""


class XeroDoors:
    """Opens connected organisations; one HTTP door for all connections of this process."""

    def __init__(self, settings: Callable[[], Settings], store: DoorStore, clock: Clock) -> None:
        """`settings` is asked each time: the app at Xero may be typed in later."""
        self._settings, self._store, self._clock = settings, store, clock
        self._http: Http | None = None
        self._looked_at: datetime | None = None

    def keep_alive(self) -> None:
        """Renew permissions that nobody used for 30 of their 60 days; looks once an hour.

        One that cannot be renewed now is tried again; from day 50 on people are warned.
        """
        now = self._clock.now()
        if self._looked_at is not None and now < self._looked_at + LOOK_EVERY:
            return
        self._looked_at = now
        for connection in self._store.all_connections():
            tokens = self._store.tokens(connection.id) if connection.state == "active" else None
            if tokens is None or tokens.refresh is None or now < tokens.refreshed_at + IDLE:
                continue
            # Its access token has ended long ago, so that asking for one renews the permission.
            try:
                self._keeper().access(connection.id)
            except XTigerError as error:
                process_log("xtiger").warning(
                    "A permission could not be renewed; tried again: %s", log_line(error)
                )

    def _keeper(self) -> TokenKeeper:
        # requests stays unloaded until Xero is really called.
        from xtiger.xero.tokens import TokenKeeper
        from xtiger.xero.transport import Http

        self._http = self._http or Http()
        return TokenKeeper(self._store, self._settings(), self._clock, self._http)

    def open(
        self,
        connection: Connection,
        run_id: str | None = None,
        before_write: Callable[[], None] | None = None,
        until: datetime | None = None,
        priority: Priority | None = None,
    ) -> Xero:
        """The door to one organisation; `run_id` goes into the call log.

        `before_write` is called just before each write leaves; what it raises keeps it here.
        `until`: no wait for a limit, a pause, a token or an answer lasts longer. `priority`: how
        much of the day's calls is left to others; None: as the run demands.
        """
        # requests stays unloaded until Xero is really called.
        from xtiger.xero.organisations import XeroOrganisation
        from xtiger.xero.transport import Http

        self._http = self._http or Http()
        return XeroOrganisation(
            connection,
            self._settings(),
            self._store,
            self._clock,
            run_id,
            http=self._http,
            before_write=lambda: self._before_write(connection, before_write),
            until=until,
            priority=priority,
        )

    def _before_write(self, connection: Connection, then: Callable[[], None] | None) -> None:
        """Ask before each write: who lets it only read amid a run means that run, too."""
        self.require_active(connection)
        if then is not None:
            then()

    def require_active(self, connection: Connection) -> None:
        """Raise SettingInvalid for a connection that only reads: nothing is sent to Xero."""
        kept = self._store.setting(start_answers(connection.id))
        if StartAnswers.of(kept).mode != "active":
            raise SettingInvalid(
                connection.name,
                "is only read: nothing is sent to Xero",
                "Let it send: xtiger start --mode active",
            )

    def close(self) -> None:
        """Close what was opened."""
        if self._http is not None:
            self._http.close()
