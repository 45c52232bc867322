"""Which CRM module takes in a new contact of Xero: a company, or a person on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xtiger.engine.bench import Workbench
from xtiger.persons import name_key


def contact_owners(bench: Workbench, ids: Sequence[str]) -> Mapping[str, str]:
    """Xero id → module; organisations, unless the contacts' mapping takes people without company.

    With that option a contact named exactly like its primary person is a person.
    """
    described = {module.name for module in bench.host.modules()}
    here = [sync for sync in bench.offered if sync.name in described]
    company = next((sync.name for sync in here if sync.kind == "Contact"), None)
    people = next((sync.name for sync in here if sync.alone_kind == "Contact"), None)
    # A CRM without organisations has contacts only.
    owners = dict.fromkeys(ids, company or people or "")
    mapping = bench.store.mapping(bench.connection_id, people) if people and ids else None
    if people is None or mapping is None or not mapping.options.get("people_without_company"):
        return owners
    shadows = bench.store.shadows(bench.connection_id, "xero", "Contact", ids)
    return owners | {key: people for key, seen in shadows.items() if _is_person(seen.payload)}


def _is_person(raw: Mapping[str, Any]) -> bool:
    own = name_key(raw.get("FirstName"), raw.get("LastName"))
    return bool(raw.get("LastName")) and own == name_key(raw.get("Name"), "")
