"""Fixtures of the Xero door's tests: a sandbox over HTTP, a store, and a real consent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.xero.clock import StepClock
from tests.xero.person import REDIRECT, allow
from xtiger.db.cipher import Cipher, new_key
from xtiger.db.store import SqlStore
from xtiger.model.connections import Connection, Tokens
from xtiger.sandbox import Limits, Sandbox, serve
from xtiger.settings import Settings
from xtiger.xero.oauth import Consent, organisations, scopes
from xtiger.xero.organisations import XeroOrganisation

NEEDS = ("accounting.payments", "accounting.settings")


@pytest.fixture
def clock() -> StepClock:
    return StepClock()


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def sandbox(clock: StepClock, limits: Limits) -> Iterator[Sandbox]:
    """A sandbox on the same clock; requests and answers must keep to Xero's document."""
    box = Sandbox(seed="demo", clock=clock.now, limits=limits)
    yield box
    box.close()


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an installation that speaks to the sandbox."""
    with serve(sandbox) as server:
        yield Settings(
            home=tmp_path,
            database_url=f"sqlite:///{tmp_path / 'xtiger.db'}",
            xero_client_id=sandbox.client_id,
            xero_client_secret=sandbox.client_secret,
            xero_url=server.url,
        )


@pytest.fixture
def cipher() -> Cipher:
    return Cipher([new_key()])


@pytest.fixture
def store(tmp_path: Path, cipher: Cipher) -> Iterator[SqlStore]:
    opened = SqlStore.open(f"sqlite:///{tmp_path / 'xtiger.db'}", cipher)
    opened.migrate()
    # A test need not survive a power cut, and waiting for the disk takes most of its time.
    event.listen(opened.engine, "connect", lambda db, _: db.execute("PRAGMA synchronous = OFF"))
    opened.engine.dispose()
    yield opened
    opened.close()


@pytest.fixture
def tokens(settings: Settings, sandbox: Sandbox, clock: StepClock) -> Tokens:
    """Tokens of a consent for the first organisation."""
    consent = Consent(settings, REDIRECT, clock)
    asked = consent.begin(scopes(NEEDS))
    tenant, _ = sandbox.organisations()[0]
    return consent.finish(allow(asked.url, tenant), asked.state, asked.verifier)


@pytest.fixture
def connection(settings: Settings, store: SqlStore, tokens: Tokens, clock: StepClock) -> Connection:
    """The first organisation, connected and stored."""
    found = organisations(settings, clock, tokens)[0]
    made = Connection(
        id="c1",
        tenant="",
        organisation_id=found.organisation_id,
        xero_connection_id=found.connection_id,
        name=found.name,
        base_currency="GBP",
    )
    store.save_connection(made, tokens)
    return made


@pytest.fixture
def xero(
    connection: Connection, settings: Settings, store: SqlStore, clock: StepClock
) -> Iterator[XeroOrganisation]:
    door = XeroOrganisation(connection, settings, store, clock, "run1")
    yield door
    door.close()


Dial = Callable[[str], XeroOrganisation]


@pytest.fixture
def dial(store: SqlStore, clock: StepClock, tmp_path: Path) -> Iterator[Dial]:
    """Opens a door to any address, with tokens that last; for the stub."""
    opened: list[XeroOrganisation] = []
    made = Connection("c1", "", "org-1", "xc-1", "Stub Ltd", "GBP")
    kept = Tokens("access-1", "refresh-1", clock.now() + timedelta(days=1), clock.now())
    store.save_connection(made, kept)
    plain = Settings(tmp_path, "", xero_client_id="id-1", xero_client_secret="secret-1")

    def open_at(url: str) -> XeroOrganisation:
        door = XeroOrganisation(made, replace(plain, xero_url=url), store, clock)
        opened.append(door)
        return door

    yield open_at
    for door in opened:
        door.close()
