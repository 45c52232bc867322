"""Which cure of a cause stands as a button or a field on the page of what needs you."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xtiger.mapping.check import DUE_BY_TERMS
from xtiger.mapping.option_specs import STATUS_VALUES
from xtiger.rules.accounts import takes_payments
from xtiger.rules.catalogue import CATALOGUE

if TYPE_CHECKING:
    from xtiger.model.cause_codes import CauseCode
    from xtiger.model.chart_of_accounts import Account, TaxRate
    from xtiger.model.links import Side
    from xtiger.model.values import Plain


@dataclass(frozen=True, slots=True)
class OptionField:
    """An option of the mapping that is chosen on the spot."""

    #: As with_option() names it; of a table the part before the colon.
    option: str
    #: What is chosen; a sentence of the catalogue.
    label: str
    #: The name in the cause's data of the word that a table is asked for; "" for no table.
    word: str = ""
    #: Options that get the same value where they have none.
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """A setting of the module that one button sets."""

    label: str
    changes: Mapping[str, str]


_BOTH_WAYS = Switch("Let both directions travel", {"direction": "both"})
_KEEP: Sequence[tuple[Side, str]] = (("crm", "Keep CRM value"), ("xero", "Keep Xero value"))

_RECEIPTS = OptionField("receipts", "Bank account for receipts in", "currency")

#: A field: the option is saved and what waited for it is sent.
FIELDS: Mapping[CauseCode, OptionField] = {
    "account_missing": OptionField("sales_account", "Sales account", also=("charges_account",)),
    "purchase_account_missing": OptionField("purchase_account", "Purchase account"),
    "payment_account_missing": OptionField("payment_account", "Account for payments"),
    "receipt_account_missing": _RECEIPTS,
    "receipt_account_invalid": _RECEIPTS,
    "tax_unknown": OptionField("tax", "Tax rate in Xero for", "tax"),
    "purchase_tax_unknown": OptionField("purchase_tax", "Tax rate in Xero for", "tax"),
    "group_tax_not_combined": OptionField("tax", "Tax rate in Xero for", "tax"),
    "taxes_many": OptionField("tax", "Tax rate in Xero for", "tax"),
    "due_date_missing": OptionField("due_days", "Due so many days after the date"),
    "code_missing": OptionField("code_template", "Codes are made as"),
    "rate_missing": OptionField("rate_source", "Exchange rates come from"),
    "status_unknown": OptionField("status", "Status in Xero for", "status"),
}
#: A button that changes a setting of the module.
SWITCHES: Mapping[CauseCode, Switch] = {
    "edited_in_xero": _BOTH_WAYS,
    "edited_in_crm": _BOTH_WAYS,
    "cancel_not_allowed": Switch("Allow deletes in Xero", {"delete_in_xero": "on"}),
}
#: Buttons that decide, for one record or for all of a group.
KEEPS: Mapping[CauseCode, Sequence[tuple[Side, str]]] = {
    "both_changed": _KEEP,
    "first_link_differs": _KEEP,
    "stored_otherwise": (("xero", "Keep Xero value"),),
    "gone_in_xero": (
        ("crm", "Create it in Xero again"),
        ("xero", "Leave it: it stays in the CRM only"),
    ),
    "gone_in_crm": (
        ("xero", "Create it in the CRM again"),
        ("crm", "Leave it: it stays in Xero only"),
    ),
}
#: A button that takes the link of a record away.
UNLINKS: frozenset[CauseCode] = frozenset(
    {"person_left_organisation", "person_joined_organisation"}
)
#: A button that lets the next sync do again what was taken back.
RELEASES: frozenset[CauseCode] = frozenset({"undone"})
#: A button of another person than the one who asked.
SECONDS: frozenset[CauseCode] = frozenset({"second_person"})
#: Code → (page of ours, what its link says).
PAGES: Mapping[CauseCode, tuple[str, str]] = {
    "routing_missing": ("xtiger.connections", "Make a rule"),
    "held_by_extension": ("xtiger.extensions", "Extensions"),
    "scope_missing": ("xtiger.connect", "Connect again"),
    "reconnect_needed": ("xtiger.connect", "Connect again"),
    "base_currency_differs": ("xtiger.connect", "Connect another organisation"),
    "too_many_changes": ("xtiger.overview", "To the overview"),
    "gone_but_edited": ("xtiger.conflicts", "Conflicts"),
}
#: Where an administrator changes what leaves a record out or lets it wait: code → (page of ours,
#: what its link says, the step that is opened there); any other is in its module's settings.
LEADS: Mapping[CauseCode, tuple[str, str, str]] = {
    "before_start": ("xtiger.start", "Change the answers", "questions"),
    "not_brought": ("xtiger.start", "Change the answers", "questions"),
    "contact_not_brought": ("xtiger.start", "Change the answers", "questions"),
    "after_first_ten": ("xtiger.start", "Send the rest", "first"),
    "waits_for_approving": ("xtiger.start", "Release approving", "first"),
    "routed_elsewhere": ("xtiger.connections", "Connections", ""),
    "not_master": ("xtiger.connections", "Connections", ""),
    "owner_ended": ("xtiger.connect", "Connect again", ""),
    "waits_for_parent": ("xtiger.needs", "Needs you", ""),
    "stopped_before": ("xtiger.plan", "Plan and sync", ""),
    "erased": ("xtiger.privacy", "Privacy", ""),
}


def leads_to_settings(code: str) -> bool:
    """Whether the settings of its module change what leaves a record out."""
    return code not in LEADS and CATALOGUE[code].button in ("settings", "map")


def is_cured_here(code: CauseCode) -> bool:
    """Whether a person cures it on the page: by a field, a button, or a link to a page of ours."""
    tables = (FIELDS, SWITCHES, KEEPS, UNLINKS, RELEASES, SECONDS, PAGES)
    # What is tried again, linked or decided has its button by the catalogue.
    return CATALOGUE[code].button in ("retry", "link") or any(code in one for one in tables)


def option_name(field: OptionField, word: str) -> str:
    """The option as with_option() takes it."""
    return f"{field.option}:{word}" if field.word else field.option


def words_asked(field: OptionField, causes: Sequence[Mapping[str, Plain]]) -> list[str]:
    """The words that a table is asked for, each once; one empty word where it is no table."""
    if not field.word:
        return [""]
    found = (str(data.get(field.word) or "") for data in causes)
    return list(dict.fromkeys(word for word in found if word))


def parts_of(word: str, causes: Sequence[Mapping[str, Plain]]) -> Plain:
    """What a tax of this label consists of, as its cause says."""
    return next((data.get("parts") for data in causes if data.get("tax") == word), None)


def nearest(
    word: str, causes: Sequence[Mapping[str, Plain]], offered: Sequence[tuple[str, str]]
) -> tuple[str, str] | None:
    """(value, label) of the rate of Xero that a tax of this label is nearest to."""
    names = {data.get("nearest") for data in causes if data.get("tax") == word}
    return next((one for one in offered if one[1] in names), None)


def choices(
    field: OptionField, accounts: Sequence[Account], rates: Sequence[TaxRate]
) -> list[tuple[str, str]]:
    """(value, label) of what Xero has to choose from."""
    match field.option:
        case "sales_account" | "purchase_account":
            wanted = "REVENUE" if field.option == "sales_account" else "EXPENSE"
            usable = [one for one in accounts if one.status == "ACTIVE" and not one.system]
            fitting = [one for one in usable if one.code and one.account_class == wanted]
            return [(one.code, f"{one.code} {one.name}") for one in fitting]
        case "payment_account":
            paid = [one for one in accounts if takes_payments(one)]
            return [(one.code or one.name, f"{one.code} {one.name}".strip()) for one in paid]
        case "due_days":
            return [(DUE_BY_TERMS, DUE_BY_TERMS), *((one, one) for one in ("7", "14", "30"))]
        case "code_template":
            return [(one, one) for one in ("P-{id}", "{name}-{id}")]
        case "receipts":
            banks = [one for one in accounts if one.type == "BANK" and one.status == "ACTIVE"]
            return [(one.code or one.name, f"{one.code} {one.name}".strip()) for one in banks]
        case "rate_source":
            return [("xero", "Rate of the day in Xero")]
        case "tax":
            return [(one.tax_type, one.name) for one in rates if one.status == "ACTIVE"]
        case "purchase_tax":
            usable_rates = (one for one in rates if "EXPENSE" in one.classes)
            return [(one.tax_type, one.name) for one in usable_rates if one.status == "ACTIVE"]
        case _:
            return [(one, one) for one in STATUS_VALUES]
