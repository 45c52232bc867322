"""Sees what the CRM saves: every change of a session becomes a row of xt_outbox with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction

from xtiger.hosts.sqlalchemy.modules import BoundModule
from xtiger.hosts.sqlalchemy.sessions import ORIGIN, Sessions
from xtiger.hosts.tables import fold
from xtiger.model.records import Change, Kind, Ref

#: (tenant, module, id)
Address = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """What one transaction did to one record, folded."""

    kind: Kind
    origin: str | None


#: Where a session keeps what its hosts have written in this transaction, and which of them did.
_WRITTEN: Final = "xt_written"

#: What was done in which transaction or savepoint.
Entry = tuple[SessionTransaction | None, Address, Mark]


@dataclass(frozen=True, slots=True)
class Parent:
    """An attribute of a record or line that holds the key of a record it is part of."""

    attr: str
    module: str


@dataclass(frozen=True, slots=True)
class Watch:
    """What to do with objects of one model: mark them, and those that they are part of."""

    model: type[Any]
    #: None for lines, which are no records of their own.
    module: BoundModule | None
    parents: tuple[Parent, ...]
    #: A change of any of these counts; None when any attribute may matter.
    attrs: frozenset[str] | None


def watches(modules: Iterable[BoundModule]) -> list[Watch]:
    """One watch per module and per kind of lines."""
    found = []
    for module in modules:
        parents = tuple(
            Parent(field.attr, target)
            for field in module.parents
            for target in field.describe().targets
        )
        found.append(Watch(module.model, module, parents, _attrs(module)))
        if module.lines is not None:
            parent = Parent(module.lines.parent_attr, module.name)
            found.append(Watch(module.lines.model, None, (parent,), None))
    return found


def _attrs(module: BoundModule) -> frozenset[str] | None:
    names = {field.attr for field in module.fields}
    if any(field.column is None for field in module.fields):
        return None  # a Python property may come from any column
    if module.lines is not None:
        names.add(module.lines.attr)
    if module.deleted_attr is not None:
        names.add(module.deleted_attr)
    return frozenset(names)


class Listener:
    """Listens to the sessions of one factory.

    Marks are kept with the session's transaction, fall with its savepoints, and are written
    through its own connection just before it commits: so no row of xt_outbox is locked for
    longer than the commit takes, and many saves of one record are one row.
    """

    def __init__(
        self,
        sessions: Sessions,
        modules: Iterable[BoundModule],
        tenant_attr: str | None,
        now: Callable[[], datetime],
    ) -> None:
        self._sessions, self._tenant_attr, self._now = sessions, tenant_attr, now
        self._watches: Final = watches(modules)
        self._modules: Final = {w.module.name: w.module for w in self._watches if w.module}
        self._slot = f"xt_marks_{id(self)}"

    def attach(self) -> None:
        """Begin to listen."""
        calls: dict[str, Callable[..., None]] = {
            "before_flush": self._before_flush,
            "after_flush": self._after_flush,
            "after_flush_postexec": self._after_flush_postexec,
            "pending_to_persistent": self._created,
            "persistent_to_deleted": self._deleted,
            "do_orm_execute": self._executing,
            "before_commit": self._before_commit,
            "after_commit": self._committed,
            "after_soft_rollback": self._rolled_back,
            "after_transaction_end": self._ended,
        }
        for name, call in calls.items():
            event.listen(self._sessions.listens_to, name, call)

    # --- keeping marks ---

    def _log(self, session: Session) -> list[Entry]:
        log: list[Entry] = session.info.setdefault(self._slot, [])
        return log

    def _add(self, session: Session, address: Address, kind: Kind) -> None:
        level = session.get_nested_transaction() or session.get_transaction()
        mark = Mark(kind, session.info.get(ORIGIN) or None)
        self._log(session).append((level, address, mark))

    # --- what the session does to objects ---

    def _watching(self, owner: object) -> Iterator[Watch]:
        return (watch for watch in self._watches if isinstance(owner, watch.model))

    def _before_flush(self, session: Session, context: UOWTransaction, _: Any) -> None:
        # Once the row is gone its reference to the parent can no longer be read.
        for owner in session.deleted:
            for watch in self._watching(owner):
                for parent in watch.parents:
                    getattr(owner, parent.attr)
        # The flush takes SQL expressions such as func.now() away; afterwards nothing looks changed.
        session.info[f"{self._slot}_computed"] = [
            (watch, owner, self._was_deleted(watch, owner))
            for owner in session.dirty
            for watch in self._watching(owner)
            if _computed(owner, watch.attrs)
        ]

    def _after_flush(self, session: Session, context: UOWTransaction) -> None:
        for owner in session.dirty:
            for watch in self._watching(owner):
                if session.is_modified(owner) and _touched(owner, watch.attrs):
                    was_deleted = self._was_deleted(watch, owner)
                    self._mark(session, watch, owner, self._kind(watch, owner, was_deleted))
        for watch, owner, was_deleted in session.info.pop(f"{self._slot}_computed", ()):
            self._mark(session, watch, owner, self._kind(watch, owner, was_deleted))

    def _was_deleted(self, watch: Watch, owner: object) -> bool:
        """Whether the record had the mark of deletion before this change."""
        module, state = watch.module, sa.inspect(owner)
        if module is None or module.deleted_attr is None:
            return False
        before: Any = state.attrs[module.deleted_attr].history.deleted or ()
        return any(map(module.says_deleted, before))

    def _kind(self, watch: Watch, owner: object, was_deleted: bool) -> Kind:
        """Setting the mark of deleted records deletes, taking it away creates anew."""
        if watch.module is not None and watch.module.is_deleted(owner):
            return "deleted"
        return "created" if was_deleted else "updated"

    def _created(self, session: Session, owner: object) -> None:
        for watch in self._watching(owner):
            self._mark(session, watch, owner, "created")

    def _deleted(self, session: Session, owner: object) -> None:
        for watch in self._watching(owner):
            self._mark(session, watch, owner, "deleted")

    def _mark(self, session: Session, watch: Watch, owner: object, kind: Kind) -> None:
        keys = [(p.module, key) for p in watch.parents for key in _keys(owner, p.attr)]
        tenant = self._tenant(session, getattr(owner, self._tenant_attr or "", None), keys)
        if watch.module is not None:
            self._add(session, (tenant, watch.module.name, watch.module.key.text(owner)), kind)
        for module, key in keys:
            self._add(session, (tenant, module, str(key)), "updated")

    def _tenant(self, session: Session, own: Any, parents: Sequence[tuple[str, Any]]) -> str:
        """The tenant of an object, else of the record that it is part of."""
        if self._tenant_attr is None:
            return ""
        for module, key in parents if own is None else ():
            with session.no_autoflush:
                parent = session.get(self._modules[module].model, key)
            own = getattr(parent, self._tenant_attr, None)
            if own is not None:
                break
        return "" if own is None else str(own)

    # --- statements that change many rows at once ---

    def _executing(self, state: ORMExecuteState) -> None:
        if state.is_update or state.is_delete:
            for watch in self._watches:
                if _concerns(state, watch.model):
                    self._mark_statement(state, watch)

    def _mark_statement(self, state: ORMExecuteState, watch: Watch) -> None:
        """Mark the rows that an UPDATE or DELETE is about to change."""
        statement: Any = state.statement
        attrs = [parent.attr for parent in watch.parents]
        if watch.module is not None:
            attrs.append(watch.module.key.attr)
        scoped = self._tenant_attr is not None and hasattr(watch.model, self._tenant_attr)
        attrs += [str(self._tenant_attr)] if scoped else []
        query = sa.select(*(getattr(watch.model, attr) for attr in attrs))
        where = statement.whereclause
        given: Any = state.parameters or {}
        kind: Kind = "deleted" if state.is_delete else "updated"
        for values in given if isinstance(given, list | tuple) else [given]:
            # Many sets of values without a condition name each row by its key.
            wanted = _by_key(watch.model, values) if where is None and values else where
            asked = query if wanted is None else query.where(wanted)
            for row in state.session.execute(asked, values).all():
                self._mark_row(state.session, watch, list(row), kind, scoped=scoped)

    def _mark_row(
        self, session: Session, watch: Watch, row: list[Any], kind: Kind, *, scoped: bool
    ) -> None:
        own = row.pop() if scoped else None
        key = row.pop() if watch.module is not None else None
        keys = [
            (parent.module, value)
            for parent, value in zip(watch.parents, row, strict=True)
            if value is not None
        ]
        tenant = self._tenant(session, own, keys)
        if watch.module is not None:
            self._add(session, (tenant, watch.module.name, str(key)), kind)
        for module, value in keys:
            self._add(session, (tenant, module, str(value)), "updated")

    # --- the transaction ---

    def _before_commit(self, session: Session) -> None:
        if session.get_nested_transaction() is None:
            session.flush()
            self.write(session)

    def _after_flush_postexec(self, session: Session, context: UOWTransaction) -> None:
        # Another listener may flush while the session commits, after ours has written.
        if session.info.get(f"{self._slot}_written"):
            self.write(session)

    def write(self, session: Session) -> None:
        """Write the marks of the whole transaction into xt_outbox."""
        merged: dict[Address, Mark] = {}
        log = self._log(session)
        for _, address, mark in log:
            _fold_in(merged, address, mark)
        log.clear()
        session.info[f"{self._slot}_written"] = True
        merged = {
            address: mark for address, mark in merged.items() if self._first(session, address, mark)
        }
        if not merged:
            return
        tables, cursor = self._sessions.tables(session)
        now = self._now()
        tables.note(
            cursor,
            [
                Change(Ref(module, record_id), mark.kind, now, origin=mark.origin, tenant=tenant)
                for (tenant, module, record_id), mark in merged.items()
            ],
        )

    def _first(self, session: Session, address: Address, mark: Mark) -> bool:
        """Whether no other host of this process has written the same in this transaction.

        A factory of an app and a command that makes a host of its own are two on one session.
        """
        written: dict[Any, str] = session.info.setdefault(_WRITTEN, {})
        database = self._sessions.connection(session).engine
        return written.setdefault((database, address, mark), self._slot) == self._slot

    def after_commit(self, session: Session, call: Callable[[], None]) -> None:
        """Call once the session's transaction is committed; never when it is rolled back."""
        session.info.setdefault(f"{self._slot}_calls", []).append(call)

    def _committed(self, session: Session) -> None:
        for call in session.info.pop(f"{self._slot}_calls", ()):
            call()

    def _rolled_back(self, session: Session, transaction: SessionTransaction) -> None:
        log = self._log(session)
        log[:] = [entry for entry in log if not _within(entry[0], transaction)]

    def _ended(self, session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None:
            for suffix in ("", "_written", "_calls", "_computed"):
                session.info.pop(f"{self._slot}{suffix}", None)
            session.info.pop(_WRITTEN, None)


def _within(inner: SessionTransaction | None, outer: SessionTransaction) -> bool:
    """Whether a transaction is another one or a savepoint in it."""
    while inner is not None and inner is not outer:
        inner = inner.parent
    return inner is outer


def _fold_in(marks: dict[Address, Mark], address: Address, new: Mark) -> None:
    old = marks.get(address)
    if old is None:
        marks[address] = new
        return
    # Within one flush a new line may be told before the new record that it belongs to.
    born = (old.kind, new.kind) == ("updated", "created")
    kind: Kind | None = "created" if born else fold(old.kind, new.kind)
    if kind is None:
        del marks[address]
    else:
        marks[address] = Mark(kind, new.origin if new.origin == old.origin else None)


def _touched(owner: object, attrs: frozenset[str] | None) -> bool:
    """Whether one of the attributes was really changed."""
    if attrs is None:
        return True
    state: Any = sa.inspect(owner)
    return any(state.attrs[name].history.has_changes() for name in attrs)


def _concerns(state: ORMExecuteState, model: type[Any]) -> bool:
    """Whether a statement is about a model, one above or below it, or one of its tables."""
    mapper: Any = sa.inspect(model)
    if state.bind_mapper is None:
        return getattr(state.statement, "table", None) in mapper.tables
    named = state.bind_mapper.class_
    return issubclass(named, model) or issubclass(model, named)


def _by_key(model: type[Any], values: Any) -> Any:
    """The condition for the row that a set of values names by its key; None without a whole one."""
    mapper: Any = sa.inspect(model)
    attrs = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    if any(attr not in values for attr in attrs):
        return None
    return sa.and_(*(getattr(model, attr) == values[attr] for attr in attrs))


def _computed(owner: object, attrs: frozenset[str] | None) -> bool:
    """Whether one of the attributes is set to an SQL expression."""
    values: Any = sa.inspect(owner).dict
    names = values.keys() if attrs is None else attrs & values.keys()
    return any(isinstance(values[name], sa.ClauseElement) for name in names)


def _keys(owner: object, attr: str) -> set[Any]:
    """The parent's key as it is, and as it was before this change."""
    state: Any = sa.inspect(owner)
    keys = {state.dict.get(attr), *(state.attrs[attr].history.deleted or ())}
    return keys - {None}
