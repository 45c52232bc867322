"""A text that nobody sees by accident: tokens, the app's secret, keys."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any, NoReturn

_HIDDEN = "••••"


class Secret:
    """Holds a text that shows itself nowhere: not in a log, a message or a trace with its locals.

    Only reveal() gives it, called at the door that sends it. Compared in constant time.
    """

    __slots__ = ("_give",)

    def __init__(self, text: str | Secret) -> None:
        """Hide a text; a secret stays what it is."""
        plain = text.reveal() if isinstance(text, Secret) else text
        # In a function and not in a field: what walks over fields finds no text.
        self._give: Callable[[], str] = lambda: plain

    def reveal(self) -> str:
        """The text itself; say it to nobody but its receiver."""
        return self._give()

    def __bool__(self) -> bool:
        return bool(self.reveal())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(
            *(one.reveal().encode("utf-8", "surrogatepass") for one in (self, other))
        )

    def __hash__(self) -> int:
        return hash((Secret, self.reveal()))

    def __repr__(self) -> str:
        return f"Secret({_HIDDEN})"

    def __str__(self) -> str:
        return _HIDDEN

    def __format__(self, _spec: str) -> str:
        return _HIDDEN

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class HiddenBytes(bytes):
    """Bytes on their way out that do not show themselves: the body of a token request."""

    def __repr__(self) -> str:
        return f"HiddenBytes({_HIDDEN})"

    def __str__(self) -> str:
        return _HIDDEN

    def __format__(self, _spec: str) -> str:
        return _HIDDEN


def hide(holder: object, *names: str) -> None:
    """Make secrets of these fields of a frozen dataclass, where plain texts were given for them."""
    for name in names:
        found = getattr(holder, name)
        if found is not None:
            object.__setattr__(holder, name, Secret(found))
