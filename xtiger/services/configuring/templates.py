"""The service for mapping templates: those that XTiger brings, and the tenant's own by name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xtiger.errors import SettingInvalid
from xtiger.mapping.editing.templates import BUILT_IN, ModuleBegin, built_in, name_of, of_modules
from xtiger.model import setting_keys
from xtiger.services.configuring.configuration import Configuration
from xtiger.services.mappings import Mappings

if TYPE_CHECKING:
    from xtiger.mapping.configuration import Change, ConfigurationText
    from xtiger.services.parts import Parts


@dataclass(frozen=True, slots=True)
class Template:
    """A template to choose."""

    name: str
    #: What it is for; "" of an own one.
    meaning: str
    #: Who kept an own one; "" of one that XTiger brings.
    kept_by: str = ""
    is_own: bool = False


class Templates:
    """Which modules are synced with which fields, chosen by name; a template is a configuration.

    Using one changes what it has and leaves out the rest: the answers of Start, routes, and in
    XTiger's own ones all options. Own ones are the tenant's, for each of its connections.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store
        self._configuration, self._mappings = Configuration(parts), Mappings(parts)

    def all(self) -> list[Template]:
        """Those that XTiger brings, then the own ones by name."""
        found = [Template(name, one.meaning) for name, one in BUILT_IN.items()]
        group = setting_keys.TEMPLATES
        kept = self._store.own_settings_like(self._parts.tenant(), group)
        own = [
            Template(setting_keys.template_name(key), "", str(value["by"]), is_own=True)
            for key, value in kept.items()
            if isinstance(value, dict)
        ]
        return [*found, *sorted(own, key=lambda one: one.name)]

    def text(
        self, name: str, modules: Collection[str] = (), connection_id: str | None = None
    ) -> str:
        """A template as a configuration for a connection, of these modules or all, as TOML.

        Raises SettingInvalid for a name that is not there.
        """
        # Few commands need it, and its library is slow to load.
        from xtiger.mapping.configuration_toml import write

        connection = self._parts.connection(connection_id)
        return write(of_modules(self._named(name, connection.id), modules), connection.name)

    def changes(
        self, name: str, modules: Collection[str] = (), connection_id: str | None = None
    ) -> list[Change]:
        """What using a template would change; nothing is saved.

        Raises SettingInvalid for a name that is not there, ConfigurationInvalid.
        """
        text = self.text(name, modules, connection_id)
        return self._configuration.changes(text, connection_id)

    def use(
        self, name: str, by: str, modules: Collection[str] = (), connection_id: str | None = None
    ) -> list[Change]:
        """Save what a template has, for these modules or all; returns what changed.

        Raises SettingInvalid for a name that is not there, ConfigurationInvalid.
        """
        text = self.text(name, modules, connection_id)
        return self._configuration.apply(text, by, connection_id)

    def keep(self, name: str, by: str, connection_id: str | None = None) -> Template:
        """Keep what a connection has for its modules under a name; an own one of it is replaced.

        Raises SettingInvalid for an empty or long name, or one that XTiger's have.
        """
        from xtiger.mapping.configuration_toml import read, write

        kept = name_of(name)
        connection = self._parts.connection(connection_id)
        whole = read(self._configuration.text(connection.id))
        value = {"text": write(of_modules(whole), kept), "by": by}
        self._store.save_own_setting(connection.tenant, setting_keys.template(kept), value)
        return Template(kept, "", by, is_own=True)

    def drop(self, name: str) -> None:
        """Forget an own template; what was made of it stays. Raises SettingInvalid for none."""
        if not any(one.name == name and one.is_own for one in self.all()):
            raise self._unknown(name)
        self._store.forget_own_setting(self._parts.tenant(), setting_keys.template(name))

    def _named(self, name: str, connection_id: str) -> ConfigurationText:
        from xtiger.mapping.configuration_toml import read

        if name in BUILT_IN:
            return built_in(name, self._begins(connection_id))
        kept = self._store.own_setting(self._parts.tenant(), setting_keys.template(name))
        if not isinstance(kept, dict):
            raise self._unknown(name)
        return read(str(kept["text"]))

    def _begins(self, connection_id: str) -> list[ModuleBegin]:
        """The modules that the CRM has, each as its mapping begins."""
        described = {module.name for module in self._parts.described()}
        return [
            ModuleBegin(one.name, one.role, self._mappings.default(one.name).rows)
            for one in self._parts.modules(connection_id)
            if one.name in described
        ]

    def _unknown(self, name: str) -> SettingInvalid:
        known = ", ".join(one.name for one in self.all())
        return SettingInvalid("The template", f"{name!r} is not there", f"Use one of: {known}.")
