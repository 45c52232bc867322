"""What was kept in English is said again in the language of the reader."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from xtiger.errors import ExtensionRefused, SettingInvalid
from xtiger.extensions.spoken_reason import spoken_reason
from xtiger.extensions.state import ExtensionState
from xtiger.i18n.failures import COMMANDS, spoken_error
from xtiger.i18n.kept_text import KEPT, respoken
from xtiger.i18n.language import language
from xtiger.model.disk import file_trouble

PLACE = Path("home") / "xtiger.toml"


@pytest.mark.parametrize("locale", ["de", "fr"])
@pytest.mark.parametrize("template", KEPT)
def test_each_kept_text_is_said_again(locale: str, template: str) -> None:
    """With the values that it was kept with, whichever these are."""
    words = language(locale)
    values = dict.fromkeys(("place", "said", "reason", "file", "missing", "low", "below"), "X 1")
    values |= dict.fromkeys(("spoken", "variable", "command", "package", "name"), "X 1")

    assert words.sentence(template, **values) == respoken(template.format_map(values), words)


def test_what_a_text_quotes_is_said_again_too() -> None:
    """A file that cannot be written says why in the same language."""
    reason, _fix = file_trouble(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), PLACE)

    assert "kann nicht geschrieben werden: die Festplatte ist voll" == respoken(
        f"cannot be written: {reason}", language("de")
    )


def test_a_text_of_somebody_else_stays() -> None:
    """An extension may give a reason that nobody translated."""
    assert "its maker is away" == respoken("its maker is away", language("de"))


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "die Festplatte ist voll. Auf der Festplatte von"),
        (errno.EROFS, "die Festplatte nimmt nichts an."),
        (errno.EACCES, "darf home/xtiger.toml nicht benutzen."),
    ],
)
def test_a_page_says_what_is_wrong_with_a_file(number: int, said: str) -> None:
    """In the reader's language, and without a variable that only a command line knows."""
    reason, fix = file_trouble(OSError(number, os.strerror(number)), PLACE)
    error = SettingInvalid(str(PLACE), f"cannot be read: {reason}", fix)

    found = spoken_error(error, language("de"))

    assert said in found
    assert None is COMMANDS.search(found)
    assert str(error) == spoken_error(error, language("de"), "command")


def test_an_extension_that_cannot_be_enabled_says_why_in_each_language() -> None:
    """The reason of its state travels in the refusal as text."""
    refused = ExtensionRefused("XTLog", "it needs XTiger, which is not loaded", "See: xtiger plan")

    assert spoken_error(refused, language("de")).startswith(
        "XTLog: sie braucht XTiger, was nicht geladen ist."
    )
    assert spoken_error(refused, language("fr")).startswith(
        "XTLog: elle a besoin de XTiger, qui n’est pas chargé."
    )


def test_the_page_of_extensions_names_no_command_of_pip() -> None:
    """What pip owns is removed by the person who runs the CRM."""
    kept = "its files are pip's: pip uninstall xtiger-log"
    state = ExtensionState("XTLog", "Xero Logs", "1.0", "removed", kept)

    assert kept == spoken_reason(state, language("en"))
    assert "ihre Dateien gehören pip. Fragen Sie Ihren Administrator." == spoken_reason(
        state, language("de"), "browser"
    )


def test_each_kept_text_stands_there_once() -> None:
    """Two equal ones would be two translations of one sentence."""
    assert len(set(KEPT)) == len(KEPT)
