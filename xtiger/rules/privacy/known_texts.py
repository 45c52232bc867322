"""The names, e-mail addresses and telephone numbers among the values of a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from xtiger.model.values import Plain

#: The last word of a role, or the name under which a last seen copy keeps it → Xero's field.
OF_ROLES: Final[Mapping[str, str]] = {
    "name": "Name",
    "first_name": "FirstName",
    "last_name": "LastName",
    "email": "EmailAddress",
    "phone": "Phones.DEFAULT",
    "mobile": "Phones.MOBILE",
    "fax": "Phones.FAX",
}
#: Fewer digits are no telephone number.
_DIGITS: Final = 5


def known_texts(values: Mapping[str, Plain]) -> list[str]:
    """Names first, then e-mail addresses, then numbers, of values by Xero's flat fields.

    A first name alone is no name: it stands in texts about others as well.
    """
    first, last = _text(values.get("FirstName")), _text(values.get("LastName"))
    names = [_text(values.get("Name"))]
    if first and last:
        names += [f"{first} {last}", f"{last} {first}", f"{last}, {first}"]
    mails = [_text(values.get("EmailAddress"))]
    phones = [_text(value) for key, value in values.items() if key.startswith("Phones.")]
    numbers = [text for text in phones if sum(sign.isdigit() for sign in text) >= _DIGITS]
    return list(dict.fromkeys(text for text in (*names, *mails, *numbers) if text))


def by_roles(values: Mapping[str, Plain]) -> dict[str, Plain]:
    """Values by the last word of their role as values by Xero's fields; others are left out."""
    return {OF_ROLES[name]: value for name, value in values.items() if name in OF_ROLES}


def raw_numbers(payload: Mapping[str, Plain]) -> dict[str, Plain]:
    """The telephone numbers of a raw contact, each as it is stored, by a name of its own."""
    phones = payload.get("Phones") or ()
    return {
        f"Phones.{place}": phone.get("PhoneNumber")
        for place, phone in enumerate(phones)
        if isinstance(phone, Mapping)
    }


def _text(value: Plain) -> str:
    return value.strip() if isinstance(value, str) else ""
