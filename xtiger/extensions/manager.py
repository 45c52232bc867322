"""The module manager: finds, installs, enables, disables, rolls back and removes extensions.

The states: available → installed → enabled ⇄ disabled → removed; broken and blocked with a reason.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from xtiger.errors import BrokenExtension, ExtensionRefused, XTigerError, foreign_reason
from xtiger.extensions.choices import Choices, switched
from xtiger.extensions.core_update import CoreUpdate, Environment, Run, install_core, run_pip
from xtiger.extensions.export import write_export
from xtiger.extensions.folder import ExtensionFolder
from xtiger.extensions.lifecycle import (
    CallLifecycle,
    ExtensionStore,
    no_arrival,
    no_lifecycle,
)
from xtiger.extensions.listing import Sight, list_states, never_switched, way_back
from xtiger.extensions.load import (
    FindEntryPoints,
    Found,
    NotLoaded,
    find_entry_points,
    find_extensions,
    load_extensions,
)
from xtiger.extensions.settling import Settling
from xtiger.extensions.state import Choice, ExtensionState, LoadedExtension
from xtiger.extensions.verified import Verified, verify
from xtiger.extensions.zip import CORE, ExtensionZip
from xtiger.i18n.process_log import process_log
from xtiger.model.setting_keys import EXTENSIONS_LEASE
from xtiger.ports.clock import Clock
from xtiger.ports.interrupts import FOREIGN, by_signal

__all__ = ["CORE", "CallLifecycle", "ExtensionManager", "ExtensionState", "LoadedExtension"]

_LEASE = EXTENSIONS_LEASE
#: A killed install can be repeated after so long; one under way prolongs it as often as below.
_LEASE_SECONDS = 45
_PULSE_SECONDS = 10


class ExtensionManager:
    """Keeps the extensions of one installation; what an administrator chose is in the store.

    Methods that change something raise ExtensionRefused with the reason and the next step, and
    leave everything as it was. Call load() once before anything else.
    """

    def __init__(
        self,
        store: ExtensionStore,
        home: Path,
        clock: Clock,
        safe_mode: bool = False,
        *,
        new_on: bool = True,
        call_lifecycle: CallLifecycle = no_lifecycle,
        search: FindEntryPoints = find_entry_points,
        environment: Environment | None = None,
        run: Run = run_pip,
    ) -> None:
        self._store = store
        self._clock = clock
        self._safe_mode = safe_mode
        self._search = search
        self._environment, self._run = environment or Environment.own(), run
        self._choices = Choices(store, clock)
        self._folder = ExtensionFolder(home)
        self._loaded: dict[str, LoadedExtension] = {}
        self._failed: list[NotLoaded] = []
        self._aside: list[NotLoaded] = []
        #: Whether everything was imported that is here, and what is on and could not be.
        self._whole = False
        self._missed: set[str] = set()
        #: May be set later: what calls hooks needs the manager first.
        self.call_lifecycle = call_lifecycle
        self._settling = Settling(self._choices, self._call, self._switch_on, new_on=new_on)
        #: Called with each that is imported to be listed; sets aside one whose hooks do not fit.
        self.arrived: Callable[[LoadedExtension], None] = no_arrival

    # --- at start ---

    def load(self) -> list[LoadedExtension]:
        """Import what is here and not removed; all that is loaded, core first, then by name.

        Called again, it adds what is new. One that fails to import is kept as broken.
        """
        self._whole = True
        return self._load(self._find())

    def loaded(self) -> list[LoadedExtension]:
        """All that is imported, core first, then by name."""
        return self._in_order()

    def load_enabled(self) -> list[LoadedExtension]:
        """Import what is switched on for any connection, and what pip installed since.

        Code of an extension that is off is not carried out. What an administrator asks for loads
        the others.
        """
        return self._load_on(and_new=True)

    def _load_on(self, *, and_new: bool) -> list[LoadedExtension]:
        choices, found = self._choices.all(fresh=True).values(), self._find()
        on = {choice.package for choice in choices if choice.on(None)}
        # A choice of an early release does not say whose package it is.
        if "" in on:
            return self._load(found)
        on |= {CORE.lower()} | (self._settling.new_packages(found) if and_new else set())
        return self._load([item for item in found if item.package in on])

    def newly_enabled(self) -> list[LoadedExtension]:
        """Import what another process has switched on since; cheap when nothing was."""
        on = {name for name, choice in self._choices.all().items() if choice.on(None)}
        new = on - self._loaded.keys() - self._missed
        if not new:
            return []
        loaded = self._load_on(and_new=False)
        # What cannot be loaded is not tried again at each call of a hook.
        self._missed |= new - self._loaded.keys()
        return [extension for extension in loaded if extension.name in new]

    def _load(self, found: list[Found]) -> list[LoadedExtension]:
        removed = self._choices.removed_packages()
        aside = {failed.found.package for failed in self._aside}
        found = [item for item in found if item.package not in removed | aside]
        if self._safe_mode:
            found = [item for item in found if item.package == CORE.lower()]
        for name in [e.name for e in self._loaded.values() if e.package in removed]:
            del self._loaded[name]
        self._failed = load_extensions(found, self._folder, self._loaded)
        return self._in_order()

    def installed(self) -> list[str]:
        """The loaded ones whose post_install was called for just this version."""
        return [one.name for one in self._in_order() if not self._settling.is_due(one)]

    def settle(self) -> Mapping[str, XTigerError]:
        """Call post_install and post_update where they are due, and switch on what pip installed.

        Call it at start, after load(). Returns what failed, by name; that is tried again at the
        next start where it is on, and whenever the extension is enabled.
        """
        here, settling = self._in_order(), self._settling
        if not settling.new(here) and not any(settling.is_due(extension) for extension in here):
            return {}
        try:
            with self._alone(CORE):
                return {**settling.settle_all(here), **settling.switch_on_new(here)}
        except ExtensionRefused:
            return {}  # another process is at it right now

    def set_aside(self, name: str, reason: str) -> None:
        """Treat a loaded extension as broken, such as one whose hooks do not fit.

        Until the next start none of its hooks is called.
        """
        extension = self._loaded.pop(name, None)
        for item in self._find():
            if extension is not None and item.package == extension.package:
                self._aside.append(NotLoaded(item, name, blocked=False, reason=reason))

    def states(self) -> list[ExtensionState]:
        """Every extension that is here or was removed, core first, then by name."""
        if not self._whole:
            for extension in self.load():  # one tells its name only once it is imported
                self.arrived(extension)
        return list_states(
            Sight(
                self._loaded,
                [*self._failed, *self._aside],
                self._find(),
                self._choices.all(fresh=True),
                self._folder.active(),
                self._safe_mode,
            )
        )

    def not_running(self) -> list[ExtensionState]:
        """Those that are switched on, or new, and could not be loaded; imports nothing."""
        choices = self._choices.all()
        on = {choice.package for choice in choices.values() if choice.on(None)}
        failures = [*self._failed, *self._aside]
        # A new one whose need is off waits for that, and is no trouble.
        troubles = [one.found for one in failures if one.needs_release or not one.blocked]
        on |= self._settling.new_packages(troubles)
        sight = Sight(
            {},
            [failed for failed in failures if failed.found.package in on],
            [],
            choices,
            {},
            self._safe_mode,
        )
        return [one for one in list_states(sight) if one.state in ("broken", "blocked")]

    def enabled(self, name: str, connection_id: str | None = None) -> bool:
        """Whether the hooks of an extension are called; cheap, asked at each dispatch.

        Without a connection: whether it is on for any. What another process switched is seen
        within a second.
        """
        if name not in self._loaded:
            return False
        choice = self._choices.all().get(name)
        return choice is not None and choice.on(connection_id)

    # --- what an administrator does ---

    def verify(self, paths: Sequence[Path]) -> Verified:
        """Verify zips, alone and together, as install() does; nothing is changed."""
        places = [Path(path) for path in paths]
        return verify(places, self._folder, self._find(), self._environment)

    def install(
        self, paths: Sequence[Path], *, enable: bool = False, update_core: bool = False
    ) -> list[ExtensionState]:
        """Install or update from zips, verified and switched together.

        A new one is loaded at once and stays off until it is enabled; with `enable` that is done
        here, in the order in which they need each other; an updated one takes over at the next
        start (`restart_needed`). When post_install fails, the reason stands in the state, and
        enabling tries it again. XTiger's own zip counts as there where it is of this release; a
        newer one is refused without `update_core`, and installed by pip with it: then restart.
        """
        with self._alone("extensions") as still_alone:
            verified = self.verify(paths)
            verified.require_agreed(is_agreed=update_core)
            self._take(verified.zips, verified.update, still_alone)
            self.load()
            # What was made for the newer release is blocked until that one runs.
            if verified.update is None:
                self._settling.settle_all(self._in_order())
        if enable and verified.update is None:
            for name in never_switched(self.states(), verified.names):
                self.enable(name)
        return [state for state in self.states() if state.name in verified.names]

    def _take(
        self,
        zips: Sequence[ExtensionZip],
        update: CoreUpdate | None,
        still_alone: Callable[[], None],
    ) -> None:
        """Unpack what is new, let pip replace XTiger where a newer one is there, and switch."""
        active = self._folder.active()
        hashes = {name: version.sha256 for name, version in active.items()}
        fresh = [item for item in zips if hashes.get(item.manifest.name) != item.sha256]
        for item in fresh:
            self._announce_update(item.manifest.name)
        for item in fresh:
            name = item.manifest.name
            before = replace(active[name], previous=None) if name in active else None
            active[name] = self._folder.unpack(item, before, still_alone)
        still_alone()
        if update is not None:
            install_core(update, self._environment, self._run)
        for item in fresh:
            self._forget_removed(item.manifest.name)
        self._folder.switch(active)
        self._folder.sweep()

    def enable(self, name: str, connection_id: str | None = None) -> ExtensionState:
        """Switch on for one connection, or (None) for all.

        Raises what post_install or the hook `enabled` raise; then it stays off.
        """
        state = self._state(name)
        self._check_connection(name, connection_id)
        if state.state == "removed" and state.source:
            self._forget_removed(name)
            self.load()
        extension = self._loaded.get(name)
        if extension is None:
            raise ExtensionRefused(name, state.reason or "it is not installed", way_back(state))
        problem = self._settling.settle(extension, asked=True)
        if problem is not None:
            raise problem
        self._switch(name, connection_id, on=True)
        return self._state(name)

    def disable(self, name: str, connection_id: str | None = None) -> ExtensionState:
        """Switch off for one connection, or (None) for all: none of its hooks is called then.

        Its data and queued work stay. Refused while another one that is on needs it.
        """
        self._state(name)
        self._check_connection(name, connection_id)
        self._switch(name, connection_id, on=False)
        return self._state(name)

    def uninstall(
        self, name: str, purge: bool = False, export_to: Path | None = None
    ) -> ExtensionState:
        """Remove an extension; CRM records and its own data stay as they are.

        With `purge` its own data is written to the new file `export_to` (JSON, mode 600) and then
        removed. What pip owns is left aside until it is enabled again; its files are pip's.
        """
        state = self._state(name)
        if name == CORE:
            raise ExtensionRefused(name, "it is the library itself", "Use: pip uninstall xtiger")
        if purge:
            self._check_purge(name, export_to)
        with self._alone(name) as still_alone, self._restored_on_failure(name):
            self._switch(name, None, on=False)
            self._call(name, "pre_uninstall")
            if purge and export_to is not None:
                write_export(export_to, name, self._call(name, "export_data") or {})
                self._call(name, "purge_data")
            still_alone()
            by_pip = state.source == "pip"
            reason = f"its files are pip's: pip uninstall {self._owner(state)}" if by_pip else ""
            last = Choice("removed", state.version, state.package, {}, reason)
            self._choices.save(name, last)
            self._loaded.pop(name, None)
            for failures in (self._failed, self._aside):
                failures[:] = [failed for failed in failures if failed.name != name]
            active = self._folder.active()
            if active.pop(name, None):
                self._folder.switch(active)
                self._folder.sweep()
        return self._state(name)

    def export(self, name: str, path: Path) -> None:
        """Write what an extension keeps to a new file (JSON, mode 600); nothing is removed."""
        self._state(name)
        self._check_purge(name, path)
        write_export(path, name, self._call(name, "export_data") or {})

    def rollback(self, name: str) -> ExtensionState:
        """Go back to the version before the last update; it takes over at the next start."""
        self._state(name)
        with self._alone(name) as still_alone:
            active = self._folder.active()
            previous = active[name].previous if name in active else None
            if previous is None:
                reason = "no version before this one is kept"
                raise ExtensionRefused(name, reason, "Only what a newer zip replaced can go back.")
            self._announce_update(name)
            still_alone()
            self._folder.switch({**active, name: previous})
        return self._state(name)

    # --- inside ---

    @contextmanager
    def _alone(self, name: str) -> Iterator[Callable[[], None]]:
        """Keep other processes from changing extensions meanwhile.

        Call what it gives before anything is switched: it raises ExtensionRefused where another
        process has taken over, as after a laptop's sleep.
        """
        holder = self._clock.new_id()
        fence = self._store.acquire_lease(_LEASE, holder, _LEASE_SECONDS, self._clock.now())
        if fence is None:
            reason = "another process is installing or removing extensions"
            raise ExtensionRefused(name, reason, "Try again in a minute.")
        ended = threading.Event()
        pulse = threading.Thread(
            target=self._prolong, args=(fence, ended), name="xtiger-install", daemon=True
        )
        pulse.start()

        def still_alone() -> None:
            if not self._store.renew_lease(_LEASE, fence, _LEASE_SECONDS, self._clock.now()):
                reason = "another process changed extensions meanwhile; nothing was switched"
                raise ExtensionRefused(name, reason, "See: xtiger extensions list, then repeat it.")

        try:
            yield still_alone
        finally:
            ended.set()
            pulse.join()
            self._store.release_lease(_LEASE, fence)

    def _prolong(self, fence: int, ended: threading.Event) -> None:
        """Keep the lease while another thread works; hooks and migrations may take their time."""
        while not ended.wait(_PULSE_SECONDS):
            try:
                self._store.renew_lease(_LEASE, fence, _LEASE_SECONDS, self._clock.now())
            except XTigerError as error:
                # The work itself says what is wrong; the next pulse tries again.
                process_log("xtiger").warning("an install is under way: %s", error.code)

    @contextmanager
    def _restored_on_failure(self, name: str) -> Iterator[None]:
        """Put the choice back when a hook raises.

        No transaction: hooks write through connections of their own, and SQLite has one writer.
        """
        before = self._choices.all(fresh=True).get(name)
        try:
            yield
        except BaseException:
            if before is None:
                self._choices.forget(name)
            else:
                self._choices.save(name, before)
            raise

    def _find(self) -> list[Found]:
        return find_extensions(self._folder, self._search)

    def _in_order(self) -> list[LoadedExtension]:
        return sorted(self._loaded.values(), key=lambda e: (e.name != CORE, e.name))

    def _state(self, name: str) -> ExtensionState:
        """The state of one; raises ExtensionRefused when there is none of this name."""
        states = self.states()
        for state in states:
            if state.name == name:
                return state
        known = ", ".join(state.name for state in states)
        reason, fix = "there is no such extension", "Known are: {known}."
        raise ExtensionRefused(name, reason, fix, known=known)

    def _owner(self, state: ExtensionState) -> str:
        """The distribution that pip knows an extension by."""
        return next((i.distribution for i in self._find() if i.package == state.package), "")

    def _check_connection(self, name: str, connection_id: str | None) -> None:
        if connection_id is not None and self._store.connection(connection_id) is None:
            reason, fix = "there is no connection {id}", "See: xtiger connections"
            raise ExtensionRefused(name, reason, fix, id=connection_id)

    def _check_purge(self, name: str, export_to: Path | None) -> None:
        if export_to is None:
            reason = "its data is removed only after it was written to a file"
            raise ExtensionRefused(name, reason, "Name a new file for the export.")
        if export_to.exists():
            reason, fix = "{file} exists already", "Name a new file."
            raise ExtensionRefused(name, reason, fix, file=export_to)
        if name not in self._loaded:
            reason = "it is not loaded, so its data cannot be read"
            raise ExtensionRefused(name, reason, "Install it again, then purge it.")

    def _call(self, name: str, hook: str, /, **arguments: Any) -> Any:
        """Call a lifecycle hook of an extension that is loaded; one that is not has none."""
        if name not in self._loaded:
            return None
        try:
            return self.call_lifecycle(name, hook, **arguments)
        except XTigerError:
            raise
        # Code of strangers, and their migrations, may raise anything; here it gets its name.
        except FOREIGN as error:
            if by_signal(error):
                raise
            reason = foreign_reason(error)
            raise BrokenExtension(name, hook, reason) from error

    def _announce_update(self, name: str) -> None:
        extension = self._loaded.get(name)
        if extension is not None:
            self._call(name, "pre_update", old_version=extension.version)

    def _forget_removed(self, name: str) -> None:
        choice = self._choices.all(fresh=True).get(name)
        if choice is not None and choice.state == "removed":
            self._choices.forget(name)

    def _switch(self, name: str, connection_id: str | None, *, on: bool) -> None:
        """Switch and call the hook, both or none."""
        choices = self._choices.all(fresh=True)
        needs = {e.name: e.requires for e in self._loaded.values()}
        after = switched(choices, needs, name, connection_id, on=on)
        if after == choices.get(name, Choice()):
            return
        with self._restored_on_failure(name):
            self._choices.save(name, after)
            self._call(name, "enabled" if on else "disabled")

    def _switch_on(self, name: str) -> None:
        self._switch(name, None, on=True)
