"""Which CRM module takes in a new contact of Xero: a company, or a person on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xtiger.engine.pair.candidates import contact_key, known_crm, xero_candidate
from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.links import Shadow
from xtiger.rules.contact_persons import name_key
from xtiger.rules.match_rules.deciding import Matching
from xtiger.rules.match_rules.marks import wanted_marks
from xtiger.rules.matching import MatchHow, MatchIndex


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
    owners.update(dict.fromkeys(_found_by_rule(bench, people, shadows), people))
    if not mapping.options.get("people_without_company"):
        return owners
    return owners | {key: people for key, seen in shadows.items() if _is_person(seen.payload)}


def _sent_alone(bench: Workbench, people: str, shadows: Mapping[str, Shadow]) -> list[str]:
    """Ids of those that bear a key of a CRM contact that we know and that has no link yet."""
    numbers = {str(seen.payload.get("ContactNumber") or ""): key for key, seen in shadows.items()}
    prefix = contact_key(bench.mark, "", "contact")
    unsettled = bench.store.unsettled_creates(bench.connection_id, people, "Contact")
    ours = {
        intent.natural_key[1]: intent.crm_id or ""
        for intent in unsettled
        if intent.natural_key is not None
    }
    if any(number.startswith(prefix) for number in numbers):
        known = bench.store.shadow_ids(bench.connection_id, "crm", people)
        ours |= {contact_key(bench.mark, crm_id, "contact"): crm_id for crm_id in known}
    marked = {ours[number]: key for number, key in numbers.items() if number and number in ours}
    linked = bench.store.links_by_crm(bench.connection_id, people, list(marked)) if marked else {}
    return [key for crm_id, key in marked.items() if crm_id not in linked]


def _found_by_rule(bench: Workbench, people: str, shadows: Mapping[str, Shadow]) -> list[str]:
    """Ids of those that a rule chosen for people finds among those without organisation."""
    scope = next((one.alone for one in bench.scopes if one.name == people), None)
    if scope is None or not scope.settings.matching:
        return []
    rules = scope.match_rules
    marked = wanted_marks(rules)
    linked = bench.store.links_by_crm(bench.connection_id, people)
    ours = MatchIndex.of(
        known_crm(scope, seen, linked=seen.id in linked)
        for seen in bench.store.each_shadow(bench.connection_id, "crm", people)
        if not seen.gone and not seen.payload.get("organisation")
    )
    theirs = MatchIndex.of(
        xero_candidate("Contact", seen, linked=False, marked=marked) for seen in shadows.values()
    )
    matching = Matching(rules, ours, lambda: theirs)
    return [key for key, one in theirs.by_id.items() if matching.match(one).how in _MAY_BE]


#: Ways of matching by which a contact may be a person of the CRM.
_MAY_BE: frozenset[MatchHow] = frozenset({"found", "proposed", "same_name", "near_name"})


def _is_person(raw: Mapping[str, Any]) -> bool:
    own = name_key(raw.get("FirstName"), raw.get("LastName"))
    return bool(raw.get("LastName")) and own == name_key(raw.get("Name"), "")
