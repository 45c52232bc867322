"""The browser of the tests: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, Response, expect, sync_playwright

#: Where Debian and others put it; XTIGER_TEST_BROWSER names another one.
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
#: Milliseconds that a loaded machine may take for a page.
PATIENCE = 60_000
#: A root without a sandbox of its own, and no call to anybody's server.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def browser_program() -> str | None:
    """The path of a Chromium on this machine."""
    named = os.environ.get("XTIGER_TEST_BROWSER")
    found = [named] if named else [shutil.which(name) for name in _PROGRAMS]
    return next((path for path in found if path), None)


def needed_program() -> str:
    """The path of a Chromium; skips with the reason, or fails where XTIGER_REQUIRE_BROWSER is 1."""
    program = browser_program()
    if program is None:
        _without("no Chromium is installed; Debian's package is called chromium")
    return program


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser; skips with the reason, or fails where XTIGER_REQUIRE_BROWSER is 1."""
    program = needed_program()
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        except Error as error:
            _without(f"{program} does not start: {str(error).splitlines()[0]}")
        # Patience costs time only where something is missing.
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


def visit(page: Page, address: str) -> Response | None:
    """Go to an address, also from a page that refreshes itself in the same moment."""
    try:
        return page.goto(address)
    except Error as error:
        # The refresh was under way, and the browser lets go of one of the two: ask once more.
        if "ERR_ABORTED" not in error.message and "interrupted by another" not in error.message:
            raise
        return page.goto(address)


def follow(page: Page, control: Locator) -> None:
    """Click what leads to another page, and wait until that one is there."""
    # A click alone returns before the browser has left the page: what is read then is the old one.
    with page.expect_navigation(timeout=PATIENCE):
        control.click()


def _without(reason: str) -> NoReturn:
    if os.environ.get("XTIGER_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
