"""Bad input at the command line: a sentence, the next step, the exit code, nothing half-written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import plugged
from tests.extensions.making import Making
from tests.services.broken_host import BrokenIn
from tests.services.conftest import Command, Said
from tests.world import World
from xtiger.db.cipher import new_key
from xtiger.model.setting_keys import TenantKey, run_lease
from xtiger.xero.oauth import disconnect

PERSON, LATER, BROKEN = 3, 4, 5


def _tables(world: World) -> tuple[object, ...]:
    """What both sides and the store hold of records; a refused command leaves it as it was."""
    store, connections = world.xt.store, world.xt.connections.all()
    return (
        world.xero("Contacts"),
        world.xero("Invoices"),
        world.host.all("Organizations"),
        [store.links_by_crm(c.id, "Organizations") for c in connections],
        [store.unfinished_batches(c.id) for c in connections],
        world.xt.sync.outcomes(limit=1000),
    )


@pytest.fixture
def kea(world: World) -> World:
    """A connected world with one record that wants to go to Xero."""
    world.host.create("Organizations", {"accountname": "Kea"})
    world.wait()
    return world


def test_unreachable_xero(kea: World, xtiger: Command) -> None:
    """The address that was tried, and that nothing was sent."""
    before = _tables(kea)

    xtiger("sync", XTIGER_XERO_URL="http://localhost:9").is_clear(
        LATER, "Xero cannot be reached at http://localhost:9", "Nothing was sent", "try again"
    )
    assert before == _tables(kea)


def test_xero_that_is_down(kea: World, xtiger: Command) -> None:
    """A maintenance page is no answer."""
    before = _tables(kea)
    kea.sandbox.fault("status", path="/api.xro", status=503, count=50)

    xtiger("sync").is_clear(LATER, "Xero answered 503", "Nothing is lost; try again in a minute")
    assert before == _tables(kea)


def test_wrong_secret(kea: World, xtiger: Command) -> None:
    """Where to copy it from; the connection stays, the right secret goes on."""
    before = _tables(kea)
    kea.wait(3600)

    xtiger("sync", XTIGER_XERO_CLIENT_SECRET="wrong").is_clear(
        PERSON, "refused the app's client id or secret", "developer.xero.com"
    )
    assert before == _tables(kea)
    assert 0 == xtiger("sync", "Organizations").code


def test_expired_refresh_token(kea: World, xtiger: Command) -> None:
    """After 60 days unused: connect again; links and records stay."""
    before = _tables(kea)
    kea.wait(61 * 24 * 3600)

    xtiger("sync").is_clear(
        PERSON,
        "The connection to Empty Trading Ltd has ended (it was not used for 60 days)",
        "Nothing is lost",
        "Connect again: xtiger connect",
    )
    assert before == _tables(kea)
    assert [None] == [kea.xt.store.tokens(c.id) for c in kea.xt.connections.all()]


def test_an_ended_connection_says_the_same_again(kea: World, xtiger: Command) -> None:
    """The second command costs no call."""
    kea.wait(61 * 24 * 3600)
    xtiger("sync")
    calls = len(kea.sandbox.calls())

    xtiger("sync").is_clear(PERSON, "has ended", "xtiger connect")
    assert calls == len(kea.sandbox.calls())


def test_an_organisation_disconnected_in_xero(kea: World, xtiger: Command) -> None:
    """Somebody pressed Disconnect on Xero's side."""
    before = _tables(kea)
    found = kea.xt.connections.get()
    tokens = kea.xt.store.tokens(found.id)
    assert tokens is not None
    disconnect(kea.xt.settings, kea.clock, tokens, found.xero_connection_id)

    xtiger("sync").is_clear(PERSON, "has ended", "Connect again: xtiger connect")
    assert before == _tables(kea)


@pytest.mark.parametrize("command", ["plan", "sync"])
def test_an_organisation_of_another_currency(kea: World, xtiger: Command, command: str) -> None:
    """The CRM now counts in another currency than the organisation that is connected."""
    before = _tables(kea)
    plugged.host = BrokenIn(kea.host, "base_currency", lambda _: "NZD")

    xtiger(command).is_clear(
        PERSON, "it counts in GBP, the CRM in NZD", "Connect an organisation that counts in NZD"
    )
    assert before == _tables(kea)


