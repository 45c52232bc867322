"""Observing both sides: what may differ becomes dirty keys and shadows in the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from xtiger.engine.bench import SETTINGS_LIFE, Scope, Workbench
from xtiger.links import Account, Shadow, TaxRate
from xtiger.records import Record
from xtiger.schemas import KINDS, ElementReader
from xtiger.values import digest

#: What of a CRM record is kept to recognise it later: name, number and code, by role.
MATCH_ROLES = ("name", "number", "code")
#: Key of the digest in the last seen copy of a CRM record.
SEEN = "seen"
_CLASSES = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
_CLASS_NAMES = {"Assets": "ASSET", "Equity": "EQUITY", "Expenses": "EXPENSE",
                "Liabilities": "LIABILITY", "Revenue": "REVENUE"}  # fmt: skip


def account_of(raw: Mapping[str, Any], reader: ElementReader) -> Account:
    """An Account element as data."""
    found = reader.parse(raw)
    return Account(
        account_id=str(found.get("AccountID") or ""),
        code=str(found.get("Code") or ""),
        name=str(found.get("Name") or ""),
        type=str(found.get("Type") or ""),
        account_class=str(found.get("Class") or ""),
        tax_type=str(found.get("TaxType") or ""),
        status=str(found.get("Status") or "ACTIVE"),
        system=str(found.get("SystemAccount") or ""),
        payments=bool(found.get("EnablePaymentsToAccount")),
        currency=str(found.get("CurrencyCode") or ""),
        description=str(found.get("Description") or ""),
        updated_at=found.get("UpdatedDateUTC"),
    )


def tax_rate_of(raw: Mapping[str, Any], reader: ElementReader) -> TaxRate:
    """A TaxRate element as data; the effective rate counts, for compound rates too."""
    found = reader.parse(raw)
    rate = found.get("EffectiveRate")
    parts = found.get("TaxComponents") or ()
    return TaxRate(
        tax_type=str(found.get("TaxType") or ""),
        name=str(found.get("Name") or ""),
        rate=found.get("DisplayTaxRate") if rate is None else rate,
        status=str(found.get("Status") or "ACTIVE"),
        classes=frozenset(_CLASS_NAMES[c] for c in _CLASSES if found.get(f"CanApplyTo{c}")),
        components=tuple(
            (str(p.get("Name") or ""), p.get("Rate"), bool(p.get("IsCompound"))) for p in parts
        ),
    )


def read_settings(bench: Workbench, *, fresh: bool = False) -> None:
    """Read accounts, tax rates and currencies when the stored ones are too old (3 calls)."""
    name = f"settings_read:{bench.connection_id}"
    last = bench.store.setting(name)
    now = bench.clock.now()
    if not fresh and isinstance(last, datetime) and now - last < SETTINGS_LIFE:
        return
    accounts, rates = ElementReader("Account"), ElementReader("TaxRate")
    chart = [account_of(raw, accounts) for raw in bench.xero.settings("Account").elements]
    taxes = [tax_rate_of(raw, rates) for raw in bench.xero.settings("TaxRate").elements]
    currencies = [str(raw.get("Code")) for raw in bench.xero.settings("Currency").elements]
    with bench.store.transaction():
        bench.store.replace_accounts(bench.connection_id, chart)
        bench.store.replace_tax_rates(bench.connection_id, taxes)
        bench.store.replace_currencies(bench.connection_id, currencies)
        bench.store.save_setting(name, now)


def read_xero(bench: Workbench, kind: str, *, full: bool = False) -> int:
    """Read what changed of a kind since the last time; answers how many elements came.

    Each page is saved with its dirty keys at once; the cursor moves after the last page, to
    the server's time of the first one, so that edits during the read come again next time.
    An element equal to its shadow is the overlap or our own echo and is not marked.
    """
    cursor = None if full else bench.store.cursor(bench.connection_id, kind)
    since = datetime.fromisoformat(cursor) if cursor else None
    started: datetime | None = None
    count = 0
    for page in bench.xero.read(kind, since=since):
        started = started or page.server_time
        save_elements(bench, kind, page.elements, page.server_time, mark=True)
        count += len(page.elements)
    if started is not None:
        bench.store.save_cursor(bench.connection_id, kind, started.isoformat())
    return count


def save_elements(
    bench: Workbench, kind: str, elements: Iterable[Mapping[str, Any]], seen_at: datetime,
    *, mark: bool,
) -> None:  # fmt: skip
    """Keep elements as shadows; those that differ from the last seen copy are marked dirty."""
    id_name = KINDS[kind][0]
    by_id = {str(raw.get(id_name)): raw for raw in elements if raw.get(id_name)}
    known = bench.store.shadows(bench.connection_id, "xero", kind, by_id)
    changed = [
        key for key, raw in by_id.items()
        if key not in known or digest(known[key].payload) != digest(raw)
    ]  # fmt: skip
    with bench.store.transaction():
        bench.store.save_shadows(
            bench.connection_id,
            [Shadow("xero", kind, key, by_id[key], seen_at) for key in changed],
        )
        if mark and changed:
            bench.store.mark(bench.connection_id, "xero", kind, changed, "feed", bench.clock.now())


def read_host(bench: Workbench, scope: Scope, *, full: bool = False) -> int:
    """Walk the CRM's feed of a module since the last time; answers how many records came.

    A record equal to its last seen copy is the overlap or our own echo and is not marked; a
    walk from the start marks every record.
    """
    name = f"crm:{scope.name}"
    cursor = None if full else bench.store.cursor(bench.connection_id, name)
    whole = cursor is None
    count = 0
    while True:
        page = bench.host.changed_since(scope.name, cursor)
        with bench.store.transaction():
            ids = _changed_ids(bench, scope, page.records, whole=whole)
            remember_crm(bench, scope, page.records)
            if ids:
                bench.store.mark(
                    bench.connection_id, "crm", scope.name, ids, "feed", bench.clock.now()
                )
            bench.store.save_cursor(bench.connection_id, name, page.cursor)
        count += len(page.records)
        if not page.more or page.cursor == cursor:
            return count
        cursor = page.cursor


def _changed_ids(
    bench: Workbench, scope: Scope, records: Sequence[Record], *, whole: bool
) -> list[str]:
    ids = [record.ref.id for record in records]
    if whole or not ids:
        return ids
    known = bench.store.shadows(bench.connection_id, "crm", scope.name, ids)
    return [
        r.ref.id for r in records
        if r.deleted
        or r.ref.id not in known
        or known[r.ref.id].payload.get(SEEN) != seen_digest(r)
    ]  # fmt: skip


def read_outbox(bench: Workbench) -> int:
    """Move due rows of the host's outbox into the store; answers how many.

    Rows are deleted only at the generation read, so that a change in between stays.
    """
    moved = 0
    while rows := bench.host.outbox(bench.clock.now()):
        tenant = bench.connection.tenant
        mine = [row for row in rows if row.tenant == tenant]
        by_module: dict[tuple[str, str], list[str]] = {}
        for row in mine:
            # The origin is cleared by any later local edit, so this is our own write coming back.
            if row.origin == "xero":
                continue
            reason = "deleted" if row.kind == "deleted" else "save"
            by_module.setdefault((row.ref.module, reason), []).append(row.ref.id)
        with bench.store.transaction():
            for (module, reason), ids in by_module.items():
                bench.store.mark(bench.connection_id, "crm", module, ids, reason, bench.clock.now())
        bench.host.outbox_done(mine)
        moved += len(mine)
        if len(mine) < len(rows) or not mine:
            break
    return moved


def match_values(scope: Scope, record: Record) -> dict[str, Any]:
    """What of a CRM record recognises it: name, number, code."""
    found = {}
    for part in MATCH_ROLES:
        described = scope.module.by_role(f"{scope.sync.role}.{part}")
        if described is not None:
            found[part] = str(record.values.get(described.name) or "")
    return found


def seen_digest(record: Record) -> str:
    """What is equal exactly when a CRM record was not touched since."""
    return digest({"values": dict(record.values), "lines": [dict(line) for line in record.lines]})


def remember_crm(bench: Workbench, scope: Scope, records: Iterable[Record]) -> None:
    """Keep what recognises these CRM records, so that a later Xero record finds its twin."""
    bench.store.save_shadows(
        bench.connection_id,
        [
            Shadow(
                "crm",
                scope.name,
                r.ref.id,
                {**match_values(scope, r), SEEN: seen_digest(r)},
                bench.clock.now(),
            )  # fmt: skip
            for r in records
            if not r.deleted
        ],
    )


def observe(bench: Workbench, *, full: bool = False) -> None:
    """Read settings, the host's outbox and feeds, and Xero's feeds of the kinds in scope."""
    read_settings(bench, fresh=full)
    read_outbox(bench)
    for scope in bench.scopes:
        read_host(bench, scope, full=full)
    for kind in dict.fromkeys(scope.kind for scope in bench.scopes):
        read_xero(bench, kind, full=full)
