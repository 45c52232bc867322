"""Whatever stands in an address or its query: a page or a refusal, never a broken page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from xtiger.demo.plugged import Plugged, plug
from xtiger.settings import load_settings

#: What no page expects: numbers beyond every column, other digits, no text at all.
NASTY = ("9" * 30, "9" * 5_000, "-1", "0", "1e9", "²", "\x00", "a\x00b", "\x1b[31m", "☃" * 300)
#: The query parameters that any page reads.
NAMES = (
    "p",
    "page",
    "q",
    "status",
    "text",
    "module",
    "result",
    "from",
    "to",
    "run",
    "size",
    "state",
    "type",
    "connection",
    "invoice",
    "code",
    "sort",
    "month",
    "id",
)


@pytest.fixture
def plugged(tmp_path: Path, sessions: sessionmaker[Session]) -> Iterator[Plugged]:
    """The seeded CRM with all extensions on, not connected."""
    found = plug(tmp_path, load_settings({}, tmp_path))
    for name in ("XTLog", "XTQueue", "XeroAccounts"):
        found.xt.extensions.enable(name)
    yield found
    found.xt.close()
    found.sessions.kw["bind"].dispose()


@pytest.fixture
def browser(plugged: Plugged) -> FlaskClient:
    return plugged.app.test_client()


def addresses(plugged: Plugged) -> list[str]:
    """Every page that can be looked at, its parts filled with names that exist."""
    known = {
        "slug": "invoices",
        "record_id": "4",
        "module": "Invoices",
        "crm_id": "4",
        "number": "4",
        "filename": "xtiger.css",
    }
    pages = [spec.name for spec in plugged.xt.panels.pages()]
    found = []
    for rule in plugged.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.endswith("static"):
            continue
        names = pages if "name" in rule.arguments else [""]
        for name in names:
            values = {part: known.get(part, name or "x") for part in rule.arguments}
            _, address = rule.build(values) or ("", "")
            found.append(address)
    return sorted(set(found))


@pytest.mark.parametrize("nasty", NASTY, ids=lambda text: ascii(text[:8]) + str(len(text)))
def test_no_query_breaks_a_page(plugged: Plugged, browser: FlaskClient, nasty: str) -> None:
    """Each parameter of each page, all at once and one at a time where that fails."""
    query = "&".join(f"{name}={quote(nasty[:1_500])}" for name in NAMES)
    broken = [
        address
        for address in addresses(plugged)
        if browser.get(f"{address}?{query}").status_code >= 500
    ]

    assert [] == broken


@pytest.mark.parametrize("nasty", NASTY, ids=lambda text: ascii(text[:8]) + str(len(text)))
def test_no_part_of_an_address_breaks_a_page(
    plugged: Plugged, browser: FlaskClient, nasty: str
) -> None:
    """Ids of records, of runs and names of pages that never were: not found, or refused."""
    broken = []
    for rule in plugged.app.url_map.iter_rules():
        for part in rule.arguments - {"filename"}:
            values = {name: "invoices" if name == "slug" else "4" for name in rule.arguments}
            values[part] = nasty
            try:
                _, address = rule.build(values) or ("", "")
            except ValueError:
                continue  # the route itself takes no such part
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            if browser.open(address, method=method).status_code >= 500:
                broken.append(f"{method} {rule.rule} {part}")

    assert [] == broken


@pytest.mark.parametrize(
    "address", ["/xt/", "/xt/xlog", "/modules/XTiger/connect", "/xt/start/terms"]
)
def test_a_refused_request_carries_the_headers(browser: FlaskClient, address: str) -> None:
    """405 too: what protects a page protects the page that says no, and says what is taken."""
    answer = browser.open(address, method="DELETE")

    assert 405 == answer.status_code
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert answer.headers["Allow"]


@pytest.mark.parametrize("address", ["/", "/invoices", "/invoices/4", "/xt/", "/nothing/there"])
def test_a_foreign_name_that_leads_here_sees_nothing(browser: FlaskClient, address: str) -> None:
    """A page elsewhere cannot read the demo by letting its own name point to this machine."""
    answer = browser.get(address, base_url="http://rebound.example:8080")

    assert (403, False) == (answer.status_code, "INV-" in answer.text)
