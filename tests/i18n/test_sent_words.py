"""How far a mail or a message came, in words."""

from __future__ import annotations

from xtiger.i18n.language import language
from xtiger.i18n.sent_words import sent_words


def test_tries_that_nobody_answered_are_said_beside_the_state() -> None:
    """It may have arrived more than once; with an answer to each try there is nothing to say."""
    found = [sent_words("sent", tries, language("en")) for tries in (0, 1, 2)]

    assert "sent" == found[0]
    assert [f"{found[0]}, 1 try without an answer", f"{found[0]}, 2 tries without an answer"] == (
        found[1:]
    )