@pytest.mark.parametrize("method", ["modules", "get", "changed_since", "outbox", "base_currency"])
def test_a_host_that_raises(kea: World, xtiger: Command, method: str) -> None:
    """The adapter is named, the trace is not shown, and how to check it."""
    before = _tables(kea)
    plugged.host = BrokenIn(kea.host, method)

    xtiger("sync").is_clear(
        BROKEN,
        f"The CRM adapter memory failed in {method}(",
        "ConnectionResetError",
        "Check the adapter: xtiger host check",
    )
    assert before == _tables(kea)


def test_a_host_that_raises_at_a_tick(kea: World, xtiger: Command) -> None:
    """The cron job's mail holds one sentence."""
    before = _tables(kea)
    plugged.host = BrokenIn(kea.host, "outbox_done")

    xtiger("tick").is_clear(BROKEN, "failed in outbox_done()", "xtiger host check")
    assert before == _tables(kea)


def test_a_host_that_answers_wrong_shapes(kea: World, xtiger: Command) -> None:
    """Not taken for an empty CRM."""
    before = _tables(kea)
    plugged.host = BrokenIn(kea.host, "changed_since", lambda page: list(page.records))

    xtiger("sync").is_clear(BROKEN, "failed in changed_since(Organizations)", "not a Page")
    assert before == _tables(kea)


def test_a_broken_adapter_in_json(kea: World, xtiger: Command) -> None:
    """Scripts get code and exit code in the object."""
    plugged.host = BrokenIn(kea.host, "modules")
    said = xtiger("sync", "--json")

    assert ("broken_host", BROKEN) == (
        json.loads(said.out)["error"]["code"],
        json.loads(said.out)["error"]["exit_code"],
    )


def _damaged(path: Path) -> Path:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    return path


@pytest.mark.parametrize("how", ["cut", "flipped", "text", "foreign"])
def test_a_damaged_zip(bare: World, xtiger: Command, tmp_path: Path, how: str) -> None:
    """The file is named, and no extension is there afterwards."""
    path = Making().write(tmp_path)
    if how == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif how == "flipped":
        _damaged(path)
    elif how == "text":
        path.write_text("not a zip")
    else:
        path = Making(api=("9.0", "10.0")).write(tmp_path)
    before = [state.name for state in bare.xt.extensions.states()]

    xtiger("extensions", "install", str(path)).is_clear(PERSON, "Loyalty")
    assert before == [state.name for state in bare.xt.extensions.states()]
    folder = bare.xt.settings.home / "extensions"
    assert [] == [one for one in folder.rglob("*.py") if one.is_file()]


def test_an_unknown_extension(xtiger: Command) -> None:
    """The known ones are listed."""
    xtiger("extensions", "enable", "Nothing").is_clear(PERSON, "Nothing", "Known are: XTiger")


@pytest.mark.parametrize(
    "arguments", [["plan"], ["sync"], ["mapping", "show"], ["unlink"], ["link"]]
)
def test_an_unknown_module(kea: World, xtiger: Command, arguments: list[str]) -> None:
    """Every command that takes one lists the known; nothing is read."""
    before = _tables(kea)
    more = {"unlink": ["1"], "link": ["1", "--new"]}.get(arguments[0], [])

    xtiger(*arguments, "Cats", *more).is_clear(
        PERSON, "There is no module 'Cats'", "Organizations, Contacts"
    )
    assert before == _tables(kea)


@pytest.mark.parametrize(
    "url", ["nonsense", "oracle9://x@localhost/y", "sqlite:////dev/null/x.db", "sqlite:///{home}"]
)
def test_a_broken_database_url(bare: World, xtiger: Command, url: str) -> None:
    """The setting to check is named, and nothing is made in its place."""
    before = sorted(bare.xt.settings.home.iterdir())

    xtiger("sync", XTIGER_DATABASE_URL=url.format(home=bare.xt.settings.home)).is_clear(
        PERSON, "XTIGER_DATABASE_URL"
    )
    assert before == sorted(bare.xt.settings.home.iterdir())


