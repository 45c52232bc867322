"""The real library on the command line: a CRM in memory, the sandbox over HTTP, a still clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tests.cli import plugged
from tests.cli.conftest import Ended, Xtiger
from xtiger.cli.root import run
from xtiger.demo.visitor import allow_access
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.sandbox import Sandbox, serve
from xtiger.sandbox.server import Server

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass
class Place:
    """Where the commands run: home, sandbox and what the environment says."""

    home: Path
    sandbox: Sandbox
    server: Server
    environment: dict[str, str] = field(default_factory=dict)


def plug(monkeypatch: pytest.MonkeyPatch, currency: str) -> MemoryHost:
    """Put a CRM where XTIGER_HOST names it."""
    host = MemoryHost(modules=standard_modules(), base_currency=currency, name="mycrm")
    monkeypatch.setattr(plugged, "host", host, raising=False)
    return host


@pytest.fixture
def frozen() -> Iterator[FrozenDateTimeFactory]:
    """Let the wall clock of library, CRM and sandbox stand; ask for it before the others."""
    with freeze_time(START, ignore=["_pytest.timing"]) as time:
        assert isinstance(time, FrozenDateTimeFactory)  # it neither ticks nor steps
        yield time


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryHost]:
    found = plug(monkeypatch, "GBP")
    yield found
    found.close()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A sandbox that answers, and a person who allows its empty organisation."""
    with Sandbox(seed="empty") as sandbox, serve(sandbox) as server:
        environment = {
            "XTIGER_HOME": str(tmp_path),
            "XTIGER_HOST": "tests.cli.plugged:host",
            "XTIGER_NEW_EXTENSIONS": "off",
            "XTIGER_XERO_URL": server.url,
            "XTIGER_XERO_CLIENT_ID": sandbox.client_id,
            "XTIGER_XERO_CLIENT_SECRET": sandbox.client_secret,
        }
        name = sandbox.organisations()[0][1]

        def visit(address: str) -> None:
            consent = requests.get(address, allow_redirects=False, timeout=10).headers["Location"]
            requests.get(allow_access(consent, name), timeout=10)

        def open_browser(address: str) -> bool:
            threading.Thread(target=visit, args=(address,), daemon=True).start()
            return True

        monkeypatch.setattr("webbrowser.open", open_browser)
        yield Place(tmp_path, sandbox, server, environment)


@pytest.fixture
def xtiger(place: Place, capsys: pytest.CaptureFixture[str]) -> Xtiger:
    """Run `xtiger …` as a process would."""

    def call(*arguments: str, **environment: str) -> Ended:
        code = run(arguments, {**place.environment, **environment})
        output = capsys.readouterr()
        return Ended(code, output.out, output.err)

    return call


#: The first day's answers that limit nothing.
ALL = ["start", "--from", "all", "--invoices", "as-crm", "--bring", "all"]


@pytest.fixture
def connected(xtiger: Xtiger, host: MemoryHost) -> Xtiger:
    """The same, after connecting, accepting the terms and saving the mappings."""
    for arguments in (["connect"], ["terms", "--accept"], ["mapping", "save"], [*ALL, "--go-on"]):
        found = xtiger(*arguments)
        assert 0 == found.code, found.err
    return xtiger
