"""Writes records through the CRM's models, each one all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connections

from xtiger.hosts.checks import Refused, is_empty, refused, split_line, take_all
from xtiger.hosts.django.connection import Door
from xtiger.hosts.django.fields import BoundField
from xtiger.hosts.django.modules import BoundLines, BoundModule, deletion_mark
from xtiger.hosts.filling import Sums, fill_computed, fill_new, fill_sums
from xtiger.hosts.refusals import named_column, refusal, said
from xtiger.model.records import Arithmetic, Problem, Ref, Result, Write
from xtiger.model.values import Plain

#: What a model, its validators and the database raise when they refuse a value.
_REFUSALS: Final = (DatabaseError, ValidationError, ValueError, ArithmeticError, AssertionError)


def problem_of(error: Exception, module: BoundModule) -> Problem:
    """What a refusal means, in a sentence without the values that databases tell."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, DatabaseError):
        code, message = refusal(error.__cause__ or error)
        column = named_column(error.__cause__ or error)
        fitting = (f.name for f in module.fields if column and _column_name(f) == column)
        return Problem(code, message, next(fitting, None))
    if isinstance(error, ValidationError):
        return Problem("invalid", said(ValueError("; ".join(error.messages))))
    return Problem("invalid", said(error))


def _column_name(field: BoundField) -> str | None:
    name: str | None = getattr(field.column, "column", None)
    return name


