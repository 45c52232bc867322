"""Which connection's chart is meant when a person names one, or none."""

from __future__ import annotations

from collections.abc import Sequence

from xtiger.errors import NeedsPerson, NotConnected
from xtiger.model.connections import Connection


def choose(connections: Sequence[Connection], asked: str = "") -> Connection:
    """The connection with this id or name; without one the oldest active, else the oldest.

    Raises NotConnected when there is none at all, NeedsPerson when the name fits none or
    several.
    """
    if not connections:
        raise NotConnected
    if not asked:
        return next((c for c in connections if c.state == "active"), connections[0])
    found = [c for c in connections if asked in (c.id, c.name)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{c.name} ({c.id})" for c in connections)
    if found:
        raise NeedsPerson(f"{len(found)} connections are called {asked!r}. Give the id: {known}.")
    raise NeedsPerson(f"There is no connection {asked!r}. Known ones: {known}.")
