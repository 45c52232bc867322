"""The part of the store that finds a person: its records, and every row about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Text, and_, func, or_, select, type_coerce
from sqlalchemy import Connection as DbConnection

from xtiger.db import tables
from xtiger.db.parts.audit.erased_rows import folded
from xtiger.db.parts.part import Part
from xtiger.db.parts.privacy.subjects import BASES, SECRET, SUBJECTS, Owner, Subject
from xtiger.model.links import Side
from xtiger.model.privacy.person import Person, Place
from xtiger.model.values import Plain, from_json

_SHADOW, _OUTCOME, _LINK = tables.shadow.c, tables.outcome.c, tables.link.c
#: Side, type and id of the record of an outcome.
_LOGGED: Sequence[tuple[Side, Column[Any], Column[Any]]] = (
    ("crm", _OUTCOME.module, _OUTCOME.crm_id),
    ("xero", _OUTCOME.kind, _OUTCOME.xero_id),
)
#: Records that one search looks at.
_MOST = 500


class PersonPart(Part):
    """Persons."""

    def places_of(
        self,
        connection_ids: Sequence[str],
        parties: Mapping[Side, Collection[str]],
        *,
        text: str = "",
        ids: Collection[str] = (),
    ) -> list[Place]:
        """Records of these modules and kinds whose copy or log holds a text, or of these ids."""
        with self._database.reading() as db:
            found = [
                Place(row.connection_id, row.side, row.type, row.id)
                for row in db.execute(_copies(connection_ids, parties, text, ids).limit(_MOST))
            ]
            for side, type_, id_ in _LOGGED:
                named = _OUTCOME.sought.contains(folded(text), autoescape=True)
                wanted = and_(
                    _OUTCOME.connection_id.in_(connection_ids),
                    type_.in_(parties.get(side, ())),
                    id_.in_(ids) if ids else named,
                    id_.is_not(None),
                )
                query = select(_OUTCOME.connection_id, type_.label("type"), id_.label("id"))
                rows = db.execute(query.where(wanted).distinct().limit(_MOST))
                found += [Place(row.connection_id, side, row.type, row.id) for row in rows]
        return list(dict.fromkeys(found))

    def partners_of(self, places: Iterable[Place]) -> list[Place]:
        """The records that are linked to these, aliases among them."""
        found = []
        with self._database.reading() as db:
            for place in places:
                of_crm = (_LINK.module == place.type) & (_LINK.crm_id == place.id)
                of_xero = (_LINK.kind == place.type) & (_LINK.xero_id == place.id)
                same = of_crm if place.side == "crm" else of_xero
                query = select(tables.link).where(_LINK.connection_id == place.connection_id, same)
                for row in db.execute(query):
                    found.append(Place(row.connection_id, "crm", row.module, row.crm_id))
                    found.append(Place(row.connection_id, "xero", row.kind, row.xero_id))
        return list(dict.fromkeys(found))

    def values_of(self, place: Place) -> tuple[Mapping[str, Plain], Sequence[Mapping[str, Plain]]]:
        """The last seen copy of a record, and the halves of what was agreed on, by Xero's field."""
        same = (
            (_SHADOW.connection_id == place.connection_id)
            & (_SHADOW.side == place.side)
            & (_SHADOW.type == place.type)
            & (_SHADOW.id == place.id)
        )
        with self._database.reading() as db:
            copy = db.execute(select(_SHADOW.payload).where(same)).scalar()
            agreed = db.execute(
                select(tables.base.c.pairs)
                .join(tables.link, _LINK.id == tables.base.c.link_id)
                .where(_LINK.connection_id == place.connection_id, _at(place))
            ).scalars()
            halves = [
                {key: pair[half] for key, pair in dict(pairs).items()}
                for pairs in agreed
                for half in (0, 1)
            ]
        return copy if isinstance(copy, Mapping) else {}, halves

    def rows_about(
        self, person: Person, tenant: str, connection_ids: Sequence[str]
    ) -> Mapping[str, Sequence[Mapping[str, Plain]]]:
        """Table → its rows about a person, as plain values; without tables that have none."""
        owner = Owner(tenant, connection_ids)
        with self._database.reading() as db:
            found = {one.table.name: _read(db, one, person, owner) for one in SUBJECTS}
        return {table: rows for table, rows in found.items() if rows}


def rows_of(
    db: DbConnection, subject: Subject, person: Person, owner: Owner
) -> list[dict[str, Any]]:
    """The rows of a table that are about a person, texts as they are stored."""
    where = subject.rows(person, owner)
    if subject is BASES:
        where = or_(where, subject.table.c.link_id.in_(_own_links(person)))
    query = select(*subject.columns()).where(where)
    rows = [dict(row._mapping) for row in db.execute(query)]
    if subject is BASES:
        return rows
    return [row for row in rows if subject.is_about(row, person)]


def _own_links(person: Person) -> Any:
    same = [(_LINK.connection_id == one.connection_id) & _at(one) for one in person.places]
    return select(_LINK.id).where(or_(*same))


def _at(place: Place) -> ColumnElement[bool]:
    if place.side == "crm":
        return (_LINK.module == place.type) & (_LINK.crm_id == place.id)
    return (_LINK.kind == place.type) & (_LINK.xero_id == place.id)


def _read(
    db: DbConnection, subject: Subject, person: Person, owner: Owner
) -> list[Mapping[str, Plain]]:
    plain = {one.name for one in subject.table.c if type(one.type).__name__ == "PlainText"}

    def read(name: str, value: Any) -> Plain:
        return from_json(value) if name in plain and isinstance(value, str) else value

    return [
        {name: read(name, value) for name, value in row.items() if name not in SECRET}
        for row in rows_of(db, subject, person, owner)
    ]


def _copies(
    connection_ids: Sequence[str],
    parties: Mapping[Side, Collection[str]],
    text: str,
    ids: Collection[str],
) -> Any:
    of_party = [(_SHADOW.side == side) & _SHADOW.type.in_(types) for side, types in parties.items()]
    query = select(_SHADOW.connection_id, _SHADOW.side, _SHADOW.type, _SHADOW.id)
    query = query.where(_SHADOW.connection_id.in_(connection_ids), or_(*of_party))
    if ids:
        return query.where(_SHADOW.id.in_(ids))
    column = type_coerce(_SHADOW.payload, Text)
    return query.where(
        or_(
            column.contains(text, autoescape=True),
            func.lower(column).contains(text.lower(), autoescape=True),
        )
    )
