"""What every test gets: no network beyond this machine, no wait for disks, and Xero's contract."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.contract.openapi import contract_folder
from tests.contract.traffic import Traffic, summed, watched

# Examples run beside other processes: a slow one is no failure.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

#: A folder in memory on Linux, where writing through to the disk takes no time.
_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 2_000_000_000
#: What the library and its sandboxes said, and what other processes of the run told of it.
_TRAFFIC = pytest.StashKey[Traffic]()
_TOLD = pytest.StashKey[list[dict[str, Any]]]()


def pytest_configure(config: pytest.Config) -> None:
    """Make temporary folders in memory where there is room: no test lives through a power cut.

    Signals that whoever started the run ignores, as nohup and background jobs do, are heard again.
    """
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    if roomy and os.access(_MEMORY, os.W_OK):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
    config.stash[_TRAFFIC] = traffic = Traffic()
    config.stash[_TOLD] = []
    watching = ExitStack()
    watching.enter_context(watched(traffic))
    config.add_cleanup(watching.close)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail when a request of the library or an answer of a sandbox broke Xero's document."""
    yield
    found = item.config.stash[_TRAFFIC].take()
    broken_on_purpose = item.get_closest_marker("breaks_contract") is not None
    if contract_folder() is not None and bool(found) != broken_on_purpose:
        pytest.fail(f"{len(found)} contract violations:\n" + "\n".join(found[:20]), pytrace=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell what was seen to the process that sums up."""
    told = session.config.stash[_TRAFFIC].told()
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["contract"] = told
    elif told["requests"] or told["answers"]:
        session.config.stash[_TOLD].append(told)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear what one of several processes has seen; one that was killed tells nothing."""
    told = getattr(node, "workeroutput", {}).get("contract")
    if told is not None:
        node.config.stash[_TOLD].append(told)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print how much Xero's document judged, and what tests say of themselves."""
    _say_contract(terminalreporter, config)
    # Such as how many steps were played.
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "said" and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(str(value))


def _say_contract(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """How much was judged; where Xero's document is missing, that nothing was."""
    if contract_folder() is None:
        terminalreporter.write_line("contract: not judged, Xero's OpenAPI document is not present")
    elif told := config.stash[_TOLD]:
        failed = [
            report
            for report in terminalreporter.getreports("error")
            if "contract violations" in report.longreprtext
        ]
        ending = f"violations in {len(failed)} tests" if failed else "0 violations"
        terminalreporter.write_line(f"{summed(told)}, {ending}")


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
