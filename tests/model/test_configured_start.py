"""The answers of the first day in the settings: each read, and each wrong one named."""

from __future__ import annotations

from datetime import date

import pytest

from xtiger.errors import SettingInvalid
from xtiger.model.configured_start import (
    BRING,
    FROM,
    GOES,
    INVOICES,
    MODE,
    OPEN_BEFORE,
    ConfiguredStart,
    configured_start,
    going_of,
    going_text,
)
from xtiger.model.start_answers import Going, StartAnswers

WHOLE = {FROM: "2026-04-01", INVOICES: "As-CRM", BRING: "none", GOES: "ticked"}


def test_nothing_given_answers_nothing() -> None:
    """Empty values neither; then what is proposed stays."""
    found = configured_start({FROM: " "})
    proposed = StartAnswers(date(2026, 1, 1), open_before=True, arrive="draft", stage="asked")

    assert (ConfiguredStart(), False, False) == (found, found.is_given, found.is_whole)
    assert proposed == found.merged(proposed)


def test_all_are_read() -> None:
    """In whatever case; what is open of before may be left out."""
    found = configured_start(WHOLE)

    assert ConfiguredStart(date(2026, 4, 1), None, "as_crm", "none", Going("ticked")) == found
    assert (True, True) == (found.is_given, found.is_whole)
    assert StartAnswers(date(2026, 4, 1), False, "as_crm", "none", "asked") == found.merged(
        StartAnswers(stage="asked")
    )


def test_all_years_and_what_is_open() -> None:
    """`all` is no day, and a Yes counts before what is proposed."""
    found = configured_start({FROM: "ALL", OPEN_BEFORE: "yes"})
    merged = found.merged(StartAnswers(date(2026, 1, 1), stage="asked"))

    assert (False, None, True) == (found.is_whole, merged.from_day, merged.open_before)


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        (FROM, "1.4.2026", "Write a day as 2026-04-01, or all."),
        (OPEN_BEFORE, "maybe", "Use yes or no."),
        (INVOICES, "approved", "Use draft or as-crm."),
        (BRING, "suppliers", "Use customers, all or none."),
        (MODE, "half", "Use active or read-only."),
        (GOES, "some", "Use all-but, ticked, or modules with statuses"),
        (GOES, "Invoices=", "Use all-but, ticked, or modules with statuses"),
        (GOES, "=Sent", "Use all-but, ticked, or modules with statuses"),
    ],
)
def test_a_wrong_one_is_named_with_its_value_and_what_is_allowed(
    name: str, value: str, fix: str
) -> None:
    """So that a person can mend it without a book."""
    with pytest.raises(SettingInvalid) as refused:
        configured_start({name: value})

    assert str(refused.value).startswith(f"{name} is {value!r}")
    assert fix in str(refused.value)


def test_the_mode_is_no_question_that_must_be_answered() -> None:
    """A connection sends unless the settings say otherwise."""
    found = configured_start({MODE: "Read-only"})

    assert (True, False) == (found.is_given, found.is_whole)
    assert "read_only" == found.merged(StartAnswers()).mode
    assert "active" == configured_start(WHOLE).merged(StartAnswers()).mode


@pytest.mark.parametrize("text", ["all-but", "ticked", "Invoices=Sent,Paid; Quotes=Won"])
def test_which_records_go_is_written_as_it_is_read(text: str) -> None:
    """There and back."""
    found = going_of(text)

    assert found is not None
    assert text == going_text(found)


def test_statuses_belong_to_their_modules() -> None:
    """Spaces do not count."""
    assert Going("status", {"Invoices": ("Sent", "Half paid")}) == going_of(
        " Invoices = Sent , Half paid "
    )
