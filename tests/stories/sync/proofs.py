"""What tests of the proof ask: fields that differ, counts, invoices by number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.world import World
from xtiger.rules.reconciliation import ModuleCount, Reconciliation


@contextmanager
def behind_the_back(world: World) -> Iterator[None]:
    """Edits of the CRM that leave no trace in its outbox."""
    yield
    now = world.clock.now().replace(year=world.clock.now().year + 1)
    world.host.outbox_done(world.host.outbox(now))


def fields(found: Reconciliation) -> list[tuple[str, str, Any, Any]]:
    """(name, field, CRM's value, Xero's value) of each difference."""
    return [(one.name, one.field, one.crm, one.xero) for one in found.differences]


def count(found: Reconciliation, module: str) -> ModuleCount:
    """The numbers of one module."""
    return next(one for one in found.modules if one.module == module)


def numbered(world: World, number: str) -> str:
    """The CRM id of an invoice."""
    return next(r.ref.id for r in world.host.all("Invoices") if r.values["invoice_no"] == number)
