"""What a contact is called: in the CRM a field that none stores, made of first and last name.

It makes a contact a record with a name like any other: for matching, for tables, and as the name
of a contact in Xero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from xtiger.model.links import Shadow
from xtiger.model.records import Field, Module, Record
from xtiger.rules.contact_persons import full_name

#: The field that the engine adds to modules of the role contact.
FULL_NAME = "xtiger.full_name"
#: Its role; no host describes it.
NAME_ROLE = "contact.name"


def with_name_field(module: Module) -> Module:
    """The module as the engine sees it."""
    if module.role != "contact" or module.by_role(NAME_ROLE) is not None:
        return module
    field = Field(FULL_NAME, "text", "Name", NAME_ROLE, writable=False)
    return replace(module, fields=(*module.fields, field))


def with_name(module: Module | None, record: Record) -> Record:
    """The record as the engine sees it."""
    if module is None or module.role != "contact":
        return record
    first, last = (module.by_role(f"contact.{part}") for part in ("first_name", "last_name"))
    name = full_name(
        record.values.get(first.name) if first else None,
        record.values.get(last.name) if last else None,
    )
    return replace(record, values={**record.values, FULL_NAME: name})


def contact_name(seen: Mapping[str, Shadow], contact_id: str) -> str:
    """What Xero calls a contact of these last seen copies; its id where there is none."""
    shadow = seen.get(contact_id)
    return str(shadow.payload.get("Name") or contact_id) if shadow is not None else contact_id
