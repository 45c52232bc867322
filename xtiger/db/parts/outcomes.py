"""The part of the store that holds outcomes in a chain of hashes, where no edit goes unseen."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from xtiger.db import tables
from xtiger.db.columns import plain_text, storable
from xtiger.db.parts.audit.chain import append, digest_of, first_broken
from xtiger.db.parts.audit.erased_rows import folded
from xtiger.db.parts.part import Part
from xtiger.db.statements import chunks
from xtiger.model.plans import Cause, Difference, Proposal
from xtiger.model.runs import Flow, Outcome
from xtiger.model.values import from_json
from xtiger.model.verbs import ResultName

_OUTCOME = tables.outcome.c
_NOTE = tables.audit_note.c
_RUN = tables.run.c
#: Results of a record that both sides have alike, as far as no cause says otherwise.
_IN_STEP = ("created", "updated", "removed", "linked")


class OutcomePart(Part):
    """Outcomes and their audit chain."""

    def add_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """Append; each row carries the hash of the row before it (audit chain)."""
        rows = [(tables.outcome, _salted(_content(outcome))) for outcome in outcomes]
        if rows:
            with self._database.writing() as db:
                append(db, rows)

    def count_unchanged(
        self, connection_id: str, run_id: str, counts: Mapping[str, int], at: datetime
    ) -> None:
        """Append how many records of each module a run found in step, in place of a row of each."""
        same = {"what": "unchanged", "connection_id": connection_id, "run_id": run_id}
        rows = [
            (tables.audit_note, {**same, "module": module, "count": count, "detail": "", "at": at})
            for module, count in counts.items()
        ]
        if rows:
            with self._database.writing() as db:
                append(db, rows)

    def unchanged_counts(self, run_id: str) -> Mapping[str, int]:
        """Module → how many records of a run were counted in place of a row of each."""
        counted = (_NOTE.run_id == run_id) & (_NOTE.what == "unchanged")
        query = select(_NOTE.module, func.sum(_NOTE.count)).where(counted).group_by(_NOTE.module)
        with self._database.reading() as db:
            return {module: int(count) for module, count in db.execute(query)}

    def outcomes(
        self,
        *,
        connections: Collection[str],
        id: int | None = None,
        run_id: str | None = None,
        module: str | None = None,
        crm_id: str | None = None,
        xero_id: str | None = None,
        results: Sequence[ResultName] = (),
        flows: Sequence[Flow] = (),
        codes: Sequence[str] = (),
        by: str = "",
        below: int | None = None,
        newest: bool = False,
        text: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[Outcome]:
        """Outcomes of the connections of these ids that fit all given filters, newest first.

        `text` is found anywhere in name, CRM id or Xero id, in upper or lower case; `since` is
        included, `until` is not.
        """
        same = {"id": id, "run_id": run_id, "module": module, "crm_id": crm_id, "xero_id": xero_id}
        wanted = [_OUTCOME[name] == value for name, value in same.items() if value is not None]
        among = ((_OUTCOME.result, results), (_OUTCOME.flow, flows), (_OUTCOME.code, codes))
        wanted += [column.in_(values) for column, values in among if values]
        wanted += _between(below, since, until)
        wanted += [_OUTCOME.id.in_(_newest_of_each(connections, module))] if newest else []
        query = _with_begun().where(_OUTCOME.connection_id.in_(connections), *wanted)
        if by:
            query = query.where(or_(_RUN.started_by == by, _RUN.trigger == by))
        if text.strip():
            query = query.where(_OUTCOME.sought.contains(folded(text), autoescape=True))
        query = query.order_by(_OUTCOME.id.desc()).limit(limit).offset(offset)
        with self._database.reading() as db:
            return [read_outcome(row) for row in db.execute(query)]

    def newest_outcomes(
        self, connection_id: str, module: str, crm_ids: Iterable[str]
    ) -> Mapping[str, Outcome]:
        """CRM id → its newest outcome, for these ids; without those that have none."""
        of_module = (_OUTCOME.connection_id == connection_id) & (_OUTCOME.module == module)
        found: dict[str, Outcome] = {}
        with self._database.reading() as db:
            for ids in chunks(crm_ids):
                newest = select(func.max(_OUTCOME.id)).where(of_module, _OUTCOME.crm_id.in_(ids))
                query = select(tables.outcome).where(
                    _OUTCOME.id.in_(newest.group_by(_OUTCOME.crm_id))
                )
                found.update((row.crm_id, read_outcome(row)) for row in db.execute(query))
        return found

    def restless_outcomes(
        self,
        connection_id: str,
        module: str,
        crm_ids: Collection[str] = (),
        xero_ids: Collection[str] = (),
    ) -> Sequence[Outcome]:
        """The newest outcomes of these records that say more than that both sides are alike.

        `xero_ids` are those of records that Xero alone has.
        """
        of_module = (_OUTCOME.connection_id == connection_id) & (_OUTCOME.module == module)
        alone = of_module & _OUTCOME.crm_id.is_(None)
        found: list[Outcome] = []
        for column, where, ids in (
            (_OUTCOME.crm_id, of_module, crm_ids),
            (_OUTCOME.xero_id, alone, xero_ids),
        ):
            found += self._restless(column, where, ids)
        return found

    def _restless(
        self, column: ColumnElement[Any], where: ColumnElement[bool], ids: Collection[str]
    ) -> list[Outcome]:
        more = or_(_OUTCOME.code.is_not(None), _OUTCOME.result.not_in(_IN_STEP))
        found: list[Outcome] = []
        for part in chunks(ids):
            newest = select(func.max(_OUTCOME.id)).where(where, column.in_(part)).group_by(column)
            query = select(tables.outcome).where(_OUTCOME.id.in_(newest), more)
            with self._database.reading() as db:
                found += [read_outcome(row) for row in db.execute(query)]
        return found

    def broken_audit_row(self) -> int | None:
        """The id of the first row of the chain whose hash does not fit; None when it is whole.

        A row that is missing counts as not fitting, at the end of the chain too; one that left
        after its time does not.
        """
        with self._database.reading() as db:
            return first_broken(db)


def _with_begun() -> Select[Any]:
    """Outcomes, each with what began its run, and who."""
    begun = tables.outcome.outerjoin(tables.run, _RUN.id == _OUTCOME.run_id)
    return select(tables.outcome, _RUN.trigger, _RUN.started_by).select_from(begun)


def _newest_of_each(connections: Collection[str], module: str | None) -> Select[Any]:
    """The id of the newest outcome of each record; a Xero id may come with a later run."""
    place = case((_OUTCOME.crm_id.is_(None), _OUTCOME.xero_id), else_="")
    found = select(func.max(_OUTCOME.id)).where(_OUTCOME.connection_id.in_(connections))
    if module is not None:
        found = found.where(_OUTCOME.module == module)
    return found.group_by(_OUTCOME.connection_id, _OUTCOME.module, _OUTCOME.crm_id, place)


def _between(
    below: int | None, since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    """Conditions of the bounds that are given."""
    found = [_OUTCOME.id < below] if below is not None else []
    found += [_OUTCOME.at >= since] if since is not None else []
    return found + ([_OUTCOME.at < until] if until is not None else [])


def _salted(content: dict[str, Any]) -> dict[str, Any]:
    """The row with the digest of what it says of its record, which stands for that in the chain."""
    salt = secrets.token_hex(16)
    return {**content, "salt": salt, "digest": digest_of(salt, content)}


def _content(outcome: Outcome) -> dict[str, Any]:
    """The columns of an outcome but for id and hash, exactly as the database gives them back."""
    cause = outcome.cause
    detail = {
        "cause": None if cause is None else _stored(cause),
        "differences": [
            [item.field, item.label, item.base, item.crm, item.xero, item.decision]
            for item in outcome.differences
        ],
        "proposals": [
            [item.verb, item.xero_id, item.crm_id, item.name] for item in outcome.proposals
        ],
    }
    return {
        "connection_id": outcome.connection_id,
        "run_id": outcome.run_id,
        "module": outcome.module,
        "kind": outcome.kind,
        "crm_id": outcome.crm_id,
        "xero_id": outcome.xero_id,
        "name": storable(outcome.name),
        "result": outcome.result,
        "verb": outcome.verb,
        "flow": outcome.flow,
        "code": None if cause is None else cause.code,
        "detail": plain_text(detail),
        "sought": folded(
            "\n".join(part for part in (outcome.name, outcome.crm_id, outcome.xero_id) if part)
        ),
        "at": outcome.at,
        "correlation_id": outcome.correlation_id or None,
    }


def _stored(cause: Cause) -> dict[str, Any]:
    """A cause as JSON; what is beside it only where there is some, as in rows of before."""
    kept: dict[str, Any] = {"code": cause.code, "data": dict(cause.data)}
    return {**kept, "also": [_stored(one) for one in cause.also]} if cause.also else kept


def _cause(kept: Mapping[str, Any]) -> Cause:
    return Cause.of_store(kept["code"], kept["data"], [_cause(one) for one in kept.get("also", ())])


def read_outcome(row: Any) -> Outcome:
    """The outcome of a row of its table."""
    detail = from_json(row.detail)
    cause = detail["cause"]
    return Outcome(
        connection_id=row.connection_id,
        run_id=row.run_id,
        module=row.module,
        kind=row.kind,
        crm_id=row.crm_id,
        xero_id=row.xero_id,
        name=row.name,
        result=row.result,
        verb=row.verb,
        flow=row.flow,
        cause=None if cause is None else _cause(cause),
        differences=tuple(Difference(*parts) for parts in detail["differences"]),
        proposals=tuple(Proposal(*parts) for parts in detail["proposals"]),
        at=row.at,
        id=row.id,
        correlation_id=row.correlation_id or "",
        trigger=getattr(row, "trigger", None) or "",
        started_by=getattr(row, "started_by", None) or "",
    )
