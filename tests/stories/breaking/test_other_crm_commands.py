"""The two answers to "is it the same CRM?" as commands: refused, decided, gone on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.breaking.conftest import EXIT_PERSON, Command
from tests.stories.breaking.crms import Project, sandbox_for


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A synced CRM whose database was made anew with other customers."""
    with sandbox_for(tmp_path) as projects:
        made = projects.project("crm")
        world = made.open()
        world.connect()
        made.add("Old One Ltd", "Old Two Ltd")
        world.sync()
        made.delete_crm()
        made.open()
        made.add("New One Ltd", "New Two Ltd")
        yield made


def names(project: Project) -> set[str]:
    """The contacts in Xero."""
    return {str(raw["Name"]) for raw in project.sandbox.table("Contacts")}


def test_a_refused_sync_names_the_commands_and_forgetting_goes_on(
    project: Project, xtiger: Command
) -> None:
    """Refused with both commands; forget-links asks for --yes; then the new CRM is synced."""
    refused, _, told = xtiger("sync")
    unsure, *_ = xtiger("host", "forget-links")
    still, *_ = xtiger("sync")
    before = names(project)
    forgotten, said, _ = xtiger("host", "forget-links", "--yes")
    synced, *_ = xtiger("sync")

    assert (EXIT_PERSON, EXIT_PERSON) == (refused, still)
    assert "xtiger host same" in told
    assert "xtiger host forget-links" in told
    assert unsure != 0
    assert {"Old One Ltd", "Old Two Ltd"} == before
    assert (0, "2 links are forgotten.", 0) == (forgotten, said, synced)
    assert {"Old One Ltd", "Old Two Ltd", "New One Ltd", "New Two Ltd"} == names(project)


def test_the_same_crm_goes_on_and_asks_about_what_differs(
    project: Project, xtiger: Command
) -> None:
    """Said to be the same: nothing is renamed in Xero, what differs is looked at again."""
    refused, *_ = xtiger("sync")
    same, said, _ = xtiger("host", "same")
    again, *_ = xtiger("sync")

    assert (EXIT_PERSON, 0) == (refused, same)
    assert "The links are kept; 2 are looked at again." == said
    assert EXIT_PERSON != again
    assert {"Old One Ltd", "Old Two Ltd"} == names(project)
