"""What records of both sides look like: read from the CRM now, and from Xero as last seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from xtiger.mapping.role_values import RoleValues
from xtiger.model.gone import GONE_STATUSES
from xtiger.rules.kinds import nature
from xtiger.rules.twins.look import Look

if TYPE_CHECKING:
    from xtiger.engine.workbench.scope import Scope
    from xtiger.model.links import Shadow
    from xtiger.model.records import Record
    from xtiger.ports import Host
    from xtiger.ports.store import ShadowStore


def crm_looks(host: Host, scope: Scope) -> Iterator[Look]:
    """Every record of a module; of people those who meet a contact of their own."""
    cursor: str | None = None
    while True:
        page = host.changed_since(scope.name, cursor)
        for record in page.records:
            if not record.deleted and not _is_listed(scope, record):
                yield _crm_look(scope, record)
        if not page.more or page.cursor == cursor:
            return
        cursor = page.cursor


def _is_listed(scope: Scope, record: Record) -> bool:
    """Whether it is a person of an organisation: those are matched on its list."""
    return scope.people and bool(_text(scope, record, "organisation"))


def _text(scope: Scope, record: Record, part: str) -> str:
    return RoleValues(scope.module, record.values).text(f"{scope.sync.role}.{part}") or ""


def _crm_look(scope: Scope, record: Record) -> Look:
    def texts(*parts: str) -> tuple[str, ...]:
        return tuple(found for part in parts if (found := _text(scope, record, part)))

    name = (
        " ".join(texts("first_name", "last_name")) if scope.people else _text(scope, record, "name")
    )
    by_code = scope.traits.known_by == "code"
    number = "" if scope.people else _text(scope, record, "code" if by_code else "number")
    return Look(
        "crm",
        record.ref.id,
        name,
        number,
        texts("email"),
        texts("phone", "mobile"),
        _text(scope, record, "tax_number"),
        _text(scope, record, "billing.postal_code") or _text(scope, record, "billing.city"),
    )


def xero_looks(store: ShadowStore, connection_id: str, kind: str) -> Iterator[Look]:
    """Every record of a kind as it was last read, without those that are archived or gone."""
    row = nature(kind)
    for shadow in store.each_shadow(connection_id, "xero", kind):
        if not shadow.gone and shadow.payload.get(row.status_field) not in GONE_STATUSES:
            yield _xero_look(shadow, row.name_field, row.number_field)


def _xero_look(shadow: Shadow, name_field: str, number_field: str) -> Look:
    raw = shadow.payload
    parts = ("CountryCode", "AreaCode", "Number")
    phones = (
        " ".join(str(one.get(f"Phone{part}") or "") for part in parts)
        for one in _listed(raw, "Phones")
    )
    addresses = _listed(raw, "Addresses")
    places = (str(one.get("PostalCode") or one.get("City") or "") for one in addresses)
    return Look(
        "xero",
        shadow.id,
        str(raw.get(name_field) or raw.get("Code") or ""),
        str(raw.get(number_field) or ""),
        tuple(filter(None, (str(raw.get("EmailAddress") or ""),))),
        tuple(phone for phone in phones if phone.strip()),
        str(raw.get("TaxNumber") or ""),
        next(filter(None, places), ""),
    )


def _listed(raw: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    found = raw.get(field)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
