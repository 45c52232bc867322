"""What holds in every language: whole sentences, all digits, and times that read as words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.i18n.language import REGIONS, Language, language, translator
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.entries.entry import Entry

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LANGUAGES = [language(name) for name in REGIONS]
languages = st.sampled_from(LANGUAGES)
amounts = st.decimals(-(10**12), 10**12, places=2)


def digits(text: str) -> str:
    """The digits alone."""
    return re.sub(r"\D", "", text)


@pytest.mark.parametrize("name", REGIONS)
@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.code)
def test_every_outcome_can_be_told(entry: Entry, name: str) -> None:
    """With its data given, nothing is left to fill in, and each value is said."""
    names = [n for _, n, _, _ in Formatter().parse(entry.sentence) if n]

    said = language(name).sentence(entry.sentence, **{n: f"<{n}>" for n in names})

    assert (set(), []) == ({n for n in names if f"<{n}>" not in said}, re.findall("[{}]", said))


def test_a_value_that_is_not_given_is_a_question_mark() -> None:
    """A page with a gap is better than no page."""
    assert "? is empty" == language("en").sentence("{field} is empty")


def test_one_is_told_from_many() -> None:
    """Only 1 is one; none and thousands are many, with the number as people write it."""
    words = language("en")

    assert ["0 records", "1 record", "1,240 records"] == [
        words.counted("{count} record", "{count} records", number) for number in (0, 1, 1240)
    ]


@given(languages, amounts)
def test_no_digit_of_an_amount_is_lost(words: Language, amount: Decimal) -> None:
    """Grouped and with other signs between, but all of them, with and without currency."""
    shown = (words.money(amount, "GBP"), words.amount(amount, "GBP"))

    assert {digits(f"{amount:.2f}")} == {digits(text) for text in shown}


@given(languages, st.integers(-(10**9), 10**9))
def test_no_digit_of_a_number_is_lost(words: Language, number: int) -> None:
    """Thousands are marked, nothing is shortened."""
    assert digits(str(number)) == digits(words.number(number))


@given(languages, st.integers(0, 86_400 * 4000))
def test_times_are_told_in_signs_that_every_screen_has(words: Language, passed: int) -> None:
    """Never a narrow space that terminals show as a box, never nothing."""
    moment = NOW - timedelta(seconds=passed)
    told = [words.ago(moment, NOW), words.moment(moment), words.day(moment.date(), NOW)]

    assert [True] * 3 == [bool(text.strip()) and "\u202f" not in text for text in told]


def test_the_last_minute_is_just_now() -> None:
    """And a minute is one minute."""
    words = language("en")

    assert ["just now", "1 min ago"] == [
        words.ago(NOW - timedelta(seconds=seconds), NOW) for seconds in (59, 60)
    ]


@pytest.mark.parametrize(
    ("locale", "name"),
    [("de", "de"), ("de_AT", "de"), ("FR", "fr"), ("en_US", "en"), ("xx", "en"), ("", "en")],
)
def test_a_locale_is_read_by_its_language(locale: str, name: str) -> None:
    """Regions do not matter; what is not there is English."""
    assert name == language(locale).name


def test_a_sentence_that_nobody_translated_stays_english() -> None:
    """Better than a gap."""
    assert "Never said before." == translator("de")("Never said before.")
