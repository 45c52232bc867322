"""Calling hooks: in order, only of extensions that are enabled, strict or robust."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pluggy

from xtiger import hookspecs
from xtiger.contexts import AppContext
from xtiger.errors import BrokenExtension, XTigerError
from xtiger.extensions import CORE, LoadedExtension

#: Asks (extension name, connection id or None) whether an extension's hooks are to be called.
Enabled = Callable[[str, str | None], bool]


@dataclass(frozen=True, slots=True)
class HookProblem:
    """An error of a robust call: shown as a visible box, never as a broken page."""

    extension: str
    hook: str
    reason: str


class Dispatcher:
    """Calls hooks of the registered extensions, the core first, then by name.

    strict: an error stops the caller and names the extension. robust: an error becomes a
    HookProblem and the others are still called. *Enabled* is asked at each call.
    """

    def __init__(self, enabled: Enabled) -> None:
        self._enabled = enabled
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)

    def register(self, extension: LoadedExtension) -> None:
        """Take an extension in; raises BrokenExtension for a hook that does not fit."""
        if self._manager.has_plugin(extension.name):
            return
        try:
            self._manager.register(extension.module, extension.name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            raise BrokenExtension(extension.name, "its hooks", str(error)) from error

    def _implementations(self, hook: str) -> list[pluggy.HookImpl]:
        caller = getattr(self._manager.hook, hook)
        return sorted(caller.get_hookimpls(), key=lambda i: (i.plugin_name != CORE, i.plugin_name))

    def _live(self, hook: str, connection_id: str | None) -> Iterator[pluggy.HookImpl]:
        for implementation in self._implementations(hook):
            if self._enabled(implementation.plugin_name, connection_id):
                yield implementation

    def strict(self, hook: str, connection_id: str | None = None, /, **arguments: Any) -> list[Any]:
        """The answers of all, without None; raises BrokenExtension for the first error.

        Errors of the library's own tree pass as they are: they are meant for the caller.
        """
        answers = []
        for implementation in self._live(hook, connection_id):
            answer = _call(implementation, hook, arguments)
            if answer is not None:
                answers.append(answer)
        return answers

    def first(self, hook: str, connection_id: str | None = None, /, **arguments: Any) -> Any:
        """The first answer that is not None; later extensions are not called."""
        for implementation in self._live(hook, connection_id):
            answer = _call(implementation, hook, arguments)
            if answer is not None:
                return answer
        return None

    def robust(
        self, hook: str, connection_id: str | None = None, /, **arguments: Any
    ) -> tuple[list[Any], list[HookProblem]]:
        """(answers without None, problems); nothing is raised."""
        answers: list[Any] = []
        problems: list[HookProblem] = []
        for implementation in self._live(hook, connection_id):
            try:
                answer = _call(implementation, hook, arguments)
            except XTigerError as error:
                problems.append(HookProblem(implementation.plugin_name, hook, str(error)))
                continue
            if answer is not None:
                answers.append(answer)
        return answers, problems

    def lifecycle(self, extension: str, hook: str, /, **arguments: Any) -> Any:
        """Call one extension's own hook, whether it is enabled or not; strict."""
        for implementation in self._implementations(hook):
            if implementation.plugin_name == extension:
                return _call(implementation, hook, arguments)
        return None


def _call(implementation: pluggy.HookImpl, hook: str, arguments: dict[str, Any]) -> Any:
    given = {name: arguments[name] for name in implementation.argnames if name in arguments}
    if isinstance(given.get("context"), AppContext):
        given["context"] = given["context"].for_extension(implementation.plugin_name)
    try:
        return implementation.function(**given)
    except XTigerError:
        raise
    except Exception as error:  # foreign code may raise anything; here it gets its name
        reason = f"{type(error).__name__}: {error}"[:300]
        raise BrokenExtension(implementation.plugin_name, hook, reason) from error
