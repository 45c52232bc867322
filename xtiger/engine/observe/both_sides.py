"""Observing both sides: what may differ becomes dirty keys and shadows in the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from xtiger.engine.observe.contact_uses import refresh_uses
from xtiger.engine.observe.erased import erased_ids, without_erased
from xtiger.engine.observe.look_again import known_only, look_again_if_changed
from xtiger.engine.observe.noticing import money_before, note_events
from xtiger.engine.observe.person_lists import keep_persons
from xtiger.engine.observe.places import Places
from xtiger.engine.observe.suppliers import wake_suppliers
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import ScopeMissing
from xtiger.mapping.documents.tracking import CATEGORIES, THEMES, kept, wanted_lists
from xtiger.mapping.matching.rule_text import PARTS
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model import setting_keys
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.links import Shadow
from xtiger.model.records import OutboxRow, Record
from xtiger.model.values import digest
from xtiger.ports.xero import SettingsKind
from xtiger.rules.kinds import LISTED, nature, parts_of, traits
from xtiger.rules.match_rules.marks import wanted_marks
from xtiger.rules.permissions import may_read

#: Accounts, tax rates and currencies are read again after this time, so many per run at most.
SETTINGS_LIFE = timedelta(hours=1)
SETTINGS_PER_RUN = 2
#: Calls of a run without changes: the organisation, the feeds, and settings as far as they fit.
QUIET_CALLS = 6
#: What holds are judged by: settings, and the stock of items, which no feed tells for sure.
JudgedKind = SettingsKind | Literal["Item"]
#: Which of what was read becomes dirty: what differs from the last seen copy, all of it, or none.
Mark = Literal["new", "all", "none"]
_SETTINGS: tuple[SettingsKind, ...] = ("Account", "TaxRate", "Currency")
#: What of a CRM record is kept to recognise it later, by role.
MATCH_ROLES = ("name", "number", "code", "email", "organisation")
#: Key of what the rule "id" compares in the last seen copy of a CRM record.
OWN_ID = "own_id"
#: Key of the digest in the last seen copy of a CRM record.
SEEN = "seen"
_CLASSES = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
_CLASS_NAMES = {
    "Assets": "ASSET",
    "Equity": "EQUITY",
    "Expenses": "EXPENSE",
    "Liabilities": "LIABILITY",
    "Revenue": "REVENUE",
}


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
    """Read accounts, tax rates and currencies when the stored ones are too old.

    A usual run renews two of the three at most, the oldest first, and with four feeds only one,
    so that a run without changes stays within its six calls; the others are the next run's.
    Never read ones are read.
    """
    feeds = len(_feeds(bench))
    renewed = min(SETTINGS_PER_RUN, max(1, QUIET_CALLS - 1 - feeds))
    read_at = settings_read_at(bench)
    now = bench.clock.now()
    wanted = [*_SETTINGS, *_named_lists(bench)]
    never = [kind for kind in wanted if kind not in read_at]
    old = sorted(
        (kind for kind in wanted if kind in read_at and now - read_at[kind] >= SETTINGS_LIFE),
        key=lambda kind: read_at[kind],
    )
    renew_settings(bench, wanted if fresh else [*never, *old[:renewed]])


def _named_lists(bench: Workbench) -> list[SettingsKind]:
    """The lists whose entries a mapping or a CRM names: nothing is read that nobody asks for."""
    found = set[SettingsKind]()
    for scope in bench.scopes:
        fields = (*scope.module.fields, *scope.module.lines)
        roles = frozenset(field.role for field in fields if field.role)
        found |= set(wanted_lists(scope.mapping.options, roles))
    return sorted(found)


def settings_read_at(bench: Workbench) -> dict[str, datetime]:
    """List of Xero's settings → when it was read last; without those that never were."""
    stored = bench.store.setting(setting_keys.settings_read(bench.connection_id))
    return dict(stored) if isinstance(stored, Mapping) else {}


