"""A CRM of one page in Flask with the library's blueprint."""

from __future__ import annotations

import re
from collections.abc import Callable

import flask
import pytest
from flask.testing import FlaskClient

from tests.web.stand_in import StandIn
from xtiger.web import blueprint


@pytest.fixture
def xt() -> StandIn:
    return StandIn()


@pytest.fixture
def crm(xt: StandIn) -> flask.Flask:
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(xt.as_library(), local_only=True))

    @app.get("/invoices/<record>")
    def invoice(record: str) -> str:
        panel = xt.panel("Invoices", record)
        return flask.render_template_string("{{ xero_panel(panel) }}", panel=panel)

    return app


@pytest.fixture
def browser(crm: flask.Flask) -> FlaskClient:
    return crm.test_client()


@pytest.fixture
def token(browser: FlaskClient) -> Callable[[str], str]:
    """The CSRF token that a page of this session carries."""

    def find(address: str = "/invoices/7") -> str:
        found = re.search(r'name="xt_csrf" value="([^"]+)"', browser.get(address).text)
        return found.group(1) if found else ""

    return find
