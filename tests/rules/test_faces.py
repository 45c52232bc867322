"""Cures as they are read: each entry on each face in each language, with what there is to press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from tests.i18n.test_catalogues import LABELS, TEMPLATES, in_code, in_template
from xtiger.i18n.failures import BROWSER
from xtiger.i18n.language import REGIONS, language
from xtiger.model.plans import Face
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.entries.entry import Cures
from xtiger.rules.reconciliation import CURES

ROOT = Path(__file__).parents[2] / "xtiger"
CURED: dict[str, Cures] = (
    {code: entry.cures for code, entry in CATALOGUE.items()}
    | {f"{code}, apart": entry.apart for code, entry in CATALOGUE.items() if entry.apart}
    | dict(CURES)
)
#: What only a terminal or a developer knows.
TERMINAL = re.compile(r"xtiger |XTIGER_|MODULE|CRM_ID|XERO_ID|STATUS|TAXTYPE|--|\{module\}'s")
#: Language → how what is to be pressed is quoted.
QUOTED = {"en": "“([^”]+)”", "de": "„([^“]+)“", "fr": r"«\s*([^»]*[^»\s])\s*»"}


def controls() -> Iterator[str]:
    """The labels of all that can be pressed: panel, pages and what extensions add."""
    yield from LABELS
    for path in (*ROOT.glob("panels/*.py"), *ROOT.glob("web/**/*.py")):
        yield from in_code(path)
    for path in TEMPLATES:
        yield from in_template(path)


def shown(label: str) -> str:
    """A label as a cure names it: what differs from record to record is left out."""
    return re.sub(r"\{\w+\}", "…", label)


#: Language → fields of a record that its sentences quote.
FIELDS = {locale: {language(locale).translate("Allow XTiger Sync")} for locale in REGIONS}
CONTROLS = {shown(label): label for label in controls()}


@pytest.mark.parametrize("locale", REGIONS)
@pytest.mark.parametrize("code", CURED)
class TestEachCure:
    def test_a_browser_reads_no_command(self, code: str, locale: str) -> None:
        """Nor a variable, nor a word that stands for a value."""
        said = language(locale).translate(CURED[code].browser)

        assert (True, None) == (bool(said), TERMINAL.search(said))

    def test_what_a_browser_is_to_press_is_there(self, code: str, locale: str) -> None:
        """By the very label that the reader sees in this language."""
        cure, words = CURED[code].browser, language(locale)
        named = re.findall(QUOTED["en"], cure)
        said = re.findall(QUOTED[locale], words.translate(cure))

        assert [] == [label for label in named if label not in CONTROLS]
        meant = {shown(words.translate(CONTROLS[label])) for label in named}
        # A field that English names without quotes may have them in another language.
        assert (set(), set()) == (meant - set(said), set(said) - meant - FIELDS[locale])

    def test_data_names_no_way_of_one_face(self, code: str, locale: str) -> None:
        """Whoever builds a screen or reads a mail has neither our commands nor our buttons."""
        said = language(locale).translate(CURED[code].data)
        quoted = re.findall(QUOTED["en"], CURED[code].data)

        assert (True, [], None) == (bool(said), quoted, TERMINAL.search(said))


def test_every_face_is_looked_at() -> None:
    """A fourth one would need its own rules here."""
    assert {"browser", "command", "data"} == set(get_args(Face))


@pytest.mark.parametrize("locale", REGIONS)
@pytest.mark.parametrize("code", BROWSER)
def test_what_an_error_tells_a_browser_to_press_is_there(code: str, locale: str) -> None:
    """As for cures: no command, and the very label of a button in this language."""
    words = language(locale)
    said = words.translate(BROWSER[code])
    named = re.findall(QUOTED["en"], BROWSER[code])

    assert (True, None) == (bool(said), TERMINAL.search(said))
    assert [] == [label for label in named if label not in CONTROLS]
    assert [words.translate(label) for label in named] == re.findall(QUOTED[locale], said)
