"""The form of one module: its controls from the tables of settings and options, and its answer."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xtiger.errors import MappingInvalid, SettingInvalid
from xtiger.i18n.failures import without_commands
from xtiger.mapping.check import with_option
from xtiger.mapping.currencies import RATE_SOURCES
from xtiger.mapping.module_settings import SETTINGS, SettingSpec, changed, faults, shown
from xtiger.mapping.option_specs import STATUS_VALUES, OptionSpec, entries, options_of
from xtiger.rules.accounts import takes_payments
from xtiger.rules.invoice_status import meaning_of, usual_word
from xtiger.rules.status_words import nearest

if TYPE_CHECKING:
    from xtiger.hookspecs import SyncModule
    from xtiger.i18n.language import Language
    from xtiger.model.chart_of_accounts import Account, TaxRate
    from xtiger.model.mappings import Mapping, ModuleSettings
    from xtiger.model.records import Module

#: What the choices of settings are called; one that is missing here is shown as it is typed.
WORDS: MappingType[str, str] = {
    "both": "Both ways",
    "to_xero": "To Xero only",
    "to_crm": "To the CRM only",
    "all": "All records",
    "selected": "Only those with Allow XTiger Sync",
    "ask": "Ask me",
    "crm": "The CRM wins",
    "xero": "Xero wins",
    "newest": "The newest wins",
    "share": "Share one record in Xero",
    "skip": "Skip it",
    "suffix": "Add a suffix",
}


#: What may become of duplicates, and what that is called.
DUPLICATE_WORDS: MappingType[str, str] = {
    one: WORDS[one] for one in ("ask", "share", "skip", "suffix")
}
#: What the sources of exchange rates are called.
RATE_WORDS: MappingType[str, str] = {
    "xero": "Rate of the day in Xero",
    "crm": "The CRM's own rate",
    "ask": "Only the rate on the invoice",
}
#: The fields of one more row for the taxes of the CRM.
TAX_WORD, TAX_RATE = "new.tax_word", "new.tax_rate"
_TAX = "tax:"
_NOTHING = "·"


@dataclass(frozen=True, slots=True)
class Control:
    """One control of the form."""

    name: str
    label: str
    value: str
    #: (value, label) to choose from; empty is a text.
    choices: Sequence[tuple[str, str]] = ()
    is_tick: bool = False
    #: What counts while it is empty; "" where nothing is to be said.
    hint: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form is made of."""

    sync: SyncModule
    described: Module | None
    settings: ModuleSettings
    mapping: Mapping | None
    accounts: Sequence[Account]
    rates: Sequence[TaxRate]
    #: The modules that a new item may become.
    modules: Sequence[str]


def setting_controls(
    settings: ModuleSettings, words: Language, errors: MappingType[str, str], only: Sequence[str]
) -> tuple[list[Control], list[Control]]:
    """(the usual ones, the rest); with `only`, no others than those."""
    usual, rest = list[Control](), list[Control]()
    for spec in SETTINGS:
        if only and spec.name not in only:
            continue
        control = _setting(spec, settings, words, errors)
        (usual if spec.usual else rest).append(control)
    return usual, rest


def _setting(
    spec: SettingSpec, settings: ModuleSettings, words: Language, errors: MappingType[str, str]
) -> Control:
    is_tick = spec.choices == ("on", "off")
    choices = [(one, words.translate(WORDS[one]) if one in WORDS else one) for one in spec.choices]
    return Control(
        f"set.{spec.name}",
        _begun(words.translate(spec.meaning)),
        shown(settings, spec),
        [] if is_tick else choices,
        is_tick,
        error=errors.get(spec.name, ""),
    )


def option_label(spec: OptionSpec, word: str, words: Language) -> str:
    """What people read as the name of an option; `word`: that of its entry, "" for none."""
    return _begun(words.translate(spec.meaning)) + (f" {word}" if word else "")


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def option_controls(it: Shown, words: Language, errors: MappingType[str, str]) -> list[Control]:
    """A control for each option of the mapping; none before one is saved."""
    if it.mapping is None:
        return []
    found = []
    for spec in options_of(it.sync.role):
        for name, word, value in entries(spec, it.mapping.options, _more_words(spec, it)):
            label = option_label(spec, word, words)
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
            found.append(
                Control(
                    f"opt.{name}",
                    label,
                    "on" if value is True else text,
                    _choices(spec, it, text, words, _usual(spec, word, words)),
                    spec.choice == "flag",
                    _hint(spec, it, word, words),
                    errors.get(name, ""),
                )
            )
    if any(spec.name == "tax" for spec in options_of(it.sync.role)):
        found += _another_tax(it, words, errors)
    return found


def _another_tax(it: Shown, words: Language, errors: MappingType[str, str]) -> list[Control]:
    """The controls of one more row for the taxes of the CRM."""
    spec = next(one for one in options_of(it.sync.role) if one.name == "tax")
    return [
        Control(
            TAX_WORD,
            words.translate("One more tax of the CRM: its name, or name|percent"),
            "",
            error=errors.get(TAX_WORD, ""),
        ),
        Control(
            TAX_RATE,
            words.translate("Xero's tax rate for it"),
            "",
            _choices(spec, it, "", words, _NOTHING),
            error=errors.get(TAX_RATE, ""),
        ),
    ]


def _usual(spec: OptionSpec, word: str, words: Language) -> str:
    """What an empty choice is called: with what counts then, where that has a name."""
    if spec.choice != "status":
        return _NOTHING
    usual = meaning_of(word, {})
    near = "" if usual else nearest(word)
    if near:
        return words.sentence(
            "None: invoices in this status are held; nearest is {status}", status=near
        )
    if not usual:
        return words.translate("None: invoices in this status are held")
    return words.sentence("As usual: {status}", status=usual)


