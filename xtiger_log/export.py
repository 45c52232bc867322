"""The log as files: CSV that a spreadsheet opens without harm, and lines of JSON with a seal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from xtiger.i18n.harmless import csv_text, json_text
from xtiger.ports import Context
from xtiger_log import rows, search
from xtiger_log.rows import COLUMNS, LogRow, cells

#: Entries that are read and written at once: a file of any length takes as much memory.
PART = 500
#: The last line of a file of lines, by which the others are known to be whole.
SEAL = "seal"


def as_csv(rows: Iterable[LogRow]) -> str:
    """The rows with a head line, in the order of COLUMNS."""
    return csv_text(COLUMNS, (cells(row) for row in rows))


def csv_parts(context: Context, wanted: search.Search) -> Iterator[str]:
    """Every entry that fits as CSV, a part at a time; the first one has the head line."""
    names, first = search.names_of(context), True
    for part in search.parts(context, wanted, PART):
        text = as_csv(search.row_of(context, one, names, "data") for one in part)
        yield text if first else text.split("\n", 1)[1]
        first = False
    if first:
        yield as_csv(())


def lines(context: Context, wanted: search.Search) -> Iterator[str]:
    """Every entry that fits as a line of JSON, with its fields; the last line seals the others."""
    names, digest, number = search.names_of(context), hashlib.sha256(), 0
    for part in search.parts(context, wanted, PART):
        for one in part:
            row = search.row_of(context, one, names, "data")
            changes = [rows.change_fields(change) for change in rows.changes(one)]
            line = json_text({**rows.fields(row), "changes": changes}, ascii_only=True, indent=None)
            digest.update(line.encode() + b"\n")
            number += 1
            yield line
    yield json.dumps({SEAL: {"entries": number, "sha256": digest.hexdigest()}})


def differing(context: Context, text: Iterable[str]) -> Iterator[str]:
    """What of a file of lines is not as it was written, a sentence for each; none where all is.

    The seal shows that something changed; the log itself what, where the entry is still kept.
    """
    digest, number, sealed = hashlib.sha256(), 0, False
    for line in text:
        kept = line.rstrip("\n")
        found = _read(kept)
        if SEAL in found and not sealed:
            sealed = True
            said = {"entries": number, "sha256": digest.hexdigest()}
            if found[SEAL] != said:
                yield f"The seal does not fit the {number} entries before it."
        elif sealed:
            yield "There is something behind the seal."
        else:
            digest.update(kept.encode() + b"\n")
            number += 1
            yield from _entry_differs(context, found, number)
    if not sealed:
        yield "The seal is missing: the end of the file was cut off."


def _read(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _entry_differs(context: Context, found: dict[str, Any], number: int) -> Iterator[str]:
    """Whether the log says otherwise of the entry of this line; words of a release may change."""
    entry = found.get("id")
    if not isinstance(entry, int):
        yield f"Line {number} is no entry."
        return
    kept = context.outcomes(id=entry, limit=1)
    if not kept:
        return  # It left the log after its time: the seal alone tells of it.
    row = search.row_of(context, kept[0], {}, "data")
    changes = [rows.change_fields(change) for change in rows.changes(kept[0])]
    now = {**rows.fields(replace(row, sentence="", fix="", organisation="")), "changes": changes}
    said = json.loads(json_text(now))
    wrong = [
        name
        for name in said
        if name not in ("sentence", "fix", "organisation", "trigger", "started_by")
        and said[name] != found.get(name)
    ]
    if wrong:
        yield f"Entry {entry} was changed: {', '.join(wrong)}."
