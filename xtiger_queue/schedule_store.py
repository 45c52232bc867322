"""The table of schedules and its statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from xtiger.model.asked_sync import Direction
from xtiger.model.values import Plain
from xtiger.ports.database import Transaction
from xtiger_queue.schedules import Kind, Schedule
from xtiger_queue.tables import schedule_table

_c = schedule_table.c


def find(connection: Transaction, connections: Sequence[str]) -> list[Schedule]:
    """The schedules of these connections: syncs both ways, one way, then proofs; by module."""
    query = sa.select(schedule_table).where(_c.connection_id.in_(connections))
    query = query.order_by(_c.connection_id, _c.proof, _c.direction, _c.module)
    return connection.execute(query).rows(Schedule)


def due_kinds(connection: Transaction, now: datetime, connections: Sequence[str]) -> list[Kind]:
    """What is due and free of these connections, by `order`; reads only."""
    free = sa.and_(_due(now), _c.connection_id.in_(connections))
    query = sa.select(_c.connection_id, _c.proof, _c.direction).where(free).distinct()
    place = {one: number for number, one in enumerate(connections)}
    found = connection.execute(query).rows(_kind)
    # The syncs come first: what they carry over is no difference any more.
    return sorted(found, key=lambda kind: (place[kind[0]], *kind[1:]))


#: How long a claim may last at most, seen by a clock that is up to five minutes behind.
LONGEST_CLAIM = timedelta(seconds=900)


def claim(
    connection: Transaction,
    holder: str,
    now: datetime,
    until: datetime,
    kind: Kind,
) -> list[Schedule]:
    """Take the due schedules of one kind that nobody else has taken."""
    free = sa.and_(_due(now), _of_kind(*kind))
    locked = sa.select(_c.connection_id, _c.module, _c.proof, _c.direction).where(free)
    for same in connection.execute(locked.with_for_update(skip_locked=True)).rows(_is):
        row = sa.update(schedule_table).where(same)
        connection.execute(row.values(holder=holder, claimed_until=until))
    return [one for one in find(connection, [kind[0]]) if one.holder == holder]


def put_back(connection: Transaction, holder: str, schedules: Iterable[Schedule]) -> None:
    """Write what became of claimed schedules; those that somebody changed meanwhile stay."""
    for one in schedules:
        row = sa.update(schedule_table).where(
            _is(one.connection_id, one.module, one.proof, one.direction), _c.holder == holder
        )
        connection.execute(row.values(_values(one)))


def replace_all(connection: Transaction, connection_id: str, schedules: Sequence[Schedule]) -> None:
    """Let a connection have exactly these schedules."""
    remove_connections(connection, [connection_id])
    if schedules:
        connection.execute(sa.insert(schedule_table), [_values(one) for one in schedules])


def remove_connections(connection: Transaction, connections: Sequence[str]) -> None:
    """Take away the schedules of these connections."""
    connection.execute(sa.delete(schedule_table).where(_c.connection_id.in_(connections)))


def every_row(connection: Transaction) -> list[Mapping[str, Plain]]:
    """The whole table as plain values."""
    query = sa.select(schedule_table).order_by(_c.connection_id, _c.proof, _c.direction, _c.module)
    return connection.execute(query).rows(dict)


def _due(now: datetime) -> sa.ColumnElement[bool]:
    # One that lasts longer than any can was taken by a clock that was wrong.
    ended = sa.or_(_c.claimed_until <= now, _c.claimed_until > now + LONGEST_CLAIM)
    free = sa.or_(_c.holder.is_(None), ended)
    return sa.and_(_c.due_at <= now, free)


def _is(
    connection_id: str, module: str, proof: bool, direction: Direction
) -> sa.ColumnElement[bool]:
    return sa.and_(_of_kind(connection_id, proof, direction), _c.module == module)


def _of_kind(connection_id: str, proof: bool, direction: Direction) -> sa.ColumnElement[bool]:
    same = (_c.connection_id == connection_id, _c.proof == proof, _c.direction == direction)
    return sa.and_(*same)


def _kind(connection_id: str, proof: bool, direction: Direction) -> Kind:
    return connection_id, proof, direction


def _values(one: Schedule) -> dict[str, object]:
    return {column.name: getattr(one, column.name) for column in schedule_table.columns}
