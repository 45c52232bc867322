"""A small real Context over an SQLite file and lists, for the tests of the three packages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import sqlalchemy
from rich.console import Console

from xtiger.db.database import Database as RawDatabase
from xtiger.db.extension_tables import ExtensionTables, SqlTransaction
from xtiger.model.asked_sync import Direction, KeptProof
from xtiger.model.calls import CallsLeft
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.conflicts import DescribedConflict
from xtiger.model.connections import Connection
from xtiger.model.customers.notices import Notice
from xtiger.model.links import Link
from xtiger.model.mailing.letters import MailedReport
from xtiger.model.plans import Cause, Face
from xtiger.model.records import Field, Module, Ref
from xtiger.model.runs import Outcome, Run, RunState, Sent, Trigger
from xtiger.model.starting.service import ServiceState, looked_lately
from xtiger.model.values import Plain
from xtiger.model.verbs import ResultName
from xtiger.ports import Clock, Host
from xtiger.ports.database import Database

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ORDER = ("Organizations", "Products", "Invoices", "Payments")


class HandClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.moment = START
        self.ids = 0

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:032x}"


class SmallHost:
    """The few answers of a CRM that the packages ask for."""

    def __init__(self) -> None:
        self.described: list[Module] = []
        self.after_commit: list[Callable[[], None]] = []

    def modules(self) -> Sequence[Module]:
        return self.described

    def tenant(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()

    def url(self, ref: Ref) -> str | None:
        return f"https://crm.example/{ref.module}/{ref.id}"

    def on_commit(self, call: Callable[[], None]) -> None:
        self.after_commit.append(call)


Sync = Callable[[str, str, Sequence[str]], Sequence[Outcome]]


class SmallContext:
    """Answers as the Context protocol says.

    `raw` is the store's database, for what a test does behind the queue's back; `sync` is what
    sync_records does.
    """

    def __init__(self, raw: RawDatabase | None = None, sync: Sync | None = None) -> None:
        # size: a line for each thing that a test may set or look at
        self._raw = raw
        #: What the queue works on in place of the store's database.
        self.other: Database | None = None
        self.hand = HandClock()
        self.crm = SmallHost()
        self.locale = "en"
        self.whose = ""
        #: Who presses and types, and in whose names something was done.
        self.by = ""
        self.named: list[str] = []
        self.known: list[Connection] = [connection()]
        self.chart: list[Account] = []
        self.rates: list[TaxRate] = []
        self.stored: list[Outcome] = []
        self.ran: list[Run] = []
        self.sync = sync
        #: What sync_records was asked for: (connection, module, ids, trigger).
        self.asked: list[tuple[str, str, tuple[str, ...], str]] = []
        #: What sync was asked for: (connection, modules, trigger), and what it raises.
        self.synced: list[tuple[str, tuple[str, ...], str]] = []
        self.failing: Exception | None = None
        #: How many records a sync creates, and what is left of the day's calls.
        self.changes = 0
        self.left: CallsLeft | None = None
        #: How many differences a proof finds.
        self.apart = 0
        #: Whether the worker was asked to end.
        self.ending = False
        #: When somebody last looked at what is due.
        self.ticked: datetime | None = None
        #: What was chosen to work in the background.
        self.chosen = ServiceState()
        #: (module, CRM id) → what it is linked with.
        self.linked: dict[tuple[str, str], Link] = {}
        #: The row of the log that somebody changed.
        self.broken: int | None = None
        #: Reports by mail that tell of every outcome.
        self.mailed: tuple[MailedReport, ...] = ()
        #: Connections whose lists were read again, options of mappings, and what was set.
        self.refreshed: list[str] = []
        self.mapped: dict[str, dict[str, Plain]] = {}
        self.set: list[tuple[Ref, str, str]] = []
        #: What forget_changes was asked for: (connection, module, ids).
        self.forgotten: list[tuple[str, str, tuple[str, ...]]] = []
        #: (module, CRM id) → the reason of the hold that was set last, "" once it was ended.
        self.holds: dict[tuple[str, str], str] = {}

    def for_extension(self, name: str) -> SmallContext:
        return self

    def asked_by(self, name: str) -> SmallContext:
        self.named.append(name)
        return self

    @property
    def raw(self) -> RawDatabase:
        assert self._raw is not None
        return self._raw

    @property
    def database(self) -> Database:
        return self.other or ExtensionTables(self.raw)

    @property
    def tenant(self) -> str:
        return self.whose

    def tenants(self) -> Sequence[str]:
        return [self.whose]

    def for_tenant(self, tenant: str) -> SmallContext:
        assert tenant == self.whose
        return self

    @property
    def host(self) -> Host:
        return cast("Host", self.crm)

    @property
    def clock(self) -> Clock:
        return self.hand

    def notices(self, limit: int = 100, offset: int = 0) -> Sequence[Notice]:
        return ()

    def connections(self) -> Sequence[Connection]:
        return self.known

    def module_order(self) -> Sequence[str]:
        return ORDER

    def sync_records(
        self, connection_id: str, module: str, ids: Sequence[str], trigger: Trigger = "save"
    ) -> Sequence[Outcome]:
        self.asked.append((connection_id, module, tuple(ids), trigger))
        assert self.sync is not None
        return self.sync(connection_id, module, ids)

    def send(
        self,
        connection_id: str,
        module: str,
        ids: Sequence[str],
        until: datetime,
        *,
        anew: bool = False,
    ) -> Sent:
        return Sent(tuple(self.sync_records(connection_id, module, ids, "person")))

    def sync_all(
        self,
        connection_id: str,
        modules: Sequence[str] = (),
        trigger: Trigger = "schedule",
        direction: Direction = "",
    ) -> Run:
        self.synced.append((connection_id, tuple(modules), direction or trigger))
        if self.failing is not None:
            raise self.failing
        counts = {"Invoices": {"created": self.changes}}
        return Run(
            "r9", connection_id, tuple(modules), self.now(), trigger, state="done", counts=counts
        )

    def calls_left(self, connection_id: str) -> CallsLeft | None:
        return self.left

    def prove(self, connection_id: str, modules: Sequence[str] = ()) -> Run:
        self.synced.append((connection_id, tuple(modules), "proof"))
        if self.failing is not None:
            raise self.failing
        state: RunState = "differs" if self.apart else "agreed"
        error = f"{self.apart} differences between the CRM and Xero." if self.apart else ""
        return Run(
            "r9", connection_id, tuple(modules), self.now(), "proof", state=state, error=error
        )

    def proof(self, connection_id: str) -> KeptProof | None:
        return None

    def synced_modules(self, connection_id: str) -> Sequence[str]:
        return ORDER

    def service(self) -> ServiceState:
        runs = looked_lately(self.ticked, self.now())
        return replace(self.chosen, last="worker", looked_at=self.ticked, is_running=runs)

    def stopping(self) -> bool:
        return self.ending

    def forget_changes(self, connection_id: str, module: str, ids: Sequence[str]) -> int:
        self.forgotten.append((connection_id, module, tuple(ids)))
        return len(ids)

    def outcomes(self, **filters: Any) -> Sequence[Outcome]:
        limit, offset = filters.pop("limit", 100), filters.pop("offset", 0)
        newest = filters.pop("newest", False)
        known: set[tuple[str, str, str | None, str | None]] = set()
        fitting = []
        for one in reversed(self.stored):
            alone = one.xero_id if one.crm_id is None else None
            key = one.connection_id, one.module, one.crm_id, alone
            if _fits(one, filters) and not (newest and key in known):
                fitting.append(one)
            known.add(key)
        return fitting[offset : offset + limit]

    def mails_of(self, outcomes: Sequence[Outcome]) -> Mapping[int, Sequence[MailedReport]]:
        return {one.id: self.mailed for one in outcomes if one.id and self.mailed}

    def broken_log_row(self) -> int | None:
        return self.broken

    def runs(self, connection_id: str | None = None, limit: int = 20) -> Sequence[Run]:
        fitting = [r for r in self.ran if connection_id in (None, r.connection_id)]
        return list(reversed(fitting))[:limit]

    def accounts(self, connection_id: str) -> Sequence[Account]:
        return self.chart

    def tax_rates(self, connection_id: str) -> Sequence[TaxRate]:
        return self.rates

    def read_settings(self, connection_id: str) -> None:
        self.refreshed.append(connection_id)

    def options(self, connection_id: str) -> Mapping[str, Mapping[str, Plain]]:
        return self.mapped

    def set_value(self, ref: Ref, role: str, value: str) -> None:
        self.set.append((ref, role, value))

    def links(self, connection_id: str, module: str, ids: Sequence[str]) -> Mapping[str, Link]:
        return {one: self.linked[module, one] for one in ids if (module, one) in self.linked}

    def links_of(self, connection_id: str, refs: Collection[Ref]) -> Mapping[Ref, Link]:
        found = {ref: self.linked.get((ref.module, ref.id)) for ref in refs}
        return {ref: link for ref, link in found.items() if link is not None}

    def waiting(self, connection_id: str) -> Mapping[str, int]:
        return {}

    def conflicts(self, connection_id: str) -> Sequence[DescribedConflict]:
        return []

    def needs(self, connection_id: str) -> Sequence[Outcome]:
        return []

    def sentence(self, outcome: Outcome, face: Face = "data") -> tuple[str, str]:
        if outcome.cause is None:
            return "", ""
        return f"Sentence of {outcome.cause.code}.", f"Fix of {outcome.cause.code}."

    def terms_accepted(self) -> bool:
        return True

    def hold_of(self, module: str, crm_id: str) -> str:
        return self.holds.get((module, crm_id), "")

    def hold(self, module: str, crm_id: str, reason: str) -> None:
        self.holds[module, crm_id] = reason

    def note_tenant(self, tenant: str, event: str) -> None:
        raise AssertionError("the three packages note no tenants")

    def now(self) -> datetime:
        return self.hand.now()


@dataclass
class App:
    """What the command line gives its commands."""

    small: SmallContext
    #: The id of the connection named by the global option.
    asked: str | None = None
    as_json: bool = False

    @property
    def console(self) -> Console:
        return Console(width=160)

    def connection_id(self) -> str | None:
        return self.asked

    def context(self) -> SmallContext:
        return self.small


@contextmanager
def statements(context: SmallContext) -> Iterator[list[str]]:
    """What the database is asked while it lasts."""
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    sqlalchemy.event.listen(context.raw.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sqlalchemy.event.remove(context.raw.engine, "before_cursor_execute", note)


def connection(id: str = "c1", name: str = "Demo Company", tenant: str = "") -> Connection:
    """A connected organisation."""
    return Connection(id, tenant, f"org-{id}", f"xc-{id}", name, "GBP", "GB", created_at=START)


def module(name: str, role: str, *roles: str) -> Module:
    """A module as a host describes it, with one text field per role."""
    return Module(name, role, name, tuple(Field(r.replace(".", "_"), role=r) for r in roles))


def outcome(
    module: str,
    crm_id: str | None,
    result: ResultName = "updated",
    *,
    code: str | None = None,
    connection_id: str = "c1",
    run_id: str = "r1",
    **more: Any,
) -> Outcome:
    """One result of one record."""
    plain = Outcome(
        connection_id,
        run_id,
        module,
        "Contact",
        crm_id,
        f"x-{crm_id}",
        f"Name {crm_id}",
        result,
        cause=Cause.of_store(code, {}) if code else None,
        at=START,
    )
    return replace(plain, **more)


class EngineDatabase:
    """A database that has nothing of the store: an SQLite file that takes two writers."""

    def __init__(self, folder: Path) -> None:
        self.engine = sqlalchemy.create_engine(
            f"sqlite:///{folder / 'store.db'}", connect_args={"timeout": 20}
        )
        # The driver's own BEGIN comes too late for a reader that goes on to write.
        sqlalchemy.event.listen(self.engine, "connect", _no_driver_begin)
        sqlalchemy.event.listen(self.engine, "begin", _begin)

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        with self.engine.connect() as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        with self.engine.begin() as connection:
            yield SqlTransaction(connection)


def _no_driver_begin(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None


def _begin(connection: sqlalchemy.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _fits(outcome: Outcome, filters: Mapping[str, Any]) -> bool:
    tests: dict[str, Callable[[Any], bool]] = {
        "connection_id": lambda v: outcome.connection_id == v,
        "id": lambda v: outcome.id == v,
        "run_id": lambda v: outcome.run_id == v,
        "module": lambda v: outcome.module == v,
        "crm_id": lambda v: outcome.crm_id == v,
        "xero_id": lambda v: outcome.xero_id == v,
        "results": lambda v: not v or outcome.result in v,
        "flows": lambda v: not v or outcome.flow in v,
        "codes": lambda v: not v or (outcome.cause is not None and outcome.cause.code in v),
        "by": lambda v: not v or v in (outcome.started_by, outcome.trigger),
        "below": lambda v: outcome.id is not None and outcome.id < v,
        "text": lambda v: v.casefold() in f"{outcome.name} {outcome.crm_id}".casefold(),
        "since": lambda v: outcome.at is not None and outcome.at >= v,
        "until": lambda v: outcome.at is not None and outcome.at < v,
    }
    return all(tests[name](value) for name, value in filters.items() if value is not None)
