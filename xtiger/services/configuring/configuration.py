"""The service for the configuration as text: written, compared, checked and applied as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xtiger.errors import ConfigurationInvalid, MappingInvalid, SettingInvalid
from xtiger.mapping.check import with_option
from xtiger.mapping.configuration import (
    START,
    Change,
    ConfigurationText,
    ModuleText,
    RouteText,
    RoutingText,
    changes,
    module_text,
    options_text,
    start_text,
)
from xtiger.mapping.editing.places import with_lines
from xtiger.mapping.module_settings import changed, problems
from xtiger.mapping.option_specs import OPTIONS, TABLE_OPTIONS
from xtiger.model.configured_start import (
    BRING,
    FROM,
    INVOICES,
    MODE,
    OPEN_BEFORE,
    configured_start,
)
from xtiger.rules.kinds import LISTED
from xtiger.rules.routing import Routes, Rule
from xtiger.services.configuring.mail_texts import MailTexts
from xtiger.services.configuring.own_templates import OwnTemplates, checked_templates
from xtiger.services.configuring.times import Times
from xtiger.services.mappings import Mappings
from xtiger.services.modules import Modules
from xtiger.services.routing import Routing
from xtiger.services.start import Start
from xtiger.services.syncing.first_sync import FirstSync

if TYPE_CHECKING:
    from xtiger.hookspecs import SyncModule
    from xtiger.model.connections import Connection
    from xtiger.model.mappings import Mapping as FieldMapping
    from xtiger.model.mappings import ModuleSettings
    from xtiger.model.start_answers import StartAnswers
    from xtiger.services.parts import Parts

#: Answer of the first day in the text → the variable that gives the same one.
_VARIABLES: Mapping[str, str] = {
    "from": FROM,
    "open_before": OPEN_BEFORE,
    "invoices": INVOICES,
    "bring": BRING,
    "mode": MODE,
}
#: Where a mapping keeps what options can say.
_KEPT_AS = frozenset(TABLE_OPTIONS.get(spec.name, spec.name) for spec in OPTIONS)


@dataclass(slots=True)
class _Wanted:
    """What a configuration comes to in one connection, checked and not yet saved."""

    answers: StartAnswers | None = None
    settings: list[ModuleSettings] = field(default_factory=list)
    mappings: list[FieldMapping] = field(default_factory=list)
    routes: Routes | None = None
    #: The same as text, with the names of this CRM and values as they are kept.
    text: ConfigurationText = field(default_factory=ConfigurationText)
    problems: list[str] = field(default_factory=list)


class Configuration:
    """What an administrator decides for a connection, as one text without secrets.

    A text is checked as a whole before anything of it is saved, and what it leaves out stays.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store
        self._mappings, self._modules = Mappings(parts), Modules(parts)

    def text(self, connection_id: str | None = None) -> str:
        """What is decided for a connection, as TOML; the same decisions give the same bytes."""
        # Few commands need it, and its library is slow to load.
        from xtiger.mapping.configuration_toml import write

        connection = self._parts.connection(connection_id)
        return write(self._decided(connection), connection.name)

    def changes(self, text: str, connection_id: str | None = None) -> list[Change]:
        """What applying a text would change; nothing is saved.

        Raises ConfigurationInvalid, which names everything that cannot be applied.
        """
        connection = self._parts.connection(connection_id)
        return changes(self._decided(connection), self._checked(text, connection).text)

    def between(self, other: str, connection_id: str | None = None) -> list[Change]:
        """What the other connection, by name or id, has decided otherwise."""
        connection, its = self._parts.connection(connection_id), self._parts.connection(other)
        return changes(self._decided(connection), self._decided(its))

    def apply(self, text: str, by: str, connection_id: str | None = None) -> list[Change]:
        """Save what a text decides, all or nothing; returns what changed. `by` is who did it.

        Raises ConfigurationInvalid, which names everything that cannot be applied.
        """
        connection = self._parts.connection(connection_id)
        wanted = self._checked(text, connection)
        with self._store.transaction():
            found = changes(self._decided(connection), wanted.text)
            sections = {change.section for change in found}
            for settings in wanted.settings:
                if settings.module in sections:
                    self._modules.save_settings(settings, connection.id, alone=True)
            for mapping in wanted.mappings:
                self._save_mapping(mapping, connection, by)
            if wanted.answers is not None and "start" in sections:
                Start(self._parts).answer(wanted.answers, by, connection.id)
            if wanted.routes is not None and "routing" in sections:
                Routing(self._parts).set_all(wanted.routes)
            if wanted.text.schedules is not None and "schedules" in sections:
                Times(self._parts, connection.id).put(wanted.text.schedules)
            if wanted.text.templates is not None:
                OwnTemplates(self._store, connection.tenant).put(wanted.text.templates, by)
            if wanted.text.mails is not None:
                MailTexts(self._parts, connection).put(wanted.text.mails)
        return found

    def _save_mapping(self, mapping: FieldMapping, connection: Connection, by: str) -> None:
        saved = self._store.mapping(connection.id, mapping.module)
        kept = (saved.rows, dict(saved.options)) if saved is not None else None
        if kept != (mapping.rows, dict(mapping.options)):
            self._mappings.save(mapping, connection.id, by=by)

    # --- what is decided ---

    def _decided(self, connection: Connection) -> ConfigurationText:
        answers = FirstSync(self._store).answers(connection.id)
        modules = [
            module_text(
                self._store.module_settings(connection.id, sync.name),
                sync.role,
                self._store.mapping(connection.id, sync.name),
            )
            for sync in self._in_crm(connection)
        ]
        for name in LISTED:
            enabled = self._store.module_settings(connection.id, name).enabled
            modules.append(ModuleText(name, "", {"enabled": "on" if enabled else "off"}))
        start = start_text(answers) if answers.stage != "asked" else {}
        templates = OwnTemplates(self._store, connection.tenant).all() or None
        routing = self._routing_text(connection)
        schedules = Times(self._parts, connection.id).decided()
        mails = MailTexts(self._parts, connection).all() or None
        return ConfigurationText(start, tuple(modules), routing, templates, schedules, mails)

    def _routing_text(self, connection: Connection) -> RoutingText | None:
        """The routes with the names of connections; None where nothing is decided."""
        routes = Routing(self._parts).routes()
        if routes == Routes():
            return None
        known = self._store.connections(connection.tenant)
        names = {"": "", **{one.id: one.name for one in known}}
        rules = [
            RouteText(r.module, r.field, r.value, names.get(r.connection_id, r.connection_id))
            for r in routes.rules
        ]
        default, master = (names.get(one, one) for one in (routes.default, routes.master))
        return RoutingText(tuple(rules), default, master)

    def _in_crm(self, connection: Connection) -> list[SyncModule]:
        described = {module.name for module in self._parts.described()}
        return [sync for sync in self._parts.modules(connection.id) if sync.name in described]

    # --- what is wanted ---

    def _checked(self, text: str, connection: Connection) -> _Wanted:
        """What the text wants; raises ConfigurationInvalid. Xero is asked where it may be new."""
        from xtiger.mapping.configuration_toml import read

        given = read(text)
        wanted = self._wanted(given, connection)
        if wanted.problems and any(module.options for module in given.modules):
            # Nothing was read yet, or somebody added it in Xero since: look there once more.
            self._parts.runs.read_settings(connection)
            wanted = self._wanted(given, connection)
        if wanted.problems:
            raise ConfigurationInvalid(with_lines(wanted.problems, text))
        return wanted

    def _wanted(self, given: ConfigurationText, connection: Connection) -> _Wanted:
        wanted, modules = _Wanted(), list[ModuleText]()
        start = self._start(given.start, connection, wanted)
        for module in given.modules:
            if module.name in LISTED:
                modules.append(self._listed(module, connection, wanted))
                continue
            sync = self._synced(module, connection)
            if sync is None:
                known = ", ".join(one.name for one in self._in_crm(connection))
                wanted.problems.append(
                    f"modules.{module.name}: the CRM has no such module. It has: {known}."
                )
                continue
            modules.append(self._module(module, sync, connection, wanted))
        doubled = {one.name for one in modules if [m.name for m in modules].count(one.name) > 1}
        wanted.problems += [f"modules.{name} is there twice." for name in sorted(doubled)]
        routing = self._routing(given.routing, connection, wanted)
        templates = checked_templates(given.templates, wanted.problems)
        names = {one.name: self._synced(one, connection) for one in given.modules}
        schedules = Times(self._parts, connection.id).checked(
            given.schedules, lambda name: _name_of(names.get(name), name), wanted.problems
        )
        mails = MailTexts(self._parts, connection).checked(given.mails, wanted.problems)
        wanted.text = ConfigurationText(start, tuple(modules), routing, templates, schedules, mails)
        return wanted

    def _synced(self, module: ModuleText, connection: Connection) -> SyncModule | None:
        """The module of this name, else the only one that plays its role in this CRM."""
        offered = self._in_crm(connection)
        named = next((sync for sync in offered if sync.name == module.name), None)
        alike = [sync for sync in offered if module.role and sync.role == module.role]
        return named or (alike[0] if len(alike) == 1 else None)

    def _start(
        self, given: Mapping[str, str], connection: Connection, wanted: _Wanted
    ) -> dict[str, str]:
        if not given:
            return {}
        answers = FirstSync(self._store).answers(connection.id)
        for name in START:
            if name not in given:
                continue
            try:
                answers = configured_start({_VARIABLES[name]: given[name]}).merged(answers)
            except SettingInvalid as error:
                wanted.problems.append(f"start.{name} {error.reason}. {error.fix}")
        wanted.answers = answers
        return start_text(answers)

    def _module(
        self, given: ModuleText, sync: SyncModule, connection: Connection, wanted: _Wanted
    ) -> ModuleText:
        place = f"modules.{given.name}"
        settings = self._settings(place, given, sync.name, connection, wanted)
        described = next((one for one in self._parts.described() if one.name == sync.name), None)
        wanted.problems += [f"{place}: {one}" for one in problems(settings, sync, described)]
        wanted.settings.append(settings)
        if given.fields is None and given.options is None:
            return replace(
                module_text(settings, sync.role, None), settings=_of(settings, sync, given)
            )
        mapping = self._mapping(place, given, sync, connection, wanted)
        wanted.mappings.append(mapping)
        text = module_text(settings, sync.role, mapping)
        return replace(text, settings=_of(settings, sync, given))

    def _settings(
        self,
        place: str,
        given: ModuleText,
        name: str,
        connection: Connection,
        wanted: _Wanted,
    ) -> ModuleSettings:
        settings = self._store.module_settings(connection.id, name)
        for setting, text in given.settings.items():
            try:
                settings = changed(settings, {setting: text})
            except SettingInvalid as error:
                wanted.problems.append(f"{place}.{setting} {error.reason}. {error.fix}")
        return settings

    def _mapping(
        self,
        place: str,
        given: ModuleText,
        sync: SyncModule,
        connection: Connection,
        wanted: _Wanted,
    ) -> FieldMapping:
        saved = self._store.mapping(connection.id, sync.name)
        mapping = saved or self._mappings.default(sync.name)
        if given.fields is not None:
            mapping = replace(mapping, rows=given.fields)
        if given.options is not None and given.options != options_text(mapping, sync.role):
            own = {k: v for k, v in mapping.options.items() if k not in _KEPT_AS}
            mapping = replace(mapping, options=own)
            mapping = self._with_options(place, mapping, given.options, connection, wanted)
        for row, sentence in self._mappings.row_problems(mapping):
            at = f"{place}.fields, row {row}" if row and given.fields is not None else place
            wanted.problems.append(f"{at}: {sentence}")
        return mapping

    def _with_options(
        self,
        place: str,
        mapping: FieldMapping,
        options: Mapping[str, str],
        connection: Connection,
        wanted: _Wanted,
    ) -> FieldMapping:
        chart, rates = self._store.accounts(connection.id), self._store.tax_rates(connection.id)
        for name, text in options.items():
            try:
                mapping = with_option(mapping, name, text, chart, rates)
            except MappingInvalid as error:
                wanted.problems += [f"{place}.options.{name}: {one}" for one in error.problems]
        return mapping

    def _listed(self, given: ModuleText, connection: Connection, wanted: _Wanted) -> ModuleText:
        """A module that only lists: it is on or off."""
        wanted.problems += [
            f"modules.{given.name}.{name}: the module only lists; say only enabled."
            for name in (
                *(name for name in given.settings if name != "enabled"),
                *(["fields"] if given.fields is not None else []),
                *(["options"] if given.options is not None else []),
            )
        ]
        only = {name: text for name, text in given.settings.items() if name == "enabled"}
        settings = self._settings(
            f"modules.{given.name}", replace(given, settings=only), given.name, connection, wanted
        )
        wanted.settings.append(settings)
        return ModuleText(given.name, "", {"enabled": "on" if settings.enabled else "off"})

    def _routing(
        self, given: RoutingText | None, connection: Connection, wanted: _Wanted
    ) -> RoutingText | None:
        if given is None:
            return None
        ids = {one.name: one.id for one in self._store.connections(connection.tenant)}
        named: Sequence[tuple[str, str]] = [
            ("routing.default", given.default),
            ("routing.master", given.master),
            *(
                (f"routing.rules, row {number}", rule.organisation or "(none)")
                for number, rule in enumerate(given.rules, 1)
            ),
        ]
        strange = [(place, name) for place, name in named if name and name not in ids]
        wanted.problems += [
            f"{place}: no organisation is called {name}. Connected are: {', '.join(ids)}."
            for place, name in strange
        ]
        fields = {
            module.name: {one for f in module.fields for one in (f.name, f.role)}
            for module in self._parts.described()
        }
        wrong = [
            f"routing.rules, row {number}: {rule.module} has no field {rule.field}."
            for number, rule in enumerate(given.rules, 1)
            if rule.field not in fields.get(rule.module, ())
        ]
        wanted.problems += wrong
        if not strange and not wrong:
            rules = [
                Rule(rule.module, rule.field, rule.value, ids[rule.organisation])
                for rule in given.rules
            ]
            wanted.routes = Routes(
                tuple(rules), ids.get(given.default, ""), ids.get(given.master, "")
            )
        return given


def _name_of(sync: SyncModule | None, name: str) -> str:
    return sync.name if sync is not None else name


def _of(settings: ModuleSettings, sync: SyncModule, given: ModuleText) -> dict[str, str]:
    """The settings that a text names, as they are kept."""
    whole = module_text(settings, sync.role, None).settings
    return {name: whole[name] for name in whole if name in given.settings}
