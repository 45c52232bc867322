"""Processes of their own that run given code, forked from one that has imported everything.

A fresh interpreter needs a second until it has imported the library, a fork a hundredth; killed,
stopped and woken they are the same. The one they are forked from runs no test and has no thread.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

#: Imported once, before the first fork.
_IMPORTS = ["tests.children", "tests.db.samples", "tests.processes.home"]


class Child:
    """A running process; read as subprocess.Popen, which it stands in for."""

    def __init__(self, code: str, *arguments: str) -> None:
        """Run code with these as sys.argv[1:]; warnings are errors in it."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_IMPORTS)
        self._answer, told = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(told, code, arguments))
        self._process.start()
        told.close()  # so that its end shows when the process dies
        self._printed: list[bytes] = []

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended: 0, 1 after an exception, minus a signal; None while it lives."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """As returncode."""
        return self._process.exitcode

    def communicate(self, timeout: float = 60) -> tuple[str, str]:
        """Wait for its end; what it printed, and the trace of what stopped it."""
        parts = {"out": "", "trace": ""}
        while self._answer.poll(timeout):
            try:
                kind, text = self._answer.recv()
            except EOFError:
                break
            parts[kind] += text
        self.wait(timeout)
        return parts["out"], parts["trace"]

    def wait(self, timeout: float = 60) -> int:
        """Wait for its end; fails when it does not come."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, f"process {self.pid} did not end"
        return self._process.exitcode

    def kill(self) -> None:
        """End it as a power cut does."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it lives."""
        if self.poll() is None:
            os.kill(self.pid, number)


class _Told(io.TextIOBase):
    """Passes on what is printed, at once: a killed process must not take it along."""

    def __init__(self, told: Connection) -> None:
        self._told = told

    def write(self, text: str) -> int:
        """Pass it on."""
        self._told.send(("out", text))
        return len(text)


def _run(told: Connection, code: str, arguments: tuple[str, ...]) -> None:
    warnings.simplefilter("error")
    sys.argv = ["-c", *arguments]
    with _printing_to(told):
        exec(code, {"__name__": "__main__"})


@contextmanager
def _printing_to(told: Connection) -> Iterator[None]:
    sys.stdout = _Told(told)
    try:
        yield
    except BaseException:  # noqa: BLE001 # whatever it is, the parent is told
        told.send(("trace", traceback.format_exc()))
        # At once, and without a word of multiprocessing's own.
        os._exit(1)
