"""Causes in words: the catalogue's sentences filled in, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping

from xtiger.catalogue import CATALOGUE
from xtiger.i18n import Language
from xtiger.plans import Cause
from xtiger.values import Plain


def spoken_cause(cause: Cause, words: Language) -> tuple[str, str]:
    """(what happened and why, what to do next) of a cause that the catalogue knows.

    A record that waits for its parent says why that one waits, and what to do about it.
    """
    return _spoken(cause.code, cause.data, words)


def _spoken(code: str, given: Mapping[str, Plain], words: Language) -> tuple[str, str]:
    entry = CATALOGUE[code]
    data = {name: str(value) for name, value in given.items()}
    said, fix = words.sentence(entry.sentence, **data), words.sentence(entry.fix, **data)
    why, why_data = data.get("why", ""), given.get("why_data")
    if why not in CATALOGUE:
        return said, fix
    because, step = _spoken(why, why_data if isinstance(why_data, Mapping) else {}, words)
    parent = data.get("parent", "")
    return (
        words.sentence("{parent} is not in Xero yet: {why}", parent=parent, why=because),
        words.sentence("{parent}: {fix}", parent=parent, fix=step) if step else fix,
    )
