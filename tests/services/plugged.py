"""The place where a test puts its CRM, as XTIGER_HOST names it: tests.services.plugged:host."""

from __future__ import annotations

from typing import Any

#: Set by the fixture of each test and taken away after it.
host: Any
