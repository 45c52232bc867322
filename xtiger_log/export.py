"""The log as a CSV file that a spreadsheet opens without harm."""

from __future__ import annotations

from collections.abc import Iterable

from xtiger.i18n.harmless import csv_text
from xtiger_log.rows import COLUMNS, LogRow, cells


def as_csv(rows: Iterable[LogRow]) -> str:
    """The rows with a head line, in the order of COLUMNS."""
    return csv_text(COLUMNS, (cells(row) for row in rows))
