"""What an answer of Vtiger's webservice means: a result, a refusal by its code, or no answer.

Pure, no network. Source of codes and texts: a stock Vtiger 8.1, whose webservice answers 200 to
nearly everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import simplejson

from xtiger.model.records import Problem, ProblemCode

#: The session is over: log in again and repeat, since nothing was done.
SESSION_OVER: Final = frozenset(
    {"AUTHENTICATION_REQUIRED", "INVALID_SESSIONID", "SESSION_EXPIRED", "SESSION_LEFT_IDLE"}
)
#: The login itself was refused. A login of another process ends the challenge of this one.
LOGIN_REFUSED: Final = frozenset(
    {"INVALID_USER_CREDENTIALS", "INVALID_AUTH_TOKEN", "ACCESSKEY_UNDEFINED"}
)
DUPLICATE: Final = "0"
#: Missing and forbidden records have one code; only the text tells them apart.
_FORBIDDEN: Final = "Permission to read given object is denied"
_GONE: Final = re.compile(r"^Permission to perform the operation is denied( for id)?$")
_NAMED: Final = re.compile(
    r"^(?P<empty>\w+) does not have a value$|^Invalid reference specified for (?P<reference>\w+)$"
)
_MEANINGS: Final[Mapping[str, tuple[ProblemCode, str]]] = MappingProxyType(
    {
        DUPLICATE: ("conflict", "Vtiger has another record with the same name."),
        "ACCESS_DENIED": ("denied", "Vtiger does not let this user do it."),
        "INVALID_ID_ATTRIBUTE": ("missing", "Vtiger has no such record."),
        "RECORD_NOT_FOUND": ("missing", "Vtiger has no such record."),
        "MANDATORY_FIELDS_MISSING": ("invalid", "Vtiger demands a value that is not there."),
        "REFERENCE_INVALID": ("invalid", "A reference points to a record of another module."),
        "CURRENCY_INACTIVE": ("invalid", "The currency is not active in Vtiger."),
    }
)


class VtigerRefused(Exception):
    """An answer that says no; never leaves the adapter."""

    def __init__(self, code: str, message: str) -> None:
        # The message stays out of the text of the exception: it may quote what a record holds.
        super().__init__(code)
        self.code, self.message = code, message

    @property
    def is_gone(self) -> bool:
        """Whether a record that was named by its id is not there, as far as anybody can tell."""
        by_code = self.code in ("INVALID_ID_ATTRIBUTE", "RECORD_NOT_FOUND")
        return by_code or (self.code == "ACCESS_DENIED" and bool(_GONE.match(self.message)))

    @property
    def problem(self) -> Problem:
        """The result of the write that was refused."""
        named = _NAMED.match(self.message)
        if named is not None:
            field = named["empty"] or named["reference"]
            reason = "is empty" if named["empty"] else "points to a record of another module"
            return Problem("invalid", f"{field} {reason}.", field)
        if self.is_gone:
            return Problem("missing", "Vtiger has no such record.")
        other = f"Vtiger refused the record ({self.code})."
        code, sentence = _MEANINGS.get(self.code, ("other", other))
        return Problem(code, sentence)


class NoAnswer(Exception):
    """What came is no answer of the webservice: an error page, a text, or nothing.

    `status` is that of HTTP; None where none came. What was asked may have been done.
    """

    def __init__(self, operation: str, status: int | None) -> None:
        super().__init__(f"{operation}: {status if status is not None else 'nothing came'}")
        self.operation, self.status = operation, status


def result_of(operation: str, status: int, body: bytes) -> Any:
    """What stands under `result`, numbers exact.

    Raises VtigerRefused, and NoAnswer for what is no answer: PHP ends with an empty page and the
    status 500, and an owner who does not exist brings a text and the status 200.
    """
    if status != 200:
        raise NoAnswer(operation, status)
    try:
        found = simplejson.loads(body.decode("utf-8"), use_decimal=True)
    except ValueError as broken:
        raise NoAnswer(operation, status) from broken
    if not isinstance(found, dict) or "success" not in found:
        raise NoAnswer(operation, status)
    if found["success"]:
        return found.get("result")
    error = found.get("error")
    named = error if isinstance(error, dict) else {}
    raise VtigerRefused(str(named.get("code")), str(named.get("message")))
