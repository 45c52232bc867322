"""The service for conflicts: lists what waits for a person, and keeps what is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xtiger.engine.pair.decisions import seen, still_holds
from xtiger.engine.workbench.elements import element_reader
from xtiger.engine.workbench.scope import Scope
from xtiger.errors import ConflictRefused
from xtiger.hookspecs import SyncModule
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model.conflicts import Conflict, ConflictField, chosen_fields
from xtiger.model.connections import Connection
from xtiger.model.links import Decision, Link, Shadow, Side
from xtiger.model.plans import Item
from xtiger.model.records import Record, Ref, XeroRecord
from xtiger.model.runs import Outcome
from xtiger.model.setting_keys import recreated
from xtiger.rules.gone import is_gone
from xtiger.rules.identity import known_since
from xtiger.rules.waiting import ORPHANS
from xtiger.services.facts.conflict_facts import (
    OTHER,
    SIDES,
    as_outcome,
    changed_in_xero,
    choices_of,
    conflict_fields,
    is_conflict,
    no_way,
    read_shadow,
    require_creation,
    xero_url,
)
from xtiger.services.syncing.sending import Sending

if TYPE_CHECKING:
    from xtiger.services.parts import Parts


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the records of one module that may be in conflict."""

    outcomes: Mapping[str, Outcome]
    decisions: Mapping[str, Sequence[Decision]]
    records: Mapping[str, Record]
    shadows: Mapping[str, Shadow]
    #: Kind → what loads those of it.
    readers: Mapping[str, ElementReader]


