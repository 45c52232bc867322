"""The hooks that add what people see: panel rows, buttons, pages, menu, commands, pick lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click
import pytest

from tests.hooks.conftest import Install
from tests.world import World
from xtiger.cli.root import run
from xtiger.errors import BrokenExtension, UnknownModule
from xtiger.hookspecs import (
    MenuEntry,
    PageRequest,
    PageSpec,
    PanelRow,
    RecordAction,
    TablePage,
    hookimpl,
)
from xtiger.model.connections import Connection
from xtiger.model.records import Choice, Record, Ref
from xtiger.ports import Context


@hookimpl
def panel_rows(module: str, record: Record) -> Sequence[PanelRow]:
    """One row with the record's name."""
    return [PanelRow(f"Probe of {module}", str(record.values["accountname"]))]


def _kea(world: World) -> str:
    return world.host.create("Organizations", {"accountname": "Kea"})


def test_panel_rows_appear_in_the_panel(world: World, install: Install) -> None:
    """The row stands in the data and in the HTML."""
    install(panel_rows)
    panel = world.xt.panel("Organizations", _kea(world))

    assert PanelRow("Probe of Organizations", "Kea") in panel.rows
    assert "Probe of Organizations" in panel.html()


def test_panel_rows_that_raise_become_a_box(world: World, install: Install) -> None:
    """The panel is drawn with all else, and a visible box names the extension."""

    @hookimpl
    def panel_rows() -> Sequence[PanelRow]:
        raise LookupError("no rate")

    install(panel_rows)
    panel = world.xt.panel("Organizations", _kea(world))

    assert ["Probe"] == [problem.partition(":")[0] for problem in panel.problems]
    assert "failed in panel_rows: LookupError: no rate" in panel.html()
    assert "Allow XTiger Sync" in panel.html()


def _raises_late() -> Iterator[PanelRow]:
    yield PanelRow("first", "1")
    raise LookupError("second")


@pytest.mark.parametrize(
    "answer",
    [
        PanelRow("not", "a list"),
        "text",
        [1],
        7,
        [PanelRow("label", 5)],  # type: ignore[arg-type]  # wrong on purpose
        [PanelRow("label", "", link=5)],  # type: ignore[arg-type]  # likewise
        [PanelRow("label", "", choices=("a",))],  # type: ignore[arg-type]  # likewise
    ],
)
def test_panel_rows_of_a_wrong_shape_become_a_box(
    world: World, install: Install, answer: Any
) -> None:
    """Whatever an extension answers, the host's page renders."""

    @hookimpl
    def panel_rows() -> Any:
        return answer

    install(panel_rows)
    panel = world.xt.panel("Organizations", _kea(world))

    assert ["Probe"] == [problem.partition(":")[0] for problem in panel.problems]
    assert "Allow XTiger Sync" in panel.html()


def test_panel_rows_that_raise_halfway_show_none(world: World, install: Install) -> None:
    """Half of an answer could say the opposite of the whole."""

    @hookimpl
    def panel_rows() -> Iterator[PanelRow]:
        return _raises_late()

    install(panel_rows)
    panel = world.xt.panel("Organizations", _kea(world))

    assert [] == [row for row in panel.rows if row.label == "first"]
    assert 1 == len(panel.problems)


def test_a_disabled_extension_shows_nothing(world: World, install: Install) -> None:
    """Off means that its hook is not called, also when it would raise."""

    @hookimpl
    def panel_rows() -> Sequence[PanelRow]:
        raise LookupError

    install(panel_rows)
    world.xt.extensions.disable("Probe")

    assert () == world.xt.panel("Organizations", _kea(world)).problems


def test_an_extension_is_off_for_one_connection(world: World, install: Install) -> None:
    """Its rows are missing in the panel of that connection."""
    install(panel_rows)
    world.connect()
    crm_id = _kea(world)
    connection_id = world.xt.connections.get().id
    before = len(world.xt.panel("Organizations", crm_id, connection_id).rows)
    world.xt.extensions.disable("Probe", connection_id)

    assert before - 1 == len(world.xt.panel("Organizations", crm_id, connection_id).rows)


def test_the_core_comes_first_and_then_names(world: World, install: Install) -> None:
    """Registered the other way round, they are called in order all the same."""
    for name in ("Zebra", "Alpha"):

        @hookimpl
        def menu(name: str = name) -> Sequence[MenuEntry]:
            return [MenuEntry(name, name)]

        install(menu, name=name)

    assert ["XTiger", "Needs you", "Alpha", "Zebra"] == [entry.label for entry in world.xt.menu()]


def _wave(context: Context, refs: Sequence[Ref]) -> str:
    return f"{context.host.name} waves at {', '.join(ref.id for ref in refs)}"


