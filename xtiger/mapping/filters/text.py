"""A filter as people type it: branch is not South and (total >= 100 or status in (Sent, Paid))."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from xtiger.mapping.filters.condition import BARE, OPERATORS, Condition, Filter, Group, Operator
from xtiger.mapping.filters.days import PERIOD, RELATIVE, is_relative
from xtiger.mapping.filters.faults import FilterFault

LONGEST: Final = 4_000
_DEEPEST: Final = 10
#: A quoted text, a sign, a bracket or comma, a day relative to today, or a word.
_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<sign><=|>=|!=|<|>|=)|(?P<mark>[(),])'
    rf'|(?P<day>{RELATIVE.pattern}\b)|(?P<word>(?:[^\s"(),<>=!]|!(?!=))+)',
    re.IGNORECASE | re.DOTALL,
)
_SIMPLE = re.compile(r'[^\s"(),<>=!\\]+')
_PERIOD = re.compile(rf"{PERIOD.pattern}\b", re.IGNORECASE)
#: What is typed → the operator; the longest first.
_SPELT: Final[dict[tuple[str, ...], Operator]] = {
    ("is", "not", "empty"): "is not empty",
    ("does", "not", "contain"): "does not contain",
    ("is", "not", "in"): "not in",
    ("is", "empty"): "is empty",
    ("is", "not"): "is not",
    ("is", "in"): "in",
    ("is", "before"): "<",
    ("is", "after"): ">",
    ("starts", "with"): "starts with",
    ("not", "in"): "not in",
    ("less", "than"): "<",
    ("greater", "than"): ">",
    ("more", "than"): ">",
    ("at", "most"): "<=",
    ("at", "least"): ">=",
    ("is",): "is",
    ("=",): "is",
    ("!=",): "is not",
    ("contains",): "contains",
    ("<",): "<",
    ("<=",): "<=",
    (">",): ">",
    (">=",): ">=",
    ("before",): "<",
    ("after",): ">",
    ("between",): "between",
    ("in",): "in",
    ("within",): "within",
}
#: What is no name and no value unless it stands in quotes.
_OWN: Final = frozenset({"and", "or", "(", ")", ",", "=", "!=", "<", "<=", ">", ">="})
#: What is written in quotes.
_KEPT: Final = _OWN | {word for spelt in _SPELT for word in spelt}


class _Token(NamedTuple):
    text: str
    #: Whether it stood in quotes; then it is no word of the language.
    quoted: bool
    start: int


def parsed(text: str) -> Filter:
    """The filter that a text says; raises FilterFault with the place that cannot be read."""
    if len(text) > LONGEST:
        raise FilterFault("filter_too_long", length=str(LONGEST))
    reader = _Reader(text, _tokens(text))
    found = reader.joined("or")
    if reader.tokens:
        raise FilterFault("filter_rest", place=reader.place())
    return found


def written(found: Filter) -> str:
    """The filter as a text that is read as the same."""
    if isinstance(found, Condition):
        head = f"{_quoted(found.field)} {found.operator}"
        values = [one if is_relative(one) else _quoted(one) for one in found.values]
        if found.operator in ("in", "not in"):
            return f"{head} ({', '.join(values)})"
        return " ".join([head, " and ".join(values)]).strip()
    parts = [f"({written(p)})" if isinstance(p, Group) else written(p) for p in found.parts]
    return f" {found.joined} ".join(parts)


def _quoted(text: str) -> str:
    if _SIMPLE.fullmatch(text) and text.lower() not in _KEPT:
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _tokens(text: str) -> list[_Token]:
    found, at = list[_Token](), 0
    while rest := text[at:].lstrip():
        at = len(text) - len(rest)
        match = _TOKEN.match(text, at)
        if match is None:
            raise FilterFault("filter_rest", place=rest[:20])
        quoted = match["quoted"] is not None
        said = re.sub(r"\\(.)", r"\1", match["quoted"], flags=re.DOTALL) if quoted else match[0]
        found.append(_Token(said, quoted, at))
        at = match.end()
    return found


@dataclass(slots=True)
class _Reader:
    """Reads one text from its start."""

    text: str
    #: What is still to be read.
    tokens: list[_Token]
    _depth: int = field(default=0)

    def place(self) -> str:
        """The next words, for a sentence."""
        return self.text[self.tokens[0].start :][:20] if self.tokens else "…"

    def _next(self, *words: str) -> bool:
        """Whether these words stand next; then they are read."""
        ahead = self.tokens[: len(words)]
        if len(ahead) < len(words):
            return False
        if any(t.quoted or t.text.lower() != w for t, w in zip(ahead, words, strict=True)):
            return False
        del self.tokens[: len(words)]
        return True

    def joined(self, how: Literal["and", "or"]) -> Filter:
        """Conditions joined by a word; and binds closer than or."""
        parts = [self._inner(how)]
        while self._next(how):
            parts.append(self._inner(how))
        if len(parts) == 1:
            return parts[0]
        flat = list[Condition | Group]()
        for part in parts:
            same = isinstance(part, Group) and part.joined == how
            flat += part.parts if isinstance(part, Group) and same else [part]
        return Group(how, tuple(flat))

    def _inner(self, how: Literal["and", "or"]) -> Filter:
        return self.joined("and") if how == "or" else self._one()

    def _one(self) -> Filter:
        if not self._next("("):
            return self._condition()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FilterFault("filter_deep")
        found = self.joined("or")
        if not self._next(")"):
            if self.tokens:
                raise FilterFault("filter_rest", place=self.place())
            raise FilterFault("filter_open")
        self._depth -= 1
        return found

    def _word(self) -> str | None:
        """The next word or quoted text, read; None where something else stands."""
        if not self.tokens:
            return None
        token = self.tokens[0]
        if not token.quoted and token.text.lower() in _OWN:
            return None
        del self.tokens[0]
        return token.text

    def _condition(self) -> Condition:
        name = self._word()
        if name is None or not name.strip():
            raise FilterFault("filter_no_field", place=self.place())
        operator = next((op for words, op in _SPELT.items() if self._next(*words)), None)
        if operator is None:
            raise FilterFault(
                "filter_no_operator",
                field=name,
                operators=", ".join(OPERATORS),
                place=self.place(),
            )
        if operator in BARE:
            return Condition(name, operator)
        period = self._period() if operator in ("is", "in", "within") else None
        if period is not None:
            return Condition(name, "within", (period,))
        return Condition(name, operator, self._values(name, operator))

    def _period(self) -> str | None:
        """A period such as last 30 days, read; None where something else stands."""
        bracket = self._next("(")
        start = self.tokens[0] if self.tokens else None
        found = None
        if start is not None and not start.quoted:
            found = _PERIOD.match(self.text, start.start)
        if found is None:
            if bracket:
                self.tokens.insert(0, _Token("(", quoted=False, start=0))
            return None
        while self.tokens and self.tokens[0].start < found.end():
            del self.tokens[0]
        if bracket and not self._next(")"):
            raise FilterFault("filter_rest", place=self.place())
        return " ".join(found[0].lower().split())

    def _values(self, name: str, operator: Operator) -> tuple[str, ...]:
        if operator == "between":
            first = self._value(name, operator)
            if not self._next("and"):
                raise FilterFault(
                    "filter_no_value", field=name, operator="between", place=self.place()
                )
            return first, self._value(name, operator)
        if operator not in ("in", "not in"):
            return (self._value(name, operator),)
        bracket = self._next("(")
        values = [self._value(name, operator)]
        while self._next(","):
            values.append(self._value(name, operator))
        if bracket and not self._next(")"):
            raise FilterFault("filter_rest", place=self.place())
        return tuple(values)

    def _value(self, name: str, operator: Operator) -> str:
        word = self._word()
        if word is None:
            raise FilterFault("filter_no_value", field=name, operator=operator, place=self.place())
        return word
