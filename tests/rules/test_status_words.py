"""Status words: any case and language for what is sure, a proposal for what is likely."""

from __future__ import annotations

import pytest

from xtiger.rules.invoice_status import STATUS_MAP, meaning_of
from xtiger.rules.status_words import (
    UnknownWord,
    chosen_for,
    folded,
    is_among,
    nearest,
    says,
    sent_as,
    unknown_words,
)


@pytest.mark.parametrize("text", STATUS_MAP)
def test_the_usual_words_mean_the_same_in_any_spelling(text: str) -> None:
    """Small letters, capitals, dashes and no blanks change nothing."""
    spelled = (text.lower(), text.upper(), text.replace(" ", "_"), text.replace(" ", ""))

    assert {STATUS_MAP[text]} == {meaning_of(one, {}) for one in spelled}


@pytest.mark.parametrize(
    ("word", "said", "sent"),
    [
        ("Entwurf", "DRAFT", "DRAFT"),
        ("ENVOYÉE", "SENT", "AUTHORISED"),
        ("Überfällig", "OVERDUE", "AUTHORISED"),
        ("teilweise bezahlt", "PART_PAID", "AUTHORISED"),
        ("payee", "PAID", "AUTHORISED"),
        ("Storniert", "VOIDED", "VOIDED"),
        ("zur Freigabe", "SUBMITTED", "SUBMITTED"),
        ("credit_invoice", "CREDIT", "CREDIT"),
        ("Offen", "", ""),
        ("", "", ""),
    ],
)
def test_what_a_word_says(word: str, said: str, sent: str) -> None:
    """Words of other languages that say one thing; others say nothing by themselves."""
    assert (said, sent) == (says(word), sent_as(word))


@pytest.mark.parametrize(
    ("word", "proposal"),
    [
        ("Offen", "AUTHORISED"),
        ("issued", "AUTHORISED"),
        ("New", "DRAFT"),
        ("Gutschrift", "CREDIT"),
        ("written-off", "VOIDED"),
        ("in review", "SUBMITTED"),
        ("Aproved", "AUTHORISED"),
        ("Paidd", "AUTHORISED"),
        ("Drafts", "DRAFT"),
        ("Finalise", "AUTHORISED"),
        ("Zebra", ""),
    ],
)
def test_the_nearest_meaning_is_proposed(word: str, proposal: str) -> None:
    """By what often means it, or by a word that is nearly the same."""
    assert proposal == nearest(word)


def test_unknown_words_are_listed_once() -> None:
    """In the order in which they came, whatever their case; those with a meaning are left out."""
    words = ["offen", "Entwurf", "Zebra", "", "OFFEN", "Mapped", "mapped"]

    assert [UnknownWord("offen", "AUTHORISED"), UnknownWord("Zebra", "")] == unknown_words(
        words, {"Mapped": "DRAFT"}
    )


def test_a_table_is_asked_in_any_case() -> None:
    """As it stands there first, then in any spelling."""
    table = {"Open": "DRAFT", "open": "AUTHORISED"}

    assert ("AUTHORISED", "DRAFT", "") == (
        chosen_for("open", table),
        chosen_for("OPEN", table),
        chosen_for("Other", table),
    )


def test_a_word_is_among_others_by_spelling_or_meaning() -> None:
    """Bezahlt is among Paid and Sent; a word that says nothing is so by its letters alone."""
    assert is_among("bezahlt", ["Sent", "Paid"])
    assert is_among("eingegangen", ["Eingegangen"])
    assert not is_among("eingegangen", ["Zebra"])
    assert not is_among("Draft", ["Sent", "Paid"])
    assert "teilweisebezahlt" == folded("Teilweise-Bezahlt")