@hookimpl
def record_actions(module: str) -> Sequence[RecordAction]:
    """A button of organisations only."""
    return [RecordAction("wave", "Wave", _wave)] if module == "Organizations" else []


def test_record_actions_are_buttons_that_can_be_pressed(world: World, install: Install) -> None:
    """The button stands in the panel; pressing it answers its sentence."""
    install(record_actions)
    panel = world.xt.panel("Organizations", _kea(world))

    assert "wave" in [button.name for button in panel.actions]
    assert "memory waves at 1" == world.xt.panels.press("wave", [Ref("Organizations", "1")])


def test_record_actions_of_another_module_are_refused(world: World, install: Install) -> None:
    """A button that the module has not is named with those that it has."""
    install(record_actions)

    with pytest.raises(UnknownModule, match="copy"):
        world.xt.panels.press("wave", [Ref("Invoices", "1")])


def test_record_actions_that_raise_name_their_extension(world: World, install: Install) -> None:
    """The person learns whose button failed."""

    def fail(_context: Context, _refs: Sequence[Ref]) -> str:
        raise OSError("printer")

    @hookimpl
    def record_actions() -> Sequence[RecordAction]:
        return [RecordAction("print", "Print", fail)]

    install(record_actions)

    with pytest.raises(BrokenExtension, match="Probe failed in its button print: OSError"):
        world.xt.panels.press("print", [Ref("Organizations", "1")])


def test_list_actions_are_buttons_of_a_list(world: World, install: Install) -> None:
    """They are offered for the list and can be pressed for all that is ticked."""

    @hookimpl
    def list_actions() -> Sequence[RecordAction]:
        return [RecordAction("wave_all", "Wave at all", _wave)]

    install(list_actions)
    ticked = [Ref("Organizations", "1"), Ref("Organizations", "2")]

    assert "wave_all" in [action.name for action in world.xt.panels.list_actions("Organizations")]
    assert "memory waves at 1, 2" == world.xt.panels.press("wave_all", ticked)


def _table(_context: Context, request: PageRequest) -> TablePage:
    return TablePage("Probe", ("Asked",), ((request.query["q"],),))


@hookimpl
def pages() -> Sequence[PageSpec]:
    """One page that repeats what was asked."""
    return [PageSpec("probe", "Probe", _table)]


def test_pages_answer_their_table(world: World, install: Install) -> None:
    """The request's query reaches the page."""
    install(pages)
    request = PageRequest("probe", {"q": "kea"})

    assert (("kea",),) == world.xt.page(request).rows


def test_pages_that_raise_name_their_extension(world: World, install: Install) -> None:
    """A missing search field is the page's mistake, not the library's."""
    install(pages)

    with pytest.raises(BrokenExtension, match="Probe failed in its page probe: KeyError"):
        world.xt.page(PageRequest("probe", {}))


def test_menu_entries_appear_in_the_menu(world: World, install: Install) -> None:
    """Beside the library's own."""

    @hookimpl
    def menu() -> Sequence[MenuEntry]:
        return [MenuEntry("Probe", "probe")]

    install(menu)

    assert MenuEntry("Probe", "probe") in world.xt.menu()


def test_menu_of_one_that_raises_leaves_the_others(world: World, install: Install) -> None:
    """The menu is drawn without it."""

    @hookimpl
    def menu() -> Sequence[MenuEntry]:
        raise LookupError

    install(menu)

    assert ["XTiger", "Needs you"] == [entry.label for entry in world.xt.menu()]


def test_cli_commands_run_below_xtiger(
    world: World, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    """`xtiger wave` is the extension's command and gets the library's context."""

    @click.command("wave")
    @click.pass_obj
    def wave(app: Any) -> None:
        click.echo(f"{app.context().host.name} waves")

    @hookimpl
    def cli_commands() -> Sequence[click.Command]:
        return [wave]

    install(cli_commands)
    settings = world.xt.settings
    environment = {
        "XTIGER_HOME": str(settings.home),
        "XTIGER_DATABASE_URL": settings.database_url,
        "XTIGER_HOST": "tests.hooks.plugged:make_host",
    }

    assert 0 == run(["wave"], environment)
    assert "plugged waves\n" == capsys.readouterr().out


def test_pick_lists_offer_choices(world: World, install: Install) -> None:
    """The extension sees the connection and the list's name."""

    @hookimpl
    def pick_lists(connection: Connection, name: str) -> Sequence[Choice]:
        return [Choice("200", f"{name} of {connection.name}")]

    install(pick_lists)
    world.connect()

    assert [Choice("200", "sales_account of Empty Trading Ltd")] == world.xt.panels.pick_list(
        "sales_account"
    )
