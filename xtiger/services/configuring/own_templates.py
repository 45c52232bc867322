"""The own templates of a tenant in its configuration: read, checked and replaced as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xtiger.errors import SettingInvalid
from xtiger.mapping.configuration import ConfigurationText, ModuleText, TemplateText, module_text
from xtiger.mapping.editing.templates import name_of
from xtiger.mapping.module_settings import changed
from xtiger.model import setting_keys
from xtiger.model.mappings import ModuleSettings

if TYPE_CHECKING:
    from xtiger.ports.store import Store


@dataclass(frozen=True, slots=True)
class OwnTemplates:
    """What a tenant has kept as templates."""

    store: Store
    tenant: str

    def all(self) -> tuple[TemplateText, ...]:
        """Each with what it decides for modules, by name."""
        # Few commands need it, and its library is slow to load.
        from xtiger.mapping.configuration_toml import read

        kept = self.store.own_settings_like(self.tenant, setting_keys.TEMPLATES)
        found = [
            TemplateText(setting_keys.template_name(key), read(str(value["text"])).modules)
            for key, value in kept.items()
            if isinstance(value, dict)
        ]
        return tuple(sorted(found, key=lambda one: one.name))

    def put(self, templates: Sequence[TemplateText], by: str) -> None:
        """Keep exactly these; of one that stays as it is, who kept it stays, too."""
        from xtiger.mapping.configuration_toml import write

        before = {one.name: one for one in self.all()}
        for one in templates:
            if before.get(one.name) != one:
                text = write(ConfigurationText(modules=one.modules), one.name)
                value = {"text": text, "by": by}
                self.store.save_own_setting(self.tenant, setting_keys.template(one.name), value)
        for name in before.keys() - {one.name for one in templates}:
            self.store.forget_own_setting(self.tenant, setting_keys.template(name))


def checked_templates(
    given: Sequence[TemplateText] | None, problems: list[str]
) -> tuple[TemplateText, ...] | None:
    """The templates with their settings as they are kept; what is wrong is added to `problems`.

    Modules and fields are looked at when a template is used: it may be for another CRM.
    """
    if given is None:
        return None
    found = []
    for one in given:
        place = f"templates.{one.name}"
        try:
            if name_of(one.name) != one.name:
                problems.append(f"{place} has blanks too many in its name.")
        except SettingInvalid as error:
            problems.append(f"{place} {error.reason}. {error.fix}")
        modules = [_checked(f"{place}.modules.{m.name}", m, problems) for m in one.modules]
        found.append(replace(one, modules=tuple(modules)))
    return tuple(sorted(found, key=lambda one: one.name))


def _checked(place: str, given: ModuleText, problems: list[str]) -> ModuleText:
    settings = ModuleSettings(given.name)
    for name, text in given.settings.items():
        try:
            settings = changed(settings, {name: text})
        except SettingInvalid as error:
            problems.append(f"{place}.{name} {error.reason}. {error.fix}")
    whole = module_text(settings, given.role, None).settings
    return replace(given, settings={n: text for n, text in whole.items() if n in given.settings})
