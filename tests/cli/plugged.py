"""The place where a test puts its CRM, as XTIGER_HOST names it: tests.cli.plugged:host."""

from __future__ import annotations

from typing import Any

#: Set by the fixture of each test and taken away after it; some are broken on purpose.
host: Any


def failing() -> None:
    """A factory that cannot reach its database."""
    raise ConnectionError("no database at crm.example")
