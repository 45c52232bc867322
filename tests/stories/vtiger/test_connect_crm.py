"""`xtiger connect-crm vtiger`: from an address, a user and a key to a CRM that commands work on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from tests.cli.conftest import Ended
from tests.hosts.vtiger.opened import with_fields
from tests.vtigercrm.crm import Vtiger
from tests.vtigercrm.server import KEY, USER, WebService, application
from tests.world import MovingClock
from xtiger.cli.root import run

Typed = Callable[..., Ended]


class _Silent(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def served(service: WebService) -> Iterator[str]:
    """The webservice on this machine; its address."""
    server = make_server("127.0.0.1", 0, application(service), handler_class=_Silent)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.php"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def address() -> Iterator[str]:
    """A Vtiger with the library's fields."""
    with served(WebService(with_fields(Vtiger(MovingClock().now)))) as found:
        yield found


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """Runs a command with an own home, and answers its questions."""
    monkeypatch.setenv("XTIGER_HOME", str(tmp_path))
    monkeypatch.setenv("XTIGER_SAFE_MODE", "1")
    monkeypatch.delenv("XTIGER_HOST", raising=False)

    def call(*words: str, key: str = KEY) -> Ended:
        monkeypatch.setattr("click.termui.visible_prompt_func", lambda _text: USER)
        monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _text: key)
        code = run(words)
        shown = capsys.readouterr()
        return Ended(code, shown.out, shown.err)

    return call


def test_a_vtiger_is_connected_by_one_command(typed: Typed, address: str, tmp_path: Path) -> None:
    """Afterwards each command works on it, and the other settings are as they were."""
    (tmp_path / "xtiger.toml").write_text('locale = "en"\n', encoding="utf-8")
    found = typed("connect-crm", "vtiger", address)
    assert (0, True) == (found.code, "Vtiger: all checks passed." in found.out), found
    again = typed("host", "check")

    assert (0, "Vtiger: all checks passed.\n") == (again.code, again.out), again
    settings = (tmp_path / "xtiger.toml").read_text(encoding="utf-8")
    assert ["host", "locale"] == [row.split(" ")[0] for row in settings.splitlines()]


def test_the_key_stands_nowhere_but_encrypted(typed: Typed, address: str, tmp_path: Path) -> None:
    """In no output and no file of the home; what holds it may be read by its owner alone."""
    shown = [typed("connect-crm", "vtiger", address), typed("host", "check", "--json")]
    kept = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    assert {"vtiger.json", "vtiger.db", "secret.key", "xtiger.toml"} <= kept.keys()
    assert [] == [name for name, data in kept.items() if KEY.encode() in data]
    assert [] == [one for one in shown if KEY in one.out + one.err]
    assert [0o600] * 2 == [
        (tmp_path / name).stat().st_mode & 0o777 for name in ("vtiger.json", "vtiger.db")
    ]


def test_a_wrong_key_changes_nothing(typed: Typed, address: str, tmp_path: Path) -> None:
    """The sentence says where the right one stands."""
    found = typed("connect-crm", "vtiger", address, key="NotTheKey")

    assert (3, True) == (found.code, "My Preferences" in found.err), found
    assert "NotTheKey" not in found.out + found.err
    assert not (tmp_path / "vtiger.json").exists()
    assert not (tmp_path / "xtiger.toml").exists()


def test_what_is_to_be_added_is_shown(typed: Typed) -> None:
    """A stock Vtiger is connected all the same; each field that it lacks has its clicks."""
    with served(WebService(Vtiger(MovingClock().now))) as address:
        found = typed("connect-crm", "vtiger", address, "--json")

    problems = found.json["problems"]
    assert (0, "Vtiger") == (found.code, found.json["host"])
    assert all("Add Custom Field" in one for one in problems)
    assert any("label Xero Number" in one for one in problems)


def test_another_crm_is_not_pushed_aside(
    typed: Typed, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home is that of another CRM: nothing is asked, and what to do is said."""
    monkeypatch.setenv("XTIGER_HOST", "mycrm.xero:make_host")
    found = typed("connect-crm", "vtiger", address)

    assert (3, True) == (found.code, "names another CRM" in found.err), found


def test_a_lost_key_of_the_installation_is_said(typed: Typed, address: str, tmp_path: Path) -> None:
    """What is kept cannot be opened any longer; the sentence names the command."""
    typed("connect-crm", "vtiger", address)
    (tmp_path / "secret.key").unlink()
    found = typed("host", "check")

    assert (3, True) == (found.code, "xtiger connect-crm vtiger" in found.err), found
