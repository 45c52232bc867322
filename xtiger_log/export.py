"""The log as a CSV file that a spreadsheet opens without harm."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from xtiger_log.rows import COLUMNS, LogRow, cells

#: A cell that starts so would be run as a formula by spreadsheets (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: Iterable[LogRow]) -> str:
    """The rows with a head line, in the order of COLUMNS."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in cells(row)] for row in rows)
    return file.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
