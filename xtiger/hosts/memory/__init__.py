"""The reference host: a CRM in one SQLite database, in memory or in a file."""

from xtiger.hosts.memory.host import MemoryHost

__all__ = ["MemoryHost"]
