"""What matching needs of a record, on either side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xtiger.engine.observe.both_sides import OWN_ID, match_values
from xtiger.engine.workbench.scope import Scope
from xtiger.model.gone import GONE_STATUSES
from xtiger.model.links import Shadow
from xtiger.model.matching.match_rules import RuleName
from xtiger.model.records import Record
from xtiger.model.values import canon_text
from xtiger.rules.identity import record_key
from xtiger.rules.kinds import nature
from xtiger.rules.match_rules.marks import Known, marks_of, wanted_marks
from xtiger.rules.matching import Candidate


def contact_key(mark: str, crm_id: str, role: str = "organisation") -> str:
    """The ContactNumber that we write, by which a contact of ours is found again.

    `mark` stands for the CRM: another one counts its records from 1 as well.
    """
    return record_key("XTC" if role == "contact" else "XT", mark, crm_id)


def _spelled(text: object) -> str:
    """One spelling of a name or number: an accent may come as a sign of its own (NFD)."""
    return canon_text(str(text or "")) or ""


def xero_candidate(
    kind: str, shadow: Shadow, linked: bool, marked: frozenset[RuleName] = frozenset()
) -> Candidate:
    """What matching needs of a Xero element; `marked` are the marks that rules ask for."""
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
        marks=marks_of(xero_known(kind, shadow.id, raw), marked) if marked else {},
    )


def xero_known(kind: str, xero_id: str, raw: Mapping[str, Any]) -> Known:
    """What a Xero element says of itself, besides its number."""
    row = nature(kind)
    parts = ("CountryCode", "AreaCode", "Number")
    listed = raw.get("Phones")
    phones = [
        " ".join(str(one.get(f"Phone{part}") or "") for part in parts)
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, Mapping)
    ]
    key = str(raw.get(row.natural_key) or "") if row.own_key else ""
    return Known(
        _spelled(raw.get(row.name_field)),
        (xero_id, key),
        (str(raw.get("EmailAddress") or ""),),
        tuple(phones),
        str(raw.get("TaxNumber") or ""),
    )


def crm_known(found: Mapping[str, Any]) -> Known:
    """What a CRM record says of itself, of what was kept to recognise it."""
    return Known(
        _spelled(found.get("name")),
        (str(found.get(OWN_ID) or ""),),
        (str(found.get("email") or ""),),
        tuple(str(found.get(part) or "") for part in ("phone", "mobile")),
        str(found.get("tax_number") or ""),
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
    marks = marks_of(crm_known(found), wanted_marks(scope.match_rules))
    own, own_number = _spelled(name), _spelled(number)
    return Candidate(record.ref.id, own, own_number, key, written=written, marks=marks)


def known_crm(scope: Scope, shadow: Shadow, linked: bool) -> Candidate:
    """What matching needs of a CRM record seen before."""
    found = shadow.payload
    number = found.get(_number_part(scope))
    return Candidate(
        shadow.id,
        _spelled(found.get("name")),
        _spelled(number),
        linked=linked,
        marks=marks_of(crm_known(found), wanted_marks(scope.match_rules)),
    )


def _number_part(scope: Scope) -> str:
    """The part of the role that holds what Xero has as code or number."""
    return "code" if scope.traits.known_by == "code" else "number"
