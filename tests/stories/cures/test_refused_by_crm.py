"""What a CRM's database refuses keeps the field's name, in outcome, log, panel and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.stories.breaking.crms import Project, sandbox_for
from tests.stories.cures.telling import enter
from tests.world import World
from xtiger.demo.models import Organization

SAID = "The CRM refused it: {label}: {said}"
TAKEN = "A value that must be unique is in use already."


def _edited_in_xero(world: World, crm_id: str, **values: object) -> None:
    world.sandbox.edit("Contacts", world.xero_id("Organizations", crm_id), values)


def _tell(project: Project, statement: str) -> None:
    assert project.sessions is not None
    with project.sessions() as session:
        session.execute(sa.text(statement))
        session.commit()


def test_the_field_that_a_database_refuses_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A VAT number that another customer has already; told everywhere, and cured in Xero."""
    with sandbox_for(tmp_path) as projects:
        project = projects.project("crm")
        world = project.open()
        acme, bell = project.add("Acme", "Bell")
        world.connect()
        world.sync()
        _tell(
            project,
            "CREATE UNIQUE INDEX one_each ON organizations (tax_number) WHERE tax_number > ''",
        )
        _edited_in_xero(world, acme, TaxNumber="GB1")
        world.sync()
        _edited_in_xero(world, bell, TaxNumber="GB1")
        world.sync()
        said = SAID.format(label="VAT number", said=TAKEN)
        told = world.outcome("Organizations", bell).cause

        assert told is not None
        assert ("crm_refused", "tax_number") == (told.code, told.data["field"])
        assert "Not taken over: the CRM refused it" == world.xt.panel("Organizations", bell).badge
        assert said in [one.text for one in world.xt.panel("Organizations", bell).messages]
        enter(world, "extensions", "enable", "XTLog")
        capsys.readouterr()
        enter(world, "log", "--result", "failed", "--json")
        entries = json.loads(capsys.readouterr().out)["entries"]
        assert [(said, bell)] == [(one["sentence"], one["crm_id"]) for one in entries]

        _edited_in_xero(world, bell, TaxNumber="GB2")
        world.sync()
        assert "updated" == world.outcome("Organizations", bell).result


def test_the_field_that_a_model_refuses_is_named(tmp_path: Path) -> None:
    """A check of the CRM's own model says which of its fields it did not take."""

    def no_dots(_owner: Organization, value: str, *_rest: object) -> None:
        if "." in (value or ""):
            raise ValueError("No dots, please.")

    with sandbox_for(tmp_path) as projects:
        project = projects.project("crm")
        world = project.open()
        (acme,) = project.add("Acme")
        world.connect()
        world.sync()
        sa.event.listen(Organization.tax_number, "set", no_dots)
        try:
            _edited_in_xero(world, acme, TaxNumber="GB.1")
            world.sync()
        finally:
            sa.event.remove(Organization.tax_number, "set", no_dots)
        told = world.outcome("Organizations", acme).cause
        assert told is not None
        assert "tax_number" == told.data["field"]
        assert "VAT number: The CRM refused the record: No dots, please." == told.data["message"]
