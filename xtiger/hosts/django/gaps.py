"""Which columns of a Django model nothing fills for a new record."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from xtiger.hosts.django.fields import unfilled
from xtiger.hosts.gaps import Missing


def missing(part: Any, filled: Collection[str], named: Collection[str]) -> Iterator[Missing]:
    """The columns of a module or its lines without a value; see `hosts.gaps.MissingOf`."""
    made = part.model()
    for column in part.model._meta.concrete_fields:
        known = {column.name, column.attname} & set(filled)
        if known or not unfilled(column) or _is_link(column):
            continue
        empty = getattr(made, column.attname) in (None, "")
        if empty and (column.attname in named or not _text(column)):
            yield Missing(part.model.__name__, column.name, column.attname)


def _is_link(column: Any) -> bool:
    """Whether the column leads to the row of the parent model, which Django itself makes."""
    return bool(getattr(column.remote_field, "parent_link", False))


def _text(column: Any) -> bool:
    """Whether Django gives the column an empty text, which several rows may have."""
    return bool(column.empty_strings_allowed and not column.unique and not column.is_relation)
