"""Aliases by a person's word: several CRM records for one Xero record, or the other way round."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from xtiger.errors import LinkRefused
from xtiger.hookspecs import SyncModule
from xtiger.model.connections import Connection
from xtiger.model.links import Link
from xtiger.ports import Store
from xtiger.rules.kinds import nature


def add_alias(
    store: Store, connection: Connection, sync: SyncModule, crm_id: str, xero_id: str, at: datetime
) -> str:
    """Make the one that is not linked yet an alias of the other; answers a sentence.

    Raises LinkRefused where neither or both are linked, or the kind has no aliases.
    """
    own = store.links_by_crm(connection.id, sync.name, [crm_id]).get(crm_id)
    primary = store.links_by_xero(connection.id, sync.kind, [xero_id]).get(xero_id)
    taken = store.xero_aliases(connection.id, sync.kind, [xero_id]).get(xero_id)
    record = f"{sync.name} {crm_id}"
    if taken is not None:
        raise LinkRefused(
            f"The {sync.kind} {xero_id} in Xero is an alias of {taken.module} {taken.crm_id} "
            "already. Take that link away first: xtiger unlink"
        )
    if own is not None and primary is not None and _merged(store, own, xero_id):
        remove(store, own, None)
        own = None
    if own is None and primary is not None:
        _may_have(sync, nature(sync.kind).aliased, "several CRM records for one Xero record")
        store.add_link(_link(connection, sync, crm_id, xero_id, at, "alias"))
        return f"{record} is an alias of {primary.module} {primary.crm_id} now. It is not sent."
    if own is not None and own.role == "primary" and primary is None:
        _may_have(sync, nature(sync.kind).xero_aliased, "several Xero records for one CRM record")
        store.add_link(_link(connection, sync, crm_id, xero_id, at, "xero_alias"))
        return f"The {sync.kind} {xero_id} in Xero is an alias of {record} now. It is not merged."
    if own is None:
        raise LinkRefused(
            f"Neither {record} nor the {sync.kind} {xero_id} in Xero is linked, so there is no "
            f"primary. Link both: xtiger link {sync.name} {crm_id} {xero_id}"
        )
    raise LinkRefused(
        f"{record} is linked already, and so is the {sync.kind} {xero_id} in Xero or its primary. "
        f"Unlink the one that is to be the alias: xtiger unlink {sync.name} {crm_id}"
    )


def _merged(store: Store, own: Link, xero_id: str) -> bool:
    """Whether Xero merged the record of this link into that one, through several if need be."""
    seen: set[str] = set()
    at = own.xero_id if own.role == "primary" else ""
    while at and at != xero_id and at not in seen:
        seen.add(at)
        shadow = store.shadows(own.connection_id, "xero", own.kind, [at]).get(at)
        at = str(shadow.payload.get("MergedToContactID") or "") if shadow is not None else ""
    return bool(seen) and at == xero_id


def _link(
    connection: Connection, sync: SyncModule, crm_id: str, xero_id: str, at: datetime, role: str
) -> Link:
    return Link(
        connection.id,
        sync.kind,
        xero_id,
        sync.name,
        crm_id,
        role="alias" if role == "alias" else "xero_alias",
        created_at=at,
    )


def _may_have(sync: SyncModule, aliased: bool, what: str) -> None:
    if not aliased:
        raise LinkRefused(f"{sync.name} cannot have {what}. Link each to its own.")


def find_link(
    store: Store, connection: Connection, sync: SyncModule, crm_id: str, xero_id: str | None
) -> Link:
    """The record's own link, or its alias in Xero when that id is given; raises LinkRefused."""
    if xero_id is None:
        found = store.links_by_crm(connection.id, sync.name, [crm_id]).get(crm_id)
    else:
        found = store.xero_aliases(connection.id, sync.kind, [xero_id]).get(xero_id)
        if found is not None and (found.module, found.crm_id) != (sync.name, crm_id):
            found = None
        own = store.links_by_crm(connection.id, sync.name, [crm_id]).get(crm_id)
        if found is None and own is not None and own.xero_id == xero_id:
            found = own
    if found is None or found.id is None:
        raise LinkRefused(f"{sync.name} {crm_id} is not linked. See: xtiger plan {sync.name}")
    return found


def remove(store: Store, link: Link, promote: str | None) -> Link | None:
    """Remove a link; answers the alias that a person made the primary, if any.

    Raises LinkRefused for a primary with aliases when none is promoted: they would lead nowhere.
    """
    assert link.id is not None  # it was read from the store
    aliases = (
        []
        if link.role != "primary"
        else list(store.aliases(link.connection_id, link.kind, [link.xero_id]))
    )
    theirs = [
        one.xero_id
        for one in store.xero_aliases(link.connection_id, link.kind).values()
        if link.role == "primary" and (one.module, one.crm_id) == (link.module, link.crm_id)
    ]
    record = f"{link.module} {link.crm_id}"
    if theirs:
        raise LinkRefused(
            f"{record} has aliases in Xero ({', '.join(theirs)}). Take each away first: "
            f"xtiger unlink {record} {theirs[0]}"
        )
    heir = next((one for one in aliases if one.crm_id == promote), None)
    if promote is not None and heir is None:
        raise LinkRefused(f"{promote} is no alias of {record}. See: xtiger conflicts")
    if aliases and heir is None:
        named = ", ".join(f"{one.module} {one.crm_id}" for one in aliases)
        raise LinkRefused(
            f"{record} has aliases ({named}). Say which one takes its place: "
            f"xtiger unlink {record} --promote {aliases[0].crm_id}. Or unlink them first."
        )
    store.remove_link(link.id)
    if heir is not None:
        store.change_link(replace(heir, role="primary"))
    return heir
