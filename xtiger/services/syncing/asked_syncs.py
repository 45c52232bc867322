"""What people ask for in a browser: a plan or a sync in the background, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from xtiger.engine.cycle.run_lease import stop_of
from xtiger.errors import RetryLater, RunBusy, RunStopped, XTigerError
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.language import Language, language
from xtiger.model import setting_keys
from xtiger.model.asked_sync import AskedFor, AskedSync, Direction, KeptPlan
from xtiger.model.connections import Connection
from xtiger.model.plans import Item
from xtiger.model.runs import Run
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.rules.plan_view import kept_plan
from xtiger.services.facts.plan_names import PlanNames
from xtiger.services.proof import Proof
from xtiger.services.removing.wiping import Wipe
from xtiger.services.sentences import Sentences
from xtiger.services.syncing.history import History
from xtiger.services.syncing.undo import Undo
from xtiger.services.syncing.undoing import UNDO, WIPE

if TYPE_CHECKING:
    from xtiger.services.parts import Parts

#: Work that does not show itself for so long has lost its process.
LEASE_SECONDS = 300
#: Progress is kept this often.
BEAT = timedelta(seconds=1)
#: A request that waits for longer has failed.
PATIENCE_OF_A_DAY = timedelta(days=1)
#: Codes of what a page says in place of an error's own.
BROKEN_OFF, FAULT = "broken_off", "fault"


class AskedSyncs:
    """Keeps the last request of each connection, carries it out, and keeps what came of it.

    The process that carries a request out holds a lease: a request that is under way without
    one has lost its process, and is booked as failed. None is lost, none is carried out twice.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store, self._clock = parts, parts.store, parts.clock
        self._words = language(parts.settings.locale)

    def asked(self, connection_id: str) -> AskedSync | None:
        """The last request; one whose process is gone shows as failed."""
        kept = self._read(connection_id)
        if kept is None or kept.state != "running" or kept.seen_at is None:
            return kept
        if self._clock.now() - kept.seen_at < timedelta(seconds=LEASE_SECONDS):
            return kept
        return self._broken_off(kept)

    def plan(self, connection_id: str) -> KeptPlan | None:
        """The last plan that was made so."""
        return KeptPlan.of(self._store.setting(setting_keys.sync_plan(connection_id)))

    def ask(
        self,
        connection: Connection,
        what: AskedFor,
        by: str,
        modules: Sequence[str],
        direction: Direction,
        *,
        full: bool = False,
    ) -> AskedSync:
        """Keep a request for the next tick; returns the one that is open, where there is one.

        Raises UnknownModule, and OtherCrm where a person must say first which CRM this is.
        """
        names = tuple(self._parts.sync_module(name).name for name in modules)
        now = self._clock.now()
        return self._kept(
            connection,
            AskedSync(self._clock.new_id(), what, by, now, names, direction, full=full, due_at=now),
        )

    def ask_removal(
        self,
        connection: Connection,
        what: AskedFor,
        by: str,
        *,
        takes_back: Sequence[str] = (),
        looked_at: str = "",
    ) -> AskedSync:
        """Keep a request to take runs back, or to take out what came from Xero; as ask()."""
        now = self._clock.now()
        made = AskedSync(self._clock.new_id(), what, by, now, due_at=now)
        made = replace(made, takes_back=tuple(takes_back), looked_at=looked_at)
        return self._kept(connection, made)

    def _kept(self, connection: Connection, made: AskedSync) -> AskedSync:
        self._parts.identities.require(connection.tenant)
        fence = self._lease(connection, made.id)
        if fence is None:
            return self._open(connection)
        try:
            before = self._read(connection.id)
            if before is not None and before.state == "asked":
                return before
            self._save(connection, made)
        finally:
            self._release(connection, fence)
        return made

    def cancel(self, connection: Connection) -> None:
        """End the request that is open: at once, or between two batches of its run."""
        kept = self.asked(connection.id)
        if kept is None or not kept.is_open:
            return
        self._store.save_setting(setting_keys.sync_cancelled(connection.id), kept.id)
        fence = self._lease(connection, self._clock.new_id())
        if fence is None:
            return  # the one at work sees it
        try:
            now = self._read(connection.id)
            if now is not None and now.id == kept.id and now.is_open:
                at = self._clock.now()
                self._save(connection, replace(now, state="cancelled", finished_at=at))
        finally:
            self._release(connection, fence)

    def carry_out(self, connection: Connection, signal: StopSignal = NO_STOP) -> None:
        """Do what was asked for, if it is due; raises no error of Xero or the CRM: it is kept."""
        kept = self._read(connection.id)
        if kept is None or not kept.is_open or not self._is_due(kept):
            return
        fence = self._lease(connection, self._clock.new_id())
        if fence is None:
            return  # somebody else does it
        try:
            # Read again: it may have ended before the lease was there.
            kept = self._read(connection.id)
            if kept is not None and kept.state == "running":
                self._save(connection, self._broken_off(kept))
            elif kept is not None and kept.state == "asked" and self._is_due(kept):
                work = _Work(self._parts, self._words, self._save, connection, fence, signal, kept)
                work.do()
        finally:
            self._release(connection, fence)

    # --- inside ---

    def _open(self, connection: Connection) -> AskedSync:
        found = self._read(connection.id)
        if found is None or not found.is_open:
            # Another request keeps a request right now.
            raise RunBusy(connection.name, retry_after_seconds=1)
        return found

    def _is_due(self, kept: AskedSync) -> bool:
        return kept.due_at is None or self._clock.now() >= kept.due_at

    def _broken_off(self, kept: AskedSync) -> AskedSync:
        said = self._words.translate(
            "Its process ended before it did. What it did stands in the log, and nothing is done "
            "twice: start it again."
        )
        return kept.failed(kept.seen_at or kept.at, said, BROKEN_OFF)

    def _read(self, connection_id: str) -> AskedSync | None:
        return AskedSync.of(self._store.setting(setting_keys.sync_asked(connection_id)))

    def _save(self, connection: Connection, asked: AskedSync) -> None:
        self._store.save_setting(setting_keys.sync_asked(connection.id), asked.plain())

    def _lease(self, connection: Connection, holder: str) -> int | None:
        name, now = setting_keys.asked_lease(connection.id), self._clock.now()
        return self._store.acquire_lease(name, holder, LEASE_SECONDS, now)

    def _release(self, connection: Connection, fence: int) -> None:
        self._store.release_lease(setting_keys.asked_lease(connection.id), fence)


