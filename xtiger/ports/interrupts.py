"""What may end the process, and what only looks so: an interrupt by a signal, or foreign code.

Code of strangers may raise SystemExit or KeyboardInterrupt of its own accord. That ends its own
call, never the run; an interrupt that a signal brought does.
"""

from __future__ import annotations

import dis
import signal
import threading
from types import CodeType, TracebackType

#: What a call of foreign code may raise; all else that is no Exception passes as it is.
FOREIGN = (Exception, SystemExit, KeyboardInterrupt)


class Interrupted(KeyboardInterrupt):
    """A signal asked the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        #: The signal's number.
        self.number = number

    @property
    def exit_code(self) -> int:
        """What shells expect of a process that a signal ended."""
        return 128 + self.number


def by_signal(error: BaseException) -> bool:
    """Whether this must end the run: a signal raised it, in whatever code it was met.

    Signals reach the main thread only. There a handler of Python shows in the trace, and Python's
    own one raises between two instructions, never by `raise`.
    """
    if isinstance(error, Interrupted):
        return True
    if not isinstance(error, SystemExit | KeyboardInterrupt):
        return False
    if threading.current_thread() is not threading.main_thread():
        return False
    last, codes = _walked(error.__traceback__)
    if codes & _handlers():
        return True
    return isinstance(error, KeyboardInterrupt) and last is not None and not _raised(last)


def _walked(trace: TracebackType | None) -> tuple[TracebackType | None, set[CodeType]]:
    """The innermost place of a trace, and the code of all its frames."""
    last, codes = None, set[CodeType]()
    while trace is not None:
        last, trace = trace, trace.tb_next
        codes.add(last.tb_frame.f_code)
    return last, codes


def _handlers() -> set[CodeType]:
    """The code of the handlers of signals that are set."""
    handlers = (signal.getsignal(number) for number in signal.valid_signals())
    found = (getattr(getattr(one, "__func__", one), "__code__", None) for one in handlers)
    return {code for code in found if code is not None}


def _raised(last: TracebackType) -> bool:
    """Whether the innermost place is a `raise`."""
    code = last.tb_frame.f_code.co_code
    return 0 <= last.tb_lasti < len(code) and code[last.tb_lasti] == dis.opmap["RAISE_VARARGS"]
