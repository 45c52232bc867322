"""The part of the store that holds links."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy import Connection as DbConnection
from sqlalchemy.exc import IntegrityError

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import AnyRow, insert_for, rows_with
from xtiger.errors import LinkRefused
from xtiger.model.links import Link, LinkRole
from xtiger.model.records import Ref
from xtiger.model.values import Plain

_LINK = tables.link.c
#: All links, their columns in the order of a Link's fields.
_ALL_LINKS = select(*(_LINK[one.name] for one in fields(Link)))


class LinkPart(Part):
    """Links."""

    def links_by_crm(
        self, connection_id: str, module: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Link]:
        """CRM id → its own link, primary or alias, for these ids or (None) all."""
        query = _ALL_LINKS.where(
            _LINK.connection_id == connection_id,
            _LINK.module == module,
            _LINK.role != "xero_alias",
        )
        with self._database.reading() as db:
            rows = rows_with(db, query, _LINK.crm_id, ids)
            return {link.crm_id: link for link in _links(rows)}

    def links_of(self, connection_id: str, refs: Collection[Ref]) -> Mapping[Ref, Link]:
        """CRM record → its own link, primary or alias; those of these records that are linked."""
        query = _ALL_LINKS.where(
            _LINK.connection_id == connection_id,
            _LINK.module.in_({ref.module for ref in refs}),
            _LINK.role != "xero_alias",
        )
        wanted = set(refs)
        with self._database.reading() as db:
            found = {
                Ref(link.module, link.crm_id): link
                for link in _links(rows_with(db, query, _LINK.crm_id, {ref.id for ref in refs}))
            }
        return {ref: link for ref, link in found.items() if ref in wanted}

    def link_counts(self, connection_id: str) -> Mapping[str, int]:
        """Module → links of its records in a connection, aliases of either side among them."""
        query = (
            select(_LINK.module, func.count().label("links"))
            .where(_LINK.connection_id == connection_id)
            .group_by(_LINK.module)
        )
        with self._database.reading() as db:
            return {row.module: row.links for row in db.execute(query)}

    def links_by_xero(
        self, connection_id: str, kind: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Link]:
        """Xero id → its primary link, for these ids or (None) all."""
        found = self._in_role("primary", connection_id, kind, ids)
        return {link.xero_id: link for link in found}

    def aliases(
        self, connection_id: str, kind: str, xero_ids: Iterable[str] | None = None
    ) -> Sequence[Link]:
        """The links of further CRM records to these Xero records, or (None) to all; by id."""
        found = self._in_role("alias", connection_id, kind, xero_ids)
        return sorted(found, key=lambda link: link.id or 0)

    def xero_aliases(
        self, connection_id: str, kind: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Link]:
        """Xero id → its link as one more Xero record of a CRM record, for these ids or all."""
        found = self._in_role("xero_alias", connection_id, kind, ids)
        return {link.xero_id: link for link in found}

    def _in_role(
        self, role: LinkRole, connection_id: str, kind: str, xero_ids: Iterable[str] | None
    ) -> list[Link]:
        query = _ALL_LINKS.where(
            _LINK.connection_id == connection_id, _LINK.kind == kind, _LINK.role == role
        )
        with self._database.reading() as db:
            return list(_links(rows_with(db, query, _LINK.xero_id, xero_ids)))

    def add_link(self, link: Link) -> Link:
        """Insert and answer it with its id; raises LinkRefused when either side is linked."""
        row = _link_row(link)
        with self._database.writing() as db:
            # Not by catching an error: PostgreSQL would end the caller's transaction with it.
            query = insert_for(db, tables.link).values(row).on_conflict_do_nothing()
            found = db.execute(query.returning(*tables.link.c)).one_or_none()
            if found is None:
                raise _refusal(db, link)
        return Link(**found._mapping)

    def add_links(self, links: Sequence[Link]) -> None:
        """Insert many at once, all or none; raises LinkRefused when a side of one is linked."""
        if not links:
            return
        with self._database.writing() as db:
            try:
                with db.begin_nested():
                    db.execute(insert(tables.link), [_link_row(link) for link in links])
            except IntegrityError as error:
                raise LinkRefused(
                    "One of these records is linked already. Read the links again, "
                    "and link the others one by one."
                ) from error

    def change_link(self, link: Link) -> None:
        """Replace by id (state, role, xero_id).

        Raises LinkRefused when the new Xero record has a primary link already, or the link is gone.
        """
        change = update(tables.link).where(_LINK.id == link.id)
        change = change.values(state=link.state, role=link.role, xero_id=link.xero_id)
        with self._database.writing() as db:
            try:
                with db.begin_nested():
                    changed = db.execute(change).rowcount
            except IntegrityError as error:
                raise _refusal(db, link) from error
        if not changed:
            raise LinkRefused(
                f"The link of {link.module} {link.crm_id} was removed meanwhile. Sync it again."
            )

    def remove_link(self, link_id: int) -> None:
        """Remove a link with its base."""
        with self._database.writing() as db:
            db.execute(delete(tables.link).where(_LINK.id == link_id))


def _links(rows: Iterable[AnyRow]) -> Iterator[Link]:
    """Links of rows; texts that many of them share are kept once."""
    kept: dict[str, Any] = {}  # Any: some of the texts are literals
    for connection, kind, xero_id, module, crm_id, role, state, number, made in rows:
        yield Link(
            kept.setdefault(connection, connection),
            kept.setdefault(kind, kind),
            xero_id,
            kept.setdefault(module, module),
            crm_id,
            kept.setdefault(role, role),
            kept.setdefault(state, state),
            number,
            made,
        )


def _link_row(link: Link) -> dict[str, Plain]:
    return {column.name: getattr(link, column.name) for column in _LINK if column.name != "id"}


def _refusal(db: DbConnection, link: Link) -> LinkRefused:
    """The sentence that names which side is linked, and to what."""
    crm = f"{link.module} {link.crm_id}"
    same_crm: ColumnElement[bool] = (_LINK.module == link.module) & (_LINK.crm_id == link.crm_id)
    here = select(tables.link).where(_LINK.connection_id == link.connection_id)
    if link.id is None and link.role != "xero_alias":
        taken = db.execute(here.where(same_crm, _LINK.role != "xero_alias")).first()
        if taken is not None:
            return LinkRefused(
                f"{crm} is linked already, to the {taken.kind} {taken.xero_id} in Xero. "
                "Remove that link first."
            )
    same_xero = (_LINK.kind == link.kind) & (_LINK.xero_id == link.xero_id)
    taken = db.execute(here.where(same_xero, _LINK.role != "alias")).first()
    other = f"{taken.module} {taken.crm_id}" if taken else "another record"
    return LinkRefused(
        f"{crm} cannot be linked to the {link.kind} {link.xero_id} in Xero: "
        f"{other} is linked to it. Remove that link first."
    )