def renew_settings(bench: Workbench, kinds: Sequence[JudgedKind]) -> None:
    """Read these of the settings now: one call each; of items the whole list."""
    key = setting_keys.settings_read(bench.connection_id)
    for kind in kinds:
        elements: Sequence[Mapping[str, Any]] = ()
        if kind == "Item":
            read_xero(bench, kind, whole=True)
        else:
            elements = bench.xero.settings(kind).elements
        with bench.store.transaction():
            if kind != "Item":
                _keep_settings(bench, kind, elements)
            stored = bench.store.setting(key)
            read_at = dict(stored) if isinstance(stored, Mapping) else {}
            bench.store.save_setting(key, {**read_at, kind: bench.clock.now()})
        bench.settings_read.add(kind)


def _keep_settings(bench: Workbench, kind: str, elements: Sequence[Mapping[str, Any]]) -> None:
    store, connection_id = bench.store, bench.connection_id
    if kind == "Currency":
        store.replace_currencies(connection_id, [str(raw.get("Code")) for raw in elements])
        return
    if kind in (CATEGORIES, THEMES):
        store.save_setting(setting_keys.named_list(connection_id, kind), kept(kind, elements))
        return
    reader = ElementReader(kind)
    if kind == "Account":
        store.replace_accounts(connection_id, [account_of(raw, reader) for raw in elements])
    else:
        store.replace_tax_rates(connection_id, [tax_rate_of(raw, reader) for raw in elements])


def read_xero(
    bench: Workbench,
    kind: str,
    *,
    full: bool = False,
    whole: bool = False,
    uses: bool = False,
    judged: bool = True,
    places: Places | None = None,
) -> int:
    """Read what changed of a kind since the last time; returns how many elements came.

    Each page is saved with its dirty keys at once; the cursor moves after the last page, to
    the server's time of the first one, so that edits during the read come again next time.
    An element equal to its shadow is the overlap or our own echo and is not marked; a full
    read marks all. A `whole` one reads all and marks what is new. Either proves what is gone:
    Xero deletes items without a trace.
    With `uses` new documents show what their contacts are used as. What is not `judged` leaves no
    dirty keys: no module would ever take them. `places` give the cursor, and keep a quiet one.
    """
    key = setting_keys.xero_cursor(kind)
    cursor = None if full or whole else _place(bench, key, places)
    since = datetime.fromisoformat(cursor) if cursor else None
    started: datetime | None = None
    seen: set[str] = set()
    for page in bench.xero.read(kind, since=since):
        bench.keep_alive()
        started = started or page.server_time
        mark: Mark = ("all" if full else "new") if judged else "none"
        changed = save_elements(bench, kind, page.elements, page.server_time, mark=mark)
        if uses and traits(kind).lines:
            refresh_uses(bench, changed)
        seen.update(str(raw.get(traits(kind).id_field)) for raw in page.elements)
    if started is None or (since and not seen and _quiet(places, key, started.isoformat())):
        return 0
    with bench.store.transaction():
        if since is None:
            mark_gone(bench, kind, seen, started, judged=judged)
        bench.store.save_cursor(bench.connection_id, key, started.isoformat())
    return len(seen)


def _place(bench: Workbench, key: setting_keys.CursorKey, places: Places | None) -> str | None:
    return bench.store.cursor(bench.connection_id, key) if places is None else places.of(key)


def _quiet(places: Places | None, key: setting_keys.CursorKey, place: str) -> bool:
    """Leave a cursor that met nothing to these places, if there are any."""
    if places is None:
        return False
    places.quiet(key, place)
    return True


def mark_gone(
    bench: Workbench, kind: str, seen: set[str], at: datetime, *, judged: bool = True
) -> None:
    """Mark what an earlier read had and this whole one has not: it was deleted in Xero."""
    missing = bench.store.shadow_ids(bench.connection_id, "xero", kind) - seen
    known = bench.store.shadows(bench.connection_id, "xero", kind, sorted(missing))
    gone = [replace(shadow, seen_at=at, gone=True) for shadow in known.values() if not shadow.gone]
    if gone:
        bench.store.save_shadows(bench.connection_id, gone)
    if gone and judged:
        ids = [shadow.id for shadow in gone]
        bench.store.mark(bench.connection_id, "xero", kind, ids, "gone", bench.clock.now())


