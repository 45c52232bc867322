"""German and French use one word for each thing, as the glossary says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.pofile import read_po

from xtiger.i18n.language import catalogue_text

_GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
#: Lines of a file, not of an invoice.
_OF_A_FILE = (
    "{count} line of it is unsure",
    "{count} lines of it are unsure",
    "Line {number}: {reason}",
)


class Thing(NamedTuple):
    """A row of the glossary in one language."""

    english: str
    word: str
    others: tuple[str, ...]


def things(locale: str) -> list[Thing]:
    """The table of the glossary."""
    column = {"de": 1, "fr": 3}[locale]
    table = _GLOSSARY.read_text("utf-8").split("## German and French")[1]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")]
    found = []
    for row in rows[1:]:
        cells = [cell.strip() for cell in row]
        english = re.sub(r" \(.*", "", cells[0])
        others = tuple(one.strip(" …") for one in cells[column + 1].split(",") if one.strip())
        found.append(Thing(english, cells[column], others))
    return found


def sentences(locale: str) -> Iterator[tuple[str, str]]:
    """(English, translation) of each form of each sentence."""
    for message in read_po(catalogue_text(locale).splitlines()):
        if not message.id:
            continue
        given = message.id if isinstance(message.id, tuple | list) else (message.id,)
        become = message.string if isinstance(message.string, tuple | list) else (message.string,)
        yield from zip(given, become, strict=True)


def names(english: str, thing: str) -> bool:
    """Whether a sentence is about a thing: its word stands there,."""
    return re.search(rf"\b{thing}(s|d|ed|ing)?\b", bare(english), re.IGNORECASE) is not None


def bare(text: str) -> str:
    """A sentence without its commands and data."""
    return re.sub(r"xtiger [a-z].*|\{\w+\}", "", text)


def misnamed(locale: str, given: Iterator[tuple[str, str]]) -> list[str]:
    """Each translation that calls a thing by a word that is not its own."""
    found = []
    for english, translated in given:
        if english.startswith(_OF_A_FILE):
            continue
        about = [thing for thing in things(locale) if names(english, thing.english)]
        # A sentence about a row and a line may use both words.
        fitting = " ".join(thing.word.casefold() for thing in about)
        found += [
            f"{thing.english}: {translated}"
            for thing in about
            for other in thing.others
            if other.casefold() not in fitting
            and re.search(rf"\b{other}", bare(translated), re.IGNORECASE)
        ]
    return found


@pytest.mark.parametrize("locale", ["de", "fr"])
def test_each_thing_has_one_word(locale: str) -> None:
    """No sentence of the catalogue uses another one."""
    assert [] == misnamed(locale, sentences(locale))


@pytest.mark.parametrize(
    ("locale", "english", "translated"),
    [
        ("de", "Sync now", "Jetzt synchronisieren"),
        ("de", "The invoice has no lines.", "Die Rechnung hat keine Zeilen."),
        ("de", "Tick the rows first.", "Haken Sie zuerst die Zeilen an."),
        ("fr", "{count} records", "{count} enregistrements"),
        ("fr", "Look at the plan and release it", "Regardez le plan et libérez-le"),
    ],
)
def test_another_word_is_found(locale: str, english: str, translated: str) -> None:
    """The test above would see it."""
    assert misnamed(locale, iter([(english, translated)]))
