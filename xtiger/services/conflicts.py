"""Solving conflicts: lists what waits for a person, and keeps the decision for the next run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xtiger.engine.pair.decisions import seen
from xtiger.engine.plan.field_merge import effective
from xtiger.engine.workbench.scope import Scope
from xtiger.errors import ConflictRefused, UnreadableAnswer
from xtiger.hookspecs import SyncModule
from xtiger.mapping.xero_schema import ElementReader, parse_moment
from xtiger.model.conflicts import Conflict, ConflictField, chosen_fields
from xtiger.model.connections import Connection
from xtiger.model.links import Decision, Link, Shadow, Side
from xtiger.model.plans import Item
from xtiger.model.records import Record, Ref, XeroRecord
from xtiger.model.runs import Outcome
from xtiger.model.setting_keys import made_again
from xtiger.model.values import digest
from xtiger.panels.xero_links import view_url
from xtiger.ports import Clock, Host, Store
from xtiger.rules.gone import is_gone
from xtiger.rules.identity import known_since
from xtiger.services.sync import Syncing

#: Codes of a record that is gone on one side and left on the other.
ORPHANS = frozenset({"gone_in_xero", "gone_in_crm"})
#: (side where it is gone, what is done) → what people read.
CHOICES: Mapping[tuple[Side, str], str] = {
    ("xero", "again"): "Create it in Xero again",
    ("xero", "leave"): "Leave it: it stays in the CRM only",
    ("crm", "again"): "Create it in the CRM again",
    ("crm", "leave"): "Leave it: it stays in Xero only",
}
_NAMES: Mapping[Side, str] = {"crm": "the CRM", "xero": "Xero"}
_OTHER: Mapping[Side, Side] = {"crm": "xero", "xero": "crm"}


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the records of one module that may be in conflict."""

    outcomes: Mapping[str, Outcome]
    decisions: Mapping[str, Sequence[Decision]]
    records: Mapping[str, Record]
    shadows: Mapping[str, Shadow]


