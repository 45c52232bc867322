"""What an administrator decided for a connection, as it would be typed, and how two differ.

What a configuration leaves out stays as it is; a list of fields or a table of options that it has
is whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from xtiger.mapping.module_settings import SETTINGS, shown
from xtiger.mapping.option_specs import entries, options_of
from xtiger.model.mappings import Mapping as FieldMapping
from xtiger.model.mappings import ModuleSettings, Row
from xtiger.model.start_answers import StartAnswers
from xtiger.model.values import Plain

#: The marks of a row of fields.
ROW_FLAGS: Final = ("only_on_create", "keep_when_empty")
#: An answer of the first day: its name in the text, and what it means.
START: Final[Mapping[str, str]] = {
    "from": "first day of documents and payments, or all",
    "open_before": "whether what is still open of before that day travels, too",
    "invoices": "how invoices arrive: draft until a person releases approving, or as-crm",
    "bring": "whom Xero brings: customers, all or none",
    "mode": "active, or read-only: nothing is sent to Xero",
}


@dataclass(frozen=True, slots=True)
class ModuleText:
    """What is decided for one module, as it would be typed."""

    name: str
    #: The role of the module, by which another CRM's module of another name takes it.
    role: str = ""
    #: Name of a setting → its value.
    settings: Mapping[str, str] = field(default_factory=dict)
    #: The rows of the mapping in order; None leaves them.
    fields: tuple[Row, ...] | None = None
    #: Option as it is set, such as tax:VAT → its value; None leaves them.
    options: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class RouteText:
    """Records of a module whose field has a value go to the organisation of this name."""

    module: str
    field: str
    value: str
    organisation: str


@dataclass(frozen=True, slots=True)
class RoutingText:
    """Where documents go, of several organisations; by their names."""

    rules: tuple[RouteText, ...] = ()
    default: str = ""
    master: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleText:
    """When a module, or all that have no time of their own, is synced or proven."""

    every: str
    #: "" for all.
    module: str = ""
    #: Whether both sides are compared, in place of a sync.
    proof: bool = False
    #: Which way alone records move; "" for both.
    direction: str = ""
    #: The zone of a crontab line and of quiet hours.
    zone: str = "UTC"
    #: Hours in which none begins, such as "22:00-06:00"; "" for none.
    quiet: str = ""

    @property
    def name(self) -> str:
        """What tells it from the others, in the words of the text."""
        more = ["proof" if self.proof else "", self.direction]
        return " ".join(filter(None, [self.module or "all", *more]))

    @property
    def words(self) -> str:
        """When it is due, as it would be typed."""
        zone = self.zone if " " in self.every or self.quiet else ""
        quiet = f"quiet {self.quiet}" if self.quiet else ""
        return ", ".join(filter(None, [self.every, zone, quiet]))


@dataclass(frozen=True, slots=True)
class TemplateText:
    """An own template: what it decides for modules."""

    name: str
    modules: tuple[ModuleText, ...] = ()


#: What a recipient of mails reads about: every organisation in one mail, or this one.
ALL, THIS = "all", "this"


@dataclass(frozen=True, slots=True)
class MailText:
    """Who gets which mails, as it would be typed; see model.mailing.recipients."""

    address: str
    about: str = ALL
    every: str = "weekly"
    when: str = "anything"
    #: yes or no.
    alerts: str = "yes"
    language: str = "en"
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class ConfigurationText:
    """What an administrator decided for one connection: answers of Start, modules and routes.

    The times of the connection, the own templates of its tenant and who gets mails are in it, too.
    Extensions, the app at Xero and webhooks are the installation's, and not in it.
    """

    #: Answer of the first day, see START → as it would be typed.
    start: Mapping[str, str] = field(default_factory=dict)
    modules: tuple[ModuleText, ...] = ()
    #: None leaves the routes.
    routing: RoutingText | None = None
    #: The own templates by name; None leaves them.
    templates: tuple[TemplateText, ...] | None = None
    #: All times of the connection; None leaves them.
    schedules: tuple[ScheduleText, ...] | None = None
    #: Who gets mails about this organisation; None leaves them.
    mails: tuple[MailText, ...] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two configurations, as people read it."""

    #: Where: "Invoices", "start" or "routing".
    section: str
    #: What of it: the name of a setting, an option or a field.
    name: str
    #: "" for nothing.
    before: str
    after: str


# --- from what is decided --------------------------------------------------------------------


def start_text(answers: StartAnswers) -> dict[str, str]:
    """The answers of the first day as they would be typed."""
    return {
        "from": str(answers.from_day) if answers.from_day else "all",
        "open_before": "yes" if answers.open_before else "no",
        "invoices": answers.arrive.replace("_", "-"),
        "bring": answers.bring,
        "mode": answers.mode.replace("_", "-"),
    }


def module_text(settings: ModuleSettings, role: str, mapping: FieldMapping | None) -> ModuleText:
    """What is decided for one module; without fields where no mapping is saved."""
    typed = {spec.name: shown(settings, spec) for spec in SETTINGS}
    if mapping is None:
        return ModuleText(settings.module, role, typed)
    return ModuleText(settings.module, role, typed, mapping.rows, options_text(mapping, role))


def options_text(mapping: FieldMapping, role: str) -> dict[str, str]:
    """Option as it is set → its value as it would be typed, without those that are not set."""
    found = {
        name: _typed(value)
        for spec in options_of(role)
        for name, _word, value in entries(spec, mapping.options)
    }
    return {name: text for name, text in found.items() if text}


def _typed(value: Plain) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


# --- differences -----------------------------------------------------------------------------


