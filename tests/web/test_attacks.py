"""What a stranger sends or a record holds leads nobody away and becomes no part of a page."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import flask
import pytest
import requests
from waitress.server import create_server

from tests.world import World, make_world
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.plans import Cause, Difference, Proposal
from xtiger.model.runs import Outcome
from xtiger.web import blueprint, guards

#: Ends an attribute, an element and a string, and would run where any of them ended.
MARKUP = "\"><script>zevil(1)</script><img src=x onerror=zevil(1)>' onfocus='zevil(1)"
#: Names of contacts in Xero hold no angle brackets.
QUOTES = "\"' onfocus='zevil(1)' x=\"javascript:zevil(1)"
EXTENSIONS = ("XTLog", "XTQueue", "XeroAccounts")
#: Elements that a page of ours never has, and attributes that run or load something.
FOREIGN_ELEMENTS = frozenset({"script", "img", "iframe", "object", "embed", "svg", "base", "style"})
OWN = {"Sec-Fetch-Site": "same-origin"}
#: Addresses elsewhere, as a browser reads them.
ELSEWHERE = (
    "https://evil.example/x",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\r\nSet-Cookie: a=b",
    "/\r\n//evil.example",
    "http:///evil.example",
    "http:/evil.example",
    "https:evil.example",
    "///evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "http://[evil",
    "http://evil.example\\@localhost/",
    "http://localhost@evil.example/",
    "//%5bevil",
    "http://ⓔvil.example\u2044x",
    "/\u2028/evil.example",
    "/%0d%0aSet-Cookie:%20a=b",
    "/%2f/evil.example",
    "/%5cevil.example",
    "\x00//evil.example",
    "/\x7f/evil.example",
)


@dataclass
class Served:
    """The CRM behind waitress, on a real port."""

    world: World
    app: flask.Flask
    port: int
    browser: requests.Session

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://localhost:{self.port}"

    def raw(self, request: bytes) -> bytes:
        """The whole answer to a request that no client would send."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=10)) as line:
            line.sendall(request)
            return b"".join(iter(lambda: line.recv(65536), b""))


