"""What lines of Xero sell, by the code that they name."""

from __future__ import annotations

from dataclasses import dataclass

from xtiger.engine.plan.plan_state import PlanState
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.lines_to_crm import SoldItem
from xtiger.model.plans import Cause
from xtiger.model.records import XeroRef
from xtiger.rules.causes import cause_of


@dataclass(slots=True)
class SoldItems:
    """The items of Xero that lines of one plan name, read when the first line comes in."""

    state: PlanState
    bench: Workbench
    #: Code → (Xero id, name) of every item seen.
    _items: dict[str, tuple[str, str]] | None = None

    def of_code(self, code: str) -> SoldItem | Cause | None:
        """What a line of Xero with this item code sells in the CRM.

        None when Xero has no such item any more, or none of its modules comes into the CRM.
        """
        bench = self.bench
        if self._items is None:
            seen = bench.store.shadows(bench.connection_id, "xero", "Item")
            self._items = {
                str(s.payload.get("Code") or "").casefold(): (key, str(s.payload.get("Name") or ""))
                for key, s in seen.items()
                if not s.gone
            }
        xero_id, name = self._items.get(code.casefold(), (None, ""))
        found = self.state.crm_record_of(XeroRef("Item", xero_id)) if xero_id else None
        if xero_id is None or found is None:
            comes = any(
                s.kind == "Item" and s.carries("to_crm") and s.settings.create_in_crm
                for s in bench.scopes
            )
            if xero_id is None or not comes:
                return None
            return cause_of("waits_for_parent", parent=code, xero_kind="Item", xero_id=xero_id)
        role = next(sync.role for sync in bench.offered if sync.name == found.module)
        return SoldItem(role, found.id, name or code)
