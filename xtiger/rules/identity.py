"""Which CRM a store belongs to: known by the CRM's own id and its count of runs, or by names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xtiger.model.setting_keys import forgotten
from xtiger.rules.matching import exact_name

if TYPE_CHECKING:
    from datetime import datetime

    from xtiger.errors import Mismatch
    from xtiger.model.records import Identity
    from xtiger.ports.store import SettingStore

#: Linked records that are read where names must tell, and how many of them must be there.
SAMPLE, ENOUGH = 12, 5
#: Characters of the identity that stand in each key.
MARK_LENGTH = 8
#: Xero's longest ContactNumber.
KEY_LENGTH = 50

_HEX = re.compile(r"[0-9a-f]{16,}")


@dataclass(frozen=True, slots=True)
class Known:
    """What a store remembers of one tenant's CRM."""

    #: The CRM's id; "" where nothing was remembered yet, or the CRM gives none.
    id: str = ""
    #: Stands for the id in keys where the CRM gives none.
    own: str = ""
    #: Whether another tenant found that a backup was restored, and this one has not decided yet.
    restored: bool = False
    #: Whether most names differed when they were last compared; what must be quick reads this.
    other_names: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """Runs of one CRM as its store counted them."""

    #: The highest number that the CRM answered.
    runs: int = 0
    #: Runs that were about to be counted; a killed one leaves its own behind.
    pending: int = 0


def mismatch(
    known: Known, counted: Counted | None, found: Identity, *, linked: bool
) -> Mismatch | None:
    """What speaks against this CRM being the store's own; None when nothing does.

    `counted` is None where no run of this CRM is known; `linked` says whether anything is lost
    if it is another one.
    """
    if counted is None:
        if known.id and linked:
            return "other_crm"
        return "unknown_store" if found.runs else None
    if known.id and known.id != found.id:
        return "other_crm" if linked else None
    if not linked and not known.id:
        # Another tenant's runs are no news.
        return None
    if known.restored or found.runs < counted.runs:
        return "crm_restored" if linked else None
    if found.runs > counted.runs + counted.pending:
        return "store_restored"
    return None


def other_names(pairs: Sequence[tuple[str, str | None]]) -> bool:
    """Whether most linked records bear another name than they last had; None: not there.

    Fewer than five say nothing.
    """
    if len(pairs) < ENOUGH:
        return False
    differing = sum(now is None or exact_name(now) != exact_name(was) for was, now in pairs)
    return 2 * differing > len(pairs)


# --- keys ------------------------------------------------------------------------------------


def mark_of(identity: str, tenant: str = "") -> str:
    """The 8 characters that stand for a CRM, or one of its tenants, in the keys of its records."""
    if not tenant and _HEX.fullmatch(identity):
        return identity[:MARK_LENGTH]
    return _short(f"{identity}\0{tenant}")[:MARK_LENGTH]


def record_key(prefix: str, mark: str, crm_id: str) -> str:
    """The key of one CRM record in Xero, such as XT-1a2b3c4d-42; a long id is hashed, never cut."""
    key = f"{prefix}-{mark}-{crm_id}"
    return key if len(key) <= KEY_LENGTH else f"{prefix}-{mark}-{_short(crm_id)[:32]}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --- what an earlier CRM left behind ---------------------------------------------------------


def known_since(store: SettingStore, connection_id: str) -> datetime | None:
    """Outcomes before this moment are of another CRM's records; None where all are of this one."""
    found: datetime | None = store.setting(forgotten(connection_id))
    return found