def changes(now: ConfigurationText, wanted: ConfigurationText) -> list[Change]:
    """What `wanted` decides otherwise, module by module; what it leaves out is no change."""
    return [
        *_compared("start", now.start, wanted.start),
        *(change for module in wanted.modules for change in _module_changes(now.modules, module)),
        *_routing_changes(now.routing or RoutingText(), wanted.routing),
        *_schedule_changes(now.schedules or (), wanted.schedules),
        *_template_changes(now.templates or (), wanted.templates),
        *_mail_changes(now.mails or (), wanted.mails),
    ]


def _mail_changes(now: Sequence[MailText], wanted: Sequence[MailText] | None) -> Iterator[Change]:
    if wanted is not None:
        before, after = _mail_words(now), _mail_words(wanted)
        gone = {name: "" for name in before if name not in after}
        yield from _compared("mails", before, {**gone, **after})


def _mail_words(mails: Sequence[MailText]) -> dict[str, str]:
    """Who reads about what → which mails."""
    return {
        f"{one.address} ({one.about})": f"{one.every}, {one.when}, alerts {one.alerts}, "
        f"{one.language}, {one.zone}"
        for one in mails
    }


def module_of(modules: Sequence[ModuleText], name: str) -> ModuleText:
    """What is decided for a module; nothing where none has this name."""
    return next((module for module in modules if module.name == name), ModuleText(name))


def _module_changes(now: Sequence[ModuleText], wanted: ModuleText) -> Iterator[Change]:
    old = module_of(now, wanted.name)
    yield from _compared(wanted.name, old.settings, wanted.settings)
    if wanted.fields is not None:
        yield from _field_changes(wanted.name, old.fields or (), wanted.fields)
    if wanted.options is not None:
        before = old.options or {}
        gone = {name: "" for name in before if name not in wanted.options}
        yield from _compared(wanted.name, before, {**gone, **wanted.options})


def _field_changes(section: str, old: Sequence[Row], new: Sequence[Row]) -> Iterator[Change]:
    before, after = ({row.key: row for row in rows} for rows in (old, new))
    for key in dict.fromkeys([*before, *after]):
        texts = [_row_words(rows[key]) if key in rows else "" for rows in (before, after)]
        if texts[0] != texts[1]:
            yield Change(section, key, texts[0], texts[1])
    kept = [[key for key in rows if key in before and key in after] for rows in (before, after)]
    if kept[0] != kept[1]:
        yield Change(section, "fields", ", ".join(kept[0]), ", ".join(kept[1]))


def _row_words(row: Row) -> str:
    arrow = {"both": "↔", "to_xero": "→", "to_crm": "←"}[row.direction]
    more = [name for name in ROW_FLAGS if getattr(row, name)]
    return " ".join([row.crm, arrow, *more, row.converter]).strip()


def _routing_changes(now: RoutingText, wanted: RoutingText | None) -> Iterator[Change]:
    if wanted is None:
        return
    yield from _compared("routing", _heads(now), _heads(wanted))
    before, after = _rule_texts(now), _rule_texts(wanted)
    gone = {name: "" for name in before if name not in after}
    yield from _compared("routing", before, {**gone, **after})
    # The first rule that fits decides.
    kept = [[name for name in one if name in before and name in after] for one in (before, after)]
    if kept[0] != kept[1]:
        yield Change("routing", "rules", ", ".join(kept[0]), ", ".join(kept[1]))


def _schedule_changes(
    now: Sequence[ScheduleText], wanted: Sequence[ScheduleText] | None
) -> Iterator[Change]:
    if wanted is not None:
        before, after = ({one.name: one.words for one in some} for some in (now, wanted))
        gone = {name: "" for name in before if name not in after}
        yield from _compared("schedules", before, {**gone, **after})


def _template_changes(
    now: Sequence[TemplateText], wanted: Sequence[TemplateText] | None
) -> Iterator[Change]:
    """A template that comes or goes by its modules; one that stays by what differs in it."""
    if wanted is None:
        return
    before, after = ({one.name: one for one in some} for some in (now, wanted))
    for name in dict.fromkeys([*before, *after]):
        if name not in before or name not in after:
            texts = (_module_names(before.get(name)), _module_names(after.get(name)))
            yield Change("templates", name, *texts)
            continue
        old, new = before[name].modules, after[name].modules
        if _module_names(before[name]) != _module_names(after[name]):
            texts = (_module_names(before[name]), _module_names(after[name]))
            yield Change(f"templates.{name}", "modules", *texts)
        for module in new:
            # Of a template a module is whole: what it leaves out is left out when it is used.
            yield from _within(name, module_of(old, module.name), module)


def _within(template: str, old: ModuleText, new: ModuleText) -> Iterator[Change]:
    names = dict.fromkeys([*old.settings, *new.settings])
    whole = replace(
        new,
        settings={one: new.settings.get(one, "") for one in names},
        fields=() if new.fields is None and old.fields is not None else new.fields,
        options={} if new.options is None and old.options is not None else new.options,
    )
    for change in _module_changes([old], whole):
        yield replace(change, section=f"templates.{template}", name=f"{new.name} {change.name}")


def _module_names(template: TemplateText | None) -> str:
    return ", ".join(one.name for one in template.modules) if template is not None else ""


def _heads(routing: RoutingText) -> dict[str, str]:
    return {"default": routing.default, "master": routing.master}


def _rule_texts(routing: RoutingText) -> dict[str, str]:
    return {f"{r.module}.{r.field}={r.value}": r.organisation for r in routing.rules}


def _compared(
    section: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Change]:
    for name, text in after.items():
        if before.get(name, "") != text:
            yield Change(section, name, before.get(name, ""), text)
