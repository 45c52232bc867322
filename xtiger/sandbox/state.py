"""Everything the sandbox remembers: objects per organisation and kind, kept in SQLite."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import simplejson

#: One stored object: Xero's property names; Decimal amounts, "YYYY-MM-DD" days, UTC stamps in ms.
Raw = dict[str, Any]
#: Per kind and index name: what an object is found by; None leaves it out of the index.
Indexes = Mapping[str, Mapping[str, Callable[[Raw], str | None]]]

#: The "organisation" under which identity keeps its own rows.
NOBODY = ""

_READ = "SELECT tenant, kind, id, json FROM object ORDER BY rowid"
Key = tuple[str, str, str]
_Objects = dict[tuple[str, str], dict[str, Raw]]
_Listed = dict[Key, dict[str, dict[str, None]]]


@dataclass(frozen=True, slots=True)
class Memory:
    """All objects of one moment; opaque, for `State.restore`."""

    objects: _Objects
    index: _Listed


class State:
    """Objects in memory, written through to one SQLite file if one is given; one writer at a time.

    Objects handed out are the stored ones: callers copy before they change and `put` the copy.
    """

    def __init__(self, path: Path | None, indexes: Indexes) -> None:
        #: Held by what reads or writes more than one object.
        self.lock = threading.RLock()
        self._indexes = indexes
        self._objects: _Objects = {}
        self._index: _Listed = {}
        #: Kinds that a snapshot holds too: copied before the next write.
        self._shared: set[tuple[str, str]] = set()
        self._journal: list[tuple[Key, Raw | None]] = []
        self._depth = 0
        #: Called with the changes of each outermost transaction before it ends; may write more.
        self.listener: Callable[[list[tuple[Key, Raw | None, Raw | None]]], None] | None = None
        self._db = None if path is None else _open(path)
        rows = () if self._db is None else self._db.execute(_READ)
        for tenant, kind, object_id, text in rows:
            self._place((tenant, kind, object_id), simplejson.loads(text, use_decimal=True))

    def close(self) -> None:
        """Release the file; the state cannot be used afterwards."""
        with self.lock:
            if self._db is not None:
                self._db.close()

    def get(self, tenant: str, kind: str, object_id: str) -> Raw | None:
        """Return one object or None."""
        with self.lock:
            return self._objects.get((tenant, kind), {}).get(object_id)

    def all(self, tenant: str, kind: str) -> list[Raw]:
        """Return the objects of a kind, oldest first."""
        with self.lock:
            return list(self._objects.get((tenant, kind), {}).values())

    def ids(self, tenant: str, kind: str) -> list[str]:
        """Return the ids of a kind, oldest first."""
        with self.lock:
            return list(self._objects.get((tenant, kind), {}))

    def find(self, tenant: str, kind: str, index: str, key: str) -> list[Raw]:
        """Return the objects that an index lists under a key, oldest first."""
        with self.lock:
            ids = self._index.get((tenant, kind, index), {}).get(key, {})
            return [self._objects[(tenant, kind)][object_id] for object_id in ids]

    def put(self, tenant: str, kind: str, object_id: str, raw: Raw | None) -> None:
        """Store an object, or remove it with None."""
        with self.transaction():
            key = (tenant, kind, object_id)
            self._journal.append((key, self._place(key, raw)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an inner one that fails takes back its own part only."""
        with self.lock:
            mark = len(self._journal)
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._tell()
            except BaseException:
                while len(self._journal) > mark:
                    self._place(*self._journal.pop())
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._flush()

    def _tell(self) -> None:
        if self.listener is None or not self._journal:
            return
        before: dict[Key, Raw | None] = {}
        for key, raw in self._journal:
            before.setdefault(key, raw)
        self.listener([(key, raw, self.get(*key)) for key, raw in before.items()])

    def setting(self, name: str, make: Callable[[], str]) -> str:
        """Return a stored word, made once per state file."""
        with self.transaction():
            found = self.get(NOBODY, "Setting", name)
            if found is None:
                found = {"value": make()}
                self.put(NOBODY, "Setting", name, found)
            return str(found["value"])

    def snapshot(self) -> Memory:
        """Return all objects as they are now; costs little, since nothing is copied yet."""
        with self.lock:
            self._shared = set(self._objects)
            return Memory(dict(self._objects), dict(self._index))

    def restore(self, memory: Memory) -> None:
        """Make everything as it was at a snapshot of this state, on the file too."""
        with self.lock:
            before = self._objects
            self._objects, self._index = dict(memory.objects), dict(memory.index)
            self._shared = set(self._objects)
            if self._db is not None:
                keys = [
                    (*pair, object_id)
                    for objects in (before, self._objects)
                    for pair, rows in objects.items()
                    for object_id in rows
                ]
                self._journal += [(key, None) for key in keys]
                self._flush()

    def _own(self, tenant: str, kind: str) -> None:
        """Copy what a snapshot shares, so that a write leaves the snapshot alone."""
        if (tenant, kind) not in self._shared:
            return
        self._shared.discard((tenant, kind))
        self._objects[(tenant, kind)] = dict(self._objects[(tenant, kind)])
        for name in self._indexes.get(kind, {}):
            listed = self._index.get((tenant, kind, name), {})
            self._index[(tenant, kind, name)] = {entry: dict(ids) for entry, ids in listed.items()}

    def _place(self, key: Key, raw: Raw | None) -> Raw | None:
        tenant, kind, object_id = key
        self._own(tenant, kind)
        objects = self._objects.setdefault((tenant, kind), {})
        before = objects.get(object_id)
        for name, entry in self._indexes.get(kind, {}).items():
            listed = self._index.setdefault((tenant, kind, name), {})
            if before is not None and (old := entry(before)) is not None:
                listed.get(old, {}).pop(object_id, None)
            if raw is not None and (new := entry(raw)) is not None:
                listed.setdefault(new, {})[object_id] = None
        if raw is None:
            objects.pop(object_id, None)
        else:
            objects[object_id] = raw
        return before

    def _flush(self) -> None:
        touched = {key: self.get(*key) for key, _ in self._journal}
        self._journal.clear()
        if self._db is None or not touched:
            return
        with self._db:
            self._db.executemany(
                "INSERT INTO object (tenant, kind, id, json) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (tenant, kind, id) DO UPDATE SET json = excluded.json",
                [
                    (*key, simplejson.dumps(raw, use_decimal=True))
                    for key, raw in touched.items()
                    if raw is not None
                ],
            )
            self._db.executemany(
                "DELETE FROM object WHERE tenant = ? AND kind = ? AND id = ?",
                [key for key, raw in touched.items() if raw is None],
            )


def _open(path: Path) -> sqlite3.Connection:
    try:
        # The file holds the client secret: its owner alone may read it.
        path.touch(mode=0o600)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    db = sqlite3.connect(str(path), check_same_thread=False, timeout=0.2)
    # Objects are kept in memory, so a second process on the file would see old ones.
    db.execute("PRAGMA locking_mode=EXCLUSIVE")
    try:
        with db:
            db.execute("BEGIN EXCLUSIVE")
            db.execute(
                "CREATE TABLE IF NOT EXISTS object (tenant TEXT, kind TEXT, id TEXT, json TEXT, "
                "PRIMARY KEY (tenant, kind, id))"
            )
    except sqlite3.DatabaseError as error:
        db.close()
        raise _unusable(path, str(error)) from error
    return db


def _unusable(path: Path, why: str) -> OSError:
    return OSError(
        f"The sandbox cannot use the state file {path}: {why}. "
        "Stop the sandbox that has it open, or give another file."
    )
