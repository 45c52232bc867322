"""What a person may do instead of sending what Xero does not take so: a credit note."""

from __future__ import annotations

from datetime import date

from xtiger.engine.pair.credits import Credits
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.invoice.merge import Judged, lock_date
from xtiger.engine.plan.invoice.reduction import all_credited, credited_of, crediting_item
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.customers.credited import Credited
from xtiger.model.plans import Cause, Item, Proposal

#: Codes of what Xero takes as a credit note only.
_CREDITED = frozenset({"credit_invoice", "total_negative", "quantity_refused", "supplier_credit"})


def proposals(
    bench: Workbench, scope: Scope, pairing: Pairing, cause: Cause
) -> tuple[Proposal, ...]:
    """A credit note: of what gives money back and is not in Xero yet, or of what is less there."""
    if cause.code == "invoice_reduced":
        amount = str(cause.data["amount"])
        return (Proposal("credit_note", pairing.xero_id, pairing.crm_id, amount),)
    new = pairing.record if pairing.link is None and not scope.gives_back else None
    if new is None or cause.first_of(_CREDITED) is None:
        return locked_proposals(pairing, cause)
    if not Credits.of(bench, scope).could_be(new):
        return ()
    return (Proposal("credit_note", crm_id=pairing.crm_id),)


def locked_proposals(pairing: Pairing, cause: Cause) -> tuple[Proposal, ...]:
    """What a person may do instead of changing a locked invoice: make a credit note."""
    if cause.code != "invoice_locked":
        return ()
    return (Proposal("credit_note", xero_id=pairing.xero_id, crm_id=pairing.crm_id),)


class OfferedCredits:
    """The credits of invoices whose amounts Xero keeps, as people had them made; of one plan."""

    def __init__(self, bench: Workbench, scope: Scope) -> None:
        self._bench, self._scope = bench, scope
        self._kept: dict[str, Credited] | None = None

    def of(self, crm_id: str) -> Credited:
        """What was credited of an invoice; all of the module are read once."""
        if self._kept is None:
            self._kept = all_credited(self._bench, self._scope.name)
        return self._kept.get(crm_id) or Credited("")

    def unfinished(self, pairing: Pairing) -> Item | None:
        """The item that finishes what an earlier run announced, whatever the CRM says by now."""
        credit = credited_of(pairing, self.of).sending
        writes = credit is not None and self._may_write()
        return crediting_item(pairing, self._scope, credit) if credit and writes else None

    def asked_for(self, pairing: Pairing, judged: Judged) -> Item | None:
        """The item of what a person had credited, as long as it is the amount that was shown."""
        credit, asked = judged.credit, credited_of(pairing, self.of).asked
        if credit is None or asked != credit.total or not self._may_write() or self._is_closed():
            return None
        return crediting_item(pairing, self._scope, credit)

    def _may_write(self) -> bool:
        scope = self._scope
        return scope.settings.update_in_xero and not scope.reads_only

    def _is_closed(self) -> bool:
        """Whether Xero takes no document of today either."""
        locked = lock_date(self._bench.connection.organisation)
        return locked is not None and locked >= today(self._bench)


def today(bench: Workbench) -> date:
    """The day of the CRM."""
    return bench.clock.now().astimezone(bench.host.host.caps.zone).date()
