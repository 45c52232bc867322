"""A Vtiger of the tests with the library's fields, and the host that reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.vtigercrm.crm import Vtiger
from tests.vtigercrm.fields import XERO_BLOCK, XERO_INVOICE_BLOCK
from tests.vtigercrm.server import KEY, URL, USER, WebService, session_to
from tests.world import MovingClock
from xtiger.hosts.vtiger import VtigerHost

MODULES = ("Accounts", "Contacts", "Products", "Services", "Invoice")


def with_fields(crm: Vtiger) -> Vtiger:
    """The Vtiger with the block that `xtiger host check` asks for."""
    for module in MODULES:
        crm.add_fields(module, XERO_INVOICE_BLOCK if module == "Invoice" else XERO_BLOCK)
    return crm


@contextmanager
def opened(
    clock: MovingClock | None = None,
    *,
    stock: bool = False,
    base: str = "USD",
    sync_works: bool = False,
    **more: Any,
) -> Iterator[tuple[VtigerHost, WebService, MovingClock]]:
    """Host, webservice and clock; `stock` leaves the block out, `sync_works` is not stock."""
    clock = clock or MovingClock()
    crm = Vtiger(clock.now, base=base, sync_works=sync_works)
    service = WebService(crm if stock else with_fields(crm))
    host = VtigerHost(URL, USER, KEY, clock=clock, session=session_to(service), **more)
    try:
        yield host, service, clock
    finally:
        host.close()
