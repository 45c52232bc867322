"""A CRM as XTIGER_HOST names it: tests.hooks.plugged:make_host."""

from __future__ import annotations

from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules


def make_host() -> MemoryHost:
    """An empty CRM."""
    return MemoryHost(modules=standard_modules(), name="plugged")