@contextmanager
def serve(world: World, **config: object) -> Iterator[Served]:
    """The blueprint in a CRM with a page per record, served by waitress."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.config.update(config)
    app.register_blueprint(
        blueprint(world.xt, may_configure=lambda: True, may_use=lambda _ref: True)
    )

    @app.get("/record/<module>/<path:record>")
    def page(module: str, record: str) -> str:
        return flask.render_template_string(
            "{{ xero_panel(panel) }}", panel=world.xt.panel(module, record)
        )

    listening = socket.create_server(("127.0.0.1", 0))
    server = create_server(app, sockets=[listening])
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    with requests.Session() as browser:
        try:
            yield Served(world, app, listening.getsockname()[1], browser)
        finally:
            server.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
            server.close()
            thread.join(timeout=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        for name in EXTENSIONS:
            made.xt.extensions.enable(name)
        yield made


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with serve(world) as found:
        yield found


def is_elsewhere(location: str, address: str) -> bool:
    """Whether a browser that reads a Location on this site leaves it."""
    # Browsers drop tabs and line ends, and read a backslash as a slash.
    read = location.strip().translate({9: None, 10: None, 13: None, 92: "/"})
    parts = urlsplit(read)
    return parts.scheme not in ("", "http") or f"{parts.netloc or urlsplit(address).netloc}" != (
        urlsplit(address).netloc
    )


def routes(served: Served, method: str) -> list[str]:
    """The addresses of a method, with a record in the places of the rules."""
    connection = served.world.xt.connections.get().id
    places = {
        "connection_id": connection,
        "module": "Organizations",
        "record_id": "1",
        "crm_id": "1",
        "run_id": "nosuch",
        "name": "log",
        "filename": "xtiger.css",
        "extension": "XTLog",
        "step": "terms",
        "agreement": "waiting",
    }
    addresses = served.app.url_map.bind("localhost")
    return [
        addresses.build(rule.endpoint, {name: places[name] for name in rule.arguments})
        for rule in served.app.url_map.iter_rules()
        if method in (rule.methods or ()) and rule.endpoint.startswith("xtiger.")
    ]


def test_no_route_leads_anybody_away(served: Served) -> None:
    """Every post and page of ours, with an address elsewhere in each field, header and query."""
    served.world.connect()
    served.world.host.create("Organizations", {"accountname": "Aroha"})
    names = ("next", "back", "return", "return_to", "url", "redirect", "redirect_uri", "action")
    away, failed, asked = [], [], 0
    for place in ELSEWHERE:
        fields = dict.fromkeys(names, place)
        headers = (
            {**OWN, "Referer": place}
            if place.isascii() and place.strip().isprintable() and place == place.strip()
            else OWN
        )
        answers = [
            served.browser.post(
                served.address + one, data=fields, headers=headers, allow_redirects=False
            )
            for one in routes(served, "POST")
            if "/webhook" not in one and "/disconnect/" not in one
        ] + [
            served.browser.get(served.address + one, params=fields, allow_redirects=False)
            for one in routes(served, "GET")
            if not one.endswith("/connect")
        ]
        asked += len(answers)
        for answer in answers:
            what = f"{answer.request.method} {urlsplit(answer.url).path} {place!r}"
            if is_elsewhere(answer.headers.get("Location", "/"), served.address):
                away.append(what)
            if answer.status_code == 500 or "a" in answer.cookies:
                failed.append(what)

    assert asked > 300
    assert ([], []) == (away, failed)


def test_the_query_of_a_table_is_data(served: Served) -> None:
    """What builds addresses in Flask builds none from a query: no script, other host or 500."""
    served.world.connect()
    for number in range(60):
        served.world.host.create("Organizations", {"accountname": f"Aroha {number}"})
    served.world.sync()
    query = {
        "_external": "1",
        "_scheme": "javascript",
        "_anchor": "\nalert(1)",
        "name": "evil",
        "endpoint": "evil",
        "_method": "x",
        "text": "Aroha",
        "size": "100",
    }
    page = served.browser.get(f"{served.address}/xt/log", params=query)

    assert (200, True) == (page.status_code, "Page 1</span>" in page.text)
    assert [] == trouble(page.text)
    assert "p=2" in page.text
    assert "text=Aroha" in page.text


# --- the name of the site ------------------------------------------------------------------

HOSTS = (
    b"evil.example",
    b"evil.example:80",
    b"localhost@evil.example",
    b"localhost evil.example",
    b"[",
    b"[evil",
    b'evil.example/"><script>zevil(1)</script>',
    b"evil\x1b[2J",
    b"",
    b"127.0.0.1:x",
    b"localhost:99999",
    b"[::1]:x",
)


def asked_as(served: Served, paths: Sequence[str]) -> list[tuple[str, str, str]]:
    """(status, headers, page) of each path under each of the hosts, as a socket got it."""
    found = []
    for host in HOSTS:
        for path in paths:
            got = served.raw(
                f"GET {path} HTTP/1.1\r\nConnection: close\r\nHost: ".encode() + host + b"\r\n\r\n"
            ).decode()
            headers, _, page = got.partition("\r\n\r\n")
            found.append((headers.split()[1], headers, page))
    return found


def test_a_name_that_is_not_trusted_comes_out_nowhere(world: World) -> None:
    """With TRUSTED_HOSTS another Host is refused, and Connect names the right one to Xero."""
    world.connect()
    with serve(world, TRUSTED_HOSTS=["localhost"]) as served:
        found = asked_as(
            served, ["/xt/", "/modules/XTiger/connect", "/xt/log", "/record/Organizations/9"]
        )
        own = served.browser.get(f"{served.address}/modules/XTiger/connect", allow_redirects=False)

    assert {"400"} == {status for status, _headers, _page in found}
    assert [] == [headers for _s, headers, _p in found if "evil" in headers]
    assert [] == [page for _s, _h, page in found if trouble(page) or "<a" in page]
    assert f"localhost%3A{served.port}" in own.headers["Location"]


def test_any_name_makes_a_whole_answer(served: Served) -> None:
    """Without TRUSTED_HOSTS: pages have links without a host, and no name breaks one."""
    served.world.connect()
    found = asked_as(
        served, ["/xt/", "/xt/log", "/xt/conflicts", "/xt/nosuch", "/modules/XTiger/connect"]
    )

    assert {"200", "400", "404", "409"} >= {status for status, _headers, _page in found}
    assert [] == [headers for _s, headers, page in found if "evil" in headers + page]


@pytest.mark.parametrize("name", ["http://[/", "http://localhost:x/", "http:///", "http://[::1/"])
def test_a_name_that_is_none_is_nobody(name: str) -> None:
    """Older releases of Werkzeug hand on what cannot be read: it is refused and no error."""

    class Old(flask.Request):
        host_url = name

    with flask.Flask("crm").app_context():
        request = Old({"REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http"})

        assert ("", False) == (guards.host_name(request), guards.is_local(request))


def test_a_forwarded_name_counts_for_nothing(served: Served) -> None:
    """Nobody takes X-Forwarded-Host before the application says that a proxy sends it."""
    served.world.connect()
    headers = {name: "evil.example" for name in ("X-Forwarded-Host", "X-Host", "X-Original-Host")}
    headers["Forwarded"] = "host=evil.example"
    pages = [
        served.browser.get(served.address + path, headers=headers, allow_redirects=False)
        for path in ("/xt/", "/modules/XTiger/connect")
    ]

    assert [] == [one.url for one in pages if "evil" in f"{one.headers} {one.text}"]
    assert f"localhost%3A{served.port}" in pages[1].headers["Location"]


# --- pages -----------------------------------------------------------------------------------


class _Page(HTMLParser):
    """What in a page would run, load or lead away by a script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FOREIGN_ELEMENTS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if (
                name.startswith("on")
                or name in ("style", "srcdoc")
                or not name.replace("-", "").isalpha()
            ):
                self.found.append(f"<{tag} {name}>")
            scheme = urlsplit(value or "").scheme if name in ("href", "action", "src") else ""
            if scheme not in ("", "http", "https"):
                self.found.append(f"<{tag} {name}={value}>")


