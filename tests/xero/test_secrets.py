"""No token, code or secret is in a log, an error, the database or the output, come what may."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import simplejson

from tests.world import World, make_world
from tests.xero.clock import START, StepClock
from tests.xero.stub import Say, Stub
from xtiger.app import XTiger
from xtiger.cli.root import run
from xtiger.errors import XTigerError
from xtiger.model.connections import Tokens
from xtiger.sandbox import Request, Response
from xtiger.settings import Settings
from xtiger.xero.oauth import organisations

#: What goes wrong: (fault, its options); each at the identity server and at the Accounting API.
FAULTS: tuple[tuple[Any, Mapping[str, Any]], ...] = (
    ("lost_answer", {}),
    ("lost_answer", {"status": 500}),
    ("token_expired", {}),
    *(("status", {"status": status}) for status in (400, 401, 403, 404, 429, 500, 503)),
)


@dataclass
class Secrets:
    """Everything secret that crossed the wire; an observer of the sandbox."""

    found: set[str] = field(default_factory=set)

    def __call__(self, request: Request, response: Response) -> None:
        """Collect what a token request holds and answers, and the code of a consent."""
        if request.path == "/connect/token":
            sent = parse_qs(request.body.decode())
            self.found |= {v[0] for k, v in sent.items() if k in ("code", "refresh_token")}
            with suppress(ValueError):
                told = simplejson.loads(response.body)
                self.found |= {str(v) for k, v in told.items() if k.endswith("_token")}
        query = parse_qs(urlsplit(response.headers.get("location", "")).query)
        self.found |= set(query.get("code", []))


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture
def world(tmp_path: Path, secrets: Secrets) -> Iterator[World]:
    with make_world(tmp_path) as made:
        made.sandbox.observers.append(secrets)
        made.connect()
        secrets.found |= {made.xt.settings.xero_client_secret.reveal()}
        secrets.found |= {(tmp_path / "secret.key").read_text(encoding="utf-8").strip()}
        yield made


def _sync_through(world: World, fault: Any, path: str, options: Mapping[str, Any]) -> str:
    """Sync while something goes wrong; the whole trace of the error, if one came."""
    world.host.create("Organizations", {"accountname": f"{fault}{path}{options}"})
    world.clock.sleep(31 * 60)
    world.sandbox.fault(fault, path=path, count=4, **options)
    try:
        world.sync()
    except XTigerError as error:
        return "".join([str(error), repr(error), *traceback.format_exception(error)])
    finally:
        world.sandbox.faults.clear()
    return ""


def _reconnected(world: World) -> None:
    """Connect again where a fault ended the connection."""
    if world.xt.connections.all()[0].state == "ended":
        world.connect()


def _output(world: World, capsys: pytest.CaptureFixture[str]) -> str:
    """What commands print."""
    given = {
        "XTIGER_HOME": str(world.xt.settings.home),
        "XTIGER_SAFE_MODE": "1",
        "XTIGER_HOST": "tests.web.stand_in:StandInHost",
    }
    for command in ("connections", "runs", "calls", "sync", "plan"):
        for form in ((), ("--json",)):
            run(
                [command, *form],
                given,
                lambda _host, _settings: XTiger(
                    world.host, settings=world.xt.settings, clock=world.clock
                ),
            )
    said = capsys.readouterr()
    return said.out + said.err


def test_nothing_secret_is_left_anywhere(
    world: World,
    secrets: Secrets,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Through every fault at the identity server and at the Accounting API: logs of all libraries,
    errors with their traces, every byte of the database, and the output of commands.
    """
    caplog.set_level(logging.DEBUG)
    errors = []
    for fault, options in FAULTS:
        for path in ("/connect/token", "/api.xro"):
            errors.append(_sync_through(world, fault, path, options))
            _reconnected(world)
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("xtiger.db*"))
    places = {
        "logs": caplog.text,
        "errors": "".join(errors),
        "database": stored.decode("latin-1"),
        "output": _output(world, capsys),
    }

    assert len(secrets.found) > 20
    assert all(places.values())
    assert [] == [
        (name, secret[:4])
        for name, text in places.items()
        for secret in secrets.found
        if secret in text
    ]


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
def test_an_answer_that_repeats_the_token_is_not_repeated(
    tmp_path: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Where Xero, or a proxy before it, shows the request in its answer, no error shows it on."""
    caplog.set_level(logging.DEBUG)
    token = "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl"
    body = {"Message": f"Authorization: Bearer {token}", "Detail": token, "error": token}
    now = START
    settings = Settings(tmp_path, "", xero_client_id="id-1", xero_client_secret="secret-1")
    with Stub(Say(body, status)) as stub, pytest.raises(XTigerError) as caught:
        organisations(
            replace(settings, xero_url=stub.url), StepClock(), Tokens(token, "r", now, now)
        )
    trace = "".join(traceback.format_exception(caught.value))

    assert [] == re.findall(re.escape(token[5:]), trace + caplog.text)
