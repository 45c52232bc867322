"""A Vtiger 8 as the library's CRM, and its modules and records as the library sees them."""

from xtiger.hosts.vtiger.host import VtigerHost
from xtiger.hosts.vtiger.modules import module_of
from xtiger.hosts.vtiger.records import record_of

__all__ = ["VtigerHost", "module_of", "record_of"]
