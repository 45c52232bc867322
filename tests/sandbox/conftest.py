"""Fixtures of the sandbox's tests: a sandbox and a client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.client import Client, Clock, connect
from xtiger.sandbox import Limits, Sandbox


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    """An empty sandbox; as everywhere, its answers are judged by Xero's document."""
    box = Sandbox(clock=clock, limits=Limits(minute=1000))
    yield box
    box.close()


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    tenant, _ = sandbox.organisations()[0]
    return Client(sandbox, tenant, connect(sandbox)["access_token"])
