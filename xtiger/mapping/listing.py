"""How records of a kind that is only read are listed: its schema, and its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from xtiger.mapping.xero_schema import Answer, ElementReader
from xtiger.model.links import Shadow
from xtiger.model.values import Plain


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list."""

    #: Its name in JSON and in code.
    name: str
    #: What people read above it.
    label: str
    #: The flat field of Xero that it shows, such as "Contact.Name".
    path: str
    #: Whether it holds amounts, which stand at the right.
    amount: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A kind that is only read: how its JSON is read, and what of it is shown."""

    kind: str
    schema: type[Answer]
    columns: tuple[Column, ...]
    #: Names of the columns that sort the list, the newest or largest first.
    newest_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """One record of Xero as last read."""

    xero_id: str
    #: Column → plain value; amounts are Decimal, days are dates.
    values: Mapping[str, Plain]


def listed(listing: Listing, shadows: Iterable[Shadow]) -> list[ListedRecord]:
    """The records of these last seen copies, newest first; raises UnreadableAnswer."""
    reader = ElementReader(listing.kind, listing.schema)
    found = []
    for shadow in shadows:
        values = reader.load(shadow.payload).values
        shown = {column.name: values.get(column.path) for column in listing.columns}
        found.append(ListedRecord(shadow.id, shown))
    return sorted(found, key=lambda one: _order(one, listing), reverse=True)


def _order(one: ListedRecord, listing: Listing) -> tuple[str, ...]:
    return (*(str(one.values.get(name) or "") for name in listing.newest_by), one.xero_id)
