"""The log as files: CSV that a spreadsheet opens without harm, and lines of JSON with a seal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Literal

from xtiger.i18n.harmless import csv_text, json_text
from xtiger.i18n.language import Language
from xtiger.model.plans import Face
from xtiger.ports import Context
from xtiger_log import rows, search
from xtiger_log.rows import COLUMNS, LogRow, cells, in_words

#: What of an entry may differ later, though nobody changed it: words of a release, names, what
#: left with its run, and mails that went since.
_MOVING = frozenset(
    {
        "sentence",
        "fix",
        "organisation",
        "trigger",
        "started_by",
        "created_at",
        "changed_at",
        "mails",
    }
)
#: The last line of a file of lines, by which the others are known to be whole.
SEAL = "seal"


def as_csv(rows: Iterable[LogRow]) -> str:
    """The rows with a head line, in the order of COLUMNS."""
    return csv_text(COLUMNS, (cells(row) for row in rows))


def csv_parts(
    context: Context,
    wanted: search.Search,
    words: Language | None = None,
    separator: Literal[",", ";"] = ",",
    face: Face = "data",
) -> Iterator[str]:
    """Every entry that fits as CSV, a part at a time; the first one has the head line alone.

    `words` is the language of its reader, None for names as the code has them.
    """
    names = search.names_of(context)
    yield csv_text([words.translate(one) if words else one for one in COLUMNS], (), separator)
    for part in search.parts(context, wanted):
        found = search.rows_of(context, part, names, face)
        shown = (cells(in_words(row, words) if words else row) for row in found)
        # The head line is written already.
        yield csv_text((), shown, separator).split("\n", 1)[1]


def lines(context: Context, wanted: search.Search) -> Iterator[str]:
    """Every entry that fits as a line of JSON, with its fields; the last line seals the others."""
    names, digest, number = search.names_of(context), hashlib.sha256(), 0
    for part in search.parts(context, wanted):
        for one, row in zip(part, search.rows_of(context, part, names, "data"), strict=True):
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
    wrong = [name for name in said if name not in _MOVING and said[name] != found.get(name)]
    if wrong:
        yield f"Entry {entry} was changed: {', '.join(wrong)}."