class Solving:
    """Lists conflicts and takes decisions; each marks its record, the next run carries it out."""

    def __init__(self, store: Store, host: Host, clock: Clock, syncing: Syncing) -> None:
        self._store, self._host, self._clock, self._syncing = store, host, clock, syncing

    # --- listing ---

    def conflicts(self, connection: Connection) -> list[Conflict]:
        """All that waits for a decision, parents first; orphans that a person left are done."""
        found: list[Conflict] = []
        with self._host.tenant(connection.tenant):
            described = {module.name for module in self._host.modules()}
            for sync in self._syncing.modules(connection.id):
                if sync.name not in described:
                    continue
                ids = self._waiting(connection, sync)
                known = self._known(connection, sync, ids) if ids else None
                if known is not None and known.outcomes:
                    found += self._of_module(connection, sync, known)
        return [one for one in found if not (one.kind == "orphan" and one.decided)]

    def _waiting(self, connection: Connection, sync: SyncModule) -> list[str]:
        """CRM ids whose change is not settled: a conflict is marked until it is solved."""
        store = self._store
        ids = [key.id for key in store.dirty(connection.id, "crm", sync.name) if key.id]
        theirs = [key.id for key in store.dirty(connection.id, "xero", sync.kind)]
        links = store.links_by_xero(connection.id, sync.kind, theirs) if theirs else {}
        ids += [link.crm_id for link in links.values() if link.module == sync.name]
        return list(dict.fromkeys(ids))

    def _known(self, connection: Connection, sync: SyncModule, ids: Sequence[str]) -> _Known:
        store, since = self._store, known_since(self._store, connection.id)
        outcomes = {
            crm_id: one
            for crm_id, one in store.newest_outcomes(connection.id, sync.name, ids).items()
            if _is_conflict(one) and (since is None or (one.at is not None and one.at >= since))
        }
        if not outcomes:
            return _Known({}, {}, {}, {})
        there = [one.xero_id for one in outcomes.values() if one.xero_id]
        return _Known(
            outcomes=outcomes,
            decisions=store.decisions(connection.id, sync.name, outcomes),
            records=self._records(sync.name, list(outcomes)),
            shadows=store.shadows(connection.id, "xero", sync.kind, there),
        )

    def _records(self, module: str, ids: Sequence[str]) -> dict[str, Record]:
        step = max(1, self._host.caps.max_batch)
        found: dict[str, Record] = {}
        for start in range(0, len(ids), step):
            found.update(self._host.get(module, ids[start : start + step]))
        return {crm_id: record for crm_id, record in found.items() if not record.deleted}

    def _of_module(self, connection: Connection, sync: SyncModule, known: _Known) -> list[Conflict]:
        scope = self._syncing.scope(connection, sync.name)
        return [self._conflict(connection, scope, one, known) for one in known.outcomes.values()]

    def conflict(self, connection: Connection, module: str, crm_id: str) -> Conflict:
        """The conflict of one record as the last run saw it; raises ConflictRefused."""
        self._syncing.identities.require(connection.tenant)
        with self._host.tenant(connection.tenant):
            scope = self._syncing.scope(connection, module)
            known = self._known(connection, scope.sync, [crm_id])
            if crm_id not in known.outcomes:
                raise ConflictRefused(
                    f"{module} {crm_id} is in no conflict. See all: xtiger conflicts", outdated=True
                )
            return self._conflict(connection, scope, known.outcomes[crm_id], known)

    def conflict_now(self, connection: Connection, module: str, crm_id: str) -> Conflict:
        """The same with both sides read afresh: two calls; raises ConflictRefused when solved."""
        before = self.conflict(connection, module, crm_id)
        item = self._item_now(connection, module, crm_id)
        if item is None or item.cause is None or not _is_conflict(_as_outcome(item, before)):
            raise ConflictRefused(
                f"{module} {crm_id} is in no conflict any more. "
                f"The next sync settles it: xtiger sync {module}",
                outdated=True,
            )
        with self._host.tenant(connection.tenant):
            scope = self._syncing.scope(connection, module)
            known = self._known(connection, scope.sync, [crm_id])
            return self._conflict(connection, scope, _as_outcome(item, before), known)

    def _item_now(self, connection: Connection, module: str, crm_id: str) -> Item | None:
        plan = self._syncing.plan_records(connection, module, [crm_id])
        return next((item for item in plan.items if item.crm_id == crm_id), None)

    # --- one conflict ---

    def _conflict(
        self, connection: Connection, scope: Scope, outcome: Outcome, known: _Known
    ) -> Conflict:
        crm_id = outcome.crm_id or ""
        record, shadow = known.records.get(crm_id), known.shadows.get(outcome.xero_id or "")
        decisions = {one.field: one for one in known.decisions.get(crm_id, ())}
        xero = _read(scope, shadow)
        assert outcome.cause is not None  # _is_conflict
        whole = outcome.cause.code in (*ORPHANS, "gone_but_edited")
        orphan = outcome.cause.code in ORPHANS
        last = decisions.get("") if whole else None
        fits = last is not None and _same(last, seen(scope, record, xero, ""))
        return Conflict(
            connection_id=outcome.connection_id,
            module=scope.name,
            crm_id=crm_id,
            kind="orphan" if orphan else "record" if whole else "fields",
            xero_id=outcome.xero_id,
            name=outcome.name,
            cause=outcome.cause,
            fields=() if whole else _fields(scope, outcome, record, xero, decisions),
            choices=_choices(record, xero) if whole else (),
            decided=last.keep if last is not None and fits else "",
            proposals=outcome.proposals,
            crm_changed_at=record.modified if record else None,
            xero_changed_at=_updated(shadow),
            seen_at=outcome.at,
            crm_url=self._host.url(Ref(scope.name, crm_id)) if record else None,
            view_url=_view_url(connection, xero),
        )

    # --- deciding ---

    def solve(
        self,
        connection: Connection,
        module: str,
        crm_id: str,
        keep: Side,
        fields: Sequence[str] = (),
        shown: str = "",
    ) -> str:
        """Keep one side of these fields, all for none named; answers a sentence.

        `shown` is the conflict's own when it was shown. Raises ConflictRefused when it changed
        since, or when the decision cannot travel.
        """
        conflict = self.conflict(connection, module, crm_id)
        if shown and shown != conflict.shown:
            raise ConflictRefused(
                f"{conflict.name} changed since it was shown. Look at it again, and decide then: "
                f"xtiger conflicts show {module} {crm_id}",
                outdated=True,
            )
        with self._host.tenant(connection.tenant):
            scope = self._syncing.scope(connection, module)
            if conflict.kind != "fields":
                return self._solve_record(connection, scope, conflict, keep)
        chosen = self._chosen(connection, conflict, keep, fields)
        with self._host.tenant(connection.tenant):
            self._keep(connection, scope, conflict, keep, chosen)
        labels = ", ".join(one.label for one in chosen)
        return f"{conflict.name}: the next sync keeps the value of {_NAMES[keep]} for {labels}."

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
                raise ConflictRefused(_no_way(conflict, one, keep))
        rows = {row.key for row in self._syncing.scope(connection, conflict.module).rows}
        if any(one.key not in rows for one in chosen):
            # Lines are kept as a digest of both sides, so they must be those that were shown.
            now = self.conflict_now(connection, conflict.module, conflict.crm_id)
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
        rows = {row.key for row in scope.rows}
        record = self._records(scope.name, [conflict.crm_id]).get(conflict.crm_id)
        xero = self._xero(connection, scope, conflict.xero_id)
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
        found = self._store.shadows(connection.id, "xero", scope.kind, ids)
        return _read(scope, found.get(xero_id or ""))

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
            return f"{conflict.name} is left as it is; it is gone in {_NAMES[keep]}."
        _may_create(scope, conflict, _OTHER[remaining])
        if remaining == "crm":
            self._save(connection, conflict, keep, {"": seen(scope, record, xero, "")})
        else:
            self._release(connection, scope, conflict)
        return (
            f"{conflict.name} will be made again in {_NAMES[_OTHER[remaining]]} by the next sync."
        )

    def _release(self, connection: Connection, scope: Scope, conflict: Conflict) -> None:
        """Take the link away, so that the Xero record comes in as a new CRM record."""
        store, now = self._store, self._clock.now()
        link = store.links_by_crm(connection.id, scope.name, [conflict.crm_id]).get(conflict.crm_id)
        if link is None or link.id is None:
            raise ConflictRefused(
                f"{conflict.name} is not linked any more. Sync it again.", outdated=True
            )
        self._refuse_aliases(link)
        key = made_again(connection.id, link.kind, link.xero_id)
        with store.transaction():
            store.remove_link(link.id)
            store.forget_decisions(connection.id, scope.name, conflict.crm_id)
            store.save_setting(key, int(store.setting(key) or 0) + 1)
            # A record of the CRM that is gone is nobody's twin.
            gone = Shadow("crm", scope.name, conflict.crm_id, {}, now, gone=True)
            store.save_shadows(connection.id, [gone])
            store.mark(connection.id, "xero", scope.kind, [link.xero_id], "person", now)

    def _refuse_aliases(self, link: Link) -> None:
        theirs = self._store.xero_aliases(link.connection_id, link.kind).values()
        found = [one for one in theirs if (one.module, one.crm_id) == (link.module, link.crm_id)]
        if found:
            raise ConflictRefused(
                f"{link.module} {link.crm_id} has aliases in Xero. Take each away first: "
                f"xtiger unlink {link.module} {link.crm_id} {found[0].xero_id}"
            )


