"""The models of an app of Django, as plain data for guessing an adapter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from xtiger.hosts.scaffold.shapes import Column, Relation, Table
from xtiger.hosts.scaffold.writing import Source
from xtiger.model.records import FieldType

#: What the fields of Django hold, by the name of their kind; EmailField is a CharField to them.
_TYPES: Final[dict[str, FieldType]] = {
    "CharField": "text",
    "TextField": "long_text",
    "SlugField": "text",
    "UUIDField": "text",
    "BooleanField": "bool",
    "DecimalField": "decimal",
    "FloatField": "decimal",
    "DateField": "date",
    "DateTimeField": "datetime",
    "JSONField": "json",
}


def shapes_of(models: list[Any]) -> list[Table]:
    """The tables of these model classes."""
    return [Table(m.__name__, tuple(_columns(m)), tuple(_relations(m))) for m in models]


def _columns(model: Any) -> Iterator[Column]:
    for field in model._meta.concrete_fields:
        kind = field.get_internal_type()
        whole: FieldType = "int" if "Integer" in kind or "AutoField" in kind else "json"
        choices = tuple(str(value) for value, _ in field.flatchoices)
        name = field.attname if field.is_relation else field.name
        yield Column(
            name,
            "choice" if choices else _TYPES.get(kind, whole),
            nullable=bool(field.null),
            key=bool(field.primary_key),
            filled=bool(field.null or field.has_default()),
            length=getattr(field, "max_length", None),
            choices=choices,
        )


def _relations(model: Any) -> Iterator[Relation]:
    for field in model._meta.get_fields():
        target = getattr(field, "related_model", None)
        if target is None:
            continue
        if field.one_to_many and field.get_accessor_name():
            yield Relation(field.get_accessor_name(), target.__name__, many=True)
        elif (field.many_to_one or field.one_to_one) and field.concrete:
            yield Relation(field.name, target.__name__, column=field.attname)


def source_of(models_module: str) -> Source:
    """How an adapter reaches the models of an app."""
    package, _, name = models_module.rpartition(".")
    return Source(
        models_module,
        (
            f"from {package} import {name}" if package else f"import {name}",
            "from xtiger.hosts.django import DjangoHost, Field, Lines, Module",
        ),
        f"{name}.",
        'DjangoHost(modules=modules, base_currency="GBP")  # unsure: your currency',
    )
