"""A new CRM record with the id of a deleted one does not take over the link of the old one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.world import MovingClock, World
from xtiger.app import XTiger
from xtiger.demo.database import open_sessions
from xtiger.demo.host import modules
from xtiger.demo.models import Contact, Organization
from xtiger.hosts.sqlalchemy import SQLAlchemyHost
from xtiger.sandbox import Sandbox, serve
from xtiger.settings import Settings

People = sessionmaker[Session]


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[tuple[World, People]]:
    """The demo's CRM on SQLite, whose keys are given again, connected to an empty organisation."""
    clock, crm = MovingClock(), open_sessions(tmp_path)
    sandbox = Sandbox(clock=clock.now)
    host = SQLAlchemyHost(crm, modules=modules(), base_currency="GBP", clock=clock)
    with serve(sandbox) as server:
        settings = Settings(
            home=tmp_path,
            database_url=f"sqlite:///{tmp_path / 'xtiger.db'}",
            xero_url=server.url,
            xero_client_id=sandbox.client_id,
            xero_client_secret=sandbox.client_secret,
            new_extensions_on=False,
        )
        xt = XTiger(host, settings=settings, clock=clock)
        world = World(xt, host, sandbox, clock)  # type: ignore[arg-type]  # no memory host needed
        world.connect()
        yield world, crm
        xt.close()
    sandbox.close()
    crm.kw["bind"].dispose()


def add(crm: People, name: str) -> str:
    """An organisation in the CRM; answers its id."""
    with crm() as session:
        made = Organization(name=name)
        session.add(made)
        session.commit()
        return str(made.id)


def delete(crm: People, crm_id: str) -> None:
    """Delete an organisation of the CRM."""
    with crm() as session:
        session.delete(session.get_one(Organization, int(crm_id)))
        session.commit()


def test_a_new_organisation_with_a_deleted_ones_id_renames_nobody(
    plugged: tuple[World, People],
) -> None:
    """The contact of the deleted organisation keeps its name; the new one waits for a person."""
    world, crm = plugged
    old = add(crm, "Old Ltd")
    world.sync()
    delete(crm, old)
    world.sync()
    add(crm, "New Ltd")

    world.sync()

    assert "Old Ltd" in [raw["Name"] for raw in world.xero("Contacts")]


def add_person(crm: People, organisation_id: str, first: str, last: str) -> int:
    """A contact of an organisation in the CRM; answers its id."""
    with crm() as session:
        made = Contact(first_name=first, last_name=last, organization_id=int(organisation_id))
        session.add(made)
        session.commit()
        return made.id


def test_a_new_contact_with_a_deleted_ones_id_renames_nobody(plugged: tuple[World, People]) -> None:
    """The person of the deleted contact keeps its name in Xero."""
    world, crm = plugged
    acme = add(crm, "Acme Ltd")
    with crm() as session:
        session.get_one(Organization, int(acme)).email = "office@acme.example"
        session.commit()
    add_person(crm, acme, "Bob", "Ray")
    old = add_person(crm, acme, "Ann", "Lee")
    world.sync()
    with crm() as session:
        session.delete(session.get_one(Contact, old))
        session.commit()
    world.sync()

    with crm() as session:
        session.add(Contact(id=old, first_name="Cid", last_name="Fox", organization_id=int(acme)))
        session.commit()
    world.sync()

    assert ["Ann", "Bob"] == sorted(
        one["FirstName"] for raw in world.xero("Contacts") for one in raw["ContactPersons"]
    )
