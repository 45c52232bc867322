"""Killed at each write into Vtiger, before it arrives or once it was done: nothing twice."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.stories.vtiger.books import Books, vtiger_books
from tests.vtigercrm.server import KEY, URL, USER, Wire
from xtiger.app import XTiger
from xtiger.hosts.vtiger import VtigerHost

#: Writes of the run that is killed: two products, the service of nameless lines, an organisation,
#: and two invoices, the second with taxes that its product does not have.
WRITES = range(8)
#: (Writes that pass, whether the next one is done, whether Vtiger lacks the field for keys).
POINTS = [
    *((number, done, True) for number in WRITES for done in (False, True)),
    *((number, True, False) for number in (0, 3, 5)),
]


class Killed(BaseException):
    """The process is gone."""


class Guillotine(Wire):
    """Ends the process at the nth write, before it is sent or once Vtiger has done it."""

    def __init__(self, wire: Wire, number: int, *, done: bool) -> None:
        super().__init__(wire.service)
        self._left, self._done = number, done

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:  # type: ignore[override]
        """Count the writes."""
        write = request.method == "POST" and "operation=login" not in str(request.body)
        self._left -= write
        if write and self._left < 0 and not self._done:
            raise Killed
        found = super().send(request, **more)
        if write and self._left < 0:
            raise Killed
        return found


def _fill(made: Books) -> None:
    """What is to come: two customers may well have two invoices of the same lines."""
    made.company()
    made.world.sync()
    item = {"UnitPrice": Decimal(3), "AccountCode": "200", "TaxType": "OUTPUT2"}
    for code in ("TEA", "BUN"):
        made.world.sandbox.add(
            "Items", {"Code": code, "Name": code, "IsSold": True, "SalesDetails": item}
        )
    text = {"UnitAmount": Decimal(10)}
    tea = {"ItemCode": "TEA", "UnitAmount": Decimal(4)}
    made.new_in_xero(text, tea, number="X-1")
    made.new_in_xero(text, {**tea, "TaxType": "RROUTPUT"}, number="X-2")
    made.world.sandbox.add("Contacts", {"Name": "New Ltd", "IsCustomer": True})


def _again(made: Books, folder: Path, wire: Wire) -> Books:
    """Another process on the same files."""
    made.host.close()
    session = requests.Session()
    session.mount(URL, wire)
    host = VtigerHost(URL, USER, KEY, clock=made.clock, session=session, path=folder / "vtiger.db")
    made.world.xt.close()
    made.world.xt = XTiger(host, settings=made.world.xt.settings, clock=made.clock)
    return Books(made.world, host, made.service, made.clock)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "done", "stock"), POINTS)
def test_nothing_is_there_twice(tmp_path: Path, number: int, done: bool, stock: bool) -> None:
    """Started again, the run makes what is missing and nothing else, and both sides agree."""
    with vtiger_books(tmp_path, stock=stock) as made:
        _fill(made)
        plain = Wire(made.service)
        killed = _again(made, tmp_path, Guillotine(plain, number, done=done))
        with pytest.raises(Killed):
            killed.world.sync()
        alive = _again(killed, tmp_path, plain)
        alive.clock.sleep(600)
        alive.world.sync()
        alive.sync()

        with closing(alive.host):
            assert ["TEA", "BUN"] == sorted(
                (row.values["productname"] for row in alive.rows("Products")), reverse=True
            )
            assert ["X-1", "X-2"] == sorted(r.values["subject"] for r in alive.rows("Invoice"))
            assert ["Kererū Café", "New Ltd"] == [
                row.values["accountname"] for row in alive.rows("Accounts")
            ]
            assert 1 == len([r for r in alive.crm.rows.values() if r.module == "Services"])


@pytest.mark.parametrize("how", ["lost", "500"])
def test_an_answer_that_was_lost_is_looked_up(tmp_path: Path, how: str) -> None:
    """The record that is there is taken; the one that PHP did not make waits, and is made later."""
    with vtiger_books(tmp_path, stock=True) as made:
        made.company()
        made.world.sync()
        made.world.sandbox.add("Contacts", {"Name": "New Ltd", "IsCustomer": True})
        made.service.fail("create", how)
        made.world.sync()
        made.world.sync()
        made.sync()

        assert 2 == len(made.rows("Accounts"))
