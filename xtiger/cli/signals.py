"""Signals that end a command: Ctrl-C, SIGTERM and SIGHUP alike, each with its exit code.

Whatever is under way unwinds: leases are given back, and the run is booked as stopped.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from xtiger.ports.interrupts import Interrupted

#: SIGHUP is not everywhere.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


def ending_signals() -> list[signal.Signals]:
    """The signals that end a command on this machine."""
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Turn these signals into Interrupted; a second one does not disturb what unwinds.

    A second Ctrl-C does: the person who waits in front of it may end it at once. A signal that the
    process was started to ignore, as nohup does, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = [n for n in ending_signals() if signal.getsignal(n) is not signal.SIG_IGN]

    def stop(number: int, _frame: Any) -> None:
        for one in taken:
            again = signal.default_int_handler if one == signal.SIGINT else signal.SIG_IGN
            signal.signal(one, again)
        raise Interrupted(number)

    before = {number: signal.signal(number, stop) for number in taken}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
