"""Which of Xero's permissions a kind needs to be read or written."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from xtiger.model.plans import REMOVALS, Cause, Item
from xtiger.rules.causes import cause_of
from xtiger.rules.customers.attachments import ATTACHMENTS, gets_file
from xtiger.rules.kinds import nature


def may_write(kind: str, granted: Collection[str]) -> bool:
    """Whether these permissions let a kind be written; none at all means that nobody knows."""
    wanted = nature(kind).scopes
    return not granted or not wanted or any(one in granted for one in wanted)


def may_read(kind: str, granted: Collection[str]) -> bool:
    """Whether these permissions let a kind be read."""
    return may_write(kind, granted) or any(f"{one}.read" in granted for one in nature(kind).scopes)


def is_covered(kind: str, granted: Collection[str], *, sends: bool) -> bool:
    """Whether these permissions do for a kind that is read, and (`sends`) written too."""
    return may_write(kind, granted) if sends else may_read(kind, granted)


class Use(NamedTuple):
    """A kind that is synced, as an administrator switched it on."""

    kind: str
    #: Whether its records are written in Xero; else they are read only.
    sends: bool


def scopes_needed(uses: Iterable[Use]) -> tuple[str, ...]:
    """The permissions that these uses need, each once: the narrow ones that apps of today have."""
    wanted = {(nature(use.kind).scopes[0], use.sends) for use in uses if nature(use.kind).scopes}
    return tuple(sorted(scope if sends else f"{scope}.read" for scope, sends in wanted))


def attach_cause(item: Item, granted: Collection[str]) -> Cause | None:
    """The cause when a new invoice could not get its document: it waits for the permission."""
    return cause_of("scope_missing") if gets_file(item) and not may_attach(granted) else None


def may_attach(granted: Collection[str]) -> bool:
    """Whether these permissions let files be attached; none at all means that nobody knows."""
    return not granted or ATTACHMENTS in granted


def write_cause(item: Item, granted: Collection[str]) -> Cause | None:
    """The cause when an item would be sent to Xero without the permission to write it there."""
    if item.verb is None or may_write(item.kind, granted):
        return None
    goes = item.to_xero is not None or (item.verb in REMOVALS and item.to_crm is None)
    return cause_of("scope_missing") if goes else None
