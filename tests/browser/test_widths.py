"""The pages in a narrow and a wide window: nothing that people compare lies beyond the edge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import visit
from tests.hurried import HurriedClock
from xtiger.demo.stage import Stage, set_stage
from xtiger.demo.story import ORGANISATION, set_up
from xtiger.demo.visitor import connect_in_crm

pytestmark = pytest.mark.slow

#: Tables that are cut off by their box: text behind the edge is not seen without scrolling.
_CUT = """all => all.filter(one => one.scrollWidth > one.clientWidth + 1)
    .map(one => one.getAttribute('aria-label') || one.getAttribute('aria-labelledby'))"""


@pytest.fixture(scope="module")
def synced(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The demo after its first sync and a plan; `browser` first, since it may skip."""
    with set_stage(
        tmp_path_factory.mktemp("wide"), crm_port=0, sandbox_port=0, clock=HurriedClock()
    ) as running:
        connect_in_crm(running.crm_url, ORGANISATION)
        set_up(running, lambda _line: None)
        running.xt.sync.run()
        running.xt.sync.ask_plan("somebody")
        running.xt.sync.carry_out_asked(running.xt.clock.now() + timedelta(minutes=2))
        yield running


@pytest.mark.parametrize(
    ("path", "width"),
    [
        ("/xt/", 390),
        ("/xt/plan", 390),
        ("/xt/plan", 1440),
        ("/xt/needs", 390),
        ("/xt/records/needs_you", 390),
        ("/xt/records/needs_you", 1440),
        ("/xt/modules", 390),
        ("/xt/modules/Invoices", 390),
        ("/xt/modules/Invoices/fields", 390),
        ("/xt/modules/Invoices/versions", 390),
        ("/xt/configuration", 390),
        ("/xt/extensions", 390),
        ("/xt/mails", 390),
        ("/xt/receivers", 390),
        ("/xt/connections", 390),
    ],
)
def test_nothing_is_cut_off(browser: Browser, synced: Stage, path: str, width: int) -> None:
    """Both sides' values of a plan, and each reason, are seen without scrolling sideways."""
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        visit(page, f"{synced.crm_url}{path}")

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [] == page.locator(".xt-scroll").evaluate_all(_CUT)
        assert page.locator(".xt-main h1").count() == 1


def test_the_number_of_what_needs_you_can_be_read(browser: Browser, synced: Stage) -> None:
    """It has the colour of the menu's words."""
    with browser.new_context() as context:
        page = context.new_page()
        visit(page, f"{synced.crm_url}/xt/plan")
        colours = page.locator("nav[aria-label=Xero] a:has(.count)").evaluate(
            "one => [one, one.querySelector('.count')].map(it => getComputedStyle(it).color)"
        )

    assert colours[0] == colours[1]
