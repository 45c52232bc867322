"""The mapping templates to choose from: which modules are synced, and which fields of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from xtiger.errors import SettingInvalid
from xtiger.mapping.configuration import ConfigurationText, ModuleText
from xtiger.model.mappings import Row


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One template that XTiger brings."""

    #: What it is for, in a few words.
    meaning: str
    #: Roles of the modules that are on; all others are off.
    roles: frozenset[str]
    #: Role → fields of Xero that are mapped; a role that is not there has all its usual rows.
    fields: Mapping[str, frozenset[str]]


_ALL: Final = frozenset({"organisation", "contact", "product", "service", "invoice", "payment"})
_NOTHING: Final[Mapping[str, frozenset[str]]] = MappingProxyType({})
#: What a contact and an item are known by, and what stands on an invoice.
_ITEM: Final = frozenset({"Code", "Name", "Description", "SalesDetails.UnitPrice"})
_PLAIN: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "organisation": frozenset({"Name", "AccountNumber", "EmailAddress"}),
        "contact": frozenset({"ContactID", "FirstName", "LastName", "EmailAddress"}),
        "product": _ITEM,
        "service": _ITEM,
    }
)
#: Name → the template, in the order in which people read them.
BUILT_IN: Final[Mapping[str, BuiltIn]] = MappingProxyType(
    {
        "vtiger": BuiltIn("all modules with all usual fields, as in Vtiger", _ALL, _NOTHING),
        "plain": BuiltIn("all modules with the few fields that books need", _ALL, _PLAIN),
        "contacts": BuiltIn(
            "organisations and contacts only", frozenset({"organisation", "contact"}), _NOTHING
        ),
        "invoices": BuiltIn(
            "invoices only, with their customers and items",
            frozenset({"organisation", "product", "service", "invoice"}),
            _NOTHING,
        ),
    }
)


#: No name of a template is longer.
LONGEST: Final = 60


def name_of(typed: str) -> str:
    """The name of an own template as it is kept.

    Raises SettingInvalid for an empty or long one, or one that XTiger's have.
    """
    name = " ".join(typed.split())
    if not name or len(name) > LONGEST or not name.isprintable() or name in BUILT_IN:
        fix = f"Choose one of 1 to {LONGEST} characters, other than {', '.join(BUILT_IN)}."
        raise SettingInvalid("The template", "cannot have this name", fix)
    return name


@dataclass(frozen=True, slots=True)
class ModuleBegin:
    """What a template is made from: a module with its usual rows."""

    name: str
    role: str
    rows: tuple[Row, ...]


def built_in(name: str, modules: Sequence[ModuleBegin]) -> ConfigurationText:
    """A template for these modules; options, and the settings but for on and off, stay."""
    template = BUILT_IN[name]
    texts = []
    for module in modules:
        if module.role not in template.roles:
            texts.append(ModuleText(module.name, module.role, {"enabled": "off"}))
            continue
        only = template.fields.get(module.role)
        rows = tuple(row for row in module.rows if only is None or row.xero in only)
        texts.append(ModuleText(module.name, module.role, {"enabled": "on"}, rows))
    return ConfigurationText(modules=tuple(texts))


def of_modules(configuration: ConfigurationText, names: Collection[str] = ()) -> ConfigurationText:
    """What a configuration decides for modules, of these names or all: neither Start nor routes."""
    kept = tuple(one for one in configuration.modules if not names or one.name in names)
    return ConfigurationText(modules=kept)
