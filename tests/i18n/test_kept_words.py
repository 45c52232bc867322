"""What is stored and for how long, in words."""

from __future__ import annotations

from xtiger.i18n.kept_words import how_long, shown
from xtiger.i18n.language import language
from xtiger.model.privacy.kept import Kept


def test_days_and_ends() -> None:
    """One day, several, and what ends otherwise."""
    words = language("en")

    assert ["1 day", "90 days", "until it is read"] == [
        how_long(one, words)
        for one in (Kept("x", days=1), Kept("x", days=90), Kept("x", "until it is read"))
    ]
    assert "The log (failed)" == shown(Kept("The log", days=9, result="failed"), words)
