"""What people see in a browser, whole: each page and the panel, word for word, in each language.

After a change that is meant: `pytest tests/stories/word_for_word/test_what_people_see.py
--snapshot-update`, and read the difference before it is committed.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import flask
import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.cli.conftest import Xtiger
from tests.stories.word_for_word.conftest import Place
from tests.stories.word_for_word.visible import visible
from xtiger.app import XTiger
from xtiger.hosts.memory import MemoryHost
from xtiger.settings import load_settings
from xtiger.web import blueprint

pytestmark = pytest.mark.usefixtures("frozen")

#: Ids that are drawn at random, the sandbox's port, and who runs the tests.
_RANDOM = re.compile(
    r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9A-F]{32}\b|(?<=localhost:)\d+|(?<=cli:)\w+"
)
#: Every page that a menu, the overview or a record leads to.
PAGES = {
    "overview": "/xt/",
    "start": "/xt/start",
    "plan": "/xt/plan",
    "needs": "/xt/needs",
    "conflicts": "/xt/conflicts",
    "connections": "/xt/connections",
    "modules": "/xt/modules",
    "module": "/xt/modules/Invoices",
    "extensions": "/xt/extensions",
    "log": "/xt/log",
    "queue": "/xt/queue",
    "accounts": "/xt/accounts?type=BANK",
    "tax rates": "/xt/taxes?text=RR",
    "nothing there": "/xt/nothing",
}
#: A record in conflict, one that waits, one in step and one that was never sent.
PANELS = {
    "conflict": "Organizations/1",
    "held": "Invoices/2",
    "in step": "Invoices/1",
    "new": "Organizations/4",
}


def _crm_page(xt: XTiger, module: str, record: str) -> str:
    """A record's page of the CRM, with nothing but the panel."""
    panel = xt.panel(module, record)
    return flask.render_template_string("{{ xero_panel(panel) }}", panel=panel)


@pytest.fixture
def lived_in(
    frozen: FrozenDateTimeFactory, connected: Xtiger, host: MemoryHost, place: Place
) -> Place:
    """Synced once with all extensions; then a conflict, and one company that is new."""
    cafe = host.create("Organizations", {"accountname": "Kererū Café", "email1": "a@b.example"})
    host.create("Organizations", {"accountname": "Amberley <Litho> Ltd"})
    host.create("Organizations", {"accountname": "Weka Joinery", "phone": "+64 3 555 0100"})
    given = {"account_id": cafe, "invoicedate": date(2026, 11, 2), "invoicestatus": "Approved"}
    line = {"name": "Beans", "quantity": Decimal(3), "listprice": Decimal("12.34")}
    due = date(2026, 12, 2)
    host.create("Invoices", {**given, "invoice_no": "I1", "duedate": due}, [line])
    host.create("Invoices", {**given, "invoice_no": "I2"}, [line])
    for name in ("xtlog", "xtqueue", "xeroaccounts"):
        assert 0 == connected("extensions", "enable", name).code
    connected("mapping", "set", "Invoices", "sales_account", "200")
    frozen.tick(timedelta(minutes=3))
    connected("sync")
    frozen.tick(timedelta(minutes=3))
    (contact,) = (one for one in place.sandbox.table("Contacts") if one["Name"] == "Kererū Café")
    host.edit("Organizations", cafe, email1="crm@b.example")
    place.sandbox.edit("Contacts", contact["ContactID"], {"EmailAddress": "xero@b.example"})
    frozen.tick(timedelta(minutes=3))
    connected("sync")
    host.create("Organizations", {"accountname": "Tūī Books"})
    frozen.tick(timedelta(minutes=3))
    return place


@pytest.mark.parametrize("locale", ["en", "de", "fr"])
def test_each_page_and_panel(
    lived_in: Place, host: MemoryHost, locale: str, snapshot: object
) -> None:
    """Titles, sentences, tables, buttons, and what a screen reader says of them."""
    settings = load_settings({**lived_in.environment, "XTIGER_LOCALE": locale})
    xt = XTiger(host, settings)
    try:
        app = flask.Flask("crm")
        app.secret_key = "only for tests"
        app.register_blueprint(blueprint(xt, local_only=True))
        app.add_url_rule("/crm/<module>/<record>", "crm", lambda **given: _crm_page(xt, **given))
        browser = app.test_client()
        seen = {name: visible(browser.get(address).text) for name, address in PAGES.items()}
        for name, record in PANELS.items():
            seen[f"panel: {name}"] = visible(browser.get(f"/crm/{record}").text)
    finally:
        xt.close()
    text = "\n\n".join(f"--- {name} ---\n{page}" for name, page in seen.items())

    assert snapshot == _RANDOM.sub("…", text)
