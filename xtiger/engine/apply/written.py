"""Changes in the CRM that are announced in the store, and what of them a killed run made.

The CRM and the store are two databases: a run may die after the CRM took a change and before its
base was kept. What people change until the next run is then compared with what was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xtiger.engine.apply.answered_values import answered_crm
from xtiger.engine.apply.written_lines import WrittenLines, lines_written
from xtiger.engine.plan.invoice.inward import CREDIT, MONEY
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import LINES
from xtiger.model.links import Base, Link, Pair
from xtiger.model.plans import Item
from xtiger.model.records import Record
from xtiger.model.setting_keys import SettingKey, UnderWay, crm_changes
from xtiger.model.values import Plain, canon

#: What of an invoice has no mapping row, and the role of a field of the CRM that follows it.
UNMAPPED: tuple[tuple[str, str], ...] = (
    ("Status", "invoice.status"),
    (MONEY, "invoice.received"),
    (CREDIT, "invoice.credited"),
    (CREDIT, "invoice.balance"),
)


def changes_key(bench: Workbench, scope: Scope) -> SettingKey:
    """The setting that holds the changes under way of a module, per kind."""
    return crm_changes(bench.connection_id, scope.name, scope.kind)


def announce_changes(
    bench: Workbench, scope: Scope, items: Sequence[tuple[Item, Mapping[str, Plain]]]
) -> None:
    """Remember the changes of one part, item and values, before they are written.

    Call it in a transaction.
    """
    rows = [_row(item, values) for item, values in items if item.link_id is not None]
    if rows:
        bench.store.save_setting(changes_key(bench, scope), rows)


def _row(item: Item, values: Mapping[str, Plain]) -> dict[str, Any]:
    keys = sorted(item.agreed & item.xero_values.keys())
    row: dict[str, Any] = {
        "crm_id": item.crm_id,
        "xero_id": item.xero_id,
        "values": dict(values),
        "crm": {key: item.crm_values.get(key) for key in keys if key != LINES},
        "xero": {key: item.xero_values[key] for key in keys},
    }
    if values.get(LINES) is not None and LINES in keys:
        row["lines"] = {
            "planned": item.crm_values.get(LINES),
            "items": list(item.line_items),
            "links": dict(item.line_links),
        }
    return row


def finish_changes(bench: Workbench, scope: Scope, under_way: UnderWay) -> None:
    """Keep as the base what the CRM holds of the changes that a run left open."""
    rows = under_way.get(changes_key(bench, scope))
    if not rows:
        return
    ids = [row["crm_id"] for row in rows]
    links = bench.store.links_by_crm(bench.connection_id, scope.name, ids)
    records = bench.host.get(scope.name, ids)
    with bench.store.transaction():
        for row in rows:
            link, record = links.get(row["crm_id"]), records.get(row["crm_id"])
            if link is not None and link.xero_id == row["xero_id"] and record is not None:
                _keep(bench, scope, link, row, record)
        bench.store.mark(bench.connection_id, "crm", scope.name, ids, "recovery", bench.clock.now())
        bench.store.save_setting(changes_key(bench, scope), None)


def _keep(
    bench: Workbench, scope: Scope, link: Link, row: Mapping[str, Any], record: Record
) -> None:
    if link.id is None:
        return
    old = bench.store.bases([link.id]).get(link.id) or Base(link.id, {})
    answered, lines = answered_crm(scope, record), dict(old.lines)
    pairs = {**old.pairs, **_pairs(scope, row, record, answered)}
    if "lines" in row and record.lines is not None:
        written = WrittenLines.of(row, scope.module, stable=scope.stable_lines)
        found = lines_written(written, old.pairs.get(LINES), old.lines, answered[LINES])
        if found is not None:
            pairs[LINES], lines = found
    if (pairs, lines) != (dict(old.pairs), dict(old.lines)):
        bench.store.save_bases([Base(link.id, pairs, scope.mapping.version, lines)])


def _pairs(
    scope: Scope, row: Mapping[str, Any], record: Record, answered: Mapping[str, Plain]
) -> dict[str, Pair]:
    names = {one.key: one.crm.name for one in scope.rows}
    for key, role in UNMAPPED:
        described = scope.module.by_role(role) if scope.traits.lines else None
        if described is not None:
            names.setdefault(key, described.name)
    written, found = row["values"], dict[str, Pair]()
    for key, xero in row["xero"].items():
        name = names.get(key)
        if name in written and canon(record.values.get(name or "")) == canon(written[name]):
            found[key] = Pair(answered.get(key, row["crm"].get(key)), xero)
    return found
