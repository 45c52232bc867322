"""A Xero that runs on your own machine: for development, demo and tests, over real HTTP."""

from xtiger.sandbox.apps import App
from xtiger.sandbox.faults import Fault
from xtiger.sandbox.limits import Limits
from xtiger.sandbox.sandbox import Sandbox
from xtiger.sandbox.server import Server
from xtiger.sandbox.traffic import Call, Request, Response
from xtiger.sandbox.webhooks import Delivery, Subscription, Webhooks

__all__ = [
    "App",
    "Call",
    "Delivery",
    "Fault",
    "Limits",
    "Request",
    "Response",
    "Sandbox",
    "Server",
    "Subscription",
    "Webhooks",
]
