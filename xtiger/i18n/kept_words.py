"""What is stored of persons, and for how long, in the reader's words."""

from __future__ import annotations

from typing import Final

from xtiger.i18n.language import Language
from xtiger.model.privacy.kept import Kept

#: What is so where the space of what went could not be given back.
UNFREED: Final = (
    "Erased. Others read the database just then, so its file may hold bytes of it until the "
    "database is packed (VACUUM)."
)


def shown(one: Kept, words: Language) -> str:
    """What one sort is; of the log's rows of one result with that."""
    said = words.translate(one.what)
    return f"{said} ({words.translate(one.result)})" if one.result else said


def how_long(one: Kept, words: Language) -> str:
    """How long one sort is kept."""
    if one.days:
        return words.counted("{count} day", "{count} days", one.days)
    return words.translate(one.until)
