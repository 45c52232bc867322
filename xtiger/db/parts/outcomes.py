"""The part of the store that holds outcomes in a chain of hashes, where no edit goes unseen."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as DbConnection
from sqlalchemy import Select, func, insert, select, update

from xtiger.db import tables
from xtiger.db.columns import plain_text, storable
from xtiger.db.parts.part import Part
from xtiger.db.statements import chunks, locked_row
from xtiger.model.plans import Cause, Difference, Proposal
from xtiger.model.runs import Flow, Outcome
from xtiger.model.values import from_json
from xtiger.model.verbs import ResultName

_OUTCOME = tables.outcome.c
_AUDIT = {"name": "outcome"}
#: What the first outcome has in place of the hash of the row before it.
_START = "0" * 64


class OutcomePart(Part):
    """Outcomes and their audit chain."""

    def add_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """Append; each row carries the hash of the row before it (audit chain)."""
        contents = [_content(outcome) for outcome in outcomes]
        if not contents:
            return
        with self._database.writing() as db:
            start = {"last_id": 0, "last_hash": _START}
            end = locked_row(db, tables.audit, _AUDIT, start)
            number, last = int(end.last_id), str(end.last_hash)
            rows = []
            for content in contents:
                number += 1
                row = {"id": number, **content}
                last = _hash(last, row)
                rows.append({**row, "hash": last})
            db.execute(insert(tables.outcome), rows)
            same = tables.audit.c.name == _AUDIT["name"]
            db.execute(update(tables.audit).where(same).values(last_id=number, last_hash=last))

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
        query = select(tables.outcome).where(_OUTCOME.connection_id.in_(connections))
        for name, value in same.items():
            if value is not None:
                query = query.where(_OUTCOME[name] == value)
        if results:
            query = query.where(_OUTCOME.result.in_(results))
        if flows:
            query = query.where(_OUTCOME.flow.in_(flows))
        if text.strip():
            query = query.where(_OUTCOME.sought.contains(_folded(text), autoescape=True))
        if since is not None:
            query = query.where(_OUTCOME.at >= since)
        if until is not None:
            query = query.where(_OUTCOME.at < until)
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

    def broken_audit_row(self) -> int | None:
        """The id of the first outcome whose hash does not fit; None when the chain is whole.

        A row that is missing counts as not fitting, at the end of the chain too.
        """
        with self._database.reading() as db:
            # The end first: rows that others append meanwhile come after it.
            end = db.execute(select(tables.audit).where(tables.audit.c.name == "outcome")).first()
            if end is None:
                found: int | None = db.execute(select(func.min(_OUTCOME.id))).scalar()
                return found
            query = select(tables.outcome).where(_OUTCOME.id <= end.last_id)
            broken, number, last = _first_broken(db, query.order_by(_OUTCOME.id))
        if broken is not None:
            return broken
        if number < end.last_id:
            return number + 1
        return None if last == end.last_hash else number


def _first_broken(db: DbConnection, query: Select[Any]) -> tuple[int | None, int, str]:
    """(id of the first row that does not fit, last id, last hash)."""
    number, last = 0, _START
    rows = db.execution_options(yield_per=1000).execute(query)
    for row in rows:
        kept = dict(row._mapping)
        found = kept.pop("hash")
        number += 1
        if row.id != number or found != _hash(last, kept):
            rows.close()
            return number, number, last
        last = found
    return None, number, last


def _hash(before: str, row: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{before}\n{plain_text(row)}".encode()).hexdigest()


def _folded(text: str) -> str:
    """One spelling for text that people take for the same: case and composed letters."""
    return storable(unicodedata.normalize("NFKC", text).casefold().strip())


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
        "sought": _folded(
            "\n".join(part for part in (outcome.name, outcome.crm_id, outcome.xero_id) if part)
        ),
        "at": outcome.at,
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
    )
