"""What every test gets: no network beyond this machine, and no wait for disks."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Examples run beside other processes: a slow one is no failure.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

#: A folder in memory on Linux, where writing through to the disk takes no time.
_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 2_000_000_000


def pytest_configure(config: pytest.Config) -> None:
    """Make temporary folders in memory where there is room: no test lives through a power cut."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    if roomy and os.access(_MEMORY, os.W_OK):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take long, so that no process ends with one of them alone."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what stays anyway: all modules and all tests."""
    gc.collect()
    gc.freeze()


def _is_loopback(address: object) -> bool:
    """Whether a socket address stays on this machine; file sockets do."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def no_network_beyond_loopback() -> Iterator[None]:
    """Let a test that would speak to another machine fail with a sentence."""
    patch = pytest.MonkeyPatch()
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_loopback(address):
            raise AssertionError(f"a test tried to reach {address[0]}; tests stay on loopback")
        connect(self, address)

    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()
