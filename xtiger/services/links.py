"""The service for links: which record here is which record there, and whether it is this CRM."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from xtiger.engine.observe.invoice_payments import payments_of
from xtiger.errors import LinkRefused, RecordMissing
from xtiger.hookspecs import SyncModule
from xtiger.model.connections import Connection
from xtiger.model.links import Link, Side
from xtiger.model.setting_keys import create_anyway
from xtiger.ports.store import LinkStore, ShadowStore
from xtiger.rules.contact_persons import is_person
from xtiger.rules.kinds import nature, paid_by
from xtiger.services.syncing.sending import Sending

if TYPE_CHECKING:
    from xtiger.errors import Mismatch
    from xtiger.services.parts import Parts


class Links:
    """Carries out what a person decides about links; the next sync acts on it."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._sending = parts, Sending(parts)
        self._store, self._host, self._clock = parts.store, parts.host, parts.clock

    def link(
        self,
        module: str,
        crm_id: str,
        xero_id: str | None,
        connection_id: str | None = None,
        *,
        alias: bool = False,
    ) -> str:
        """Accept a proposal: link both, as `alias` too, or (None) let a new one be made in Xero."""
        connection = self._parts.connection(connection_id)
        said = self._link(connection, module, crm_id, xero_id, alias=alias)
        self._sending.ask(connection, module, [crm_id])
        return said

    def unlink(
        self,
        module: str,
        crm_id: str,
        connection_id: str | None = None,
        *,
        xero_id: str | None = None,
        promote: str | None = None,
    ) -> None:
        """Forget that two records belong together; neither is changed.

        `xero_id` names an alias in Xero; `promote` the alias that takes a primary's place. Raises
        LinkRefused when there is none, and for a primary whose aliases would lead nowhere.
        """
        connection = self._parts.connection(connection_id)
        self._parts.identities.require(connection.tenant)
        sync = self._parts.sync_module(module)
        link = find_link(self._store, connection, sync, crm_id, xero_id)
        with self._store.transaction():
            heir = remove(self._store, link, promote)
            self._store.forget_decisions(connection.id, module, crm_id)
            if heir is not None:
                self._mark(connection, "crm", heir.module, heir.crm_id)
            self._mark(connection, "crm", module, crm_id)
            self._mark(connection, "xero", link.kind, link.xero_id)

    # --- which CRM it is ---

    def crm_mismatch(self) -> Mismatch | None:
        """Why this CRM is not the one whose records are linked; None when all is well.

        As long as there is one every run raises OtherCrm, and a person decides.
        """
        return self._parts.identities.mismatch(self._parts.tenant())

    def is_home_shared(self) -> bool:
        """Whether two CRMs took turns in this home lately, before anything was linked.

        Each forgets what the other one saw; give each a home of its own.
        """
        return self._parts.identities.is_shared(self._parts.tenant())

    def same_crm(self) -> int:
        """This is the same CRM: go on with its links; returns how many are asked about again.

        What a restored backup set back is held for a person, and not sent. Raises RunBusy.
        """
        tenant = self._parts.tenant()
        count = self._parts.identities.keep(tenant)
        self._sending.lifted(tenant)
        return count

    def forget_all(self) -> int:
        """This is another CRM: begin without links; returns how many were forgotten.

        Nothing is changed in Xero or in the CRM; settings and mappings stay. Raises RunBusy.
        """
        tenant = self._parts.tenant()
        count = self._parts.identities.forget(tenant)
        self._sending.lifted(tenant)
        return count

    # --- inside ---

    def _kind_of(self, connection: Connection, sync: SyncModule, xero_id: str) -> str:
        """The kind of a record of Xero: a module may meet two.

        A contact without organisation is linked to a contact of its own, a receipt to a bank
        transaction, and an invoice that gives money back to a credit note.
        """
        if nature(sync.kind).part_of:
            return sync.kind if is_person(xero_id) else sync.alone_kind
        for kind in filter(None, (sync.alone_kind, *sync.other_kinds)):
            if self._store.shadow_ids(connection.id, "xero", kind, [xero_id]):
                return kind
        return sync.kind

    def _link(
        self,
        connection: Connection,
        module: str,
        crm_id: str,
        xero_id: str | None,
        *,
        alias: bool,
    ) -> str:
        self._parts.identities.require(connection.tenant)
        sync = self._parts.sync_module(module)
        with self._host.tenant(connection.tenant):
            self._require_there(module, crm_id)
        kind = self._kind_of(connection, sync, xero_id or "")
        if xero_id is not None:
            self._require_seen(connection, kind, xero_id)
        if alias and xero_id is not None:
            return self._alias(connection, sync, crm_id, xero_id)
        if xero_id is not None:
            self._release(connection, kind, module, crm_id, xero_id)
        if crm_id in self._store.links_by_crm(connection.id, module, [crm_id]):
            raise LinkRefused(
                f"{module} {crm_id} is linked already. Unlink it first: xtiger unlink"
            )
        if xero_id is None:
            self._store.save_setting(create_anyway(connection.id, module, crm_id), True)
            self._mark(connection, "crm", module, crm_id)
            return f"{module} {crm_id} will be made in Xero by the next sync."
        with self._store.transaction():
            self._store.add_link(
                Link(connection.id, kind, xero_id, module, crm_id, created_at=self._clock.now())
            )
            self._mark(connection, "crm", module, crm_id)
            if paid_by(kind):
                self._mark_payments(connection, xero_id)
        return f"{module} {crm_id} is linked. The next sync compares both."

    def _alias(self, connection: Connection, sync: SyncModule, crm_id: str, xero_id: str) -> str:
        """Make the record one more name of what is linked already."""
        with self._store.transaction():
            now = self._clock.now()
            said = add_alias(self._store, connection, sync, crm_id, xero_id, now)
            self._mark(connection, "crm", sync.name, crm_id)
            self._mark(connection, "xero", sync.kind, xero_id)
        return said

    def _mark_payments(self, connection: Connection, invoice_id: str) -> None:
        """Look at an invoice's payments: they were left out as long as it was not synced."""
        seen = self._store.shadows(connection.id, "xero", "Invoice", [invoice_id])
        paid = payments_of(seen[invoice_id].payload)
        self._store.mark(connection.id, "xero", "Payment", paid, "invoice", self._clock.now())

    def _release(
        self, connection: Connection, kind: str, module: str, crm_id: str, xero_id: str
    ) -> None:
        """Forget the links of both to records that are gone: what was entered anew takes over."""
        own = self._store.links_by_crm(connection.id, module, [crm_id]).get(crm_id)
        theirs = self._store.links_by_xero(connection.id, kind, [xero_id]).get(xero_id)
        if own is not None and theirs is not None and own.id == theirs.id:
            return
        with self._store.transaction():
            for link in (own, theirs):
                if link is not None and link.state in ("orphan", "removed"):
                    remove(self._store, link, None)
                    self._store.forget_decisions(connection.id, link.module, link.crm_id)

    def _require_seen(self, connection: Connection, kind: str, xero_id: str) -> None:
        """Raise LinkRefused for a record that was never read."""
        if xero_id not in self._store.shadows(connection.id, "xero", kind, [xero_id]):
            raise LinkRefused(f"Xero has no {kind} {xero_id} that was read. Run: xtiger plan")

    def _mark(self, connection: Connection, side: Side, type_: str, record_id: str) -> None:
        self._store.mark(connection.id, side, type_, [record_id], "person", self._clock.now())

    def _require_there(self, module: str, crm_id: str) -> None:
        """Raise RecordMissing for a CRM record that is not there."""
        found = self._host.get(module, [crm_id]).get(crm_id)
        if found is None or found.deleted:
            raise RecordMissing(module, crm_id)


