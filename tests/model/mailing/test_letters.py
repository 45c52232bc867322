"""Letters begin as waiting, untried, with nothing that a server said."""

from __future__ import annotations

from datetime import UTC, datetime

from xtiger.model.mailing.letters import Letter, Mail

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_a_new_letter_waits() -> None:
    """Nobody has tried it, and it is about no time."""
    mail = Mail("a@b.example", "Hello", "Hello", "<p>Hello</p>", "<1@b.example>")
    made = Letter(
        tenant="", address=mail.to, kind="test", key="1", mail=mail, made_at=NOW, due_at=NOW
    )

    assert ("waiting", 0, 0, None, None, "") == (
        made.state,
        made.tries,
        made.unanswered,
        made.since,
        made.sent_at,
        made.answer,
    )
