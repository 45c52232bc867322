"""The hooks that decide what is synced, how values are converted and what is held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.hooks.conftest import Install
from tests.world import World, make_world
from xtiger.errors import BrokenExtension, ConfigurationInvalid, MappingInvalid, NeedsPerson
from xtiger.hookspecs import Converter, Hold, SyncModule, TimedWork, Times, hookimpl
from xtiger.hosts.standard import organizations
from xtiger.mapping.default_rows import default_rows
from xtiger.model.connections import Connection
from xtiger.model.mappings import Row
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Ref
from xtiger.model.values import Plain
from xtiger.ports import Context


@hookimpl
def sync_modules() -> Sequence[SyncModule]:
    """Partners are a second kind of contact."""
    return [SyncModule("Partners", "organisation", "Contact", "Partners", directions=("to_xero",))]


@hookimpl
def mapping_defaults(module: str) -> Sequence[Row]:
    """Partners have their name only."""
    return [Row("organisation.name", "Name")] if module == "Partners" else []


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A CRM that has partners beside its organisations."""
    home = tmp_path / "home"
    home.mkdir()
    partners = replace(organizations(), name="Partners", label="Partners")
    with make_world(home, modules=[organizations(), partners]) as found:
        yield found


def test_sync_modules_adds_a_module_that_is_synced(world: World, install: Install) -> None:
    """A record of the new module arrives in Xero, by the extension's own mapping."""
    install(sync_modules, mapping_defaults)
    world.connect()
    world.host.create("Partners", {"accountname": "Kea & Sons"})
    world.sync("Partners")

    assert ["Kea & Sons"] == [raw["Name"] for raw in world.xero("Contacts")]


def test_sync_modules_of_an_extension_that_is_off_for_a_connection(
    world: World, install: Install
) -> None:
    """There its module is unknown, while another connection would still have it."""
    install(sync_modules, mapping_defaults)
    world.connect()
    found = world.xt.connections.get()
    other = replace(found, id="other", organisation_id="other")
    world.xt.store.save_connection(other)
    world.xt.extensions.disable("Probe", found.id)

    assert "Partners" not in [one.name for one in world.xt.modules.all(found.id)]
    assert "Partners" in [one.name for one in world.xt.modules.all("other")]


def test_mapping_defaults_become_the_saved_mapping(world: World, install: Install) -> None:
    """Exactly the rows that the extension offers."""
    install(sync_modules, mapping_defaults)
    world.connect()
    mapping = world.xt.mappings.get("Partners")

    assert mapping is not None
    assert (Row("organisation.name", "Name"),) == mapping.rows


@hookimpl
def field_converters() -> Mapping[str, Converter]:
    """Adds a sign going out and takes it off coming in."""

    def to_xero(value: Plain) -> Plain:
        if value == "nobody":
            raise ValueError(value)
        if value == "bug":
            raise KeyError(value)
        return f"{value} #"

    return {"signed": Converter(to_xero, lambda value: str(value).removesuffix(" #"))}


def _convert(world: World, converter: str = "signed") -> None:
    rows = [
        replace(row, converter=converter) if row.xero == "TaxNumber" else row
        for row in default_rows("organisation")
    ]
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None
    world.xt.mappings.save(replace(mapping, rows=tuple(rows)))


def _organisation(world: World, tax_number: str) -> str:
    values = {"accountname": "Kea", _tax_field(): tax_number}
    return world.host.create("Organizations", values)


def _tax_field() -> str:
    field = organizations().by_role("organisation.tax_number")
    assert field is not None
    return field.name


def test_field_converters_change_what_is_sent(world: World, install: Install) -> None:
    """The row that names it sends the converted value."""
    install(field_converters)
    world.connect()
    _convert(world)
    _organisation(world, "GB 1")
    world.sync("Organizations")

    assert ["GB 1 #"] == [raw["TaxNumber"] for raw in world.xero("Contacts")]


