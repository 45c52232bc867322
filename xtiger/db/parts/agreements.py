"""The part of the store that counts and lists records by how far both sides agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union,
    union_all,
)

from xtiger.db import tables
from xtiger.db.parts.outcomes import read_outcome
from xtiger.db.parts.part import Part
from xtiger.model.agreement import (
    Agreement,
    CountedModule,
    CountedRecords,
    RecordAgreement,
)
from xtiger.rules.waiting import KEPT_BACK, NEEDING, NEEDS, ORPHANS, PASSING

_LINK, _CHANGE, _SHADOW = tables.link.c, tables.change.c, tables.shadow.c
#: Written out, so that a database sees that its partial indexes hold them.
_OF_CRM: ColumnElement[bool] = literal_column("xt_link.role <> 'xero_alias'")
_OF_XERO: ColumnElement[bool] = literal_column("xt_link.role <> 'alias'")


class AgreementPart(Part):
    """How far records agree: by links, marks, last seen copies and newest outcomes."""

    def agreement_counts(
        self, wanted: Mapping[str, Collection[CountedModule]]
    ) -> Mapping[tuple[str, Agreement], int]:
        """(connection id, how far) → number of records of its modules; one statement."""
        parts = [part(one) for one in _each(wanted) for part in _PARTS]
        if not parts:
            return {}
        every = union_all(*parts).subquery()
        query = select(every.c.connection_id, every.c.agreement, func.count().label("number"))
        query = query.group_by(every.c.connection_id, every.c.agreement)
        with self._database.reading() as db:
            rows = db.execute(query).all()
        return {(row.connection_id, row.agreement): row.number for row in rows}

    def agreement_reasons(
        self, connection_id: str, module: CountedModule
    ) -> Sequence[CountedRecords]:
        """How many records of one module agree how far and why, the most first; one statement."""
        wanted = _Wanted.of(connection_id, [module])
        every = union_all(*(part(wanted) for part in _PARTS)).subquery()
        code = case((every.c.agreement == "in_step", ""), else_=func.coalesce(every.c.code, ""))
        counted = select(every.c.agreement, code.label("code"), func.count().label("number"))
        # Two modules share a kind: of what Xero alone has each counts what it judged.
        counted = counted.where(every.c.module == module.name)
        counted = counted.group_by(every.c.agreement, code)
        with self._database.reading() as db:
            rows = db.execute(counted).all()
        found = [CountedRecords(row.agreement, row.code, row.number) for row in rows]
        return sorted(found, key=lambda one: (-one.count, one.agreement, one.code))

    def needing_codes(
        self, wanted: Mapping[str, Collection[CountedModule]]
    ) -> Mapping[str, Mapping[str, int]]:
        """Connection id → code of a cause → how many records wait for a person; one statement."""
        parts = [part(one) for one in _each(wanted) for part in _PARTS_OF["needs_you"]]
        found: dict[str, dict[str, int]] = {one: {} for one in wanted}
        if not parts:
            return found
        every = union_all(*parts).subquery()
        code = func.coalesce(every.c.code, "").label("code")
        query = select(every.c.connection_id, code, func.count().label("number"))
        query = query.where(every.c.agreement == "needs_you")
        with self._database.reading() as db:
            for row in db.execute(query.group_by(every.c.connection_id, code)):
                found[row.connection_id][row.code] = row.number
        return found

    def count_needing(self, wanted: Mapping[str, Collection[CountedModule]]) -> int:
        """How many records wait for a person; one statement, quick enough for each page."""
        parts = [part(one) for one in _each(wanted) for part in _PARTS_OF["needs_you"]]
        if not parts:
            return 0
        every = union_all(*parts).subquery()
        query = select(func.count()).select_from(every).where(every.c.agreement == "needs_you")
        with self._database.reading() as db:
            return int(db.execute(query).scalar_one())

    def agreements(
        self,
        connection_id: str,
        modules: Collection[CountedModule],
        agreement: Agreement,
        *,
        module: str = "",
        code: str = "",
        limit: int | None = None,
        offset: int = 0,
    ) -> Sequence[RecordAgreement]:
        """The records that agree so far, newest outcome first; of one module, of one cause."""
        wanted = _Wanted.of(connection_id, modules)
        every = union_all(*(part(wanted) for part in _PARTS_OF[agreement])).subquery()
        query = select(every).where(every.c.agreement == agreement)
        if module:
            query = query.where(every.c.module == module)
        if code:
            query = query.where(every.c.code == code)
        last = func.coalesce(every.c.outcome_id, 0)
        query = query.order_by(last.desc(), every.c.module, every.c.crm_id, every.c.xero_id)
        with self._database.reading() as db:
            rows = db.execute(query.limit(limit).offset(offset)).all()
            ids = [row.outcome_id for row in rows if row.outcome_id is not None]
            kept = select(tables.outcome).where(tables.outcome.c.id.in_(ids))
            outcomes = {row.id: read_outcome(row) for row in db.execute(kept)} if ids else {}
        return [_made(row, outcomes, wanted) for row in rows]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Whose records are counted."""

    connection: str
    #: Module → kind.
    kinds: Mapping[str, str]

    @classmethod
    def of(cls, connection: str, modules: Collection[CountedModule]) -> _Wanted:
        return cls(connection, {one.name: one.kind for one in modules})

    @property
    def modules(self) -> list[str]:
        return list(self.kinds)

    @property
    def xero(self) -> list[str]:
        return sorted(set(self.kinds.values()))