@dataclass(slots=True)
class _Work:
    """One request at work: shows how far it is, sees a cancel, and keeps what came of it."""

    parts: Parts
    words: Language
    save: Callable[[Connection, AskedSync], None]
    connection: Connection
    fence: int
    signal: StopSignal
    now: AskedSync
    _beat_at: datetime | None = None

    def do(self) -> None:
        """Carry the request out and keep its end."""
        moment = self.parts.clock.now()
        self._keep(replace(self.now, state="running", seen_at=moment, waits=""))
        try:
            does: Mapping[AskedFor, Callable[[], None]] = {
                "plan": self._plan,
                "run": self._run,
                "proof": self._prove,
                "historical": self._go_on,
                "undo": self._undo,
                "wipe": self._wipe,
            }
            does[self.now.what]()
        except RetryLater as stop:
            self._stopped(stop)
        except XTigerError as error:
            self._fail(spoken_error(error, self.words), error.code)
        # Whatever ends it, its row says so; one that is under way for ever would hide it.
        except BaseException:
            said = self.words.translate(
                "A mistake in XTiger stopped it. Ask your administrator: the log says why."
            )
            self._fail(said, FAULT)
            raise
        else:
            self._keep(replace(self.now, state="done", finished_at=self.parts.clock.now()))

    def _plan(self) -> None:
        asked, runs, store = self.now, self.parts.runs, self.parts.store
        made = runs.plan(self.connection, asked.modules, full=False, progress=self._progress)
        kept = kept_plan(made, self._spoken, asked.direction, PlanNames(self.parts, made))
        store.save_setting(setting_keys.sync_plan(self.connection.id), kept.plain())

    def _prove(self) -> None:
        made = Proof(self.parts).run(self.connection.id, progress=self._progress)
        self.now = replace(self.now, run_id=made.id)

    def _run(self) -> None:
        asked = self.now
        self.parts.runs.sync(
            self.connection,
            asked.modules,
            full=asked.full,
            trigger="person",
            progress=self._progress,
            signal=self._signal(),
            direction=asked.direction,
            by=asked.by,
        )

    def _go_on(self) -> None:
        History(self.parts, self.connection).go_on(self._progress, self._signal(), self.now.by)

    def _undo(self) -> None:
        asked = self.now
        Undo(self.parts).run(
            asked.takes_back,
            asked.by,
            connection_id=self.connection.id,
            progress=self._progress,
            signal=self._signal(),
        )

    def _wipe(self) -> None:
        # The name was typed when it was asked for.
        Wipe(self.parts).run(
            self.connection.name,
            self.now.by,
            connection_id=self.connection.id,
            seen=self.now.looked_at,
            progress=self._progress,
            signal=self._signal(),
        )

    def _signal(self) -> StopSignal:
        return StopSignal(self._stopping, self._ended, self.signal.until)

    def _spoken(self, item: Item) -> tuple[str, str]:
        return Sentences(self.parts).cause(item.cause, "browser", item, self.connection.id)

    # --- how far it is ---

    def _progress(self, module: str, done: int, total: int) -> None:
        now = self.parts.clock.now()
        new = module != self.now.module
        if not new and self._beat_at is not None and now - self._beat_at < BEAT:
            return
        self._beat_at = now
        self._keep(replace(self.now, module=module, done=done, total=total, seen_at=now))
        if self._stopping():
            raise stop_of(self.signal, self.connection.name)

    def _stopping(self) -> bool:
        name, store = setting_keys.asked_lease(self.connection.id), self.parts.store
        store.renew_lease(name, self.fence, LEASE_SECONDS, self.parts.clock.now())
        return self._cancelled() or self.signal.stopping()

    def _cancelled(self) -> bool:
        key = setting_keys.sync_cancelled(self.connection.id)
        return bool(self.parts.store.setting(key) == self.now.id)

    def _ended(self, run: Run) -> None:
        if run.trigger in ("person", UNDO, WIPE):
            self.now = replace(self.now, run_id=run.id)
        self.signal.finished(run)

    # --- its end ---

    def _stopped(self, stop: RetryLater) -> None:
        now, said = self.parts.clock.now(), spoken_error(stop, self.words)
        if self._cancelled():
            self._keep(replace(self.now, state="cancelled", finished_at=now))
        elif now - self.now.at > PATIENCE_OF_A_DAY:
            self._fail(said, stop.code)
        else:
            later = now + timedelta(seconds=max(1.0, stop.retry_after_seconds))
            # Somebody's own stop is no trouble: it goes on as soon as it may.
            due, why = (now, "") if isinstance(stop, RunStopped) else (later, said)
            self._keep(replace(self.now, state="asked", due_at=due, waits=why))

    def _fail(self, said: str, code: str) -> None:
        self._keep(self.now.failed(self.parts.clock.now(), said, code))

    def _keep(self, asked: AskedSync) -> None:
        self.now = asked
        self.save(self.connection, asked)
