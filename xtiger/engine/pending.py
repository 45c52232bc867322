"""Stand-ins for Xero ids that the same plan creates."""

from __future__ import annotations

#: Prefix that no Xero id has.
PENDING = "pending:"


def pending_id(module: str, crm_id: str) -> str:
    """The stand-in for the Xero id of a CRM record that is about to be sent."""
    return f"{PENDING}{module}:{crm_id}"
