"""The hooks of an extension's own life: installed, updated, switched, removed, purged."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from tests.extensions.making import Making
from tests.hooks.conftest import Install
from tests.world import World
from xtiger.app import XTiger
from xtiger.errors import BrokenExtension, NeedsPerson
from xtiger.hookspecs import hookimpl
from xtiger.model.setting_keys import TenantGroup
from xtiger.ports import Context

#: A plugin that notes each of its lifecycle hooks in the store, through the context.
NOTING = '''"""Notes what happens to it."""

from xtiger.hookspecs import ExtensionInfo, Migrations, hookimpl

EXTENSION = ExtensionInfo(name="Loyalty", label="Loyalty", package="loyalty_life")


@hookimpl
def post_install(context):
    context.note_tenant("post_install", "{version}")


@hookimpl
def pre_update(context, old_version):
    context.note_tenant("pre_update", old_version + " by {version}")


@hookimpl
def post_update(context, old_version):
    context.note_tenant("post_update", old_version + " by {version}")


@hookimpl
def migrations():
    return Migrations("loyalty_life.steps", "xt_version_loyalty")
'''
STEP = '''"""The first step."""

import sqlalchemy as sa
from alembic import op

revision = "l0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("xt_loyalty", sa.Column("id", sa.Integer, primary_key=True))
'''


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What a zip brought is forgotten after the test."""
    path = list(sys.path)
    yield
    sys.path[:] = path
    _forget()


def _forget() -> None:
    for name in [n for n in sys.modules if n.split(".")[0] == "loyalty_life"]:
        del sys.modules[name]


def _zip(folder: Path, version: str) -> Path:
    making = Making(
        package="loyalty_life",
        version=version,
        plugin=NOTING.replace("{version}", version),
        files={
            "loyalty_life/steps/__init__.py": b'"""Steps."""\n',
            "loyalty_life/steps/versions/__init__.py": b'"""Steps."""\n',
            "loyalty_life/steps/versions/l0001_first.py": STEP.encode(),
        },
    )
    return making.write(folder)


def _noted(xt: XTiger) -> dict[str, str]:
    found = xt.store.every_setting_like(TenantGroup("tenant"))
    return {tenant: str(said["event"]) for (tenant, _name), said in found.items()}


def _restart(world: World) -> XTiger:
    """The library as the next process would have it: nothing of the zip is imported."""
    home = str(world.xt.settings.home)
    sys.path[:] = [place for place in sys.path if not place.startswith(home)]
    _forget()
    return XTiger(world.host, settings=world.xt.settings, clock=world.clock)


@pytest.mark.usefixtures("forgotten")
def test_post_install_comes_with_the_installation(world: World, tmp_path: Path) -> None:
    """Once, when the zip is in place."""
    world.xt.extensions.install([_zip(tmp_path, "1.0.0")])

    assert {"post_install": "1.0.0"} == _noted(world.xt)


@pytest.mark.usefixtures("forgotten")
def test_migrations_have_run_before_it_is_used(world: World, tmp_path: Path) -> None:
    """Its table and its version table are there after the installation."""
    world.xt.extensions.install([_zip(tmp_path, "1.0.0")])
    tables = inspect(world.xt.store.engine).get_table_names()

    assert {"xt_loyalty", "xt_version_loyalty"} <= set(tables)


@pytest.mark.usefixtures("forgotten")
def test_pre_update_is_called_in_the_old_version(world: World, tmp_path: Path) -> None:
    """Before the switch, by the code that leaves."""
    world.xt.extensions.install([_zip(tmp_path, "1.0.0")])
    world.xt.extensions.install([_zip(tmp_path, "1.1.0")])

    assert "1.0.0 by 1.0.0" == _noted(world.xt)["pre_update"]


@pytest.mark.usefixtures("forgotten")
def test_post_update_is_called_in_the_new_version(world: World, tmp_path: Path) -> None:
    """At the next start, by the code that has taken over, and only once."""
    world.xt.extensions.install([_zip(tmp_path, "1.0.0")])
    world.xt.extensions.enable("Loyalty")
    world.xt.extensions.install([_zip(tmp_path, "1.1.0")])
    before = _noted(world.xt).get("post_update")
    again = _restart(world)
    again.close()

    assert (None, "1.0.0 by 1.1.0") == (before, _noted(world.xt)["post_update"])


