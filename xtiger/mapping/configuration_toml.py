"""A configuration as TOML with comments, written and read back; equal ones give equal bytes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, TypeGuard, get_args

import tomlkit

from xtiger.errors import ConfigurationInvalid
from xtiger.mapping.configuration import (
    ROW_FLAGS,
    START,
    ConfigurationText,
    MailText,
    ModuleText,
    RouteText,
    RoutingText,
    ScheduleText,
    TemplateText,
)
from xtiger.mapping.editing.places import line_of_error, with_lines
from xtiger.mapping.module_settings import SETTINGS, SettingSpec
from xtiger.mapping.option_specs import OPTIONS, TABLE_OPTIONS, OptionSpec
from xtiger.model.mappings import Direction, Row

#: The form of the text; raised when an older library could not read it.
FORMAT: Final = 1
#: What stands for all modules that have no time of their own.
EVERY_MODULE: Final = "all"
#: The texts of a time.
_TIMES: Final = ("every", "direction", "zone", "quiet")
_PARTS: Final = ("format", "start", "modules", "routing", "schedules", "templates", "mails")
_SPECS = {spec.name: spec for spec in SETTINGS}
#: Settings that are whole numbers.
_NUMBERS = frozenset(spec.name for spec in SETTINGS if spec.numbers is not None)
_OPTION_SPECS = {spec.name: spec for spec in OPTIONS}
#: What is written of a recipient of mails.
_MAIL_FIELDS = tuple(one.name for one in fields(MailText))
#: Options with an entry per word.
_TABLES = frozenset(TABLE_OPTIONS)


# --- as text ---------------------------------------------------------------------------------


def write(configuration: ConfigurationText, organisation: str = "") -> str:
    """The configuration as TOML with comments; the same decisions give the same bytes."""
    document = tomlkit.document()
    document.add(
        tomlkit.comment(" ".join(f"What is decided for {organisation or 'XTiger'}.".split()))
    )
    document.add(tomlkit.comment("No password, key or token is in here, and none may be put in."))
    document.add("format", tomlkit.item(FORMAT))
    if configuration.start:
        document.add("start", _start_table(configuration.start))
    if configuration.modules:
        document.add("modules", _module_tables(configuration.modules))
    if configuration.routing is not None:
        document.add("routing", _routing_table(configuration.routing))
    if configuration.schedules is not None:
        document.add("schedules", _schedules_table(configuration.schedules))
    if configuration.templates is not None:
        document.add("templates", _template_tables(configuration.templates))
    if configuration.mails is not None:
        document.add("mails", _mail_table(configuration.mails))
    return tomlkit.dumps(document)


def _module_tables(modules: Sequence[ModuleText]) -> Any:
    tables = tomlkit.table(is_super_table=True)
    for module in modules:
        tables.add(module.name, _module_table(module))
    return tables


def _schedules_table(schedules: Sequence[ScheduleText]) -> Any:
    rows = tomlkit.array()
    for one in schedules:
        line = tomlkit.inline_table()
        line["module"] = one.module or EVERY_MODULE
        if one.proof:
            line["proof"] = True
        if one.direction:
            line["direction"] = one.direction
        line["every"] = one.every
        if one.zone != "UTC":
            line["zone"] = one.zone
        if one.quiet:
            line["quiet"] = one.quiet
        rows.append(line)
    table = tomlkit.table()
    meaning = "when each module is synced: an interval, a crontab line in its zone, or off"
    table.add(tomlkit.comment(meaning))
    table.add("times", rows.multiline(bool(schedules)))
    return table


def _template_tables(templates: Sequence[TemplateText]) -> Any:
    tables = tomlkit.table(is_super_table=bool(templates))
    for template in templates:
        one = tomlkit.table(is_super_table=bool(template.modules))
        if template.modules:
            one.add("modules", _module_tables(template.modules))
        tables.add(template.name, one)
    return tables


def _mail_table(mails: Sequence[MailText]) -> Any:
    table, rows = tomlkit.table(), tomlkit.array()
    for mail in mails:
        line = tomlkit.inline_table()
        line.update(
            {name: getattr(mail, name) for name in _MAIL_FIELDS} | {"alerts": mail.alerts == "yes"}
        )
        rows.append(line)
    table.add("recipients", rows.multiline(bool(mails)))
    return table


def _start_table(start: Mapping[str, str]) -> Any:
    table = tomlkit.table()
    for name, meaning in START.items():
        if name in start:
            table.add(name, _item(_start_value(name, start[name]), meaning))
    return table


def _item(value: Any, meaning: str) -> Any:
    return tomlkit.item(value).comment(meaning)


def _start_value(name: str, text: str) -> Any:
    if name == "open_before":
        return text == "yes"
    return date.fromisoformat(text) if name == "from" and text != "all" else text


def _module_table(module: ModuleText) -> Any:
    table = tomlkit.table()
    if module.role:
        table.add("role", module.role)
    for spec in SETTINGS:
        if spec.name in module.settings:
            table.add(
                spec.name, _item(_setting_value(spec, module.settings[spec.name]), spec.meaning)
            )
    if module.fields is not None:
        rows = tomlkit.array()
        for row in module.fields:
            rows.append(_row_table(row))
        table.add("fields", rows.multiline(True))
    if module.options is not None:
        table.add("options", _options_table(module.options))
    return table


def _setting_value(spec: SettingSpec, text: str) -> Any:
    if spec.name in _NUMBERS:
        return int(text)
    if spec.is_text:
        return text
    if not spec.choices:
        return [part.strip() for part in text.split(",") if part.strip()]
    return {"on": True, "off": False}.get(text, text)


def _row_table(row: Row) -> Any:
    table = tomlkit.inline_table()
    table.update({"crm": row.crm, "xero": row.xero})
    if row.direction != "both":
        table["direction"] = row.direction
    for name in ROW_FLAGS:
        if getattr(row, name):
            table[name] = True
    if row.converter:
        table["converter"] = row.converter
    return table


def _options_table(options: Mapping[str, str]) -> Any:
    table = tomlkit.table()
    for name, text in options.items():
        spec = _spec_of(name)
        if spec.name not in _TABLES:
            table.add(name, _item(_option_value(spec, text), spec.meaning))
    for head in sorted(_TABLES & {name.partition(":")[0] for name in options}):
        words = tomlkit.table()
        words.comment(_OPTION_SPECS[head].meaning)
        for name, text in options.items():
            if name.startswith(f"{head}:"):
                words.add(name.partition(":")[2], text)
        table.add(head, words)
    return table


def _option_value(spec: OptionSpec, text: str) -> Any:
    if spec.choice == "list":
        return [part.strip() for part in text.split(",") if part.strip()]
    return True if spec.choice == "flag" else text


def _routing_table(routing: RoutingText) -> Any:
    table = tomlkit.table()
    table.add(
        "default",
        _item(routing.default, "organisation of documents that no rule fits; empty holds them"),
    )
    table.add(
        "master",
        _item(
            routing.master, "organisation whose new contacts and items become records of the CRM"
        ),
    )
    rows = tomlkit.array()
    for rule in routing.rules:
        line = tomlkit.inline_table()
        line.update(
            {
                "module": rule.module,
                "field": rule.field,
                "value": rule.value,
                "organisation": rule.organisation,
            }
        )
        rows.append(line)
    table.add("rules", rows.multiline(bool(routing.rules)))
    return table


def _spec_of(name: str) -> OptionSpec:
    return _OPTION_SPECS[name.partition(":")[0]]


# --- from text -------------------------------------------------------------------------------


def read(text: str) -> ConfigurationText:
    """The configuration that a text says.

    Raises ConfigurationInvalid, which names line and place of all that cannot be read, and what
    may stand there. Whether modules, accounts and words exist is another question.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = f"{line_of_error(str(error))}This is no TOML: {error}."
        raise ConfigurationInvalid([said]) from None
    reader = _Reader([])
    found = reader.whole(document)
    if reader.problems:
        raise ConfigurationInvalid(with_lines(reader.problems, text))
    return found


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads a parsed document, and collects what is wrong with it by place."""

    problems: list[str]

    def whole(self, document: Mapping[str, Any]) -> ConfigurationText:
        if document.get("format") != FORMAT:
            self.problems.append(f"format is {document.get('format')!r}; write format = {FORMAT}.")
        self._strange("", document, _PARTS)
        return ConfigurationText(
            self._start(self._table("start", document.get("start", {}))),
            self._modules("modules", document.get("modules", {})),
            self._routing(document["routing"]) if "routing" in document else None,
            self._templates(document["templates"]) if "templates" in document else None,
            self._schedules(document["schedules"]) if "schedules" in document else None,
            self._mails(document["mails"]) if "mails" in document else None,
        )

    def _modules(self, place: str, given: Any) -> tuple[ModuleText, ...]:
        tables = self._table(place, given)
        return tuple(
            self._module(f"{place}.{name}", name, self._table(f"{place}.{name}", one))
            for name, one in tables.items()
        )

    def _schedules(self, given: Any) -> tuple[ScheduleText, ...]:
        table = self._table("schedules", given)
        self._strange("schedules", table, ("times",))
        found: list[ScheduleText] = []
        for number, one in enumerate(self._list("schedules.times", table.get("times", [])), 1):
            at = f"schedules.times, row {number}"
            line = self._table(at, one)
            self._strange(at, line, ("module", "proof", *_TIMES))
            texts = {name: self._text(f"{at}, {name}", line.get(name, "")) for name in _TIMES}
            module = self._text(f"{at}, module", line.get("module", ""))
            if not texts["every"] or not module:
                self.problems.append(f"{at} needs both module, or {EVERY_MODULE}, and every.")
            made = ScheduleText(
                module="" if module == EVERY_MODULE else module,
                proof=self._flag(f"{at}, proof", line.get("proof", False)),
                **{**texts, "zone": texts["zone"] or "UTC"},
            )
            if made.name in [other.name for other in found]:
                self.problems.append(f"{at}: {made.name} is there twice.")
            found.append(made)
        return tuple(found)

    def _templates(self, given: Any) -> tuple[TemplateText, ...]:
        found = []
        for name, one in self._table("templates", given).items():
            place = f"templates.{name}"
            table = self._table(place, one)
            self._strange(place, table, ("modules",))
            found.append(
                TemplateText(name, self._modules(f"{place}.modules", table.get("modules", {})))
            )
        return tuple(found)

    def _mails(self, given: Any) -> tuple[MailText, ...]:
        table, found = self._table("mails", given), []
        self._strange("mails", table, ("recipients",))
        for number, one in enumerate(
            self._list("mails.recipients", table.get("recipients", [])), 1
        ):
            at = f"mails.recipients, row {number}"
            line = self._table(at, one)
            self._strange(at, line, _MAIL_FIELDS)
            named = {
                name: self._text(f"{at}, {name}", line[name], yes="yes", no="no")
                for name in _MAIL_FIELDS
                if name in line
            }
            found.append(MailText(**{"address": "", **named}))
        return tuple(found)

    def _start(self, given: Mapping[str, Any]) -> dict[str, str]:
        self._strange("start", given, tuple(START))
        return {
            name: self._text(f"start.{name}", given[name], yes="yes", no="no")
            for name in START
            if name in given
        }

    def _module(self, place: str, name: str, given: Mapping[str, Any]) -> ModuleText:
        self._strange(place, given, ("role", *_SPECS, "fields", "options"))
        settings = {one: self._text(f"{place}.{one}", given[one]) for one in _SPECS if one in given}
        role = self._text(f"{place}.role", given.get("role", ""))
        rows = self._rows(f"{place}.fields", given["fields"]) if "fields" in given else None
        options = (
            self._options(f"{place}.options", given["options"]) if "options" in given else None
        )
        return ModuleText(name, role, settings, rows, options)

    def _rows(self, place: str, given: Any) -> tuple[Row, ...]:
        rows = []
        for number, one in enumerate(self._list(place, given), 1):
            at = f"{place}, row {number}"
            line = self._table(at, one)
            self._strange(at, line, ("crm", "xero", "direction", *ROW_FLAGS, "converter"))
            crm, xero = (self._text(f"{at}, {n}", line.get(n, "")) for n in ("crm", "xero"))
            if not crm or not xero:
                self.problems.append(f"{at} needs both crm and xero.")
            way = line.get("direction", "both")
            if not _is_direction(way):
                ways = ", ".join(get_args(Direction))
                self.problems.append(f"{at}: direction is {way!r}; use one of: {ways}.")
                way = "both"
            once, kept = (self._flag(f"{at}, {n}", line.get(n, False)) for n in ROW_FLAGS)
            converter = self._text(f"{at}, converter", line.get("converter", ""))
            rows.append(Row(crm, xero, way, once, kept, converter))
        return tuple(rows)

    def _options(self, place: str, given: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        table = self._table(place, given)
        self._strange(place, table, tuple(_OPTION_SPECS))
        for name, value in table.items():
            if name in _TABLES:
                words = self._table(f"{place}.{name}", value)
                found |= {
                    f"{name}:{word}": self._text(f"{place}.{name}.{word}", text)
                    for word, text in words.items()
                }
            elif name in _OPTION_SPECS:
                found[name] = self._text(f"{place}.{name}", value, yes="yes", no="")
        return {name: text for name, text in found.items() if text}

    def _routing(self, given: Any) -> RoutingText:
        table = self._table("routing", given)
        self._strange("routing", table, ("default", "master", "rules"))
        rules = []
        names = ("module", "field", "value", "organisation")
        for number, one in enumerate(self._list("routing.rules", table.get("rules", [])), 1):
            at = f"routing.rules, row {number}"
            line = self._table(at, one)
            self._strange(at, line, names)
            rules.append(RouteText(*(self._text(f"{at}, {n}", line.get(n, "")) for n in names)))
        default, master = (
            self._text(f"routing.{n}", table.get(n, "")) for n in ("default", "master")
        )
        return RoutingText(tuple(rules), default, master)

    # --- single values ---

    def _strange(self, place: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
        for name in given:
            if name not in known:
                where = f"{place}.{name}" if place else name
                self.problems.append(f"{where} is not known; use one of: {', '.join(known)}.")

    def _table(self, place: str, given: Any) -> Mapping[str, Any]:
        if isinstance(given, dict):
            return given
        self.problems.append(f"{place} must be a table.")
        return {}

    def _list(self, place: str, given: Any) -> Sequence[Any]:
        if isinstance(given, list):
            return given
        self.problems.append(f"{place} must be a list.")
        return []

    def _flag(self, place: str, given: Any) -> bool:
        if not isinstance(given, bool):
            self.problems.append(f"{place} must be true or false.")
        return given is True

    def _text(self, place: str, given: Any, yes: str = "on", no: str = "off") -> str:
        """A value as it would be typed: a switch as on and off, a list with commas."""
        if isinstance(given, bool):
            return yes if given else no
        if isinstance(given, list):
            return ", ".join(self._text(place, one) for one in given)
        if isinstance(given, dict):
            self.problems.append(f"{place} must be a single value.")
            return ""
        return str(given)


def _is_direction(value: Any) -> TypeGuard[Direction]:
    return value in get_args(Direction)
