"""What a person may do instead of sending an invoice that Xero does not take: a credit note."""

from __future__ import annotations

from xtiger.engine.pair.credits import Credits
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.invoice.merge import locked_proposals
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.plans import Cause, Proposal

#: Codes of what Xero takes as a credit note only.
_CREDITED = frozenset({"credit_invoice", "total_negative", "quantity_refused"})


def proposals(
    bench: Workbench, scope: Scope, pairing: Pairing, cause: Cause
) -> tuple[Proposal, ...]:
    """A credit note, of what gives money back and is not in Xero yet, or of a locked invoice."""
    new = pairing.record if pairing.link is None and not scope.gives_back else None
    if new is None or cause.first_of(_CREDITED) is None:
        return locked_proposals(pairing, cause)
    if not Credits.of(bench, scope).could_be(new):
        return ()
    return (Proposal("credit_note", crm_id=pairing.crm_id),)
