"""How far each record agrees with the other side, in the four words that people read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from xtiger.model.runs import Outcome

#: in_step: both sides agree. waiting: it may have changed, and the next sync looks at it.
#: needs_you: a person mends it. left_out: it is not to travel.
Agreement = Literal["in_step", "waiting", "needs_you", "left_out"]
#: In the order in which they are shown.
AGREEMENTS: Sequence[Agreement] = get_args(Agreement)


@dataclass(frozen=True, slots=True)
class CountedModule:
    """A module whose records are counted, and the kind of Xero's records that it meets."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class CountedRecords:
    """So many records of one module agree so far, for one reason."""

    agreement: Agreement
    #: Code of the cause; "" where there is none, as for those in step.
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class RecordAgreement:
    """One record of either side, and how far it agrees."""

    connection_id: str
    #: "" for a record that Xero alone has and nobody judged yet.
    module: str
    kind: str
    #: None for a record that Xero alone has.
    crm_id: str | None
    xero_id: str | None
    agreement: Agreement
    #: The last that became of it; None where no run has come to it yet.
    outcome: Outcome | None = None