# --- pure ------------------------------------------------------------------------------------


def _is_conflict(outcome: Outcome) -> bool:
    return outcome.result == "conflict" or bool(outcome.cause and outcome.cause.code in ORPHANS)


def _as_outcome(item: Item, before: Conflict) -> Outcome:
    """What a fresh plan says of a record, in the shape of an outcome."""
    return Outcome(
        before.connection_id,
        "",
        item.module,
        item.kind,
        item.crm_id,
        item.xero_id or before.xero_id,
        item.name,
        item.result,
        cause=item.cause,
        differences=item.differences,
        proposals=item.proposals,
        at=before.seen_at,
    )


def _read(scope: Scope, shadow: Shadow | None) -> XeroRecord | None:
    if shadow is None:
        return None
    try:
        return ElementReader(scope.kind).seen(shadow)
    except UnreadableAnswer:
        return None


def _view_url(connection: Connection, xero: XeroRecord | None) -> str | None:
    if xero is None or is_gone(xero):
        return None
    return view_url(xero.kind, xero.id, connection.short_code, str(xero.raw.get("Type") or ""))


def _updated(shadow: Shadow | None) -> Any:
    text = str(shadow.payload.get("UpdatedDateUTC") or "") if shadow else ""
    return parse_moment(text) if text else None


