"""What one transaction of the CRM did to its records, folded into one change of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from xtiger.hosts.tables import fold
from xtiger.model.records import Change, Kind, Ref

#: (tenant, module, id)
Address = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """What one transaction did to one record, folded."""

    kind: Kind
    origin: str | None


def fold_in(marks: dict[Address, Mark], address: Address, new: Mark) -> None:
    """Add one more change of a record to what is known of it."""
    old = marks.get(address)
    if old is None:
        marks[address] = new
        return
    # Within one flush a new line may be noted before the new record that it belongs to.
    born = (old.kind, new.kind) == ("updated", "created")
    kind: Kind | None = "created" if born else fold(old.kind, new.kind)
    if kind is None:
        del marks[address]
    else:
        marks[address] = Mark(kind, new.origin if new.origin == old.origin else None)


def changes_of(marks: Mapping[Address, Mark], now: datetime) -> list[Change]:
    """The changes that xt_outbox takes."""
    return [
        Change(Ref(module, record_id), mark.kind, now, origin=mark.origin, tenant=tenant)
        for (tenant, module, record_id), mark in marks.items()
    ]
