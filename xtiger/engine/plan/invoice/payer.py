"""Who pays an invoice: its organisation, or the contact where it names none."""

from __future__ import annotations

from dataclasses import replace

from xtiger.engine.pair.pair import Pairing
from xtiger.model.person_ref import PersonRef
from xtiger.model.plans import Cause, Needed
from xtiger.model.records import Module, Record, Ref


def with_payer(record: Record | None, module: Module) -> Record | None:
    """The record; one without organisation is its contact's, who then stands in its place."""
    payer, person = (module.by_role(f"invoice.{part}") for part in ("organisation", "contact"))
    if record is None or payer is None or person is None or not person.targets:
        return record
    named = record.values.get(person.name)
    if record.values.get(payer.name) not in (None, "") or named in (None, ""):
        return record
    reference = PersonRef(person.targets[0], str(named)).text()
    return replace(record, values={**record.values, payer.name: reference})


def organisation_address(record: Record, module: Module) -> Ref | None:
    """The organisation or person that the invoice is for; None for none."""
    described = module.by_role("invoice.organisation")
    crm_id = str(record.values.get(described.name) or "") if described else ""
    if described is None or not crm_id or not described.targets:
        return None
    person = PersonRef.of(crm_id)
    if person is not None:
        return Ref(person.module, person.crm_id)
    return Ref(described.targets[0], crm_id)


def had_organisation(pairing: Pairing) -> bool:
    """Whether an invoice in Xero was agreed to be an organisation's: it gets no other payer."""
    agreed = pairing.base.pairs.get("Contact.ContactID") if pairing.base else None
    named = agreed.crm if agreed is not None else None
    return named is not None and PersonRef.of(named) is None


def named_waiting(cause: Cause, payer: Needed | None) -> Cause:
    """A cause that waits for this organisation, with its name instead of its id."""
    if cause.code != "waits_for_parent" or payer is None:
        return cause
    if payer.ref != Ref(str(cause.data.get("module")), str(cause.data.get("id"))):
        return cause
    return replace(cause, data={**cause.data, "parent": payer.name or payer.ref.id})
