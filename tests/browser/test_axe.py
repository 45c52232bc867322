"""Every page in light and dark, judged by axe: whatever eyes, hands or reader somebody has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from tests.browser.chromium import visit
from tests.browser.walker import routes
from tests.hurried import HurriedClock
from xtiger.demo import models
from xtiger.demo.stage import Stage, set_stage
from xtiger.demo.story import ORGANISATION, set_up
from xtiger.demo.visitor import connect_in_crm
from xtiger.errors import TooManyChanges

pytestmark = pytest.mark.slow

Scheme = Literal["light", "dark"]
#: What no page is drawn at: files, health, Xero's answers, and the way to Xero; the choice among
#: organisations, which is offered only between Xero's answer and a connection.
_NO_PAGES = {
    "static",
    "callback",
    "callback_php",
    "connect",
    "export",
    "page_file",
    "page_lines",
    "choose",
    "health",
} | {
    "removed",
    "configuration_file",
    "person_file",
}
#: Pages of the CRM that bear something of ours: the list's bar and column, and the panel.
_OF_THE_CRM = ("/", "/user", "/organizations", "/organizations/4", "/invoices/1", "/payments/1")


@pytest.fixture(scope="module")
def synced(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """After the first sync and a plan, with a conflict and a stopped plan; `browser` may skip."""
    with set_stage(
        tmp_path_factory.mktemp("axe"), crm_port=0, sandbox_port=0, clock=HurriedClock()
    ) as running:
        connect_in_crm(running.crm_url, ORGANISATION)
        set_up(running, lambda _line: None)
        running.xt.sync.run()
        with running.sessions() as session, session.begin():
            for one in session.scalars(select(models.Organization)):
                one.phone = f"+44 20 7946 {one.id:04}"
        with pytest.raises(TooManyChanges):
            running.xt.sync.run()
        running.xt.sync.ask_plan("somebody")
        running.xt.sync.carry_out_asked(running.xt.clock.now() + timedelta(minutes=2))
        yield running


def places(stage: Stage) -> list[str]:
    """Every page of the library, found by its routes, and the CRM's own that bear ours."""
    one = stage.xt.connections.get()
    told: Mapping[str, list[Mapping[str, str]]] = {
        "page": [{"name": spec.name} for spec in stage.xt.panels.pages()],
        "module": [{"module": found.name} for found in stage.xt.modules.all()],
        "fields": [{"module": "Invoices"}],
        "versions": [{"module": "Invoices"}],
        "records": [
            {"agreement": word} for word in ("in_step", "waiting", "needs_you", "left_out")
        ],
        "record": [{"module": "Organizations", "record_id": "4"}],
        "release": [{"run_id": plan.run_id} for plan in stage.xt.sync.braked()],
        "disconnect": [{"connection_id": one.id}],
        "reset": [{"connection_id": one.id}],
        "wipe": [{"connection_id": one.id}],
        "run": [{"run_id": run.id} for run in stage.xt.sync.runs(1, trigger="person")],
        "purge": [{"extension": stage.xt.extensions.states()[-1].name}],
    }
    adapter, found = routes(stage), list(_OF_THE_CRM)
    for rule in adapter.map.iter_rules():
        name = rule.endpoint.removeprefix("xtiger.")
        if "GET" not in (rule.methods or ()) or name in _NO_PAGES:
            continue
        for values in told[name] if rule.arguments else [{}]:
            assert values or not rule.arguments, f"say here which {rule.rule} to look at"
            found.append(adapter.build(rule.endpoint, dict(values)))
    return sorted(set(found))


def findings(page: Page) -> list[str]:
    """What axe finds, one line for each kind and element."""
    answer = Axe().run(page).response
    return [
        f"{page.url}: {one['id']} ({one['help']}) {node['html'][:160]}"
        for one in answer["violations"]
        for node in one["nodes"]
    ]


@pytest.fixture(scope="module")
def fresh(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Nothing is set up yet; `browser` first, since it may skip."""
    home = tmp_path_factory.mktemp("first")
    with set_stage(
        home, crm_port=0, sandbox_port=0, first_day=True, clock=HurriedClock()
    ) as running:
        yield running


def looked_at(page: Page, stage: Stage, paths: Iterable[str]) -> list[str]:
    """What axe finds on these pages, with all that is folded away opened."""
    found = []
    for path in paths:
        answer = visit(page, f"{stage.crm_url}{path}")
        assert answer is not None
        assert answer.ok, path
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found += findings(page)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser: Browser, synced: Stage, scheme: Scheme) -> None:
    """No finding of any rule; the page that asks before it takes another site's form included."""
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        found = looked_at(page, synced, places(synced))
        address = f"{synced.crm_url}/modules/XTiger/panel/Organizations/4"
        page.goto("about:blank")
        page.set_content(f'<form method="post" action="{address}"><button>Send</button></form>')
        with page.expect_navigation():
            page.get_by_role("button", name="Send").click()
        assert page.get_by_role("button", name="Go on").count() == 1
        found += findings(page)

    assert [] == found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_before_the_first_step(
    browser: Browser, fresh: Stage, scheme: Scheme
) -> None:
    """The pages of an empty installation say what comes, and say it to all."""
    paths = ("/", "/xt/", "/xt/start", "/xt/plan", "/xt/needs", "/xt/connections", "/xt/extensions")
    with browser.new_context(color_scheme=scheme) as context:
        found = looked_at(context.new_page(), fresh, (*paths, "/organizations/4"))

    assert [] == found
