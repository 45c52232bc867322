"""Threads in the background: what goes wrong there is one line of the log with the next step."""

from __future__ import annotations

import logging
import threading
import time
from types import SimpleNamespace
from typing import Any
from urllib.request import urlopen

import pytest
from waitress import wasyncore

from xtiger.cli.consent_listener import ConsentListener
from xtiger.demo import sender
from xtiger.sandbox import Sandbox, serve

WORD = "what-stood-in-a-record"


def broken(*_: object, **__: object) -> Any:
    """Something that nobody foresaw."""
    raise LookupError(WORD)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was told of it, once it is told."""
    end = time.monotonic() + 30
    while not caplog.records and time.monotonic() < end:
        time.sleep(0.01)
    return [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]


def assert_told(caplog: pytest.LogCaptureFixture, step: str) -> None:
    """One line, with the next step and without data."""
    (line,) = lines(caplog)
    assert step in line
    assert ("\n" in line, WORD in caplog.text) == (False, False)


def test_the_demos_webhooks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Told once however often it happens, and the thread lives on."""
    monkeypatch.setattr(sender, "PAUSE_SECONDS", 0.001)
    tries = threading.Semaphore(0)

    def due() -> None:
        tries.release()
        broken()

    webhooks = SimpleNamespace(
        subscribe=lambda *_: None, subscription=lambda _id: None, deliver_due=due
    )
    sandbox: Any = SimpleNamespace(webhooks=webhooks, client_id="c")
    with sender.telling(sandbox, "http://localhost:9"):
        for _ in range(5):
            assert tries.acquire(timeout=30)

    assert_told(caplog, "xtiger sync reads what they tell")


def test_the_sandbox(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It stops, and says how to start it again."""
    sandbox = Sandbox(seed="empty")
    monkeypatch.setattr(wasyncore, "loop", broken)
    with serve(sandbox):
        assert_told(caplog, "Start it again: xtiger sandbox")
    sandbox.close()


def test_the_listener_of_a_consent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the address with its code nor a trace is shown."""
    monkeypatch.setattr(ConsentListener, "_answer", broken)
    with ConsentListener() as listener, pytest.raises(OSError):
        urlopen(f"{listener.address}?code={WORD}")

    assert_told(caplog, "Start again: xtiger connect")
