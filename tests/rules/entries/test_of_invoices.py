"""The table of outcome codes of invoices: no code twice, each sentence whole."""

from __future__ import annotations

from collections import Counter

import pytest

from xtiger.rules.entries.entry import Entry
from xtiger.rules.entries.of_invoices import INVOICE_ENTRIES


def test_no_code_stands_twice() -> None:
    """The catalogue would keep the last one alone."""
    counts = Counter(entry.code for entry in INVOICE_ENTRIES)

    assert [] == [code for code, count in counts.items() if count > 1]


@pytest.mark.parametrize("entry", INVOICE_ENTRIES, ids=lambda entry: entry.code)
def test_a_sentence_is_whole(entry: Entry) -> None:
    """It begins like one, or with what it is about, and ends with a stop or a quoted reason."""
    first = entry.sentence[0]

    assert (True, True) == (first.isupper() or first == "{", entry.sentence[-1] in ".}")