def _each(wanted: Mapping[str, Collection[CountedModule]]) -> list[_Wanted]:
    return [_Wanted.of(connection, modules) for connection, modules in wanted.items()]


def _made(row: Any, outcomes: Mapping[int, Any], wanted: _Wanted) -> RecordAgreement:
    outcome = outcomes.get(row.outcome_id)
    return RecordAgreement(
        row.connection_id,
        row.module,
        row.kind or wanted.kinds.get(row.module, ""),
        row.crm_id,
        row.xero_id or (outcome.xero_id if outcome is not None else None),
        row.agreement,
        outcome,
    )


# --- the parts that a record can be found in, each record in one of them --------------------


def _marked_in_crm(wanted: _Wanted) -> Select[Any]:
    """Records of the CRM of which either side is marked: judged by their newest outcome."""
    mine = select(_CHANGE.connection_id, _CHANGE.type.label("module"), _CHANGE.id.label("crm_id"))
    theirs = select(_LINK.connection_id, _LINK.module, _LINK.crm_id)
    theirs = theirs.join(tables.change, _is_linked_mark()).where(
        _OF_XERO, _LINK.module.in_(wanted.modules)
    )
    marks = union(
        mine.where(*_waiting(wanted, "crm", wanted.modules)),
        theirs.where(*_waiting(wanted, "xero", wanted.xero)),
    ).subquery()
    newest = tables.outcome.alias()
    found = marks.outerjoin(newest, newest.c.id == _newest_of_crm(marks))
    decision = tables.decision.c
    decided = exists().where(
        decision.connection_id == marks.c.connection_id,
        decision.module == marks.c.module,
        decision.crm_id == marks.c.crm_id,
        decision.field == "",
    )
    return _columns(
        marks.c.connection_id,
        marks.c.module,
        "",
        marks.c.crm_id,
        null(),
        _judged(newest, decided),
        newest,
    ).select_from(found)


def _marked_in_xero(wanted: _Wanted) -> Select[Any]:
    """Marked records that Xero alone has."""
    newest = tables.outcome.alias()
    found = tables.change.outerjoin(newest, newest.c.id == _newest_of_xero(tables.change))
    return (
        _columns(
            _CHANGE.connection_id,
            func.coalesce(newest.c.module, ""),
            _CHANGE.type,
            null(),
            _CHANGE.id,
            _judged(newest, None),
            newest,
        )
        .select_from(found)
        .where(*_waiting(wanted, "xero", wanted.xero), ~_linked_to(_CHANGE))
    )


def _linked(wanted: _Wanted) -> Select[Any]:
    """Linked records that nothing marks: in step, unless they were taken out since."""
    newest = tables.outcome.alias()
    found = tables.link.outerjoin(newest, newest.c.id == _newest_of_crm(tables.link))
    left = or_(newest.c.result.in_(("excluded", "skipped")), newest.c.code.in_(KEPT_BACK))
    out = case((left, "left_out"), else_="in_step")
    return (
        _columns(
            _LINK.connection_id, _LINK.module, _LINK.kind, _LINK.crm_id, _LINK.xero_id, out, newest
        )
        .select_from(found)
        .where(
            _LINK.connection_id == wanted.connection,
            _LINK.module.in_(wanted.modules),
            _LINK.state == "live",
            _OF_CRM,
            ~_mark("crm", _LINK.connection_id, _LINK.module, _LINK.crm_id),
            ~_mark("xero", _LINK.connection_id, _LINK.kind, _LINK.xero_id),
        )
    )


def _left_in_crm(wanted: _Wanted) -> Select[Any]:
    """Records of the CRM that are neither linked nor marked."""
    newest = tables.outcome.alias()
    place = select(_SHADOW.connection_id, _SHADOW.type.label("module"), _SHADOW.id.label("crm_id"))
    mine = _LINK.crm_id == _SHADOW.id
    same = (_LINK.connection_id == _SHADOW.connection_id, _LINK.module == _SHADOW.type, mine)
    left = place.where(
        *_seen(wanted, "crm", wanted.modules),
        ~exists().where(*same, _OF_CRM, _LINK.state == "live"),
        ~_mark("crm", _SHADOW.connection_id, _SHADOW.type, _SHADOW.id),
        ~exists(
            select(1)
            .select_from(tables.link.join(tables.change, _is_linked_mark()))
            .where(*same, _OF_XERO, _CHANGE.waiting)
        ),
    ).subquery()
    found = left.outerjoin(newest, newest.c.id == _newest_of_crm(left))
    return _columns(
        left.c.connection_id,
        left.c.module,
        "",
        left.c.crm_id,
        null(),
        literal("left_out"),
        newest,
    ).select_from(found)


