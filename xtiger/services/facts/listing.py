"""Modules that only list: what was read of Xero, and switching them on."""

from __future__ import annotations

from dataclasses import replace

from xtiger.errors import SettingInvalid, UnknownModule
from xtiger.mapping.listing import ListedRecord, listed
from xtiger.mapping.listings import LISTINGS
from xtiger.model.mappings import ModuleSettings
from xtiger.ports.store import MappingStore, ShadowStore
from xtiger.rules.kinds import LISTED


def listed_records(store: ShadowStore, connection_id: str, module: str) -> list[ListedRecord]:
    """The records of a module that only lists, as last read; raises UnknownModule."""
    if module not in LISTED:
        raise UnknownModule(module, list(LISTED))
    kind = LISTED[module].kind
    seen = store.each_shadow(connection_id, "xero", kind)
    return listed(LISTINGS[kind], (one for one in seen if not one.gone))


def switch_listed(store: MappingStore, connection_id: str, settings: ModuleSettings) -> None:
    """Switch such a module on or off; raises SettingInvalid for every other setting."""
    usual = replace(store.module_settings(connection_id, settings.module), enabled=settings.enabled)
    if settings != usual:
        raise SettingInvalid(
            settings.module, "cannot be set so", "It is only read and listed: enabled is on or off."
        )
    store.save_module_settings(connection_id, settings)
