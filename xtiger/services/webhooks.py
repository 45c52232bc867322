"""The service for webhooks: what Xero tells is stored at once; the next tick reads and judges."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from xtiger.engine.cycle.webhook_sync import MOST_BY_ID, NamedRecords, seen_since
from xtiger.errors import (
    RetryLater,
    RunBusy,
    RunStopped,
    SettingInvalid,
    StoreUnavailable,
    XTigerError,
    log_line,
)
from xtiger.i18n.process_log import process_log
from xtiger.model.connections import Connection
from xtiger.model.records import XeroRef
from xtiger.model.secret import Secret
from xtiger.model.setting_keys import crm_cursor, webhook_sequence, xero_cursor
from xtiger.model.webhook_events import EventResult, WebhookEvent
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.rules.kinds import WEBHOOK_KINDS
from xtiger.services.webhook_keys import WEBHOOK_KEY, WebhookKeys, WebhookKeyState

if TYPE_CHECKING:
    from xtiger.i18n.language import Language
    from xtiger.services.parts import Parts
    from xtiger.xero.webhooks import Envelope, Event

#: Events of one connection that one tick looks at.
AT_ONCE = 2_000
#: Pauses after a read that failed: doubled with each, from the first to the last.
FIRST_PAUSE, LAST_PAUSE = timedelta(seconds=10), timedelta(minutes=15)
#: How long an event waits that no tick can use yet: a sync must come first.
UNREADY_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class WebhookState:
    """How the webhooks of one connection are, for people."""

    connection_id: str
    #: Whether a signing key is set.
    is_set: bool
    #: Events that wait for their read.
    waiting: int = 0
    #: None when none ever came.
    last_received_at: datetime | None = None


class Webhooks:
    """Receives what Xero posts, and carries out what was received."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store
        self._clock, self._runs = parts.clock, parts.runs
        self._keys = WebhookKeys(parts.settings, parts.store, parts.cipher, parts.clock)

    # --- receiving ---

    def receive(self, body: bytes, signature: str | None) -> int:
        """Store what a POST of Xero says; returns the HTTP status and raises nothing.

        200 taken; 401 not signed with a key that is set; 413 too large; 400 signed, but not
        Xero's JSON; 503 the store cannot take it now, so that Xero sends it again.
        """
        # Schemas are slow to load.
        from xtiger.xero.webhooks import LARGEST_BYTES, parse, signing_key

        if len(body) > LARGEST_BYTES:
            return 413
        try:
            key = signing_key(self._keys.keys(), body, signature)
            if key is None:
                return 401
            envelope = parse(body)
            if envelope is None:
                return 400
            self._keep(key, body, envelope)
        except StoreUnavailable as error:
            process_log("xtiger").warning("a webhook was put off: %s", log_line(error))
            return 503
        return 200

    def _keep(self, key: Secret, body: bytes, envelope: Envelope) -> None:
        """One short transaction; an intent to receive needs none."""
        from xtiger.xero.webhooks import fingerprint, next_sequence

        if not (envelope.events or envelope.unreadable or envelope.last_sequence):
            return
        active = [one for one in self._store.all_connections() if one.state == "active"]
        known = {connection.organisation_id.lower(): connection for connection in active}
        now, own = self._clock.now(), fingerprint(key)

        def counted(old: Any) -> tuple[Any, bool]:
            before = old if isinstance(old, int) else 0
            return next_sequence(before, envelope)

        with self._store.transaction():
            # Its lock lets one delivery at a time pass.
            missing = self._store.update_state(webhook_sequence(own), counted)
            rows = [
                _row(event, known[event.organisation_id], now)
                for event in envelope.events
                # Of others nothing is kept: the first sync of a connection reads everything.
                if event.organisation_id in known
            ]
            if missing:
                rows += _unknown(active, f"before {own} {envelope.first_sequence}", now)
            if envelope.unreadable:
                rows += _unknown(active, f"in {hashlib.sha256(body).hexdigest()[:16]}", now)
            self._store.take_events(rows)

    # --- carrying out ---

    def carry_out(self, connection: Connection, signal: StopSignal = NO_STOP) -> None:
        """Read and judge what webhooks named and is due; what fails is put off, never dropped."""
        events = self._store.waiting_events(connection.id, self._clock.now(), AT_ONCE)
        if not events:
            return
        events = self._usable(connection, events)
        events = self._unseen(connection, events)
        if not events:
            return
        try:
            absent = self._runs.sync_named(connection, _named(events), signal)
        except (RunBusy, RunStopped):
            return  # a run is under way, or all work ends: the next tick goes on
        except XTigerError as error:
            self._put_off(events, error)
            return
        missing = [one for one in events if XeroRef(one.kind, one.xero_id) in absent]
        self._settle((one for one in events if one not in missing), "judged")
        # Xero's copies differ for moments: asked again, and done with the next sync at last.
        self._put_off(missing)

    def _usable(self, connection: Connection, events: Sequence[WebhookEvent]) -> list[WebhookEvent]:
        """Those whose kind is synced and was read whole before; the others wait or are done."""
        modules = self._runs.webhook_modules(connection)
        if any(one.kind in modules.kinds for one in self._store.unfinished_batches(connection.id)):
            # A killed run may have made in Xero what it could not link: a sync finds out first.
            self._put_off(events, pause=UNREADY_PAUSE)
            return []
        store, usable = self._store, list[WebhookEvent]()
        for kind in WEBHOOK_KINDS:
            mine = [one for one in events if one.kind == kind]
            about = modules.about(kind)
            cursors = [xero_cursor(kind), *map(crm_cursor, modules.in_crm(about))]
            if not about:
                self._settle(mine, "not_needed")
            elif all(store.cursor(connection.id, name) for name in cursors):
                usable += mine
            else:
                self._put_off(mine, pause=UNREADY_PAUSE)
        return usable

    def _unseen(self, connection: Connection, events: Sequence[WebhookEvent]) -> list[WebhookEvent]:
        """Those that the last seen copies do not hold yet; the others cost no call."""
        known: set[int] = set()
        for kind in WEBHOOK_KINDS:
            mine = [one for one in events if one.kind == kind and one.xero_id]
            if not mine:
                continue
            ids = sorted({one.xero_id for one in mine})
            shadows = self._store.shadows(connection.id, "xero", kind, ids)
            dirty = {key.id for key in self._store.dirty(connection.id, "xero", kind)}
            known |= {
                one.number
                for one in mine
                if one.xero_id not in dirty
                and seen_since(shadows.get(one.xero_id), one.happened_at)
            }
        self._settle((one for one in events if one.number in known), "known")
        return [one for one in events if one.number not in known]

    def _settle(self, events: Iterable[WebhookEvent], result: EventResult) -> None:
        numbers = [one.number for one in events]
        if numbers:
            self._store.settle_events(numbers, result, self._clock.now())

    def _put_off(
        self,
        events: Sequence[WebhookEvent],
        error: XTigerError | None = None,
        pause: timedelta | None = None,
    ) -> None:
        """Look at them again later: as long as an error asks for, or longer with each try."""
        by_pause: dict[timedelta, list[int]] = {}
        asked = error.retry_after_seconds if isinstance(error, RetryLater) else 0.0
        for one in events:
            wait = pause or max(pause_after(one.tries), timedelta(seconds=asked))
            by_pause.setdefault(wait, []).append(one.number)
        for wait, numbers in by_pause.items():
            self._store.postpone_events(numbers, self._clock.now() + wait)

    # --- for people ---

    def key(self) -> WebhookKeyState:
        """The signing keys, as far as they may be shown."""
        return self._keys.state()

    def save_key(self, key: Secret, by: str) -> None:
        """Keep the signing key of Xero's webhooks, encrypted; several have commas between.

        It is one for all tenants. Raises SettingInvalid for what is no key, where the settings
        name one, and where the CRM has several tenants.
        """
        if len(self._parts.host.tenants()) > 1:
            raise SettingInvalid(
                WEBHOOK_KEY,
                "is one for all customers of this CRM",
                "Who runs the CRM sets it in the settings of the installation.",
            )
        self._keys.save(key, by)

    def states(self) -> list[WebhookState]:
        """How the webhooks of each of the tenant's connections are, oldest connection first."""
        found, connections = [], self._parts.connections()
        counts = self._store.webhook_counts([one.id for one in connections])
        is_set = bool(self._keys.keys())
        for connection in connections:
            one = counts.get(connection.id)
            found.append(
                WebhookState(
                    connection.id,
                    is_set,
                    one.waiting if one else 0,
                    one.last_received_at if one else None,
                )
            )
        return found


