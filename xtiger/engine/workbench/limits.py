"""What a run is limited to: the records that somebody named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """The records of one module that a plan is limited to."""

    #: CRM ids.
    crm: tuple[str, ...] = ()
    #: Xero ids of records that are to come in.
    xero: tuple[str, ...] = ()

    def joined(self, other: Wanted) -> Wanted:
        """Both together, each id once."""
        return Wanted(
            tuple(dict.fromkeys((*self.crm, *other.crm))),
            tuple(dict.fromkeys((*self.xero, *other.xero))),
        )


#: Module → the records to plan, None for all that wait; other modules are left alone.
Limits = Mapping[str, Wanted | None]
