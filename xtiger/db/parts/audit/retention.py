"""The part of the store that drops what was kept long enough, and leaves the chain provable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, insert, not_, or_, select
from sqlalchemy import Connection as DbConnection

from xtiger.db import tables
from xtiger.db.parts.audit.chain import (
    START,
    Gap,
    append,
    erased,
    gaps,
    gaps_digest,
    hash_of,
    lock,
    says_its_digest,
)
from xtiger.db.parts.part import Part
from xtiger.db.statements import chunks
from xtiger.model.log.keep_times import KeepTimes

_OUTCOME = tables.outcome.c
_NOTE = tables.audit_note.c
_GAP = tables.audit_gap.c
_RUN = tables.run.c
_BATCH = tables.batch.c
#: Side, type and id of the record of an outcome, as copies and marks name it.
_PLACES = (
    ("crm", _OUTCOME.module, _OUTCOME.crm_id),
    ("xero", _OUTCOME.kind, _OUTCOME.xero_id),
)
#: States of a run that ended well.
_WELL = ("done", "agreed")


class RetentionPart(Part):
    """What leaves after its time."""

    def cut_log(self, times: KeepTimes, now: datetime, most: int) -> int:
        """Let at most so many rows of the log go after their time; returns how many went.

        Of each record that is known the newest row of each result and flow stays. A row that does
        not fit into the chain stays as well: it shows that somebody changed it.
        """
        with self._database.writing() as db:
            lock(db)
            going = _going(db, times, now, most)
            if not going:
                return 0
            # Cuts of before go too: the new one says all that they did.
            going = sorted([*going, *_notes(db, _NOTE.what == "cut")], key=lambda row: row["id"])
            known = gaps(db)
            fitting = _fitting(db, going, known)
            after = _merged([*known, *(Gap(row["id"], row["id"], row["hash"]) for row in fitting)])
            _replace(db, known, after)
            _remove(db, [row["id"] for row in fitting])
            gone = [row for row in fitting if row.get("what") != "cut"]
            said = {"what": "cut", "connection_id": "", "run_id": "", "module": "", "at": now}
            detail = {"count": len(gone), "detail": gaps_digest(after)}
            append(db, [(tables.audit_note, {**said, **detail})])
            return len(gone)

    def drop_batches(self, before: datetime) -> None:
        """Forget batches with their intents that were done before this moment.

        One whose answer never came stays until it is settled.
        """
        intent = tables.intent.c
        settled = intent.state.in_(("applied", "failed"))
        open_still = exists().where(intent.batch_id == _BATCH.id, not_(settled))
        done = (_BATCH.state == "done") & (_BATCH.sent_at < before)
        with self._database.writing() as db:
            db.execute(delete(tables.batch).where(done, ~open_still))

    def drop_runs(self, times: KeepTimes, now: datetime) -> None:
        """Forget runs after their time, but for the newest of each kind and end."""
        well, other = times.runs_until(now)
        newer = tables.run.alias()
        same = [newer.c[name] == _RUN[name] for name in ("connection_id", "trigger", "state")]
        old = or_(
            and_(_RUN.state.in_(_WELL), _RUN.started_at < well),
            and_(_RUN.state.not_in((*_WELL, "running")), _RUN.started_at < other),
        )
        has_newer = exists().where(*same, newer.c.number > _RUN.number)
        waits = exists().where(
            tables.braked_plan.c.run_id == _RUN.id, tables.braked_plan.c.state == "waiting"
        )
        with self._database.writing() as db:
            db.execute(delete(tables.run).where(old, has_newer, ~waits))


# --- which rows go -----------------------------------------------------------------------------


def _going(db: DbConnection, times: KeepTimes, now: datetime, most: int) -> list[Mapping[str, Any]]:
    """Whole rows of both tables whose time is over, oldest first, at most so many of each."""
    over = or_(
        *(
            and_(_OUTCOME.result.in_(results), _OUTCOME.at < before)
            for before, results in times.limits(now)
        )
    )
    goes = or_(_is_older(), ~_is_known())
    query = select(tables.outcome).where(over, goes).order_by(_OUTCOME.id).limit(most)
    rows = [dict(row._mapping) for row in db.execute(query)]
    counts = _notes(db, (_NOTE.what == "unchanged") & (_NOTE.at < times.notes_until(now)), most)
    return [*rows, *counts]


def _notes(
    db: DbConnection, which: ColumnElement[bool], most: int | None = None
) -> list[Mapping[str, Any]]:
    query = select(tables.audit_note).where(which).order_by(_NOTE.id).limit(most)
    return [dict(row._mapping) for row in db.execute(query)]


def _is_older() -> ColumnElement[bool]:
    """Whether its record has a newer row of the same result and flow."""
    newer = tables.outcome.alias()
    # As expressions, for which there is no index: the one of results fits in more columns than
    # the one of records, and would have each row compared with half of the log.
    same = ("connection_id", "module", "result", "flow")
    alike = [(newer.c[name] + "") == _OUTCOME[name] for name in same]
    later = newer.c.id > _OUTCOME.id
    of_crm = exists().where(newer.c.crm_id == _OUTCOME.crm_id, *alike, later)
    of_xero = exists().where(newer.c.xero_id == _OUTCOME.xero_id, *alike, later)
    return or_(of_crm, and_(_OUTCOME.crm_id.is_(None), of_xero))


def _is_known() -> ColumnElement[bool]:
    """Whether its record is linked, was there when it was last read, or waits to be looked at."""
    link, shadow, change = tables.link.c, tables.shadow.c, tables.change.c
    waits = (change.connection_id == _OUTCOME.connection_id) & change.waiting
    mine = (link.connection_id == _OUTCOME.connection_id) & (link.state != "removed")
    seen = (shadow.connection_id == _OUTCOME.connection_id) & ~shadow.gone
    return or_(
        exists().where(mine, link.module == _OUTCOME.module, link.crm_id == _OUTCOME.crm_id),
        exists().where(mine, link.kind == _OUTCOME.kind, link.xero_id == _OUTCOME.xero_id),
        *(
            exists().where(seen, shadow.side == side, shadow.type == type_, shadow.id == id_)
            for side, type_, id_ in _PLACES
        ),
        *(
            exists().where(waits, change.side == side, change.type == type_, change.id == id_)
            for side, type_, id_ in _PLACES
        ),
    )


# --- how they go -------------------------------------------------------------------------------


def _fitting(
    db: DbConnection, going: Sequence[Mapping[str, Any]], known: Iterable[Gap]
) -> list[Mapping[str, Any]]:
    """Those whose hash fits what they say."""
    hashes = {0: START, **{gap.last: gap.hash for gap in known}}
    hashes |= {row["id"]: row["hash"] for row in going}
    before = [row["id"] - 1 for row in going if row["id"] - 1 not in hashes]
    for table in (tables.outcome, tables.audit_note):
        for part in chunks(before):
            query = select(table.c.id, table.c.hash).where(table.c.id.in_(part))
            hashes |= {row.id: row.hash for row in db.execute(query)}
    found, gone = [], erased(db)
    for row in going:
        said = {name: row[name] for name in row if name != "hash"}
        last = hashes.get(row["id"] - 1)
        is_whole = last is not None and hash_of(last, said) == row["hash"]
        # One that says nothing stays where no note says why: it shows that somebody changed it.
        is_said = said.get("digest") is None or said["salt"] is not None or row["id"] in gone
        if is_whole and says_its_digest(said) and is_said:
            found.append(row)
    return found


def _merged(found: Iterable[Gap]) -> list[Gap]:
    """The gaps in order, one for each stretch without a row."""
    merged: list[Gap] = []
    for gap in sorted(found, key=lambda one: one.first):
        if merged and merged[-1].last + 1 == gap.first:
            merged[-1] = Gap(merged[-1].first, gap.last, gap.hash)
        else:
            merged.append(gap)
    return merged


def _replace(db: DbConnection, known: Sequence[Gap], after: Sequence[Gap]) -> None:
    """Write the gaps that are new or grew, and take away those that went into others."""
    old, new = set(known), set(after)
    for part in chunks([gap.first for gap in old - new]):
        db.execute(delete(tables.audit_gap).where(_GAP.first_id.in_(part)))
    rows = [
        {"first_id": gap.first, "last_id": gap.last, "last_hash": gap.hash}
        for gap in after
        if gap not in old
    ]
    if rows:
        db.execute(insert(tables.audit_gap), rows)


def _remove(db: DbConnection, ids: Sequence[int]) -> None:
    for table in (tables.outcome, tables.audit_note):
        for part in chunks(ids):
            db.execute(delete(table).where(table.c.id.in_(part)))