def save_elements(
    bench: Workbench,
    kind: str,
    elements: Iterable[Mapping[str, Any]],
    seen_at: datetime,
    *,
    mark: Mark,
) -> list[Mapping[str, Any]]:
    """Keep elements as shadows; mark dirty those that differ from the last seen copy, or all.

    Answers those that differ.
    """
    id_name = traits(kind).id_field
    read = {str(raw.get(id_name)): raw for raw in elements if raw.get(id_name)}
    if not read and mark != "all":
        return []
    by_id = without_erased(bench, kind, read)
    changed = bench.store.differing(bench.connection_id, "xero", kind, by_id)
    with bench.store.transaction():
        before = money_before(bench, kind, changed)
        bench.store.save_shadows(
            bench.connection_id,
            [Shadow("xero", kind, key, by_id[key], seen_at) for key in changed],
        )
        note_events(bench, kind, [by_id[key] for key in changed], before)
        found = {"new": changed, "all": list(by_id), "none": []}[mark]
        marked = known_only(bench.store, bench.connection_id, kind, found)
        if marked:
            bench.store.mark(bench.connection_id, "xero", kind, marked, "feed", bench.clock.now())
        if parts_of(kind):
            keep_persons(bench, by_id, seen_at, whole=mark == "all")
    return [by_id[key] for key in changed]


def read_host(
    bench: Workbench, scope: Scope, *, full: bool = False, places: Places | None = None
) -> int:
    """Walk the CRM's feed of a module since the last time; returns how many records came.

    A record equal to its last seen copy is the overlap or our own echo and is not marked; a
    walk from the start marks every record. The cursor is of these `places`, as in read_xero.
    """
    key = setting_keys.crm_cursor(scope.name)
    cursor = None if full else _place(bench, key, places)
    whole = cursor is None
    count = 0
    while True:
        page = bench.host.changed_since(scope.name, cursor)
        news = page.records or page.more or whole
        if not news and _quiet(places, key, page.cursor):
            return count
        with bench.store.transaction():
            _keep_records(bench, scope, page.records, whole=whole)
            bench.store.save_cursor(bench.connection_id, key, page.cursor)
        count += len(page.records)
        if not page.more or page.cursor == cursor:
            return count
        cursor = page.cursor


def _keep_records(
    bench: Workbench, scope: Scope, records: Sequence[Record], *, whole: bool
) -> None:
    """Keep records as shadows; mark dirty those that differ from the last seen copy, or all.

    Those that differ were saved, though no event named them.
    """
    now, erased = bench.clock.now(), erased_ids(bench, scope, records)
    seen = {
        record.ref.id: _seen(scope, record, now, erased=record.ref.id in erased)
        for record in records
    }
    changed = bench.store.differing(
        bench.connection_id,
        "crm",
        scope.name,
        {i: one.payload for i, one in seen.items()},
        {i for i, one in seen.items() if one.gone},
    )
    bench.store.save_shadows(bench.connection_id, [seen[i] for i in changed])
    known = set(changed)
    alike = [i for i in seen if i not in known] if whole else []
    for ids, reason in ((alike, "feed"), (changed, "save")):
        if ids:
            bench.store.mark(bench.connection_id, "crm", scope.name, ids, reason, now)


def read_outbox(bench: Workbench) -> int:
    """Move due rows of the host's outbox into the store; returns how many.

    Each connection of the tenant gets the keys, since a row is read once for all of them. Rows
    are deleted only at the generation read, so that a change in between stays.
    """
    moved = 0
    tenant = bench.connection.tenant
    connections = [connection.id for connection in bench.store.connections(tenant)]
    while True:
        rows = [row for row in bench.host.outbox(bench.clock.now()) if row.tenant == tenant]
        if not rows:
            return moved
        with bench.store.transaction():
            _mark_rows(bench, rows, connections)
        bench.host.outbox_done(rows)
        moved += len(rows)


