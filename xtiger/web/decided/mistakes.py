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
#: What can be wrong with a place of the text, and with the text itself.
MISTAKES: tuple[str, ...] = (
    "Line {number}: {reason}",
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
    "{place} is {value}. {reason}",
    "{place}: {reason}",
    "Write a day as 2026-04-01, or all.",
    "Use yes or no.",
    "Use draft or as-crm.",
    "Use customers, all or none.",
    "Use active or read-only.",
    "{value} is no status to send. Use one of: {known}.",
    "{value} is no status of Xero. Use one of: {known}.",
    "{value} is no currency. Use three letters: GBP.",
    "{value} is no number of days. Use 0 to {most}, or terms.",
    "Xero has no active tax rate of the type {value}.",
    "{name} is {value}. Give an amount from 0 to {most}, such as 0.05.",
    "{name} is {value}. Use one of: {known}.",
    "There is no option {name}. Known: {known}.",
)


def spoken(problems: Sequence[str], words: Language) -> list[str]:
    """Each mistake with its line and place; what no sentence is known for stays in English."""
    texts = (
        *MISTAKES,
        *(CATALOGUE[code].sentence for code in _ACCOUNTS),
        *FAULTS.values(),
        *(one.sentence for one in FINDINGS.values() if one.sentence),
    )
    found = (respoken(_SEE.sub("", one), words, texts) for one in problems)
    return [without_commands(one, words) for one in found]
