"""Sees what the CRM saves: Django's signals become rows of xt_outbox in its own transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Final

from django.apps import apps
from django.db import connections, models, router, transaction
from django.db.models.signals import ModelSignal, m2m_changed, post_delete, post_init, post_save

from xtiger.hosts.django.connection import Door
from xtiger.hosts.django.fields import find_column
from xtiger.hosts.django.modules import BoundModule
from xtiger.hosts.django.notes import note
from xtiger.hosts.keys import key_text
from xtiger.hosts.marks import Mark
from xtiger.model.records import Kind

#: The key of a record, column by column.
_Key = tuple[Any, ...]


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

    @property
    def remembered(self) -> tuple[str, ...]:
        """The attributes whose value before a change matters."""
        mark = self.module.deleted_attr if self.module is not None else None
        held = (attr for parent in self.parents for attr in parent.attrs)
        return (*held, *([mark] if mark else ()))

    def concerns(self, sender: type[Any]) -> bool:
        """Whether objects of this class are ours; a proxy's rows are saved by its model, too."""
        proxy = self.model._meta.proxy
        return issubclass(sender, self.model) or (proxy and issubclass(self.model, sender))


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
    marks = [name for name in (module.deleted_attr, module.declared.version) if name]
    return frozenset(names | {find_column(n, module.model, module.name)[0] for n in marks})


class Listener:
    """Listens to the models of the modules and of their lines, as long as its host is there."""

    def __init__(
        self,
        door: Door,
        modules: Iterable[BoundModule],
        tenant_attr: str | None,
        now: Callable[[], datetime],
    ) -> None:
        self._door, self._tenant_attr, self._now = door, tenant_attr, now
        #: Where an object keeps what the database had when it was loaded; of each host its own,
        #: since the first that sees a save takes it for what is loaded next.
        self._slot: Final = f"_xt_{secrets.token_hex(4)}"
        self._watches: Final = watches(modules)
        self._modules: Final = {w.module.name: w.module for w in self._watches if w.module}
        self._attached: list[tuple[ModelSignal, Callable[..., None], type[Any]]] = []

    def attach(self) -> None:
        """Begin to listen; the signals hold the listener weakly.

        Each model by name: a receiver of all models would slow down every delete of the CRM.
        """
        for model in apps.get_models():
            mine = [watch for watch in self._watches if watch.concerns(model)]
            if not mine:
                continue
            in_one_transaction(model)
            self._attach(post_save, self._saved, model)
            self._attach(post_delete, self._deleted, model)
            if any(watch.remembered for watch in mine):
                self._attach(post_init, self._loaded, model)
        for watch in self._watches:
            for field in self._lists(watch):
                self._attach(m2m_changed, self._listed, field.remote_field.through)

    def detach(self) -> None:
        """Listen no longer."""
        while self._attached:
            signal, receiver, sender = self._attached.pop()
            signal.disconnect(receiver, sender=sender)

    def _attach(
        self, signal: ModelSignal, receiver: Callable[..., None], sender: type[Any]
    ) -> None:
        signal.connect(receiver, sender=sender)
        self._attached.append((signal, receiver, sender))

    def _lists(self, watch: Watch) -> list[Any]:
        """The many-to-many fields on which a record depends, whichever model declares them."""
        if watch.module is None:
            return []
        meta: Any = watch.model._meta
        back = [r.field for r in meta.related_objects if r.many_to_many]
        lines = watch.module.lines.model if watch.module.lines else None
        return [
            field
            for field in (*meta.many_to_many, *back)
            if watch.attrs is None or field.remote_field.through is lines
        ]

    # --- what the CRM does to objects ---

    def _watching(self, sender: type[Any]) -> Iterator[Watch]:
        return (watch for watch in self._watches if watch.concerns(sender))

    def _loaded(self, sender: type[Any], instance: Any, **_: Any) -> None:
        held = vars(instance)
        names = {name for watch in self._watching(sender) for name in watch.remembered}
        # What is deferred is not asked for.
        held[self._slot] = {name: held[name] for name in names if name in held}

    def _saved(
        self, sender: type[Any], instance: Any, created: bool, using: str, **given: Any
    ) -> None:
        if using != self._door.alias:
            return
        changed = _changed(sender, given.get("update_fields"))
        for watch in self._watching(sender):
            if changed is None or watch.attrs is None or changed & watch.attrs:
                self._mark(watch, instance, self._kind(watch, instance, created=created))
        if self._slot in vars(instance):
            self._loaded(sender, instance)

    def _kind(self, watch: Watch, instance: Any, *, created: bool) -> Kind:
        """Setting the mark of deleted records deletes, taking it away creates anew."""
        module = watch.module
        if module is None or module.deleted_attr is None:
            return "created" if created else "updated"
        if module.is_deleted(instance):
            return "deleted"
        before = vars(instance).get(self._slot, {}).get(module.deleted_attr)
        return "created" if created or module.says_deleted(before) else "updated"

    def _deleted(self, sender: type[Any], instance: Any, using: str, **_: Any) -> None:
        if using == self._door.alias:
            for watch in self._watching(sender):
                self._mark(watch, instance, "deleted")

    def _listed(
        self, sender: Any, instance: Any, action: str, reverse: bool, using: str, **given: Any
    ) -> None:
        if using != self._door.alias:
            return
        keys = given.get("pk_set")
        for watch in self._watches:
            if watch.module is None:
                continue
            if isinstance(instance, watch.model) and action.startswith("post_"):
                self._mark(watch, instance, "updated")
            elif given.get("model") is watch.model and (keys or action == "pre_clear"):
                asked = watch.module.query(using)
                through = {f"{_back(sender, watch.model, instance)}": instance.pk}
                found = asked.filter(pk__in=keys) if keys else asked.filter(**through)
                for owner in found:
                    self._mark(watch, owner, "updated")

    # --- marks ---

    def _mark(self, watch: Watch, instance: Any, kind: Kind) -> None:
        before = vars(instance).get(self._slot, {})
        keys = {
            (parent.module, key)
            for parent in watch.parents
            for key in _keys(instance, before, parent.attrs)
        }
        tenant = self._tenant(watch, instance, keys)
        if watch.module is not None:
            self._note((tenant, watch.module.name, watch.module.key.text(instance)), kind)
        for module, key in keys:
            self._note((tenant, module, key_text(key)), "updated")

    def _note(self, address: tuple[str, str, str], kind: Kind) -> None:
        note(self._door, address, Mark(kind, self._door.origin), self._now)

    def _tenant(self, watch: Watch, instance: Any, parents: Iterable[tuple[str, _Key]]) -> str:
        """The tenant of an object, else the one entered, else that of what it is part of."""
        if self._tenant_attr is None:
            return ""
        own = getattr(instance, self._tenant_attr, None)
        if own is None:
            own = self._door.tenant
        for module, key in parents if own is None else ():
            model: Any = self._modules[module].model
            one = key if len(key) > 1 else key[0]
            held = model._base_manager.using(self._door.alias).filter(pk=one)
            if hasattr(model, self._tenant_attr):
                own = held.values_list(self._tenant_attr, flat=True).first()
            if own is not None:
                break
        return "" if own is None else str(own)


