"""A CRM without payments, seen as one that has them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.world import World, make_world
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.received import PAYMENTS, ReceivedHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Ref, Write

MODULES = [module for module in standard_modules() if module.role != "payment"]
VALUES = {"invoice": "1", "date": date(2026, 11, 2), "amount": Decimal(4)}


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[World]:
    """A library whose CRM has payments."""
    with make_world(tmp_path) as made:
        yield made


@pytest.fixture
def host(bare: World) -> Iterator[ReceivedHost]:
    """Such a CRM on the store of a library."""
    with closing(MemoryHost(modules=MODULES, clock=bare.clock)) as crm:
        yield ReceivedHost(crm, bare.xt.store, bare.clock)


def test_its_payments_are_records_like_any_other(host: ReceivedHost) -> None:
    """Made once by key, found by id and by invoice, changed, in the feed, and deleted."""
    made, again = (host.save(PAYMENTS, [Write(VALUES, key="k")])[0].ref for _ in range(2))
    assert made is not None
    assert made == again
    host.save(PAYMENTS, [Write({"amount": Decimal(5)}, id=made.id)])
    page = host.changed_since(PAYMENTS, None)

    (found,) = host.find(PAYMENTS, "invoice", "1")
    assert ({**VALUES, "amount": Decimal(5)}, [made]) == (
        found.values,
        [record.ref for record in page.records],
    )
    assert () == host.changed_since(PAYMENTS, page.cursor).records
    assert [] == host.find(PAYMENTS, "amount", Decimal(5))
    host.delete(PAYMENTS, [made.id])
    assert host.get(PAYMENTS, [made.id])[made.id].deleted
    problem = host.save(PAYMENTS, [Write({}, id="99")])[0].problem
    assert problem is not None
    assert "missing" == problem.code


def test_its_module_is_described_where_the_crm_has_none(host: ReceivedHost, bare: World) -> None:
    """A CRM with payments of its own is left as it is, its own records come from it."""
    assert ["payment"] == [m.role for m in host.modules() if m.name == PAYMENTS]
    assert host.caps.payments_kept
    assert not bare.xt.host.caps.payments_kept
    assert list(bare.host.modules()) == list(bare.xt.host.modules())


def test_a_payment_is_seen_on_its_invoice(host: ReceivedHost) -> None:
    """Its page is the invoice's, none where it is unknown."""
    made = host.save(PAYMENTS, [Write(VALUES)])[0].ref
    assert made is not None

    assert host.url(Ref("Invoices", "1")) == host.url(made)
    assert host.url(Ref(PAYMENTS, "99")) is None
