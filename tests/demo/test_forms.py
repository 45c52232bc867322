"""What the forms take and refuse."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from xtiger.demo.forms import Input, Wrong, read

CHOICES = {"taxes": [("20", "20 %")], "people": [("7", "Ada")]}


@pytest.mark.parametrize(
    ("item", "text", "value"),
    [
        (Input("n", "Name"), "  Hartley   & Sons ", "Hartley & Sons"),
        (Input("n", "Street", "long_text"), "a\r\nb", "a\nb"),
        (Input("n", "Mail", "email"), "a@b.test", "a@b.test"),
        (Input("n", "Price", "number"), "1,234.50", Decimal("1234.50")),
        (Input("n", "Price", "number"), "12,5", Decimal("12.5")),
        (Input("n", "Price", "number"), "", None),
        (Input("n", "Day", "date"), "2026-11-20", date(2026, 11, 20)),
        (Input("n", "Box", "checkbox"), "1", True),
        (Input("n", "Box", "checkbox"), "", False),
        (Input("n", "Tax", "choice", choices="taxes"), "20", "20"),
        (Input("n", "Who", "choice", choices="people", is_record=True), "7", 7),
        (Input("n", "Who", "choice", choices="people", is_record=True), "", None),
    ],
)
def test_good_input_is_read(item: Input, text: str, value: Any) -> None:
    """Each kind of field gives its plain value."""
    assert value == read(item, text, CHOICES)


@pytest.mark.parametrize(
    ("item", "text", "sentence"),
    [
        (Input("n", "Name", required=True), " ", "Name is missing"),
        (Input("n", "Name", max_length=3), "abcd", "Please shorten it to 3"),
        (Input("n", "Mail", "email"), "a at b", "no e-mail address"),
        (Input("n", "Site", "url"), "javascript:alert(1)", "no web address"),
        (Input("n", "Price", "number"), "much", "no number"),
        (Input("n", "Price", "number"), "NaN", "may be at most"),
        (Input("n", "Price", "number"), "1e99", "may be at most"),
        (Input("n", "Price", "number"), "1.005", "2 digits"),
        (Input("n", "Price", "number", lowest=Decimal(0)), "-1", "at least 0"),
        (Input("n", "Day", "date"), "20.11.2026", "no date"),
        (Input("n", "Tax", "choice", choices="taxes"), "99", "choose an entry"),
    ],
)
def test_bad_input_gets_a_sentence(item: Input, text: str, sentence: str) -> None:
    """What cannot be taken is refused with what to do."""
    with pytest.raises(Wrong, match=sentence):
        read(item, text, CHOICES)