def _mark_rows(bench: Workbench, rows: Sequence[OutboxRow], connections: Sequence[str]) -> None:
    by_module: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        # The origin is cleared by any later local edit, so this is our own write coming back;
        # what came from one organisation is news to another.
        if row.origin == "xero" and len(connections) == 1:
            continue
        reason = "deleted" if row.kind == "deleted" else "save"
        by_module.setdefault((row.ref.module, reason), []).append(row.ref.id)
    for (module, reason), ids in by_module.items():
        for connection_id in connections:
            bench.store.mark(connection_id, "crm", module, ids, reason, bench.clock.now())


def match_values(scope: Scope, record: Record) -> dict[str, Any]:
    """What of a CRM record recognises it: name, number, code, e-mail, organisation."""
    found = _values_of(scope, record, MATCH_ROLES)
    if not scope.settings.matching:
        return found
    # What no rule asks for is not kept: a store of before has not got it either.
    rules = [rule for part in scope.parts for rule in part.match_rules]
    asked = {part for rule in wanted_marks(rules) for part in PARTS.get(rule, ())}
    found |= _values_of(scope, record, sorted(asked))
    own = next((rule.field for rule in rules if rule.field), "")
    return found | ({OWN_ID: str(record.values.get(own) or "")} if own else {})


def _values_of(scope: Scope, record: Record, parts: Iterable[str]) -> dict[str, Any]:
    """Part of the module's role → its text, without what the CRM has no field for."""
    described = ((part, scope.module.by_role(f"{scope.sync.role}.{part}")) for part in parts)
    return {part: str(record.values.get(it.name) or "") for part, it in described if it}


def seen_digest(record: Record) -> str:
    """What is equal exactly when a CRM record was not touched since."""
    return digest({"values": dict(record.values), "lines": [dict(line) for line in record.lines]})


def remember_crm(
    bench: Workbench, scope: Scope, records: Iterable[Record], unsure: Collection[str] = ()
) -> None:
    """Keep what recognises these CRM records, so that a later Xero record finds its twin.

    Those of `unsure` were changed by somebody since we wrote them: the feed is to show them.
    """
    now = bench.clock.now()
    bench.store.save_shadows(
        bench.connection_id,
        [_seen(scope, record, now, sure=record.ref.id not in unsure) for record in records],
    )


def _seen(
    scope: Scope, record: Record, now: datetime, *, sure: bool = True, erased: bool = False
) -> Shadow:
    """What is kept of a record: what recognises it, and its digest where it is `sure`."""
    found = {} if record.deleted or erased else match_values(scope, record)
    if sure and not record.deleted and not erased:
        found[SEEN] = seen_digest(record)
    return Shadow("crm", scope.name, record.ref.id, found, now, gone=record.deleted)


def _feeds(bench: Workbench) -> list[str]:
    """The kinds that are read to see the records of all parts of the modules."""
    parts = (part for scope in bench.scopes for part in scope.parts)
    return list(dict.fromkeys(nature(part.kind).feed for part in parts))


def observe(bench: Workbench, *, full: bool = False) -> None:
    """Read settings, the host's outbox and feeds, and Xero's feeds of the kinds in scope."""
    read_settings(bench, fresh=full)
    read_outbox(bench)
    places = Places(bench.store, bench.connection_id)
    for scope in bench.scopes:
        read_host(bench, scope, full=full, places=places)
    look_again_if_changed(bench)
    read = {
        kind: read_xero(bench, kind, full=full, uses=True, places=places) for kind in _feeds(bench)
    }
    places.save()
    wake_suppliers(bench)
    read_listed(bench, full=full, read=read)


def read_listed(
    bench: Workbench, *, full: bool = False, read: Mapping[str, int] = MappingProxyType({})
) -> None:
    """Read what modules that only list show, where they are switched on; raises ScopeMissing.

    `read` says how many came of the kinds that were read just before, for the run's own modules.
    """
    chosen = bench.store.all_module_settings(bench.connection_id, tuple(LISTED))
    for module, row in LISTED.items():
        if chosen[module].enabled:
            if row.kind in read:
                bench.listed[module] = read[row.kind]
                continue
            if not may_read(row.kind, bench.granted):
                raise ScopeMissing(module)
            bench.listed[module] = read_xero(bench, row.kind, full=full, judged=False)
