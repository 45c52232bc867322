"""Undo as data: what a run wrote of each record, before and after, and what waits since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from xtiger.model.links import Pair
from xtiger.model.undo.allocated import Allocated
from xtiger.model.values import Plain

#: What a run did with one record. changed: values were written on a side that had it before.
Did = Literal[
    "made_in_xero", "made_in_crm", "changed", "linked", "removed_in_xero", "removed_in_crm"
]
#: What takes a record away.
REMOVED: tuple[Did, ...] = ("removed_in_xero", "removed_in_crm")
#: Xero path or CRM field → its value before and after; lines under "lines".
Changes = Mapping[str, tuple[Plain, Plain]]


@dataclass(frozen=True, slots=True)
class Image:
    """What one run wrote of one record: each value of either side before and after it."""

    connection_id: str
    run_id: str
    module: str
    kind: str
    crm_id: str
    xero_id: str
    name: str
    did: Did
    link_id: int | None = None
    xero: Changes = field(default_factory=dict)
    crm: Changes = field(default_factory=dict)
    #: Row key → what both sides agreed on before; None where they had not.
    base: Mapping[str, Pair | None] = field(default_factory=dict)
    #: CRM line id → LineItemID as agreed before.
    lines: Mapping[str, str] = field(default_factory=dict)
    #: Credit that was set against invoices.
    allocated: tuple[Allocated, ...] = ()
    at: datetime | None = None
    #: Set by the store, rising.
    id: int | None = None


@dataclass(frozen=True, slots=True)
class UndoHold:
    """A record of which something was taken back: no run touches it until a person releases it."""

    connection_id: str
    module: str
    kind: str
    crm_id: str
    xero_id: str
    name: str
    #: The run that took it back.
    run_id: str
    #: What had been done with the record.
    did: Did
    at: datetime


@dataclass(frozen=True, slots=True)
class UndoRequest:
    """What was asked to be taken back: these runs, all of them or a part."""

    #: Newest first; none for a wipe.
    runs: tuple[str, ...]
    #: "" for all modules.
    module: str = ""
    #: CRM or Xero id; "" for all records.
    record: str = ""
    by: str = ""
    #: What came from Xero goes from the CRM, whatever run brought it.
    wipes: bool = False

    def plain(self) -> dict[str, Plain]:
        """The request as a store keeps it."""
        return {
            "runs": list(self.runs),
            "module": self.module,
            "record": self.record,
            "by": self.by,
            "wipes": self.wipes,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Plain] | None) -> UndoRequest | None:
        """The request of what a store keeps; None for none."""
        return cls(**{**kept, "runs": tuple(kept["runs"])}) if kept else None
