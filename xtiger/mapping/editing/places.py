"""Where each key of a configuration stands in its text, so that a mistake can name its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence

#: A key of TOML: bare, or in quotes.
_KEY = re.compile(r'[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'')
#: What stands between two things: blanks, line ends and comments.
_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
#: A value in quotes; those of several lines first.
_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL
)
#: Any other value.
_BARE = re.compile(r"[^,\]}\n#]*")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


def with_lines(problems: Sequence[str], text: str) -> list[str]:
    """Problems that begin with their place, each with the line of it where that is known."""
    lines = lines_of(text)
    return [_with_line(problem, lines) for problem in problems]


def line_of_error(said: str) -> str:
    """The beginning "Line 3: " for what a parser of TOML said; "" where it names no line."""
    found = _AT_LINE.search(said)
    return f"Line {found[1]}: " if found else ""


def lines_of(text: str) -> dict[str, int]:
    """Place, as problems name it → its line from 1, of a text that can be read.

    Raises nothing: a text that is no TOML has no places.
    """
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    scan = _Scan(text)
    scan.whole()
    return scan.lines


def _with_line(problem: str, lines: Mapping[str, int]) -> str:
    fitting = [place for place in lines if _begins(problem, place)]
    if not fitting:
        return problem
    return f"Line {lines[max(fitting, key=len)]}: {problem}"


def _begins(problem: str, place: str) -> bool:
    rest = problem[len(place) :]
    return problem.startswith(place) and not (rest[:1].isalnum() or rest[:1] in ("_", "-"))


class _Scan:
    """Goes once through a text that is known to be TOML."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self.lines: dict[str, int] = {}

    def whole(self) -> None:
        """Note every table and key."""
        table: list[str] = []
        self._blank()
        while self._at < len(self._text):
            if self._takes("["):
                self._takes("[")
                table = self._keys()
                self._note_each("", table)
                self._at = self._text.index("]", self._at) + 1
                self._takes("]")
            else:
                self._pair(".".join(table), ".")
            self._blank()

    def _pair(self, place: str, between: str) -> None:
        keys = self._keys()
        head = place + between * bool(place)
        at = head + ".".join(keys)
        self._note_each(head, keys)
        self._blank()
        self._at += 1  # the sign of equality
        self._blank()
        self._value(at)

    def _value(self, place: str) -> None:
        if self._takes("["):
            row = 0
            while not self._ends("]"):
                row += 1
                self._note(f"{place}, row {row}")
                self._value(f"{place}, row {row}")
        elif self._takes("{"):
            while not self._ends("}"):
                self._pair(place, ", ")
        else:
            found = _QUOTED.match(self._text, self._at) or _BARE.match(self._text, self._at)
            self._at = found.end() if found else self._at

    def _ends(self, sign: str) -> bool:
        """Pass the comma before a further value, or the sign that ends them."""
        self._blank()
        self._takes(",")
        self._blank()
        return self._takes(sign)

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while not keys or self._takes("."):
            self._blank()
            found = _KEY.match(self._text, self._at)
            assert found is not None  # the text was read before
            self._at = found.end()
            keys.append(_bare(found[0]))
            self._blank()
        return keys

    def _note_each(self, head: str, keys: Sequence[str]) -> None:
        """Note the table that a key names, and those around it but for the widest."""
        for number in range(1 if head else min(2, len(keys)), len(keys) + 1):
            self._note(head + ".".join(keys[:number]))

    def _note(self, place: str) -> None:
        line = self._text.count("\n", 0, self._at) + 1
        self.lines.setdefault(place, line)
        head, options, rest = place.partition(".options.")
        name, dot, word = rest.partition(".")
        if options and dot:
            # An entry of a table is set as tax:VAT.
            self.lines.setdefault(f"{head}{options}{name}:{word}", line)

    def _blank(self) -> None:
        found = _BLANK.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _takes(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._at):
            return False
        self._at += 1
        return True


def _bare(key: str) -> str:
    if key[0] not in "\"'":
        return key
    return str(tomllib.loads(f"key = {key}")["key"])
