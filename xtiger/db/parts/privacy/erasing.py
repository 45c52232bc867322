"""The part of the store that erases a person, and keeps marks by which it is known again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as DbConnection
from sqlalchemy import and_, delete, func, inspect, select, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from xtiger.db import tables
from xtiger.db.parts.audit import chain
from xtiger.db.parts.part import Part
from xtiger.db.parts.privacy import subjects
from xtiger.db.parts.privacy.persons import rows_of
from xtiger.db.parts.privacy.subjects import Owner, Subject
from xtiger.db.statements import upsert
from xtiger.model import setting_keys
from xtiger.model.privacy.marks import Erasure, Marks, bare
from xtiger.model.privacy.naming import without
from xtiger.model.privacy.person import Person
from xtiger.model.values import Plain, from_json
from xtiger.rules.contact_persons import person_id

_MARK = tables.erased.c
#: Rows of these go as a whole: what undo would write back, answers, choices, and recipients.
_GOING: Sequence[Subject] = (
    *(subjects.IMAGES, subjects.BEFORE_IMAGES, subjects.DECISIONS, subjects.REFUSALS),
    *(subjects.PANEL_VALUES, subjects.RECIPIENTS),
)
#: Rows of these stay without what names the person.
_CHANGED: Sequence[Subject] = (
    *(subjects.HOLDS, subjects.RECEIVED, subjects.NOTICES, subjects.RUNS, subjects.PLANS),
    *(
        subjects.MESSAGES,
        subjects.CALLS,
        subjects.SETTINGS,
        subjects.TENANT_SETTINGS,
        subjects.STATES,
    ),
)
#: With this the tables of the library and of its extensions begin.
_PREFIX = "xt_"
#: Values that a run announced and did not close: nothing of them may change.
_UNDER_WAY = ("crm_creates:", "crm_changes:", "crm_removals:")
#: States of a write that is over.
_SETTLED = ("applied", "failed")


class ErasingPart(Part):
    """Erasing, and the marks of who was erased."""

    def marks(self, tenant: str) -> Marks:
        """All marks of a tenant, with their key."""
        with self._database.reading() as db:
            found = frozenset(
                db.execute(select(_MARK.digest).where(_MARK.tenant == tenant)).scalars()
            )
            if not found:
                return Marks()
            state = tables.state.c
            kept = db.execute(
                select(state.value).where(state.name == setting_keys.ERASED_KEY)
            ).scalar_one()
        return Marks(self._cipher.decrypt(str(kept)).reveal().encode(), found)

    def add_marks(self, tenant: str, erasure: Erasure, digests: Sequence[str]) -> None:
        """Know a person again by these."""
        same = {"tenant": tenant, "erasure": erasure.id, "by": erasure.by, "at": erasure.at}
        with self._database.writing() as db:
            rows = [{**same, "digest": one} for one in digests]
            upsert(db, tables.erased, rows, by=["tenant", "digest"])

    def widen_marks(self, tenant: str, known: str, digests: Sequence[str]) -> None:
        """Know the person of a mark by these, too; nobody where it was released meanwhile."""
        query = select(_MARK.erasure, _MARK.by, _MARK.at)
        with self._database.writing() as db:
            row = db.execute(query.where(_MARK.tenant == tenant, _MARK.digest == known)).first()
            if row is None:
                return  # released meanwhile
            same = {"tenant": tenant, **row._mapping}
            rows = [{**same, "digest": one} for one in digests]
            upsert(db, tables.erased, rows, by=["tenant", "digest"])

    def erasures(self, tenant: str) -> Sequence[Erasure]:
        """Who is known again, newest first; those that share a mark are one."""
        query = (
            select(_MARK.erasure, _MARK.at, _MARK.by, func.count().label("marks"))
            .where(_MARK.tenant == tenant)
            .group_by(_MARK.erasure, _MARK.at, _MARK.by)
            .order_by(_MARK.at.desc(), _MARK.erasure)
        )
        with self._database.reading() as db:
            return [Erasure(row.erasure, row.at, row.by, row.marks) for row in db.execute(query)]

    def erasures_of(self, tenant: str, digests: Collection[str]) -> set[str]:
        """The erasures that have one of these marks."""
        query = select(_MARK.erasure).where(_MARK.tenant == tenant, _MARK.digest.in_(digests))
        with self._database.reading() as db:
            return set(db.execute(query).scalars())

    def forget_marks(self, tenant: str, erasure: str) -> set[str]:
        """Know a person no longer; returns the digests by which it was known."""
        same = and_(_MARK.tenant == tenant, _MARK.erasure == erasure)
        with self._database.writing() as db:
            found = set(db.execute(select(_MARK.digest).where(same)).scalars())
            db.execute(delete(tables.erased).where(same))
        return found

    def writes_under_way(self, person: Person, tenant: str, connection_ids: Sequence[str]) -> bool:
        """Whether something of a person was sent and is not settled, or is to be finished."""
        owner = Owner(tenant, connection_ids)
        with self._database.reading() as db:
            sent = rows_of(db, subjects.INTENTS, person, owner)
            open_ = rows_of(db, subjects.SETTINGS, person, owner)
        return any(row["state"] not in _SETTLED for row in sent) or any(
            str(row["name"]).startswith(_UNDER_WAY) for row in open_
        )

    def erase(
        self,
        person: Person,
        tenant: str,
        connection_ids: Sequence[str],
        marks: Marks,
        at: datetime,
    ) -> Mapping[str, int]:
        """Erase a person from all tables of the store; table → rows that went or changed.

        Links stay: they are ids, and keep records from being made twice. Copies of documents
        stay with the id of their contact. Call it in a transaction, with the marks just made.
        """
        owner, counts = Owner(tenant, connection_ids), dict[str, int]()
        with self._database.writing() as db:
            _overwrite_what_goes(db)
            chain.lock(db)
            chain.rehash(db, at)
            log = rows_of(db, subjects.LOG, person, owner)
            chain.erase(db, log, at)
            counts[tables.outcome.name] = len(log)
            for subject, change in self._changes(person, marks):
                found = rows_of(db, subject, person, owner)
                counts[subject.table.name] = sum(change(db, subject, row) for row in found)
        return {table: count for table, count in counts.items() if count}

    def _changes(
        self, person: Person, marks: Marks
    ) -> list[tuple[Subject, Callable[[DbConnection, Subject, Mapping[str, Any]], bool]]]:
        """What becomes of each row of a subject."""

        def go(db: DbConnection, subject: Subject, row: Mapping[str, Any]) -> bool:
            db.execute(delete(subject.table).where(_same(subject, row)))
            return True

        def change(db: DbConnection, subject: Subject, row: Mapping[str, Any]) -> bool:
            return _write(db, subject, row, _texts_without(subject, row, person))

        def letter(db: DbConnection, subject: Subject, row: Mapping[str, Any]) -> bool:
            if subject.is_keyed(row, person) or person.is_in(str(row["file"])):
                # A signed file without a part of it would count as forged.
                return go(db, subject, row)
            return change(db, subject, row)

        def copy(db: DbConnection, subject: Subject, row: Mapping[str, Any]) -> bool:
            return _write(db, subject, row, {"payload": _copy_without(row, person, marks)})

        def base(db: DbConnection, subject: Subject, row: Mapping[str, Any]) -> bool:
            return _is_own(db, row, person) and go(db, subject, row)

        def intent(db: DbConnection, subject: Subject, row: Mapping[str, Any]) -> bool:
            return _write(db, subject, row, {"natural_value": None, "payload": {}, "meant": None})

        return [
            *((one, go) for one in _GOING),
            *((one, change) for one in _CHANGED),
            (subjects.LETTERS, letter),
            (subjects.COPIES, copy),
            (subjects.BASES, base),
            (subjects.INTENTS, intent),
        ]

    def free_bytes(self, also: Collection[str] = ()) -> bool:
        """Give back the space of what went, so that no file holds it; False while others use it.

        SQLite writes its file anew and empties the log beside it; PostgreSQL writes anew the
        tables of the library, those of extensions and `also` these, but never the CRM's. Call it
        outside of a transaction.
        """
        engine = self._database.engine
        if not self._database.is_sqlite:
            there = inspect(engine).get_table_names()
            names = [one for one in there if one.startswith(_PREFIX) or one in also]
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
                db.exec_driver_sql("SET lock_timeout = '10s'")
                with suppress(OperationalError, ProgrammingError):
                    for name in names:
                        db.exec_driver_sql(f'VACUUM FULL "{name}"')
                    return True
            return False
        with closing(engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
            try:
                cursor.execute("VACUUM")
            except sqlite3.OperationalError:
                return False  # somebody writes, or the disk is full
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            found = cursor.fetchone()
        return found is not None and found[0] == 0


def _overwrite_what_goes(db: DbConnection) -> None:
    """Let SQLite write zeros over what is deleted, for as long as this connection is open."""
    if db.dialect.name == "sqlite":
        db.exec_driver_sql("PRAGMA secure_delete = ON").all()


def _same(subject: Subject, row: Mapping[str, Any]) -> Any:
    return and_(*(column == row[column.name] for column in subject.table.primary_key))


def _write(
    db: DbConnection, subject: Subject, row: Mapping[str, Any], values: Mapping[str, Any]
) -> bool:
    """Write values that differ; False where none does."""
    new = {name: value for name, value in values.items() if value != _plain(subject, name, row)}
    if new:
        # A copy without its number is given once more to the code that follows the copies.
        anew: dict[str, Any] = {"number": None} if subject is subjects.COPIES else {}
        db.execute(update(subject.table).where(_same(subject, row)).values(**new, **anew))
    return bool(new)


def _plain(subject: Subject, name: str, row: Mapping[str, Any]) -> Plain:
    """The value of a column; plain values are read as text."""
    value = row[name]
    is_plain = type(subject.table.c[name].type).__name__ == "PlainText"
    return from_json(value) if is_plain and isinstance(value, str) else value


def _texts_without(subject: Subject, row: Mapping[str, Any], person: Person) -> dict[str, Any]:
    found = {name: without(_plain(subject, name, row), person) for name in subject.texts}
    # A name of one record in a column of its own may be spelled as nobody knows any more.
    if subject is subjects.HOLDS and subject.is_keyed(row, person):
        found["name"] = ""
    return found


def _copy_without(row: Mapping[str, Any], person: Person, marks: Marks) -> Plain:
    """What stays of a last seen copy: of the person's own the ids, of others all but the person."""
    payload = from_json(row["payload"])
    if subjects.COPIES.is_keyed(row, person):
        return bare(payload) if row["side"] == "xero" else {}
    if row["side"] != "xero":
        return payload
    if row["type"] == "PersonList":
        return _list_without(str(row["id"]), payload, person, marks)
    return dict(marks.without_erased(str(row["type"]), payload))


def _list_without(contact_id: str, kept: Any, person: Person, marks: Marks) -> Plain:
    """The register of a contact's persons; who was erased keeps its number."""
    own = {place.id for place in person.places}

    def entry(one: Mapping[str, Any]) -> Mapping[str, Any]:
        is_own = person_id(contact_id, int(one["number"])) in own
        if is_own or marks.has_mail(one["look"].get("EmailAddress")):
            return {**one, "look": {}, "sent": None}
        return one

    return {**kept, **{name: [entry(one) for one in kept[name]] for name in ("entries", "adding")}}


def _is_own(db: DbConnection, row: Mapping[str, Any], person: Person) -> bool:
    """Whether what was agreed on is of a record of the person."""
    link = tables.link.c
    found = db.execute(select(tables.link).where(link.id == row["link_id"])).one()
    places = {(one.connection_id, one.side, one.type, one.id) for one in person.places}
    own = (
        (found.connection_id, "crm", found.module, found.crm_id),
        (found.connection_id, "xero", found.kind, found.xero_id),
    )
    return any(one in places for one in own)
