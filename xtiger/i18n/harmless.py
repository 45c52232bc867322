"""Texts of strangers made harmless where they leave: on a terminal, in CSV and in JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Literal, TextIO

#: Steers a terminal, breaks a line, or turns the direction of reading: the control characters of
#: ASCII and Latin-1 but for tab and line feed, Unicode's line ends, its marks, embeddings,
#: overrides and isolates of direction, and halves of characters.
_STEERING = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_HARMFUL = re.compile(f"[{_STEERING}]")
_NOT_IN_A_LINE = re.compile(rf"[\t\n{_STEERING}]")
#: Unicode draws each control character of ASCII from here on: ␛ for escape.
_PICTURES = 0x2400
_PICTURE_OF_DELETE = "\u2421"
_REPLACEMENT = "\ufffd"

#: A cell that starts so would be run as a formula by spreadsheets (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def harmless(text: str) -> str:
    """The text with each character that steers a terminal drawn instead: ␛ for escape."""
    return _HARMFUL.sub(_drawn, text)


def one_line(text: str) -> str:
    """As harmless(), and a line that cannot pretend to be two."""
    return _NOT_IN_A_LINE.sub(_drawn, text)


def is_plain_line(text: str) -> bool:
    """Whether a text is one line that steers nothing: fit for a name, label or version."""
    return _NOT_IN_A_LINE.search(text) is None


def is_address(text: str) -> bool:
    """Whether a browser may follow a text: an address of http, https or this site, no script."""
    return text.lower().startswith(("https://", "http://", "/")) and is_plain_line(text)


def _drawn(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < ord(" "):
        return chr(_PICTURES + code)
    return _PICTURE_OF_DELETE if code == 0x7F else _REPLACEMENT


def csv_text(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], separator: Literal[",", ";"] = ","
) -> str:
    """A CSV file that a spreadsheet opens without harm: no cell of text runs as a formula.

    Numbers stay numbers, with a point; None is empty. Spreadsheets of countries that write 1,5
    take `separator` ";".
    """
    file = io.StringIO()
    plain = csv.writer(file, delimiter=separator, lineterminator="\n")
    # Where a spreadsheet takes the other one for it, only quotes keep a cell together.
    other = ";" if separator == "," else ","
    quoted = csv.writer(file, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in (columns, *rows):
        cells = [_cell(value) for value in row]
        (quoted if any(other in cell for cell in cells) else plain).writerow(cells)
    return file.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    if isinstance(value, int):
        return text
    text = harmless(text.replace("\r\n", "\n"))
    # Spreadsheets take blanks before a formula away; a tab goes into the next cell when pasted.
    runs = text.startswith("\t") or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if runs else text


def json_text(data: Any, *, ascii_only: bool = False, indent: int | None = 2) -> str:
    """JSON that reads back as it was and holds no character that steers a terminal."""
    text = json.dumps(data, ensure_ascii=ascii_only, indent=indent)
    # They stand inside of strings only, where their number means the same.
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class HarmlessStream:
    """A text stream through which no text steers the terminal behind it."""

    def __init__(self, stream: TextIO) -> None:
        #: The stream behind, for what draws with control characters of its own.
        self.behind = stream

    def write(self, text: str) -> int:
        """Write what can do no harm; returns how many characters were given."""
        self.behind.write(harmless(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write one after the other."""
        for line in lines:
            self.write(line)

    def __iter__(self) -> Iterator[str]:
        return iter(self.behind)

    def __getattr__(self, name: str) -> Any:
        # click would write past an ASCII stream into its bytes.
        if name == "buffer" and (self.behind.encoding or "").lower() in ("ascii", "us-ascii"):
            raise AttributeError(name)
        return getattr(self.behind, name)
