"""The CRM's status words without meaning: each once with its proposal, all taken in one step."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.errors import MappingInvalid, MappingMissing
from xtiger.mapping.option_specs import STATUS_VALUES
from xtiger.rules.status_words import UnknownWord, unknown_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xtiger.hookspecs import SyncModule
    from xtiger.model.connections import Connection
    from xtiger.model.mappings import Mapping
    from xtiger.model.plans import Cause
    from xtiger.services.parts import Parts

_UNKNOWN = "status_unknown"


def proposals(parts: Parts, module: str, connection_id: str | None = None) -> list[UnknownWord]:
    """The words of the pick list and of records that wait for one; raises UnknownModule."""
    sync, connection = parts.sync_module(module), parts.connection(connection_id)
    described = next((one for one in parts.described() if one.name == sync.name), None)
    status = described.by_role("invoice.status") if described else None
    if status is None:
        return []
    mapping = parts.store.mapping(connection.id, sync.name)
    chosen = (mapping.options.get("status_map") if mapping else None) or {}
    listed = [choice.value for choice in status.choices if choice.active]
    return unknown_words([*listed, *_of_records(parts, connection, sync)], chosen)


def _of_records(parts: Parts, connection: Connection, sync: SyncModule) -> Iterator[str]:
    """The words that records wait for, as their newest outcomes name them."""
    store = parts.store
    ids = [key.id for key in store.dirty(connection.id, "crm", sync.name) if key.id]
    for outcome in store.newest_outcomes(connection.id, sync.name, ids).values():
        causes = () if outcome.cause is None else (outcome.cause, *outcome.cause.also)
        yield from (_word(one) for one in causes if one.code == _UNKNOWN)


def _word(cause: Cause) -> str:
    return str(cause.data.get("status") or "")


def with_statuses(mapping: Mapping | None, name: str, words: MappingType[str, str]) -> Mapping:
    """The mapping with these words: CRM status → Xero's. Raises MappingInvalid, MappingMissing."""
    if mapping is None:
        raise MappingMissing(name, "")
    problems = [
        f"{word}: {status} is no status to send. Use one of: {', '.join(STATUS_VALUES)}."
        for word, status in words.items()
        if status not in STATUS_VALUES
    ]
    if problems:
        raise MappingInvalid(name, problems)
    kept = mapping.options.get("status_map") or {}
    return replace(mapping, options={**mapping.options, "status_map": {**kept, **words}})
