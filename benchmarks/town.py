"""A CRM and a Xero of many linked organisations: one is synced in earnest, the rest are its copies.

Syncing 100,000 records would take too long, so links, bases and last seen copies go into the store
directly. Invoices come in by a sync. Lists of contacts and invoices are answered from memory; all
else by the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import simplejson

from tests.world import World, make_world
from tests.xero.twin import PAGE, ListedXero, number_id
from xtiger.model.links import Base, Link, Shadow, Side
from xtiger.model.records import Write
from xtiger.model.setting_keys import CursorKey

#: Invoices of a list have so many lines.
_LINES = 4
_IDS = {"Contacts": "ContactID", "Invoices": "InvoiceID"}


class CrmTime:
    """What the CRM itself takes: the time within the calls of a run to it."""

    #: What a run calls for each part of the records.
    CALLS = ("get", "changed_since", "save", "find", "outbox", "outbox_done")

    def __init__(self, host: Any) -> None:
        self.seconds = 0.0
        for name in self.CALLS:
            setattr(host, name, self._timed(getattr(host, name)))

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **named: Any) -> Any:
            begin = process_time()
            try:
                return call(*args, **named)
            finally:
                self.seconds += process_time() - begin

        return timed


@dataclass(frozen=True, slots=True)
class Town:
    """A world of `size` linked organisations, in which nothing is to be done."""

    world: World
    http: ListedXero
    crm: CrmTime
    #: A contact and an invoice as the sandbox answers them.
    contact: Mapping[str, Any]
    invoice: Mapping[str, Any]
    size: int

    def contacts(self, **changes: Any) -> list[bytes]:
        """All contacts as a list's elements, with these fields changed."""
        stamp = f"/Date({int(self.world.clock.now().timestamp() * 1000)}+0000)/"
        raw = {**self.contact, "UpdatedDateUTC": stamp, **changes}
        return _copies(
            raw,
            "ContactID",
            {"Name": "Name {}", "AccountNumber": "N{}", "ContactNumber": "XT-{}"},
            self.size,
        )

    def settle(self) -> None:
        """Take away the marks that a plan has left: what only a run would have booked."""
        store, connection_id = self.world.xt.store, self.world.xt.connections.get().id
        marked: tuple[tuple[Side, str], ...] = (("crm", "Organizations"), ("xero", "Contact"))
        for side, type_ in marked:
            keys = store.dirty(connection_id, side, type_)
            store.clean(connection_id, [(k.side, k.type, k.id, k.generation) for k in keys])

    def invoices(self, count: int, text: str = "Work") -> list[bytes]:
        """So many invoices of four lines of this text, one of each organisation, as elements."""
        stamp = f"/Date({int(self.world.clock.now().timestamp() * 1000)}+0000)/"
        lines = [
            {**line, "LineItemID": f"@line{n}@", "Description": f"{text} {n}"}
            for n, line in enumerate(self.invoice["LineItems"])
        ]
        raw = {
            **self.invoice,
            "UpdatedDateUTC": stamp,
            "LineItems": lines,
            "Contact": {"ContactID": "@id@", "Name": "Name @n@"},
        }
        found = _copies(raw, "InvoiceID", {"InvoiceNumber": "INV-C{}"}, count)
        return [_with_lines(element, number_id(n)) for n, element in enumerate(found)]


def _with_lines(element: bytes, own: str) -> bytes:
    """An invoice whose lines have ids of their own."""
    for n in range(_LINES):
        element = element.replace(f"@line{n}@".encode(), f"{own[:-1]}{n:x}".encode())
    return element


def _copies(
    raw: Mapping[str, Any], id_field: str, named: Mapping[str, str], count: int
) -> list[bytes]:
    marked = {**raw, id_field: "@id@", **{name: text.format("@n@") for name, text in named.items()}}
    text = simplejson.dumps(marked, use_decimal=True)
    return [
        text.replace("@id@", number_id(n)).replace("@n@", str(n)).encode() for n in range(count)
    ]