# --- aliases: several CRM records for one Xero record, or the other way round ---


class AliasStore(LinkStore, ShadowStore, Protocol):
    """What making an alias reads and writes."""


def add_alias(
    store: AliasStore,
    connection: Connection,
    sync: SyncModule,
    crm_id: str,
    xero_id: str,
    at: datetime,
) -> str:
    """Make the one that is not linked yet an alias of the other; returns a sentence.

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
    raise _no_alias(record, f"the {sync.kind} {xero_id} in Xero", xero_id, linked=own is not None)


def _no_alias(record: str, there: str, xero_id: str, *, linked: bool) -> LinkRefused:
    """Why neither of both can be an alias of the other."""
    if not linked:
        return LinkRefused(
            f"Neither {record} nor {there} is linked, so there is no primary. "
            f"Link both: xtiger link {record} {xero_id}"
        )
    return LinkRefused(
        f"{record} is linked already, and so is {there} or its primary. "
        f"Unlink the one that is to be the alias: xtiger unlink {record}"
    )


def _merged(store: ShadowStore, own: Link, xero_id: str) -> bool:
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
    store: LinkStore, connection: Connection, sync: SyncModule, crm_id: str, xero_id: str | None
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


def remove(store: LinkStore, link: Link, promote: str | None) -> Link | None:
    """Remove a link; returns the alias that a person made the primary, if any.

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
