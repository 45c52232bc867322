"""Whether the CRM is still the one that the store has linked, and what a person decides if not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from xtiger.engine.observe.both_sides import SEEN, seen_digest
from xtiger.engine.workbench.host_door import HostDoor
from xtiger.errors import Mismatch, OtherCrm, RunBusy
from xtiger.hookspecs import SyncModule
from xtiger.i18n.process_log import process_log
from xtiger.model import setting_keys
from xtiger.model.connections import Connection
from xtiger.model.links import Link
from xtiger.model.records import Identity
from xtiger.model.setting_keys import crm_cursor
from xtiger.ports import Clock, Host, Store
from xtiger.rules.identity import (
    SAMPLE,
    Counted,
    Known,
    mark_of,
    mismatch,
    other_names,
)
from xtiger.rules.kinds import nature

#: How long the links of a connection may be under the hands of a person.
_LEASE_SECONDS = 300
#: How long it is said that another CRM was met.
_SHARED = timedelta(days=7)
#: Last seen copies that are compared at once.
_PART = 500


class Identities:
    """Compares the CRM with what the store remembers of it, for each tenant.

    A CRM is remembered when it is first asked for. It may change freely as long as nothing is
    linked; from the first link on another one is refused, before anything is read or written.
    """

    def __init__(
        self,
        store: Store,
        host: Host,
        clock: Clock,
        modules: Callable[[str | None], Sequence[SyncModule]],
    ) -> None:
        self._store, self._host, self._clock, self._modules = store, host, clock, modules

    # --- comparing ---

    def mismatch(self, tenant: str, *, ask_names: bool = True) -> Mismatch | None:
        """What speaks against this CRM being the store's own; reads only.

        Names are records of the CRM; without `ask_names` ids tell and what the last run found,
        which is quick.
        """
        with self._host.tenant(tenant):
            return self._mismatch(tenant, self._host.identity(), ask_names=ask_names)

    def _mismatch(
        self, tenant: str, found: Identity | None, *, ask_names: bool = True
    ) -> Mismatch | None:
        known, linked = self._known(tenant), self.is_linked(tenant)
        if found is not None:
            why = mismatch(known, self._counted(found.id), found, linked=linked)
            if why is not None or known.id:
                return why
        if not linked:
            return None
        differ = self._has_other_names(tenant) if ask_names else known.other_names
        return "other_names" if differ else None

    def require(self, tenant: str) -> None:
        """Raise OtherCrm when this is not the store's CRM; remember one that is new here."""
        with self._host.tenant(tenant):
            found = self._host.identity()
            why, known = self._mismatch(tenant, found), self._known(tenant)
            if known.other_names != (why == "other_names"):
                known = replace(known, other_names=why == "other_names")
                self._store.save_own_setting(tenant, setting_keys.IDENTITY, asdict(known))
            if why is not None:
                raise OtherCrm(self._host.name, why)
            if found is None:
                return
            if known.id and known.id != found.id:
                # Nothing was linked, but records of the other one were seen.
                self._store.save_own_setting(tenant, setting_keys.OTHER_CRM_AT, self._clock.now())
                process_log("xtiger").warning(
                    "the home was used by another CRM before this one; "
                    "where two CRMs share it, give each its own: XTIGER_HOME or XTIGER_PROJECT"
                )
                self._forget(tenant)
            counted = self._counted(found.id)
            if known.id != found.id or counted is None or found.runs < counted.runs:
                self._settle(tenant, found)

    def is_shared(self, tenant: str) -> bool:
        """Whether two CRMs took turns in this home within the last days."""
        at = self._store.own_setting(tenant, setting_keys.OTHER_CRM_AT)
        return isinstance(at, datetime) and self._clock.now() - at < _SHARED

    def mark(self, tenant: str) -> str:
        """What stands for this CRM in the keys of its records in Xero."""
        known = self._known(tenant)
        if not known.id and not known.own:
            # A CRM that cannot keep an id gets one here.
            known = replace(known, own=secrets.token_hex(16))
            self._store.save_own_setting(tenant, setting_keys.IDENTITY, asdict(known))
        return mark_of(known.id or known.own, tenant)

    def count_run(self, tenant: str) -> None:
        """Count one more run, in the CRM and here; call it before a run's first write."""
        known = self._known(tenant)
        if not known.id:
            return
        self._change(known.id, lambda was: replace(was, pending=was.pending + 1))
        with self._host.tenant(tenant):
            found = self._host.count_run()
        if found is not None:
            self._change(
                found.id, lambda was: Counted(max(was.runs, found.runs), max(0, was.pending - 1))
            )

    def _known(self, tenant: str) -> Known:
        kept = self._store.own_setting(tenant, setting_keys.IDENTITY)
        return Known(**kept) if isinstance(kept, Mapping) else Known()

    def _counted(self, identity: str) -> Counted | None:
        kept = self._store.setting(setting_keys.identity_runs(identity))
        return Counted(**kept) if isinstance(kept, Mapping) else None

    def _change(self, identity: str, change: Callable[[Counted], Counted]) -> None:
        with self._store.transaction():
            # Its lock lets one process at a time pass.
            self._store.update_state(
                setting_keys.identity_turn(identity), lambda _kept: (None, None)
            )
            was = self._counted(identity) or Counted()
            self._store.save_setting(setting_keys.identity_runs(identity), asdict(change(was)))

    def is_linked(self, tenant: str) -> bool:
        """Whether anything of a tenant's CRM is linked, or about to be."""
        return any(self._store.is_used(one.id) for one in self._store.connections(tenant))

    # --- names ---

    def _has_other_names(self, tenant: str) -> bool:
        """Whether most of some linked records are called otherwise than when last seen."""
        pairs: list[tuple[str, str | None]] = []
        fields = {
            module.name: field.name
            for module in self._host.modules()
            if (field := module.by_role(f"{module.role}.name")) is not None
        }
        for connection in self._store.connections(tenant):
            by_module: dict[str, list[str]] = {}
            for link in self._store.some_links(connection.id, SAMPLE):
                if link.module in fields:
                    by_module.setdefault(link.module, []).append(link.crm_id)
            for module, ids in by_module.items():
                pairs += self._names(connection, module, fields[module], ids)
        return other_names(pairs)

    def _names(
        self, connection: Connection, module: str, field: str, ids: Sequence[str]
    ) -> Iterator[tuple[str, str | None]]:
        """(name last seen, name now or None) of each of these records."""
        seen = self._store.shadows(connection.id, "crm", module, ids)
        records = HostDoor(self._host).get(module, ids)
        for crm_id in ids:
            was = str(seen[crm_id].payload.get("name") or "") if crm_id in seen else ""
            record = records.get(crm_id)
            # A proven deletion says nothing; a record that is not there has no name.
            if was and not (record is not None and record.deleted):
                yield was, None if record is None else str(record.values.get(field) or "")

    # --- what a person decides ---

    def keep(self, tenant: str) -> int:
        """This is the same CRM: go on with its links; returns how many a person must look at.

        Where a linked record is not there any more, its link leads nowhere and is not used for a
        new record of the same id. One that differs from its last seen copy is compared as if
        never linked, so that what a backup set back is asked and not sent.
        """
        connections = self._store.connections(tenant)
        with self._host.tenant(tenant), self.held(connections):
            found = self._host.identity()
            changes = [(one, *self._compared(one)) for one in connections]
            with self._store.transaction():
                for connection, gone, differing in changes:
                    for link in gone:
                        self._store.change_link(replace(link, state="orphan"))
                    self._store.forget_bases(link.id for link in differing if link.id is not None)
                    for sync in self._modules(connection.id):
                        self._store.save_cursor(connection.id, crm_cursor(sync.name), None)
                self._settle(tenant, found)
        return sum(len(gone) + len(differing) for _, gone, differing in changes)

    def _compared(self, connection: Connection) -> tuple[list[Link], list[Link]]:
        """The live links whose CRM record is not there, and those whose record differs."""
        gone: list[Link] = []
        differing: list[Link] = []
        door = HostDoor(self._host)
        described = {module.name for module in self._host.modules()}
        for sync in self._modules(connection.id):
            if sync.name not in described:
                continue
            links = self._store.links_by_crm(connection.id, sync.name)
            live = [link for link in links.values() if link.state == "live"]
            for start in range(0, len(live), _PART):
                part = {link.crm_id: link for link in live[start : start + _PART]}
                records = door.get(sync.name, list(part))
                seen = self._store.shadows(connection.id, "crm", sync.name, part)
                for crm_id, link in part.items():
                    record = records.get(crm_id)
                    if record is None:
                        gone.append(link)
                    elif crm_id not in seen or seen_digest(record) != seen[crm_id].payload.get(
                        SEEN
                    ):
                        differing.append(link)
        return gone, differing

    def forget(self, tenant: str) -> int:
        """This is another CRM: begin without links; returns how many were forgotten."""
        with self._host.tenant(tenant), self.held(self._store.connections(tenant)):
            found = self._host.identity()
            with self._store.transaction():
                count = self._forget(tenant)
                # The keys of the CRM of before are no match for records of this one.
                known = replace(self._known(tenant), own="")
                self._store.save_own_setting(tenant, setting_keys.IDENTITY, asdict(known))
                self._settle(tenant, found)
        return count

    def _forget(self, tenant: str) -> int:
        """Forget what names the CRM's records, in every connection of the tenant."""
        with self._store.transaction():
            count = sum(self.forget_links(one) for one in self._store.connections(tenant))
            self._store.forget_panel_values(tenant)
            self._store.forget_received(tenant)
        return count

    def forget_links(self, connection: Connection) -> int:
        """Forget what one connection remembers of the CRM's records; returns how many links.

        Call it while the connection is held().
        """
        # Just after every outcome there is.
        now = self._clock.now() + timedelta(microseconds=1)
        with self._store.transaction():
            count = self._store.forget_crm(connection.id)
            self._store.save_setting(setting_keys.forgotten(connection.id), now)
            for sync in self._modules(connection.id):
                for kind in filter(None, (sync.kind, sync.alone_kind)):
                    if nature(kind).ours_only:
                        continue  # no link is left, so none of them concerns the CRM
                    seen = self._store.shadow_ids(connection.id, "xero", kind)
                    self._store.mark(connection.id, "xero", kind, seen, "forgotten", now)
        return count

    def _settle(self, tenant: str, found: Identity | None) -> None:
        """Take the CRM for the store's own from now on; other tenants decide for themselves."""
        known = replace(self._known(tenant), restored=False, other_names=False)
        if found is None:
            self._take_names(tenant)
            self._store.save_own_setting(tenant, setting_keys.IDENTITY, asdict(known))
            return
        counted = self._counted(found.id)
        if counted is not None and found.runs < counted.runs:
            for (other, _name), kept in self._store.every_setting_like(
                setting_keys.IDENTITIES
            ).items():
                if other != tenant and isinstance(kept, Mapping) and kept["id"] == found.id:
                    restored = {**kept, "restored": True}
                    self._store.save_own_setting(other, setting_keys.IDENTITY, restored)
        self._change(found.id, lambda _was: Counted(found.runs))
        self._store.save_own_setting(
            tenant, setting_keys.IDENTITY, asdict(replace(known, id=found.id))
        )

    def _take_names(self, tenant: str) -> None:
        """Let the names of this moment be the known ones, where only names tell."""
        for connection in self._store.connections(tenant):
            links = self._store.some_links(connection.id, SAMPLE)
            for module in {link.module for link in links}:
                ids = [link.crm_id for link in links if link.module == module]
                seen = self._store.shadows(connection.id, "crm", module, ids)
                bare = [
                    replace(one, payload={k: v for k, v in one.payload.items() if k != "name"})
                    for one in seen.values()
                ]
                self._store.save_shadows(connection.id, bare)

    @contextmanager
    def held(self, connections: Sequence[Connection]) -> Iterator[None]:
        """While it lasts no run is in any of these connections; raises RunBusy."""
        taken: list[tuple[setting_keys.LeaseKey, int]] = []
        try:
            for connection in connections:
                name = setting_keys.run_lease(connection.id)
                fence = self._store.acquire_lease(
                    name, self._clock.new_id(), _LEASE_SECONDS, self._clock.now()
                )
                if fence is None:
                    raise RunBusy(connection.name, retry_after_seconds=30)
                taken.append((name, fence))
            yield
        finally:
            for name, fence in taken:
                self._store.release_lease(name, fence)
