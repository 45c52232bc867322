"""What a CRM calls the use of a contact in Xero: customer, vendor, or both."""

from __future__ import annotations

from collections.abc import Mapping

from xtiger.model.records import Field

#: What CRMs call the use of a contact in Xero, the usual word first.
_USES: Mapping[str, tuple[str, ...]] = {
    "customer": ("Customer", "Client"),
    "vendor": ("Vendor", "Supplier"),
    "both": (
        "Customer & Vendor",
        "Customer & Supplier",
        "Customer and Vendor",
        "Customer and Supplier",
        "Customer, Vendor",
        "Customer, Supplier",
    ),
}


def use_word(use: str, described: Field, chosen: Mapping[str, str]) -> str | None:
    """The CRM's own word for a use of Xero: the chosen one, else what its pick list has."""
    words = (chosen[use],) if chosen.get(use) else _USES.get(use, ())
    if not described.choices:
        return words[0] if words else None
    listed = {choice.value.casefold(): choice.value for choice in described.choices}
    return next((listed[w.casefold()] for w in words if w.casefold() in listed), None)


def use_words(described: Field, chosen: Mapping[str, str]) -> frozenset[str]:
    """Every word of a field that stands for a use of Xero."""
    found = (use_word(use, described, chosen) for use in _USES)
    return frozenset(word for word in found if word)
