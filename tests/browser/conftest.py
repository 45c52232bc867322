"""The demo CRM and the sandbox as two real servers, and a person's browser on them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium, needed_program
from tests.browser.person import Person
from tests.hurried import HurriedClock
from xtiger.demo.models import Organization
from xtiger.demo.stage import Stage, set_stage
from xtiger.demo.story import ORGANISATION, set_up
from xtiger.demo.visitor import connect_in_crm


# While it is open this thread counts as one with a running event loop, in which Django refuses a
# database and asyncio.run refuses to start: so it ends before the first test of another module.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Connected, all four extensions on, synced once."""
    needed_program()
    home = tmp_path_factory.mktemp("stage")
    with set_stage(home, crm_port=0, sandbox_port=0, clock=HurriedClock()) as running:
        connect_in_crm(running.crm_url, ORGANISATION)
        set_up(running, lambda _line: None)
        running.xt.sync.run()
        _twice(running)
        running.xt.sync.run()
        yield running


def _twice(stage: Stage) -> None:
    """Somebody enters a customer that is there and linked already."""
    with stage.sessions() as session, session.begin():
        known = session.get_one(Organization, 4)
        session.add(Organization(name=known.name, number="ACC-9004", type="Customer"))


@pytest.fixture
def person(browser: Browser, stage: Stage) -> Iterator[Person]:
    """Somebody with a browser of their own."""
    context = browser.new_context()
    yield Person(context.new_page(), stage)
    context.close()
