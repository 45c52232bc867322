"""Sending at a person's word: at once, and what would have to wait goes on in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from xtiger.errors import (
    ConnectionEnded,
    MappingMissing,
    NeedsPerson,
    RecordMissing,
    RetryLater,
    StoreUnavailable,
    TenantMissing,
    TermsNotAccepted,
    TooManyChanges,
    UnknownModule,
    XTigerError,
)
from xtiger.model import setting_keys
from xtiger.model.connections import Connection
from xtiger.model.records import Ref
from xtiger.model.runs import Asked, Outcome, Sent
from xtiger.model.setting_keys import SettingKey
from xtiger.model.starting.service import looked_lately
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.services.syncing.queueing import enqueued

if TYPE_CHECKING:
    from xtiger.services.parts import Parts

#: A queue has this long to do what it took before the tick does it in its place.
QUEUE_GRACE = timedelta(minutes=10)
#: Codes of a record that its run did not come to.
STOPPED_BEFORE = ("stopped_before", "reconnect_needed")
#: What was asked for cannot be done at all, or cannot be kept. Every other stop is lifted by a
#: person without touching the record: what was asked for goes on afterwards.
_IN_VAIN = (UnknownModule, RecordMissing, TenantMissing, StoreUnavailable)
#: Codes of stops that each look sees through: it knows when they are lifted.
_LOOKED_AT = frozenset({TooManyChanges.code, TermsNotAccepted.code, MappingMissing.code})
#: Codes of the others that a decision, a connection or a mapping lifts.
_LIFTED = frozenset(
    {
        "needs_person",
        "start_unanswered",
        "plan_not_seen",
        "first_ten_not_seen",
        "other_crm",
        "scope_missing",
        "credentials_refused",
        "wrong_organisation",
        "mapping_invalid",
    }
)
#: How long a request waits after such a stop, before it is tried again.
LIFTED_AFTER = timedelta(minutes=10)
#: Runs that are looked through for the one that dealt with a record.
_RUNS = 20


class Sending:
    """Carries out what people ask for single records; what waits is kept in the store.

    A request is kept until a run that began after it has dealt with its record, so that it is
    neither lost nor carried out twice.
    """

    def __init__(self, parts: Parts) -> None:
        self.store, self.clock, self.dispatcher = parts.store, parts.clock, parts.hooks
        self.runs, self.context = parts.runs, parts.context_of

    def send(
        self,
        connection: Connection,
        module: str,
        ids: Sequence[str],
        until: datetime,
        by: str = "",
        *,
        anew: bool = False,
    ) -> Sent:
        """Sync these CRM records now; what cannot be done by `until` goes on in the background.

        `anew` reads both sides again by id, whatever they reported of changes. Raises NeedsPerson
        errors, as a sync does; what a person lifts elsewhere is kept first.
        """
        began = self.clock.now()
        signal = StopSignal(stopping=lambda: self.clock.now() >= until, until=until)
        try:
            outcomes = self.runs.sync_records(
                connection, module, ids, "person", signal, by, anew=anew
            )
        except RetryLater as stop:
            return self._later(connection, module, ids, began, stop, by, anew=anew)
        except _IN_VAIN:
            raise
        except NeedsPerson as stop:
            due = self.clock.now() + LIFTED_AFTER
            self.ask(connection, module, ids, due, stop.code, by, anew=anew)
            raise
        self._forget(connection, module, ids)
        return Sent(tuple(outcomes))

    def _later(
        self,
        connection: Connection,
        module: str,
        ids: Sequence[str],
        began: datetime,
        stop: RetryLater,
        by: str,
        *,
        anew: bool,
    ) -> Sent:
        """Keep what a stopped run has not done; returns what it did and when it goes on."""
        newest = self.store.newest_outcomes(connection.id, module, ids)
        done = {
            crm_id: one
            for crm_id, one in newest.items()
            if one.at is not None and one.at >= began and not _stopped(one)
        }
        left = [crm_id for crm_id in ids if crm_id not in done]
        seconds = max(1.0, stop.retry_after_seconds)
        due = self.clock.now() + timedelta(seconds=seconds)
        self.ask(connection, module, left, due, stop.code, by, anew=anew)
        self._forget(connection, module, list(done))
        return Sent(tuple(done.values()), tuple(self.asked(connection, module, left).values()))

    def ask(
        self,
        connection: Connection,
        module: str,
        ids: Sequence[str],
        due: datetime | None = None,
        why: str = "",
        by: str = "",
        *,
        anew: bool = False,
    ) -> None:
        """Keep a request for each of these records, and give them to a queue where there is one.

        A queue compares nothing anew: that waits for the next look at what is due.
        """
        now = self.clock.now()
        refs = [Ref(module, crm_id) for crm_id in ids]
        if not refs:
            return
        with self.store.transaction():
            self.store.mark(connection.id, "crm", module, ids, "person", now)
            context = self.context(connection.tenant).asked_by(by)
            queued = (
                why != ""
                and not anew
                and enqueued(self.dispatcher, context, connection, refs, "person")
            )
            for crm_id in ids:
                kept = {
                    "module": module,
                    "crm_id": crm_id,
                    "at": now,
                    "due": due or now,
                    "why": why,
                    "queued": queued,
                    "anew": anew,
                    "by": by,
                }
                self.store.save_setting(_key(connection, module, crm_id), kept)

    def asked(self, connection: Connection, module: str, ids: Sequence[str]) -> dict[str, Asked]:
        """CRM id → the request for it that still waits."""
        keys = {crm_id: _key(connection, module, crm_id) for crm_id in ids}
        kept = self.store.settings(list(keys.values()))
        read = {crm_id: _read(kept.get(key)) for crm_id, key in keys.items()}
        found = {crm_id: one for crm_id, one in read.items() if one is not None}
        if not found:
            return {}
        done, ticks = self._answered(connection, module, found), self.ticks()
        left = {crm_id: one for crm_id, one in found.items() if crm_id not in done}
        # What they wait for is the same for all of a module: it is looked at once.
        looked_at = {one.why: one for one in left.values() if one.why in _LOOKED_AT}
        lifted = {why for why, one in looked_at.items() if self._is_due(connection, one)}
        return {
            crm_id: replace(one, automatic=ticks, why="" if one.why in lifted else one.why)
            for crm_id, one in left.items()
        }

    def lifted(self, tenant: str) -> None:
        """Somebody put something right: requests that wait for that are tried by the next look."""
        now = self.clock.now()
        for connection in self.store.connections(tenant):
            for key, kept in self.store.settings_like(
                setting_keys.requests_to_send(connection.id)
            ).items():
                one = _read(kept)
                if one is not None and one.why in _LIFTED:
                    self.store.save_setting(key, {**kept, "due": now, "why": ""})

    def ticks(self) -> bool:
        """Whether a worker or a timer of the CRM looks at what is due."""
        at = self.store.setting(setting_keys.TICKED_AT)
        return looked_lately(at if isinstance(at, datetime) else None, self.clock.now())

    def carry_out(self, connection: Connection, signal: StopSignal = NO_STOP) -> None:
        """Sync what is due; raises nothing that waiting or a person cures: the run is booked."""
        due: dict[str, list[Asked]] = {}
        for key, kept in self.store.settings_like(
            setting_keys.requests_to_send(connection.id)
        ).items():
            one = _read(kept)
            if one is None or self._answered(connection, one.module, {one.crm_id: one}):
                self.store.forget_setting(key)
            elif self._is_due(connection, one):
                due.setdefault(one.module, []).append(one)
        order = [sync.name for sync in self.runs.dispatcher.sync_modules(connection.id)]
        for module in sorted(due, key=lambda name: order.index(name) if name in order else -1):
            if not self._sent(connection, module, due[module], signal):
                break

    def _is_due(self, connection: Connection, one: Asked) -> bool:
        if one.why == TooManyChanges.code:
            # Tried any earlier it would meet the same brake, and the log would fill with that.
            return not self.runs.releasing.waiting([connection.id])
        if one.why == TermsNotAccepted.code:
            return self.context(connection.tenant).terms_accepted()
        if one.why == MappingMissing.code:
            return self.store.mapping(connection.id, one.module) is not None
        return self.clock.now() >= one.due_at + (QUEUE_GRACE if one.queued else timedelta(0))

    def _sent(
        self, connection: Connection, module: str, requests: Sequence[Asked], signal: StopSignal
    ) -> bool:
        """Sync the records of these requests; returns whether the next module may be tried."""
        ids = [one.crm_id for one in requests]
        try:
            anew, by = any(one.anew for one in requests), _asker(requests)
            self.runs.sync_records(connection, module, ids, "person", signal, by, anew=anew)
        except RetryLater as stop:
            due = self.clock.now() + timedelta(seconds=max(1.0, stop.retry_after_seconds))
            left = self.asked(connection, module, ids)
            for one in left.values():
                self._postpone(connection, one, due, stop.code)
            return False
        except ConnectionEnded:
            return False  # it goes on once it is connected again
        except _IN_VAIN:
            pass  # nothing is left to send
        except NeedsPerson as stop:
            for one in self.asked(connection, module, ids).values():
                self._postpone(connection, one, self.clock.now() + LIFTED_AFTER, stop.code)
            return True
        except XTigerError:
            pass  # the run is booked with its reason, and the keys wait for the next sync
        self._forget(connection, module, ids, requests)
        return True

    def _postpone(self, connection: Connection, one: Asked, due: datetime, why: str) -> None:
        key = _key(connection, one.module, one.crm_id)
        kept = self.store.setting(key)
        found = _read(kept)
        if found is not None and found.at == one.at:
            self.store.save_setting(key, {**kept, "due": due, "why": why})

    def _forget(
        self,
        connection: Connection,
        module: str,
        ids: Sequence[str],
        requests: Sequence[Asked] = (),
    ) -> None:
        """Forget requests that are done; one that was made anew meanwhile stays."""
        known = {one.crm_id: one for one in requests}
        for crm_id in ids:
            key = _key(connection, module, crm_id)
            kept = _read(self.store.setting(key))
            if kept is not None and (not known or kept.at == known[crm_id].at):
                self.store.forget_setting(key)

    def _answered(
        self, connection: Connection, module: str, asked: Mapping[str, Asked]
    ) -> set[str]:
        """The CRM ids of what was asked for before a run dealt with the record."""
        newest = self.store.newest_outcomes(connection.id, module, asked)
        began = {run.id: run.started_at for run in self.store.runs([connection.id], _RUNS)}
        return {
            crm_id
            for crm_id, one in asked.items()
            if (last := newest.get(crm_id)) is not None
            and last.at is not None
            and last.at >= one.at
            and not _stopped(last)
            and last.run_id in began
            and began[last.run_id] > one.at
        }


def _key(connection: Connection, module: str, crm_id: str) -> SettingKey:
    return setting_keys.request_to_send(connection.id, module, crm_id)


def _read(kept: Any) -> Asked | None:
    if not isinstance(kept, Mapping):
        return None
    return Asked(
        str(kept["module"]),
        str(kept["crm_id"]),
        kept["at"],
        kept["due"],
        str(kept["why"]),
        bool(kept["queued"]),
        bool(kept.get("anew")),
        by=str(kept.get("by") or ""),
    )


def _asker(requests: Sequence[Asked]) -> str:
    """Who asked for them; empty where that is not one person."""
    asked = {one.by for one in requests}
    return asked.pop() if len(asked) == 1 else ""


def _stopped(outcome: Outcome) -> bool:
    """Whether its run ended before its turn: nothing is known of it."""
    return outcome.cause is not None and outcome.cause.first_of(STOPPED_BEFORE) is not None