def trouble(page: str) -> list[str]:
    """What a page holds that no page of ours has."""
    read = _Page()
    read.feed(page)
    read.close()
    return read.found


def _fill(world: World) -> None:
    """Put the markup where Xero's own rules keep it out today."""
    made, now = world.xt.connections.get(), world.clock.now()
    world.xt.store.add_outcomes(
        [
            Outcome(
                made.id,
                MARKUP,
                "Organizations",
                "Contact",
                "1",
                MARKUP,
                MARKUP,
                "conflict",
                cause=Cause("both_changed", {"fields": MARKUP}),
                differences=(Difference(MARKUP, MARKUP, MARKUP, MARKUP, MARKUP, "conflict"),),
                proposals=(Proposal("link", MARKUP, "1", MARKUP),),
                at=now,
            )
        ]
    )
    world.xt.store.replace_accounts(
        made.id,
        [
            Account(MARKUP, MARKUP, MARKUP, "REVENUE", "REVENUE", "OUTPUT2", description=MARKUP),
        ],
    )
    world.xt.store.replace_tax_rates(
        made.id,
        [
            TaxRate("OUTPUT2", MARKUP, Decimal(20), classes=frozenset({"REVENUE"})),
        ],
    )


def _hostile_customers(world: World, organisation_id: str) -> None:
    """Three customers on either side, of names, numbers and addresses that are markup."""
    for number in range(3):
        world.host.create(
            "Organizations",
            {
                "accountname": f"Crm {number} {MARKUP if number else QUOTES}",
                "website": "javascript:zevil(1)",
                "phone": MARKUP[:50],
            },
        )
        world.sandbox.add(
            "Contacts",
            {"Name": f"Xero {number} {QUOTES}", "ContactNumber": MARKUP[:49] + str(number)},
            organisation_id,
        )


def test_no_value_becomes_an_element_or_attribute(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names, addresses and ids of either side, on all pages, beside links that are scripts."""
    world = served.world
    organisation = f"Ltd {MARKUP}"
    organisation_id = world.sandbox.add_organisation(organisation)
    world.connect(organisation)
    monkeypatch.setattr(world.host, "url", lambda _ref: "javascript:zevil(1)")
    _hostile_customers(world, organisation_id)
    world.sync()
    both = world.host.all("Organizations")
    first = world.xero_id("Organizations", "1")
    world.wait()
    world.host.edit("Organizations", "1", accountname=f"Here {QUOTES}")
    world.sandbox.edit("Contacts", first, {"Name": f"There {MARKUP}"})
    world.sync()
    _fill(world)
    records = [f"/record/Organizations/{one.ref.id}" for one in both]
    pages = {
        path: served.browser.get(served.address + path).text
        for path in (
            *routes(served, "GET"),
            "/xt/queue",
            "/xt/accounts",
            "/xt/taxes",
            "/xt/runs",
            *records,
        )
        # What is downloaded is no page.
        if not path.endswith((".css", ".toml", "/connect", "/csv", "/lines"))
    }

    assert {} == {path: bad for path, page in pages.items() if (bad := trouble(page))}
    assert {"/record/Organizations/1", "/xt/", "/xt/log", "/xt/conflicts", "/xt/accounts"} <= {
        path for path, page in pages.items() if "zevil(1)" in page
    }