def _left_in_xero(wanted: _Wanted) -> Select[Any]:
    """Records that Xero alone has, and that nothing marks."""
    newest = tables.outcome.alias()
    found = tables.shadow.outerjoin(newest, newest.c.id == _newest_of_xero(tables.shadow))
    return (
        _columns(
            _SHADOW.connection_id,
            func.coalesce(newest.c.module, ""),
            _SHADOW.type,
            null(),
            _SHADOW.id,
            literal("left_out"),
            newest,
        )
        .select_from(found)
        .where(
            *_seen(wanted, "xero", wanted.xero),
            ~_linked_to(_SHADOW, _LINK.state.in_(("live", "remaking"))),
            ~_linked_to(_SHADOW, _mark("crm", _LINK.connection_id, _LINK.module, _LINK.crm_id)),
            ~_mark("xero", _SHADOW.connection_id, _SHADOW.type, _SHADOW.id),
        )
    )


_PARTS = (_marked_in_crm, _marked_in_xero, _linked, _left_in_crm, _left_in_xero)
_PARTS_OF = {
    "in_step": (_linked,),
    "waiting": (_marked_in_crm, _marked_in_xero),
    "needs_you": (_marked_in_crm, _marked_in_xero),
    "left_out": _PARTS,
}


# --- what they are made of -------------------------------------------------------------------


def _columns(
    connection_id: ColumnElement[Any],
    module: ColumnElement[Any],
    kind: ColumnElement[Any] | str,
    crm_id: ColumnElement[Any],
    xero_id: ColumnElement[Any],
    agreement: ColumnElement[Any],
    newest: FromClause,
) -> Select[Any]:
    return select(
        connection_id.label("connection_id"),
        module.label("module"),
        (literal(kind) if isinstance(kind, str) else kind).label("kind"),
        cast(crm_id, String).label("crm_id"),
        cast(xero_id, String).label("xero_id"),
        agreement.label("agreement"),
        newest.c.id.label("outcome_id"),
        newest.c.code.label("code"),
    )


def _judged(newest: FromClause, decided: ColumnElement[bool] | None) -> ColumnElement[Any]:
    """How far a marked record agrees, by its newest outcome."""
    result, code = newest.c.result, newest.c.code
    left = code.in_(sorted(ORPHANS))
    needs = or_(result.in_(sorted(NEEDS)), code.in_(sorted(NEEDING)))
    cases = [(and_(left, decided), "left_out")] if decided is not None else []
    return case(
        *cases,
        (and_(code.not_in(sorted(PASSING)), needs), "needs_you"),
        (result == "skipped", "left_out"),
        else_="waiting",
    )


def _waiting(wanted: _Wanted, side: str, types: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    """Marked records of a side; a mark without id says that nobody knows which of the kind."""
    return (
        _CHANGE.connection_id == wanted.connection,
        _CHANGE.side == side,
        _CHANGE.type.in_(types),
        _CHANGE.waiting,
        _CHANGE.id != "",
    )


def _seen(wanted: _Wanted, side: str, types: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        _SHADOW.connection_id == wanted.connection,
        _SHADOW.side == side,
        _SHADOW.type.in_(types),
        ~_SHADOW.gone,
    )


def _is_linked_mark() -> ColumnElement[bool]:
    return and_(
        _CHANGE.connection_id == _LINK.connection_id,
        _CHANGE.side == "xero",
        _CHANGE.type == _LINK.kind,
        _CHANGE.id == _LINK.xero_id,
    )


def _mark(
    side: str,
    connection_id: ColumnElement[Any],
    type_: ColumnElement[Any],
    key: ColumnElement[Any],
) -> ColumnElement[bool]:
    return exists().where(
        _CHANGE.connection_id == connection_id,
        _CHANGE.side == side,
        _CHANGE.type == type_,
        _CHANGE.id == key,
        _CHANGE.waiting,
    )


def _linked_to(of: Any, *so: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a record of Xero is linked, so that this is true of the link."""
    return exists().where(
        _LINK.connection_id == of.connection_id,
        _LINK.kind == of.type,
        _LINK.xero_id == of.id,
        _OF_XERO,
        *so,
    )


def _newest_of_crm(of: FromClause) -> ColumnElement[Any]:
    """The id of the newest outcome of a record of the CRM."""
    one = tables.outcome.alias()
    query = select(func.max(one.c.id)).where(
        one.c.crm_id == of.c.crm_id,
        one.c.module == of.c.module,
        one.c.connection_id == of.c.connection_id,
    )
    return query.correlate(of).scalar_subquery()


def _newest_of_xero(of: FromClause) -> ColumnElement[Any]:
    """The id of the newest outcome of a record that Xero alone has."""
    one = tables.outcome.alias()
    query = select(func.max(one.c.id)).where(
        one.c.xero_id == of.c.id,
        one.c.connection_id == of.c.connection_id,
        one.c.crm_id.is_(None),
    )
    return query.correlate(of).scalar_subquery()
