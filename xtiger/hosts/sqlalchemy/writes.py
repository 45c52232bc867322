"""Writes records through the CRM's models, each one all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.orm import Session

from xtiger.hosts.checks import Refused, is_empty, refused, split_line, take_all
from xtiger.hosts.filling import Sums, fill_computed, fill_new, fill_sums
from xtiger.hosts.refusals import named_column, refusal, said
from xtiger.hosts.sqlalchemy.fields import BoundField
from xtiger.hosts.sqlalchemy.modules import BoundLines, BoundModule, deletion_mark
from xtiger.hosts.sqlalchemy.new_objects import new_object
from xtiger.hosts.sqlalchemy.sessions import ORIGIN, Sessions
from xtiger.hosts.tables import HostTables
from xtiger.model.records import Arithmetic, Problem, Ref, Result, Write
from xtiger.model.values import Plain

#: What a model, its validators and the database raise when they refuse a value.
_REFUSALS: Final = (exc.StatementError, ValueError, ArithmeticError, AssertionError)


def problem_of(error: Exception, module: BoundModule) -> Problem:
    """What a refusal means, in a sentence without the values that databases tell."""
    if isinstance(error, Refused):
        return error.problem
    cause = error.orig if isinstance(error, exc.StatementError) else None
    if isinstance(error, exc.DBAPIError):
        code, message = refusal(cause)
        return Problem(code, message, _named_field(error, module))
    return Problem("invalid", said(cause if cause is not None else error))


def _named_field(error: exc.DBAPIError, module: BoundModule) -> str | None:
    """The field whose column the database names, where it does."""
    column = named_column(error.orig)
    fitting = (f.name for f in module.fields if f.column is not None and f.column.name == column)
    return next(fitting, None)


class Writer:
    """Saves and deletes records of the bound modules."""

    def __init__(
        self,
        sessions: Sessions,
        modules: Mapping[str, BoundModule],
        own: Callable[[Session, BoundModule, str], Any],
        adopt: Callable[[Any], None],
        now: Callable[[], datetime],
        arithmetic: Arithmetic,
    ) -> None:
        """`own` finds an object that the tenant may see, `adopt` gives a new one to it."""
        self._sessions, self._modules = sessions, modules
        self._own, self._adopt, self._now = own, adopt, now
        self._arithmetic: Arithmetic = arithmetic

    def save(self, module: BoundModule, writes: Sequence[Write], origin: str) -> list[Result]:
        """One result per write, in order."""
        joined = self._sessions.running is not None
        try:
            with self._sessions.work(writing=True) as session:
                return [self._one(session, module, write, origin) for write in writes]
        except exc.IntegrityError as error:
            # A constraint that is checked at the commit takes the whole batch with it.
            if joined:
                raise
            if len(writes) > 1:
                return [self.save(module, [write], origin)[0] for write in writes]
            ref = Ref(module.name, writes[0].id) if writes[0].id else None
            return [Result(ref, None, problem_of(error, module))]

    def _one(self, session: Session, module: BoundModule, write: Write, origin: str) -> Result:
        return self._attempt(
            session, module, write.id, origin, lambda: self._save(session, module, write)
        )

    def _attempt(
        self,
        session: Session,
        module: BoundModule,
        record_id: str | None,
        origin: str,
        act: Callable[[], Result],
    ) -> Result:
        """One write in a savepoint, under its origin; what refuses it becomes a problem."""
        before = session.info.get(ORIGIN)
        try:
            with self._sessions.savepoint(session):
                session.info[ORIGIN] = origin or None
                return act()
        except (Refused, *_REFUSALS) as error:
            if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
                raise  # no refusal: the door of the session says that the CRM is away
            ref = Ref(module.name, record_id) if record_id else None
            return Result(ref, None, problem_of(error, module))
        finally:
            session.info[ORIGIN] = before

    def _save(self, session: Session, module: BoundModule, write: Write) -> Result:
        tables, cursor = self._sessions.tables(session)
        creating = write.id is None
        if write.key and creating:
            made = tables.created(cursor, write.key)
            if made is not None:
                owner = self._own(session, self._modules[made.module], made.id)
                version = self._modules[made.module].record(owner).version if owner else None
                return Result(made, version)
        owner = self._new(module) if write.id is None else self._found(session, module, write)
        self._fill(session, module.fields, owner, write.values, creating=creating)
        if module.lines is not None and write.lines is not None:
            self._fill_lines(session, module.lines, owner, write.lines)
        with session.no_autoflush:
            self._complete(module, owner, write)
        if creating:
            session.add(owner)
        session.flush()
        return self._answer(session, module, owner, write, tables, cursor)

    def _complete(self, module: BoundModule, owner: Any, write: Write) -> None:
        """What no value of the write says: defaults, sums, what functions compute."""
        bound, creating = module.lines, write.id is None
        fields, defaults = (bound.fields, bound.defaults) if bound else ([], {})
        lines = bound.of(owner) if bound else []
        try:
            for line in lines:
                if not sa.inspect(line).has_identity:
                    fill_new(line, fields, defaults)
            if creating:
                fill_new(owner, module.fields, module.declared.defaults)
            if creating or write.lines is not None:
                how = Sums(self._arithmetic, write.values, creating=creating)
                fill_sums(module, owner, lines, how)
            for line in lines:
                fill_computed(line, fields)
            fill_computed(owner, module.fields)
        except (ValueError, ArithmeticError, AssertionError) as error:
            raise refused("invalid", said(error)) from error

    def _answer(
        self,
        session: Session,
        module: BoundModule,
        owner: Any,
        write: Write,
        tables: HostTables,
        cursor: Any,
    ) -> Result:
        """The record as the database has it now: it may have rounded or filled in."""
        if write.key and write.id is None:
            tables.remember_created(cursor, write.key, Ref(module.name, module.key.text(owner)))
        session.expire(owner)
        if module.lines is not None:
            for line in module.lines.held(owner):
                session.expire(line)
        record = module.record(owner)
        return Result(record.ref, record.version)

    def _new(self, module: BoundModule) -> Any:
        if "create" not in module.declared.can:
            raise refused("denied", f"{module.name} takes no new records from outside.")
        owner = new_object(module.mapper)
        self._adopt(owner)
        return owner

    def _found(self, session: Session, module: BoundModule, write: Write) -> Any:
        if "update" not in module.declared.can:
            raise refused("denied", f"{module.name} takes no changes from outside.")
        owner = self._locked(session, module, write.id or "")
        if write.expect is not None and write.expect != module.record(owner).version:
            raise refused("conflict", "The record was changed in the CRM meanwhile. Read it again.")
        return owner

    def _locked(self, session: Session, module: BoundModule, record_id: str) -> Any:
        """The object, read again and locked where the database can; raises Refused when absent."""
        owner = self._own(session, module, record_id)
        if owner is None or module.is_deleted(owner):
            raise refused("missing", f"{module.name} has no record {record_id}.")
        session.refresh(owner, with_for_update={"of": module.model})
        return owner

    def _fill(
        self,
        session: Session,
        fields: Iterable[BoundField],
        owner: Any,
        values: Mapping[str, Plain],
        *,
        creating: bool,
    ) -> None:
        bound = {field.name: field for field in fields}
        described = [field.describe() for field in bound.values()]
        fixed = [f.name for f in described if not f.writable and f.name in values]
        current = None if creating else {name: bound[name].read(owner) for name in fixed}
        for name, value in take_all(described, values, creating=creating, current=current).items():
            field = bound[name]
            if field.of_key and not creating and field.read(owner) != value:
                raise refused("invalid", f"{name} names the record, so it stays.", name)
            if field.holds_more and not creating and field.read(owner) == value:
                continue  # the same day: the hour of it stays
            if field.type == "ref":
                key = self._reference(session, field, value)
                if not creating and field.renames(owner, key):
                    raise refused("invalid", f"{name} would change the record's own key.", name)
                self._set(owner, field, field.columns_of(key))
            else:
                self._set(owner, field, [(field.attr, field.write(value))])

    def _set(self, owner: Any, field: BoundField, values: Iterable[tuple[str, Any]]) -> None:
        """Give attributes their values; raises Refused with the field when the model refuses it."""
        try:
            for attr, value in values:
                setattr(owner, attr, value)
        except (ValueError, ArithmeticError, AssertionError) as error:
            raise refused("invalid", said(error), field.name) from error

    def _reference(self, session: Session, field: BoundField, value: Plain) -> Sequence[Any] | None:
        """The key of the record pointed to; raises Refused when there is none."""
        if is_empty(value):
            return None
        described = field.describe()
        for target in described.targets:
            module = self._modules[target]
            found = self._own(session, module, str(value))
            if found is not None and not module.is_deleted(found):
                return [getattr(found, attr) for attr in module.key.attrs]
        raise refused(
            "invalid",
            f"{described.label}: there is no record {value} in {' or '.join(described.targets)}.",
            field.name,
        )

    def _fill_lines(
        self, session: Session, bound: BoundLines, owner: Any, lines: Sequence[Mapping[str, Plain]]
    ) -> None:
        """Change lines in place by their id, add the new ones, let the others go."""
        kept = {bound.key.text(line): line for line in bound.held(owner)}
        wanted = []
        for place, given in enumerate(lines):
            line_id, values = split_line(given, kept)
            line = kept[line_id] if line_id is not None else new_object(bound.mapper)
            self._fill(session, bound.fields, line, values, creating=line_id is None)
            if bound.order is not None and getattr(line, bound.order) != place:
                setattr(line, bound.order, place)
            wanted.append(line)
        gone = [line for line in kept.values() if line not in wanted]
        setattr(owner, bound.attr, wanted)
        # An ordering_list gives no new places to lines that it had already.
        reorder = getattr(getattr(owner, bound.attr), "reorder", None)
        if reorder is not None:
            reorder()
        if not bound.orphans_go:
            for line in gone:
                session.delete(line)

    def delete(self, module: BoundModule, ids: Sequence[str], origin: str) -> list[Result]:
        """One result per id, in order."""
        with self._sessions.work(writing=True) as session:
            return [
                self._attempt(
                    session,
                    module,
                    record_id,
                    origin,
                    lambda record_id=record_id: self._delete(session, module, record_id),  # type: ignore[misc]  # bound at once
                )
                for record_id in ids
            ]

    def _delete(self, session: Session, module: BoundModule, record_id: str) -> Result:
        if "delete" not in module.declared.can:
            raise refused("denied", f"{module.name}: nothing can be deleted from outside.")
        owner = self._locked(session, module, record_id)
        if module.deleted_attr is not None:
            setattr(owner, module.deleted_attr, deletion_mark(module, self._now()))
        else:
            session.delete(owner)
        session.flush()
        return Result(Ref(module.name, record_id))
