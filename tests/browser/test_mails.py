"""The mails of a week in a real browser: on a phone and on a screen, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.stories.mailing.conftest import Postbox, served, with_mail
from tests.stories.mailing.week import Came, lived
from tests.world import make_world

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def week(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Came]]:
    """What came in the week; `browser` first, since it may skip."""
    box = Postbox()
    with served(box), make_world(tmp_path_factory.mktemp("week")) as made:
        yield lived(with_mail(made, box, administrators=()), box)


@pytest.mark.feature("F092")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1_000])
def test_each_mail_can_be_read(
    browser: Browser, week: list[Came], width: int, scheme: Literal["light", "dark"]
) -> None:
    """Nothing is cut off, axe finds nothing, and the page asks nobody for anything."""
    asked: list[str] = []
    with browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme
    ) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        for mail in week:
            page.set_content(mail.html)
            wide = page.evaluate("document.documentElement.scrollWidth")
            dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
            wrong = [one["id"] for one in Axe().run(page).response["violations"]]

            assert ([], True) == (wrong, wide <= width), mail.subject
            assert (scheme == "dark") is (dark != "rgb(255, 255, 255)")
    assert [] == [url for url in asked if url.startswith("http")]
