"""A CRM that can keep no id: the names of linked records tell whether it is still the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.stories.breaking.conftest import EXIT_PERSON, Command
from tests.stories.breaking.crms import Project, sandbox_for
from tests.world import World
from xtiger.errors import OtherCrm
from xtiger.model.records import Ref
from xtiger.web import blueprint

OLD = [f"Old {number} Ltd" for number in range(5)]
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A synced CRM without an id, with five organisations."""
    with sandbox_for(tmp_path) as projects:
        made = projects.project("crm", nameless=True)
        world = made.open()
        world.connect()
        made.add(*OLD)
        world.sync()
        yield made


def made_anew(project: Project, *names: str) -> World:
    """The CRM's database is deleted, made again, and filled with others."""
    project.delete_crm()
    world = project.open()
    project.add(*names)
    return world


def names(project: Project) -> list[str]:
    """The contacts in Xero."""
    return sorted(str(raw["Name"]) for raw in project.sandbox.table("Contacts"))


def new(count: int) -> list[str]:
    """Names of as many new companies, the old ones after them."""
    return [*(f"New {number} GmbH" for number in range(count)), *OLD[count:]]


@pytest.mark.parametrize(("renamed", "refused"), [(0, False), (2, False), (3, True), (5, True)])
def test_more_than_half_of_five_decide(project: Project, renamed: int, refused: bool) -> None:
    """Two other names of five are edits and travel; three are another CRM, and nothing moves."""
    world = made_anew(project, *new(renamed))

    if refused:
        with pytest.raises(OtherCrm, match="other names"):
            world.sync()

    else:
        world.sync()
    assert sorted(OLD if refused else new(renamed)) == names(project)


def test_records_that_are_not_there_count(project: Project) -> None:
    """An empty CRM under the same address is another one: nothing is archived in Xero."""
    world = made_anew(project)

    with pytest.raises(OtherCrm, match="other names"):
        world.sync()

    assert OLD == names(project)


def test_fewer_than_five_say_nothing(tmp_path: Path) -> None:
    """Of four linked records all may be renamed: they are edits."""
    with sandbox_for(tmp_path) as projects:
        project = projects.project("crm", nameless=True)
        world = project.open()
        world.connect()
        ids = project.add(*OLD[:4])
        world.sync()
        for crm_id in ids:
            project.rename(crm_id, f"Renamed {crm_id}")

        world.sync()

        assert [f"Renamed {crm_id}" for crm_id in ids] == names(project)


def test_a_save_sends_nothing_to_the_old_customer(project: Project) -> None:
    """On save the new company 1 would rename the old one; the tick refuses and keeps the save."""
    world = made_anew(project, *new(5))
    project.rename("1", "Renamed GmbH")
    world.wait()

    with pytest.raises(OtherCrm, match="other names"):
        world.xt.tick()

    assert OLD == names(project)
    world.xt.links.forget_all()
    world.wait()
    world.xt.tick()
    world.sync()
    assert "Renamed GmbH" in names(project)
    assert set(OLD) <= set(names(project))


def test_the_commands_refuse_and_forgetting_goes_on(project: Project, xtiger: Command) -> None:
    """Sync, plan and reconcile name both choices; after one of them a sync goes on."""
    made_anew(project, *new(5))

    said = [xtiger(name) for name in ("sync", "plan", "reconcile")]
    forgotten = xtiger("host", "forget-links", "--yes")
    after, *_ = xtiger("sync")

    assert [EXIT_PERSON] * 3 == [code for code, *_ in said]
    assert all("xtiger host same" in told and "forget-links" in told for *_, told in said)
    assert ((0, "5 links are forgotten.", ""), 0) == (forgotten, after)
    assert sorted(OLD + new(5)) == names(project)


def test_the_same_crm_goes_on_by_command(project: Project, xtiger: Command) -> None:
    """Said to be the same, what differs is asked and not sent, and no run is refused again."""
    made_anew(project, *new(5))

    _, kept, _ = xtiger("host", "same")
    codes = [xtiger("sync")[0] for _ in range(2)]

    assert "The links are kept; 5 are looked at again." == kept
    assert EXIT_PERSON not in codes
    assert OLD == names(project)


def browser(world: World) -> FlaskClient:
    """The pages of this CRM."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, local_only=True))
    return app.test_client()


def test_the_pages_refuse_and_one_press_goes_on(project: Project) -> None:
    """Copy to Xero refuses, the panel shows no old customer, and the overview has the choice."""
    world = made_anew(project, *new(5))
    world.wait()
    with pytest.raises(OtherCrm):
        world.xt.panels.press("copy", [Ref("Organizations", "1")])
    panel = world.xt.panel("Organizations", "1")
    pages = browser(world)

    page = pages.get("/xt/").text
    after = pages.post("/xt/crm/same", headers=OWN, follow_redirects=True).text

    assert "This is the same CRM" in page
    assert "Forget the links" in page
    assert (None, ["other_crm"]) == (panel.view_url, [one.code for one in panel.messages])
    assert "This is the same CRM" not in after
    assert OLD == names(project)
    shown = world.xt.panel("Organizations", "1").messages
    assert "other_crm" not in [one.code for one in shown]
