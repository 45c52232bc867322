"""The where language of Xero's lists: a small parser that gives a predicate."""

from __future__ import annotations

import datetime as dt
import operator
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xtiger.sandbox.accounting.envelope import Refused, moment, query_parse
from xtiger.sandbox.accounting.kinds import Context
from xtiger.sandbox.state import Raw

#: Gives the value of a field of the object in question.
Lookup = Callable[[str], Any]
Predicate = Callable[[Lookup], bool]
_Term = Callable[[Lookup], Any]

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"\\]|"")*")
  | (?P<number>-?\d+(?:\.\d+)?)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
  | (?P<sign>==|!=|<>|<=|>=|&&|\|\||[=<>!(),.])
  )""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_METHODS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
_FORMS: dict[str, Callable[[str], str]] = {
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
}


#: Nested objects that are stored by their id only.
_NESTED = {
    "Contact": "Contacts",
    "Invoice": "Invoices",
    "CreditNote": "CreditNotes",
    "Account": "Accounts",
    "BankAccount": "Accounts",
}


@dataclass(frozen=True, slots=True)
class _Guid:
    value: str


def parse_where(text: str, fields: frozenset[str]) -> Predicate:
    """Return the predicate of a where expression.

    Raises Refused (QueryParseException, 16) for what cannot be parsed, for unknown fields, and
    when a string function meets null.
    """
    parser = _Parser(_tokens(text), {name.lower(): name for name in fields})
    term = parser.any_of()
    parser.end()
    return lambda lookup: _truth(term(lookup))


def value_of(context: Context, raw: Raw, name: str) -> Any:
    """Return a stored field as where and order see it; dotted names go into nested objects."""
    head, _, rest = name.partition(".")
    if head in _NESTED and rest:
        inner = context.get(_NESTED[head], raw.get(f"{head}ID", ""))
        return value_of(context, inner, rest) if inner else None
    value = raw.get(head)
    if rest:
        return value.get(rest) if isinstance(value, dict) else None
    if value is None or value == "":
        return None
    if head == "UpdatedDateUTC":
        return moment(value)
    if head.endswith(("Date", "DateUTC")):
        return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    if head.endswith("ID"):
        return _Guid(value)
    return value


