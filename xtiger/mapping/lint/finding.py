"""A finding: what of a mapping or of its module's settings cannot work, and what mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from xtiger.model.plans import Cause
from xtiger.model.values import Plain
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.entries.entry import Cures, alike

#: error: it cannot work; warning: some records will wait; note: it may come to that.
Severity = Literal["error", "warning", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """What is said of one kind of finding."""

    severity: Severity
    #: With {fields}, which is translated as it is.
    sentence: str
    cures: Cures
    #: Whether a mapping with it is not saved at all.
    refused: bool = False


_ROW = Cures(
    "Change this row and save: xtiger config export, then xtiger config apply",
    "Have the row of this field changed, or taken out of the mapping.",
    "Change the row of this field, or take it away.",
)
_OPTION = Cures(
    "Choose another one: xtiger mapping set {module} {setting} VALUE",
    "Choose another one in the form of {module} and press “Save”.",
    "Set {setting} of {module} to another one.",
)
_SETTING = Cures(
    "Choose another one: xtiger modules set {module} --{setting} VALUE",
    "Choose another one in the form of {module} and press “Save”.",
    "Set {setting} of {module} to another one.",
)
_TAX = Cures(
    "Say which of Xero's it is: xtiger mapping set {module} {setting} TAX_TYPE",
    "Choose Xero's tax rate for it in the form of {module} and press “Save”.",
    "Set {setting} of {module} to a tax type of Xero.",
)
_LONGER: Final = alike("Shorten what is longer in the CRM, or map a shorter field.")

#: Code → what is said of it. Codes of the catalogue of outcomes stand for themselves.
FINDINGS: Final[Mapping[str, FindingEntry]] = MappingProxyType(
    {
        "no_mapping": FindingEntry(
            "error",
            "No mapping is saved for {module}: none of its records moves.",
            Cures(
                "Save the usual ones: xtiger mapping save",
                "Press “Start” on the overview: its step of the modules saves one.",
                "Save the default mapping of {module}.",
            ),
        ),
        "no_module": FindingEntry(
            "error",
            "The CRM has no module {module}.",
            alike("Have the module described by the CRM's adapter."),
            refused=True,
        ),
        "xero_field_unknown": FindingEntry(
            "error", "Xero's {kind} has no field {xero}.", _ROW, refused=True
        ),
        "crm_field_unknown": FindingEntry(
            "error", "{module} has no field {crm}.", _ROW, refused=True
        ),
        "mapped_twice": FindingEntry("error", "{xero} is mapped twice.", _ROW, refused=True),
        "filled_twice": FindingEntry(
            "error",
            "{crm} is filled from two fields of Xero; let one go to Xero only.",
            _ROW,
            refused=True,
        ),
        "xero_read_only": FindingEntry(
            "error",
            "Xero lets nobody write {xero}; choose from Xero to the CRM.",
            _ROW,
            refused=True,
        ),
        "no_number": FindingEntry(
            "error", "{crm} is no number, {xero} is one.", _ROW, refused=True
        ),
        "types_differ": FindingEntry(
            "error", "{crm} is of the type {type}, {xero} takes {takes}.", _ROW, refused=True
        ),
        "converter_unknown": FindingEntry(
            "error", "No enabled extension brings the converter {name}.", _ROW, refused=True
        ),
        "one_way_type": FindingEntry(
            "error",
            "{crm} is of the type {type}: it can go to {xero}, and nothing of Xero can go there. "
            "Let it go to Xero only.",
            _ROW,
        ),
        "crm_read_only": FindingEntry(
            "warning", "The CRM lets nobody write {crm}: {xero} never comes in.", _ROW
        ),
        "longer": FindingEntry(
            "note",
            "{crm} may have {length} characters, Xero's {xero} {limit}: records with more wait.",
            _LONGER,
        ),
        "xero_unfilled": FindingEntry(
            "error",
            "Xero demands {xero}, and no field of {module} goes there: none is sent.",
            _ROW,
        ),
        "crm_unfilled": FindingEntry(
            "warning",
            "The CRM demands {crm}, and nothing of Xero goes there: what is new in Xero waits.",
            _ROW,
        ),
        # Each has a sentence of its own.
        "setting": FindingEntry("error", "", _SETTING),
        "tax_gone": FindingEntry(
            "error", "It is set to {value}, and Xero has no such tax rate.", _TAX
        ),
        "tax_rate_archived": FindingEntry(
            "error", "It is set to {value}, a tax rate that is archived in Xero.", _TAX
        ),
        "tax_without_meaning": FindingEntry(
            "warning",
            "The CRM's tax {tax} is none of Xero's: invoices with it wait. Nearest: {nearest}.",
            _TAX,
        ),
        "not_to_send": FindingEntry(
            "error", "It is set to {value}, which is no status to send.", _OPTION
        ),
        "status_without_meaning": FindingEntry(
            "warning",
            "The status {word} means nothing in Xero yet: invoices in it wait.",
            Cures(
                "Say what it means: xtiger mapping statuses {module} '{word}=STATUS'",
                "Choose its meaning in the form of {module} and press “Save”.",
                "Set {setting} of {module} to a status of Xero.",
            ),
        ),
        "not_in_crm": FindingEntry(
            "error", "It is set to {value}, which the CRM does not have; it has: {known}.", _OPTION
        ),
        "not_in_xero": FindingEntry(
            "error", "It is set to {value}, which is not in use in Xero.", _OPTION
        ),
        "no_account": FindingEntry(
            "warning",
            "No account is set for lines that name none: invoices with such lines wait.",
            Cures(
                "Set one: xtiger mapping set {module} {setting} CODE",
                "Choose one in the form of {module} and press “Save”.",
                "Set {setting} of {module} to a code of Xero's chart.",
            ),
        ),
        "currency_missing": FindingEntry(
            "warning",
            "Xero has no currency {currency}: invoices in it wait.",
            alike("Add the currency in Xero under Settings, or use no such invoices."),
        ),
        "lists_unread": FindingEntry(
            "note",
            "Xero's accounts and tax rates were not read yet, so that nothing is compared with "
            "them.",
            Cures(
                "Read them: xtiger plan",
                "Press “Plan” on the page Plan and sync.",
                "Make a plan once.",
            ),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or may become so."""

    module: str
    #: A code of FINDINGS, or of the catalogue of outcomes.
    code: str
    severity: Severity
    #: What the sentence is filled with.
    values: Mapping[str, Plain]
    #: The field as people know it, or what the option means; "" where the sentence names it.
    field: str = ""
    #: The option or setting that mends it, as it is set; "" for none.
    setting: str = ""
    #: A sentence of its own, with {fields}; "" takes that of the code.
    text: str = ""
    #: Set where the catalogue of outcomes has the sentence: what records will wait for.
    cause: Cause | None = None
    #: Records that wait for it, of those looked at, and what the first of them are called.
    count: int = 0
    records: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a mapping with it is not saved."""
        entry = FINDINGS.get(self.code)
        return entry is not None and entry.refused

    @property
    def template(self) -> str:
        """The sentence with its {fields}."""
        if self.text:
            return self.text
        found = FINDINGS.get(self.code)
        return found.sentence if found is not None else CATALOGUE[self.code].sentence

    @property
    def cures(self) -> Cures:
        """What to do, with {fields}."""
        found = FINDINGS.get(self.code)
        if found is not None:
            return found.cures
        return _OPTION if self.setting else CATALOGUE[self.code].cures

    @property
    def sentence(self) -> str:
        """What is wrong, in English."""
        return self.template.format_map({name: str(one) for name, one in self.values.items()})


def finding(code: str, module: str, field: str = "", setting: str = "", **values: Plain) -> Finding:
    """A finding of this code; raises KeyError for an unknown one."""
    known = {"module": module, "setting": setting, **values}
    return Finding(module, code, FINDINGS[code].severity, known, field, setting)


def finding_of(
    cause: Cause, module: str, severity: Severity, field: str = "", setting: str = ""
) -> Finding:
    """A finding whose sentence is that of an outcome."""
    known = {"module": module, "setting": setting, **cause.data}
    return Finding(module, cause.code, severity, known, field, setting, cause=cause)
