"""A Xero of many records answered from memory, and what a step costs, counted and not timed."""

from __future__ import annotations

import gc
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import simplejson
from sqlalchemy import event

from tests.world import World, make_world
from tests.xero.twin import Asked, ListedXero, number_id

#: What stands for the database among the functions; it is asked after so many of its steps.
SQLITE = "SQLite"
_STEPS = 100
#: Growth per record that is none: trees get deeper, and parts fill up.
_MORE = 1.25


class GrownHttp(ListedXero):
    """The way to the sandbox, but for four lists, which hold many copies of one element each."""

    def elements(self, asked: Asked) -> list[bytes] | None:
        """Those of a list, or those asked for by id."""
        if asked.plural not in self.whole:
            return None
        if "IDs" in asked.query:
            return [self._by_id(asked.plural, one) for one in asked.query["IDs"].split(",")]
        return (self.changed if asked.since else self.whole).get(asked.plural, [])

    def _by_id(self, plural: str, one: str) -> bytes:
        """The element of an id that number_id() made."""
        return self.whole[plural][int(one.rpartition("-")[2], 16) - 1]

    def edit(self, old: bytes, new: bytes) -> None:
        """Everything was edited: the next read since a moment shows it."""
        self.whole = {
            plural: [element.replace(old, new) for element in elements]
            for plural, elements in self.whole.items()
        }
        self.changed = dict(self.whole)


class Cost:
    """How often each function is called in this thread, and SQLite's steps, by work done."""

    def __init__(self, world: World) -> None:
        self._called: Counter[str] = Counter()
        event.listen(world.xt.store.engine, "connect", self._watch)
        world.xt.store.engine.dispose()

    def _watch(self, connection: Any, _: object) -> None:
        connection.set_progress_handler(self._step, _STEPS)

    def _step(self) -> None:
        self._called[SQLITE] += 1

    def _call(self, frame: Any, what: str, arg: Any) -> None:
        if what == "call":
            code = frame.f_code
            self._called[f"{code.co_filename}:{code.co_firstlineno} {code.co_name}"] += 1
        elif what == "c_call":
            self._called[arg.__qualname__] += 1

    def of(self, work: Callable[[], object], *, functions: bool = True) -> Counter[str]:
        """Function → calls of it in this work; "SQLite" → hundreds of steps of the database.

        Without `functions` the database alone is watched, which costs no time.
        """
        self._called = Counter()
        with _uncollected() if functions else nullcontext():
            sys.setprofile(self._call if functions else None)
            try:
                work()
            finally:
                sys.setprofile(None)
        return self._called


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector, which comes as memory fills and calls those who listen to it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def grew(few: Counter[str], many: Counter[str], sizes: tuple[int, int]) -> dict[str, float]:
    """What is done more often per record among many than among few → how often per record."""
    before, after = sizes
    return {
        name: times / after
        for name, times in many.items()
        if times > after and times / after > _MORE * max(1, few[name] / before)
    }


@contextmanager
def grown(home: Path, size: int, plurals: tuple[str, ...]) -> Iterator[tuple[World, GrownHttp]]:
    """A CRM with nothing in it, and a Xero with so many records of each of these lists.

    The nth invoice is the nth contact's, sells the nth item and is paid by the nth payment.
    """
    home.mkdir()
    with make_world(home) as world:
        world.connect()
        world.default_account()
        # Every record is edited at once here, which is the brake's matter and not growth's.
        for module in ("Organizations", "Invoices"):
            world.settings(module, brake_share=100)
        samples = _samples(world)
        http = GrownHttp(world.clock.now)
        http.whole = {
            plural: _copies(element, f"{plural[:-1]}ID", size) if plural in plurals else []
            for plural, element in samples.items()
        }
        world.xt._doors._http = http  # the one place where the way out can be changed
        world.wait()
        yield world, http


def _samples(world: World) -> dict[str, Mapping[str, Any]]:
    """Plural → one element as the sandbox lists it, with NNN where copies differ."""
    _add_samples(world)
    door = world.xt._doors.open(world.xt.connections.get())
    listed = {
        kind: next(iter(door.read(kind))).elements[0]
        for kind in ("Contact", "Item", "Invoice", "Payment")
    }
    return {f"{kind}s": element for kind, element in listed.items()}


def _add_samples(world: World) -> None:
    add = world.sandbox.add
    who = {"FirstName": "Ann", "LastName": "Lee NNN", "EmailAddress": "pNNN@b.example"}
    contact = add(
        "Contacts", {"Name": "Name NNN", "EmailAddress": "cNNN@b.example", "ContactPersons": [who]}
    )
    add("Items", {"Code": "PNNN", "Name": "Thing NNN"})
    line = {
        "Description": "Work NNN",
        "Quantity": 1,
        "UnitAmount": 10,
        "AccountCode": "200",
        "TaxType": "NONE",
        "ItemCode": "PNNN",
    }
    made = add(
        "Invoices",
        {
            "Type": "ACCREC",
            "Contact": {"ContactID": contact["ContactID"]},
            "Date": "2026-11-01",
            "DueDate": "2026-12-01",
            "InvoiceNumber": "INNN",
            "Status": "AUTHORISED",
            "LineAmountTypes": "Exclusive",
            "LineItems": [line],
        },
    )
    add(
        "Payments",
        {
            "Invoice": {"InvoiceID": made["InvoiceID"]},
            "Account": {"Code": "090"},
            "Date": "2026-11-05",
            "Amount": "10",
        },
    )


def _copies(element: Mapping[str, Any], id_field: str, count: int) -> list[bytes]:
    """So many copies: each has an id, a number, and records of its own number beside it."""
    text = simplejson.dumps({**element, id_field: "@id@"}, use_decimal=True)
    for name in ("ContactID", "InvoiceID", "LineItemID", "PaymentID"):
        text = re.sub(rf'"{name}": "[^"]+"', f'"{name}": "@id@"', text)
    return [
        text.replace("@id@", number_id(n)).replace("NNN", str(n)).encode() for n in range(count)
    ]