def test_field_converters_change_what_comes_in(world: World, install: Install) -> None:
    """Xero's edit is converted back, and afterwards both sides agree."""
    install(field_converters)
    world.connect()
    _convert(world)
    crm_id = _organisation(world, "GB 1")
    world.sync("Organizations")
    world.wait()
    contact = world.xero("Contacts")[0]["ContactID"]
    world.sandbox.edit("Contacts", contact, {"TaxNumber": "GB 2 #"})
    world.sync("Organizations")

    assert "GB 2" == world.in_crm("Organizations", crm_id, _tax_field())
    assert 0 == world.actions()


def test_field_converters_may_refuse_one_value(world: World, install: Install) -> None:
    """A ValueError holds that record and no other."""
    install(field_converters)
    world.connect()
    _convert(world)
    crm_id = _organisation(world, "nobody")
    world.host.create("Organizations", {"accountname": "Tui"})
    world.sync("Organizations")

    assert {("Organizations", crm_id): "value_unreadable"} == world.codes()


def test_field_converters_that_break_name_their_extension(world: World, install: Install) -> None:
    """Any other error stops the plan and says whose it is."""
    install(field_converters)
    world.connect()
    _convert(world)
    _organisation(world, "bug")

    with pytest.raises(BrokenExtension, match="Probe failed in its converter signed: KeyError"):
        world.plan()


def test_field_converters_with_a_taken_name_are_refused(world: World, install: Install) -> None:
    """Two meanings of one name would make a mapping say something else by chance."""

    @hookimpl
    def field_converters() -> Mapping[str, Converter]:
        return {"upper": Converter(lambda value: value, lambda value: value)}

    install(field_converters)

    with pytest.raises(BrokenExtension, match=r"Probe .* the converter upper is there already"):
        world.xt.mappings.converters()


def test_a_converter_that_nobody_brings_cannot_be_saved(world: World) -> None:
    """The mapping's problems name it."""
    world.connect()

    with pytest.raises(MappingInvalid, match="No enabled extension brings the converter signed"):
        _convert(world)


def test_a_converter_that_left_stops_the_plan_with_a_sentence(
    world: World, install: Install
) -> None:
    """Once its extension is disabled nothing is sent unconverted."""
    install(field_converters)
    world.connect()
    _convert(world)
    world.xt.extensions.disable("Probe")

    with pytest.raises(NeedsPerson, match=r"uses the converter signed .* Enable its extension"):
        world.plan()


def test_before_plan_stops_a_plan_with_its_sentence(world: World, install: Install) -> None:
    """A wish of an extension reaches the person as it was written."""

    @hookimpl
    def before_plan(modules: Sequence[str]) -> None:
        raise NeedsPerson(f"Closed today: {', '.join(modules)}.")

    world.connect()
    install(before_plan)

    with pytest.raises(NeedsPerson, match=r"^Closed today: Organizations\.$"):
        world.plan()
    assert 0 == len([call for call in world.sandbox.calls() if call.path.endswith("/Contacts")])


def test_before_plan_that_breaks_names_its_extension(world: World, install: Install) -> None:
    """A strict hook stops the caller and says whom to disable."""

    @hookimpl
    def before_plan() -> None:
        raise ZeroDivisionError

    world.connect()
    install(before_plan)

    with pytest.raises(BrokenExtension, match="extensions disable Probe"):
        world.plan()


def test_before_push_holds_the_item(world: World, install: Install) -> None:
    """What an extension holds is not sent, and its cause is the outcome's."""

    @hookimpl
    def before_push(item: Item) -> Hold | None:
        if item.name != "Kea":
            return None
        return Hold(Cause("held_by_extension", {"extension": "Probe", "reason": "unpaid"}))

    world.connect()
    install(before_push)
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    world.host.create("Organizations", {"accountname": "Tui"})
    world.sync("Organizations")
    outcome = world.outcome("Organizations", kea)

    assert ["Tui"] == [raw["Name"] for raw in world.xero("Contacts")]
    assert ("held", "The extension Probe holds it: unpaid") == (
        outcome.result,
        world.xt.sentences.cause(outcome.cause)[0],
    )


