"""The versions of a mapping, and what each changed, as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xtiger.errors import MappingInvalid
from xtiger.mapping.configuration import (
    Change,
    ConfigurationText,
    ModuleText,
    changes,
    options_text,
)
from xtiger.model.mappings import Mapping


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """One version: the mapping with who saved it and when, and what it changed."""

    mapping: Mapping
    #: Against the version before; of the first one all that it has.
    changes: tuple[Change, ...]


def difference(older: Mapping | None, newer: Mapping, role: str) -> list[Change]:
    """What the newer mapping has otherwise; `role` is the module's, None is no mapping."""
    before = () if older is None else (_as_text(older, role),)
    return changes(
        ConfigurationText(modules=before), ConfigurationText(modules=(_as_text(newer, role),))
    )


def _as_text(mapping: Mapping, role: str) -> ModuleText:
    return ModuleText(mapping.module, role, {}, mapping.rows, options_text(mapping, role))


def with_changes(versions: Sequence[Mapping], role: str) -> list[MappingVersion]:
    """Each version with what it changed; both newest first."""
    before = [*versions[1:], None]
    return [
        MappingVersion(newer, tuple(difference(older, newer, role)))
        for newer, older in zip(versions, before, strict=False)
    ]


def version_of(versions: Sequence[Mapping], module: str, number: int) -> Mapping:
    """The version of this number; raises MappingInvalid with those that there are."""
    found = next((one for one in versions if one.version == number), None)
    if found is None:
        known = f"1 to {versions[0].version}" if versions else "none yet"
        raise MappingInvalid(module, [f"There is no version {number}; there are: {known}."])
    return found
