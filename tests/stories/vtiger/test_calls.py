"""What a sync costs Vtiger, counted: by what changed, and not by how much there is."""

from __future__ import annotations

from pathlib import Path

from tests.stories.vtiger.books import Books, line, vtiger_books

COMPANIES, INVOICES = 60, 40
#: Calls of a sync that finds nothing; the look at fields, taxes and currencies is ten of them.
QUIET = 25


def _calls(made: Books) -> int:
    before = made.host.calls
    made.world.sync()
    return made.host.calls - before


def test_calls_grow_with_what_changed_alone(tmp_path: Path) -> None:
    """Organisations by fifties, invoices three times each; then nothing for what rests."""
    with vtiger_books(tmp_path) as made:
        sold = made.product()
        companies = [made.company(f"Company {n}") for n in range(COMPANIES)]
        first = _calls(made)
        for n in range(INVOICES):
            made.invoice(companies[n], [line(sold, "1", "5")], subject=f"Order {n}")
        sent, after = _calls(made), _calls(made)
        _calls(made)
        quiet = _calls(made)
        made.crm.revise({"id": made.rows("Invoice")[0].id, "duedate": "2026-12-09"})
        changed = _calls(made)
        before = made.host.calls
        made.world.xt.proof.reconcile()
        proof = made.host.calls - before

        assert first <= QUIET
        assert sent <= 3 * INVOICES + QUIET
        assert after <= 3 * INVOICES + QUIET
        assert quiet <= QUIET
        assert changed <= 3 + QUIET
        assert proof <= INVOICES + QUIET
