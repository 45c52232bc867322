"""The end of a CRM: its connections end at Xero and here, whatever tenant they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xtiger.errors import XTigerError
from xtiger.services.connections import Connections
from xtiger.services.syncing.crm_events import CrmEvents

if TYPE_CHECKING:
    from xtiger.services.parts import Parts


def undeploy(parts: Parts) -> list[str]:
    """End every connection of the CRM, or of the tenant that is meant; returns their names.

    Those of tenants that the CRM no longer has end, too. What cannot be ended now, since Xero does
    not answer, stops no other: its error is raised at the end, and the same call once more ends
    the rest.
    """
    tenants = parts.tenants()
    ended: list[str] = []
    failed: list[XTigerError] = []
    for tenant in tenants:
        own = parts.for_tenant(tenant)
        before = [one for one in own.connections() if one.state == "active"]
        try:
            CrmEvents(own).tenant_removed()
        except XTigerError as error:
            failed.append(error)
        now = {one.id for one in own.connections() if one.state == "active"}
        ended += [one.name for one in before if one.id not in now]
    left = [] if parts.bound is not None else parts.store.all_connections()
    for one in left:
        if one.state == "active" and one.tenant not in tenants:
            try:
                Connections(parts).end(one)
                ended.append(one.name)
            except XTigerError as error:
                failed.append(error)
    if failed:
        raise failed[0]
    return ended
