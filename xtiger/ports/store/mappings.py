"""The MappingStore protocol: what an administrator saved of each module."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.mappings import Mapping as FieldMapping
from xtiger.model.mappings import ModuleSettings
from xtiger.ports.store.transactional import Transactional


class MappingStore(Transactional, Protocol):
    """Module settings and mappings of a connection."""

    def module_settings(self, connection_id: str, module: str) -> ModuleSettings:
        """The settings of one module; the defaults when never saved."""
        ...

    def all_module_settings(
        self, connection_id: str, modules: Collection[str]
    ) -> Mapping[str, ModuleSettings]:
        """The settings of each of these modules, read at once; the defaults when never saved."""
        ...

    def save_module_settings(self, connection_id: str, settings: ModuleSettings) -> None:
        """Replace the settings of one module."""
        ...

    def mapping(self, connection_id: str, module: str) -> FieldMapping | None:
        """The newest saved mapping; None when none is saved."""
        ...

    def newest_mappings(self, connection_id: str) -> Mapping[str, FieldMapping]:
        """Module → its newest saved mapping, read at once; without those that have none."""
        ...

    def mappings(self, connection_id: str, module: str) -> Sequence[FieldMapping]:
        """All versions of a mapping, newest first."""
        ...

    def save_mapping(
        self, connection_id: str, mapping: FieldMapping, at: datetime, by: str = ""
    ) -> int:
        """Save as a new version and return its number; an equal one keeps the old number.

        `by` is who saves it.
        """
        ...
