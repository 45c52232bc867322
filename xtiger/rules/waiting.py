"""Which outcomes wait for a person, and which pass without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xtiger.model.verbs import ResultName
from xtiger.rules.catalogue import CATALOGUE

if TYPE_CHECKING:
    from xtiger.model.cause_codes import CauseCode

#: Results that a person mends.
NEEDS: frozenset[ResultName] = frozenset({"held", "conflict", "failed"})
#: Codes of a record that is gone on one side and left on the other: a person decides.
ORPHANS: frozenset[CauseCode] = frozenset({"gone_in_xero", "gone_in_crm"})
#: Codes that pass without anybody: another step of the first day, another run, or another record
#: that is asked for itself, comes first.
PASSING: frozenset[CauseCode] = frozenset(
    {
        "after_first_ten",
        "not_released",
        "stopped_before",
        "waits_for_approving",
        "waits_for_parent",
    }
)
#: Codes that a person mends, also where they stand beside what was done.
NEEDING: frozenset[CauseCode] = frozenset(
    entry.code
    for entry in CATALOGUE.values()
    if (entry.result in NEEDS or entry.code in ORPHANS) and entry.code not in PASSING
)
#: Codes of what is kept back on purpose, also where they stand beside the half that went.
KEPT_BACK: frozenset[CauseCode] = frozenset({"read_only", "update_off"})