class Conflicts:
    """Lists conflicts and takes decisions; the next tick or sync carries them out."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._sending, self._runs = parts, Sending(parts), parts.runs
        self._store, self._host, self._clock = parts.store, parts.host, parts.clock

    def all(self, connection_id: str | None = None) -> list[Conflict]:
        """What waits for a person's decision, parents first; orphans that were left are not in."""
        connection = self._parts.connection(connection_id)
        found: list[Conflict] = []
        with self._host.tenant(connection.tenant):
            described = {module.name for module in self._host.modules()}
            for sync in self._runs.dispatcher.sync_modules(connection.id):
                if sync.name not in described:
                    continue
                ids = self._waiting(connection, sync)
                known = self._known(connection, sync, ids) if ids else None
                if known is not None and known.outcomes:
                    found += self._of_module(connection, sync, known)
        return [one for one in found if not (one.kind == "orphan" and one.decided)]

    def get(
        self, module: str, crm_id: str, connection_id: str | None = None, *, fresh: bool = False
    ) -> Conflict:
        """The conflict of one record as last seen, or `fresh` from both sides (two calls).

        Raises ConflictRefused when there is none.
        """
        connection = self._parts.connection(connection_id)
        if fresh:
            return self._now(connection, module, crm_id)
        return self._last_seen(connection, module, crm_id)

    def solve(
        self,
        module: str,
        crm_id: str,
        keep: Side,
        fields: Sequence[str] = (),
        connection_id: str | None = None,
        *,
        shown: str = "",
        by: str = "",
    ) -> str:
        """Keep the value of one side, "crm" or "xero", of these fields or (none named) of all.

        `fields` are keys or labels; `shown` is Conflict.shown as the person saw it, `by`
        who decided, for the log. Returns a sentence. Raises ConflictRefused when the conflict
        changed since, or when the value cannot travel to the other side.
        """
        connection = self._parts.connection(connection_id)
        said = self._solve(connection, module, crm_id, keep, fields, shown)
        self._sending.ask(connection, module, [crm_id], by=by)
        return said

    # --- what is known ---

    def _waiting(self, connection: Connection, sync: SyncModule) -> list[str]:
        """CRM ids whose change is not settled: a conflict is marked until it is solved."""
        store = self._store
        ids = [key.id for key in store.dirty(connection.id, "crm", sync.name) if key.id]
        for kind in (sync.kind, *sync.other_kinds):
            theirs = [key.id for key in store.dirty(connection.id, "xero", kind)]
            links = store.links_by_xero(connection.id, kind, theirs) if theirs else {}
            ids += [link.crm_id for link in links.values() if link.module == sync.name]
        return list(dict.fromkeys(ids))

    def _known(self, connection: Connection, sync: SyncModule, ids: Sequence[str]) -> _Known:
        store, since = self._store, known_since(self._store, connection.id)
        outcomes = {
            crm_id: one
            for crm_id, one in store.newest_outcomes(connection.id, sync.name, ids).items()
            if is_conflict(one) and (since is None or (one.at is not None and one.at >= since))
        }
        readers, shadows = dict[str, ElementReader](), dict[str, Shadow]()
        for kind in {one.kind for one in outcomes.values()}:
            ids_there = [o.xero_id for o in outcomes.values() if o.xero_id and o.kind == kind]
            shadows.update(store.shadows(connection.id, "xero", kind, ids_there))
            readers[kind] = element_reader(store, connection.id, kind)
        if not outcomes:
            return _Known({}, {}, {}, {}, {})
        return _Known(
            outcomes=outcomes,
            decisions=store.decisions(connection.id, sync.name, outcomes),
            records=self._records(sync.name, list(outcomes)),
            shadows=shadows,
            readers=readers,
        )

    def _records(self, module: str, ids: Sequence[str]) -> dict[str, Record]:
        step = max(1, self._host.caps.max_batch)
        found: dict[str, Record] = {}
        for start in range(0, len(ids), step):
            found.update(self._host.get(module, ids[start : start + step]))
        return {crm_id: record for crm_id, record in found.items() if not record.deleted}

    def _of_module(self, connection: Connection, sync: SyncModule, known: _Known) -> list[Conflict]:
        scope = self._runs.scope(connection, sync.name)
        return [self._conflict(connection, scope, one, known) for one in known.outcomes.values()]

    def _last_seen(self, connection: Connection, module: str, crm_id: str) -> Conflict:
        """The conflict of one record as the last run saw it; raises ConflictRefused."""
        self._runs.identities.require(connection.tenant)
        with self._host.tenant(connection.tenant):
            scope = self._runs.scope(connection, module)
            known = self._known(connection, scope.sync, [crm_id])
            if crm_id not in known.outcomes:
                raise ConflictRefused(
                    f"{module} {crm_id} is in no conflict. See all: xtiger conflicts", outdated=True
                )
            return self._conflict(connection, scope, known.outcomes[crm_id], known)

    def _now(self, connection: Connection, module: str, crm_id: str) -> Conflict:
        """The same with both sides read again: two calls; raises ConflictRefused when solved."""
        before = self._last_seen(connection, module, crm_id)
        item = self._item_now(connection, module, crm_id)
        if item is None or item.cause is None or not is_conflict(as_outcome(item, before)):
            raise ConflictRefused(
                f"{module} {crm_id} is in no conflict any more. "
                f"The next sync settles it: xtiger sync {module}",
                outdated=True,
            )
        with self._host.tenant(connection.tenant):
            scope = self._runs.scope(connection, module)
            known = self._known(connection, scope.sync, [crm_id])
            return self._conflict(connection, scope, as_outcome(item, before), known)

    def _item_now(self, connection: Connection, module: str, crm_id: str) -> Item | None:
        plan = self._runs.plan_records(connection, module, [crm_id])
        return next((item for item in plan.items if item.crm_id == crm_id), None)

    # --- one conflict ---

    def _conflict(
        self, connection: Connection, scope: Scope, outcome: Outcome, known: _Known
    ) -> Conflict:
        crm_id = outcome.crm_id or ""
        record, shadow = known.records.get(crm_id), known.shadows.get(outcome.xero_id or "")
        decisions = {one.field: one for one in known.decisions.get(crm_id, ())}
        scope = scope.part(outcome.kind)
        xero = read_shadow(known.readers[outcome.kind], shadow)
        assert outcome.cause is not None  # is_conflict
        whole = outcome.cause.code in (*ORPHANS, "gone_but_edited")
        orphan = outcome.cause.code in ORPHANS
        last = decisions.get("") if whole else None
        fits = last is not None and still_holds(last, scope, record, xero)
        return Conflict(
            connection_id=outcome.connection_id,
            module=scope.name,
            crm_id=crm_id,
            kind="orphan" if orphan else "record" if whole else "fields",
            xero_id=outcome.xero_id,
            name=outcome.name,
            cause=outcome.cause,
            fields=() if whole else conflict_fields(scope, outcome, record, xero, decisions),
            choices=choices_of(record, xero) if whole else (),
            decided=last.keep if last is not None and fits else "",
            proposals=outcome.proposals,
            crm_changed_at=record.modified if record else None,
            xero_changed_at=changed_in_xero(shadow),
            seen_at=outcome.at,
            crm_url=self._host.url(Ref(scope.name, crm_id)) if record else None,
            view_url=xero_url(connection, xero, self._parts.app().xtid()),
        )

    # --- deciding ---

    def _solve(
        self,
        connection: Connection,
        module: str,
        crm_id: str,
        keep: Side,
        fields: Sequence[str],
        shown: str,
    ) -> str:
        conflict = self._last_seen(connection, module, crm_id)
        if shown and shown != conflict.shown:
            raise ConflictRefused(
                f"{conflict.name} changed since it was shown. Look at it again, and decide then: "
                f"xtiger conflicts show {module} {crm_id}",
                outdated=True,
            )
        with self._host.tenant(connection.tenant):
            scope = self._runs.scope(connection, module)
            if conflict.kind != "fields":
                return self._solve_record(connection, scope, conflict, keep)
        chosen = self._chosen(connection, conflict, keep, fields)
        with self._host.tenant(connection.tenant):
            self._keep(connection, scope, conflict, keep, chosen)
        labels = ", ".join(one.label for one in chosen)
        return f"{conflict.name}: the next sync keeps the value of {SIDES[keep]} for {labels}."

    def _chosen(
        self, connection: Connection, conflict: Conflict, keep: Side, names: Sequence[str]
    ) -> list[ConflictField]:
        """The fields to decide; raises ConflictRefused for one that cannot or has changed."""
        try:
            chosen = chosen_fields(conflict, names)
        except LookupError as error:
            known = ", ".join(one.key for one in conflict.fields)
            raise ConflictRefused(
                f"{conflict.name} has no conflict in {error.args[0]!r}. It has: {known}."
            ) from error
        if not chosen:
            raise ConflictRefused(
                f"{conflict.name} names no field. Sync it again, then decide.", outdated=True
            )
        for one in chosen:
            if keep not in one.keeps:
                raise ConflictRefused(no_way(conflict, one, keep))
        scope = self._runs.scope(connection, conflict.module)
        rows = {row.key for part in scope.parts for row in part.rows}
        if any(one.key not in rows for one in chosen):
            # Lines are kept as a digest of both sides, so they must be those that were shown.
            now = self._now(connection, conflict.module, conflict.crm_id)
            if now.shown != conflict.shown:
                raise ConflictRefused(
                    f"{conflict.name} changed since the last sync. Sync it, and decide then: "
                    f"xtiger sync {conflict.module}",
                    outdated=True,
                )
        return chosen

    def _keep(
        self,
        connection: Connection,
        scope: Scope,
        conflict: Conflict,
        keep: Side,
        chosen: Sequence[ConflictField],
    ) -> None:
        record = self._records(scope.name, [conflict.crm_id]).get(conflict.crm_id)
        xero = self._xero(connection, scope, conflict.xero_id)
        scope = scope.part(xero.kind if xero is not None else "")
        rows = {row.key for row in scope.rows}
        self._save(
            connection,
            conflict,
            keep,
            {
                one.key: (one.crm, one.xero)
                if one.key in rows
                else seen(scope, record, xero, one.key)
                for one in chosen
            },
        )

    def _save(
        self,
        connection: Connection,
        conflict: Conflict,
        keep: Side,
        values: Mapping[str, tuple[Any, Any]],
    ) -> None:
        now = self._clock.now()
        with self._store.transaction():
            self._store.save_decisions(
                Decision(connection.id, conflict.module, conflict.crm_id, key, keep, pair, now)
                for key, pair in values.items()
            )
            self._store.mark(
                connection.id, "crm", conflict.module, [conflict.crm_id], "person", now
            )

    def _xero(self, connection: Connection, scope: Scope, xero_id: str | None) -> XeroRecord | None:
        ids = [xero_id] if xero_id else []
        for part in scope.parts:
            found = self._store.shadows(connection.id, "xero", part.kind, ids)
            for shadow in found.values():
                reader = element_reader(self._store, connection.id, part.kind)
                return read_shadow(reader, shadow)
        return None

    def _solve_record(
        self, connection: Connection, scope: Scope, conflict: Conflict, keep: Side
    ) -> str:
        record = self._records(scope.name, [conflict.crm_id]).get(conflict.crm_id)
        xero = self._xero(connection, scope, conflict.xero_id)
        if record is not None and xero is not None and not is_gone(xero):
            raise ConflictRefused(
                f"{conflict.name}: the CRM has given its id to another record. Take the link "
                f"away: xtiger unlink {scope.name} {conflict.crm_id}"
            )
        remaining: Side = "crm" if record is not None else "xero"
        if keep != remaining:
            self._save(connection, conflict, keep, {"": seen(scope, record, xero, "")})
            return f"{conflict.name} is left as it is; it is gone in {SIDES[keep]}."
        require_creation(scope, conflict, OTHER[remaining])
        if remaining == "crm":
            self._save(connection, conflict, keep, {"": seen(scope, record, xero, "")})
        else:
            self._release(connection, scope, conflict)
        return f"{conflict.name} will be made again in {SIDES[OTHER[remaining]]} by the next sync."

    def _release(self, connection: Connection, scope: Scope, conflict: Conflict) -> None:
        """Take the link away, so that the Xero record comes in as a new CRM record."""
        store, now = self._store, self._clock.now()
        link = store.links_by_crm(connection.id, scope.name, [conflict.crm_id]).get(conflict.crm_id)
        if link is None or link.id is None:
            raise ConflictRefused(
                f"{conflict.name} is not linked any more. Sync it again.", outdated=True
            )
        self._refuse_aliases(link)
        key = recreated(connection.id, link.kind, link.xero_id)
        with store.transaction():
            store.remove_link(link.id)
            store.forget_decisions(connection.id, scope.name, conflict.crm_id)
            store.save_setting(key, int(store.setting(key) or 0) + 1)
            # A record of the CRM that is gone is nobody's twin.
            gone = Shadow("crm", scope.name, conflict.crm_id, {}, now, gone=True)
            store.save_shadows(connection.id, [gone])
            store.mark(connection.id, "xero", link.kind, [link.xero_id], "person", now)

    def _refuse_aliases(self, link: Link) -> None:
        theirs = self._store.xero_aliases(link.connection_id, link.kind).values()
        found = [one for one in theirs if (one.module, one.crm_id) == (link.module, link.crm_id)]
        if found:
            raise ConflictRefused(
                f"{link.module} {link.crm_id} has aliases in Xero. Take each away first: "
                f"xtiger unlink {link.module} {link.crm_id} {found[0].xero_id}"
            )
