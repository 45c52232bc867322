"""The one catalogue of outcome codes: result, sentence, cures and button of each.

Screens, mails and docs are made from it. The seeds' errors F096-F113 are in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from xtiger.model.plans import STANDING
from xtiger.model.runs import Outcome
from xtiger.rules.entries.entry import Entry
from xtiger.rules.entries.of_invoices import INVOICE_ENTRIES
from xtiger.rules.entries.of_records import RECORD_ENTRIES

#: Every entry, in the order of the tables.
ENTRIES: tuple[Entry, ...] = (*RECORD_ENTRIES, *INVOICE_ENTRIES)

#: Code → entry.
CATALOGUE: Mapping[str, Entry] = MappingProxyType({entry.code: entry for entry in ENTRIES})

#: Results of an item that was carried out.
_DONE = frozenset({"created", "updated", "removed", "linked"})


def stands(outcome: Outcome) -> bool:
    """Whether an outcome waits for somebody: by its result, or by a cause beside what was done."""
    if outcome.result in STANDING:
        return True
    entry = CATALOGUE.get(outcome.cause.code) if outcome.cause is not None else None
    return entry is not None and outcome.result in _DONE and entry.result in STANDING
