"""A CRM whose adapter fails or answers wrongly in one method, and is well otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules

#: Makes the answer of a broken method from the true one.
Spoil = Callable[[Any], Any]


class BrokenIn:
    """A MemoryHost with one broken method; `spoil` makes a wrong answer, else it raises."""

    def __init__(self, host: MemoryHost, method: str, spoil: Spoil | None = None) -> None:
        self._broken_host, self._broken_method, self._broken_spoil = host, method, spoil

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._broken_host, name)
        if name != self._broken_method:
            return found
        if callable(found):
            return self._method
        return self._spoiled(found)

    def _method(self, *given: Any, **named: Any) -> Any:
        if self._broken_spoil is None:
            return self._spoiled(None)
        return self._spoiled(getattr(self._broken_host, self._broken_method)(*given, **named))

    def _spoiled(self, answer: Any) -> Any:
        if self._broken_spoil is None:
            raise ConnectionResetError("the CRM's database is away")
        return self._broken_spoil(answer)


def broken_host() -> BrokenIn:
    """The same as XTIGER_HOST names it: every record it reads fails."""
    return BrokenIn(MemoryHost(modules=standard_modules(), name="mycrm"), "changed_since")
