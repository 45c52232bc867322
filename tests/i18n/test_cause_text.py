"""Causes in words: what the library writes into a sentence is said in the reader's language."""

from __future__ import annotations

import pytest

from xtiger.i18n.cause_text import spoken_cause
from xtiger.i18n.language import language
from xtiger.model.cause_codes import CauseCode
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_of


@pytest.mark.parametrize(
    ("code", "data", "said"),
    [
        (
            "account_unknown",
            {"account": "999", "where": "the record"},
            "Bei dem Datensatz ein Konto aus dem Kontenplan von Xero wählen.",
        ),
        (
            "account_archived",
            {"account": "200", "where": "the product of line 3"},
            "Bei dem Produkt der Position 3 ein anderes Konto wählen.",
        ),
        ("line_incomplete", {"line": 2, "field": "quantity"}, "Position 2: Menge fehlt."),
        (
            "value_unreadable",
            {"field": "a line", "value": "x", "type": "number"},
            "Eine Position hat den Wert x; das ist kein gültiger Wert (Zahl).",
        ),
        (
            "price_too_fine",
            {"field": "price of line 2", "value": "1.23456"},
            "Preis der Position 2 hat mehr als 4 Nachkommastellen: 1.23456.",
        ),
    ],
)
def test_what_the_library_writes_in_is_german_for_a_german(
    code: CauseCode, data: dict[str, Plain], said: str
) -> None:
    """A sentence is of one language, also where we name the place ourselves."""
    assert said in spoken_cause(cause_of(code, **data), language("de"), "browser")


def test_the_label_of_a_crm_stays_as_it_is() -> None:
    """Its own word is not ours to translate, nor to write with a capital."""
    cause = cause_of("value_unreadable", field="eingang am", value="x", type="date")

    said, fix = spoken_cause(cause, language("de"), "browser")

    assert said == "eingang am hat den Wert x; das ist kein gültiger Wert (Datum)."
    assert "eingang am" in fix


def test_a_type_is_named_in_words_in_english_too() -> None:
    """Nobody who keeps books has to know what an int is."""
    cause = cause_of("value_unreadable", field="line 2", value="two", type="int")

    said, _ = spoken_cause(cause, language("en"), "browser")

    assert said == "Line 2 has the value two, which is no whole number."