def _hint(spec: OptionSpec, it: Shown, word: str, words: Language) -> str:
    """What counts while a text is empty."""
    if spec.name != "from_xero":
        return ""
    described = it.described.by_role("invoice.status") if it.described else None
    usual = usual_word(word, described)
    if not usual:
        return words.translate("Empty: the status of the CRM stays as it is")
    return words.sentence("Empty: {status}", status=usual)


def _more_words(spec: OptionSpec, it: Shown) -> Sequence[str]:
    if spec.choice == "bank":
        banks = (a for a in it.accounts if a.type == "BANK" and a.status == "ACTIVE")
        return sorted({a.currency for a in banks} - {""})
    status = it.described.by_role("invoice.status") if it.described else None
    if spec.name != "status" or status is None:
        return ()
    return [choice.value for choice in status.choices]


def _choices(
    spec: OptionSpec, it: Shown, value: str, words: Language, usual: str
) -> list[tuple[str, str]]:
    """What to choose from, a value that is set and not among it first; empty for a text.

    `usual` is what an empty choice is called.
    """
    if spec.choice == "account":
        usable = [a for a in it.accounts if a.code and a.status == "ACTIVE" and a.type != "BANK"]
        found = [(a.code, f"{a.code} {a.name}") for a in usable if not a.system]
    elif spec.choice == "paid_to":
        paid = [a for a in it.accounts if takes_payments(a)]
        found = [(a.code or a.name, f"{a.code} {a.name}".strip()) for a in paid]
    elif spec.choice == "bank":
        banks = [a for a in it.accounts if a.type == "BANK" and a.status == "ACTIVE"]
        found = [(a.code or a.name, f"{a.code} {a.name}".strip()) for a in banks]
    elif spec.choice == "tax":
        active = [rate for rate in it.rates if rate.status == "ACTIVE"]
        found = [(rate.tax_type, rate.name) for rate in active]
    elif spec.choice == "status":
        found = [(one, one) for one in STATUS_VALUES]
    elif spec.choice == "rates":
        found = [(one, words.translate(RATE_WORDS[one])) for one in RATE_SOURCES]
    elif spec.choice == "module":
        found = [(one, one) for one in it.modules]
    else:
        return []
    missing = [(value, value)] if value and value not in {one for one, _label in found} else []
    return [("", usual), *missing, *found]


# --- what was sent -------------------------------------------------------------------------------


def given_settings(form: MappingType[str, str], ticks: Sequence[str]) -> dict[str, str]:
    """Setting → what was typed; a box that was shown and is not sent is off."""
    return _given("set.", form, ticks)


def given_options(form: MappingType[str, str], ticks: Sequence[str]) -> dict[str, str]:
    """Option → what was typed; a box that was shown and is not sent is off."""
    return _given("opt.", form, ticks)


def with_another_tax(
    form: MappingType[str, str], options: dict[str, str], words: Language
) -> dict[str, str]:
    """Add the tax that was typed to the options; returns what is wrong with it, by field."""
    word, rate = (form.get(name, "").strip() for name in (TAX_WORD, TAX_RATE))
    if rate and not word:
        return {TAX_WORD: words.translate("Type the name of the tax as the CRM has it.")}
    if word and not rate:
        return {TAX_RATE: words.translate("Choose one of these.")}
    if word:
        options[f"{_TAX}{word}"] = rate
    return {}


def _given(prefix: str, form: MappingType[str, str], ticks: Sequence[str]) -> dict[str, str]:
    found = {name: "off" for name in ticks if name.startswith(prefix)}
    found |= {name: text for name, text in form.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): text for name, text in found.items()}


def with_settings(
    it: Shown, given: MappingType[str, str], words: Language
) -> tuple[ModuleSettings, dict[str, str]]:
    """The settings with what was typed, and what is wrong by setting."""
    settings, errors = it.settings, {}
    specs = {spec.name: spec for spec in SETTINGS}
    for name, text in given.items():
        try:
            if name in specs:
                settings = changed(settings, {name: text})
        except SettingInvalid:
            errors[name] = _said(specs[name], words)
    for fault in faults(settings, it.sync, it.described):
        errors.setdefault(fault.setting, words.sentence(fault.text, **fault.values))
    return settings, errors


def _said(spec: SettingSpec, words: Language) -> str:
    if spec.numbers is None:
        return words.translate("Choose one of these.")
    least, most = spec.numbers
    return words.sentence(
        "Choose a whole number from {least} to {most}.", least=least, most=words.number(most)
    )


def with_options(
    it: Shown, given: MappingType[str, str], words: Language
) -> tuple[Mapping | None, dict[str, str]]:
    """The mapping with the options that differ, None for no change, and what is wrong by option."""
    if it.mapping is None:
        return None, {}
    mapping, errors = it.mapping, dict[str, str]()
    known = {control.name: control.value for control in option_controls(it, words, {})}
    for name, text in given.items():
        before = known.get(f"opt.{name}")
        # A tax of the CRM may be one that no row names yet.
        if before is None and not (name.startswith(_TAX) and text):
            continue
        if before is not None and text.strip() == (before or ("off" if text == "off" else "")):
            continue
        try:
            mapping = with_option(mapping, name, text.strip(), it.accounts, it.rates)
        except MappingInvalid as error:
            errors[name] = without_commands(" ".join(error.problems), words)
    return (mapping if mapping is not it.mapping else None), errors


def as_sent(controls: Sequence[Control], sent: MappingType[str, str]) -> list[Control]:
    """The controls with what was typed, so that a mistake can be mended."""
    return [replace(one, value=sent.get(one.name, one.value)) for one in controls]
