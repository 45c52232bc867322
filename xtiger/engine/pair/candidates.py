"""What matching needs of a record, on either side."""

from __future__ import annotations

from xtiger.engine.observe.both_sides import match_values
from xtiger.engine.workbench.scope import Scope
from xtiger.model.gone import GONE_STATUSES
from xtiger.model.links import Shadow
from xtiger.model.records import Record
from xtiger.model.values import canon_text
from xtiger.rules.identity import record_key
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
    raw = shadow.payload
    number = {"Contact": "AccountNumber", "Item": "Code", "Invoice": "InvoiceNumber"}.get(kind, "")
    status = raw.get("ContactStatus") if kind == "Contact" else raw.get("Status")
    return Candidate(
        id=shadow.id,
        name=_spelled(raw.get("Name")) if kind != "Invoice" else "",
        number=_spelled(raw.get(number)),
        key=str(raw.get("ContactNumber") or "") if kind == "Contact" else "",
        archived=status in GONE_STATUSES,
        linked=linked,
    )


def crm_candidate(scope: Scope, record: Record, written: frozenset[str] = frozenset()) -> Candidate:
    """What matching needs of a CRM record; `written` is what sent creates of it were known by."""
    found = match_values(scope, record)
    number = found.get("code") or found.get("number") or ""
    if scope.kind == "Item":
        number = found.get("code", "")
    if scope.sync.role == "contact":
        # Its number is no account number of a contact in Xero.
        number = ""
    contact = scope.kind == "Contact"
    key = contact_key(scope.mark, record.ref.id, scope.sync.role) if contact else ""
    name = found.get("name", "") if scope.kind != "Invoice" else ""
    return Candidate(record.ref.id, _spelled(name), _spelled(number), key, written=written)


def known_crm(scope: Scope, shadow: Shadow, linked: bool) -> Candidate:
    """What matching needs of a CRM record seen before."""
    found = shadow.payload
    number = found.get("code") if scope.kind == "Item" else found.get("number")
    return Candidate(shadow.id, _spelled(found.get("name")), _spelled(number), linked=linked)
