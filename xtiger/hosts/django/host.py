"""Any CRM whose tables Django maps, declared by a list of its models and their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_permission_codename
from django.db import router, transaction

from xtiger.errors import SettingInvalid, UnknownModule
from xtiger.hosts.declared_host import DeclaredHost, Facts, Tenants
from xtiger.hosts.declaring import Module
from xtiger.hosts.django.connection import Door, dialect_of
from xtiger.hosts.django.fields import BoundField, find_column, zone
from xtiger.hosts.django.gaps import missing
from xtiger.hosts.django.modules import BoundModule, bind
from xtiger.hosts.django.notes import write_now
from xtiger.hosts.django.reads import Feed
from xtiger.hosts.django.signals import Listener
from xtiger.hosts.django.writes import Writer
from xtiger.hosts.gaps import all_gaps
from xtiger.hosts.tables import create_statements
from xtiger.model.records import (
    Arithmetic,
    Change,
    Currency,
    Document,
    Identity,
    OutboxRow,
    Page,
    Record,
    Ref,
    Result,
    Tax,
    Write,
)
from xtiger.ports.clock import Clock

#: How many ids go into one query; SQLite takes 999 in old releases.
_IDS_PER_QUERY = 500


class DjangoHost(DeclaredHost[BoundModule]):
    """A CRM on Django; what its models save is seen by signals, in the transaction of the save.

    The library works on the thread's own connection, so it takes part in a transaction that runs.
    `using` is the database as the settings name it; left out, the one that the first model is
    written to. `rate` returns base units per 1 of a currency on a day. `invoice_of_sale` makes
    the invoice of a won sale, as one to create, `document` the CRM's own PDF of a record.
    `enter_tenant` gives the
    context manager that the CRM's own code enters for a tenant, such as one that sets the
    variable of row-level security. Raises SettingInvalid for a name that is no attribute, and
    the like.
    """

    def __init__(  # size: each thing that a developer may say of a CRM
        self,
        *,
        modules: Sequence[Module],
        base_currency: str,
        name: str = "crm",
        currencies: Sequence[Currency] | Callable[[], Sequence[Currency]] = (),
        taxes: Sequence[Tax] | Callable[[], Sequence[Tax]] = (),
        save_taxes: Callable[[Sequence[Tax]], None] | None = None,
        rate: Callable[[str, date], Decimal | None] | None = None,
        tenant: Tenants | None = None,
        arithmetic: Arithmetic = "line",
        invoice_of_sale: Callable[[Ref], Write | None] | None = None,
        document: Callable[[Ref], Document | None] | None = None,
        enter_tenant: Callable[[str], AbstractContextManager[Any]] | None = None,
        clock: Clock | None = None,
        using: str | None = None,
    ) -> None:
        facts = Facts(
            name,
            base_currency,
            currencies,
            taxes,
            rate,
            tenant,
            clock,
            arithmetic,
            invoice_of_sale,
            save_taxes,
            document,
        )
        super().__init__(facts, modules, bind)
        first = next(iter(self._modules.values()))
        self._door = Door(name, using or router.db_for_write(first.model))
        self._enter_tenant = enter_tenant
        self._writer = Writer(
            self._door, self._modules, self._own, self._adopt, self._now, arithmetic
        )
        attr = tenant.attr if tenant else None
        self._listener = Listener(self._door, self._modules.values(), attr, self._now)
        self._listener.attach()

    def close(self) -> None:
        """Listen to the models no longer, so that another host can take this one's place."""
        self._listener.detach()

    def _zone(self) -> tzinfo:
        return zone()

    # --- what the host is ---

    def findings(self) -> Sequence[str]:
        """Sentences for `xtiger host check`: what stops a create, and hidden rows."""
        gaps = all_gaps(self._modules, self._tenants.attr if self._tenants else None, missing)
        with self._door.reading():
            hidden = [m for m in self._modules.values() if self._hides_rows(m)]
        return [*gaps, *(self._hiding(module) for module in hidden)]

    def identity(self) -> Identity | None:
        """Which CRM this is: the row of xt_identity in its database, made at the first call.

        None while a transaction runs before that.
        """
        return self._door.identity()

    def count_run(self) -> Identity | None:
        """Raise the number of runs in xt_identity by one, committed at once."""
        return self._door.count_run()

    def create_tables(self) -> None:
        """Make the host tables now; `migrate` or the first change makes them, too."""
        self._door.need_tables()

    def table_statements(self) -> Sequence[str]:
        """The statements that make the host tables, for a database user who may."""
        return create_statements(dialect_of(self._door.connection))

    # --- records ---

    def _query(self, module: BoundModule) -> Any:
        """All objects that the tenant may see, with their lines."""
        query = module.query(self._door.alias)
        attr = self._tenants.attr if self._tenants else None
        if attr is not None and hasattr(module.model, attr):
            query = query.filter(**{attr: self._tenant()})
        elif self._tenants is not None:
            self._tenant_text()  # nothing is read before one is entered
        return query

    def _own(self, module: BoundModule, record_id: str) -> Any:
        """The object of an id, if the tenant may see it; else None."""
        key = module.key.value(record_id)
        found = None if key is None else self._query(module).filter(pk=key).first()
        # Some databases take upper and lower case for the same.
        return found if found is None or module.key.text(found) == record_id else None

    def _adopt(self, owner: Any) -> None:
        if self._tenants is not None and hasattr(type(owner), self._tenants.attr):
            attr, _ = find_column(self._tenants.attr, type(owner), type(owner).__name__)
            setattr(owner, attr, self._tenant())

    def get(self, module: str, ids: Sequence[str]) -> Mapping[str, Record]:
        """Fresh records by id; ids that do not exist are absent, deleted ones have `deleted`."""
        bound = self._module(module)
        keys = (bound.key.value(record_id) for record_id in ids)
        wanted = [key for key in keys if key is not None]
        found: dict[str, Record] = {}
        with self._door.reading():
            for start in range(0, len(wanted), _IDS_PER_QUERY):
                part = wanted[start : start + _IDS_PER_QUERY]
                for owner in self._query(bound).filter(pk__in=part):
                    record = bound.record(owner)
                    found[record.ref.id] = record
            if wanted and not found:
                self._require_whole(bound)
        return {record_id: found[record_id] for record_id in ids if record_id in found}

    def find(self, module: str, field: str, value: Any, limit: int = 50) -> Sequence[Record]:
        """Records whose field equals the value exactly, ordered by id."""
        bound = self._module(module)
        wanted = bound.by_name.get(field)
        found: list[Record] = []
        with self._door.reading():
            query = self._query(bound).order_by("pk")
            if wanted is not None and wanted.held_in:
                for attr, stored in zip(wanted.held_in, self._stored(wanted, value), strict=True):
                    same = {f"{attr}__isnull": True} if stored is None else {attr: stored}
                    query = query.filter(**same)
            for owner in query:
                record = bound.record(owner)
                # Some databases take upper and lower case for the same.
                if record.values.get(field) == value and not record.deleted:
                    found.append(record)
                if len(found) == limit:
                    break
            if not found:
                self._require_whole(bound)
        return found

    def _stored(self, field: BoundField, value: Any) -> Sequence[Any]:
        """The value as its columns hold it."""
        target = self._modules.get(next(iter(field.describe().targets), ""))
        if target is None:
            return [field.write(value)]
        key = None if value is None else target.key.value(value)
        if len(field.held_in) > 1:
            return [None] * len(field.held_in) if key is None else list(key)
        return [key]

    def changed_since(self, module: str, cursor: str | None, limit: int = 200) -> Page:
        """Records changed after the cursor; all of them where the module has no stamp.

        A read that is through goes back five minutes, so the next one may repeat records.
        """
        bound = self._module(module)
        with self._door.reading():
            page = Feed(bound, self._query(bound), self._now).page(cursor, limit)
            if not page.records:
                self._require_whole(bound)
        return page

    def save(self, module: str, writes: Sequence[Write], origin: str = "") -> Sequence[Result]:
        """Create and change records, one result per write in order."""
        return self._writer.save(self._module(module), writes, origin)

    def delete(self, module: str, ids: Sequence[str], origin: str = "") -> Sequence[Result]:
        """Delete records, or mark them where the module has a mark; one result per id."""
        return self._writer.delete(self._module(module), ids, origin)

    # --- objects of the CRM's own code ---

    def module_of(self, model: type[Any]) -> str:
        """The name of the module of a model; raises UnknownModule where none declares it."""
        return self._modules_of(model)[0].name

    def ref(self, owner: Any) -> Ref:
        """The address of an object of a declared model; raises UnknownModule for any other."""
        found = self._modules_of(type(owner))
        if len(found) > 1:  # one model, several modules: each says by its manager which are its
            with self._door.reading():
                there = (m.query(self._door.alias).filter(pk=owner.pk).exists() for m in found)
                found = [
                    module for module, is_in in zip(found, there, strict=True) if is_in
                ] or found
        return Ref(found[0].name, found[0].key.text(owner))

    def ids_in(self, module: str, owners: Sequence[Any]) -> dict[Any, str]:
        """The ids of those saved objects that are records of a module.

        Raises UnknownModule for an object of a model that nobody declared.
        """
        bound = self._module(module)
        found = [(one, self._modules_of(type(one))) for one in owners]
        mine = [one for one, modules in found if bound in modules]
        if any(len(modules) > 1 for _, modules in found):
            kept = self._kept(bound, [one.pk for one in mine])
            mine = [one for one in mine if one.pk in kept]
        return {one: bound.key.text(one) for one in mine}

    def _kept(self, module: BoundModule, keys: Sequence[Any]) -> set[Any]:
        """Which of these keys the module's manager has."""
        query, found = module.query(self._door.alias).prefetch_related(None), set[Any]()
        with self._door.reading():
            for start in range(0, len(keys), _IDS_PER_QUERY):
                part = query.filter(pk__in=keys[start : start + _IDS_PER_QUERY])
                found.update(part.values_list("pk", flat=True))
        return found

    def _has(self, module: BoundModule, owner: Any) -> bool:
        return bool(module.query(self._door.alias).filter(pk=owner.pk).exists())

    def record_object(self, ref: Ref) -> Any:
        """The object of an address, whatever its tenant; None where there is none."""
        module = self._module(ref.module)
        key = module.key.value(ref.id)
        plain: Any = module.model._base_manager.using(self._door.alias)
        return None if key is None else plain.filter(pk=key).first()

    def permission(self, module: str, action: str) -> str:
        """The permission that Django's users need for an action: "crm.change_company"."""
        meta: Any = self._module(module).model._meta
        return f"{meta.app_label}.{get_permission_codename(action, meta)}"

    def _modules_of(self, model: type[Any]) -> list[BoundModule]:
        modules = self._modules.values()
        found = [m for m in modules if issubclass(model, m.model)]
        # Of a proxy's records each is one of the model that keeps them, too.
        found = found or [m for m in modules if issubclass(m.model, model)]
        if not found:
            raise UnknownModule(model.__name__, sorted(self._modules))
        return found

    # --- rows that the database hides ---

    def _require_whole(self, module: BoundModule) -> None:
        """Refuse to take an empty read for the truth where the database hides rows."""
        if self._hides_rows(module):
            raise SettingInvalid(
                f"The table {_table(module)} of {module.name}",
                "hides rows by row-level security, so that an empty answer says nothing",
                "Give DjangoHost the argument enter_tenant: what your own code enters before it "
                "reads for a tenant.",
            )

    def _hides_rows(self, module: BoundModule) -> bool:
        connection = self._door.connection
        if connection.vendor != "postgresql" or self._enter_tenant is not None:
            return False
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_security_active(%s)", [_table(module, quoted=True)])
            return bool(cursor.fetchone()[0])

    def _hiding(self, module: BoundModule) -> str:
        return (
            f"{module.name}: the table {_table(module)} hides rows by row-level security. Give "
            "DjangoHost the argument enter_tenant: what your own code enters before it reads for "
            "a tenant."
        )

    # --- transactions and changes ---

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin a transaction; where one runs, of the library or of the CRM, a savepoint in it."""
        with self._door.writing():
            yield

    def note(self, change: Change) -> None:
        """Put a change into xt_outbox with the running transaction, folded into one row."""
        tenant = self._tenant_text() if change.tenant is None else change.tenant
        with self._door.writing():
            write_now(self._door)
            tables, cursor = self._door.tables()
            tables.note(cursor, [replace(change, tenant=tenant)])

    def outbox(self, now: datetime, limit: int = 200) -> Sequence[OutboxRow]:
        """Rows that are due, oldest first: of the tenant entered, else of all."""
        with self._door.writing():
            write_now(self._door)
            tables, cursor = self._door.tables()
            return tables.due(cursor, now, limit, self._entered())

    def outbox_done(self, rows: Sequence[OutboxRow]) -> int:
        """Delete the rows that still have the generation read; returns how many were."""
        with self._door.writing():
            write_now(self._door)
            tables, cursor = self._door.tables()
            return tables.done(cursor, rows)

    def on_commit(self, call: Callable[[], None]) -> None:
        """Call after the running transaction commits; at once when none runs."""
        transaction.on_commit(call, using=self._door.alias)

    # --- tenants ---

    def _entered(self) -> str | None:
        return self._door.tenant

    @contextmanager
    def tenant(self, tenant: str) -> Iterator[None]:
        """Answer for this tenant within the block; raises NeedsPerson for an unknown one."""
        self._known(tenant)
        with self._door.for_tenant(tenant):
            if self._enter_tenant is None:
                yield
                return
            with self._enter_tenant(tenant):
                yield


def _table(module: BoundModule, *, quoted: bool = False) -> str:
    name: str = module.model._meta.db_table
    return '"' + name.replace('"', "") + '"' if quoted else name
