"""Stand-ins for Xero ids that the same plan creates."""

from __future__ import annotations

from xtiger.errors import LinkRefused
from xtiger.ports import Store
from xtiger.values import Plain

#: Prefix that no Xero id has.
PENDING = "pending:"


def pending_id(module: str, crm_id: str) -> str:
    """The stand-in for the Xero id of a CRM record that is about to be sent."""
    return f"{PENDING}{module}:{crm_id}"


def is_pending(value: Plain) -> bool:
    """Whether a value is a stand-in."""
    return isinstance(value, str) and value.startswith(PENDING)


def resolve_pending(store: Store, connection_id: str, stand_in: str) -> str:
    """The Xero id that the parent got meanwhile; raises LinkRefused when it got none."""
    module, _, crm_id = stand_in.removeprefix(PENDING).partition(":")
    links = store.links_by_crm(connection_id, module, [crm_id])
    if crm_id not in links:
        raise LinkRefused(f"{module} {crm_id} is not in Xero yet. Sync it first.")
    return links[crm_id].xero_id