def spoken(state: WebhookState, words: Language, now: datetime) -> str:
    """One connection's webhooks in a few words, for a table."""
    if not state.is_set:
        return words.translate("not set up")
    if state.last_received_at is None:
        return words.translate("none came yet")
    found = words.ago(state.last_received_at, now)
    if state.waiting:
        found += ", " + words.counted("{count} waits", "{count} wait", state.waiting)
    return found


def pause_after(tries: int) -> timedelta:
    """How long an event waits after so many failed reads."""
    return min(LAST_PAUSE, FIRST_PAUSE * (1 << min(tries, 10)))


def _row(event: Event, connection: Connection, now: datetime) -> WebhookEvent:
    return WebhookEvent(
        key=event.key,
        connection_id=connection.id,
        organisation_id=event.organisation_id,
        kind=event.kind or event.category,
        xero_id=event.xero_id,
        event_type=event.event_type,
        happened_at=event.happened_at,
        received_at=now,
        due_at=now,
        done_at=None if event.kind else now,
        result="" if event.kind else "not_needed",
    )


def _unknown(connections: Iterable[Connection], what: str, now: datetime) -> list[WebhookEvent]:
    """Rows that stand for events nobody saw: anything of each kind may have changed."""
    return [
        WebhookEvent(
            key=f"{connection.id} {kind} {what}",
            connection_id=connection.id,
            organisation_id=connection.organisation_id,
            kind=kind,
            xero_id="",
            event_type="UNKNOWN",
            happened_at=None,
            received_at=now,
            due_at=now,
        )
        for connection in connections
        for kind in WEBHOOK_KINDS
    ]


def _named(events: Sequence[WebhookEvent]) -> NamedRecords:
    ids: dict[str, dict[str, None]] = {}
    feeds = set()
    for event in events:
        if event.xero_id:
            ids.setdefault(event.kind, {})[event.xero_id] = None
        else:
            feeds.add(event.kind)
    feeds |= {kind for kind, found in ids.items() if len(found) > MOST_BY_ID}
    return NamedRecords({kind: tuple(found) for kind, found in ids.items()}, frozenset(feeds))
