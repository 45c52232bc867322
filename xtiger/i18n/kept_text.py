"""A text that was kept in English, said again in the language of the person who reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from xtiger.i18n.language import Language
from xtiger.model.disk import TROUBLES

#: Why an extension does not run, or what it is refused for.
OF_EXTENSIONS: tuple[str, ...] = (
    "it is not installed",
    "it needs {missing}, which is not loaded",
    "it needs interface {low} up to {below}, this XTiger has {spoken}",
    "safe mode is on ({variable})",
    "its files are pip's: {command}",
    "its code cannot be imported: {said}",
    "{package} has the same name",
    "another version is in use until the next start",
    "its manifest calls it {name}",
    "its export is not whole: {reason}",
    "{file} cannot be written ({said})",
    "another process is installing or removing extensions",
    "no version before this one is kept",
)
#: What a setting or a file of ours is refused for.
OF_FILES: tuple[str, ...] = (
    "cannot be read: {reason}",
    "cannot be written: {reason}",
    "cannot be used: {reason}",
)
#: Every text; the more exact one stands first.
KEPT: tuple[str, ...] = (
    *OF_EXTENSIONS,
    *OF_FILES,
    *(text for trouble in TROUBLES for text in trouble),
)


def respoken(text: str, words: Language, texts: Sequence[str] = KEPT) -> str:
    """A kept reason or fix in the language of the person; any other text stays as it is.

    What it quotes as {reason} is said again, too, where that is such a text itself. `texts` are
    the sentences that it may be, the more exact ones first.
    """
    for template in texts:
        found = _pattern(template).fullmatch(text)
        if found is not None:
            values = found.groupdict()
            if "reason" in values:
                values["reason"] = respoken(values["reason"], words, texts)
            return words.sentence(template, **values)
    return text


def is_kept(reason: str) -> bool:
    """Whether a setting's reason is about a file, which can be said in each language."""
    return is_one_of(reason, OF_FILES)


def is_one_of(text: str, texts: Sequence[str]) -> bool:
    """Whether a text is one of these sentences, filled in."""
    return any(_pattern(template).fullmatch(text) for template in texts)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """What a template looks like once it is filled in."""
    parts = re.split(r"\{(\w+)\}", template)
    seen: set[str] = set()
    built = ""
    for place, part in enumerate(parts):
        if place % 2 == 0:
            built += re.escape(part)
        else:
            # A place ends with the first colon behind it; all else may hold any sign.
            any_text = ".+?" if part == "place" else ".+"
            built += f"(?P={part})" if part in seen else f"(?P<{part}>{any_text})"
            seen.add(part)
    return re.compile(built, re.DOTALL)
