"""Any CRM whose tables SQLAlchemy maps, declared by a list of its models and their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from xtiger.errors import BrokenHost
from xtiger.hosts.declared_host import DeclaredHost, Facts, Tenants
from xtiger.hosts.declaring import Field, Lines, Module
from xtiger.hosts.gaps import all_gaps
from xtiger.hosts.sqlalchemy.events import Listener
from xtiger.hosts.sqlalchemy.fields import BoundField
from xtiger.hosts.sqlalchemy.gaps import missing
from xtiger.hosts.sqlalchemy.modules import BoundModule, bind
from xtiger.hosts.sqlalchemy.reads import Feed
from xtiger.hosts.sqlalchemy.sessions import Sessions
from xtiger.hosts.sqlalchemy.writes import Writer
from xtiger.hosts.tables import create_statements
from xtiger.hosts.values import Naive, times_of
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

__all__ = ["Field", "Lines", "Module", "SQLAlchemyHost", "Tenants"]

#: How many ids go into one query; SQLite takes 999 in old releases.
_IDS_PER_QUERY = 500


class FlaskSQLAlchemy(Protocol):
    """What is used of flask_sqlalchemy.SQLAlchemy."""

    @property
    def session(self) -> scoped_session[Any]:
        """The session of the application context."""
        ...


class SQLAlchemyHost(DeclaredHost[BoundModule]):
    """A CRM on SQLAlchemy; what it saves through its sessions is seen in its own transaction.

    `session` is the sessionmaker or scoped_session that the CRM itself uses, or the object of
    Flask-SQLAlchemy; with `app`, the Flask app or the function that makes it, the host enters an
    application context wherever none is. The library works
    in sessions of its own, and joins the CRM's within `transaction()` or `join()`.
    `zone` is where its people are: the day of a moment is the day there. With `naive="local"`
    moments without a zone are of that zone, else of UTC.
    `rate` answers base units per 1 of a currency on a day. `invoice_of_sale` makes the invoice of
    a won sale, as one to create, `document` the CRM's own PDF of a record; both are called with a
    session that sees it. Raises SettingInvalid for a
    name that is no attribute, a model that is not mapped, and the like.
    """

    def __init__(  # size: each thing that a developer may say of a CRM
        self,
        session: sessionmaker[Any] | scoped_session[Any] | FlaskSQLAlchemy,
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
        invoice_of_sale: Callable[[Session, Ref], Write | None] | None = None,
        document: Callable[[Session, Ref], Document | None] | None = None,
        clock: Clock | None = None,
        app: object = None,
        zone: str | tzinfo | None = None,
        naive: Naive = "utc",
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
        self._times = times_of(zone, naive)
        super().__init__(facts, modules, partial(bind, times=self._times))
        self._sessions = Sessions(session, name, modules[0].model, app)
        self._writer = Writer(
            self._sessions, self._modules, self._own, self._adopt, self._now, arithmetic
        )
        attr = tenant.attr if tenant else None
        self._listener = Listener(self._sessions, self._modules.values(), attr, self._now)
        self._listener.attach()

    def _context(self) -> AbstractContextManager[None]:
        return self._sessions.context.entered()

    def _zone(self) -> tzinfo:
        return self._times.zone

    # --- what the host is ---

    def findings(self) -> Sequence[str]:
        """Sentences for `xtiger host check`: each column that a new record cannot fill."""
        return all_gaps(self._modules, self._tenants.attr if self._tenants else None, missing)

    def ready(self) -> None:
        """Make the CRM's app now; commands and workers do so before they open the library.

        An app that opens a library of its own cannot be made amid a transaction of another one.
        """
        self._sessions.context.make()

    def identity(self) -> Identity | None:
        """Which CRM this is: the row of xt_identity in its database, made at the first call.

        None while a transaction is entered before that.
        """
        return self._sessions.identity()

    def count_run(self) -> Identity | None:
        """Raise the number of runs in xt_identity by one, committed at once."""
        return self._sessions.count_run()

    def create_tables(self) -> None:
        """Make the host tables now; otherwise the first change makes them.

        In MariaDB those of an earlier release get the collation of those of now.
        """
        self._sessions.create_tables()

    def table_statements(self) -> Sequence[str]:
        """The statements that make the host tables, for a database user who may."""
        return create_statements(self._sessions.dialect())

    # --- records ---

    def _query(self, session: Session, module: BoundModule) -> sa.Select[Any]:
        """All objects that the tenant may see, with their lines, as the database has them."""
        query = sa.select(module.model).options(*module.loading())
        owner = self._tenant_column(module)
        if owner is not None:
            tenant = self._tenant()
            query = query.where(owner == tenant)
            dialect = session.get_bind(sa.inspect(module.model)).dialect.name
            if isinstance(tenant, str) and dialect in ("mysql", "mariadb"):
                # By default these take "a" for "A" and "ä": two tenants would be one.
                exact = sa.cast(owner, mysql.CHAR(charset="utf8mb4")).collate("utf8mb4_bin")
                query = query.where(exact == tenant)
        return query

    def _tenant_column(self, module: BoundModule) -> Any:
        attr = self._tenants.attr if self._tenants else None
        return getattr(module.model, attr, None) if attr else None

    def _own(self, session: Session, module: BoundModule, record_id: str) -> Any:
        """The object of an id, if the tenant may see it; else None."""
        key = module.key.value(record_id)
        if key is None:
            return None
        query = self._query(session, module).where(module.key.same(key))
        found = session.scalars(query).unique().one_or_none()
        # Some databases take upper and lower case for the same.
        return found if found is None or module.key.text(found) == record_id else None

    def _adopt(self, owner: Any) -> None:
        if self._tenants is not None and hasattr(owner, self._tenants.attr):
            setattr(owner, self._tenants.attr, self._tenant())

    def get(self, module: str, ids: Sequence[str]) -> Mapping[str, Record]:
        """Fresh records by id; ids that do not exist are absent, deleted ones have `deleted`."""
        bound = self._module(module)
        keys = {bound.key.value(record_id): record_id for record_id in ids}
        wanted = [key for key in keys if key is not None]
        found: dict[str, Record] = {}
        with self._sessions.work() as session:
            for start in range(0, len(wanted), _IDS_PER_QUERY):
                part = wanted[start : start + _IDS_PER_QUERY]
                query = self._query(session, bound).where(bound.key.among(part))
                for owner in session.scalars(query).unique():
                    record = bound.record(owner)
                    found[record.ref.id] = record
        return {record_id: found[record_id] for record_id in ids if record_id in found}

    def find(self, module: str, field: str, value: Any, limit: int = 50) -> Sequence[Record]:
        """Records whose field equals the value exactly, ordered by id."""
        bound = self._module(module)
        wanted = bound.by_name.get(field)
        found: list[Record] = []
        with self._sessions.work() as session:
            query = self._query(session, bound).order_by(*bound.key.columns())
            if wanted is not None and wanted.held_in and not wanted.holds_more:
                columns = (getattr(bound.model, attr) for attr in wanted.held_in)
                stored = self._stored(wanted, value)
                query = query.where(*(c == one for c, one in zip(columns, stored, strict=True)))
            for owner in session.scalars(query).unique():
                record = bound.record(owner)
                # Some databases take upper and lower case for the same.
                if record.values.get(field) == value and not record.deleted:
                    found.append(record)
                if len(found) == limit:
                    break
        return found

    def _stored(self, field: BoundField, value: Any) -> Sequence[Any]:
        """The value as its columns hold it."""
        target = self._modules.get(next(iter(field.describe().targets), ""))
        if target is not None:
            key = None if value is None else target.key.value(value)
            return [None] * len(field.held_in) if key is None else key
        return [field.write(value)]

    def changed_since(self, module: str, cursor: str | None, limit: int = 200) -> Page:
        """Records changed after the cursor; all of them where the module has no stamp.

        A read that is through goes back five minutes, so the next one may repeat records.
        """
        bound = self._module(module)
        with self._sessions.work() as session:
            return Feed(bound, self._query(session, bound), self._now).page(session, cursor, limit)

    def save(self, module: str, writes: Sequence[Write], origin: str = "") -> Sequence[Result]:
        """Create and change records, one result per write in order."""
        return self._writer.save(self._module(module), writes, origin)

    def delete(self, module: str, ids: Sequence[str], origin: str = "") -> Sequence[Result]:
        """Delete records, or mark them where the module has a mark; one result per id."""
        return self._writer.delete(self._module(module), ids, origin)

    # --- transactions and changes ---

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Join the transaction that runs, of the library or of the CRM's scoped session.

        Where one runs this is a savepoint; else one is begun and committed at the end.
        """
        current = self._sessions.current()
        if current is None:
            with self._sessions.work(writing=True):
                yield
        else:
            with self._sessions.join(current), self._sessions.savepoint(current):
                yield

    def join(self, session: Session) -> AbstractContextManager[None]:
        """Work in this session of the CRM within the block; the CRM commits it."""
        return self._sessions.join(session)

    @property
    def session(self) -> Session:
        """The session of the transaction entered; raises BrokenHost outside of one."""
        if self._sessions.running is None:
            raise BrokenHost(self.name, "session", "no transaction is entered")
        return self._sessions.running

    def invoice_of_sale(self, ref: Ref) -> Write | None:
        """What the CRM's function makes of a won sale, in the transaction that runs."""
        make = self._facts.invoice_of_sale
        if make is None:
            return None
        with self._context(), self.transaction():
            return make(self.session, ref)

    def document(self, ref: Ref) -> Document | None:
        """What the CRM's function makes of a record, in a session that sees it."""
        make = self._facts.document
        if make is None:
            return None
        with self._context(), self._sessions.work(writing=False) as session:
            return make(session, ref)

    def note(self, change: Change) -> None:
        """Put a change into xt_outbox with the running transaction, folded into one row."""
        current = self._sessions.current()
        if current is None:
            with self._sessions.work(writing=True) as session:
                self._note(session, change)
        else:
            self._note(current, change)

    def _note(self, session: Session, change: Change) -> None:
        tenant = self._tenant_text() if change.tenant is None else change.tenant
        tables, cursor = self._sessions.tables(session)
        tables.note(cursor, [replace(change, tenant=tenant)])

    def outbox(self, now: datetime, limit: int = 200) -> Sequence[OutboxRow]:
        """Rows that are due, oldest first: of the tenant entered, else of all."""
        with self._sessions.work(writing=True) as session:
            tables, cursor = self._sessions.tables(session)
            return tables.due(cursor, now, limit, self._entered())

    def outbox_done(self, rows: Sequence[OutboxRow]) -> int:
        """Delete the rows that still have the generation read; returns how many were."""
        with self._sessions.work(writing=True) as session:
            tables, cursor = self._sessions.tables(session)
            return tables.done(cursor, rows)

    def on_commit(self, call: Callable[[], None]) -> None:
        """Call after the running transaction commits; at once when none runs."""
        session = self._sessions.current()
        if session is None:
            call()
        else:
            self._listener.after_commit(session, call)

    # --- people and tenants ---

    def _entered(self) -> str | None:
        return self._sessions.tenant

    @contextmanager
    def tenant(self, tenant: str) -> Iterator[None]:
        """Answer for this tenant within the block; raises NeedsPerson for an unknown one."""
        self._known(tenant)
        with self._sessions.for_tenant(tenant):
            yield
