"""Two modules at once: nobody has to mind which of them runs, or in which order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.world import World, connected_world
from xtiger.app import XTiger
from xtiger.errors import RunBusy


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


def _all_at_once(
    world: World, modules: Sequence[str]
) -> tuple[Sequence[RunBusy], Sequence[Exception]]:
    """Sync each module in a library of its own, all begun at once; who is refused tries again."""
    begin, busy, troubles = threading.Barrier(len(modules)), list[RunBusy](), list[Exception]()

    def sync(xt: XTiger, module: str) -> None:
        begin.wait()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                xt.sync.run([module])
                return
            except RunBusy as other:
                busy.append(other)
                time.sleep(0.05)
            except Exception as error:  # noqa: BLE001  # the test shows it
                troubles.append(error)
                return

    with ExitStack() as processes:
        threads = []
        for module in modules:
            xt = XTiger(world.host, world.xt.settings, world.clock)
            processes.callback(xt.close)
            threads.append(threading.Thread(target=sync, args=(xt, module)))
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    return busy, troubles


@pytest.mark.feature("F082")
def test_two_modules_at_once_end_as_one_after_the_other(world: World) -> None:
    """Invoices and what they need, begun by two processes in the same moment, again and again.

    One waits for the other and says so; nothing is sent twice, and nothing is left over.
    """
    firms = [organisation(world, f"Org {n}") for n in range(8)]
    goods = [product(world, f"P{n}", sales_account="200") for n in range(8)]
    bills = [
        invoice(world, f"I{n}", firms[n], [line(product_id=goods[n], account="200")])
        for n in range(8)
    ]
    world.wait()
    busy, troubles = _all_at_once(world, ("Invoices", "Products", "Organizations"))

    assert [] == troubles
    assert all(one.retry_after_seconds > 0 for one in busy)
    assert (8, 8, 8) == tuple(len(world.xero(kind)) for kind in ("Contacts", "Items", "Invoices"))
    assert all("I" in world.in_xero("Invoices", one)["InvoiceNumber"] for one in bills)
    assert (0, []) == (world.actions(), world.xt.proof.differences())
