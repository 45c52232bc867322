"""Everything that is wrong with one module: its mapping, its options and its settings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.mapping.lint.finding import SEVERITIES, Finding, finding
from xtiger.mapping.lint.options import Lists, option_findings
from xtiger.mapping.lint.rows import converter_findings, row_findings, unfilled
from xtiger.mapping.module_settings import Fault, faults

if TYPE_CHECKING:
    from xtiger.hookspecs import SyncModule
    from xtiger.model.mappings import Mapping, ModuleSettings
    from xtiger.model.records import Module


def lint(
    sync: SyncModule,
    module: Module | None,
    mapping: Mapping | None,
    settings: ModuleSettings,
    lists: Lists,
    converters: Collection[str] = (),
) -> list[Finding]:
    """What is wrong, the worst first; nothing is asked of a module that is switched off."""
    if not settings.enabled:
        return []
    if mapping is None:
        return [finding("no_mapping", sync.name)]
    found = [*row_findings(mapping, module), *converter_findings(mapping, converters)]
    if module is not None:
        found += unfilled(mapping, module, settings, sync.role)
        found += [_of_fault(sync.name, one) for one in faults(settings, sync, module)]
        found += option_findings(mapping, sync.role, lists)
    return sorted(found, key=lambda one: SEVERITIES.index(one.severity))


def _of_fault(module: str, fault: Fault) -> Finding:
    """A setting that cannot work, in its own words."""
    made = finding("setting", module, setting=fault.setting)
    return replace(made, text=fault.text, values={**made.values, **fault.values})