def _keys(instance: Any, before: Mapping[str, Any], attrs: Sequence[str]) -> set[_Key]:
    """The parent's key as it is, and as it was before this change."""
    now = tuple(getattr(instance, attr) for attr in attrs)
    old = tuple(before.get(attr) for attr in attrs)
    return {key for key in (now, old) if None not in key}


def _changed(sender: Any, update_fields: Iterable[str] | None) -> set[str] | None:
    """The attributes that a save names; None when it writes all."""
    if update_fields is None:
        return None
    return {find_column(name, sender, sender.__name__)[0] for name in update_fields}


def _back(through: Any, model: type[Any], instance: Any) -> str:
    """The name by which records of the model are asked for what they are listed with."""
    meta: Any = model._meta
    fields = [*meta.many_to_many, *(r for r in meta.related_objects if r.many_to_many)]
    for field in fields:
        relation = getattr(field, "remote_field", field)
        if getattr(field, "through", getattr(relation, "through", None)) is through:
            return str(field.name)
    raise AssertionError(f"{model} has no list through {through} of {type(instance)}")


def in_one_transaction(model: type[Any]) -> None:
    """Let a save and its row of xt_outbox be one transaction, in autocommit too.

    Django sends post_save after such a save is committed; a process that dies in between would
    leave a record that nobody knows of.
    """
    own: Any = model.save_base
    if getattr(own, "xt_one_transaction", False):
        return

    @wraps(own)
    def save_base(self: models.Model, *args: Any, **given: Any) -> None:
        using = given.get("using") or router.db_for_write(type(self), instance=self)
        if connections[using].in_atomic_block:
            own(self, *args, **given)
            return
        with transaction.atomic(using=using):
            own(self, *args, **given)

    marked: Any = save_base
    marked.xt_one_transaction = marked.alters_data = True
    model.save_base = save_base
