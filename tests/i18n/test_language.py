"""Amounts, days and times as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from xtiger.i18n.language import language, translator

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "money"),
    [("en", "1,240.00 GBP"), ("de", "1.240,00 GBP"), ("fr", "1\u00a0240,00 GBP")],
)
def test_money_has_its_currency_after_it(name: str, money: str) -> None:
    """Thousands and decimals by language, the currency as three letters."""
    assert money == language(name).money(Decimal(1240), "GBP").replace("\u202f", "\u00a0")


def test_a_currency_has_its_own_decimals() -> None:
    """Yen have none, Bahraini dinars three."""
    words = language("en")

    assert ("1,240 JPY", "1,240.000 BHD") == (
        words.money(Decimal(1240), "JPY"),
        words.money(Decimal(1240), "BHD"),
    )


def test_an_amount_leaves_the_currency_out() -> None:
    """For sentences that name it already."""
    assert "1,860.00" == language("en").amount(Decimal(1860), "GBP")


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(hours=3), "3 hr ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=17), "3 Nov"),
        (timedelta(days=400), "16 Oct 2025"),
    ],
)
def test_the_past_is_told_roughly(passed: timedelta, told: str) -> None:
    """Minutes, hours and days up to a week, then the day."""
    assert told == language("en").ago(NOW - passed, NOW)


def test_the_past_in_german() -> None:
    """Relative times follow the language."""
    assert "vor 12 Min." == language("de").ago(NOW - timedelta(minutes=12), NOW)


def test_a_moment_has_no_seconds() -> None:
    """Day and minute are enough for people."""
    assert "20 Nov 2026, 12:00" == language("en").moment(NOW)


def test_a_day_of_this_year_is_short() -> None:
    """The year is named only when it is another."""
    words = language("en")

    assert ("3 Nov", "3 Nov 2025") == (
        words.day(date(2026, 11, 3), NOW),
        words.day(date(2025, 11, 3), NOW),
    )


def test_numbers_mark_thousands() -> None:
    """1,200 in English."""
    assert "1,200" == language("en").number(1200)


def test_a_sentence_is_translated_then_filled() -> None:
    """Values are put into the translated sentence."""
    assert "Verbunden: Aroha (GBP)." == language("de").sentence(
        "Connected: {name} ({currency}).", name="Aroha", currency="GBP"
    )


def test_values_are_never_formats() -> None:
    """Braces in a name of a customer stay as they are."""
    assert "{0.__class__} is archived in Xero." == language("en").sentence(
        "{name} is archived in Xero.", name="{0.__class__}"
    )


def test_a_missing_value_is_a_question_mark() -> None:
    """A sentence whose data is incomplete is shown all the same."""
    assert "Fill in ?." == language("en").sentence("Fill in {field}.")


def test_an_unknown_sentence_stays_english() -> None:
    """What has no translation is shown as it is written."""
    assert "Hello there" == translator("fr")("Hello there")


def test_one_is_told_apart_from_many() -> None:
    """1 call, 2 calls, 1,200 calls."""
    words = language("en")

    assert ["1 call", "2 calls", "1,200 calls"] == [
        words.counted("{count} call", "{count} calls", number) for number in (1, 2, 1200)
    ]


@pytest.mark.parametrize("name", ["en", "de", "fr"])
def test_nothing_stays_nothing(name: str) -> None:
    """An empty cell is never filled with the head of the catalogue."""
    assert "" == language(name).translate("")
