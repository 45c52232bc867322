"""The answers of a connection's start: kept and read again, and what nobody answered."""

from __future__ import annotations

from datetime import UTC, date, datetime

from xtiger.model.start_answers import FirstAccounts, StartAnswers

ANSWERED = StartAnswers(
    date(2026, 4, 1),
    open_before=True,
    answered_by="Ann",
    answered_at=datetime(2026, 11, 20, tzinfo=UTC),
)


def test_kept_answers_are_the_same_again() -> None:
    """Each of them, the moment too."""
    assert ANSWERED == StartAnswers.of(ANSWERED.plain())


def test_a_connection_that_was_never_asked_is_limited_by_nothing() -> None:
    """As before there were any answers."""
    assert StartAnswers() == StartAnswers.of(None)
    assert (None, "all", "") == (
        StartAnswers().from_day,
        StartAnswers().bring,
        StartAnswers().answered_by,
    )


def test_accounts_are_chosen_where_the_crm_has_something_to_book() -> None:
    """One for charges is no must, and a CRM without payments needs none for them."""
    assert FirstAccounts("200", "", "090").are_chosen
    assert FirstAccounts("200", "", None).are_chosen
    assert not FirstAccounts("200", "200", "").are_chosen
