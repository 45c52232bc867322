"""Where and what a change of the configuration is, its keys with what they mean beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from xtiger.mapping.configuration import START, Change
from xtiger.mapping.module_settings import SETTINGS
from xtiger.mapping.option_specs import OPTIONS, word_of_entry

#: A part of the text that is no module → what the pages call it.
SECTION_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "start": "Start",
        "routing": "Which organisation gets what",
        "schedules": "Schedule",
        "templates": "Template",
        "mails": "Mails",
    }
)
_SETTINGS: Mapping[str, str] = MappingProxyType({one.name: one.meaning for one in SETTINGS})
_OPTIONS: Mapping[str, str] = MappingProxyType({one.name: one.meaning for one in OPTIONS})


def change_words(change: Change, translate: Callable[[str], str]) -> tuple[str, str]:
    """(where, what) as people read it: the keys of the text, each with its meaning translated.

    A key that stands for a name of the CRM, of Xero or of a person stays alone.
    """
    part, _, template = change.section.partition(".")
    section = SECTION_WORDS.get(part, "")
    meaning, word = "", ""
    if part == "start":
        meaning = START.get(change.name, "")
    elif template:
        meaning, word = _in_template(change.name)
    elif not section:
        meaning, word = _meaning(change.name)
    said = f"{translate(meaning)} {word}".strip() if meaning else ""
    return _beside(change.section, translate(section) if section else ""), _beside(
        change.name, said
    )


def _in_template(name: str) -> tuple[str, str]:
    """As _meaning, behind the module, whose name may have blanks as an option's word may."""
    words = name.split(" ")
    known = (_meaning(" ".join(words[at:])) for at in range(1, len(words)))
    return next((one for one in known if one[0]), ("", ""))


def _meaning(name: str) -> tuple[str, str]:
    """What a setting or option means, and the word of an option's entry: "tax:VAT" has VAT."""
    head, word = word_of_entry(name)
    if head:
        return _OPTIONS[head], word
    return _SETTINGS.get(name) or _OPTIONS.get(name, ""), ""


def _beside(key: str, meaning: str) -> str:
    """A key with its meaning, where that says more than the key."""
    return key if key.startswith(meaning.lower()) else f"{key}: {meaning}"
