"""The judge of CRM contacts without organisation: each is a contact of its own in Xero."""

from __future__ import annotations

from dataclasses import dataclass

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.person_pairing import organisation_of
from xtiger.engine.plan.field_merge import Merged, merge_fields
from xtiger.engine.plan.item_builder import merged_item
from xtiger.engine.plan.kind_judge import FieldJudge
from xtiger.mapping.role_values import RoleValues
from xtiger.model.plans import Cause, Difference, Item
from xtiger.rules.causes import cause_of
from xtiger.rules.contact_persons import full_name


@dataclass(slots=True)
class OwnContactJudge(FieldJudge):
    """Judges contacts of their own; their name in Xero follows first and last name."""

    def both(self, pairing: Pairing, *, linking: bool) -> Item:
        """Merged field by field, unless it belongs to an organisation by now."""
        assert pairing.record is not None  # the caller's branch
        if organisation_of(self.scope, pairing.record) is not None:
            return self.stop(pairing, cause_of("person_joined_organisation"))
        merged = merge_fields(pairing, self.scope, self.state.lookups())
        self._follow_name(merged, pairing)
        cause = Cause.of_all(merged.causes) if merged.causes else self.renamed(pairing, merged)
        if cause is not None:
            return self.stop(pairing, cause)
        return merged_item(pairing, self.scope, merged, linking=linking)

    def _follow_name(self, merged: Merged, pairing: Pairing) -> None:
        """What comes in from Xero as first or last name changes the contact's name, too."""
        assert pairing.record is not None  # the caller's branch
        parts = []
        for part in ("first_name", "last_name"):
            described = self.scope.module.by_role(f"contact.{part}")
            values = RoleValues(self.scope.module, pairing.record.values)
            own = values.text(f"contact.{part}")
            parts.append(merged.to_crm.get(described.name, own) if described else own)
        name, there = full_name(*parts), merged.xero.get("Name")
        comes_in = name != merged.crm.get("Name")
        if not (comes_in and name and name != there and self.scope.carries("to_xero")):
            return
        merged.to_xero["Name"] = name
        merged.agreed.add("Name")
        merged.differences.append(Difference("Name", "Name", None, name, there, "to_xero"))