@contextmanager
def make_town(home: Path, size: int) -> Iterator[Town]:
    """A town that closes itself."""
    with make_world(home) as world:
        world.connect()
        world.default_account()
        # Every record of a kind changes at once here: that is what is measured.
        for module in ("Organizations", "Invoices"):
            world.settings(module, brake_share=100)
        contact, invoice = _samples(world)
        http = ListedXero(world.clock.now)
        world.xt._doors._http = http  # the one place where the way out can be changed
        town = Town(world, http, CrmTime(world.host), contact, invoice, size)
        _fill(town)
        http.changed = {"Contacts": [], "Invoices": []}
        http.whole = {"Contacts": town.contacts(), "Invoices": []}
        yield town


def _samples(world: World) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """One organisation and one invoice, synced as people would; as Xero then lists them."""
    values = {
        "accountname": "Name 0",
        "account_no": "N0",
        "email1": "zero@example.com",
        "phone": "+44 20 7946 0001",
        "billing_city": "London",
    }
    made = world.host.create("Organizations", values)
    lines = [{"name": f"Work {n}", "quantity": 1, "listprice": "10"} for n in range(_LINES)]
    day = world.clock.now().date()
    world.host.create(
        "Invoices",
        {
            "invoice_no": "INV-0",
            "account_id": made,
            "invoicedate": day,
            "invoicestatus": "Approved",
            "duedate": day + timedelta(days=30),
        },
        lines,
    )
    world.sync()
    door = world.xt._doors.open(world.xt.connections.get())
    (contact,) = next(iter(door.read("Contact"))).elements
    (invoice,) = next(iter(door.read("Invoice"))).elements
    return contact, invoice


def _fill(town: Town) -> None:
    """Copies of the organisation: in the CRM, and as links, bases and last seen copies."""
    host, store, now = town.world.host, town.world.xt.store, town.world.clock.now()
    connection = town.world.xt.connections.get()
    (link,) = store.links_by_crm(connection.id, "Organizations").values()
    base = store.bases([link.id or 0])[link.id or 0]
    before = host.record("Organizations", link.crm_id).values
    with host.transaction():
        # It only lent its values: nothing is to be done with it.
        host.edit(
            "Organizations", link.crm_id, accountname="The first", account_no="F", xero_sync=False
        )
        made = host.save(
            "Organizations",
            [
                Write({**before, "accountname": f"Name {n}", "account_no": f"N{n}"})
                for n in range(town.size)
            ],
        )
    while rows := host.outbox(now + timedelta(days=1), 5_000):
        host.outbox_done(rows)
    store.remove_link(link.id or 0)
    with store.transaction():
        ids = [str(result.ref.id) for result in made if result.ref]
        store.add_links(
            [
                replace(link, id=None, crm_id=crm_id, xero_id=number_id(n))
                for n, crm_id in enumerate(ids)
            ]
        )
        links = store.links_by_crm(connection.id, "Organizations")
        for part in _parts(list(enumerate(ids))):
            store.save_bases([_base(base, links[crm_id], n) for n, crm_id in part])
        for raws in _parts(town.contacts()):
            store.save_shadows(connection.id, [_shadow(raw, now) for raw in raws])
        last = host.changed_since("Organizations", None, 10**9).cursor
        store.save_cursor(connection.id, CursorKey("crm:Organizations"), last)


def _parts(whole: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Parts that fit into the memory."""
    for start in range(0, len(whole), PAGE):
        yield whole[start : start + PAGE]


def _base(base: Base, link: Link, number: int) -> Base:
    pairs = {
        **base.pairs,
        "Name": replace(base.pairs["Name"], crm=f"Name {number}", xero=f"Name {number}"),
        "AccountNumber": replace(base.pairs["AccountNumber"], crm=f"N{number}", xero=f"N{number}"),
    }
    return replace(base, link_id=link.id or 0, pairs=pairs)


def _shadow(raw: bytes, now: datetime) -> Shadow:
    element = simplejson.loads(raw, use_decimal=True)
    return Shadow("xero", "Contact", str(element["ContactID"]), element, now)
