"""How extensions come in: at the start, when one is switched on, and the hooks of their life."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xtiger.db.migration import migrate
from xtiger.errors import BrokenExtension, foreign_reason
from xtiger.extensions.hook_caller import Dispatcher
from xtiger.extensions.manager import CORE, ExtensionManager, LoadedExtension
from xtiger.i18n.process_log import process_log
from xtiger.ports.interrupts import FOREIGN, by_signal

if TYPE_CHECKING:
    from xtiger.db.store import SqlStore
    from xtiger.ports import Clock, Context
    from xtiger.settings import Settings


class Loading:
    """Opens the module manager and the caller of hooks, and lets extensions in."""

    def __init__(
        self,
        store: SqlStore,
        settings: Settings,
        clock: Clock,
        context: Callable[[], Context],
    ) -> None:
        """`context` makes what the hooks of an extension's life get; it is of no tenant."""
        self._store, self._context = store, context
        self.extensions = ExtensionManager(
            store,
            settings.home,
            clock,
            settings.safe_mode,
            new_on=settings.new_extensions_on,
            call_lifecycle=self._lifecycle,
        )
        self.hooks = Dispatcher(self.extensions.enabled, self._register_new)
        self.extensions.arrived = self._register

    def start(self) -> None:
        """Take in what is enabled or new, and bring the tables of each to the release that runs."""
        for extension in self.extensions.load_enabled():
            self._register(extension)
        if not self.extensions.enabled(CORE):
            self.extensions.enable(CORE)
        self._migrate_installed()
        self.extensions.settle()

    def _register(self, extension: LoadedExtension) -> None:
        try:
            self.hooks.register(extension)
        except BrokenExtension as error:
            if extension.name == CORE:
                raise
            self.extensions.set_aside(extension.name, error.reason)

    def _register_new(self) -> None:
        """Take in what another process has switched on."""
        for extension in self.extensions.newly_enabled():
            self._register(extension)

    def _lifecycle(self, extension: str, hook: str, /, **arguments: Any) -> Any:
        loaded = {e.name: e for e in self.extensions.loaded()}
        if extension in loaded:
            self.hooks.register(loaded[extension])
        if hook in ("post_install", "post_update", "enabled"):
            self._migrate(extension)
        return self.hooks.lifecycle(extension, hook, context=self._context(), **arguments)

    def _migrate_installed(self) -> None:
        for name in self.extensions.installed():
            try:
                self._migrate(name)
            # A robust hook call: migrations of strangers may raise anything.
            except FOREIGN as error:
                if by_signal(error):
                    raise
                self._broken(name, "migrations", error)

    def _broken(self, name: str, hook: str, error: BaseException) -> None:
        """Go on without an extension, and say so: once in the log, and in the list."""
        broken = error
        if not isinstance(broken, BrokenExtension):
            broken = BrokenExtension(name, hook, foreign_reason(error))
            broken.__cause__ = error
        process_log("xtiger").error("%s", broken.for_log())
        self.extensions.set_aside(name, broken.reason)

    def _migrate(self, extension: str) -> None:
        """Bring an extension's own tables to the release that runs."""
        found = self.hooks.lifecycle(extension, "migrations")
        if found is not None:
            package, _, folder = found.package.rpartition(".")
            migrate(self._store.engine, f"{package}:{folder}", found.version_table)
