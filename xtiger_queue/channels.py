"""Channels: the jobs of one module for one organisation, and how many of them go in one round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from xtiger.errors import NeedsPerson
from xtiger.model.values import Plain
from xtiger.ports.database import Transaction
from xtiger_queue.jobs import MOST_PER_RUN
from xtiger_queue.tables import channel_table, job_table

#: Of a channel that nobody gave another: one batch of Xero.
USUAL_CAPACITY = MOST_PER_RUN
#: More in a round would keep the other channels waiting for too long.
LARGEST_CAPACITY = 500

_c = channel_table.c
_job = job_table.c


@dataclass(frozen=True, slots=True)
class Channel:
    """What waits in one channel."""

    connection_id: str
    module: str
    #: The most of its jobs in one round; then the other channels have their turn.
    capacity: int = USUAL_CAPACITY
    #: How many of its jobs are in each state.
    waiting: int = 0
    running: int = 0
    held: int = 0


def find(
    connection: Transaction, tenant: str, connections: Sequence[str], modules: Sequence[str]
) -> list[Channel]:
    """The channels of these connections, parents first; two statements."""
    number = sa.func.count().label("number")
    counted = sa.select(_job.connection_id, _job.module, _job.state, number)
    counted = counted.where(_job.tenant == tenant, _job.connection_id.in_(connections))
    counted = counted.group_by(_job.connection_id, _job.module, _job.state)
    counts = dict(connection.execute(counted).rows(_counted))
    chosen = sa.select(channel_table).where(_c.connection_id.in_(connections))
    capacities = dict(connection.execute(chosen).rows(_chosen))
    return [
        Channel(
            one,
            module,
            capacities.get((one, module), USUAL_CAPACITY),
            *(counts.get((one, module, state), 0) for state in ("waiting", "running", "held")),
        )
        for one in connections
        for module in modules
    ]


def set_capacity(
    connection: Transaction, connection_id: str, module: str, capacity: int
) -> Channel:
    """Let a channel have so many jobs in a round; raises NeedsPerson where that cannot be."""
    if not 1 <= capacity <= LARGEST_CAPACITY:
        raise NeedsPerson(
            f"A channel cannot have {capacity} jobs in a round. "
            f"Take a number from 1 to {LARGEST_CAPACITY}"
        )
    own = sa.and_(_c.connection_id == connection_id, _c.module == module)
    connection.execute(sa.delete(channel_table).where(own))
    row = {"connection_id": connection_id, "module": module, "capacity": capacity}
    connection.execute(sa.insert(channel_table), [row])
    return Channel(connection_id, module, capacity)


def remove_connections(connection: Transaction, connections: Sequence[str]) -> None:
    """Forget what was chosen for the channels of these connections."""
    connection.execute(sa.delete(channel_table).where(_c.connection_id.in_(connections)))


def every_row(connection: Transaction) -> list[Mapping[str, Plain]]:
    """The whole table as plain values."""
    query = sa.select(channel_table).order_by(_c.connection_id, _c.module)
    return connection.execute(query).rows(dict)


def _counted(
    connection_id: str, module: str, state: str, number: int
) -> tuple[tuple[str, str, str], int]:
    return (connection_id, module, state), number


def _chosen(connection_id: str, module: str, capacity: int) -> tuple[tuple[str, str], int]:
    return (connection_id, module), capacity
