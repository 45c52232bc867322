"""A store meets a CRM that is not its own: every run refuses, and a person decides."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest
import sqlalchemy as sa

from tests.stories.breaking.crms import Project, Projects, sandbox_for
from tests.world import World
from xtiger.errors import OtherCrm
from xtiger.model.setting_keys import SettingGroup, SettingKey, TenantKey
from xtiger.services.worker import worker_of
from xtiger.web import blueprint


@pytest.fixture
def projects(tmp_path: Path) -> Iterator[Projects]:
    with sandbox_for(tmp_path) as made:
        yield made


@pytest.fixture
def synced(projects: Projects) -> tuple[Project, World]:
    """A CRM whose three organisations are in Xero."""
    project = projects.project("crm")
    world = project.open()
    world.connect()
    project.add("Old One Ltd", "Old Two Ltd", "Old Three Ltd")
    world.sync()
    return project, world


def made_anew(project: Project) -> World:
    """The CRM's database is deleted and made anew, with customers whose ids start at 1."""
    project.delete_crm()
    world = project.open()
    project.add("New One Ltd", "New Two Ltd")
    return world


def names(world: World) -> list[str]:
    """The names of all contacts in Xero."""
    return sorted(str(raw["Name"]) for raw in world.xero("Contacts"))


OLD = ["Old One Ltd", "Old Three Ltd", "Old Two Ltd"]
RUNS: dict[str, Callable[[World], object]] = {
    "plan": lambda w: w.xt.sync.plan(),
    "sync": lambda w: w.xt.sync.run(),
    "full sync": lambda w: w.xt.sync.run(full=True),
    "records": lambda w: w.xt.sync.records("Organizations", ["1"]),
    "tick": lambda w: w.xt.tick(),
    "reconcile": lambda w: w.xt.proof.reconcile(),
    "link": lambda w: w.xt.links.link("Organizations", "1", None),
    "unlink": lambda w: w.xt.links.unlink("Organizations", "1"),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_crm_made_anew_is_refused_by_every_run(
    synced: tuple[Project, World], run: Callable[[World], object]
) -> None:
    """Nothing is read from the outbox, sent or booked; the old customers keep their names."""
    world = made_anew(synced[0])
    world.wait()
    before = (world.calls(), len(world.xt.sync.runs()), len(world.host.outbox(world.clock.now())))

    with pytest.raises(OtherCrm, match="made anew"):
        run(world)

    after = (world.calls(), len(world.xt.sync.runs()), len(world.host.outbox(world.clock.now())))
    assert (before, OLD) == (after, names(world))


def test_a_worker_says_so_once(synced: tuple[Project, World]) -> None:
    """The reason is one line of its log, not one per round."""
    world, said = made_anew(synced[0]), list[str]()
    worker = worker_of(world.xt, said.append)

    worker.round()
    worker.round()

    assert (1, True) == (len(said), "xtiger host same" in said[0])


def test_the_links_are_forgotten_and_the_new_crm_begins(synced: tuple[Project, World]) -> None:
    """Its customers become contacts of their own; those of the old one come in as new records."""
    world = made_anew(synced[0])

    assert 3 == world.xt.links.forget_all()
    world.sync()

    assert sorted([*OLD, "New One Ltd", "New Two Ltd"]) == names(world)
    assert "New One Ltd" == world.in_xero("Organizations", "1")["Name"]
    assert 0 == world.actions()


def test_forgotten_outcomes_say_nothing_of_new_records(synced: tuple[Project, World]) -> None:
    """The panel of the new record 1 does not show what became of the old one."""
    world = made_anew(synced[0])
    world.xt.links.forget_all()

    panel = world.xt.panel("Organizations", "1")

    assert ("waiting", None) == (panel.state, panel.view_url) or "none" == panel.state


def test_the_panel_shows_nothing_of_another_crm(synced: tuple[Project, World]) -> None:
    """A new record has no link to the old customer of its id; the panel says what happened."""
    world = made_anew(synced[0])

    panel = world.xt.panel("Organizations", "1")

    assert ("held", None) == (panel.state, panel.view_url)
    assert ["other_crm"] == [message.code for message in panel.messages]


def test_a_moved_crm_goes_on_when_a_person_says_so(synced: tuple[Project, World]) -> None:
    """The same records in a database with another id: nothing is doubled, edits travel again."""
    project, world = synced
    with project.sessions() as session:  # type: ignore[misc]  # it is open
        session.execute(sa.text("UPDATE xt_identity SET id = 'moved', runs = 0"))
        session.commit()
    with pytest.raises(OtherCrm):
        world.sync()

    assert 0 == world.xt.links.same_crm()
    project.rename("1", "Renamed Ltd")
    world.sync()

    assert ["Old Three Ltd", "Old Two Ltd", "Renamed Ltd"] == names(world)


def restored(project: Project) -> World:
    """A backup of three organisations is restored after a fourth and a rename were synced."""
    project.close()
    backup = project.crm_folder.with_name("backup")
    shutil.copytree(project.crm_folder, backup)
    world = project.open()
    project.rename("1", "Renamed Ltd")
    project.add("Fourth Ltd")
    world.sync()
    project.delete_crm()
    shutil.copytree(backup, project.crm_folder)
    return project.open()


def test_a_restored_backup_is_refused(synced: tuple[Project, World]) -> None:
    """The count of runs beside the id is lower than it was."""
    world = restored(synced[0])

    with pytest.raises(OtherCrm, match="backup of it was restored"):
        world.sync()

    assert ["Fourth Ltd", "Old Three Ltd", "Old Two Ltd", "Renamed Ltd"] == names(world)


def test_what_a_backup_set_back_is_asked_and_not_sent(synced: tuple[Project, World]) -> None:
    """The old name is a question; a new record with the lost one's id renames nobody."""
    project = synced[0]
    world = restored(project)

    world.xt.links.same_crm()
    (fourth,) = project.add("Another Ltd")
    world.sync()

    assert "4" == fourth
    assert "conflict" == world.outcome("Organizations", "1").result
    assert {"Renamed Ltd", "Fourth Ltd"} <= set(names(world))
    assert "unchanged" == world.last_result("Organizations", "2")


def test_a_second_project_with_the_same_home_is_refused(
    projects: Projects, synced: tuple[Project, World]
) -> None:
    """Two CRMs that were never told apart by a home of their own do not meet in Xero."""
    synced[0].close()
    second = projects.project("second", home="crm-home")
    world = second.open()
    second.add("Second's Ltd")

    with pytest.raises(OtherCrm, match="belongs to another project"):
        world.sync()

    assert OLD == names(world)


def test_a_store_that_was_removed_is_missed(synced: tuple[Project, World]) -> None:
    """The CRM knows that it was synced; a new store does not go on as if it was not."""
    project = synced[0]
    project.delete_home()
    world = project.open()
    world.connect()

    with pytest.raises(OtherCrm, match="synced with Xero before"):
        world.sync()

    world.xt.links.same_crm()
    world.sync()
    assert (OLD, 0) == (names(world), world.actions())


def test_a_restored_store_is_missed(synced: tuple[Project, World]) -> None:
    """Runs that the CRM counted and the store does not know of."""
    project, _ = synced
    project.close()
    backup = project.home.with_name("backup")
    shutil.copytree(project.home, backup)
    world = project.open()
    world.sync()
    project.delete_home()
    shutil.copytree(backup, project.home)
    world = project.open()

    with pytest.raises(OtherCrm, match="older than its database"):
        world.sync()


def test_an_installation_from_before_goes_on(synced: tuple[Project, World]) -> None:
    """Neither side knows of an identity yet: the first run makes one and takes it."""
    project, world = synced
    world = forget_identities(project, world)
    project.rename("1", "Renamed Ltd")

    world.sync()

    assert ["Old Three Ltd", "Old Two Ltd", "Renamed Ltd"] == names(world)
    world = made_anew(project)
    with pytest.raises(OtherCrm):
        world.sync()


def forget_identities(project: Project, world: World) -> World:
    """As both databases were before there were identities, and started again."""
    with project.sessions() as session:  # type: ignore[misc]  # it is open
        session.execute(sa.text("DROP TABLE xt_identity"))
        session.commit()
    for name in world.xt.store.settings_like(SettingGroup("identity")):
        world.xt.store.forget_setting(SettingKey(name))
    world.xt.store.forget_own_setting("", TenantKey("identity"))
    return project.again()


def test_an_installation_from_before_compares_names(projects: Projects) -> None:
    """Of five linked records three are called otherwise: that is another CRM."""
    project = projects.project("crm")
    world = project.open()
    world.connect()
    ids = project.add(*(f"Old {number} Ltd" for number in range(5)))
    world.sync()
    world = forget_identities(project, world)
    for crm_id in ids[:3]:
        project.rename(crm_id, f"New {crm_id} GmbH")

    with pytest.raises(OtherCrm, match="other names"):
        world.sync()

    world.xt.links.same_crm()
    world.sync()
    assert 5 == len([name for name in names(world) if name.startswith("Old")])
    assert {"conflict"} == {world.outcome("Organizations", one).result for one in ids[:3]}


def test_without_a_link_the_crm_may_be_made_anew(projects: Projects) -> None:
    """Before anything is linked nothing is lost: plans and new databases go on freely."""
    project = projects.project("crm")
    world = project.open()
    world.connect()
    project.add("Tried Ltd")
    world.plan()
    project.delete_crm()
    world = project.open()
    project.add("Real Ltd")

    world.sync()

    assert ["Real Ltd"] == names(world)


def test_the_choice_is_a_button(synced: tuple[Project, World]) -> None:
    """An administrator decides on the overview; links are forgotten only with the box ticked."""
    world = made_anew(synced[0])
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, local_only=True))
    browser, own = app.test_client(), {"Sec-Fetch-Site": "same-origin"}

    page = browser.get("/xt/").text
    kept = browser.post("/xt/crm/forget-links", headers=own, follow_redirects=True).text
    after = browser.post(
        "/xt/crm/forget-links", headers=own, data={"sure": "1"}, follow_redirects=True
    ).text

    assert {"This is the same CRM", "Forget the links"} <= set(_buttons(page))
    assert "Tick the box first" in kept
    assert "Forget the links" in _buttons(kept)
    assert "3 links are forgotten." in after
    assert "Forget the links" not in _buttons(after)


def _buttons(page: str) -> list[str]:
    return re.findall(r'type="submit">([^<]+)', page)


def test_the_other_choice_is_a_button_too(synced: tuple[Project, World]) -> None:
    """A restored backup goes on by one press."""
    world = restored(synced[0])
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, local_only=True))

    page = (
        app.test_client()
        .post("/xt/crm/same", headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True)
        .text
    )

    assert "The links are kept; 2 are looked at again." in page
    assert "This is the same CRM" not in page