def test_a_database_that_is_something_else(bare: World, xtiger: Command, tmp_path: Path) -> None:
    """A file that is no database is refused and left as it is."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear Kea, " * 100)

    xtiger("sync", XTIGER_DATABASE_URL=f"sqlite:///{path}").is_clear(
        PERSON, "letter.txt", "XTIGER_DATABASE_URL"
    )
    assert "Dear Kea, " * 100 == path.read_text()


@pytest.mark.parametrize("place", ["file", "below_a_file"])
def test_a_home_that_cannot_be_used(
    bare: World, xtiger: Command, tmp_path: Path, place: str
) -> None:
    """What is in the way is named; no key and no database is made elsewhere."""
    file = tmp_path / "taken"
    file.write_text("mine")
    home = file if place == "file" else file / "home"

    xtiger("sync", XTIGER_HOME=str(home), XTIGER_DATABASE_URL="").is_clear(
        PERSON, f"Move away what stands at {file}, then repeat it."
    )
    assert "mine" == file.read_text()


def test_a_home_that_cannot_hold_the_database(bare: World, xtiger: Command, tmp_path: Path) -> None:
    """The key is given, so the database is the first that needs the folder."""
    file = tmp_path / "taken"
    file.write_text("mine")

    xtiger(
        "sync", XTIGER_HOME=str(file), XTIGER_DATABASE_URL="", XTIGER_SECRET_KEY=new_key()
    ).is_clear(PERSON, str(file))
    assert "mine" == file.read_text()


def test_a_home_that_is_read_only(
    bare: World, xtiger: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that may be read and not written."""
    home = tmp_path / "locked"
    home.mkdir()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(home / "secret.key"))

    monkeypatch.setattr("os.open", refuse)

    xtiger("sync", XTIGER_HOME=str(home), XTIGER_DATABASE_URL="").is_clear(
        PERSON, str(home), "Let the user that runs XTiger read and write"
    )
    assert [] == list(home.iterdir())


def test_a_mapping_that_is_not_saved(bare: World, xtiger: Command) -> None:
    """The command that saves the default one."""
    bare.connect()
    bare.host.create("Organizations", {"accountname": "Kea"})
    found = bare.xt.connections.get()
    with bare.xt.store.database.writing() as db:
        db.exec_driver_sql("DELETE FROM xt_mapping")
    before = _tables(bare)

    xtiger("sync").is_clear(PERSON, "No mapping is saved", "xtiger mapping save")
    assert before == _tables(bare)
    assert "active" == found.state


def test_terms_that_are_not_accepted(kea: World, xtiger: Command) -> None:
    """The command that shows and accepts them."""
    kea.xt.store.forget_own_setting("", TenantKey("terms"))
    before = _tables(kea)

    xtiger("sync").is_clear(PERSON, "The terms are not accepted yet", "xtiger terms --accept")
    assert before == _tables(kea)


def test_a_sync_beside_a_sync(kea: World, xtiger: Command) -> None:
    """Wait for it, or try again."""
    kea.xt.store.acquire_lease(
        run_lease(kea.xt.connections.get().id), "other", 900, kea.clock.now()
    )

    xtiger("sync").is_clear(LATER, "A sync of Empty Trading Ltd is running already", "try again")
    assert [] == kea.xero("Contacts")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"XTIGER_DATABASE_URL": "nonsense"}, "XTIGER_DATABASE_URL"),
        ({"XTIGER_HOST": "nowhere:host"}, "XTIGER_HOST names nowhere"),
        ({}, "No Xero organisation is connected. Connect one: xtiger connect"),
    ],
)
def test_a_process_of_its_own_ends_the_same_way(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    """The shell sees the exit code; standard output stays empty."""
    environment = {
        "PATH": os.environ["PATH"],
        "XTIGER_HOME": str(tmp_path),
        "XTIGER_HOST": "tests.hooks.plugged:make_host",
        "XTIGER_NEW_EXTENSIONS": "off",
        **changed,
    }
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-m", "xtiger", "sync"],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    Said(ended.returncode, ended.stdout, ended.stderr).is_clear(PERSON, said)
    assert "" == ended.stdout
