"""Any CRM whose tables SQLAlchemy maps, declared by a list of its models and their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from xtiger.errors import BrokenHost, NeedsPerson, SettingInvalid, UnknownModule
from xtiger.hosts.sqlalchemy.events import Listener
from xtiger.hosts.sqlalchemy.fields import Field, Lines, Module
from xtiger.hosts.sqlalchemy.gaps import all_gaps
from xtiger.hosts.sqlalchemy.modules import BoundModule, bind
from xtiger.hosts.sqlalchemy.reads import Feed
from xtiger.hosts.sqlalchemy.sessions import Sessions
from xtiger.hosts.sqlalchemy.writes import Writer
from xtiger.model import records
from xtiger.model.records import (
    Capabilities,
    Change,
    Currency,
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
from xtiger.ports.host import API

__all__ = ["Field", "Lines", "Module", "SQLAlchemyHost", "Tenants"]

#: How many ids go into one query; SQLite takes 999 in old releases.
_IDS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class Tenants:
    """A CRM of several customers: the attribute that says whose a row is, and who there is."""

    attr: str
    #: The ids of all tenants as the attribute holds them, asked each time.
    list: Callable[[], Sequence[object]]


class FlaskSQLAlchemy(Protocol):
    """What is used of flask_sqlalchemy.SQLAlchemy."""

    @property
    def session(self) -> scoped_session[Any]:
        """The session of the application context."""
        ...


class SQLAlchemyHost:
    """A CRM on SQLAlchemy; what it saves through its sessions is seen in its own transaction.

    `session` is the sessionmaker or scoped_session that the CRM itself uses, or the object of
    Flask-SQLAlchemy; with `app`, the Flask app or the function that makes it, the host enters an
    application context wherever none is. The library works
    in sessions of its own, and joins the CRM's within `transaction()` or `join()`.
    `rate` answers base units per 1 of a currency on a day. Raises SettingInvalid for a name
    that is no attribute, a model without a single key, and the like.
    """

    def __init__(
        self,
        session: sessionmaker[Any] | scoped_session[Any] | FlaskSQLAlchemy,
        *,
        modules: Sequence[Module],
        base_currency: str,
        name: str = "crm",
        currencies: Sequence[Currency] | Callable[[], Sequence[Currency]] = (),
        taxes: Sequence[Tax] | Callable[[], Sequence[Tax]] = (),
        rate: Callable[[str, date], Decimal | None] | None = None,
        tenant: Tenants | None = None,
        clock: Clock | None = None,
        app: object = None,
    ) -> None:
        if not modules:
            raise SettingInvalid("The list of modules", "is empty", "Declare at least one Module.")
        self._name, self._base_currency, self._clock = name, base_currency, clock
        self._currencies, self._taxes, self._rate = currencies, taxes, rate
        self._modules = bind(modules)
        self._tenants = tenant
        self._sessions = Sessions(session, name, modules[0].model, app)
        self._writer = Writer(self._sessions, self._modules, self._own, self._adopt, self._now)
        attr = tenant.attr if tenant else None
        self._listener = Listener(self._sessions, self._modules.values(), attr, self._now)
        self._listener.attach()

    # --- what the host is ---

    @property
    def name(self) -> str:
        """Short name for people and logs."""
        return self._name

    @property
    def api(self) -> tuple[int, int]:
        """The interface number that the adapter was written for."""
        return API

    @property
    def caps(self) -> Capabilities:
        """What this host can do, as data."""
        modules = self._modules.values()
        return Capabilities(
            tombstones=any(module.declared.deleted for module in modules),
            line_items=any(module.lines for module in modules),
            stable_line_ids=True,
            multi_currency=len(self.currencies()) > 1,
            tax_table=bool(self._taxes),
            versions=True,
        )

    def modules(self) -> Sequence[records.Module]:
        """All modules with their fields; choices given by a function are asked afresh."""
        with self._sessions.context.entered():
            return tuple(module.describe() for module in self._modules.values())

    def findings(self) -> Sequence[str]:
        """Sentences for `xtiger host check`: each column that a new record cannot fill."""
        return all_gaps(self._modules, self._tenants.attr if self._tenants else None)

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

    def _module(self, name: str) -> BoundModule:
        if name not in self._modules:
            raise UnknownModule(name, sorted(self._modules))
        return self._modules[name]

    def _now(self) -> datetime:
        return self._clock.now() if self._clock else datetime.now(UTC)

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
        attr: Any = getattr(module.model, module.key.attr)
        query = self._query(session, module).where(attr == key)
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
        attr: Any = getattr(bound.model, bound.key.attr)
        found: dict[str, Record] = {}
        with self._sessions.work() as session:
            for start in range(0, len(wanted), _IDS_PER_QUERY):
                part = wanted[start : start + _IDS_PER_QUERY]
                query = self._query(session, bound).where(attr.in_(part))
                for owner in session.scalars(query).unique():
                    record = bound.record(owner)
                    found[record.ref.id] = record
        return {record_id: found[record_id] for record_id in ids if record_id in found}

    def find(self, module: str, field: str, value: Any, limit: int = 50) -> Sequence[Record]:
        """Records whose field equals the value exactly, ordered by id."""
        bound = self._module(module)
        wanted = bound.by_name.get(field)
        key: Any = getattr(bound.model, bound.key.attr)
        found: list[Record] = []
        with self._sessions.work() as session:
            query = self._query(session, bound).order_by(key)
            if wanted is not None and wanted.column is not None:
                column: Any = getattr(bound.model, wanted.attr)
                query = query.where(column == self._stored(wanted, value))
            for owner in session.scalars(query).unique():
                record = bound.record(owner)
                # Some databases take upper and lower case for the same.
                if record.values.get(field) == value and not record.deleted:
                    found.append(record)
                if len(found) == limit:
                    break
        return found

    def _stored(self, field: Any, value: Any) -> Any:
        """The value as the column holds it."""
        target = self._modules.get(next(iter(field.describe().targets), ""))
        return field.write(value) if target is None or value is None else target.key.value(value)

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
            raise BrokenHost(self._name, "session", "no transaction is entered")
        return self._sessions.running

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
        """Delete the rows that still have the generation read; answers how many were."""
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

    def _tenant_text(self) -> str:
        if self._tenants is None:
            return ""
        entered = self._entered()
        if entered is not None:
            return entered
        known = self.tenants()
        if len(known) == 1:
            return known[0]
        raise BrokenHost(self._name, "reading", "no tenant is entered; use host.tenant(id)")

    def _tenant(self) -> Any:
        """The tenant as the models hold it."""
        assert self._tenants is not None
        text = self._tenant_text()
        return next((value for value in self._tenants.list() if str(value) == text), text)

    def tenants(self) -> Sequence[str]:
        """Ids of the host's tenants; [""] where there is only one."""
        if self._tenants is None:
            return [""]
        with self._sessions.context.entered():
            return [str(tenant) for tenant in self._tenants.list()]

    @contextmanager
    def tenant(self, tenant: str) -> Iterator[None]:
        """Answer for this tenant within the block; raises NeedsPerson for an unknown one."""
        known = self.tenants()
        if tenant not in known:
            names = ", ".join(known) or "none"
            raise NeedsPerson(f"{self._name} has no tenant {tenant!r}. Known tenants: {names}.")
        with self._sessions.for_tenant(tenant):
            yield

    def url(self, ref: Ref) -> str | None:
        """The address of the record's page in the CRM; None where the module gives none."""
        with self._sessions.context.entered():
            return self._module(ref.module).url(ref.id)

    # --- money ---

    def base_currency(self) -> str:
        """The three letters of the CRM's own currency."""
        return self._base_currency

    def currencies(self) -> Sequence[Currency]:
        """The currencies given, else the CRM's own."""
        given = self._currencies
        if callable(given):
            with self._sessions.context.entered():
                given = given()
        return tuple(given) or (Currency(self._base_currency),)

    def rate(self, code: str, on: date) -> Decimal | None:
        """What the CRM's function answers; 1 for its own currency."""
        if code == self._base_currency:
            return Decimal(1)
        if self._rate is None:
            return None
        with self._sessions.context.entered():
            return self._rate(code, on)

    def taxes(self) -> Sequence[Tax]:
        """The taxes given; empty where the CRM has no table of them."""
        if not callable(self._taxes):
            return tuple(self._taxes)
        with self._sessions.context.entered():
            return tuple(self._taxes())
