"""Xero's nested answers as flat values: one path for each field that a mapping may use."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from xtiger.model.values import Plain, canon


def flatten(loaded: Mapping[str, Plain]) -> dict[str, Plain]:
    """Nested answer → flat canonical values; phones and addresses by their type."""
    flat: dict[str, Plain] = {}
    for name, value in loaded.items():
        if name == "Phones":
            for phone in value or ():
                flat[f"Phones.{phone.get('PhoneType')}"] = phone_text(phone)
        elif name == "Addresses":
            for address in value or ():
                _flatten_address(flat, address)
        elif isinstance(value, Mapping):
            flat.update({f"{name}.{part}": canon(item) for part, item in value.items()})
        elif name not in ("ContactPersons", "TaxComponents"):
            flat[name] = canon(value)
    return flat


def _flatten_address(flat: dict[str, Plain], address: Mapping[str, Plain]) -> None:
    prefix = f"Addresses.{address.get('AddressType')}"
    lines = [address.get(f"AddressLine{n}") for n in range(1, 5)]
    flat[f"{prefix}.Street"] = canon("\n".join(line for line in lines if line))
    for part in ("City", "Region", "PostalCode", "Country", "AttentionTo"):
        flat[f"{prefix}.{part}"] = canon(address.get(part))


def phone_text(phone: Mapping[str, Plain]) -> Plain:
    """One phone as people write it: country, area and number with blanks between."""
    parts = (phone.get(f"Phone{part}") for part in ("CountryCode", "AreaCode", "Number"))
    return canon(" ".join(str(part) for part in parts if part))


def used_credit(credit: dict[str, Plain]) -> dict[str, Plain]:
    """What of a credit note is left, was paid back and is set against invoices, as an invoice says.

    Takes its refunds out of the answer; nothing for what is no credit.
    """
    refunds = credit.pop("Payments", None) or ()
    left, total = credit.get("RemainingCredit"), credit.get("Total")
    if left is None or total is None:
        return {}
    paid = sum((one.get("Amount") or Decimal(0) for one in refunds), Decimal(0))
    return {"AmountDue": left, "AmountPaid": paid, "AmountCredited": total - left - paid}


def used_as(contact: Mapping[str, Plain]) -> str | None:
    """customer, vendor or both, by the documents that a contact has; None before the first."""
    sold, bought = contact.get("IsCustomer"), contact.get("IsSupplier")
    if sold and bought:
        return "both"
    return "customer" if sold else "vendor" if bought else None
