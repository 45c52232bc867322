"""A sandbox over HTTP for other people's client libraries, with a user who has allowed access."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.sandbox.client import connect
from xtiger.sandbox import Limits, Sandbox, serve

SCOPES = (
    "openid profile email offline_access accounting.contacts accounting.invoices "
    "accounting.payments accounting.banktransactions accounting.settings accounting.attachments"
)


@dataclass(frozen=True, slots=True)
class Served:
    """A running sandbox, its address, and the tokens of a consent."""

    box: Sandbox
    url: str
    tenant: str
    tokens: dict[str, Any]

    def account(self, code: str) -> str:
        """The id of an account of the chart."""
        rows = self.box.table("Accounts", self.tenant)
        return str(next(row["AccountID"] for row in rows if row.get("Code") == code))


@contextmanager
def served() -> Iterator[Served]:
    """Serve an empty sandbox; each of its answers is judged by Xero's document."""
    with Sandbox(limits=Limits(minute=1000)) as box, serve(box) as server:
        tenant = box.organisations()[0][0]
        yield Served(box, server.url, tenant, connect(box, scope=SCOPES))
