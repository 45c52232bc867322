"""Which columns of a mapped model nothing fills for a new record."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ColumnProperty, Mapper

from xtiger.hosts.gaps import Missing
from xtiger.hosts.sqlalchemy.fields import unfilled
from xtiger.hosts.sqlalchemy.new_objects import new_object


def missing(part: Any, filled: Collection[str], _named: Collection[str]) -> Iterator[Missing]:
    """The columns of a module or its lines without a value; see `hosts.gaps.MissingOf`."""
    mapper: Mapper[Any] = part.mapper
    known = {*filled, *_keys_of(mapper, filled)}
    made = new_object(mapper)
    for prop in mapper.column_attrs:
        if prop.key in known or not _needed(prop, mapper) or getattr(made, prop.key) is not None:
            continue
        yield Missing(mapper.class_.__name__, prop.key, prop.key)


def _keys_of(mapper: Mapper[Any], names: Collection[str]) -> Iterator[str]:
    """The columns that relationships among the names fill."""
    for relation in mapper.relationships:
        if relation.key in names:
            for column in relation.local_columns:
                yield mapper.get_property_by_column(column).key


def _needed(prop: ColumnProperty[Any], mapper: Mapper[Any]) -> bool:
    """Whether neither the database nor SQLAlchemy fills the column."""
    columns = [column for column in prop.columns if isinstance(column, sa.Column)]
    by_mapper = (mapper.polymorphic_on, mapper.version_id_col)
    for column in columns:
        counted = getattr(column.table, "autoincrement_column", None) is column
        if not unfilled(column) or counted or any(column is one for one in by_mapper):
            return False
    return bool(columns)
