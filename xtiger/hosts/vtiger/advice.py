"""What `xtiger host check` says of a Vtiger: its user, its prices, and fields that can be added."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from xtiger.hosts.vtiger.installation import Installation
from xtiger.hosts.vtiger.names import KEY_LABEL, NUMBER_LABEL, NUMBERS
from xtiger.model.records import Module

#: Prices of Xero have four places; what a user has fewer of Vtiger rounds when it saves.
_PLACES: Final = 4
_KEY: Final = ("Text, length 190", "XTiger Create Key")
_NUMBER: Final = ("Text, length 100", "Xero Number")
#: Label of a field → what happens without it.
_INSTEAD: Final = {
    KEY_LABEL: "a create whose answer was lost is looked for by its name",
    NUMBER_LABEL: "the number that a record of Xero has there is kept in the file beside Vtiger",
}
_BLOCK: Final = "Xero Information"
_WORDS: Final = {
    "xtiger.allow_sync": "with the default value ticked, unless people tick what is to be synced",
    "xtiger.status": "with the values DRAFT, SUBMITTED, AUTHORISED",
    "xtiger.invoice_type": "with the values Invoice, Bill, Receipt",
}
#: Role of the module → (role of the field, its type in the Layout Editor, its label).
_FIELDS: Final = {
    "invoice": (
        ("xtiger.status", "Pick List", "Xero Status"),
        ("xtiger.invoice_type", "Pick List", "Xero Invoice Type"),
    )
}
_SYNC: Final = ("xtiger.allow_sync", "Checkbox", "Allow XTiger Sync")


def findings(there: Installation, user: str) -> Iterator[str]:
    """Sentences with the fix each; none for a Vtiger that has all."""
    if not there.user.is_admin:
        yield (
            f"The user {user} is no administrator of Vtiger, so records that it may not see are "
            "never synced. Give it the administrator's rights, or use a user of its own for XTiger."
        )
    places = there.user.decimals
    if places is None or places < _PLACES:
        yield (
            f"Vtiger rounds prices of products and services to {places or 'few'} places "
            f"for the user {user}, and Xero has {_PLACES}. In its My Preferences set Number Of "
            "Currency Decimals to 5."
        )
    for module in there.modules:
        yield from _missing(module, there)


def _missing(module: Module, there: Installation) -> Iterator[str]:
    theirs = there.theirs[module.name]
    wanted = [
        (kind, label, _WORDS.get(role, ""))
        for role, kind, label in (_SYNC, *_FIELDS.get(module.role or "", ()))
        if module.by_role(role) is None
    ]
    if theirs not in there.key_fields:
        wanted.append((*_KEY, ""))
    if theirs in NUMBERS and theirs not in there.number_fields:
        wanted.append((*_NUMBER, ""))
    for kind, label, values in wanted:
        kept = _INSTEAD.get(label.lower(), "XTiger keeps it beside Vtiger and nobody sees it there")
        choices = f" {values}" if values else ""
        yield (
            f"{module.name}: Vtiger has no field {label}, so {kept}. To add it: Settings, Module "
            f"Management, Module Layouts & Fields, {theirs}, block {_BLOCK} (add it first), Add "
            f"Custom Field, type {kind}, label {label}{choices}."
        )
