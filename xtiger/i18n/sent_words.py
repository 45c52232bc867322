"""How far a mail or a message came, in words."""

from __future__ import annotations

from xtiger.i18n.language import Language


def sent_words(state: str, unanswered: int, words: Language) -> str:
    """Its state, and after how many tries nobody answered: it may have arrived more than once."""
    said = words.translate(state)
    if not unanswered:
        return said
    unknown = words.counted(
        "{count} try without an answer", "{count} tries without an answer", unanswered
    )
    return f"{said}, {unknown}"
