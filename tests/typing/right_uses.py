"""The public interface as a CRM's author writes it; mypy checks each type that is claimed here.

Nothing of it runs: `make check` reads it with the rest of the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, assert_type

from flask import Blueprint
from markupsafe import Markup
from sqlalchemy import column, delete, insert, select, table
from sqlalchemy.orm import sessionmaker

from xtiger import XTiger, hookimpl
from xtiger.errors import BrokenHost, NeedsPerson, RetryLater
from xtiger.hookspecs import Converter, ExtensionInfo, PanelRow
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost, Tenants
from xtiger.model.conflicts import Conflict
from xtiger.model.connections import Connection
from xtiger.model.plans import Item, Plan
from xtiger.model.records import Record, Ref, Result, Write
from xtiger.model.runs import Outcome, Run
from xtiger.model.verbs import ResultName, Verb
from xtiger.panels import Panel
from xtiger.ports import Clock, Context, Host
from xtiger.ports.database import Database
from xtiger.ports.system_clock import SystemClock
from xtiger.rules.reconciliation import Reconciliation
from xtiger.sandbox import Sandbox, serve
from xtiger.settings import Settings, load_settings
from xtiger.testing import HostContract, check_host
from xtiger.web import blueprint


class Company:
    """A model of the CRM."""


def declare(session: sessionmaker[Any]) -> Host:
    """A table of fields is a host, with and without what may be left out."""
    lines = Lines("lines", order="position", fields=[Field("price", role="line.unit_price")])
    companies = Module(
        "Organizations",
        Company,
        role="organisation",
        url=lambda crm_id: f"https://crm.example/{crm_id}",
        fields=[Field("name", type="text", required=True, choices=lambda: [("a", "A")])],
        lines=lines,
    )
    tenants = Tenants("org_id", lambda: [1, 2])
    return SQLAlchemyHost(session, modules=[companies], base_currency="GBP", tenant=tenants)


def choose(memory: MemoryHost, clock: SystemClock) -> tuple[Host, Clock]:
    """What the package brings keeps its own protocols."""
    return memory, clock


def plan_and_sync(host: Host) -> None:
    """A plan, a run and the proof are values whose parts have types."""
    xt = XTiger(host, settings=load_settings())
    assert_type(load_settings(), Settings)
    assert_type(xt.for_tenant("7"), XTiger)
    assert_type(xt.connections.all(), list[Connection])
    assert_type(xt.sync.plan(["Organizations"], full=True), Plan)
    assert_type(xt.sync.plan().actions, tuple[Item, ...])
    assert_type(xt.sync.plan().actions[0].verb, Verb | None)
    assert_type(xt.sync.run(), Run)
    assert_type(xt.proof.reconcile(), Reconciliation)
    assert_type(xt.proof.reconcile().agrees, bool)
    assert_type(xt.conflicts.all(), list[Conflict])
    assert_type(xt.sync.outcomes(module="Organizations", results=("held",)), list[Outcome])
    assert_type(xt.sync.outcomes(since=datetime(2026, 11, 20, tzinfo=UTC))[0].result, ResultName)
    assert_type(xt.sentences.cause(xt.sync.outcomes()[0].cause, "browser"), tuple[str, str])


def show(xt: XTiger) -> None:
    """The panel is HTML that a template takes as it is; ids may be numbers."""
    assert_type(xt.panel("Organizations", 42), Panel)
    assert_type(xt.panel("Organizations", "42").html(), Markup)
    assert_type(
        blueprint(xt, may_configure=lambda: True, may_use=lambda ref: ref is None), Blueprint
    )
    assert_type(xt.saved("Organizations", 42), None)
    assert_type(xt.receive_webhook(b"{}", None), int)


def recover(xt: XTiger) -> None:
    """An error says by its family what to do, as a number or as a list."""
    try:
        xt.sync.run()
    except RetryLater as error:
        assert_type(error.retry_after_seconds, float)
    except NeedsPerson as error:
        assert_type(error.problems, tuple[str, ...])
    except BrokenHost as error:
        assert_type(error.operation, str)


EXTENSION = ExtensionInfo(name="Loyalty", label="Points", package="loyalty", requires=("XTiger",))


@hookimpl
def panel_rows(context: Context, module: str, record: Record) -> Sequence[PanelRow]:
    """A hook keeps its type, and gets a context that knows the library."""
    assert_type(context.host, Host)
    assert_type(context.outcomes(crm_id=record.ref.id, limit=1), Sequence[Outcome])
    assert_type(context.conflicts("c1")[0]["fields"][0]["label"], str)
    return [PanelRow("Points", str(record.values["points"]))]


ROWS: Callable[[Context, str, Record], Sequence[PanelRow]] = panel_rows


def read(database: Database) -> None:
    """What an extension reads of its own tables has the types that it asks for."""
    points = table("loyalty_points", column("crm_id"), column("points"))
    with database.writing() as db:
        assert_type(db.execute(select(points)).rows(Ref), list[Ref])
        assert_type(db.execute(select(points.c.points)).column(int), list[int])
        assert_type(db.execute(delete(points)).changed, int)
        db.execute(insert(points), [{"crm_id": "1", "points": 5}])
        assert_type(db.dialect, Literal["sqlite", "postgresql"])


def convert() -> Converter:
    """A converter is two functions of plain values."""
    return Converter(to_xero=str.upper, to_crm=lambda value: value)


def write(host: Host) -> None:
    """What a host is given and returns."""
    new = Write({"amount": Decimal("1.50")}, lines=[{"price": Decimal(1)}])
    assert_type(host.save("Invoices", [new]), Sequence[Result])
    assert_type(host.get("Invoices", ["1"]), Mapping[str, Record])
    assert_type(check_host(host), list[str])


class TestHost(HostContract):
    """The contract is a class whose sample is typed."""

    def sample(self, host: Host, module: str) -> Write:
        """A new record."""
        return Write({"name": "A company"})


def play() -> None:
    """The sandbox serves while the block lasts."""
    with Sandbox(seed="empty") as sandbox, serve(sandbox) as server:
        assert_type(server.url, str)
        assert_type(sandbox.client_id, str)


def refer() -> Ref:
    """Ids are text."""
    return Ref("Organizations", "42")
