"""What a tenant's library is asked about what is another tenant's, service by service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xtiger.app import XTiger


def asked_of_undo(xt: XTiger, ids: Mapping[str, str]) -> dict[str, Callable[[], Any]]:
    """What undo is asked."""
    theirs, run = ids["connection"], ids["run"]
    return {
        "wipe plan": lambda: xt.wipe.plan(connection_id=theirs),
        "wipe": lambda: xt.wipe.run("x", "b", connection_id=theirs),
        "wiped": lambda: xt.wipe.before(theirs),
        "run named": lambda: xt.undo.named(run),
        "run wrote": lambda: xt.undo.wrote([run], connection_id=theirs),
        "undo plan": lambda: xt.undo.plan([run], connection_id=theirs),
        "undo": lambda: xt.undo.run([run], "b"),
        "undone": lambda: xt.undo.holds(theirs),
        "release undone": lambda: xt.undo.release(run, connection_id=theirs),
    }


def asked_of_history(xt: XTiger, ids: Mapping[str, str]) -> dict[str, Callable[[], Any]]:
    """What is asked of a historical sync, of a comparison afresh and of what waits."""
    theirs, asks = ids["connection"], xt.historical
    return {
        "historical": lambda: asks.now(theirs),
        "historical begin": lambda: asks.begin("Invoices", "to_xero", "b", connection_id=theirs),
        "historical asked": lambda: asks.ask_begin("Invoices", "to_crm", "b", connection_id=theirs),
        "historical next": lambda: asks.go_on(theirs),
        "historical next asked": lambda: asks.ask_go_on("b", theirs),
        "historical end": lambda: asks.end(theirs),
        "resync": lambda: xt.sync.resync("Organizations", ["2"], theirs),
        "needs": lambda: xt.needs.all(theirs),
        "needs retry": lambda: xt.needs.retry("account_missing", "Invoices", theirs),
    }
