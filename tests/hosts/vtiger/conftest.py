"""A Vtiger that answers as a stock one does, and the clients that reach it."""

from __future__ import annotations

import pytest

from tests.vtigercrm.crm import Vtiger
from tests.vtigercrm.server import KEY, URL, USER, WebService, session_to
from tests.world import MovingClock
from xtiger.hosts.vtiger.client import VtigerClient


@pytest.fixture
def clock() -> MovingClock:
    """The clock of both sides."""
    return MovingClock()


@pytest.fixture
def service(clock: MovingClock) -> WebService:
    """An empty Vtiger."""
    return WebService(Vtiger(clock.now))


@pytest.fixture
def client(service: WebService, clock: MovingClock) -> VtigerClient:
    """A client with the right key."""
    return VtigerClient(URL, USER, KEY, clock=clock, session=session_to(service))
