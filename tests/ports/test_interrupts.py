"""Interrupts: those that a signal brought end the run, those that code raises do not."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from xtiger.ports.interrupts import FOREIGN, Interrupted, by_signal


def raised(call: Callable[[], Any]) -> BaseException:
    """What a call of foreign code raises."""
    try:
        call()
    except FOREIGN as error:
        return error
    raise AssertionError("nothing was raised")


def stop() -> NoReturn:
    """Code that calls itself interrupted."""
    raise KeyboardInterrupt


def _handler(_number: int, _frame: Any) -> NoReturn:
    sys.exit(0)


@pytest.mark.parametrize("call", [stop, lambda: sys.exit(3), lambda: 1 // 0])
def test_code_that_ends_itself_is_no_signal(call: Callable[[], Any]) -> None:
    """sys.exit(), raise KeyboardInterrupt and a usual error."""
    assert not by_signal(raised(call))


def test_ctrl_c_in_foreign_code_is_one() -> None:
    """Python's own handler, at whatever place it comes."""
    assert by_signal(raised(lambda: signal.raise_signal(signal.SIGINT)))


def test_a_handler_of_the_crm_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that turns SIGTERM into SystemExit ends with it."""
    before = signal.signal(signal.SIGTERM, _handler)
    try:
        error = raised(lambda: signal.raise_signal(signal.SIGTERM))
        found = by_signal(error)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert (True, SystemExit) == (found, type(error))


def test_our_own_one_is_known_anywhere() -> None:
    """With the exit code that shells expect."""
    assert (True, 143) == (by_signal(Interrupted(15)), Interrupted(15).exit_code)


def test_no_signal_reaches_another_thread() -> None:
    """What looks like one there comes from code."""
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(by_signal(raised(stop))))
    thread.start()
    thread.join()

    assert [False] == found