def test_before_push_that_answers_wrongly_sends_nothing(world: World, install: Install) -> None:
    """Something that is no Hold is the extension's mistake; it is not taken for a yes."""

    @hookimpl
    def before_push() -> str:
        return "no"

    world.connect()
    install(before_push)
    world.host.create("Organizations", {"accountname": "Kea"})

    with pytest.raises(BrokenExtension, match="Probe failed in before_push: it answered str"):
        world.sync("Organizations")
    assert [] == world.xero("Contacts")


def test_enqueue_takes_changes_away_from_the_direct_way(world: World, install: Install) -> None:
    """What an extension took is not sent at once."""
    heard: list[tuple[str, str]] = []

    @hookimpl
    def enqueue(refs: Sequence[Ref], reason: str) -> bool:
        heard.extend((ref.id, reason) for ref in refs)
        return True

    world.connect()
    install(enqueue)
    made = world.host.create("Organizations", {"accountname": "Kea"})
    world.wait(3)
    world.xt.tick()

    assert [(made, "save")] == heard
    assert [] == world.xero("Contacts")


def test_enqueue_that_declines_leaves_it_to_the_next(world: World, install: Install) -> None:
    """None is no answer: the change goes out at once."""

    @hookimpl
    def enqueue(context: Context) -> None:
        assert context.connections()

    world.connect()
    install(enqueue)
    world.host.create("Organizations", {"accountname": "Kea"})
    world.wait(3)
    world.xt.tick()

    assert ["Kea"] == [raw["Name"] for raw in world.xero("Contacts")]


def test_timetable_lists_what_is_scheduled(world: World, install: Install) -> None:
    """The next first; what is kept from running is left out."""

    @hookimpl
    def timetable(connection: Connection) -> list[TimedWork]:
        noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
        return [
            TimedWork(proof=True, module="", every="0 2 * * *", next_at=noon),
            TimedWork(proof=False, module="", every="10m", next_at=noon - timedelta(hours=1)),
            TimedWork(proof=False, module="Products", every="1h"),
        ]

    world.connect()
    install(timetable)

    assert ["10m", "0 2 * * *"] == [one.every for one in world.xt.timetable.all()]


def test_set_times_gets_all_times_of_a_configuration(world: World, install: Install) -> None:
    """Looked at first, then saved; what cannot be kept is named, and then nothing is saved."""
    asked: list[tuple[list[str], bool]] = []

    @hookimpl(tryfirst=True)
    def set_times(work: Sequence[TimedWork], save: bool) -> Times:
        asked.append(([one.every for one in work], save))
        never = {n: "Never comes." for n, one in enumerate(work, 1) if one.every == "never"}
        return Times(work, never)

    @hookimpl(tryfirst=True)
    def timetable(connection: Connection) -> list[TimedWork]:
        return [TimedWork(proof=False, module="", every="10m")]

    world.connect()
    install(set_times)
    install(timetable)
    text = 'format = 1\n[schedules]\ntimes = [{module = "all", every = "1h"}]\n'
    world.xt.configuration.apply(text, "a test")
    with pytest.raises(ConfigurationInvalid, match=r"row 1: Never comes\."):
        world.xt.configuration.apply(text.replace("1h", "never"), "a test")

    assert [(["1h"], False), (["1h"], True), (["never"], False)] == asked


def test_keep_time_sets_the_usual_times(world: World, install: Install) -> None:
    """The extension hears which connection, and whether to begin or to end."""
    asked: list[tuple[str, bool]] = []

    @hookimpl(tryfirst=True)
    def keep_time(connection: Connection, on: bool) -> bool:
        asked.append((connection.name, on))
        return True

    world.connect()
    install(keep_time)

    assert [True, True] == [world.xt.timetable.set_usual(on) for on in (True, False)]
    assert [("Empty Trading Ltd", True), ("Empty Trading Ltd", False)] == asked
