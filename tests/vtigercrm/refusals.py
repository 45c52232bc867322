"""How Vtiger says no: in its answer, by an empty page of the status 500, or by a plain text."""

from __future__ import annotations

DENIED = "Permission to perform the operation is denied"


class Refusal(Exception):
    """An answer with an error of this code; the code may be a number."""

    def __init__(self, code: str | int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Fatal(Exception):
    """PHP ended: the status 500 with an empty page."""


class Sorry(Exception):
    """The page that an owner who does not exist brings up, after the record was made."""


def denied(more: str = "") -> Refusal:
    """The usual refusal."""
    return Refusal("ACCESS_DENIED", DENIED + more)
