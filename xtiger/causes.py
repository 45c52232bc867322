"""Causes in words: the catalogue's sentences filled in, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from xtiger.catalogue import CATALOGUE
from xtiger.i18n import Language
from xtiger.plans import Cause, Face
from xtiger.values import Plain

#: What a command shows in place of a record that is not named.
_NO_MODULE, _NO_ID = "MODULE", "CRM_ID"


class About(Protocol):
    """The record that a cause is told of: an outcome, an item of a plan, a conflict."""

    @property
    def module(self) -> str:
        """Its module."""
        ...

    @property
    def crm_id(self) -> str | None:
        """Its id in the CRM, where it has one."""
        ...


def spoken_cause(
    cause: Cause, words: Language, face: Face, about: About | None = None
) -> tuple[str, str]:
    """(what happened and why, what to do next) of a cause that the catalogue knows.

    A record that waits for its parent says why that one waits, and what to do about it.
    """
    record = {
        "module": about.module if about else _NO_MODULE,
        "crm_id": (about.crm_id if about else None) or _NO_ID,
    }
    return _spoken(cause.code, cause.data, words, face, record)


def _spoken(
    code: str, given: Mapping[str, Plain], words: Language, face: Face, record: Mapping[str, str]
) -> tuple[str, str]:
    entry = CATALOGUE[code]
    data = {**record, **{name: str(value) for name, value in given.items()}}
    said = words.sentence(entry.sentence, **data)
    fix = words.sentence(entry.cures.on(face), **data)
    why, why_data = data.get("why", ""), given.get("why_data")
    if why not in CATALOGUE:
        return said, fix
    record = {"module": data["module"], "crm_id": str(given.get("id") or _NO_ID)}
    parents = why_data if isinstance(why_data, Mapping) else {}
    because, step = _spoken(why, parents, words, face, record)
    parent = data.get("parent", "")
    return (
        words.sentence("{parent} is not in Xero yet: {why}", parent=parent, why=because),
        words.sentence("{parent}: {fix}", parent=parent, fix=step) if step else fix,
    )
