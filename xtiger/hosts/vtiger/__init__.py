"""Vtiger's modules and records as the library sees them."""

from xtiger.hosts.vtiger.host import module_of
from xtiger.hosts.vtiger.records import record_of

__all__ = ["module_of", "record_of"]
