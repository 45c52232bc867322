"""The reference host: a CRM in one SQLite database, in memory or in a file."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

from xtiger.errors import BrokenHost, NeedsPerson, UnknownModule
from xtiger.hosts.checks import LINE_ID, Refused, is_empty, refused, split_line, take_all
from xtiger.hosts.memory.rows import Row, Rows
from xtiger.hosts.tables import HostTables
from xtiger.model.records import (
    Ability,
    Arithmetic,
    Capabilities,
    Change,
    Currency,
    Document,
    Field,
    Identity,
    Kind,
    Module,
    OutboxRow,
    Page,
    Problem,
    Record,
    Ref,
    Result,
    Tax,
    Write,
)
from xtiger.model.values import Plain
from xtiger.ports.clock import Clock
from xtiger.ports.host import API


class MemoryHost:
    """A CRM as the library sees one: the modules given, records as rows, events, tenants.

    `truncate` cuts too long text without a word, as some CRMs do. `tombstones=False` forgets
    deleted records. With several tenants each call stands within `tenant()`.
    `create()`, `edit()`, `edit_lines()` and `remove()` are what a person does in the CRM.
    """

    def __init__(
        self,
        *,
        modules: Sequence[Module],
        name: str = "memory",
        base_currency: str = "GBP",
        path: Path | None = None,
        clock: Clock | None = None,
        taxes: Sequence[Tax] = (),
        currencies: Sequence[Currency] = (),
        rates: Mapping[tuple[str, date], Decimal] | None = None,
        url_base: str = "https://crm.example",
        tenants: Sequence[str] = ("",),
        truncate: bool = False,
        tombstones: bool = True,
        arithmetic: Arithmetic = "line",
        invoice_of_sale: Callable[[Ref], Write | None] | None = None,
        takes_taxes: bool = False,
        zone: tzinfo = UTC,
        document: Callable[[Ref], Document | None] | None = None,
    ) -> None:
        forgets = frozenset[Ability]() if tombstones else frozenset[Ability]({"tombstones"})
        self._modules = {m.name: replace(m, can=m.can - forgets) for m in modules}
        self._name, self._base_currency, self._clock = name, base_currency, clock
        self._taxes, self._rates = tuple(taxes), dict(rates or {})
        self._currencies = tuple(currencies) or (Currency(base_currency),)
        self._url_base, self._tenants = url_base.rstrip("/"), tuple(tenants)
        self._truncate, self._tombstones = truncate, tombstones
        self._arithmetic: Arithmetic = arithmetic
        self._document = document
        self._invoice_of_sale, self._takes_taxes = invoice_of_sale, takes_taxes
        self._zone = zone
        self._entered = threading.local()
        self._rows = Rows(name, path)
        self._tables = HostTables("sqlite")
        with self._rows.transaction() as cursor:
            self._tables.create(cursor)
            self._tables.make_identity(cursor, secrets.token_hex(16))

    # --- what the host is ---

    @property
    def name(self) -> str:
        """Short name for people and logs."""
        return self._name

    @property
    def api(self) -> tuple[int, int]:
        """The interface number that the adapter was written for."""
        return API

    @property
    def caps(self) -> Capabilities:
        """What this host can do, as data."""
        return Capabilities(
            tombstones=self._tombstones,
            versions=True,
            multi_currency=len(self._currencies) > 1,
            tax_table=bool(self._taxes),
            arithmetic=self._arithmetic,
            takes_taxes=self._takes_taxes,
            zone=self._zone,
        )

    def identity(self) -> Identity | None:
        """Which CRM this is: the row of xt_identity in its database."""
        with self._rows.transaction() as cursor:
            return self._tables.identity(cursor)

    def count_run(self) -> Identity | None:
        """Raise the number of runs in xt_identity by one."""
        with self._rows.transaction() as cursor:
            self._tables.count_run(cursor)
            return self._tables.identity(cursor)

    def close(self) -> None:
        """Close the database; the host is of no use afterwards."""
        self._rows.close()

    def modules(self) -> Sequence[Module]:
        """All modules with their fields."""
        return tuple(self._modules.values())

    def _module(self, name: str) -> Module:
        if name not in self._modules:
            raise UnknownModule(name, sorted(self._modules))
        return self._modules[name]

    def _now(self) -> datetime:
        return self._clock.now() if self._clock else datetime.now(UTC)

    # --- reading ---

    def _record(self, module: str, row: Row) -> Record:
        described = self._module(module)
        values = {field.name: row.values.get(field.name) for field in described.fields}
        lines = tuple(
            {LINE_ID: line[LINE_ID], **{f.name: line.get(f.name) for f in described.lines}}
            for line in row.lines
        )
        ref = Ref(module, str(row.number))
        return Record(ref, values, lines, str(row.version), row.modified, row.deleted)

    def get(self, module: str, ids: Sequence[str]) -> Mapping[str, Record]:
        """Fresh records by id; absent when there never was one, deleted ones are marked."""
        self._module(module)
        found = {key: self._rows.one(self._tenant(), module, key) for key in ids}
        return {key: self._record(module, row) for key, row in found.items() if row}

    def find(self, module: str, field: str, value: Any, limit: int = 50) -> Sequence[Record]:
        """Records whose field equals the value exactly, ordered by id."""
        self._module(module)
        rows = self._rows.equal(self._tenant(), module, field, value, limit)
        return [self._record(module, row) for row in rows if row.values.get(field) == value]

    def changed_since(self, module: str, cursor: str | None, limit: int = 200) -> Page:
        """Records by a sequence that rises with each write, so that none can be missed."""
        self._module(module)
        rest = "AND seq > ? ORDER BY seq LIMIT ?"
        rows = self._rows.query(self._tenant(), module, rest, int(cursor or 0), limit + 1)
        page = rows[:limit]
        last = str(page[-1].seq) if page else cursor or "0"
        return Page(tuple(self._record(module, r) for r in page), last, len(rows) > limit)

    # --- writing ---

    def save(self, module: str, writes: Sequence[Write], origin: str = "") -> Sequence[Result]:
        """Create and change records, one result per write in order."""
        described = self._module(module)
        return [self._save(described, write, origin, person=False) for write in writes]

    def _save(self, module: Module, write: Write, origin: str, *, person: bool) -> Result:
        try:
            with self._rows.transaction() as cursor:
                made = self._tables.created(cursor, write.key) if write.key else None
                if made is not None and write.id is None:
                    row = self._rows.one(self._tenant(), made.module, made.id)
                    return Result(made, str(row.version) if row else None)
                row = self._write(module, write, origin, person=person)
                ref = Ref(module.name, str(row.number))
                if write.key and write.id is None:
                    self._tables.remember_created(cursor, write.key, ref)
                return Result(ref, str(row.version))
        except Refused as error:
            ref_or_none = Ref(module.name, write.id) if write.id else None
            return Result(ref_or_none, None, error.problem)

    def _write(self, module: Module, write: Write, origin: str, *, person: bool) -> Row:
        tenant = self._tenant()
        old = None if write.id is None else self._current(module, write)
        given = take_all(
            module.fields,
            write.values,
            creating=old is None,
            current=old.values if old else None,
            anything=person,
            truncate=self._truncate,
        )
        number = old.number if old else self._rows.next_number(f"{tenant}/{module.name}")
        self._check_others(module, module.fields, given, number)
        row = Row(
            number,
            {**(old.values if old else {}), **given},
            self._lines(module, old, write, person=person),
            self._now(),
            old.version + 1 if old else 1,
        )
        kept = self._rows.put(tenant, module.name, row)
        self._tell(module, kept, old, "updated" if old else "created", origin)
        return kept

    def _current(self, module: Module, write: Write) -> Row:
        old = self._rows.one(self._tenant(), module.name, write.id or "")
        if old is None or old.deleted:
            raise refused("missing", f"{module.name} has no record {write.id}.")
        if write.expect is not None and write.expect != str(old.version):
            raise refused("conflict", "The record was changed in the CRM meanwhile. Read it again.")
        return old

    def _lines(
        self, module: Module, old: Row | None, write: Write, *, person: bool
    ) -> list[Mapping[str, Plain]]:
        kept = {str(line[LINE_ID]): line for line in (old.lines if old else ())}
        if write.lines is None:
            return list(kept.values())
        lines: list[Mapping[str, Plain]] = []
        for given in write.lines:
            line_id, rest = split_line(given, kept)
            taken = take_all(
                module.lines,
                rest,
                creating=line_id is None,
                current=kept.get(line_id or ""),
                anything=person,
                truncate=self._truncate,
            )
            self._check_others(module, module.lines, taken, None)
            line_id = line_id or str(self._rows.next_number("line"))
            lines.append({**kept.get(line_id, {}), **taken, LINE_ID: line_id})
        return lines

    def _check_others(
        self, module: Module, fields: Sequence[Field], given: Mapping[str, Plain], own: int | None
    ) -> None:
        """Values that must be unique or point to another record."""
        for field in fields:
            value = given.get(field.name)
            if is_empty(value):
                continue
            shown = field.label or field.name
            if field.unique:
                rows = self._rows.equal(self._tenant(), module.name, field.name, value, 2)
                if any(row.number != own for row in rows):
                    message = f"{shown} is in use already. Choose another."
                    raise refused("conflict", message, field.name)
            if field.type == "ref" and not any(
                self._exists(target, str(value)) for target in field.targets
            ):
                message = f"{shown}: there is no record {value} in {' or '.join(field.targets)}."
                raise refused("invalid", message, field.name)

    def _exists(self, module: str, record_id: str) -> bool:
        row = self._rows.one(self._tenant(), module, record_id)
        return row is not None and not row.deleted

    def delete(self, module: str, ids: Sequence[str], origin: str = "") -> Sequence[Result]:
        """Delete records as a person does; one result per id."""
        described = self._module(module)
        return [self._delete(described, record_id, origin) for record_id in ids]

    def _delete(self, module: Module, record_id: str, origin: str) -> Result:
        ref, tenant = Ref(module.name, record_id), self._tenant()
        with self._rows.transaction():
            old = self._rows.one(tenant, module.name, record_id)
            if old is None or old.deleted:
                message = f"{module.name} has no record {record_id}."
                return Result(ref, None, Problem("missing", message))
            if self._tombstones:
                gone = replace(old, deleted=True, version=old.version + 1, modified=self._now())
                self._rows.put(tenant, module.name, gone)
            else:
                self._rows.remove(tenant, module.name, old.number)
            self._tell(module, old, old, "deleted", origin)
        return Result(ref)

    # --- transactions and changes ---

    def _tell(self, module: Module, row: Row, old: Row | None, kind: Kind, origin: str) -> None:
        """Put the change of a record, and of those it belongs to, into the outbox."""
        parents = [
            Ref(target, str(value))
            for name in module.parents
            if (field := module.by_name(name)) is not None
            for value in {row.values.get(name), old.values.get(name) if old else None}
            for target in field.targets
            if not is_empty(value) and self._exists(target, str(value))
        ]
        self._note(Ref(module.name, str(row.number)), kind, origin)
        for parent in parents:
            self._note(parent, "updated", origin)

    def _note(self, ref: Ref, kind: Kind, origin: str) -> None:
        tenant = self._tenant()
        self.note(Change(ref, kind, self._now(), origin=origin or None, tenant=tenant))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Join the running transaction of this thread or begin one; nested is a savepoint."""
        with self._rows.transaction():
            yield

    def note(self, change: Change) -> None:
        """Put a change into xt_outbox within the running transaction, folded into one row."""
        tenant = self._tenant() if change.tenant is None else change.tenant
        with self._rows.transaction() as cursor:
            self._tables.note(cursor, [replace(change, tenant=tenant)])

    def outbox(self, now: datetime, limit: int = 200) -> Sequence[OutboxRow]:
        """Rows that are due, oldest first: of the tenant entered, else of all."""
        tenant = getattr(self._entered, "tenant", None)
        with self._rows.transaction() as cursor:
            return self._tables.due(cursor, now, limit, tenant)

    def outbox_done(self, rows: Sequence[OutboxRow]) -> int:
        """Delete the rows that still have the generation read; returns how many were."""
        with self._rows.transaction() as cursor:
            return self._tables.done(cursor, rows)

    def on_commit(self, call: Callable[[], None]) -> None:
        """Call after the running transaction commits; at once when none runs."""
        self._rows.after_commit(call)

    # --- people, tenants, money ---

    def _tenant(self) -> str:
        entered: str | None = getattr(self._entered, "tenant", None)
        if entered is not None:
            return entered
        if len(self._tenants) == 1:
            return self._tenants[0]
        raise BrokenHost(self._name, "reading", "no tenant is entered; use host.tenant(id)")

    def tenants(self) -> Sequence[str]:
        """Ids of the tenants."""
        return self._tenants

    @contextmanager
    def tenant(self, tenant: str) -> Iterator[None]:
        """Answer for this tenant within the block; raises NeedsPerson for an unknown one."""
        if tenant not in self._tenants:
            known = ", ".join(self._tenants) or "none"
            raise NeedsPerson(f"{self._name} has no tenant {tenant!r}. Known tenants: {known}.")
        before = getattr(self._entered, "tenant", None)
        self._entered.tenant = tenant
        try:
            yield
        finally:
            self._entered.tenant = before

    def url(self, ref: Ref) -> str | None:
        """The address of the record's page in the CRM."""
        return f"{self._url_base}/{ref.module}/{ref.id}"

    def invoice_of_sale(self, ref: Ref) -> Write | None:
        """What the function given makes of a won sale; None without one."""
        return None if self._invoice_of_sale is None else self._invoice_of_sale(ref)

    def document(self, ref: Ref) -> Document | None:
        """What the function given makes of a record; None without one."""
        return None if self._document is None else self._document(ref)

    def base_currency(self) -> str:
        """The three letters of the CRM's own currency."""
        return self._base_currency

    def currencies(self) -> Sequence[Currency]:
        """The currencies in use."""
        return self._currencies

    def rate(self, code: str, on: date) -> Decimal | None:
        """The rate given for exactly that day; 1 for the CRM's own currency."""
        return Decimal(1) if code == self._base_currency else self._rates.get((code, on))

    def taxes(self) -> Sequence[Tax]:
        """The taxes given, and those taken since."""
        return self._taxes

    def save_taxes(self, taxes: Sequence[Tax]) -> None:
        """Take them into the table, by id."""
        known = {tax.id: tax for tax in self._taxes}
        for tax in taxes:
            own = tax.id or f"tax-{len(known) + 1}"
            known[own] = replace(tax, id=own)
        self._taxes = tuple(known.values())

    # --- what a person does in the CRM ---

    def _by_person(self, module: str, write: Write) -> str:
        result = self._save(self._module(module), write, "", person=True)
        if result.problem is not None or result.ref is None:
            raise ValueError(result.problem.message if result.problem else "not saved")
        return result.ref.id

    def create(
        self, module: str, values: Mapping[str, Plain], lines: Sequence[Mapping[str, Plain]] = ()
    ) -> str:
        """Make a record and return its id; raises ValueError with what the form would say."""
        return self._by_person(module, Write(values, lines=lines))

    def edit(self, module: str, id: str, **values: Plain) -> None:
        """Change fields of a record; raises ValueError with what the form would say."""
        self._by_person(module, Write(values, id=id))

    def edit_lines(self, module: str, id: str, lines: Sequence[Mapping[str, Plain]]) -> None:
        """Replace the lines of a record; those with "id" are changed in place."""
        self._by_person(module, Write({}, id=id, lines=lines))

    def remove(self, module: str, id: str) -> None:
        """Delete a record; raises ValueError when there is none."""
        (result,) = self.delete(module, [id])
        if result.problem is not None:
            raise ValueError(result.problem.message)

    def record(self, module: str, id: str) -> Record:
        """One record as it is now; raises KeyError when there is none."""
        return self.get(module, [id])[id]

    def all(self, module: str) -> Sequence[Record]:
        """All records that are not deleted, ordered by id."""
        self._module(module)
        rows = self._rows.query(self._tenant(), module, "AND deleted = 0 ORDER BY number")
        return [self._record(module, row) for row in rows]
