"""The service for credit notes: an invoice that gives money back goes to Xero as one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xtiger.errors import LinkRefused, RecordMissing
from xtiger.mapping.credit_note.signs import is_below_zero, says_credit
from xtiger.model.customers.credited import Credited
from xtiger.model.setting_keys import credit_note, credit_of_invoice
from xtiger.rules.kinds import nature

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.links import Link
    from xtiger.model.records import Record
    from xtiger.services.parts import Parts


class CreditNotes:
    """Takes the decision of a person that a CRM record is a credit note."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._host, self._store = parts, parts.host, parts.store

    def make(self, module: str, record_id: str | int, connection_id: str | None = None) -> str:
        """Have an invoice that gives money back made in Xero as a credit note; returns a sentence.

        Of one in Xero that says less, whose amounts Xero keeps, the difference is credited. It goes
        with the next sync, once however often this is asked. Raises RecordMissing, UnknownModule,
        and LinkRefused for what gives nothing back.
        """
        connection, crm_id = self._parts.connection(connection_id), str(record_id)
        self._parts.identities.require(connection.tenant)
        sync = self._parts.sync_module(module)
        if not any(nature(kind).gives_back for kind in sync.other_kinds):
            raise LinkRefused(f"Records of {module} cannot be credit notes; invoices can.")
        with self._host.tenant(connection.tenant):
            record = self._host.get(module, [crm_id]).get(crm_id)
        if record is None or record.deleted:
            raise RecordMissing(module, crm_id)
        link = self._store.links_by_crm(connection.id, module, [crm_id]).get(crm_id)
        if link is not None:
            return self._credit_difference(connection, link)
        if not self._gives_back(connection, module, record):
            raise LinkRefused(
                f"{module} {crm_id} gives nothing back: its total is not below zero, and its "
                "status does not say that it is a credit."
            )
        with self._store.transaction():
            self._store.save_setting(credit_note(connection.id, module, crm_id), True)
            now = self._parts.clock.now()
            self._store.mark(connection.id, "crm", module, [crm_id], "person", now)
        return f"{module} {crm_id} will be a credit note in Xero with the next sync."

    def _credit_difference(self, connection: Connection, link: Link) -> str:
        """Have credited what an invoice says less than Xero, by the amount that was shown."""
        module, crm_id, store = link.module, link.crm_id, self._store
        amount = self._offered(connection, link)
        if amount is None:
            raise LinkRefused(
                f"{module} {crm_id} is in Xero already, and the last sync found nothing that could "
                "be credited."
            )
        key = credit_of_invoice(connection.id, module, crm_id)
        with store.transaction():
            kept = Credited.of(store.setting(key))
            made = kept.made if kept.invoice_id == link.xero_id else ()
            sending = kept.sending if kept.invoice_id == link.xero_id else None
            store.save_setting(key, Credited(link.xero_id, amount, sending, made).plain())
            store.mark(connection.id, "crm", module, [crm_id], "person", self._parts.clock.now())
        return f"{module} {crm_id}: a credit note of {amount} will be in Xero with the next sync."

    def _offered(self, connection: Connection, link: Link) -> Decimal | None:
        """The amount that the last sync offered to credit; None where it offered none."""
        found = self._store.outcomes(
            connections=[connection.id], module=link.module, crm_id=link.crm_id, limit=1
        )
        offers = found[0].proposals if found else ()
        names = [one.name for one in offers if one.verb == "credit_note" and one.xero_id]
        return Decimal(names[0]) if names and names[0] else None

    def _gives_back(self, connection: Connection, module: str, record: Record) -> bool:
        described = self._parts.crm_module(module)
        mapping = self._store.mapping(connection.id, module)
        chosen = (mapping.options.get("status_map") if mapping else None) or {}
        arithmetic = self._host.caps.arithmetic
        return says_credit(record, described, chosen) or is_below_zero(
            record, described, arithmetic
        )
