"""The mistakes of a configuration in the language of the person who reads the page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xtiger.i18n.failures import without_commands
from xtiger.i18n.kept_text import respoken
from xtiger.i18n.language import Language
from xtiger.mapping.lint.finding import FINDINGS
from xtiger.mapping.module_settings import FAULTS
from xtiger.rules.catalogue import CATALOGUE

#: Where a command would show what may stand there; a page has a list of it.
_SEE = re.compile(r" See: xtiger [a-z]+$")
#: What accounts of options are refused for.
_ACCOUNTS = (
    "account_unknown",
    "account_system",
    "account_bank",
    "account_archived",
    "payment_account_invalid",
)
#: A line before what is wrong with it, and a place before a sentence of something else.
_LINE, _PLACE = "Line {number}: {reason}", "{place}: {reason}"
_AT_LINE = re.compile(r"Line (\d+): (.*)", re.DOTALL)
_AT_PLACE = re.compile(r"((?:modules|routing|start)\..+?): (.*)", re.DOTALL)
#: What can be wrong with an answer of Start, and with what to write instead.
_ANSWERS: tuple[str, ...] = (
    "{place} is {value}. {reason}",
    "Write a day as 2026-04-01, or all.",
    "Use yes or no.",
    "Use draft or as-crm.",
    "Use customers, all or none.",
    "Use active or read-only.",
)
#: What can be wrong with a place of the text, and with the text itself.
_PLACES: tuple[str, ...] = (
    "This is no TOML: {said}.",
    "format is {value}; write format = {number}.",
    "{place} is not known; use one of: {known}.",
    "{place} must be a table.",
    "{place} must be a list.",
    "{place} must be true or false.",
    "{place} must be a single value.",
    "{place} needs both crm and xero.",
    "{place} is there twice.",
    "{place}: direction is {value}; use one of: {known}.",
    "{place}: the CRM has no such module. It has: {known}.",
    "{place}: the module only lists; say only enabled.",
    "{place}: no organisation is called {name}. Connected are: {known}.",
    "{place} cannot be {value}. Choose one of: {known}.",
    "{place} cannot be {value}. Choose a whole number from {least} to {most}.",
)
#: What can be wrong with an option.
_OPTIONS: tuple[str, ...] = (
    "{value} is no status to send. Use one of: {known}.",
    "{value} is no status of Xero. Use one of: {known}.",
    "{value} is no currency. Use three letters: GBP.",
    "{value} is no number of days. Use 0 to {most}, or terms.",
    "Xero has no active tax rate of the type {value}.",
    "{name} is {value}. Give an amount from 0 to {most}, such as 0.05.",
    "{name} is {value}. Use one of: {known}.",
    "There is no option {name}. Known: {known}.",
)
#: All that is said of mistakes here.
SAID: tuple[str, ...] = (_LINE, _PLACE, *_ANSWERS, *_PLACES, *_OPTIONS)


def spoken(problems: Sequence[str], words: Language) -> list[str]:
    """Each mistake with its line and place; what no sentence is known for stays in English."""
    return [without_commands(_spoken(_SEE.sub("", one), words), words) for one in problems]


def _spoken(text: str, words: Language) -> str:
    found = _AT_LINE.fullmatch(text)
    if found is None:
        return _at_place(text, words)
    return words.sentence(_LINE, number=found[1], reason=_at_place(found[2], words))


def _at_place(text: str, words: Language) -> str:
    said = respoken(text, words, _ANSWERS if text.startswith("start.") else _PLACES)
    found = _AT_PLACE.fullmatch(text)
    if said != text or found is None:
        return said
    reasons = (
        *_OPTIONS,
        *(CATALOGUE[code].sentence for code in _ACCOUNTS),
        *FAULTS.values(),
        *(one.sentence for one in FINDINGS.values() if one.sentence),
    )
    return words.sentence(_PLACE, place=found[1], reason=respoken(found[2], words, reasons))
