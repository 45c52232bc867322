"""What matching needs of a record, on either side."""

from __future__ import annotations

from xtiger.engine.observe.both_sides import match_values
from xtiger.engine.workbench.scope import Scope
from xtiger.model.gone import GONE_STATUSES
from xtiger.model.links import Shadow
from xtiger.model.records import Record
from xtiger.model.values import canon_text
from xtiger.rules.identity import record_key
from xtiger.rules.kinds import nature
from xtiger.rules.matching import Candidate


def contact_key(mark: str, crm_id: str, role: str = "organisation") -> str:
    """The ContactNumber that we write, by which a contact of ours is found again.

    `mark` stands for the CRM: another one counts its records from 1 as well.
    """
    return record_key("XTC" if role == "contact" else "XT", mark, crm_id)


def _spelled(text: object) -> str:
    """One spelling of a name or number: an accent may come as a sign of its own (NFD)."""
    return canon_text(str(text or "")) or ""


def xero_candidate(kind: str, shadow: Shadow, linked: bool) -> Candidate:
    """What matching needs of a Xero element."""
    raw, row = shadow.payload, nature(kind)
    document = row.type_of(raw)
    # Numbers of suppliers are their own, and any two may have the same.
    by_address = document is not None and not document.numbered
    key_field = row.key_field(raw) if row.own_key or by_address else ""
    return Candidate(
        id=shadow.id,
        name=_spelled(raw.get(row.name_field)),
        number="" if by_address else _spelled(raw.get(row.number_field)),
        key=str(raw.get(key_field) or ""),
        archived=raw.get(row.status_field) in GONE_STATUSES,
        linked=linked,
    )


def crm_candidate(scope: Scope, record: Record, written: frozenset[str] = frozenset()) -> Candidate:
    """What matching needs of a CRM record; `written` is what sent creates of it were known by."""
    found = match_values(scope, record)
    # A person's number is no account number of a contact in Xero.
    number = "" if scope.people else found.get(_number_part(scope), "")
    if not number and scope.traits.known_by == "code":
        number = min(written, default="")  # a code that was made for it, and whose answer is lost
    own_key = scope.traits.own_key
    key = contact_key(scope.mark, record.ref.id, scope.sync.role) if own_key else ""
    name = found.get("name", "") if scope.traits.name_field else ""
    return Candidate(record.ref.id, _spelled(name), _spelled(number), key, written=written)


def known_crm(scope: Scope, shadow: Shadow, linked: bool) -> Candidate:
    """What matching needs of a CRM record seen before."""
    found = shadow.payload
    number = found.get(_number_part(scope))
    return Candidate(shadow.id, _spelled(found.get("name")), _spelled(number), linked=linked)


def _number_part(scope: Scope) -> str:
    """The part of the role that holds what Xero has as code or number."""
    return "code" if scope.traits.known_by == "code" else "number"
