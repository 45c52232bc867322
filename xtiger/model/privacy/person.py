"""A person as privacy sees one: where records of it are, and the texts that give it away."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, quote_plus

from xtiger.model.links import Side
from xtiger.model.privacy.telling import is_telling

#: What stands in texts where a person was.
ERASED: Final = "[erased]"
#: A shorter text gives nobody away, and stands everywhere.
_SHORTEST: Final = 3


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One record of a person: of which connection, on which side, and its id there."""

    connection_id: str
    side: Side
    #: The module of the CRM, or the kind of Xero.
    type: str
    id: str

    @property
    def address(self) -> str:
        """What names the record to a command, such as Organizations:17."""
        return f"{self.type}:{self.id}"


@dataclass(frozen=True, slots=True)
class Person:
    """The records that are one person, and the names, addresses and numbers known of it."""

    #: Those of the CRM first.
    places: tuple[Place, ...]
    #: What people call it; "" where nothing says it any more.
    name: str = ""
    #: Its names, e-mail addresses and telephone numbers, in every form in which they were met.
    texts: tuple[str, ...] = field(default=(), repr=False)

    @property
    def address(self) -> str:
        """What names it to a command."""
        return self.places[0].address

    @property
    def emails(self) -> tuple[str, ...]:
        """Its e-mail addresses, in small letters."""
        return tuple(dict.fromkeys(text.casefold() for text in self.texts if "@" in text))

    @property
    def spellings(self) -> tuple[str, ...]:
        """Its texts as JSON, HTML and addresses of the web spell them, the longest first."""
        return _spelled(text for text in self.texts if len(text) >= _SHORTEST)

    @property
    def telling(self) -> tuple[str, ...]:
        """Its texts that mean nobody and nothing else, wherever they stand in a sentence."""
        return tuple(text for text in self.texts if is_telling(text))

    def is_in(self, text: str) -> bool:
        """Whether a sentence names it: by what is telling, as words of their own."""
        pattern = _pattern(_spelled(self.telling))
        return pattern is not None and pattern.search(text) is not None

    def without(self, text: str) -> str:
        """The sentence without it."""
        pattern = _pattern(_spelled(self.telling))
        return text if pattern is None else pattern.sub(ERASED, text)


def _spelled(texts: Iterable[str]) -> tuple[str, ...]:
    found = {form for text in texts for form in _forms(text)}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def _forms(text: str) -> Iterable[str]:
    return (
        text,
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        html.escape(text),
        quote(text),
        quote_plus(text),
    )


def _pattern(spellings: Sequence[str]) -> re.Pattern[str] | None:
    """What finds one of these as words of their own, in upper or lower case, across lines."""
    if not spellings:
        return None
    parts = (r"\s+".join(re.escape(word) for word in form.split()) for form in spellings)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)
