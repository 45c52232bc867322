"""The models that SQLAlchemy maps, as plain data for guessing an adapter."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty, scoped_session, sessionmaker

from xtiger.hosts.scaffold.shapes import Column, Relation, Table
from xtiger.hosts.scaffold.writing import Source
from xtiger.hosts.sqlalchemy.fields import field_type, storage, unfilled


def mapped_in(module: ModuleType) -> list[Mapper[Any]]:
    """The mappers of all models that a module has, in the order in which it names them."""
    # By the type itself: a proxy of Flask in the module raises where it is asked what it is.
    classes = [value for value in vars(module).values() if issubclass(type(value), type)]
    found = (sa.inspect(value, raiseerr=False) for value in classes)
    return list(dict.fromkeys(mapper for mapper in found if isinstance(mapper, Mapper)))


def shapes_of(mappers: list[Mapper[Any]]) -> list[Table]:
    """The models of these mappers."""
    return [Table(_name(m), tuple(_columns(m)), tuple(_relations(m))) for m in mappers]


def _name(mapper: Mapper[Any]) -> str:
    return mapper.class_.__name__


def _columns(mapper: Mapper[Any]) -> Iterator[Column]:
    for prop in mapper.column_attrs:
        column = prop.columns[0]
        if isinstance(column, sa.Column):
            kind = storage(column)
            choices = tuple(map(str, kind.enums)) if isinstance(kind, sa.Enum) else ()
            yield Column(
                prop.key,
                field_type(kind) or "json",
                nullable=bool(column.nullable),
                key=column.primary_key,
                filled=not unfilled(column),
                length=getattr(kind, "length", None),
                choices=choices,
            )


def _relations(mapper: Mapper[Any]) -> Iterator[Relation]:
    """Relationships, and foreign keys that have none."""
    known: set[str] = set()
    for relation in mapper.relationships:
        if relation.uselist:
            yield Relation(relation.key, _name(relation.mapper), many=True)
        elif len(relation.local_columns) == 1 and _is_here(relation):
            (local,) = relation.local_columns
            attr = mapper.get_property_by_column(local).key
            known.add(attr)
            yield Relation(relation.key, _name(relation.mapper), column=attr)
    models: dict[Any, str] = {one.local_table: _name(one) for one in mapper.registry.mappers}
    for prop in mapper.column_attrs:
        column = prop.columns[0]
        if isinstance(column, sa.Column) and prop.key not in known:
            for key in column.foreign_keys:
                if key.column.table in models:
                    target = models[key.column.table]
                    yield Relation(prop.key, target, column=prop.key, declared=False)


def _is_here(relation: RelationshipProperty[Any]) -> bool:
    return relation.direction.name == "MANYTOONE"


def source_of(module: ModuleType) -> Source:
    """How an adapter reaches the models of a module, and the sessions, where it has them."""
    package, _, name = module.__name__.rpartition(".")
    where = f"from {package} import {name}" if package else f"import {name}"
    host = "from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost"
    prefix = f"{name}."
    flask = _found("flask", module)
    if flask:
        maker = _maker(module)
        imports = [where, *(one.line for one in (flask, maker) if one and one.line), host]
        app = maker.name if maker else "None"
        call = f'SQLAlchemyHost({flask.name}, app=app, modules=modules, base_currency="GBP")'
        doubt = "" if maker else "; app is the function that makes your app"
        return Source(
            module.__name__,
            tuple(imports),
            prefix,
            f"{call}  # unsure: your currency{doubt}",
            f"app={app}",
        )
    plain = _found("plain", module)
    call = 'modules=modules, base_currency="GBP")'
    if plain:
        imports = [where, *([plain.line] if plain.line else []), host]
    else:
        guessed = f"from {package or name} import Session  # unsure: the sessionmaker of your CRM"
        if _found("async", module):
            guessed += '; a plain one, see "With asynchronous sessions" in docs/host.md'
        imports = [where, guessed, host]
    session = plain.name if plain else "Session"
    return Source(
        module.__name__,
        tuple(imports),
        prefix,
        f"SQLAlchemyHost({session}, {call}  # unsure: your currency",
    )


@dataclass(frozen=True, slots=True)
class _Name:
    """A name of the CRM's code as the adapter writes it, and the line that imports it."""

    name: str
    line: str


def _found(kind: str, module: ModuleType) -> _Name | None:
    """What makes sessions of this kind: in the module itself, else where its models come from."""
    for place in _places(module):
        for key, value in vars(place).items():
            if _kind(value) == kind:
                return _named(key, place, module)
    return None


def _maker(module: ModuleType) -> _Name | None:
    """The function that makes the app."""
    found = (place for place in _places(module) if hasattr(place, "create_app"))
    place = next(found, None)
    return None if place is None else _named("create_app", place, module)


def _named(key: str, place: ModuleType, module: ModuleType) -> _Name:
    if place is module:
        return _Name(f"{module.__name__.rpartition('.')[2]}.{key}", "")
    return _Name(key, f"from {place.__name__} import {key}")


def _places(module: ModuleType) -> list[ModuleType]:
    """The module, the packages that it lies in, and the modules that have its models."""
    parts = module.__name__.split(".")
    above = [".".join(parts[:end]) for end in range(len(parts) - 1, 0, -1)]
    models = [mapper.class_.__module__ for mapper in mapped_in(module)]
    names = dict.fromkeys([*above, *models])
    return [module, *(sys.modules[name] for name in names if name in sys.modules)]


def _kind(value: object) -> str:
    """What makes sessions; "" for anything else."""
    kind: type[object] = type(value)
    if issubclass(kind, scoped_session | sessionmaker):
        return "plain"
    if kind.__name__ == "async_sessionmaker":
        return "async"
    return "flask" if hasattr(kind, "init_app") and hasattr(value, "session") else ""
