"""Secrets hide themselves: in texts, in objects and in traces that show all locals."""

from __future__ import annotations

import copy
import inspect
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, NoReturn

import pytest
from oauthlib.oauth2 import WebApplicationClient
from rich.console import Console
from rich.traceback import Traceback

from tests.world import REDIRECT, World, make_world
from xtiger.db.cipher import Cipher
from xtiger.db.store import SqlStore
from xtiger.demo.visitor import allow_access
from xtiger.errors import SettingInvalid
from xtiger.model.connections import Tokens
from xtiger.model.secret import HiddenBytes, Secret
from xtiger.services import connections
from xtiger.services.webhooks import Webhooks
from xtiger.settings import Settings, load_settings
from xtiger.xero import client, identity, oauth, tokens, transport
from xtiger.xero import webhooks as xero_webhooks

WORD = "w0rd-that-nobody-may-see"
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{:>40}".format,
        "{!r}".format,
        "%s".__mod__,
        lambda s: f"{s}{s!s}{s!a}",
        lambda s: repr([s, {"a": s}]),
        lambda s: repr(copy.deepcopy(s)),
    ],
)
@pytest.mark.parametrize("kind", [Secret, lambda text: HiddenBytes(text.encode())])
def test_no_text_shows_a_secret(
    show: Callable[[object], str], kind: Callable[[str], object]
) -> None:
    """However it is printed, alone or in something else."""
    assert WORD not in show(kind(WORD))


def test_a_secret_is_not_pickled() -> None:
    """It would lie open in a file, and the refusal does not say it either."""
    with pytest.raises(TypeError) as refusal:
        pickle.dumps([Secret(WORD)])

    assert WORD not in str(refusal.value)


def test_no_object_holds_a_secret_openly(tmp_path: Path) -> None:
    """Fields of what holds them are secrets; reveal() alone gives the text."""
    held = [
        Tokens(WORD, WORD, NOW, NOW, previous_refresh=WORD),
        Settings(
            tmp_path, "", secret_key=WORD, xero_client_secret=WORD, xero_webhook_key=f"{WORD},b"
        ),
        transport.Bearer(Secret(WORD)),
        transport.AppAuth("id", Secret(WORD)),
    ]
    texts = [repr(getattr(one, name, "")) for one in held for name in dir(one)]

    assert [] == [text for text in [*texts, *map(repr, held)] if WORD in text]
    assert WORD == Secret(Secret(WORD)).reveal()


def test_equal_secrets_are_equal() -> None:
    """As tokens are compared, and never with a plain text."""
    assert (True, False, False, False) == (
        Secret("a") == Secret("a"),
        Secret("a") == Secret("b"),
        Secret("a") == "a",
        bool(Secret("")),
    )


def _traces(error: BaseException) -> str:
    """The error as those show it who show all locals."""
    own = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(own.format())


