"""Options that several commands share."""

from __future__ import annotations

from xtiger.cli.app import App
from xtiger.errors import UnknownModule
from xtiger.i18n.harmless import one_line

#: Characters of a record's name in a table.
NAME_LENGTH = 36


def shortened(name: str) -> str:
    """A record's name as one line that leaves room for the other columns."""
    name = one_line(name)
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"


def known_modules(app: App, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names as they are spelled in the CRM; raises UnknownModule. Case does not matter."""
    known = {module.name.lower(): module.name for module in app.xt.modules()}
    for name in names:
        if name.lower() not in known:
            raise UnknownModule(name, tuple(known.values()))
    return tuple(known[name.lower()] for name in names)
