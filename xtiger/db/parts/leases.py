"""The part of the store that processes share: leases with fences, and values under a lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import Connection as DbConnection
from sqlalchemy import bindparam, func, select, update

from xtiger.db import tables
from xtiger.db.database import Guard
from xtiger.db.parts.part import Part
from xtiger.db.statements import insert_for, locked_row
from xtiger.model.setting_keys import LeaseKey, StateKey
from xtiger.model.values import Plain
from xtiger.ports.lease import Lease

T = TypeVar("T")

#: A lease taken later than so long after now was taken by a clock that was wrong: it is none.
AHEAD = timedelta(minutes=5)
_LEASE = tables.lease.c
#: Prolongs a lease that is still held with its fence.
_HELD: Final = (
    update(tables.lease)
    .where(
        _LEASE.name == bindparam("key"),
        _LEASE.fence == bindparam("held_fence"),
        _LEASE.holder != "",
    )
    .values(expires_at=bindparam("until"), taken_at=bindparam("since"))
)
_STATE: Final = update(tables.state).where(tables.state.c.name == bindparam("key"))


def guard_of(lease: Lease, *, server_time: bool = False) -> Guard:
    """Lets only the holder of the lease write, and prolongs the lease with each transaction.

    The row stays locked until the commit, so that nobody takes the lease over in between.
    """

    def ask(db: DbConnection) -> None:
        now = moment(db, lease.now(), server_time=server_time)
        until = now + timedelta(seconds=lease.seconds)
        if not db.execute(_HELD, _prolonged(lease.name, lease.fence, until, now)).rowcount:
            raise lease.lost()

    return ask


def _prolonged(name: str, fence: int, until: datetime, since: datetime) -> dict[str, object]:
    return {"key": name, "held_fence": fence, "until": until, "since": since}


def moment(db: DbConnection, now: datetime, *, server_time: bool) -> datetime:
    """The moment that leases count by: PostgreSQL's own with `server_time`, else the caller's.

    The clocks of several machines may differ; a file is used by one.
    """
    if not server_time or db.dialect.name == "sqlite":
        return now
    found: datetime = db.execute(select(func.clock_timestamp())).scalar_one()
    return found


class LeasePart(Part):
    """Leases and shared state.

    Inside `transaction()` others see both only after its commit, so call these outside of one.
    """

    def acquire_lease(
        self, key: LeaseKey, holder: str, seconds: float, now: datetime
    ) -> int | None:
        """Take the lease when free or expired: its rising fence number, else None.

        The holder itself is refused too while its lease lasts: it renews instead. One that was
        taken more than five minutes after now is none: its clock was wrong.
        """
        with self._database.writing() as db:
            now = moment(db, now, server_time=self._database.server_time)
            row = {
                "name": key,
                "fence": 1,
                "holder": holder,
                "expires_at": now + timedelta(seconds=seconds),
                "taken_at": now,
            }
            query = insert_for(db, tables.lease).values(row)
            query = query.on_conflict_do_update(
                index_elements=["name"],
                set_={
                    "fence": _LEASE.fence + 1,
                    "holder": query.excluded.holder,
                    "expires_at": query.excluded.expires_at,
                    "taken_at": query.excluded.taken_at,
                },
                where=(_LEASE.holder == "")
                | (_LEASE.expires_at <= now)
                | (_LEASE.taken_at > now + AHEAD),
            )
            found: int | None = db.execute(query.returning(_LEASE.fence)).scalar()
        return found

    def renew_lease(self, key: LeaseKey, fence: int, seconds: float, now: datetime) -> bool:
        """Prolong while still held with this fence; False when it was lost.

        An expired lease that nobody took meanwhile is prolonged: its fence proves it.
        """
        with self._database.writing() as db:
            now = moment(db, now, server_time=self._database.server_time)
            until = now + timedelta(seconds=seconds)
            found = db.execute(_HELD, _prolonged(key, fence, until, now))
        return bool(found.rowcount)

    def release_lease(self, key: LeaseKey, fence: int) -> None:
        """Give the lease back when still held with this fence."""
        query = update(tables.lease).where(_LEASE.name == key, _LEASE.fence == fence)
        with self._database.writing() as db:
            db.execute(query.values(holder=""))

    def update_state(self, key: StateKey, change: Callable[[Plain], tuple[Plain, T]]) -> T:
        """Change one plain value under a lock: `change(old)` answers (new, result).

        `old` is None the first time. An error raised by `change` leaves the value as it was.
        """
        with self._database.writing() as db:
            row = locked_row(db, tables.state, {"name": key}, {"value": None})
            new, result = change(row.value)
            db.execute(_STATE, {"key": key, "value": new})
        return result
