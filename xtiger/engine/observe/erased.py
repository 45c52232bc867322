"""What is stored of what was just read: nothing but ids of persons who were erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.records import Record


def without_erased(
    bench: Workbench, kind: str, by_id: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Mapping[str, Any]]:
    """Elements of Xero as they may be stored, by id; a new contact of an erased address, too."""
    if not bench.erased.digests:
        return by_id
    if kind == "Contact":
        mails = {key: raw.get("EmailAddress") for key, raw in by_id.items()}
        known = bench.store.links_by_xero(bench.connection_id, kind, _marked(bench, mails))
        _know_again(bench, kind, mails, set(known))
    return {key: bench.erased.without_erased(kind, raw) for key, raw in by_id.items()}


def erased_ids(bench: Workbench, scope: Scope, records: Sequence[Record]) -> set[str]:
    """Those of the CRM's records that are erased persons; a new one of an erased address, too."""
    if not bench.erased.digests or scope.sync.role not in ("organisation", "contact"):
        return set()
    field = scope.module.by_role(f"{scope.sync.role}.email")
    if field is not None:
        mails = {record.ref.id: record.values.get(field.name) for record in records}
        known = bench.store.links_by_crm(bench.connection_id, scope.name, _marked(bench, mails))
        _know_again(bench, scope.name, mails, set(known))
    return {one.ref.id for one in records if bench.erased.has_record(scope.name, one.ref.id)}


def _marked(bench: Workbench, mails: Mapping[str, Any]) -> list[str]:
    return [key for key, mail in mails.items() if bench.erased.has_mail(mail)]


def _know_again(bench: Workbench, type_: str, mails: Mapping[str, Any], known: set[str]) -> None:
    """Mark the ids of new records that have an erased address; one that is linked is another's."""
    for key in _marked(bench, mails):
        if key not in known and not bench.erased.has_record(type_, key):
            bench.know_again(type_, [key], str(mails[key]))
