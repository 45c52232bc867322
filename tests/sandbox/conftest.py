"""Fixtures of the sandbox's tests: a sandbox whose every answer is checked, and a client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.recorder import Recorder
from tests.sandbox.client import Client, Clock, connect
from xtiger.sandbox import Limits, Sandbox


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    """An empty sandbox; its answers keep to Xero's document, whatever the test sends."""
    box = Sandbox(clock=clock, limits=Limits(minute=1000))
    recorder = Recorder(judge_requests=False)
    box.observers.append(recorder)
    yield box
    box.close()
    recorder.assert_clean()


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    tenant, _ = sandbox.organisations()[0]
    return Client(sandbox, tenant, connect(sandbox)["access_token"])