def _traces_of_all(error: BaseException) -> str:
    """As _traces, and as rich shows it."""
    console = Console(record=True, width=400, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    with console.file:
        shown = Traceback.from_exception(
            type(error),
            error,
            error.__traceback__,
            show_locals=True,
            locals_max_length=1000,
            locals_max_string=100_000,
            suppress=(),
        )
        console.print(shown)
    return _traces(error) + console.export_text()


def test_settings_that_are_wrong_show_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither those of the environment nor those of the file."""
    (tmp_path / "xtiger.toml").write_text(f'xero_client_secret = "{WORD}"\nodd = "x"\n')
    for name in ("XTIGER_SECRET_KEY", "XTIGER_XERO_WEBHOOK_KEY"):
        monkeypatch.setenv(name, WORD)
    monkeypatch.setenv("XTIGER_LOCALE", "xx")
    for home in (tmp_path, tmp_path / "none"):
        with pytest.raises(SettingInvalid) as wrong:
            load_settings(home=home)
        trace = _traces_of_all(wrong.value.with_traceback(_below_the_test(wrong.value)))

        assert ("load_settings" in trace, WORD in trace) == (True, False)


def _below_the_test(error: BaseException) -> Any:
    """The trace from the library's first frame on."""
    found = error.__traceback__
    while found is not None and "/xtiger/" not in found.tb_frame.f_code.co_filename:
        found = found.tb_next
    return found


def _without_the_last(trace: TracebackType | None) -> TracebackType | None:
    """The trace without its innermost frame."""
    if trace is None or trace.tb_next is None:
        return None
    inner = _without_the_last(trace.tb_next)
    return TracebackType(inner, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


class Broken(Exception):
    """What the test raises at a call."""


#: Where something may go wrong: every function and method of these.
PLACES: tuple[ModuleType | type, ...] = (
    oauth,
    identity,
    tokens,
    transport,
    transport.Http,
    oauth.Consent,
    tokens.TokenKeeper,
    transport.Bearer,
    transport.AppAuth,
    WebApplicationClient,
    Tokens,
    client,
    client.XeroClient,
    connections,
    Cipher,
    xero_webhooks,
    Webhooks,
    SqlStore,
)


def _calls() -> Iterator[tuple[Any, str]]:
    for place in PLACES:
        for name, value in vars(place).items():
            if inspect.isfunction(value) and not (name.startswith("__") and name != "__call__"):
                yield place, name


def _work(world: World) -> None:
    """Everything that handles a secret: consent, connecting, refresh, the end."""
    start = world.xt.connections.consent(REDIRECT)
    offered = world.xt.connections.consent_answered(allow_access(start.url, "Empty Trading Ltd"))
    made = world.xt.connections.connect(offered[0].organisation_id)
    world.clock.sleep(31 * 60)
    body = b'{"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "X"}'
    world.xt.receive_webhook(body, xero_webhooks.signature("a-signing-key-of-xero", body))
    world.xt.connections.disconnect(made.id)


def _set_up(world: World, monkeypatch: pytest.MonkeyPatch, *, secret: bool) -> None:
    if not secret:
        # An app without one proves itself with a verifier (PKCE).
        own = replace(world.xt.settings, xero_client_secret=Secret(""))
        monkeypatch.setattr(world.xt.connections._app, "_settings", own)
    hooked = replace(world.xt.settings, xero_webhook_key=Secret("a-signing-key-of-xero"))
    monkeypatch.setattr(world.xt.webhooks._keys, "_settings", hooked)


@pytest.mark.parametrize("secret", [True, False])
def test_no_trace_with_locals_shows_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, secret: bool
) -> None:
    """An error at every call of the OAuth and client code, its trace told with all locals."""
    caplog.set_level(logging.DEBUG)
    reached, shown = [], []
    with make_world(tmp_path) as world:
        _set_up(world, monkeypatch, secret=secret)
        seen: set[str] = {world.sandbox.client_secret}
        real = Secret.__init__

        def noted(self: Secret, text: str | Secret) -> None:
            real(self, text)
            seen.add(self.reveal())

        monkeypatch.setattr(Secret, "__init__", noted)
        for place, name in _calls():

            def fail(*_: object, **__: object) -> NoReturn:
                raise Broken

            with monkeypatch.context() as patch:
                patch.setattr(place, name, fail)
                try:
                    _work(world)
                # Whatever the library makes of it.
                except Exception as error:  # noqa: BLE001
                    reached.append(name)
                    trace = _below_the_test(error)
                    if place is WebApplicationClient:
                        # What another library's call is given, only that library can show.
                        trace = _without_the_last(trace)
                    text = _traces(error.with_traceback(trace))
                    shown += [(name, word[:6]) for word in seen if len(word) > 12 and word in text]
    logged = [word[:6] for word in seen if len(word) > 12 and word in caplog.text]

    assert ([], []) == (sorted(set(shown)), logged)
    assert (True, True) == (len(reached) > 20, len(seen) > 5)
