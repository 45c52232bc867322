"""Rows of the log of which nothing is said any more, and how a note in the chain names them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

from xtiger.db.columns import storable

#: What is left of the detail of such a row.
_DETAIL: Final = '{"cause":null,"differences":[],"proposals":[]}'


def folded(text: str) -> str:
    """One spelling for text that people take for the same: case and composed letters."""
    return storable(unicodedata.normalize("NFKC", text).casefold().strip())


def blank(row: Mapping[str, Any]) -> dict[str, str]:
    """What such a row holds in place of name, detail and what it is sought by: ids alone."""
    ids = "\n".join(part for part in (row["crm_id"], row["xero_id"]) if part)
    return {"name": "", "detail": _DETAIL, "sought": folded(ids)}


def is_blank(row: Mapping[str, Any]) -> bool:
    """Whether a row says nothing: what is added to it afterwards is found."""
    return all(row[name] == value for name, value in blank(row).items())


def written_ids(ids: Iterable[int]) -> str:
    """Ids as the text of a note: stretches such as 3-7, with commas between."""
    stretches: list[list[int]] = []
    for number in sorted(set(ids)):
        if stretches and stretches[-1][1] + 1 == number:
            stretches[-1][1] = number
        else:
            stretches.append([number, number])
    return ",".join(f"{first}-{last}" for first, last in stretches)


def read_ids(text: str) -> set[int]:
    """The ids of such a text; a part that is none names none."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first.isdecimal() and last.isdecimal():
            found.update(range(int(first), int(last) + 1))
    return found


def erased_ids(texts: Iterable[str]) -> set[int]:
    """The ids of several texts."""
    return {one for text in texts for one in read_ids(text)}
