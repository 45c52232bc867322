"""The demo CRM and a sandbox with XTiger between them, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.world import MovingClock, let_all_go
from xtiger.app import XTiger
from xtiger.demo.database import open_sessions
from xtiger.demo.host import build
from xtiger.demo.models import Invoice
from xtiger.demo.visitor import allow_access
from xtiger.sandbox import Sandbox, serve
from xtiger.settings import Settings

ORGANISATION = "Empty Trading Ltd"


class Both:
    """The demo CRM and a sandbox with XTiger between them."""

    def __init__(self, xt: XTiger, sandbox: Sandbox, sessions: sessionmaker[Session]) -> None:
        self.xt, self.sandbox, self.sessions = xt, sandbox, sessions

    def sync(self) -> None:
        """Sync after a pause; nothing may be left to do or stand in the way."""
        self.xt.clock.sleep(180)
        self.xt.sync.run()
        self.xt.clock.sleep(180)

        assert [] == [item for item in self.xt.sync.plan().items if item.verb or item.cause]

    def lines(self) -> list[tuple[Any, ...]]:
        """(text, price, account, id) of the CRM's lines."""
        with self.sessions() as session:
            found = session.scalars(select(Invoice)).one()
            return [(x.description, x.unit_price, x.account, x.id) for x in found.lines]

    def total(self) -> tuple[Any, ...]:
        """(total, balance, status) that the CRM has of the invoice."""
        with self.sessions() as session:
            found = session.scalars(select(Invoice)).one()
            return found.total, found.balance, found.status


@contextmanager
def connected(home: Path) -> Iterator[Both]:
    """Both, connected, with nothing in them."""
    clock, sessions = MovingClock(), open_sessions(home)
    sandbox = Sandbox(seed="empty", clock=clock.now)
    with closing(sandbox), serve(sandbox) as server:
        settings = Settings(
            home=home,
            database_url=f"sqlite:///{home / 'xtiger.db'}",
            xero_url=server.url,
            xero_client_id=sandbox.client_id,
            xero_client_secret=sandbox.client_secret,
            new_extensions_on=False,
        )
        xt = XTiger(build(home, sessions=sessions), settings=settings, clock=clock)
        start = xt.connections.consent("http://localhost:9/modules/XTiger/callback")
        offered = xt.connections.consent_answered(allow_access(start.url, ORGANISATION))
        let_all_go(
            xt,
            xt.connections.connect(
                next(o.organisation_id for o in offered if o.name == ORGANISATION)
            ).id,
        )
        xt.connections.accept_terms("a test")
        xt.mappings.save_defaults()
        yield Both(xt, sandbox, sessions)
        xt.close()
    sessions.kw["bind"].dispose()
