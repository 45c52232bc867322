"""The log of the process: one line per record and no character that steers, whatever is named."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pytest

from tests.world import World, make_world
from xtiger.errors import Broken
from xtiger.i18n.process_log import process_log, way_of
from xtiger.web import blueprint

#: Breaks a line in four ways, clears a screen, turns the direction of reading.
HOSTILE = "Kea\nFAKE\r\nFAKE\x1b[2J\u2028FAKE\u202eFAKE\u2066\x85FAKE\x00\x7f"
EXTENSIONS = ("XTLog", "XTQueue", "XeroAccounts")
OWN = {"Sec-Fetch-Site": "same-origin"}
#: All but the line feed that ends a record.
STEERS = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class _Kept(logging.StreamHandler[io.StringIO]):
    """What a log file would hold, and how many records made it."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self.records = 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in (
            "xtiger",
            "xtiger_log",
            "xtiger_queue",
            "xero_accounts",
        ):
            self.records += 1
            super().emit(record)

    @property
    def text(self) -> str:
        """The file."""
        return self.stream.getvalue()


@pytest.fixture
def kept() -> Iterator[_Kept]:
    """Everything that the root logger hears, down to debug."""
    root, handler = logging.getLogger(), _Kept()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)


def assert_lines(kept: _Kept, least: int) -> None:
    """Each record is one line that steers nothing and begins as a record does."""
    lines = kept.text.split("\n")[:-1]
    assert kept.records >= least
    assert kept.records == len(lines)
    assert [] == [line for line in lines if STEERS.search(line)]
    assert [] == [line for line in lines if not re.match(r"\d{4}-\d\d-\d\d ", line)]


def test_a_whole_hostile_run(tmp_path: Path, kept: _Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of the CRM, organisation and records, ids, addresses and errors, all extensions on."""
    with make_world(tmp_path, name=f"CRM {HOSTILE}") as world:
        for name in EXTENSIONS:
            world.xt.extensions.enable(name)
        world.connect()
        made = world.xt.connections.get()
        world.xt.store.save_connection(replace(made, name=f"Ltd {HOSTILE}"))
        for number in range(3):
            world.host.create("Organizations", {"accountname": f"{number} {HOSTILE}"})
        world.sync()
        world.sandbox.fault("status", status=503)
        world.sync()
        world.xt.tick()
        browser = _browser(world)
        browser.get("/xt/")
        browser.get("/modules/XTiger/connect", base_url="http://evil.example")

        def broken(*_: object) -> Mapping[str, Any]:
            raise RuntimeError(f"zquotedz {HOSTILE}")

        monkeypatch.setattr(world.host, "get", broken)
        monkeypatch.setattr(world.host, "changed_since", broken)
        failed = browser.post("/modules/XTiger/panel/Organizations/1", headers=OWN)
        world.wait()
        with pytest.raises(Broken):
            world.xt.sync.run()

    assert 500 == failed.status_code
    assert_lines(kept, least=6)
    assert (True, False) == ("after RuntimeError (" in kept.text, "zquotedz" in kept.text)


def _browser(world: World) -> Any:
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(world.xt, may_configure=lambda: True, may_use=lambda _ref: True)
    )
    return app.test_client()


@pytest.mark.parametrize("of", ["xtiger", "xtiger.web", "xtiger_queue", "xtiger.xero"])
def test_a_value_cannot_be_a_second_record(kept: _Kept, of: str) -> None:
    """In a place of the sentence, in the sentence itself, and as an object of its own."""
    log = process_log(of)
    log.info("%s of %s is held: %d", HOSTILE, Path(HOSTILE), 3)
    log.warning(HOSTILE)
    log.error("%s", RuntimeError(HOSTILE))

    assert_lines(kept, least=3)
    assert "is held: 3" in kept.text


def test_the_place_is_the_callers(caplog: pytest.LogCaptureFixture) -> None:
    """A format with the file of a record names the file that logged."""
    process_log("xtiger").error("held")

    assert Path(__file__).name == caplog.records[0].filename


def test_a_trace_tells_places_and_no_words() -> None:
    """Types, files, lines and functions of an error and its causes, in one line."""

    def read(names: Sequence[str]) -> None:
        try:
            raise KeyError(names[0])
        except KeyError as error:
            raise RuntimeError(HOSTILE) from error

    with pytest.raises(RuntimeError) as caught:
        read([HOSTILE])
    way = way_of(caught.value)
    caught.value.__cause__ = caught.value

    assert "FAKE" not in way
    assert re.fullmatch(
        r"RuntimeError \(.*web/test_hostile_log\.py:\d+ read\), "
        r"after KeyError \(web/test_hostile_log\.py:\d+ read\)",
        way,
    )
    assert 1 == way_of(caught.value).count("RuntimeError")
