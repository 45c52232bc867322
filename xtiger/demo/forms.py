"""Reads and checks what a person typed into a form of the demo CRM."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

Kind = Literal["text", "long_text", "email", "url", "number", "checkbox", "choice", "date"]
#: (value, label) of the entries of a choice.
Choices = Sequence[tuple[str, str]]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_URL = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
#: Larger amounts are typing mistakes, and more than Xero takes on a line.
LARGEST = Decimal(9999999999)


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form: where its value goes and what it may be."""

    name: str
    label: str
    kind: Kind = "text"
    required: bool = False
    max_length: int = 255
    #: Digits after the point of a number.
    decimals: int = 2
    lowest: Decimal | None = None
    highest: Decimal = LARGEST
    #: Name of the choices that the page gives for it.
    choices: str = ""
    #: A choice of records: the value is the id of one, None for the empty entry.
    is_record: bool = False
    #: A sentence under the field.
    hint: str = ""
    #: The heading that it stands under.
    group: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What came of a form: the values, and a sentence for each field that is wrong."""

    values: dict[str, Any]
    errors: dict[str, str]


class Wrong(ValueError):
    """What was typed cannot be taken; the text is the sentence for the person."""


def parse(
    inputs: Sequence[Input], typed: Mapping[str, str], choices: Mapping[str, Choices]
) -> Parsed:
    """Read all inputs from the posted form; texts come without outer white space."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for item in inputs:
        try:
            values[item.name] = read(item, typed.get(item.name, ""), choices)
        except Wrong as wrong:
            errors[item.name] = str(wrong)
    return Parsed(values, errors)


def read(item: Input, text: str, choices: Mapping[str, Choices]) -> Any:
    """The value of one input; raises Wrong with a sentence."""
    if item.kind == "checkbox":
        return bool(text)
    text = text.replace("\r\n", "\n").strip()
    if not text:
        if item.required:
            raise Wrong(f"{item.label} is missing. Please fill it in.")
        return None if item.kind in ("number", "date") or item.is_record else ""
    return _READERS[item.kind](item, text, choices)


def _text(item: Input, text: str, _choices: Mapping[str, Choices]) -> str:
    if item.kind != "long_text":
        text = " ".join(text.split())
    if len(text) > item.max_length:
        raise Wrong(
            f"{item.label} has {len(text)} characters. Please shorten it to {item.max_length}."
        )
    return text


def _email(item: Input, text: str, choices: Mapping[str, Choices]) -> str:
    if not _EMAIL.fullmatch(text):
        raise Wrong(f"{item.label} is no e-mail address. Write it like name@example.com.")
    return _text(item, text, choices)


def _url(item: Input, text: str, choices: Mapping[str, Choices]) -> str:
    # Anything else, javascript: above all, must not become a link on the page.
    if not _URL.fullmatch(text):
        raise Wrong(f"{item.label} is no web address. Begin it with https://.")
    return _text(item, text, choices)


def _number(item: Input, text: str, _choices: Mapping[str, Choices]) -> Decimal:
    try:
        number = Decimal(text.replace(",", "") if "." in text else text.replace(",", "."))
    except InvalidOperation:
        raise Wrong(f"{item.label} is no number. Write it like 1234.50.") from None
    if not number.is_finite() or abs(number) > item.highest:
        raise Wrong(f"{item.label} may be at most {item.highest}.")
    if item.lowest is not None and number < item.lowest:
        raise Wrong(f"{item.label} must be at least {item.lowest}.")
    if number != round(number, item.decimals):
        raise Wrong(f"{item.label} may have {item.decimals} digits after the point.")
    return number


def _date(item: Input, text: str, _choices: Mapping[str, Choices]) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Wrong(f"{item.label} is no date. Write it like 2026-11-20.") from None


def _choice(item: Input, text: str, choices: Mapping[str, Choices]) -> str | int:
    if text not in {value for value, _label in choices.get(item.choices, ())}:
        raise Wrong(f"{item.label}: please choose an entry of the list.")
    return int(text) if item.is_record else text


_READERS: Mapping[str, Callable[[Input, str, Mapping[str, Choices]], Any]] = {
    "text": _text,
    "long_text": _text,
    "email": _email,
    "url": _url,
    "number": _number,
    "date": _date,
    "choice": _choice,
}


def shown(value: Any) -> str:
    """A stored value as the form shows it."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)
