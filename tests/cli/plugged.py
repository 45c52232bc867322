"""The place where a test puts its CRM, as XTIGER_HOST names it: tests.cli.plugged:host."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xtiger.hosts.memory import MemoryHost

    host: MemoryHost


def failing() -> None:
    """A factory that cannot reach its database."""
    raise ConnectionError("no database at crm.example")
