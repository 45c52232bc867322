"""The pages and panels of a CRM on an ASGI server: mounted, and known to its own login."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware

from tests.web.stand_in import StandIn
from xtiger.errors import SettingInvalid
from xtiger.model.records import Ref
from xtiger.panels import ALLOW_SYNC
from xtiger.web.asgi import AsgiPages, asgi_pages

PANEL = "/xero/modules/XTiger/panel/Invoices/7"
#: What a browser says of a form that a page of the same site sent.
OWN = {"Sec-Fetch-Site": "same-origin"}


async def _who(scope: Mapping[str, Any]) -> str:
    await asyncio.sleep(0)  # as a CRM that looks the user up in its database
    return str(scope["session"].get("user", ""))


def _pages(xt: StandIn, **more: Any) -> AsgiPages:
    return asgi_pages(
        xt.as_library(),
        "/xero",
        secret_key="only for tests",
        who=_who,
        may_configure=lambda user: user == "anna",
        may_use=lambda user, ref: user == "ben" and (ref is None or ref.id == "7"),
        user=lambda user: user,
        **more,
    )


@pytest.fixture
def pages(xt: StandIn) -> AsgiPages:
    return _pages(xt)


def _crm(pages: AsgiPages) -> FastAPI:
    app = FastAPI()
    app.add_middleware(SessionMiddleware, secret_key="of the CRM")

    async def login(request: Request, name: str) -> str:
        request.session["user"] = name
        return name

    async def invoice(request: Request, key: str) -> dict[str, str]:
        panel = await asyncio.to_thread(pages.panel, "Invoices", key)
        return {"user": request.session["user"], "panel": str(panel)}

    app.post("/login/{name}")(login)
    app.get("/invoices/{key}")(invoice)
    app.mount("/xero", pages)
    return app


def _visit(pages: AsgiPages, user: str, *calls: tuple[str, str, Any]) -> list[httpx.Response]:
    """What a browser gets that logs in and makes these calls, one after the other."""

    async def visit() -> list[httpx.Response]:
        transport = httpx.ASGITransport(_crm(pages))
        async with httpx.AsyncClient(transport=transport, base_url="http://crm.example") as client:
            if user:
                await client.post(f"/login/{user}")
            return [
                await client.request(method, path, **(given or {})) for method, path, given in calls
            ]

    return asyncio.run(visit())


@pytest.mark.parametrize(
    ("user", "may_read", "may_connect"),
    [("anna", True, True), ("ben", True, False), ("", False, False)],
    ids=["administrator", "seller", "nobody"],
)
def test_the_login_of_the_crm_counts(
    pages: AsgiPages, user: str, may_read: bool, may_connect: bool
) -> None:
    """Who asks is what the CRM's asynchronous function finds in its own session."""
    calls = [("GET", "/xero/xt/", None), ("GET", "/xero/modules/XTiger/connect", None)]
    answers = _visit(pages, user, *calls)

    assert [may_read, may_connect] == [answer.status_code != 403 for answer in answers]


def test_links_stay_below_the_mount(pages: AsgiPages) -> None:
    """Each address on the overview leads below the path that the pages are mounted at."""
    (page,) = _visit(pages, "anna", ("GET", "/xero/xt/", None))
    addresses = re.findall(r'(?:href|action)="(/[^"]*)"', page.text)

    assert addresses
    assert [] == [one for one in addresses if not one.startswith("/xero/")]


def test_each_address_of_a_panel_is_there(pages: AsgiPages) -> None:
    """The panel's style sheet and form lie below the mount."""
    (shown,) = _visit(pages, "ben", ("GET", "/invoices/7", None))
    style = re.findall(r'href="(/[^"]*\.css)"', shown.json()["panel"])
    action = re.findall(r'action="([^"]*)"', shown.json()["panel"])
    (sheet,) = _visit(pages, "ben", ("GET", style[0], None))

    assert ([PANEL], 200) == (action, sheet.status_code)


def test_a_panel_is_saved(pages: AsgiPages, xt: StandIn) -> None:
    """A post of the panel sets the box, and leads back to the page that it stood on."""
    form = {"shown": ALLOW_SYNC, "next": "/invoices/7"}
    (answer,) = _visit(pages, "ben", ("POST", PANEL, {"data": form, "headers": OWN}))

    assert (303, "/invoices/7") == (answer.status_code, answer.headers["Location"])
    assert xt.values[ALLOW_SYNC] is False


def test_a_record_that_is_not_the_sellers_is_refused(pages: AsgiPages, xt: StandIn) -> None:
    """The function is asked for the record of the panel."""
    post = ("POST", PANEL.replace("/7", "/8"), {"data": {"shown": ALLOW_SYNC}, "headers": OWN})
    (answer,) = _visit(pages, "ben", post)

    assert (403, True) == (answer.status_code, xt.values[ALLOW_SYNC])


def test_a_form_of_another_site_changes_nothing(pages: AsgiPages, xt: StandIn) -> None:
    """A post that the browser says comes from elsewhere is asked about first."""
    headers = {"Sec-Fetch-Site": "cross-site"}
    (answer,) = _visit(
        pages, "ben", ("POST", PANEL, {"data": {"shown": ALLOW_SYNC}, "headers": headers})
    )

    assert (403, True) == (answer.status_code, xt.values[ALLOW_SYNC])


def test_both_sessions_live(pages: AsgiPages, xt: StandIn) -> None:
    """The cookie of the pages and that of the CRM do not overwrite each other."""
    form = {"data": {"action": "copy", "next": "/invoices/7"}, "headers": OWN}
    _, overview, shown = _visit(
        pages,
        "ben",
        ("POST", PANEL, form),
        ("GET", "/xero/xt/", None),
        ("GET", "/invoices/7", None),
    )

    assert [("copy", [Ref("Invoices", "7")])] == xt.pressed
    assert "Copied 7 to Xero." in overview.text
    assert "ben" == shown.json()["user"]


def test_the_scope_is_given_without_a_function(xt: StandIn) -> None:
    """A CRM without a function `who` is asked with the ASGI scope itself."""
    pages = asgi_pages(
        xt.as_library(),
        "/xero",
        secret_key="only for tests",
        may_configure=lambda scope: scope["session"].get("user") == "anna",
    )
    answers = [_visit(pages, user, ("GET", "/xero/xt/", None))[0] for user in ("anna", "ben")]

    assert [200, 403] == [answer.status_code for answer in answers]


@pytest.mark.parametrize("at", ["xero", "/xero/", "", "/"])
def test_a_wrong_path_is_told(xt: StandIn, at: str) -> None:
    """A path at which nothing can be mounted says how it is written."""
    with pytest.raises(SettingInvalid, match='"/xero"'):
        asgi_pages(xt.as_library(), at, secret_key="only for tests")


def test_a_missing_key_is_told(xt: StandIn) -> None:
    """Without a key no form could be protected."""
    with pytest.raises(SettingInvalid, match="secret_key"):
        asgi_pages(xt.as_library(), "/xero", secret_key="")
