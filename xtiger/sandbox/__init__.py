"""A Xero that runs on your own machine: for development, demo and tests, over real HTTP."""

from xtiger.sandbox.faults import Fault
from xtiger.sandbox.limits import Limits
from xtiger.sandbox.sandbox import Sandbox
from xtiger.sandbox.server import Server
from xtiger.sandbox.traffic import Call, Request, Response

__all__ = ["Call", "Fault", "Limits", "Request", "Response", "Sandbox", "Server"]
