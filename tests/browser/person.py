"""A person with a browser: opens records of the CRM, presses buttons, looks at both sides."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, Response

from tests.browser.chromium import follow, visit
from xtiger.demo.screens import SCREENS
from xtiger.demo.stage import Stage
from xtiger.model.records import Record
from xtiger.panels import Panel

SLUGS: Mapping[str, str] = {screen.module: screen.slug for screen in SCREENS}
#: Longest that what goes on by itself may take.
_BY_ITSELF_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Button:
    """A button of the panel as the page shows it."""

    #: What it posts as `action`; "" saves only.
    name: str
    label: str


class Person:
    """One browser page; what it sees is checked on each step."""

    def __init__(self, page: Page, stage: Stage) -> None:
        self.page, self.stage = page, stage
        self.errors: list[str] = []
        page.on("response", self._seen)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _seen(self, response: Response) -> None:
        if response.status >= 400:
            self.errors.append(f"{response.request.method} {response.url}: {response.status}")

    # --- in the browser ---

    def address(self, module: str, crm_id: str) -> str:
        """The page of a record."""
        return f"{self.stage.crm_url}/{SLUGS[module]}/{crm_id}"

    def open(self, module: str, crm_id: str) -> Locator:
        """Open a record; answers its panel."""
        visit(self.page, self.address(module, crm_id))
        return self.page.locator(".xt-panel")

    def buttons(self, module: str, crm_id: str) -> list[Button]:
        """Every button that the record's panel shows now."""
        panel = self.open(module, crm_id)
        return [
            Button(one.get_attribute("value") or "", one.inner_text().strip())
            for one in panel.locator("button").all()
        ]

    def press(self, module: str, crm_id: str, button: Button) -> str | None:
        """Press a button on the record's page; answers the sentence that comes back.

        None where the panel does not show the button any more.
        """
        panel = self.open(module, crm_id)
        found = [
            one
            for one in panel.locator("button").all()
            if (one.get_attribute("value") or "", one.inner_text().strip())
            == (button.name, button.label)
        ]
        if not found:
            return None
        follow(self.page, found[0])
        self.must_be_well(f"{button.label} on {module} {crm_id}")
        said = self.page.locator(".xt-said")
        return said.first.inner_text() if said.count() else ""

    def must_be_well(self, after: str) -> None:
        """No error page, no failed request, no error of a script."""
        wrong = [
            *self.errors,
            *self.page.locator(".xt-problem-page, .xt-problem").all_inner_texts(),
        ]
        assert [] == wrong, f"after {after}"

    # --- on both sides ---

    def panel(self, module: str, crm_id: str) -> Panel:
        """What the panel would show now."""
        return self.stage.xt.panel(module, crm_id)

    def record(self, module: str, crm_id: str) -> Record:
        """The record in the CRM."""
        return self.stage.xt.host.get(module, [crm_id])[crm_id]

    def ids(self, module: str) -> list[str]:
        """The ids of all records of a module in the CRM."""
        model = next(screen.model for screen in SCREENS if screen.module == module)
        with self.stage.sessions() as session:
            return sorted((str(one.id) for one in session.query(model)), key=int)

    def in_xero(self, module: str, crm_id: str) -> Mapping[str, Any] | None:
        """What the sandbox has for a linked record; None for one that is not linked."""
        xt = self.stage.xt
        link = xt.store.links_by_crm(xt.connections.get().id, module, [crm_id]).get(crm_id)
        if link is None or link.role != "primary":
            return None
        kind = "Contact" if link.kind == "Person" else link.kind
        wanted = link.xero_id.partition("/")[0]
        table = self.stage.sandbox.table(f"{kind}s")
        return next((raw for raw in table if raw[f"{kind}ID"] == wanted), None)

    def let_it_go(self, module: str, crm_id: str) -> Panel:
        """Let the worker's rounds pass until nothing of the record waits; answers its panel."""
        end = time.monotonic() + _BY_ITSELF_SECONDS
        while time.monotonic() < end:
            self.stage.xt.tick()
            panel = self.panel(module, crm_id)
            if panel.state != "waiting":
                return panel
            self.page.wait_for_timeout(300)
        raise AssertionError(f"{module} {crm_id} still waits: {self.panel(module, crm_id).badge}")