def comparable(value: Any) -> Any:
    """Return the form in which two values are compared: text without regard to case."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, _Guid):
        return value.value
    if isinstance(value, bool):
        return value
    return Decimal(str(value)) if isinstance(value, int | Decimal) else value


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise query_parse(f"Syntax error at position {at}")
        kind = found.lastgroup or ""
        tokens.append((kind, found.group(kind)))
        at = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], fields: dict[str, str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._fields = fields

    def any_of(self) -> _Term:
        terms = [self._all_of()]
        while self._take("or", "||"):
            terms.append(self._all_of())
        if len(terms) == 1:
            return terms[0]
        return lambda lookup: any(_truth(term(lookup)) for term in terms)

    def _all_of(self) -> _Term:
        terms = [self._not()]
        while self._take("and", "&&"):
            terms.append(self._not())
        if len(terms) == 1:
            return terms[0]
        return lambda lookup: all(_truth(term(lookup)) for term in terms)

    def _not(self) -> _Term:
        if self._take("not", "!"):
            term = self._not()
            return lambda lookup: not _truth(term(lookup))
        return self._comparison()

    def _comparison(self) -> _Term:
        left = self._operand()
        sign = self._peek()[1]
        if sign not in _COMPARE:
            return left
        self._at += 1
        right = self._operand()
        return lambda lookup: _compare(sign, left(lookup), right(lookup))

    def _operand(self) -> _Term:
        kind, text = self._next()
        if text == "(":
            inner = self.any_of()
            self._expect(")")
            return inner
        if kind == "text":
            value: Any = text[1:-1].replace('""', '"')
            return self._suffixes(lambda _: value)
        if kind == "number":
            return lambda _: Decimal(text)
        if kind == "word":
            return self._word(text)
        raise query_parse(f"Syntax error near '{text}'")

    def _word(self, text: str) -> _Term:
        low = text.lower()
        if low in ("true", "false", "null"):
            constant = {"true": True, "false": False, "null": None}[low]
            return lambda _: constant
        if low == "guid" and self._peek()[1] == "(":
            return self._guid()
        if low == "datetime" and self._peek()[1] == "(":
            return self._date()
        names = text.split(".")
        method = ""
        if names[-1].lower() in (*_METHODS, *_FORMS) and self._peek()[1] == "(":
            method = names.pop().lower()
        field = self._fields.get(".".join(names).lower())
        if field is None:
            raise query_parse(f"No property or field '{text}' exists in type")
        term: _Term = lambda lookup: lookup(field)  # noqa: E731 - narrowed field in a closure
        if method:
            term = self._call(term, method)
        return self._suffixes(term)

    def _suffixes(self, term: _Term) -> _Term:
        while self._peek()[1] == ".":
            self._at += 1
            _, name = self._next()
            if name.lower() not in (*_METHODS, *_FORMS):
                raise query_parse(f"No applicable method '{name}' exists")
            term = self._call(term, name.lower())
        return term

    def _call(self, term: _Term, method: str) -> _Term:
        self._expect("(")
        if method in _FORMS:
            self._expect(")")
            form = _FORMS[method]
            return lambda lookup: form(_text(term(lookup)))
        argument = self._operand()
        self._expect(")")
        test = _METHODS[method]
        return lambda lookup: test(
            _text(term(lookup)).casefold(), _text(argument(lookup)).casefold()
        )

    def _guid(self) -> _Term:
        self._expect("(")
        _, text = self._next()
        self._expect(")")
        try:
            value = _Guid(str(uuid.UUID(text.strip('"'))))
        except ValueError:
            raise query_parse(f"{text} is not a Guid") from None
        return lambda _: value

    def _date(self) -> _Term:
        self._expect("(")
        parts = [self._whole()]
        while self._take(","):
            parts.append(self._whole())
        self._expect(")")
        try:
            year, month, day, *rest = parts
            hour, minute, second = (*rest, 0, 0, 0)[:3]
            value = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
        except ValueError:
            raise query_parse("DateTime needs year, month and day") from None
        return lambda _: value

    def _whole(self) -> int:
        kind, text = self._next()
        if kind != "number" or "." in text:
            raise query_parse(f"'{text}' is not a whole number")
        return int(text)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        if token[0] == "end":
            raise query_parse("Expression expected")
        self._at += 1
        return token

    def _take(self, *texts: str) -> bool:
        kind, text = self._peek()
        if kind in ("word", "sign") and text.lower() in texts:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise query_parse(f"'{text}' expected")

    def end(self) -> None:
        if self._peek()[0] != "end":
            raise query_parse(f"Syntax error near '{self._peek()[1]}'")


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise query_parse("Expression of type 'Boolean' expected")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        # Xero too fails on the first object whose field is null; guard with Field!=null AND.
        raise query_parse("Object reference not set: a string function met null")
    return value


def _compare(sign: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        same = left is None and right is None
        return same if sign in ("==", "=") else not same if sign in ("!=", "<>") else False
    if type(left) is not type(right) and not _numbers(left, right):
        raise _mismatch(sign, left, right)
    try:
        return _COMPARE[sign](comparable(left), comparable(right))
    except TypeError:
        raise _mismatch(sign, left, right) from None


def _numbers(left: Any, right: Any) -> bool:
    return all(isinstance(v, int | Decimal) and not isinstance(v, bool) for v in (left, right))


def _mismatch(sign: str, left: Any, right: Any) -> Refused:
    names = [type(value).__name__.strip("_") for value in (left, right)]
    return query_parse(
        f"Operator '{sign}' incompatible with operand types '{names[0]}' and '{names[1]}'"
    )
