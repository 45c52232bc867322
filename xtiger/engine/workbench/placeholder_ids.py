"""Stand-ins for ids, of Xero or of the CRM, that the same plan creates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xtiger.mapping.convert import LINES
from xtiger.model.records import Ref, XeroRef
from xtiger.model.values import Plain

#: Prefix that no Xero id has.
_PENDING = "pending:"


def pending_id(ref: Ref) -> str:
    """The stand-in for the Xero id of a CRM record that is about to be sent."""
    return f"{_PENDING}{ref.module}:{ref.id}"


def pending_crm(ref: XeroRef) -> str:
    """The stand-in for the CRM id of a Xero record that is about to be made in the CRM."""
    return f"{_PENDING}xero:{ref.kind}:{ref.id}"


def is_pending(xero_id: str) -> bool:
    """Whether it stands in for a record that the same plan creates."""
    return xero_id.startswith(_PENDING)


def _standing_in(value: Plain) -> bool:
    return isinstance(value, str) and value.startswith(f"{_PENDING}xero:")


def awaited(values: Mapping[str, Any]) -> Iterator[XeroRef]:
    """Every Xero record whose CRM id these values, and their lines, wait for."""
    for value in values.values():
        if _standing_in(value):
            kind, _, xero_id = str(value).removeprefix(f"{_PENDING}xero:").partition(":")
            yield XeroRef(kind, xero_id)
    for line in values.get(LINES) or ():
        yield from awaited(line)


def real_ids(known: Mapping[XeroRef, str]) -> dict[str, str]:
    """Stand-in → CRM id, of Xero record → CRM id; made once for many records."""
    return {pending_crm(ref): crm_id for ref, crm_id in known.items()}


def resolved(values: Mapping[str, Any], real: Mapping[str, str]) -> dict[str, Any]:
    """The values with the CRM ids of real_ids() in place of the stand-ins."""
    found = {k: real.get(v, v) if isinstance(v, str) else v for k, v in values.items()}
    if values.get(LINES) is not None:
        found[LINES] = [resolved(line, real) for line in values[LINES]]
    return found
