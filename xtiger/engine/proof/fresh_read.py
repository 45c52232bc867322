"""Both sides read anew for the proof: Xero's lists reduced, links, accounts and tax rates.

Nothing of bases, last seen copies or stored settings is used: they may be wrong, and the proof
is there to find that out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from xtiger.engine.observe.both_sides import account_of, tax_rate_of
from xtiger.engine.observe.person_lists import persons_of
from xtiger.engine.plan.plan_state import by_code
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import UnreadableAnswer
from xtiger.mapping.convert import Lookups
from xtiger.mapping.line_halves import RateOf, net_keys
from xtiger.mapping.xero_schema import SCHEMAS, ElementReader
from xtiger.model.gone import GONE_STATUSES
from xtiger.model.links import Link
from xtiger.model.records import Ref, XeroRecord, XeroRef
from xtiger.model.values import Plain, from_json, to_json
from xtiger.rules.kinds import nature, traits
from xtiger.rules.taxes import TaxTable


@dataclass(frozen=True, slots=True)
class Facts:
    """What the proof knows of a Xero record beside its mapped fields."""

    #: Natural keys, by which a second record of the same is found.
    keys: tuple[str, ...] = ()
    day: date | None = None
    #: Status to sum under; PAID counts as AUTHORISED.
    status: str = ""
    currency: str = ""
    #: In the order of the kind's amounts.
    amounts: tuple[Decimal | None, ...] = ()
    #: A reason of REASONS why it is nobody's unless it is linked; "" for none.
    foreign: str = ""
    #: Xero id of the document that it belongs to; "" for none.
    parent: str = ""
    #: What Xero has in its field Type.
    type: str = ""


@dataclass(frozen=True, slots=True)
class XeroEntry:
    """A Xero record reduced to what is compared: 100,000 of them are to fit into memory."""

    id: str
    name: str
    status: str
    #: Values in the order of XeroTable.paths.
    values: tuple[Plain, ...]
    #: What decides whether lines are the same, with net prices, as JSON text; "" for none.
    lines: str
    facts: Facts
    #: Why it cannot be read; "" when it can.
    problem: str = ""

    @property
    def gone(self) -> bool:
        """Whether its status says that it is not to be used any more."""
        return self.status in GONE_STATUSES

    def line_keys(self) -> list[dict[str, Plain]]:
        """The lines as `xtiger.mapping.lines_to_xero.line_keys` reduces them."""
        found: list[dict[str, Plain]] = from_json(self.lines) if self.lines else []
        return found


@dataclass(frozen=True, slots=True)
class XeroTable:
    """All records of one kind, read now."""

    kind: str
    #: The paths that mapping rows of any scope compare.
    paths: tuple[str, ...]
    entries: Mapping[str, XeroEntry]

    def values(self, entry: XeroEntry) -> dict[str, Plain]:
        """Path → value of one record."""
        return dict(zip(self.paths, entry.values, strict=True)) if entry.values else {}


def readable(kind: str) -> bool:
    """Whether Xero lists records of this kind: persons, for one, are parts of contacts."""
    return kind in SCHEMAS


def read_table(
    bench: Workbench,
    kind: str,
    name_path: str,
    facts_of: Callable[[XeroRecord], Facts],
    taxes: TaxTable,
) -> XeroTable:
    """Read a kind whole, by pages; each element is reduced at once, prices to net ones."""
    parts = [part for scope in bench.scopes for part in scope.parts if part.kind == kind]
    rows = [row for part in parts for row in part.rows]
    paths = tuple(dict.fromkeys(row.xero.path for row in rows))
    reader = bench.reader(kind)

    entries: dict[str, XeroEntry] = {}
    for page in bench.xero.read(nature(kind).feed):
        bench.keep_alive()
        for raw in _elements(bench, kind, page.elements):
            entry = _reduced(reader, raw, paths, name_path, facts_of, taxes.percent)
            entries[entry.id] = entry
    return XeroTable(kind, paths, entries)


def _elements(
    bench: Workbench, kind: str, read: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """What a page shows of a kind: persons stand in their contacts, with the numbers we gave."""
    if not nature(kind).part_of:
        return read
    contacts = {str(raw.get("ContactID")): raw for raw in read}
    persons = [raw for _, raw in persons_of(bench, contacts)]
    # Of one who was erased nothing is known, so that it would count as another person.
    return [one for one in persons if not bench.erased.has_mail(one.get("EmailAddress"))]


def _reduced(
    reader: ElementReader,
    raw: Mapping[str, Any],
    paths: Sequence[str],
    name_path: str,
    facts_of: Callable[[XeroRecord], Facts],
    rate_of: RateOf,
) -> XeroEntry:
    try:
        record = reader.load(raw)
    except UnreadableAnswer as error:
        row = traits(reader.kind)
        id_name, status_name = row.id_field, row.status_field
        name = str(raw.get(name_path) or raw.get(id_name) or "")
        status = str(raw.get(status_name) or "")
        return XeroEntry(
            str(raw.get(id_name) or ""), name, status, (), "", Facts(), error.reason[:200]
        )
    return XeroEntry(
        id=record.id,
        name=str(record.values.get(name_path) or record.id),
        status=record.status,
        values=tuple(record.values.get(path) for path in paths),
        lines=to_json(net_keys(record, rate_of)) if record.lines else "",
        facts=facts_of(record),
    )


@dataclass(slots=True)
class Links:
    """The links of one connection, loaded once per module and kind."""

    bench: Workbench
    _of_crm: dict[str, Mapping[str, Link]] = field(default_factory=dict)
    _of_xero: dict[str, Mapping[str, Link]] = field(default_factory=dict)

    def of_module(self, module: str) -> Mapping[str, Link]:
        """CRM id → link."""
        if module not in self._of_crm:
            store, connection_id = self.bench.store, self.bench.connection_id
            self._of_crm[module] = store.links_by_crm(connection_id, module)
        return self._of_crm[module]

    def of_kind(self, kind: str) -> Mapping[str, Link]:
        """Xero id → primary link."""
        if kind not in self._of_xero:
            store, connection_id = self.bench.store, self.bench.connection_id
            self._of_xero[kind] = store.links_by_xero(connection_id, kind)
        return self._of_xero[kind]

    def xero_id(self, ref: Ref) -> str | None:
        """The Xero id of a linked CRM record."""
        link = self.of_module(ref.module).get(ref.id)
        return link.xero_id if link is not None and link.state == "live" else None

    def crm_id(self, ref: XeroRef) -> str | None:
        """The CRM id of a linked Xero record."""
        link = self.of_kind(ref.kind).get(ref.id)
        return link.crm_id if link is not None else None


def fresh_lookups(bench: Workbench, links: Links) -> Lookups:
    """What conversions need, with accounts and tax rates read now: two calls."""
    accounts, rates = ElementReader("Account"), ElementReader("TaxRate")
    maps = [scope.option("tax_map") or {} for scope in bench.scopes]
    tax_map = {key: value for one in maps for key, value in one.items()}
    found = [tax_rate_of(raw, rates) for raw in bench.xero.settings("TaxRate").elements]
    chart = [account_of(raw, accounts) for raw in bench.xero.settings("Account").elements]
    return Lookups(
        taxes=TaxTable(tuple(sorted(found, key=lambda rate: rate.name)), tax_map),
        accounts=by_code(chart),
        xero_id_of=links.xero_id,
        crm_id_of=links.crm_id,
        converters=bench.converters,
    )


@dataclass(frozen=True, slots=True)
class Items:
    """Every item of Xero, as far as lines need it."""

    #: Xero id → code.
    codes: Mapping[str, str] = field(default_factory=dict)
    #: Ids of those whose stock Xero keeps.
    tracked: frozenset[str] = frozenset()


def items_now(bench: Workbench) -> Items:
    """Every item, read now."""
    found = [raw for page in bench.xero.read("Item") for raw in page.elements]
    return Items(
        {str(raw.get("ItemID")): str(raw.get("Code") or "") for raw in found},
        frozenset(str(raw.get("ItemID")) for raw in found if raw.get("IsTrackedAsInventory")),
    )


def crm_records(bench: Workbench, module: str) -> Iterator[Sequence[Any]]:
    """The CRM's own records of a module from the start, page by page."""
    cursor: str | None = None
    while True:
        bench.keep_alive()
        page = bench.host.changed_since(module, cursor)
        yield page.records
        if not page.more or page.cursor == cursor:
            return
        cursor = page.cursor
