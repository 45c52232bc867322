"""A CRM on FastAPI: what its asynchronous sessions save is seen in their own transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import async_sessionmaker

from tests.hosts.async_crm import CUSTOMERS, Crm, Model
from tests.postgres import own_schema, require_postgres
from xtiger.errors import SettingInvalid
from xtiger.hosts.sqlalchemy import SQLAlchemyHost
from xtiger.model.records import Write

DRIVERS = (
    "sqlite",
    pytest.param("psycopg", marks=pytest.mark.postgres),
    pytest.param("asyncpg", marks=pytest.mark.postgres),
)
Calls = Callable[[httpx.AsyncClient], Awaitable[Any]]


@pytest.fixture(params=DRIVERS)
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crm]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            address = f"sqlite:///{tmp_path / 'async.db'}"
        else:
            address = stack.enter_context(own_schema(require_postgres()))
        made = crm_by(request.param, address)
        with made.plain() as session:
            Model.metadata.create_all(session.get_bind())
        yield made
        made.plain.kw["bind"].dispose()


def crm_by(driver: str, address: str) -> Crm:
    """The CRM in the database of the address, by one of the asynchronous drivers."""
    if driver == "sqlite":
        return Crm(address, address.replace("sqlite:", "sqlite+aiosqlite:"))
    if driver == "psycopg":
        return Crm(address, address)
    url = make_url(address)
    schema = str(url.query["options"]).split("search_path=")[1].split()[0]
    plain = url.set(drivername="postgresql+asyncpg", query={})
    given = plain.render_as_string(hide_password=False)
    return Crm(address, given, server_settings={"search_path": schema})


@pytest.fixture
def host(crm: Crm) -> SQLAlchemyHost:
    return crm.host()


@pytest.fixture
def play(crm: Crm) -> Callable[[Calls], Any]:
    """Runs calls to the CRM as a client makes them, in an event loop of their own."""

    def run(calls: Calls) -> Any:
        async def all_of_it() -> Any:
            transport = httpx.ASGITransport(app=crm.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://crm") as client:
                found = await calls(client)
            await crm.engine.dispose()
            return found

        return asyncio.run(all_of_it())

    return run


async def _create(client: httpx.AsyncClient) -> str:
    answer = await client.post("/customers", json={"name": "Anna"})
    return str(answer.json()["id"])


def _told(host: SQLAlchemyHost) -> set[tuple[str, str]]:
    rows = host.outbox(datetime.now(UTC) + timedelta(minutes=5))
    host.outbox_done(rows)
    return {(row.ref.id, row.kind) for row in rows}


def test_what_an_asynchronous_session_saves_is_seen(
    host: SQLAlchemyHost, play: Callable[[Calls], Any]
) -> None:
    """A customer that FastAPI creates is in the outbox, and read with its key as text."""
    key = play(_create)

    assert {(key, "created")} == _told(host)
    assert "Anna" == host.get("Organizations", [key])[key].values["name"]


def test_a_deletion_by_the_databases_clock_is_seen(
    host: SQLAlchemyHost, play: Callable[[Calls], Any]
) -> None:
    """`deleted_at = func.now()` is a deletion."""
    key = play(_create)
    _told(host)

    async def delete(client: httpx.AsyncClient) -> None:
        await client.delete(f"/customers/{key}")

    play(delete)

    assert {(key, "deleted")} == _told(host)
    assert host.get("Organizations", [key])[key].deleted


def test_a_rollback_takes_the_change_back(
    host: SQLAlchemyHost, play: Callable[[Calls], Any]
) -> None:
    """A statement of a session that is rolled back is not told."""
    key = play(_create)
    _told(host)

    async def fail(client: httpx.AsyncClient) -> None:
        await client.post(f"/customers/{key}/failed")

    play(fail)

    assert set() == _told(host)


def test_what_the_library_writes_the_crm_reads(
    host: SQLAlchemyHost, play: Callable[[Calls], Any]
) -> None:
    """A new record from outside gets its key and is found by the next request."""
    (result,) = host.save("Organizations", [Write({"name": "Ours"})])
    assert result.ref is not None
    key = result.ref.id

    async def delete(client: httpx.AsyncClient) -> int:
        return int((await client.delete(f"/customers/{key}")).status_code)

    assert 200 == play(delete)


def test_a_factory_of_asynchronous_sessions_is_told_what_to_write(crm: Crm) -> None:
    """Given itself, it is a sentence that names the argument to set."""
    factory: Any = async_sessionmaker(crm.engine)
    with pytest.raises(SettingInvalid, match="sync_session_class"):
        SQLAlchemyHost(factory, modules=CUSTOMERS, base_currency="GBP")


def test_two_hosts_of_one_process_note_a_save_once(crm: Crm, play: Callable[[Calls], Any]) -> None:
    """The app and a worker in it each make a host: one row that was written once."""
    first, second = crm.host(), crm.host()
    first.create_tables()
    key = play(_create)
    rows = second.outbox(datetime.now(UTC) + timedelta(minutes=5))

    assert [(key, 1)] == [(row.ref.id, row.generation) for row in rows]
