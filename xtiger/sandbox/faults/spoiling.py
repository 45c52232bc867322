"""What a fault does to a good answer on its way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import simplejson

from xtiger.sandbox.accounting.envelope import Answer, dumps
from xtiger.sandbox.accounting.kinds import NO_ID
from xtiger.sandbox.faults.faults import Fault

_PAGE = (
    b"<!DOCTYPE html><html><head><title>Xero</title></head>"
    b"<body><h1>We are working on it</h1></body></html>"
)
#: A value that no list of Xero's knows.
UNKNOWN = "SANDBOXNEWVALUE"


def html() -> Answer:
    """Return a page of some server in between, with status 200."""
    return Answer(200, _PAGE, {"Content-Type": "text/html; charset=utf-8"})


def spoiled(fault: Fault, answer: Answer, new_id: Callable[[], str]) -> Answer:
    """Return an answer as a fault leaves it; one that the fault does not touch stays."""
    if fault.kind == "html":
        return html()
    if fault.kind == "truncated":
        # The length of the whole is given, and half of it sent.
        headers = answer.headers | {"Content-Length": str(len(answer.body))}
        return Answer(answer.status, answer.body[: len(answer.body) // 2], headers)
    if fault.kind not in ("unknown_values", "invented_ids") or not answer.body:
        return answer
    try:
        content = simplejson.loads(answer.body, use_decimal=True)
    except ValueError:
        return answer
    if fault.kind == "unknown_values":
        content = _with_unknown(content, frozenset(fault.names))
    else:
        content = _with_invented(content, new_id)
    return Answer(answer.status, dumps(content), answer.headers)


def _with_unknown(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_with_unknown(row, names) for row in value]
    if not isinstance(value, dict):
        return value
    return {
        name: UNKNOWN if name in names and isinstance(part, str) else _with_unknown(part, names)
        for name, part in value.items()
    }


def _with_invented(value: Any, new_id: Callable[[], str]) -> Any:
    if isinstance(value, list):
        return [_with_invented(row, new_id) for row in value]
    if not isinstance(value, dict):
        return new_id() if value == NO_ID else value
    return {name: _with_invented(part, new_id) for name, part in value.items()}
