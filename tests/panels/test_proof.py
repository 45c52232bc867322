"""The proof as people read it: verdict, values, the CSV list and the page to print."""

from __future__ import annotations

import csv
import re
from datetime import date
from typing import Any

import pytest

from tests.panels.examples import agreeing, disagreement, proof
from tests.panels.test_panel_html import Page
from xtiger.i18n.language import language
from xtiger.model.plans import Cause
from xtiger.panels.proof import (
    COLUMNS,
    cause_text,
    cure_text,
    facts,
    field_text,
    left_out_rows,
    reason_text,
    reconciliation_csv,
    reconciliation_html,
    standing_groups,
    value_text,
    verdict,
)
from xtiger.rules.reconciliation import Standing

ENGLISH, GERMAN = language("en"), language("de")
EVIL = '"><script>alert(1)</script>'


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"sums": (), "differences": ()}, "Both sides agree: 1 record, 0 differences."),
        ({}, "6 differences between the CRM and Xero."),
        ({"differences": (disagreement("Total", 1, 2),)}, "1 difference between the CRM and Xero."),
        ({"differences": ()}, "The sums differ, though no single record does. Report it."),
    ],
)
def test_the_verdict_is_one_line(values: dict[str, Any], said: str) -> None:
    """Agreement, differences, or sums alone."""
    assert said == verdict(ENGLISH, proof(**values))


def test_values_are_written_for_people() -> None:
    """Money with two decimals, prices as they are, days, and whether a record is there."""
    found = proof()
    shown = [
        (
            field_text(ENGLISH, one.field),
            value_text(ENGLISH, found.base_currency, one, one.crm),
            value_text(ENGLISH, found.base_currency, one, one.xero),
        )
        for one in found.differences
    ]

    assert [
        ("Total", "1,240.00", "1,240.01"),
        ("Line 2: Price", "9.9999", "—"),
        ("Line 3", "—", "1 × Work @ 5"),
        ("Due Date", "2026-12-01", "2026-12-02"),
        ("Active", "yes", "no"),
        ("record", "missing", "there"),
    ] == shown


def test_words_are_translated_and_labels_stay() -> None:
    """Ours in the reader's language, the CRM's own labels as they are."""
    assert ("Position 2: Preis", "Kundenfarbe") == (
        field_text(GERMAN, "Line 2: Price"),
        field_text(GERMAN, "Kundenfarbe"),
    )


def test_a_cure_names_the_record() -> None:
    """The sentence's fields are filled in."""
    assert cure_text(ENGLISH, proof().differences[-1]).startswith("Xero has INV-1 twice;")


def test_the_facts_say_when_and_since() -> None:
    """The moment it was read, and the first day in scope."""
    assert facts(ENGLISH, proof(since=date(2026, 1, 1))) == (
        "Read from the CRM and from Xero on 20 Nov 2026, 09:30 UTC. Documents from 2026-01-01 on."
    )


def test_unknown_codes_and_reasons_are_named() -> None:
    """A code of another release has no sentence of ours, but a step that finds it out anew."""
    odd = Standing("Products", "", "1", None, Cause.of_store("odd_code", {}))

    assert "odd" == reason_text(ENGLISH, "odd")
    assert (
        "Another release of XTiger gave the reason: odd_code.",
        "Have it looked at again: xtiger sync Products --full",
    ) == cause_text(ENGLISH, odd, "command")


def test_standing_records_are_grouped() -> None:
    """One line per module and code, with their number and the first of them."""
    rows = [Standing("Products", f"P{n}", str(n), None, Cause("code_missing")) for n in (1, 2)]

    assert [(2, rows[0])] == list(standing_groups(proof(standing=tuple(rows))))


def test_left_out_is_told_by_reason() -> None:
    """Both sides of each reason in one row."""
    assert [("Invoices", "not_selected", 2, 0), ("Invoices", "other_type", 0, 3)] == (
        left_out_rows(proof())
    )


def test_csv_has_a_row_per_difference() -> None:
    """Values as they are: a point in amounts, ISO days, empty for nothing."""
    rows = list(csv.reader(reconciliation_csv(ENGLISH, proof()).splitlines()))

    assert list(COLUMNS) == rows[0]
    assert [
        ["Total", "1240.00", "1240.01"],
        ["Line 2: Price", "9.9999", ""],
        ["Line 3", "", "1 × Work @ 5"],
        ["Due Date", "2026-12-01", "2026-12-02"],
        ["Active", "yes", "no"],
        ["record", "no", "yes"],
    ] == [row[4:7] for row in rows[1:]]
    assert ["sync", "The next sync carries it over.", "xtiger sync Invoices"] == rows[1][7:]


def test_csv_is_harmless_in_a_spreadsheet() -> None:
    """A name that would run as a formula gets a quote in front."""
    text = reconciliation_csv(ENGLISH, proof(differences=(disagreement("Name", "=1+1", "@x"),)))

    assert ["'=1+1", "'@x"] == list(csv.reader(text.splitlines()))[1][5:7]


@pytest.mark.parametrize("locale", ["en", "de", "fr"])
def test_the_page_is_whole_in_every_language(locale: str) -> None:
    """Well formed, with its language, no script, and nothing fetched from elsewhere."""
    text = reconciliation_html(language(locale), proof())
    page = Page(text)

    assert ([], []) == (page.wrong, page.open)
    assert [{"lang": locale}] == page.all("html")
    assert [] == page.all("script") + page.all("link") + page.all("img")
    assert not re.search(r"(?:src|href)=|url\(|@import", text)


def test_the_page_can_be_read_aloud() -> None:
    """Every head cell says what it heads; every region that scrolls has a name and the focus."""
    page = Page(reconciliation_html(ENGLISH, proof()))
    names = {attributes["id"] for attributes in page.all("h2")}
    regions = [attributes for attributes in page.all("div") if "role" in attributes]

    assert [] == [attributes for attributes in page.all("th") if not attributes.get("scope")]
    assert names == {one["aria-labelledby"] for one in regions}
    assert {"0"} == {one["tabindex"] for one in regions}


def test_the_page_marks_the_sum_that_differs_without_colour_alone() -> None:
    """A sign stands before the amount; what is not compared has a note."""
    text = reconciliation_html(ENGLISH, proof())

    assert "≠ 1,240.01" in text
    assert "≠ 200.00" not in text
    assert "Shown, not compared" in text


def test_the_page_of_books_in_step_says_so() -> None:
    """The verdict, and no empty tables."""
    text = reconciliation_html(ENGLISH, agreeing())

    assert "Both sides agree: 1 record, 0 differences." in text
    assert 'id="differences"' not in text
    assert 'id="standing"' not in text


def test_everything_on_the_page_is_escaped() -> None:
    """Names and values of records are foreign text."""
    evil = proof(
        organisation=EVIL,
        not_compared=(EVIL,),
        differences=(disagreement(EVIL, EVIL, EVIL),),
        standing=(Standing(EVIL, EVIL, EVIL, EVIL, Cause.of_store(EVIL, {})),),
    )

    assert "<script" not in reconciliation_html(ENGLISH, evil)
