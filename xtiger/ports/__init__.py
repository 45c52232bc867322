"""The protocols between the engine and its doors: host, store, Xero, clock and context."""

from xtiger.ports.clock import Clock
from xtiger.ports.context import Context
from xtiger.ports.host import Host
from xtiger.ports.store import Store
from xtiger.ports.xero import Xero

__all__ = ["Clock", "Context", "Host", "Store", "Xero"]
