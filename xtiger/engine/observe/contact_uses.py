"""What a contact is used as in Xero: an invoice makes it a customer, a bill makes it a vendor.

Xero moves no timestamp for it, so the feed of contacts does not tell; the feed of invoices does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from xtiger.engine.workbench.workbench import Workbench

#: Type of a document → the flag that it sets on its contact.
_FLAGS: Mapping[str, str] = {"ACCREC": "IsCustomer", "ACCPAY": "IsSupplier"}


def refresh_uses(bench: Workbench, documents: Iterable[Mapping[str, Any]]) -> None:
    """Set the flags that these documents imply on known contacts, and mark those dirty.

    Where the mapping does not follow the flags, only those whom the CRM does not have matter: as
    customers they may come into it now.
    """
    followed = _followed(bench)
    if not followed and not _brought(bench):
        return
    wanted: dict[str, set[str]] = {}
    for raw in documents:
        flag = _FLAGS.get(str(raw.get("Type")))
        contact = str((raw.get("Contact") or {}).get("ContactID") or "")
        if flag and contact:
            wanted.setdefault(contact, set()).add(flag)
    store, connection_id = bench.store, bench.connection_id
    if not followed:
        there = store.links_by_xero(connection_id, "Contact", wanted)
        wanted = {key: flags for key, flags in wanted.items() if key not in there}
    if not wanted:
        return
    changed = []
    for key, shadow in store.shadows(connection_id, "xero", "Contact", wanted).items():
        missing = {flag: True for flag in wanted[key] if shadow.payload.get(flag) is not True}
        if missing:
            changed.append(replace(shadow, payload={**shadow.payload, **missing}))
    if changed:
        store.save_shadows(connection_id, changed)
        ids = [shadow.id for shadow in changed]
        store.mark(connection_id, "xero", "Contact", ids, "used", bench.clock.now())


def _brought(bench: Workbench) -> bool:
    """Whether Xero's customers, and only they, come into the CRM."""
    return any(scope.start.bring == "customers" for scope in bench.scopes)


def _followed(bench: Workbench) -> bool:
    """Whether a mapping asks for it."""
    known = [sync.name for sync in bench.offered if sync.kind == "Contact"]
    found = (bench.store.mapping(bench.connection_id, name) for name in known)
    return any(one is not None and one.options.get("types_from_xero") for one in found)
