"""What was asked to be taken back, as a store keeps it."""

from __future__ import annotations

from xtiger.model.undo.images import UndoRequest


def test_a_request_comes_back_as_it_was_kept() -> None:
    """None where nothing was asked."""
    request = UndoRequest(("r2", "r1"), "Invoices", "7", "Ann")

    assert [request, None] == [UndoRequest.of(request.plain()), UndoRequest.of(None)]
