"""Who owns what: Reference=crm, @AUTHORISED=xero, DueDate@DRAFT=crm; as it is typed and asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.model.links import Side
from xtiger.model.records import Module

#: What a record's status may be called besides the CRM's own words.
XERO_STATUSES: Final = (
    "DRAFT",
    "SUBMITTED",
    "AUTHORISED",
    "PAID",
    "VOIDED",
    "DELETED",
    "ACTIVE",
    "ARCHIVED",
)
#: What is wrong with owners, by code; a sentence with {fields}, which is translated as it is.
OWNER_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "owner_unreadable": (
            "{given} does not say who owns what; write it as Reference=crm, @AUTHORISED=xero or "
            "Reference@DRAFT=crm."
        ),
        "owner_field": "{module} have no field {field} in the CRM or in Xero that could be owned.",
        "owner_status": "There is no status {unknown} to decide who owns; there are: {known}.",
    }
)


@dataclass(frozen=True, slots=True)
class Owner:
    """The side that owns fields: its value is put on the other side, whichever side changed it."""

    #: Role or name of a CRM field, or a Xero field; "" for each one.
    field: str
    #: The CRM's or Xero's word for the record's status; "" for each one.
    status: str
    side: Side


def read_owner(text: str) -> Owner | None:
    """What one entry says; None for one that cannot be read."""
    what, equals, side = text.rpartition("=")
    field, at, status = what.rpartition("@")
    if not at:
        field, status = status, ""
    word = side.strip().lower()
    field, status = field.strip(), status.strip()
    if not equals or (at and not status) or not (field or status):
        return None
    if word == "crm":
        return Owner(field, status, "crm")
    return Owner(field, status, "xero") if word == "xero" else None


def owner_of(
    owners: Sequence[Owner], names: Iterable[str], statuses: Iterable[str], *, amount: bool = False
) -> Side | None:
    """Who owns a field of a record in a status; the entry that says most of it decides.

    Names and statuses are all words for it. An amount is owned only where its field is named.
    """
    own, now = ({one.casefold() for one in words} for words in (names, statuses))
    fitting = [
        one
        for one in owners
        if (one.field.casefold() in own if one.field else not amount)
        and (not one.status or one.status.casefold() in now)
    ]
    # A field counts more than a status.
    best = max(fitting, key=lambda one: (bool(one.field), bool(one.status)), default=None)
    return None if best is None else best.side


def owner_problem(
    texts: Sequence[str], module: Module | None, role: str, kind: str, name: str
) -> tuple[str, dict[str, str]] | None:
    """(code, values) of the first entry that cannot work for a module; None when all can."""
    fields = field_names(module, kind)
    statuses = [*_statuses(module, role), *XERO_STATUSES]
    for text in texts:
        found = read_owner(text)
        if found is None:
            return "owner_unreadable", {"given": text}
        if found.field and found.field.casefold() not in fields:
            return "owner_field", {"module": name, "field": found.field}
        if found.status and found.status.casefold() not in {one.casefold() for one in statuses}:
            return "owner_status", {"unknown": found.status, "known": ", ".join(statuses)}
    return None


def field_names(module: Module | None, kind: str) -> set[str]:
    """All words for the fields of a module and of its kind, in small letters."""
    described = module.fields if module is not None else ()
    names = [*XERO_FIELDS.get(kind, {}), *(one.name for one in described)]
    return {name.casefold() for name in (*names, *(one.role or "" for one in described)) if name}


def _statuses(module: Module | None, role: str) -> list[str]:
    status = module.by_role(f"{role}.status") if module is not None else None
    return [choice.value for choice in status.choices] if status is not None else []
