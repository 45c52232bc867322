"""The chain of hashes: each row carries the hash of the row before it, so that no edit goes unseen.

Rows of two tables stand in it, outcomes and notes, numbered as one list. What left the list after
its time is known by the gaps, and the newest note of a cut says which gaps there are.
"""

from __future__ import annotations

import hashlib
import heapq
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as DbConnection
from sqlalchemy import Table, bindparam, insert, select, update

from xtiger.db import tables
from xtiger.db.columns import plain_text
from xtiger.db.parts.audit.erased_rows import blank, erased_ids, is_blank, read_ids, written_ids
from xtiger.db.statements import AnyRow, locked_row

_AUDIT = {"name": "outcome"}
#: What the first row has in place of the hash of the row before it.
START = "0" * 64
#: Columns of later releases: rows of before were hashed without them.
_LATER = ("correlation_id", "digest")
#: What stands in the chain by its digest alone.
_BY_DIGEST = ("name", "detail", "sought", "salt")
#: Rows of the chain that are read at once.
_PART = 1_000


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows that left the chain: the first and the last one, and the hash that the last one had."""

    first: int
    last: int
    hash: str


def append(db: DbConnection, rows: Sequence[tuple[Table, Mapping[str, Any]]]) -> None:
    """Append rows, each to its table, as the next ones of the chain."""
    end = lock(db)
    number, last = int(end.last_id), str(end.last_hash)
    made: dict[Table, list[dict[str, Any]]] = {}
    for table, content in rows:
        number += 1
        row = {"id": number, **content}
        last = hash_of(last, row)
        made.setdefault(table, []).append({**row, "hash": last})
    for table, found in made.items():
        db.execute(insert(table), found)
    same = tables.audit.c.name == _AUDIT["name"]
    db.execute(update(tables.audit).where(same).values(last_id=number, last_hash=last))


def lock(db: DbConnection) -> AnyRow:
    """The end of the chain; nobody else appends to it until the commit."""
    return locked_row(db, tables.audit, _AUDIT, {"last_id": 0, "last_hash": START})


def hash_of(before: str, row: Mapping[str, Any]) -> str:
    """The hash of a row after the one that has the hash `before`."""
    covered = {name: row[name] for name in row if name not in _LATER or row[name] is not None}
    covered.pop("salt", None)
    if row.get("digest") is not None:
        covered = {name: covered[name] for name in covered if name not in _BY_DIGEST}
    return hashlib.sha256(f"{before}\n{plain_text(covered)}".encode()).hexdigest()


def digest_of(salt: str, row: Mapping[str, Any]) -> str:
    """The digest of what a row says of its record, with a salt that nobody can guess."""
    said = {name: row[name] for name in ("name", "detail", "sought")}
    return hashlib.sha256(f"{salt}\n{plain_text(said)}".encode()).hexdigest()


def gaps_digest(gaps: Iterable[Gap]) -> str:
    """What the note of a cut says of all gaps there are."""
    listed = [[gap.first, gap.last, gap.hash] for gap in gaps]
    return hashlib.sha256(plain_text(listed).encode()).hexdigest()


def gaps(db: DbConnection) -> list[Gap]:
    """The gaps there are, in order."""
    query = select(tables.audit_gap).order_by(tables.audit_gap.c.first_id)
    return [Gap(row.first_id, row.last_id, row.last_hash) for row in db.execute(query)]


def first_broken(db: DbConnection) -> int | None:
    """The id of the first row that does not fit; None when the chain is whole.

    A row that is missing counts as not fitting, at the end of the chain too.
    """
    while True:
        known = gaps(db)
        broken = _broken_with(db, known)
        # Rows may leave while the chain is read: then it is read once more.
        if broken is None or known == gaps(db):
            return broken


def _broken_with(db: DbConnection, known: Sequence[Gap]) -> int | None:
    # The end first: rows that others append meanwhile come after it.
    end = db.execute(select(tables.audit).where(tables.audit.c.name == _AUDIT["name"])).first()
    if end is None:
        rows = next(_rows(db, None), None)
        return int(rows["id"]) if rows is not None else None
    walk = _Walk(known)
    for row in _rows(db, int(end.last_id)):
        if not walk.fits(row):
            return walk.number + 1
    walk.over_gap(int(end.last_id) + 1)
    if walk.number < end.last_id:
        return walk.number + 1
    if walk.last != end.last_hash:
        return walk.number
    if not walk.announced(known):
        return walk.cut or (known[0].first if known else None)
    return min(walk.blank - walk.erased, default=None)


class _Walk:
    """One walk along the chain, from its first row."""

    def __init__(self, known: Sequence[Gap]) -> None:
        self.number, self.last = 0, START
        self._gaps = {gap.first: gap for gap in known}
        #: Id of the newest note of a cut, and what it says of all gaps.
        self.cut: int | None = None
        self._said: str | None = None
        #: Rows of which nothing is said any more, and those that a note says were erased.
        self.blank: set[int] = set()
        self.erased: set[int] = set()

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Whether the row is the next one; the walk goes on from it."""
        self.over_gap(int(row["id"]))
        found = {name: row[name] for name in row if name != "hash"}
        wanted = hash_of(self.last, found)
        if row["id"] != self.number + 1 or row["hash"] != wanted or not says_its_digest(found):
            return False
        self.number, self.last = int(row["id"]), wanted
        if found.get("what") == "cut":
            self.cut, self._said = self.number, found["detail"]
        if found.get("what") == "erased":
            self.erased |= read_ids(found["detail"])
        if found.get("digest") is not None and found["salt"] is None:
            self.blank.add(self.number)
        return True

    def over_gap(self, until: int) -> None:
        """Step over what left the chain before this row."""
        gap = self._gaps.get(self.number + 1)
        if gap is not None and gap.last < until:
            self.number, self.last = gap.last, gap.hash

    def announced(self, known: Sequence[Gap]) -> bool:
        """Whether the newest note of a cut says that there are these gaps and no others."""
        return self._said == gaps_digest(known) if self._said is not None else not known


