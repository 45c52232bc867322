"""Routing: which connection of a tenant a record belongs to, where there are several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from xtiger.model.connections import DISCONNECTED, Connection
from xtiger.model.values import Plain
from xtiger.rules.kinds import nature

_YES = frozenset({"yes", "true", "1", "on"})
_NO = frozenset({"no", "false", "0", "off", ""})


@dataclass(frozen=True, slots=True)
class Rule:
    """Records of this module whose field has this value belong to this connection."""

    module: str
    #: The name of a field of the CRM.
    field: str
    value: str
    connection_id: str


@dataclass(frozen=True, slots=True)
class Routes:
    """What an administrator decided for one tenant."""

    #: In the order to be asked: of a document the first that fits decides.
    rules: tuple[Rule, ...] = ()
    #: Where documents go that no rule fits; "" holds them.
    default: str = ""
    #: The connection whose new contacts and items become CRM records; "" is the oldest.
    master: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a record belongs, seen from one connection."""

    place: Literal["here", "elsewhere", "missing"]
    #: The other connection, for "elsewhere".
    connection_id: str = ""


HERE = Route("here")


def rivals(connections: Sequence[Connection], here: str) -> list[Connection]:
    """The other connections of the tenant that are active, or were not ended by hand.

    One whose permission ran out comes back: its documents must not go elsewhere meanwhile.
    """
    return [c for c in connections if c.id != here and _lives(c)]


def _lives(connection: Connection) -> bool:
    return connection.state == "active" or connection.reason != DISCONNECTED


def master_of(routes: Routes, connections: Sequence[Connection]) -> Connection | None:
    """Whose new contacts and items become CRM records, of a tenant's, oldest first."""
    living = [c for c in connections if _lives(c)]
    chosen = [c for c in living if c.id == routes.master]
    return next(iter([*chosen, *living]), None)


def route(
    module: str,
    kind: str,
    values: Mapping[str, Plain],
    routes: Routes,
    *,
    here: str,
    rivals: bool,
    owner: str = "",
) -> Route:
    """Where a record that is not linked here belongs.

    `owner` is another connection that has the document already, or is sending it: that was
    decided at its first push. Without a rule a document of several connections is "missing";
    contacts and items are everywhere that no rule says otherwise.
    """
    document = nature(kind).document
    if document and owner:
        return _to(owner, here)
    fitting = [
        rule.connection_id
        for rule in routes.rules
        if rule.module == module and fits(values.get(rule.field), rule.value)
    ]
    if not document:
        return HERE if not fitting or here in fitting else _to(fitting[0], here)
    target = fitting[0] if fitting else routes.default
    if target:
        return _to(target, here)
    return Route("missing") if rivals else HERE


def _to(target: str, here: str) -> Route:
    return HERE if target == here else Route("elsewhere", target)


def fits(value: Plain, wanted: str) -> bool:
    """Whether a CRM value is the one of a rule; case and outer spaces do not count."""
    asked = wanted.strip().casefold()
    if isinstance(value, bool):
        return asked in (_YES if value else _NO)
    return ("" if value is None else str(value).strip().casefold()) == asked
