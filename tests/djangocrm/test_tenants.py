"""The tags of a CRM of several customers on Django: each page shows its own customer's books."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template import RequestContext, Template
from django.test import RequestFactory, override_settings

from tests.djangocrm.models import Desk
from tests.hosts.test_django_tenants import make_host
from tests.world import DATABASE, REDIRECT, MovingClock, fresh_store, let_all_go
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.sandbox import Sandbox, Server, create_app
from xtiger.settings import Settings

PAGE = """{% load xtiger %}{% xtiger_menu %}{% for one in desks %}{% xtiger_panel one %}{% endfor %}
{% xtiger_list desks "Organizations" as xero %}{{ xero.bar }}
{% for one in desks %}{% xtiger_box xero one %}{% xtiger_cell xero one %}{% endfor %}"""
BOOKS = {"1": "Empty Trading Ltd", "2": "Second Books Ltd"}


def tenant_of(request: Any) -> str:
    """Whose page it is: the CRM's own rule."""
    return str(request.headers["X-Customer"])


@pytest.fixture
def two(database: None, tmp_path: Path, clock: MovingClock, sandbox: Sandbox) -> Iterator[XTiger]:
    """Two customers, each connected to books of its own."""
    from xtiger.django.project import config

    (tmp_path / DATABASE).write_bytes(fresh_store())
    sandbox.add_organisation(BOOKS["2"])
    with (
        Server(create_app(sandbox), "127.0.0.1", 0) as server,
        override_settings(XTIGER_TENANT=f"{__name__}:tenant_of"),
    ):
        settings = Settings(
            home=tmp_path,
            database_url=f"sqlite:///{tmp_path / DATABASE}",
            xero_url=server.url,
            xero_client_id=sandbox.client_id,
            xero_client_secret=sandbox.client_secret,
            new_extensions_on=False,
        )
        host = make_host(clock=clock)
        with closing(XTiger(host, settings=settings, clock=clock)) as made:
            config().use(made, host)
            for tenant, name in BOOKS.items():
                connect(made.for_tenant(tenant), name)
            yield made
            config().use(None)


def connect(xt: XTiger, name: str) -> None:
    """Connect one customer's books."""
    returned = allow_access(xt.connections.consent(REDIRECT).url, name)
    offered = xt.connections.consent_answered(returned)
    xt.connections.connect(next(one.organisation_id for one in offered if one.name == name))
    xt.connections.accept_terms("a test")
    xt.mappings.save_defaults()
    let_all_go(xt)


def drawn(tenant: str, *desks: Desk) -> str:
    """The page of a customer with these records on it."""
    request = RequestFactory(SERVER_NAME="localhost").get("/desks/", HTTP_X_CUSTOMER=tenant)
    request.user = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser(
        "anna"
    )
    request.session = {}
    return str(Template(PAGE).render(RequestContext(request, {"desks": list(desks)})))


def test_each_customer_sees_its_own_books(two: XTiger, clock: MovingClock) -> None:
    """Panel and list of the one say that it is in Xero; of the other, that it is not."""
    own, other = (Desk.objects.create(org_id=number, name=f"Desk {number}") for number in (1, 2))
    clock.sleep(180)
    two.for_tenant("1").sync.run()
    first, second = drawn("1", own), drawn("2", other)

    assert ("xt-word-in_step" in first, "xt-word-in_step" in second) == (True, False)
    assert ("View in Xero" in first, "View in Xero" in second) == (True, False)


def test_a_record_of_another_customer_shows_nothing_of_it(two: XTiger, clock: MovingClock) -> None:
    """Even where the CRM puts it on the wrong page: no name, no state, no button that sends it."""
    other = Desk.objects.create(org_id=2, name="Secret desk")
    clock.sleep(180)
    two.for_tenant("2").sync.run()
    page = drawn("1", other)

    assert "xt-word-in_step" not in page
    assert "View in Xero" not in page
