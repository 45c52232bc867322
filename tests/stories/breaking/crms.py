"""CRMs of the demo on SQLite for stories of several: made anew, restored, side by side."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from tests.world import DATABASE, MovingClock, World, fresh_store, hurry
from xtiger.app import XTiger
from xtiger.demo.database import open_sessions
from xtiger.demo.host import modules
from xtiger.demo.models import Invoice, InvoiceLine, Organization
from xtiger.hosts.sqlalchemy import SQLAlchemyHost
from xtiger.sandbox import Sandbox, serve
from xtiger.settings import Settings


class _NamelessHost(SQLAlchemyHost):
    """A CRM that answers no identity."""

    def identity(self) -> None:
        return None

    def count_run(self) -> None:
        return None


@dataclass
class Project:
    """A CRM in one folder and the library's home in another, opened and closed at will."""

    crm_folder: Path
    home: Path
    sandbox: Sandbox
    url: str
    clock: MovingClock
    #: Whether it can keep no id of its own, as a CRM behind somebody else's API.
    nameless: bool = False
    #: What it counts in; another one holds from its next start.
    currency: str = "GBP"
    sessions: sessionmaker[Session] | None = None
    xt: XTiger | None = field(default=None, repr=False)

    def open(self) -> World:
        """Start the CRM with the library in it."""
        self.crm_folder.mkdir(exist_ok=True)
        self.home.mkdir(exist_ok=True)
        if not (self.home / DATABASE).exists():
            (self.home / DATABASE).write_bytes(fresh_store())
        self.sessions = open_sessions(self.crm_folder)
        kind = _NamelessHost if self.nameless else SQLAlchemyHost
        host = kind(
            self.sessions,
            modules=modules(),
            base_currency=self.currency,
            clock=self.clock,
            name="demo",
        )
        settings = Settings(
            home=self.home,
            database_url=f"sqlite:///{self.home / DATABASE}",
            xero_url=self.url,
            xero_client_id=self.sandbox.client_id,
            xero_client_secret=self.sandbox.client_secret,
            new_extensions_on=False,
        )
        self.xt = XTiger(host, settings=settings, clock=self.clock)
        hurry(self.xt)
        return World(self.xt, host, self.sandbox, self.clock)  # type: ignore[arg-type]  # no memory host needed

    def close(self) -> None:
        """Stop both; what they wrote stays."""
        if self.xt is not None:
            self.xt.close()
        if self.sessions is not None:
            self.sessions.kw["bind"].dispose()
        self.xt = self.sessions = None

    def again(self) -> World:
        """Stop and start both."""
        self.close()
        return self.open()

    def add(self, *names: str) -> list[str]:
        """Organisations that a user enters; their ids."""
        assert self.sessions is not None
        with self.sessions() as session:
            made = [Organization(name=name) for name in names]
            session.add_all(made)
            session.commit()
            return [str(one.id) for one in made]

    def rename(self, crm_id: str, name: str) -> None:
        """A user gives an organisation another name."""
        assert self.sessions is not None
        with self.sessions() as session:
            session.get_one(Organization, int(crm_id)).name = name
            session.commit()

    def bill(self, crm_id: str, number: str, price: str, day: date = date(2026, 11, 2)) -> str:
        """An approved invoice of one line to an organisation; its id."""
        assert self.sessions is not None
        with self.sessions() as session:
            made = Invoice(
                number=number,
                organization_id=int(crm_id),
                date=day,
                due_date=date(2026, 12, 2),
                status="Approved",
                lines=[InvoiceLine(name="Work", unit_price=Decimal(price))],
            )
            session.add(made)
            session.flush()
            made.recompute()
            session.commit()
            return str(made.id)

    def renumber(self, crm_id: str, number: str) -> None:
        """A user gives an invoice another number."""
        assert self.sessions is not None
        with self.sessions() as session:
            session.get_one(Invoice, int(crm_id)).number = number
            session.commit()

    def delete_crm(self) -> None:
        """The CRM's database goes."""
        self.close()
        shutil.rmtree(self.crm_folder)

    def delete_home(self) -> None:
        """The library's home goes."""
        self.close()
        shutil.rmtree(self.home)


@contextmanager
def sandbox_for(folder: Path) -> Iterator[Projects]:
    """A sandbox, and projects around it."""
    clock = MovingClock()
    sandbox = Sandbox(clock=clock.now)
    with ExitStack() as stack, serve(sandbox) as server:
        stack.callback(sandbox.close)
        yield Projects(folder, sandbox, server.url, clock, stack)


@dataclass
class Projects:
    """Makes projects on one Xero organisation."""

    folder: Path
    sandbox: Sandbox
    url: str
    clock: MovingClock
    stack: ExitStack

    def project(self, name: str, home: str = "", *, nameless: bool = False) -> Project:
        """A CRM of this name; its home is its own, or the one named; `nameless` has no id."""
        made = Project(
            self.folder / name,
            self.folder / (home or f"{name}-home"),
            self.sandbox,
            self.url,
            self.clock,
            nameless,
        )
        self.stack.callback(made.close)
        return made