def says_its_digest(row: Mapping[str, Any]) -> bool:
    """Whether a row says what its digest is of, or nothing: then a note must say so."""
    digest = row.get("digest")
    if digest is None:
        return True
    if row["salt"] is None:
        return is_blank(row)
    return bool(digest_of(row["salt"], row) == digest)


def rehash(db: DbConnection, at: datetime) -> None:
    """Cover the rows of releases before 0018 by salted digests too, once; call it under the lock.

    A note keeps the hash that the chain ended with. A broken chain stays as it is: hashed anew it
    would look whole.
    """
    old = tables.outcome.c.digest.is_(None)
    count = len(db.execute(select(tables.outcome.c.id).where(old)).all())
    if not count or first_broken(db) is not None:
        return
    end = lock(db)
    walk = _Walk(gaps(db))
    changes: dict[Table, list[dict[str, Any]]] = {}
    for row in _rows(db, int(end.last_id)):
        walk.over_gap(int(row["id"]))
        content = {name: row[name] for name in row if name != "hash"}
        table = tables.audit_note if "what" in row else tables.outcome
        if "what" not in row and row["digest"] is None:
            salt = secrets.token_hex(16)
            content |= {"salt": salt, "digest": digest_of(salt, content)}
        walk.number, walk.last = int(row["id"]), hash_of(walk.last, content)
        new = {"salt": content["salt"], "digest": content["digest"]} if "salt" in content else {}
        changes.setdefault(table, []).append({"of": row["id"], "hash": walk.last, **new})
    walk.over_gap(int(end.last_id) + 1)
    for table, rows in changes.items():
        db.execute(update(table).where(table.c.id == bindparam("of")), rows)
    same = tables.audit.c.name == _AUDIT["name"]
    db.execute(update(tables.audit).where(same).values(last_hash=walk.last))
    note = {"what": "hashed", "connection_id": "", "run_id": "", "module": "", "at": at}
    append(db, [(tables.audit_note, {**note, "count": count, "detail": str(end.last_hash)})])


def erase(db: DbConnection, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Drop what these outcomes say, and their salts; the chain goes on over their digests."""
    if not rows:
        return
    changes = [{"of": row["id"], "salt": None, **blank(row)} for row in rows]
    db.execute(update(tables.outcome).where(tables.outcome.c.id == bindparam("of")), changes)
    note = {"what": "erased", "connection_id": "", "run_id": "", "module": "", "at": at}
    ids = [int(row["id"]) for row in rows]
    append(db, [(tables.audit_note, {**note, "count": len(ids), "detail": written_ids(ids)})])


def erased(db: DbConnection) -> set[int]:
    """The ids of the rows that notes say were erased."""
    notes = select(tables.audit_note.c.detail).where(tables.audit_note.c.what == "erased")
    return erased_ids(db.execute(notes).scalars())


def _rows(db: DbConnection, until: int | None) -> Iterator[Mapping[str, Any]]:
    """The rows of both tables in the order of the chain, up to this one."""

    def of(table: Table) -> Iterator[Mapping[str, Any]]:
        after = 0
        while True:
            query = select(table).where(table.c.id > after).order_by(table.c.id).limit(_PART)
            if until is not None:
                query = query.where(table.c.id <= until)
            found = [dict(row._mapping) for row in db.execute(query)]
            yield from found
            if len(found) < _PART:
                return
            after = found[-1]["id"]

    return heapq.merge(of(tables.outcome), of(tables.audit_note), key=lambda row: int(row["id"]))