def _same(decision: Decision, now: Sequence[Any]) -> bool:
    return digest(list(decision.seen)) == digest(list(now))


def _fields(
    scope: Scope,
    outcome: Outcome,
    record: Record | None,
    xero: XeroRecord | None,
    decisions: Mapping[str, Decision],
) -> tuple[ConflictField, ...]:
    rows = {row.key for row in scope.rows}
    found = []
    for one in outcome.differences:
        if one.decision != "conflict":
            continue
        made = ConflictField(
            one.field, one.label, one.base, one.crm, one.xero, _keeps(scope, one.field)
        )
        decision = decisions.get(one.field)
        if decision is not None:
            now = (one.crm, one.xero) if one.field in rows else seen(scope, record, xero, one.field)
            fits = _same(decision, now)
            made = replace(made, decided=decision.keep if fits else "", outdated=not fits)
        found.append(made)
    return tuple(found)


def _keeps(scope: Scope, key: str) -> tuple[Side, ...]:
    """The sides whose value of a field can travel to the other one."""
    row = next((row for row in scope.rows if row.key == key), None)
    ways = {"to_xero", "to_crm"}
    if row is not None:
        direction = effective(row, scope)
        ways = ways if direction == "both" else {direction} if direction else set()
    open_ = {
        "crm": scope.carries("to_xero") and scope.settings.update_in_xero and "to_xero" in ways,
        "xero": scope.carries("to_crm") and scope.settings.update_in_crm and "to_crm" in ways,
    }
    sides: tuple[Side, ...] = ("crm", "xero")
    return tuple(side for side in sides if open_[side])


def _no_way(conflict: Conflict, field: ConflictField, keep: Side) -> str:
    target = _NAMES[_OTHER[keep]]
    return (
        f"{field.label} of {conflict.name} does not travel to {target}: its direction, the "
        f"module's or a switch of {conflict.module} forbids it. Change that, or enter the value "
        f"in {target} by hand."
    )


def _may_create(scope: Scope, conflict: Conflict, side: Side) -> None:
    way, allowed = {
        "xero": ("to_xero", scope.settings.create_in_xero),
        "crm": ("to_crm", scope.settings.create_in_crm),
    }[side]
    if not scope.carries(way) or not allowed:
        raise ConflictRefused(
            f"{conflict.name} cannot be made again: new {scope.name} are not created in "
            f"{_NAMES[side]}. Switch it on: xtiger modules set {scope.name}"
        )


def _choices(record: Record | None, xero: XeroRecord | None) -> tuple[tuple[Side, str], ...]:
    """What keeping each side of a record does that is gone on one."""
    if record is not None and xero is not None and not is_gone(xero):
        return ()
    remaining: Side = "crm" if record is not None else "xero"
    gone = _OTHER[remaining]
    return (remaining, CHOICES[gone, "again"]), (gone, CHOICES[gone, "leave"])
