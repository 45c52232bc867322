"""Writes what a transaction did into xt_outbox just before it commits, once for each record.

What was noted stands among the connection's callbacks of `on_commit`: so Django itself drops it
with a savepoint or transaction that is rolled back. Their calls do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from xtiger.errors import HostTablesMissing
from xtiger.hosts.django.connection import Door, host_tables
from xtiger.hosts.marks import Address, Mark, changes_of, fold_in
from xtiger.i18n.process_log import process_log

#: What the wrapped commit of a connection is known by.
_WRAPPED: Final = "xt_commit"


@dataclass(frozen=True, slots=True, eq=False)
class Note:
    """One change of one record, in the transaction that runs."""

    address: Address
    mark: Mark
    door: Door
    now: Callable[[], datetime]

    def __call__(self) -> None:
        """Nothing: the row was written before the commit."""


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Notes whose rows stand in xt_outbox already, unless the savepoint of this falls."""

    notes: Sequence[Note]

    def __call__(self) -> None:
        """Nothing."""


def note(door: Door, address: Address, mark: Mark, now: Callable[[], datetime]) -> None:
    """Note a change: in the transaction that runs, else at once in one of its own."""
    made = Note(address, mark, door, now)
    connection = door.connection
    try:
        if connection.in_atomic_block:
            door.need_tables()
            write_before_commit(connection)
            transaction.on_commit(made, using=door.alias)
            return
        with transaction.atomic(using=door.alias):
            door.need_tables()
            _write([made])
    except HostTablesMissing as error:
        # The CRM's save goes through: each run says what is missing, a sweep finds the record.
        process_log("xtiger.hosts").warning("%s", error)


def write_now(door: Door) -> None:
    """Write what is noted so far, so that the transaction itself can read it."""
    notes = _pending(door.connection)
    if notes:
        _write(notes)
        transaction.on_commit(Written(notes), using=door.alias)


def _pending(connection: Any) -> list[Note]:
    calls = [entry[1] for entry in connection.run_on_commit]
    done = {id(one) for call in calls if isinstance(call, Written) for one in call.notes}
    return [call for call in calls if isinstance(call, Note) and id(call) not in done]


def _write(notes: Sequence[Note]) -> None:
    by_host: dict[Door, dict[Address, Mark]] = {}
    for one in notes:
        fold_in(by_host.setdefault(one.door, {}), one.address, one.mark)
    # Two hosts of one process have seen the same.
    merged = {address: mark for marks in by_host.values() for address, mark in marks.items()}
    if merged:
        connection = notes[0].door.connection
        with connection.cursor() as cursor:
            host_tables(connection).note(cursor, changes_of(merged, notes[0].now()))


def write_before_commit(connection: Any) -> None:
    """Let this connection write its notes before each commit; Django has no signal for it.

    A row of xt_outbox is so locked for the time of the commit only, and many saves are one row.
    """
    if vars(connection).get(_WRAPPED):
        return
    commit = connection.commit

    def with_notes() -> None:
        try:
            notes = _pending(connection)
            if notes:
                _write(notes)
        except BaseException:
            connection.rollback()
            raise
        commit()

    connection.commit = with_notes
    setattr(connection, _WRAPPED, True)
