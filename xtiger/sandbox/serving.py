"""The sandbox over HTTP: its application on a port of this machine."""

from __future__ import annotations

from xtiger.sandbox.app import create_app
from xtiger.sandbox.sandbox import Sandbox
from xtiger.sandbox.server import Server


def serve(sandbox: Sandbox, port: int = 0, host: str = "127.0.0.1") -> Server:
    """Serve over HTTP until the returned server is closed; port 0 takes a free one.

    Raises OSError when the port cannot be used.
    """
    return Server(create_app(sandbox), host, port)
