"""Mistakes that a type checker must find: each is silenced by the one code that it has.

mypy reports a silence that is not needed, so a mistake that passes unseen fails `make check`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

import xtiger
from xtiger import XTiger, hookimpl, testing
from xtiger.errors import RateLimited, UnknownModule
from xtiger.hookspecs import ExtensionInfo, PanelRow
from xtiger.hosts.sqlalchemy import Field, Module, SQLAlchemyHost
from xtiger.model.brakes import BrakedChange
from xtiger.model.calls import Batch
from xtiger.model.plans import Cause
from xtiger.model.records import Record, Ref, Write
from xtiger.model.runs import Outcome, OutcomeFilters, Run
from xtiger.model.webhook_events import EventResult
from xtiger.ports import Context, Host, Store
from xtiger.ports.store import LinkStore
from xtiger.ports.system_clock import SystemClock
from xtiger.rules.causes import cause_of
from xtiger.sandbox import Sandbox
from xtiger.web import blueprint
from xtiger.xero.health import connection_health


class HalfHost:
    """A CRM that can only be read."""

    def get(self, module: str, ids: list[str]) -> dict[str, Record]:
        """The records."""
        return {}


def library(session: sessionmaker[Any]) -> None:
    """What a CRM's author gives to the library."""
    XTiger()  # type: ignore[call-arg]
    XTiger("mycrm.xero:make_host")  # type: ignore[arg-type]
    XTiger(HalfHost())  # type: ignore[arg-type]
    Field("name", type="string")  # type: ignore[arg-type]
    Field("name", rôle="organisation.name")  # type: ignore[call-arg]
    Module("Organizations", "Company")  # type: ignore[arg-type]
    Module("Organizations", object, can={"read"})  # type: ignore[arg-type]
    SQLAlchemyHost(session, modules=[], currency="GBP")  # type: ignore[call-arg]
    Sandbox(tier="big")  # type: ignore[arg-type]


def calls(xt: XTiger) -> None:
    """What is asked of the library."""
    xt.sync.plan(full=True, dry_run=True)  # type: ignore[call-arg]
    xt.sync.run(42)  # type: ignore[arg-type]
    xt.panel("Organizations", 4.2)  # type: ignore[arg-type]
    xt.sync.outcomes(modul="Invoices")  # type: ignore[call-arg]
    xt.sync.outcomes(limit="10")  # type: ignore[arg-type]
    xt.sentences.cause(None, "terminal")  # type: ignore[arg-type]
    xt.receive_webhook("{}", None)  # type: ignore[arg-type]
    xt.conflicts.solve("Organizations", "42")  # type: ignore[call-arg]
    xt.solve("Organizations", "42", "crm")  # type: ignore[attr-defined]
    blueprint(xt, may_configure=True)  # type: ignore[arg-type]


def values(run: Run, host: Host) -> None:
    """Values are checked where they are made, and never changed."""
    run.state = "done"  # type: ignore[misc]
    replace(run, trigger="manual")  # type: ignore[arg-type]
    replace(run, state="finished")  # type: ignore[arg-type]
    settled: EventResult = "finished"  # type: ignore[assignment]
    BrakedChange("Invoices", "INV-1", "change", (), settled)  # type: ignore[arg-type]
    OutcomeFilters(results=["sent"])  # type: ignore[list-item]
    Ref("Organizations", 42)  # type: ignore[arg-type]
    Cause(code=404)  # type: ignore[arg-type]
    Cause("lines_mising")  # type: ignore[arg-type]
    cause_of("lines_mising")  # type: ignore[arg-type]
    host.save("Invoices", Write({}))  # type: ignore[arg-type]
    ExtensionInfo(name="Loyalty")  # type: ignore[call-arg]
    raise UnknownModule("Cats", None)  # type: ignore[arg-type]


def late() -> None:
    """An error takes its data by name."""
    raise RateLimited("day", 60)  # type: ignore[call-arg]


@hookimpl
def panel_rows(context: Context) -> list[PanelRow]:
    """A row is made of text, and the context has no parts of the library."""
    context.store.links()  # type: ignore[attr-defined]
    context.outcomes(modul="Invoices")  # type: ignore[call-arg]
    return [PanelRow("Points", 7)]  # type: ignore[arg-type]


def stores(links: LinkStore, store: Store) -> None:
    """A store of one subject has no other, and no part of it takes the place of the whole."""
    links.shadows("c1", "crm", "Contacts")  # type: ignore[attr-defined]
    links.links_by_crm("c1", module=7)  # type: ignore[arg-type]
    connection_health(links, SystemClock(), store.all_connections()[0])  # type: ignore[arg-type]
    store.save_run(store.bases([1]))  # type: ignore[arg-type]
    store.links()  # type: ignore[attr-defined]


def tables(context: Context) -> None:
    """The database of an extension takes what SQLAlchemy built, and gives what is asked for."""
    context.database.begin()  # type: ignore[attr-defined]
    with context.database.writing() as db:
        db.execute("DELETE FROM xt_link")  # type: ignore[arg-type]
        db.execute(select(1), {"id": 1})  # type: ignore[arg-type]
        db.execute(select(1)).rows(7)  # type: ignore[arg-type]
        Ref("Organizations", db.execute(select(1)).column(int)[0])  # type: ignore[arg-type]
    context.conflicts("c1")[0]["sentense"]  # type: ignore[typeddict-item]


def misspelt() -> tuple[object, object]:
    """Names that are nowhere, in packages that load theirs on demand."""
    return (
        xtiger.XTigre,  # type: ignore[attr-defined]
        testing.HostContracts,  # type: ignore[attr-defined]
    )


def states(run: Run, outcome: Outcome, batch: Batch) -> None:
    """A state is one of the words that its type lists."""
    replace(run, state="finished")  # type: ignore[arg-type]
    replace(outcome, flow="to_sage")  # type: ignore[arg-type]
    replace(batch, state="applied")  # type: ignore[arg-type]
    replace(batch.intents[0], state="done")  # type: ignore[arg-type]
