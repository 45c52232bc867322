"""A Xero that runs on your own machine: for development, demo and tests, over real HTTP."""

from xtiger.sandbox.app import create_app
from xtiger.sandbox.control.traffic import Call, Request, Response
from xtiger.sandbox.faults.faults import Fault
from xtiger.sandbox.faults.limits import Limits
from xtiger.sandbox.identity.apps import App
from xtiger.sandbox.sandbox import Sandbox
from xtiger.sandbox.server import Server
from xtiger.sandbox.serving import serve
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
    "create_app",
    "serve",
]
