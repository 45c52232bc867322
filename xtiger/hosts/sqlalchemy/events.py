"""Sees what the CRM saves: every change of a session becomes a row of xt_outbox with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction

from xtiger.errors import HostTablesMissing
from xtiger.hosts.keys import key_text
from xtiger.hosts.marks import Address, Mark, changes_of, fold_in
from xtiger.hosts.sqlalchemy.modules import BoundModule
from xtiger.hosts.sqlalchemy.sessions import ORIGIN, Sessions
from xtiger.i18n.process_log import process_log
from xtiger.model.records import Kind

#: Where a session keeps what its hosts have written in this transaction, and which of them did.
_WRITTEN: Final = "xt_written"

#: What was done in which transaction or savepoint.
Entry = tuple[SessionTransaction | None, Address, Mark]


@dataclass(frozen=True, slots=True)
class Parent:
    """The attributes of a record or line that hold the key of a record it is part of."""

    attrs: tuple[str, ...]
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
            Parent(field.held_in, target)
            for field in module.parents
            if field.held_in
            for target in field.describe().targets
        )
        found.append(Watch(module.model, module, parents, _attrs(module)))
        if module.lines is not None:
            parent = Parent(module.lines.parent_attrs, module.name)
            found.append(Watch(module.lines.model, None, (parent,), None))
    return found


def _attrs(module: BoundModule) -> frozenset[str] | None:
    if not all(field.held_in for field in module.fields):
        return None  # a Python property may come from any column
    names = {attr for field in module.fields for attr in field.held_in}
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
                    _ = [getattr(owner, attr) for attr in parent.attrs]
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
        keys = [(p.module, key) for p in watch.parents for key in _keys(owner, p.attrs)]
        tenant = self._tenant(session, getattr(owner, self._tenant_attr or "", None), keys)
        if watch.module is not None:
            self._add(session, (tenant, watch.module.name, watch.module.key.text(owner)), kind)
        for module, key in keys:
            self._add(session, (tenant, module, key_text(key)), "updated")

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
        attrs = [attr for parent in watch.parents for attr in parent.attrs]
        if watch.module is not None:
            attrs += watch.module.key.attrs
        scoped = self._tenant_attr is not None and hasattr(watch.model, self._tenant_attr)
        attrs += [str(self._tenant_attr)] if scoped else []
        module = watch.module
        mark = module.deleted_attr if module is not None and state.is_update else None
        attrs += [mark] if mark is not None else []
        query = sa.select(*(getattr(watch.model, attr) for attr in attrs))
        where = statement.whereclause
        given: Any = state.parameters or {}
        kind: Kind = "deleted" if state.is_delete else "updated"
        for values in given if isinstance(given, list | tuple) else [given]:
            # Many sets of values without a condition name each row by its key.
            wanted = _by_key(watch.model, values) if where is None and values else where
            asked = query if wanted is None else query.where(wanted)
            new = _new_mark(statement, values, watch.module) if mark is not None else None
            for row in map(list, state.session.execute(asked, values).all()):
                if mark is not None and module is not None:
                    kind = _bulk_kind(new, was_deleted=module.says_deleted(row.pop()))
                self._mark_row(state.session, watch, row, kind, scoped=scoped)

    def _mark_row(
        self, session: Session, watch: Watch, row: list[Any], kind: Kind, *, scoped: bool
    ) -> None:
        own = row.pop() if scoped else None
        columns = iter(row)
        held = [
            (parent.module, tuple(islice(columns, len(parent.attrs)))) for parent in watch.parents
        ]
        keys = [(module, key) for module, key in held if None not in key]
        tenant = self._tenant(session, own, keys)
        if watch.module is not None:
            self._add(session, (tenant, watch.module.name, key_text(list(columns))), kind)
        for module, key in keys:
            self._add(session, (tenant, module, key_text(key)), "updated")

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
            fold_in(merged, address, mark)
        log.clear()
        session.info[f"{self._slot}_written"] = True
        merged = {
            address: mark for address, mark in merged.items() if self._first(session, address, mark)
        }
        if not merged:
            return
        try:
            tables, cursor = self._sessions.tables(session)
        except HostTablesMissing as error:
            # The CRM's save goes through: each run says what is missing, a sweep finds the record.
            process_log("xtiger.hosts").warning("%s", error)
            return
        tables.note(cursor, changes_of(merged, self._now()))

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


def _new_mark(statement: Any, values: Mapping[str, Any], module: BoundModule | None) -> bool | None:
    """Whether an UPDATE marks its rows as deleted; None where it leaves the mark, or unknown."""
    if module is None or module.deleted_attr is None:
        return None
    attr = module.deleted_attr
    names = {attr, module.mapper.columns[attr].name}
    pairs = [*values.items(), *(getattr(statement, "_values", None) or {}).items()]
    pairs += getattr(statement, "_ordered_values", None) or ()
    found = [value for name, value in pairs if getattr(name, "key", name) in names]
    if not found:
        return None
    new = found[0].value if isinstance(found[0], sa.BindParameter) else found[0]
    if isinstance(new, sa.sql.elements.Null):
        new = None
    elif isinstance(new, sa.sql.elements.True_ | sa.sql.elements.False_):
        new = isinstance(new, sa.sql.elements.True_)
    elif isinstance(new, sa.ClauseElement):
        # func.now() sets a moment; which of two words an expression makes is not known.
        return True if isinstance(module.declared.deleted, str) else None
    return module.says_deleted(new)


def _bulk_kind(new: bool | None, *, was_deleted: bool) -> Kind:
    """What becomes of a row whose mark of deletion is set so, or left."""
    if new is None:
        return "deleted" if was_deleted else "updated"
    if new:
        return "deleted"
    return "created" if was_deleted else "updated"


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


def _keys(owner: object, attrs: Sequence[str]) -> set[tuple[Any, ...]]:
    """The parent's key as it is, and as it was before this change."""
    state: Any = sa.inspect(owner)
    now = tuple(state.dict.get(attr) for attr in attrs)
    gone = [state.attrs[attr].history.deleted or () for attr in attrs]
    before = tuple(old[0] if old else new for old, new in zip(gone, now, strict=True))
    return {key for key in (now, before) if None not in key}
