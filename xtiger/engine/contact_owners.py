"""Which CRM module takes in a new contact of Xero: a company, or a person on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xtiger.engine.bench import Workbench
from xtiger.engine.candidates import contact_key
from xtiger.links import Shadow
from xtiger.persons import name_key


def contact_owners(bench: Workbench, ids: Sequence[str]) -> Mapping[str, str]:
    """Xero id → module; organisations, unless the contacts' mapping takes people without company.

    With that option a contact named exactly like its primary person is a person. One that bears
    our key of a CRM contact is that contact, sent before an earlier run died.
    """
    described = {module.name for module in bench.host.modules()}
    here = [sync for sync in bench.offered if sync.name in described]
    company = next((sync.name for sync in here if sync.kind == "Contact"), None)
    people = next((sync.name for sync in here if sync.alone_kind == "Contact"), None)
    # A CRM without organisations has contacts only.
    owners = dict.fromkeys(ids, company or people or "")
    mapping = bench.store.mapping(bench.connection_id, people) if people and ids else None
    if people is None or mapping is None:
        return owners
    shadows = bench.store.shadows(bench.connection_id, "xero", "Contact", ids)
    owners.update(dict.fromkeys(_sent_alone(bench, people, shadows), people))
    if not mapping.options.get("people_without_company"):
        return owners
    return owners | {key: people for key, seen in shadows.items() if _is_person(seen.payload)}


def _sent_alone(bench: Workbench, people: str, shadows: Mapping[str, Shadow]) -> list[str]:
    """Ids of those with our key of a CRM contact that we know and that has no link yet."""
    prefix = contact_key("", "contact")
    marked = {
        str(number).removeprefix(prefix): key
        for key, seen in shadows.items()
        if (number := seen.payload.get("ContactNumber")) and str(number).startswith(prefix)
    }
    if not marked:
        return []
    known = bench.store.shadows(bench.connection_id, "crm", people, list(marked))
    linked = bench.store.links_by_crm(bench.connection_id, people, list(known))
    return [marked[crm_id] for crm_id in known if crm_id not in linked]


def _is_person(raw: Mapping[str, Any]) -> bool:
    own = name_key(raw.get("FirstName"), raw.get("LastName"))
    return bool(raw.get("LastName")) and own == name_key(raw.get("Name"), "")
