"""Module settings in words: reading what an administrator typed, and what of it cannot work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from types import MappingProxyType
from typing import Any

from xtiger.errors import SettingInvalid
from xtiger.hookspecs import SyncModule
from xtiger.mapping.filters.bound import bound_filter
from xtiger.mapping.filters.faults import FILTER_FAULTS, FilterFault
from xtiger.mapping.filters.text import parsed
from xtiger.mapping.matching.rule_text import MATCHING_FAULTS, matching_problem
from xtiger.mapping.ownership.owners import OWNER_FAULTS, field_names, owner_problem
from xtiger.model.mappings import ModuleSettings
from xtiger.model.records import Module
from xtiger.rules.kinds import nature


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One field of ModuleSettings as people see and type it."""

    name: str
    #: What may be typed; empty takes a list of CRM statuses, or a text.
    choices: tuple[str, ...]
    #: What it means, in a few words.
    meaning: str
    #: Smallest and largest whole number that may be typed; None for settings that are none.
    numbers: tuple[int, int] | None = None
    #: Whether it is one of those that people look at first.
    usual: bool = False
    #: Whether it is one text, not a list.
    is_text: bool = False
    #: What a list or a text looks like.
    example: str = "STATUS,STATUS"
    #: What a choice was called in a release before → the choice.
    former: Mapping[str, str] = field(default_factory=dict)


_SWITCH = ("on", "off")
#: Every setting of a module, in the order in which people read them.
SETTINGS: tuple[SettingSpec, ...] = (
    SettingSpec("enabled", _SWITCH, "whether the module is synced at all", usual=True),
    SettingSpec("direction", ("both", "to_xero", "to_crm"), "which way records travel", usual=True),
    SettingSpec("create_in_xero", _SWITCH, "make new records in Xero", usual=True),
    SettingSpec("update_in_xero", _SWITCH, "change records in Xero"),
    SettingSpec("delete_in_xero", _SWITCH, "archive, void or delete in Xero what the CRM deleted"),
    SettingSpec("create_in_crm", _SWITCH, "make new records in the CRM", usual=True),
    SettingSpec("update_in_crm", _SWITCH, "change records in the CRM"),
    SettingSpec("delete_in_crm", _SWITCH, "delete in the CRM what Xero removed"),
    SettingSpec(
        "selection", ("all", "selected"), "all records, or by Allow XTiger Sync", usual=True
    ),
    SettingSpec("statuses", (), "only records in these CRM statuses; empty means every status"),
    SettingSpec(
        "filter",
        (),
        "only records whose fields are so; empty means every record",
        is_text=True,
        example="TEXT",
    ),
    SettingSpec("on_save", _SWITCH, "send a record as soon as it is saved in the CRM"),
    SettingSpec("sync_by_default", _SWITCH, "Allow XTiger Sync of a record nobody ticked"),
    SettingSpec(
        "first_link", ("ask", "crm", "xero"), "who wins when both differ at first", usual=True
    ),
    SettingSpec(
        "conflict", ("ask", "crm", "xero", "newest"), "who wins when both changed", usual=True
    ),
    SettingSpec(
        "owners",
        (),
        "who owns which field in which status; what is changed on the other side is put back",
        example="FIELD=SIDE,@STATUS=SIDE",
    ),
    SettingSpec(
        "duplicates",
        ("ask", "share", "skip", "suffix"),
        "what becomes of a name that is taken",
        former={"link": "ask"},
    ),
    SettingSpec(
        "matching",
        (),
        "how new records find their partner, in this order; empty: a number links, names propose",
        example="RULE=link|propose,RULE=link|propose",
    ),
    SettingSpec(
        "unlogged",
        (),
        "fields whose values the log never stores; what both sides hold is compared as before",
        example="FIELD,FIELD",
    ),
    SettingSpec(
        "brake_share", (), "per cent of linked records that one run may change; 100: any", (0, 100)
    ),
    SettingSpec("brake_records", (), "so many may change in any case", (0, 1_000_000)),
    SettingSpec(
        "second_amount",
        (),
        "above this amount a second person releases what goes to Xero; 0: never",
        (0, 1_000_000_000),
    ),
    SettingSpec(
        "second_records",
        (),
        "above so many records in one run a second person releases them; 0: never",
        (0, 1_000_000),
    ),
)


def typed(spec: SettingSpec, text: str) -> Any:
    """The value of a setting from what was typed; raises SettingInvalid with the choices."""
    if spec.numbers is not None:
        return _number(spec, text, *spec.numbers)
    if spec.is_text:
        return text.strip()
    if not spec.choices:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    value = text.strip().lower().replace("-", "_")
    value = spec.former.get(value, value)
    if value not in spec.choices:
        choices = ", ".join(spec.choices)
        raise SettingInvalid(spec.name, f"cannot be {text!r}", f"Choose one of: {choices}.")
    return value == "on" if spec.choices is _SWITCH else value


