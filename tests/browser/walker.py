"""An administrator with a browser: presses the controls of the pages, each from an old tab too."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

import flask
from playwright.sync_api import Browser, Locator, Page, Request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from tests.browser.chromium import visit
from xtiger.demo.stage import Stage
from xtiger.web import blueprint

#: What a person can press on a page of ours: buttons, and links that stand beside or for them.
_CONTROLS = (
    ".xt-main button, .xt-main a.xt-button, .xt-main .xt-buttons a, .xt-main .xt-paging a,"
    " .xt-main .xt-tiles a[href^='/xt/'],"
    " .xt-main .xt-problem-page ~ p a"
)
#: Its first words; the rest is for screen readers and differs by record.
_LABEL = "one => (one.firstChild?.textContent || one.textContent).trim()"


class Control(NamedTuple):
    """A button or link of a page."""

    page: str
    label: str


class Walker:
    """One browser; remembers what it saw, what it pressed, and which addresses that asked for."""

    def __init__(self, browser: Browser, stage: Stage) -> None:
        self._context = browser.new_context()
        self._context.set_default_timeout(15_000)
        self._context.on("request", self._asked)
        self.stage = stage
        self.page = self._context.new_page()
        self.seen: set[Control] = set()
        self.pressed: set[Control] = set()
        #: Endpoints of the library's blueprint that the browser asked for.
        self.asked: set[str] = set()
        self._routes = routes(stage)

    def close(self) -> None:
        """Close the browser's windows."""
        self._context.close()

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if self.stage.crm_url.endswith(address.netloc):
            try:
                self.asked.add(self._routes.match(address.path, request.method)[0])
            except HTTPException:
                return  # a page of the CRM's own

    # --- looking ---

    def open(self, path: str) -> Page:
        """Open a page of the CRM."""
        visit(self.page, f"{self.stage.crm_url}{path}")
        self.look()
        return self.page

    def look(self, *, problem: bool = False) -> None:
        """Note the controls of the page; it must be a good one, or a problem with a sentence."""
        place = urlsplit(self.page.url).path
        assert problem == bool(self.page.locator(".xt-problem-page .xt-code").count()), (
            f"{place} shows: {self.page.locator('.xt-main').inner_text()}"
        )
        text = self.page.locator(".xt-main").all_inner_texts()
        commands = re.findall(r"\bxtiger [a-z]+.*", "\n".join(text))
        assert [] == commands, f"{place} names a command"
        name = _name(place)
        labels = self.page.locator(_CONTROLS).evaluate_all(f"all => all.map({_LABEL})")
        self.seen |= {Control(name, label) for label in labels}

    def control(self, label: str, nth: int = 0) -> Locator:
        """The nth button or link whose first words are these."""
        found = [one for one in self.page.locator(_CONTROLS).all() if label == one.evaluate(_LABEL)]
        assert len(found) > nth, f"{self.page.url} has no {label!r}: {self.page.content()[:400]}"
        return found[nth]

    def said(self) -> str:
        """The sentence above the page; "" for none."""
        shown = self.page.locator(".xt-said")
        return shown.first.inner_text() if shown.count() else ""

    def opened(self) -> None:
        """Open every part of the page that is folded away."""
        self.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    # --- pressing ---

    def press(self, label: str, nth: int = 0, *, problem: bool = False) -> str:
        """Press it once; answers what the next page says."""
        control = self.control(label, nth)
        self.pressed.add(Control(_name(urlsplit(self.page.url).path), label))
        with self.page.expect_navigation():
            control.click()
        if self.page.url.startswith(self.stage.crm_url):
            self.look(problem=problem)
        return self.said()

    def follow(self, label: str) -> None:
        """Press a link to a good page whose own controls another test presses."""
        self.pressed.add(Control(_name(urlsplit(self.page.url).path), label))
        with self.page.expect_navigation() as answered:
            self.control(label).click()
        assert answered.value is not None
        assert answered.value.ok, self.page.url

    def download(self, label: str) -> bytes:
        """Press what gives a file; answers what it holds."""
        self.pressed.add(Control(_name(urlsplit(self.page.url).path), label))
        with self.page.expect_download() as given:
            self.control(label).click()
        return given.value.path().read_bytes()

    def press_twice(self, label: str, nth: int = 0) -> tuple[str, str]:
        """Press it in this tab, then in one that was opened before: both end on a good page."""
        new, old = self.page, self._context.new_page()
        visit(old, new.url)
        first = self.press(label, nth)
        self.page = old
        second = self.press(label, nth)
        self.page = new
        old.close()
        return first, second


def _name(path: str) -> str:
    """The page without the record or run that it is about."""
    return re.sub(r"^/(?:xt|modules/XTiger)/([a-z]*).*$", r"\1", path) or "overview"


def routes(stage: Stage) -> MapAdapter:
    """The addresses of the library's pages."""
    app = flask.Flask("addresses")
    app.register_blueprint(blueprint(stage.xt, local_only=True))
    return app.url_map.bind("localhost")


def endpoints(stage: Stage) -> set[str]:
    """Every address of the library's pages, by its name."""
    return {
        rule.endpoint
        for rule in routes(stage).map.iter_rules()
        if rule.endpoint.startswith("xtiger.")
    }