class Writer:
    """Saves and deletes records of the bound modules, by the models' own save() and delete()."""

    def __init__(
        self,
        door: Door,
        modules: Mapping[str, BoundModule],
        own: Callable[[BoundModule, str], Any],
        adopt: Callable[[Any], None],
        now: Callable[[], datetime],
        arithmetic: Arithmetic,
    ) -> None:
        """`own` finds an object that the tenant may see, `adopt` gives a new one to it."""
        self._door, self._modules = door, modules
        self._own, self._adopt, self._now = own, adopt, now
        self._arithmetic: Arithmetic = arithmetic

    def save(self, module: BoundModule, writes: Sequence[Write], origin: str) -> list[Result]:
        """One result per write, in order."""
        try:
            with self._door.writing():
                return [self._one(module, write, origin) for write in writes]
        except DatabaseError as error:
            # What the database checks at the commit only falls on all: so each one alone.
            if self._door.connection.in_atomic_block or self._door.is_lost(error):
                raise
            if len(writes) > 1:
                return [self.save(module, [write], origin)[0] for write in writes]
            ref = Ref(module.name, writes[0].id) if writes[0].id else None
            return [Result(ref, None, problem_of(error, module))]

    def delete(self, module: BoundModule, ids: Sequence[str], origin: str) -> list[Result]:
        """One result per id, in order."""
        with self._door.writing():
            return [self._delete_one(module, record_id, origin) for record_id in ids]

    def _one(self, module: BoundModule, write: Write, origin: str) -> Result:
        return self._attempt(module, write.id, origin, lambda: self._save(module, write))

    def _delete_one(self, module: BoundModule, record_id: str, origin: str) -> Result:
        return self._attempt(module, record_id, origin, lambda: self._delete(module, record_id))

    def _attempt(
        self, module: BoundModule, record_id: str | None, origin: str, act: Callable[[], Result]
    ) -> Result:
        """One write in a savepoint, under its origin; what refuses it becomes a problem."""
        try:
            with self._door.acting(origin or None), self._door.savepoint():
                return act()
        except (Refused, *_REFUSALS) as error:
            if self._door.is_lost(error):
                raise  # no refusal: the door says that the CRM is away
            ref = Ref(module.name, record_id) if record_id else None
            return Result(ref, None, problem_of(error, module))

    # --- saving ---

    def _save(self, module: BoundModule, write: Write) -> Result:
        tables, cursor = self._door.tables()
        if write.key and write.id is None:
            made = tables.created(cursor, write.key)
            if made is not None:
                there = self._modules[made.module]
                owner = self._own(there, made.id)
                return Result(made, there.record(owner).version if owner else None)
        if write.id is None:
            owner = self._create(module, write)
        else:
            owner = self._update(module, write)
        if write.key and write.id is None:
            tables.remember_created(cursor, write.key, Ref(module.name, module.key.text(owner)))
        return self._answer(module, owner)

    def _answer(self, module: BoundModule, owner: Any) -> Result:
        """The record as the database has it now: it may have rounded or filled in."""
        found = module.query(self._door.alias).filter(pk=owner.pk).first()
        record = module.record(owner if found is None else found)
        return Result(record.ref, record.version)

    def _create(self, module: BoundModule, write: Write) -> Any:
        if "create" not in module.declared.can:
            raise refused("denied", f"{module.name} takes no new records from outside.")
        owner = module.model()
        owner._state.db = self._door.alias
        self._adopt(owner)
        self._fill(module.fields, owner, write.values, creating=True)
        lines, _ = self._lines(module, owner, write.lines)
        fill_new(owner, module.fields, module.declared.defaults)
        fill_sums(module, owner, lines, Sums(self._arithmetic, write.values, creating=True))
        self._compute_before_insert(module, owner)
        owner.save()
        if module.lines is not None and lines:
            self._save_lines(module.lines, owner, lines)
            # Once more with its lines there: they move what the model's save() sums up.
            fill_computed(owner, module.fields)
            owner.save()
        return owner

    def _compute_before_insert(self, module: BoundModule, owner: Any) -> None:
        """What functions make of the new object; of its lines they know nothing yet."""
        try:
            fill_computed(owner, module.fields)
        except ValueError:
            if module.lines is None:
                raise
        for field in module.fields:
            numeric = field.type in ("decimal", "money", "int")
            waits = callable(field.computed) and numeric and field.must_have
            if waits and getattr(owner, field.attr) is None:
                setattr(owner, field.attr, 0)

    def _update(self, module: BoundModule, write: Write) -> Any:
        if "update" not in module.declared.can:
            raise refused("denied", f"{module.name} takes no changes from outside.")
        owner = self._locked(module, write.id or "")
        if write.expect is not None and write.expect != module.record(owner).version:
            raise refused("conflict", "The record was changed in the CRM meanwhile. Read it again.")
        self._fill(module.fields, owner, write.values, creating=False)
        if module.lines is not None and write.lines is not None:
            lines, gone = self._lines(module, owner, write.lines)
            fill_sums(module, owner, lines, Sums(self._arithmetic, write.values, creating=False))
            for line in gone:
                line.delete()
            self._save_lines(module.lines, owner, lines)
        fill_computed(owner, module.fields)
        owner.save()
        return owner

    def _locked(self, module: BoundModule, record_id: str) -> Any:
        """The object, read again and locked where the database can; raises Refused when absent."""
        key = module.key.value(record_id)
        features = connections[self._door.alias].features
        of = {"of": ("self",)} if features.has_select_for_update_of else {}
        if key is not None:
            plain: Any = module.model._base_manager.using(self._door.alias)
            list(plain.select_for_update(**of).filter(pk=key).values_list("pk"))
        owner = self._own(module, record_id)
        if owner is None or module.is_deleted(owner):
            raise refused("missing", f"{module.name} has no record {record_id}.")
        return owner

    # --- values ---

    def _fill(
        self,
        fields: Sequence[BoundField],
        owner: Any,
        values: Mapping[str, Plain],
        *,
        creating: bool,
    ) -> None:
        bound = {field.name: field for field in fields}
        described = [field.describe() for field in fields]
        fixed = [f.name for f in described if not f.writable and f.name in values]
        current = None if creating else {name: bound[name].read(owner) for name in fixed}
        for name, value in take_all(described, values, creating=creating, current=current).items():
            field = bound[name]
            if field.of_key and not creating and field.read(owner) != value:
                raise refused("invalid", f"{name} names the record, so it stays.", name)
            if field.type == "ref":
                key = self._reference(field, value)
                if not creating and field.renames(owner, key):
                    raise refused("invalid", f"{name} would change the record's own key.", name)
                self._set(owner, field, field.columns_of(key))
            else:
                self._set(owner, field, [(field.attr, field.write(value))])

    def _set(self, owner: Any, field: BoundField, values: Iterable[tuple[str, Any]]) -> None:
        """Give attributes their values; raises Refused with the field when the model refuses it."""
        try:
            for attr, value in values:
                field.check(value)
                setattr(owner, attr, value)
        except ValidationError as error:
            reason = ValueError("; ".join(error.messages))
            raise refused("invalid", said(reason), field.name) from error
        except (ValueError, ArithmeticError, AssertionError) as error:
            raise refused("invalid", said(error), field.name) from error

    def _reference(self, field: BoundField, value: Plain) -> Any:
        """The key of the record pointed to; raises Refused when there is none."""
        if is_empty(value):
            return None
        described = field.describe()
        for target in described.targets:
            module = self._modules[target]
            found = self._own(module, str(value))
            if found is not None and not module.is_deleted(found):
                return found.pk
        raise refused(
            "invalid",
            f"{described.label}: there is no record {value} in {' or '.join(described.targets)}.",
            field.name,
        )

    # --- lines ---

    def _lines(
        self, module: BoundModule, owner: Any, given: Sequence[Mapping[str, Plain]] | None
    ) -> tuple[list[Any], list[Any]]:
        """The line objects as they shall be, in order, and those that go; nothing is saved."""
        bound = module.lines
        if bound is None or given is None:
            return [], []
        kept = {bound.key.text(line): line for line in bound.of(owner)}
        wanted = []
        for place, values in enumerate(given):
            line_id, rest = split_line(values, kept)
            line = bound.model() if line_id is None else kept.pop(line_id)
            self._fill(bound.fields, line, rest, creating=line_id is None)
            if bound.order is not None:
                setattr(line, bound.order, place)
            if line_id is None:
                self._adopt(line)
                setattr(line, bound.parent.name, owner)
                fill_new(line, bound.fields, bound.defaults)
            wanted.append(line)
        return wanted, list(kept.values())

    def _save_lines(self, bound: BoundLines, owner: Any, lines: Sequence[Any]) -> None:
        for line in lines:
            fill_computed(line, bound.fields)
            # Assigned anew: only now the record has a key.
            setattr(line, bound.parent.name, owner)
            line.save()
        # The list that was read before is asked for anew.
        getattr(owner, "_prefetched_objects_cache", {}).clear()

    # --- deleting ---

    def _delete(self, module: BoundModule, record_id: str) -> Result:
        if "delete" not in module.declared.can:
            raise refused("denied", f"{module.name}: nothing can be deleted from outside.")
        owner = self._locked(module, record_id)
        if module.deleted_attr is not None:
            setattr(owner, module.deleted_attr, deletion_mark(module, self._now()))
            owner.save()
        else:
            owner.delete()
        return Result(Ref(module.name, record_id))