def _number(spec: SettingSpec, text: str, least: int, most: int) -> int:
    word = text.strip()
    if not (word.isascii() and word.isdigit()) or not least <= int(word) <= most:
        raise SettingInvalid(
            spec.name, f"cannot be {text!r}", f"Choose a whole number from {least} to {most:,}."
        )
    return int(word)


def shown(settings: ModuleSettings, spec: SettingSpec) -> str:
    """The value of a setting as it would be typed."""
    value = getattr(settings, spec.name)
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def changed(settings: ModuleSettings, given: Mapping[str, str]) -> ModuleSettings:
    """The settings with what was typed; raises SettingInvalid."""
    specs = {spec.name: spec for spec in SETTINGS}
    return replace(settings, **{name: typed(specs[name], text) for name, text in given.items()})


@dataclass(frozen=True, slots=True)
class Fault:
    """What of the settings cannot work."""

    setting: str
    #: A sentence with {fields}, which is translated as it is.
    text: str
    values: Mapping[str, str]

    @property
    def sentence(self) -> str:
        """The sentence in English."""
        return self.text.format_map(self.values)


#: What of the settings of a module cannot work, by what is wrong.
FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "no_way_in": "{module} do not come in from Xero yet; direction can be both or to_xero.",
        "no_way_out": "{module} are not sent to Xero yet; direction can be both or to_crm.",
        "no_status": "{module} have no status in this CRM, so statuses must stay empty.",
        "strange_status": "The CRM has no status {unknown}; it has: {known}.",
        "never_doubled": (
            "{module} are never skipped as duplicates, share nothing and get no suffix: only names "
            "and item codes may be doubled. duplicates must be ask."
        ),
        "unlogged_field": "{module} have no field {field} in the CRM or in Xero.",
        **FILTER_FAULTS,
        **OWNER_FAULTS,
        **MATCHING_FAULTS,
    }
)


def problems(settings: ModuleSettings, sync: SyncModule, module: Module | None) -> Sequence[str]:
    """What of these settings cannot work for the module, one sentence each."""
    return [fault.sentence for fault in faults(settings, sync, module)]


def faults(settings: ModuleSettings, sync: SyncModule, module: Module | None) -> Sequence[Fault]:
    """Each setting that cannot work for the module."""
    found: list[Fault] = []
    own, directions = {"module": sync.name}, set[str](sync.directions)
    if settings.direction == "to_crm" and "to_crm" not in directions:
        found.append(Fault("direction", FAULTS["no_way_in"], own))
    if settings.direction == "to_xero" and "to_xero" not in directions:
        found.append(Fault("direction", FAULTS["no_way_out"], own))
    described = module.by_role(f"{sync.role}.status") if module else None
    known = [choice.value for choice in described.choices] if described else []
    unknown = [status for status in settings.statuses if known and status not in known]
    if settings.statuses and described is None:
        found.append(Fault("statuses", FAULTS["no_status"], own))
    if unknown:
        words = {"unknown": ", ".join(unknown), "known": ", ".join(known)}
        found.append(Fault("statuses", FAULTS["strange_status"], words))
    wrong = _filter_fault(settings.filter, module)
    if wrong is not None:
        found.append(Fault("filter", FAULTS[wrong.code], wrong.values))
    unowned = owner_problem(settings.owners, module, sync.role, sync.kind, sync.name)
    if unowned is not None:
        found.append(Fault("owners", FAULTS[unowned[0]], unowned[1]))
    wrong_rule = matching_problem(
        settings.matching, module, sync.role, sync.alone_kind or sync.kind, sync.name
    )
    if wrong_rule is not None:
        found.append(Fault("matching", FAULTS[wrong_rule[0]], wrong_rule[1]))
    names = field_names(module, sync.alone_kind or sync.kind) | field_names(module, sync.kind)
    strange = next((one for one in settings.unlogged if one.casefold() not in names), None)
    if strange is not None:
        found.append(Fault("unlogged", FAULTS["unlogged_field"], {**own, "field": strange}))
    if settings.duplicates != "ask" and not nature(sync.kind).suffixes:
        found.append(Fault("duplicates", FAULTS["never_doubled"], own))
    return found


def _filter_fault(text: str, module: Module | None) -> FilterFault | None:
    """What of a filter cannot work; of a module that the CRM has not only whether it is read."""
    try:
        if module is not None:
            # Whether it fits the fields is the same on every day.
            bound_filter(text, module, date(2000, 1, 1), UTC)
        elif text.strip():
            parsed(text)
    except FilterFault as fault:
        return fault
    return None
