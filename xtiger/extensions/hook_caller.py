"""Calling hooks: in order, only of extensions that are enabled, strict or robust."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import pluggy

from xtiger import hookspecs
from xtiger.errors import BrokenExtension, XTigerError, foreign_reason
from xtiger.extensions.manager import CORE, LoadedExtension
from xtiger.hookspecs import Converter, SyncModule
from xtiger.i18n.process_log import process_log
from xtiger.model.values import Plain, require_plain
from xtiger.ports import Context
from xtiger.ports.interrupts import FOREIGN, by_signal

T = TypeVar("T")

#: Asks (extension name, connection id or None) whether an extension's hooks are to be called.
Enabled = Callable[[str, str | None], bool]


@dataclass(frozen=True, slots=True)
class HookProblem:
    """An error of a robust call: shown as a visible box, never as a broken page."""

    extension: str
    hook: str
    reason: str


@dataclass(frozen=True, slots=True)
class Offer(Generic[T]):
    """One thing out of the list that an extension answered."""

    extension: str
    item: T


class Dispatcher:
    """Calls hooks of the registered extensions, the core first, then by name.

    strict: an error stops the caller and names the extension. robust: an error becomes a
    HookProblem and the others are still called. *Enabled* is asked at each call.
    """

    def __init__(self, enabled: Enabled, arrive: Callable[[], None] = lambda: None) -> None:
        """`arrive` registers what was switched on since; it is called before each dispatch."""
        self._enabled, self._arrive = enabled, arrive
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
        self._arrive()
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

    def offers(
        self, hook: str, of: type[T], connection_id: str | None = None, /, **arguments: Any
    ) -> list[Offer[T]]:
        """What all answer in their lists, each with its extension; strict.

        Raises BrokenExtension also for an answer that is no list of `of`.
        """
        return [
            offer
            for implementation in self._live(hook, connection_id)
            for offer in _offered(implementation, hook, of, arguments)
        ]

    def first(
        self, hook: str, of: type[T], connection_id: str | None = None, /, **arguments: Any
    ) -> T | None:
        """The first answer that is not None; later extensions are not called; strict."""
        for implementation in self._live(hook, connection_id):
            answer = _call(implementation, hook, arguments)
            if answer is not None:
                return _of(implementation, hook, of, answer)
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
                problems.append(_noted(implementation, hook, error))
                continue
            if answer is not None:
                answers.append(answer)
        return answers, problems

    def robust_offers(
        self, hook: str, of: type[T], connection_id: str | None = None, /, **arguments: Any
    ) -> tuple[list[Offer[T]], list[HookProblem]]:
        """(what all answer in their lists, problems); nothing is raised.

        Of an extension whose answer is wrong in one place nothing is taken.
        """
        offers: list[Offer[T]] = []
        problems: list[HookProblem] = []
        for implementation in self._live(hook, connection_id):
            try:
                offers += _offered(implementation, hook, of, arguments)
            except XTigerError as error:
                problems.append(_noted(implementation, hook, error))
        return offers, problems

    def sync_modules(self, connection_id: str | None = None) -> list[SyncModule]:
        """The modules that the extensions enabled for a connection sync, parents first."""
        return [offer.item for offer in self.offers("sync_modules", SyncModule, connection_id)]

    def converters(self, connection_id: str | None = None) -> dict[str, Converter]:
        """Name → converter of all; raises BrokenExtension for a name that is taken.

        Their mistakes get the extension's name; a ValueError of `to_xero` passes: it says that
        one value cannot be converted.
        """
        found: dict[str, Converter] = {}
        for implementation in self._live("field_converters", connection_id):
            extension = implementation.plugin_name
            answer = _call(implementation, "field_converters", {}, lambda said: dict(said or {}))
            for name, converter in answer.items():
                if name in found:
                    reason = f"the converter {name} is there already"
                    raise BrokenExtension(extension, "field_converters", reason)
                checked = _of(implementation, "field_converters", Converter, converter)
                found[name] = _guarded(extension, name, checked)
        return found

    def of_all(self, hook: str, /, **arguments: Any) -> list[Any]:
        """The answers of all, enabled or not, without None; strict.

        For what must reach the data of an extension that is off.
        """
        self._arrive()
        answers = [_call(one, hook, arguments) for one in self._implementations(hook)]
        return [answer for answer in answers if answer is not None]

    def lifecycle(self, extension: str, hook: str, /, **arguments: Any) -> Any:
        """Call one extension's own hook, whether it is enabled or not; strict."""
        for implementation in self._implementations(hook):
            if implementation.plugin_name == extension:
                return _call(implementation, hook, arguments)
        return None


def _call(
    implementation: pluggy.HookImpl,
    hook: str,
    arguments: dict[str, Any],
    read: Callable[[Any], Any] = lambda answer: answer,
) -> Any:
    given = {name: arguments[name] for name in implementation.argnames if name in arguments}
    context: Context | None = given.get("context")
    if context is not None:
        given["context"] = context.for_extension(implementation.plugin_name)

    def answered() -> Any:
        return read(implementation.function(**given))

    return named(implementation.plugin_name, hook, answered, object)


def named(extension: str, operation: str, call: Callable[[], Any], of: type[T]) -> T:
    """Call something that an extension handed over, such as a button; raises BrokenExtension."""
    try:
        answer = call()
    except XTigerError:
        raise
    except FOREIGN as error:  # foreign code may raise anything; here it gets its name
        if by_signal(error):
            raise
        reason = foreign_reason(error)
        raise BrokenExtension(extension, operation, reason) from error
    if not isinstance(answer, of):
        reason = f"it answered {type(answer).__name__} where {of.__name__} belongs"
        raise BrokenExtension(extension, operation, reason)
    return answer


def _of(implementation: pluggy.HookImpl, hook: str, of: type[T], answer: Any) -> T:
    """The answer when it is what the specification says; raises BrokenExtension."""
    return named(implementation.plugin_name, hook, lambda: answer, of)


def _offered(
    implementation: pluggy.HookImpl, hook: str, of: type[T], arguments: dict[str, Any]
) -> list[Offer[T]]:
    # Taken apart within the call: a generator raises only when it is read.
    items = _call(implementation, hook, arguments, lambda answer: list(answer or ()))
    return [
        Offer(implementation.plugin_name, _of(implementation, hook, of, item)) for item in items
    ]


def _noted(implementation: pluggy.HookImpl, hook: str, error: XTigerError) -> HookProblem:
    """The problem, and an event of it without the sentence: that may quote a record."""
    cause = type(error.__cause__ or error).__name__
    log = process_log("xtiger")
    log.warning("extension %s failed in %s: %s", implementation.plugin_name, hook, cause)
    return HookProblem(implementation.plugin_name, hook, str(error))


def _guarded(extension: str, name: str, converter: Converter) -> Converter:
    """The converter with its mistakes named, and only plain values let through."""

    def converted(call: Callable[[Plain], Plain], value: Plain) -> Plain:
        answer = call(value)
        require_plain(answer)
        return answer

    def to_xero(value: Plain) -> Plain:
        operation = f"its converter {name}"
        refused: list[ValueError] = []

        def call() -> Plain:
            try:
                return converted(converter.to_xero, value)
            except ValueError as error:
                refused.append(error)
                return None

        answer = named(extension, operation, call, object)
        if refused:
            raise refused[0]
        return answer

    def to_crm(value: Plain) -> Plain:
        call = partial(converted, converter.to_crm, value)
        return named(extension, f"its converter {name}", call, object)

    return Converter(to_xero, to_crm)
