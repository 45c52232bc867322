"""What changed in Xero since a cursor, of the kept copies, for code of the CRM's own."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from xtiger.errors import ChangesCursorInvalid
from xtiger.model.links import Shadow
from xtiger.model.outside.xero_changes import ChangePlace, XeroChange, XeroChanges
from xtiger.rules.gone import is_gone
from xtiger.rules.outside.change_cursor import CHANGE_KINDS, cursor_of, known_kinds, place_of

if TYPE_CHECKING:
    from xtiger.services.parts import Parts

#: The most records that are given at a time: their copies are held at once.
MOST: Final = 5_000


def xero_changes(
    parts: Parts,
    since: str | None,
    kinds: Collection[str],
    connection_id: str | None,
    limit: int,
) -> XeroChanges:
    """One page of what changed after a cursor; raises ChangesCursorInvalid, NotConnected."""
    place = _place(parts, since, kinds, connection_id)
    found = parts.store.changed_in_xero(
        place, place.kinds or CHANGE_KINDS, max(1, min(limit, MOST))
    )
    if found is None:
        raise ChangesCursorInvalid(
            "The cursor is further than this store, which was set back",
            "Begin again without a cursor",
        )
    reached = ChangePlace(place.connection_id, found.number, place.kinds)
    changes = tuple(_change(place.connection_id, one) for one in found.shadows)
    return XeroChanges(changes, cursor_of(reached), found.more)


def _place(
    parts: Parts, since: str | None, kinds: Collection[str], connection_id: str | None
) -> ChangePlace:
    """Where to go on; a cursor of another connection than the one named is refused."""
    if not since:
        return ChangePlace(parts.connection(connection_id).id, 0, known_kinds(kinds))
    place = place_of(since, kinds)
    connection = parts.connection(connection_id or place.connection_id)
    if connection.id != place.connection_id:
        raise ChangesCursorInvalid(
            "The cursor is of another organisation", "Use one cursor for each of them"
        )
    return place


def _change(connection_id: str, shadow: Shadow) -> XeroChange:
    return XeroChange(
        connection_id,
        shadow.type,
        shadow.id,
        shadow.seen_at,
        is_gone(shadow),
        shadow.payload,
    )
