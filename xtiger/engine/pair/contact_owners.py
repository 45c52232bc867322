"""Which CRM module takes in a new contact of Xero: a company, or a person on its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from xtiger.engine.pair.candidates import contact_key, known_crm, xero_candidate
from xtiger.engine.pair.told_apart import strangers, told_apart
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.links import Shadow
from xtiger.model.setting_keys import create_anyway
from xtiger.rules.contact_persons import name_key
from xtiger.rules.match_rules.deciding import Matching
from xtiger.rules.match_rules.marks import wanted_marks
from xtiger.rules.matching import Candidate, MatchHow, MatchIndex

#: Xero id → the contact as it was last seen.
_Seen: TypeAlias = Mapping[str, Shadow]


def contact_owners(bench: Workbench, ids: Sequence[str]) -> Mapping[str, str]:
    """Xero id → module; organisations, unless the contacts' mapping takes people without company.

    With that option a contact named exactly like its primary person is a person. One that bears
    our key of a CRM contact is that contact, sent before an earlier run died; one that is like a
    CRM contact without organisation is proposed for it.
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
    owners.update(dict.fromkeys(_likely_people(bench, people, company, shadows), people))
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


def _likely_people(bench: Workbench, people: str, company: str | None, ids: _Seen) -> list[str]:
    """Ids of those that may be one of our people without organisation, by the rules for people.

    A person is asked about them; an organisation made of one would be a second record of it. What
    may be an organisation of ours as well goes first as that one.
    """
    scope = next((one.alone for one in bench.scopes if one.name == people), None)
    ours = _unlinked(bench, scope, people) if scope is not None else []
    if scope is None or not ours:
        return []
    matching = _matching(scope, ours, ids)
    apart = strangers(told_apart(bench, people))
    found = []
    for key, one in matching.own_side().by_id.items():
        match = matching.match(one, apart.get(("xero", key), frozenset()))
        if match.how in _MAY_BE and not all(_created(bench, people, each) for each in match.ids):
            found.append(key)
    return _without_companies(bench, company, {key: ids[key] for key in found})


def _unlinked(bench: Workbench, scope: Scope, people: str) -> list[Candidate]:
    linked = bench.store.links_by_crm(bench.connection_id, people)
    return [
        known_crm(scope, seen, linked=False)
        for seen in bench.store.each_shadow(bench.connection_id, "crm", people)
        if not seen.gone and not seen.payload.get("organisation") and seen.id not in linked
    ]


def _without_companies(bench: Workbench, company: str | None, ids: _Seen) -> list[str]:
    """Those of these that no organisation of the CRM may be."""
    scope = next((one for one in bench.scopes if one.name == company), None)
    if scope is None or not ids:
        return list(ids)
    linked = bench.store.links_by_crm(bench.connection_id, scope.name)
    known = (
        known_crm(scope, seen, linked=seen.id in linked)
        for seen in bench.store.each_shadow(bench.connection_id, "crm", scope.name)
        if not seen.gone
    )
    matching = _matching(scope, known, ids)
    found = matching.own_side().by_id.items()
    return [key for key, one in found if matching.match(one).how == "none"]


def _matching(scope: Scope, ours: Iterable[Candidate], ids: _Seen) -> Matching:
    """Looks these contacts of Xero up among records of the CRM."""
    marked = wanted_marks(scope.match_rules)
    theirs = MatchIndex.of(
        xero_candidate("Contact", seen, linked=False, marked=marked) for seen in ids.values()
    )
    return Matching(scope.match_rules, MatchIndex.of(ours), lambda: theirs)


def _created(bench: Workbench, people: str, crm_id: str) -> bool:
    """Whether somebody said that a person of the CRM is a new one in Xero."""
    return bool(bench.store.setting(create_anyway(bench.connection_id, people, crm_id)))


#: Ways of matching by which a contact may be a person of the CRM.
_MAY_BE: frozenset[MatchHow] = frozenset({"found", "proposed", "same_name", "near_name"})


def _is_person(raw: Mapping[str, Any]) -> bool:
    own = name_key(raw.get("FirstName"), raw.get("LastName"))
    return bool(raw.get("LastName")) and own == name_key(raw.get("Name"), "")
