"""What a page of a browser shows, as lines of text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: Elements that begin a line of their own.
_LINES = frozenset(
    {"p", "li", "tr", "h1", "h2", "h3", "h4", "div", "section", "header", "form", "label", "dt"}
    | {"fieldset", "legend", "select", "table", "summary", "details", "title", "footer", "caption"}
)
#: Elements that stand beside each other in a line.
_CELLS = frozenset({"td", "th", "dd"})
#: Elements whose text nobody sees, and the menu, which each page has.
_LEFT_OUT = frozenset({"script", "style", "nav"})


class _Reader(HTMLParser):
    """Collects the text, with [buttons] and the words that only a screen reader says."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._left_out = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._left_out += tag in _LEFT_OUT
        if tag in _LINES:
            self.parts.append("\n")
        elif tag in _CELLS:
            self.parts.append(" | ")
        elif tag == "button":
            self.parts.append(" [")
        elif tag in ("br", "option"):
            self.parts.append(" / ")
        spoken = [given.get(name) for name in ("aria-label", "placeholder", "title")]
        spoken = [] if self._left_out else spoken
        if tag == "input" and given.get("type") not in ("hidden", "checkbox", "radio"):
            spoken.append(given.get("value"))
        self.parts.extend(f" ({one}) " for one in spoken if one)

    def handle_endtag(self, tag: str) -> None:
        self._left_out -= tag in _LEFT_OUT
        if tag == "button":
            self.parts.append("] ")
        elif tag in _LINES:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._left_out:
            self.parts.append(re.sub(r"\s+", " ", data))


def visible(page: str) -> str:
    """The lines of a page, without blanks that only lay it out."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).splitlines()]
    return "\n".join(line for line in lines if line)
