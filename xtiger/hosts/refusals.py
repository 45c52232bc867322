"""What a database means that refuses a record, in sentences without the values that it tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from xtiger.model.records import ProblemCode

#: SQLSTATE → what it means; the texts of databases differ and hold personal values.
_STATES: Final[Mapping[str, tuple[ProblemCode, str]]] = {
    "23505": ("conflict", "A value that must be unique is in use already."),
    "23503": ("conflict", "It points to a record that is not there, or others point to it."),
    "23502": ("invalid", "A field that must be filled in is empty."),
    "23514": ("invalid", "A value breaks a rule of the CRM's database."),
    "22001": ("invalid", "A text is too long for the CRM."),
    "22003": ("invalid", "A number is too large for the CRM."),
    "40001": ("locked", "Somebody else is changing the record. Try again."),
    "40P01": ("locked", "Somebody else is changing the record. Try again."),
    "55P03": ("locked", "Somebody else is changing the record. Try again."),
}
#: How SQLite and MariaDB say the same.
_SPOKEN: Final = (
    (re.compile(r"unique constraint|duplicate entry", re.IGNORECASE), "23505"),
    (re.compile(r"foreign key constraint", re.IGNORECASE), "23503"),
    (re.compile(r"not null constraint|cannot be null", re.IGNORECASE), "23502"),
    (re.compile(r"check constraint", re.IGNORECASE), "23514"),
    (re.compile(r"database is locked", re.IGNORECASE), "55P03"),
    (re.compile(r"data too long", re.IGNORECASE), "22001"),
    (re.compile(r"out of range|too large to convert", re.IGNORECASE), "22003"),
)
_EMPTY: Final = "23502"
_OTHER: Final = ("other", "The CRM refused the record.")


def refusal(error: BaseException | None) -> tuple[ProblemCode, str]:
    """What the error of a driver means: by its SQLSTATE, else by its words."""
    state = str(getattr(error, "sqlstate", "") or getattr(error, "pgcode", "") or "")
    if state not in _STATES:
        # SQLite has none, and MariaDB's 23000 says only that it is a refusal.
        state = next((s for pattern, s in _SPOKEN if pattern.search(str(error))), "")
    code, sentence = _STATES.get(state, _OTHER)
    column = named_column(error) if state == _EMPTY else None
    # Often one that no field names, so that nothing else would say which it is.
    return code, sentence if column is None else f"{sentence[:-1]}: {column}."


def said(error: BaseException) -> str:
    """What a model says when it refuses a value."""
    return f"The CRM refused the record: {str(error)[:200] or 'no reason given'}"


def named_column(error: BaseException | None) -> str | None:
    """The column that the error of a driver names, where it does."""
    column = getattr(getattr(error, "diag", None), "column_name", None)
    if column is None:
        # SQLite: "UNIQUE constraint failed: company.number"; PostgreSQL: Key (number)=(…);
        # MariaDB: "Duplicate entry '…' for key 'number'", the index, which has the column's name,
        # and "Column 'number' cannot be null".
        pattern = r"(?:failed: \w+\.|Key \(|for key '(?:\w+\.)?|Column ')(\w+)"
        found = re.search(pattern, f"{error}")
        column = found.group(1) if found else None
    return column if isinstance(column, str) else None
