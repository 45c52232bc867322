"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Iterable

from xtiger.cli.app import App
from xtiger.errors import UnknownModule
from xtiger.i18n.harmless import one_line

#: Characters of a record's name in a table.
NAME_LENGTH = 36


def shortened(name: str) -> str:
    """A record's name as one line that leaves room for the other columns."""
    name = one_line(name)
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"


def known_modules(
    app: App, names: tuple[str, ...], among: Iterable[str] | None = None
) -> tuple[str, ...]:
    """The names as they are spelled in the CRM; raises UnknownModule. Case does not matter.

    Without `among` the modules that are synced are known.
    """
    known = {name.lower(): name for name in among or (m.name for m in app.xt.modules.all())}
    for name in names:
        if name.lower() not in known:
            raise UnknownModule(name, tuple(known.values()))
    return tuple(known[name.lower()] for name in names)
