"""The text of a cursor of changes: which connection and kinds it is of, and how far it got."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from xtiger.errors import ChangesCursorInvalid
from xtiger.model.outside.xero_changes import ChangePlace
from xtiger.rules.kinds import KINDS

#: The kinds that are kept as Xero gives them; persons are a part of their contact.
CHANGE_KINDS: Final = tuple(
    one.kind for one in KINDS.values() if one.summarises and not one.part_of
)
#: Which form of cursor it is, so that a later one can be told from it.
_FORM: Final = "1"


def known_kinds(words: Collection[str]) -> tuple[str, ...]:
    """These kinds as Xero spells them, in order; raises ChangesCursorInvalid naming another."""
    known = {kind.lower(): kind for kind in CHANGE_KINDS}
    for word in words:
        if word.lower() not in known:
            reason = f"{word!r} is no kind of Xero that is kept"
            raise ChangesCursorInvalid(reason, f"Use {', '.join(CHANGE_KINDS)}")
    return tuple(sorted({known[word.lower()] for word in words}))


def cursor_of(place: ChangePlace) -> str:
    """The place as one word, without anything of a record."""
    return ".".join((_FORM, str(place.number), "+".join(place.kinds), place.connection_id))


def place_of(cursor: str, kinds: Collection[str] = ()) -> ChangePlace:
    """The place that a cursor names; raises ChangesCursorInvalid for another text or other kinds.

    Another choice of kinds would miss what was passed over before.
    """
    parts = cursor.split(".", 3)
    is_one = len(parts) == 4 and parts[0] == _FORM and parts[1].isdecimal() and parts[1].isascii()
    if not is_one or not parts[3]:
        raise ChangesCursorInvalid(
            "The cursor is none that was given", "Use it as it came, or begin again without one"
        )
    own = known_kinds([kind for kind in parts[2].split("+") if kind])
    if kinds and known_kinds(kinds) != own:
        raise ChangesCursorInvalid(
            f"The cursor is of the kinds {', '.join(own) or 'all'}",
            "Use the same kinds, or begin again without a cursor",
        )
    return ChangePlace(parts[3], int(parts[1]), own)
