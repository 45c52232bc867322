"""The answers that Xero prints as examples in its OpenAPI document, as a Xero would give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
import simplejson
from werkzeug.wrappers import Request, Response

from tests.contract.openapi import contract
from tests.world import World
from xtiger.rules.kinds import KINDS

PLURALS = {
    KINDS[kind].plural: kind
    for kind in ("Contact", "Item", "Account", "TaxRate", "Invoice", "Payment")
}
Element = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Example:
    """One element of an example; each is itself, though two may read the same."""

    kind: str
    #: "get /Contacts"
    answer: str
    raw: Element

    @property
    def id(self) -> str:
        """Xero's id of the element."""
        return str(self.raw[KINDS[self.kind].id_field])

    def __str__(self) -> str:
        return f"{self.answer} {self.id[:8]}"


@cache
def all_examples() -> tuple[Example, ...]:
    """Every element of every good answer, lists first; empty where the document is missing."""
    checks = contract()
    if checks is None:
        return ()
    found = []
    for method, path, status, _, example in checks.answers_with_examples():
        plural = path.split("/")[1]
        if plural in PLURALS and status == "200" and plural in example:
            # Through text: the document's numbers become Decimal, as in a real answer.
            whole = simplejson.loads(simplejson.dumps(example), use_decimal=True)
            found += [Example(PLURALS[plural], f"{method} {path}", raw) for raw in whole[plural]]
    return tuple(sorted(found, key=lambda one: one.answer.count("/")))


def examples(*kinds: str) -> tuple[Example, ...]:
    """The elements of these kinds, or all; skips where the document is not present."""
    found = tuple(one for one in all_examples() if not kinds or one.kind in kinds)
    if not found:
        pytest.skip("Xero's OpenAPI document is not present (XTIGER_SHARED)")
    return found


def rounds(found: Iterable[Example]) -> list[list[Example]]:
    """The elements so that each id stands once in each round: later ones are its changes."""
    seen: Counter[tuple[str, str]] = Counter()
    result: list[list[Example]] = []
    for one in found:
        number = seen[one.kind, one.id]
        seen[one.kind, one.id] += 1
        result += [[]] * (number + 1 - len(result))
        result[number] = [*result[number], one]
    return result


@dataclass
class PrintedXero:
    """Answers lists with examples over HTTP; everything else is the sandbox's."""

    world: World
    #: Plural → elements; kinds that are not in it are answered by the sandbox.
    lists: dict[str, list[Element]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        app = self.world.app
        assert app is not None
        inner = app.wsgi_app

        def front(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            request = Request(environ)
            plural = request.path.rpartition("/")[2]
            if request.method != "GET" or plural not in self.lists:
                return inner(environ, start)
            body = simplejson.dumps({plural: self.lists[plural]}, use_decimal=True)
            return Response(body, content_type="application/json")(environ, start)

        app.wsgi_app = front  # type: ignore[method-assign, assignment]  # Flask's way

    def give(self, found: Iterable[Example]) -> None:
        """Answer these from now on, and no other of the six kinds."""
        self.lists = {plural: [] for plural in PLURALS}
        for one in found:
            self.lists[KINDS[one.kind].plural].append(one.raw)
