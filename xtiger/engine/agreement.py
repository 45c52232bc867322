"""Comparing both sides afresh: every linked record, read from the CRM and from Xero now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xtiger.engine.bench import Scope, Workbench
from xtiger.errors import UnreadableAnswer
from xtiger.fields import Lookups, crm_values, to_crm, to_xero, xero_values
from xtiger.lines import RoleValues
from xtiger.links import Link
from xtiger.money import cents
from xtiger.records import Record, XeroRecord
from xtiger.schemas import KINDS, ElementReader
from xtiger.values import Plain


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One field in which a linked pair differs."""

    module: str
    crm_id: str
    xero_id: str
    field: str
    crm: Plain
    xero: Plain


def disagreements(bench: Workbench, lookups: Lookups) -> list[Disagreement]:
    """Every field in which a linked pair of the scopes differs, by module and CRM id.

    Reads each Xero kind whole, never from base or shadow. A difference that stands as a
    conflict or hold is listed like any other; the caller knows which are known.
    """
    elements: dict[str, dict[str, XeroRecord]] = {}
    found: list[Disagreement] = []
    for scope in bench.scopes:
        if scope.kind not in elements:
            elements[scope.kind] = dict(_read(bench, scope.kind))
        links = bench.store.links_by_crm(bench.connection_id, scope.name)
        records = bench.host.get(scope.name, list(links))
        for crm_id, link in sorted(links.items()):
            if link.state == "live":
                found += _compare(scope, link, records.get(crm_id), elements[scope.kind], lookups)
    return found


def _read(bench: Workbench, kind: str) -> Iterator[tuple[str, XeroRecord]]:
    reader = ElementReader(kind)
    for page in bench.xero.read(kind):
        for raw in page.elements:
            try:
                record = reader.load(raw)
            except UnreadableAnswer:
                continue  # it shows as missing below, which is the truth for the reader
            yield str(raw.get(KINDS[kind][0])), record


def _compare(
    scope: Scope, link: Link, record: Record | None, elements: Mapping[str, XeroRecord],
    lookups: Lookups,
) -> list[Disagreement]:  # fmt: skip
    xero = elements.get(link.xero_id)
    if record is None or xero is None:
        return [_differs(scope, link, "record", record is not None, xero is not None)]
    found = []
    crm, _ = crm_values(record, scope.rows)
    there = xero_values(xero, scope.rows)
    for row in scope.rows:
        if row.row.only_on_create or row.row.direction != "both" or row.key not in crm:
            continue
        ours, theirs = crm[row.key], there[row.key]
        if row.row.keep_when_empty and None in (ours, theirs):
            continue  # an empty value is no statement in such a row
        if to_xero(ours, row, lookups) != theirs and to_crm(theirs, row, lookups) != ours:
            found.append(_differs(scope, link, row.label, ours, theirs))
    if scope.kind == "Invoice":
        total = RoleValues(scope.module, record.values).number("invoice.total")
        other = xero.values.get("Total")
        if total is not None and other is not None and cents(total) != cents(other):
            found.append(_differs(scope, link, "Total", total, other))
    return found


def _differs(scope: Scope, link: Link, field: str, crm: Plain, xero: Plain) -> Disagreement:
    return Disagreement(scope.name, link.crm_id, link.xero_id, field, crm, xero)
