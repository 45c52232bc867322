"""Vtiger's query language, as far as it goes: one table, no parentheses, at most 100 rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.vtigercrm.refusals import Refusal

#: So many rows an answer has at most.
MOST = 100
_TOKEN = re.compile(
    r"\s*('(?:[^']|'')*'|[A-Za-z_*][\w.*&]*(?:\(\*\))?|-?\d+(?:\.\d+)?|<=|>=|!=|[=<>,;()])"
)
_WORDS = ("SELECT", "FROM", "WHERE", "ORDER", "BY", "LIMIT", "AND", "OR", "LIKE", "IN", "ASC")


@dataclass(slots=True)
class Query:
    """What a query asks."""

    fields: list[str]
    module: str
    #: Rows match when all of one of these lists hold: (field, operator, value).
    where: list[list[tuple[str, str, Any]]] = field(default_factory=list)
    #: (field, whether downwards).
    order: list[tuple[str, bool]] = field(default_factory=list)
    offset: int = 0
    limit: int = MOST


def _syntax(token: str, expected: str) -> Refusal:
    return Refusal(
        "QUERY_SYNTAX_ERROR",
        f"Syntax Error on line 1: token '{token}' Unexpected {token}, expected one of: {expected}",
    )


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None:
                raise _syntax(text[place : place + 5], "SEMICOLON")
            self.tokens.append(found.group(1))
            place = found.end()

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def word(self) -> str:
        return self.peek().upper()

    def next(self, wanted: str = "") -> str:
        if not self.tokens:
            raise _syntax("", wanted or "SEMICOLON")
        found = self.tokens.pop(0)
        if wanted and found.upper() != wanted:
            raise _syntax(found, wanted)
        return found

    def name(self) -> str:
        found = self.next()
        if not re.match(r"[A-Za-z_]", found):
            raise _syntax(found, "COLUMNNAME")
        return found

    def value(self) -> str:
        found = self.next()
        return found[1:-1].replace("''", "'") if found.startswith("'") else found


def parsed(text: str) -> Query:
    """Read a query; raises Refusal for what Vtiger does not take."""
    read = _Reader(text)
    read.next("SELECT")
    fields = [read.next()]
    while read.peek() == ",":
        read.next()
        fields.append(read.name())
    read.next("FROM")
    found = Query(fields, read.name())
    if read.word() == "WHERE":
        read.next()
        found.where = _where(read)
    if read.word() == "ORDER":
        read.next()
        read.next("BY")
        found.order = _order(read)
    if read.word() == "LIMIT":
        read.next()
        _limit(read, found)
    read.next(";")
    return found


def _where(read: _Reader) -> list[list[tuple[str, str, Any]]]:
    groups = [[_condition(read)]]
    while read.word() in ("AND", "OR"):
        if read.next().upper() == "OR":
            groups.append([])
        groups[-1].append(_condition(read))
    return groups


def _condition(read: _Reader) -> tuple[str, str, Any]:
    name, operator = read.name(), read.next().upper()
    if operator == "IN":
        read.next("(")
        values = [read.value()]
        while read.peek() == ",":
            read.next()
            values.append(read.value())
        read.next(")")
        return name, operator, values
    value = read.value()
    if value == "":
        # A blank cannot be searched: the server's own statement is broken then.
        raise Refusal("INTERNAL_SERVER_ERROR", "Unknown Error while processing request")
    return name, operator, value


def _order(read: _Reader) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    while True:
        name = read.name()
        down = read.word() == "DESC"
        if read.word() in ("ASC", "DESC"):
            read.next()
        found.append((name, down))
        if read.peek() != ",":
            return found
        read.next()


def _limit(read: _Reader, found: Query) -> None:
    first = int(read.next())
    if read.peek() == ",":
        read.next()
        found.offset, first = first, int(read.next())
    found.limit = min(first, MOST)