@pytest.mark.usefixtures("forgotten")
def test_post_update_of_one_that_is_off_waits_until_it_is_enabled(
    world: World, tmp_path: Path
) -> None:
    """A start does not carry out its code; whoever enables it does, with what was due."""
    world.xt.extensions.install([_zip(tmp_path, "1.0.0")])
    world.xt.extensions.install([_zip(tmp_path, "1.1.0")])
    again = _restart(world)
    before = _noted(again).get("post_update")
    again.extensions.enable("Loyalty")
    again.close()

    assert (None, "1.0.0 by 1.1.0") == (before, _noted(world.xt)["post_update"])


def test_enabled_is_called_right_after(world: World, install: Install) -> None:
    """The extension sees itself as enabled."""
    heard: list[bool] = []

    @hookimpl
    def enabled() -> None:
        heard.append(world.xt.extensions.enabled("Probe"))

    install(enabled)

    assert [True] == heard


def test_enabled_that_refuses_leaves_it_off(world: World, install: Install) -> None:
    """The wish of an extension not to be enabled yet reaches the person."""

    @hookimpl
    def enabled() -> None:
        raise NeedsPerson("Set its address first.")

    install(enabled, enable=False)

    with pytest.raises(NeedsPerson, match=r"^Set its address first\.$"):
        world.xt.extensions.enable("Probe")
    assert not world.xt.extensions.enabled("Probe")


def test_disabled_is_called_right_after(world: World, install: Install) -> None:
    """The extension sees itself as disabled."""
    heard: list[bool] = []

    @hookimpl
    def disabled() -> None:
        heard.append(world.xt.extensions.enabled("Probe"))

    install(disabled)
    world.xt.extensions.disable("Probe")

    assert [False] == heard


def test_pre_uninstall_may_stop_the_removal(world: World, install: Install) -> None:
    """A strict hook that raises leaves all as it was, and names the extension."""

    @hookimpl
    def pre_uninstall(context: Context) -> None:
        raise RuntimeError(context.locale)

    install(pre_uninstall)

    with pytest.raises(BrokenExtension, match="Probe failed in pre_uninstall: RuntimeError: en"):
        world.xt.extensions.uninstall("Probe")
    assert world.xt.extensions.enabled("Probe")


def test_export_data_is_written_before_a_purge(
    world: World, install: Install, tmp_path: Path
) -> None:
    """What the extension keeps stands in the file that the person named."""

    @hookimpl
    def export_data() -> dict[str, list[dict[str, str]]]:
        return {"cards": [{"owner": "Kea"}]}

    install(export_data)
    target = tmp_path / "export.json"
    world.xt.extensions.uninstall("Probe", purge=True, export_to=target)

    assert [{"owner": "Kea"}] == json.loads(target.read_text(encoding="utf-8"))["tables"]["cards"]


def test_purge_data_comes_after_the_export(world: World, install: Install, tmp_path: Path) -> None:
    """When it is called, the file is there."""
    heard: list[bool] = []
    target = tmp_path / "export.json"

    @hookimpl
    def purge_data() -> None:
        heard.append(target.exists())

    install(purge_data)
    world.xt.extensions.uninstall("Probe", purge=True, export_to=target)

    assert [True] == heard


def test_hooks_that_do_not_fit_set_the_extension_aside(world: World, install: Install) -> None:
    """A hook with an unknown argument: the library starts without it and keeps the reason."""

    @hookimpl
    def menu(weather: str) -> None:
        """The specification has no such argument."""

    install(menu, enable=False)
    again = XTiger(world.host, settings=world.xt.settings, clock=world.clock)
    states = {state.name: state for state in again.extensions.states()}
    again.close()

    assert "broken" == states["Probe"].state
    assert "weather" in states["Probe"].reason


@pytest.mark.parametrize("rogue", [SystemExit(1), KeyboardInterrupt(), OSError("disk")])
def test_migrations_that_end_the_process_set_the_extension_aside(
    world: World, install: Install, rogue: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """At a start: it is listed as broken, the log names it, and a sync goes on without it."""
    broken: list[BaseException] = []

    @hookimpl
    def migrations() -> None:
        for error in broken:
            raise error

    install(migrations)
    broken.append(rogue)
    again = XTiger(world.host, settings=world.xt.settings, clock=world.clock)
    states = {state.name: state.state for state in again.extensions.states()}
    again.close()

    assert ("broken", "enabled") == (states["Probe"], states["XTiger"])
    assert f"Probe failed in migrations: {type(rogue).__name__}" in caplog.text
