"""Sync records again straight from the log."""

from __future__ import annotations

from collections.abc import Sequence

from xtiger.errors import NeedsPerson
from xtiger.hookspecs import PageRequest
from xtiger.i18n.cause_text import spoken_sent
from xtiger.i18n.language import language
from xtiger.model.runs import Outcome, Sent
from xtiger.model.values import whole_number
from xtiger.ports import Context
from xtiger.ports.stop_signal import PATIENCE

#: As far as entries are numbered.
_LARGEST_ID = 2**63 - 1


def sync_again(context: Context, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Sync the records of these outcomes once each, parents first; returns the new outcomes.

    Raises NeedsPerson when none of them has a CRM record, and what sync_records raises.
    """
    groups = _records(context, outcomes)
    if not groups:
        raise NeedsPerson(
            "None of these entries has a record in the CRM. Sync its module instead: xtiger sync"
        )
    results: list[Outcome] = []
    for (module, connection_id), ids in groups.items():
        results += context.sync_records(connection_id, module, ids, "person")
    return results


def press_again(context: Context, request: PageRequest, keys: Sequence[str]) -> str:
    """The button Sync again: send the records of these entries; returns what became of them.

    A key has the ids of entries with commas in between. What takes longer than a person waits
    goes on in the background.
    """
    words = language(request.locale)
    found = [one for key in keys for part in key.split(",") for one in _entry(context, part)]
    groups = _records(context, found)
    if not groups:
        return words.translate("None of these has a record in the CRM. Sync its module instead.")
    until, sent = context.now() + PATIENCE, Sent()
    for (module, connection_id), ids in groups.items():
        sent = sent.joined(context.send(connection_id, module, ids, until))
    return spoken_sent(sent, words, context.now())


def _entry(context: Context, key: str) -> Sequence[Outcome]:
    """The entry that a browser named; none for what names no entry."""
    number = whole_number(key, 0, _LARGEST_ID)
    return context.outcomes(id=number, limit=1) if number else ()


def _records(context: Context, outcomes: Sequence[Outcome]) -> dict[tuple[str, str], list[str]]:
    """(module, connection id) → CRM ids of these outcomes, each once; parents first."""
    order = {module: place for place, module in enumerate(context.module_order())}
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for outcome in outcomes:
        if outcome.crm_id is not None and outcome.module in order:
            ids = groups.setdefault((outcome.module, outcome.connection_id), {})
            ids[outcome.crm_id] = None
    ordered = sorted(groups, key=lambda group: order[group[0]])
    return {group: list(groups[group]) for group in ordered}
