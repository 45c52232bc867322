"""The log of the process: each record is one line that steers nothing, whatever it quotes."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any

from xtiger.i18n.harmless import one_line


class ProcessLog(logging.LoggerAdapter[logging.Logger]):
    """A logger whose records are single lines: a name of a record cannot pretend to be one."""

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Log with each value made harmless; numbers stay numbers, for the formats."""
        if self.isEnabledFor(level):
            harmless = [one if isinstance(one, int | float) else one_line(str(one)) for one in args]
            # The place that a record names is the caller's.
            kwargs.setdefault("stacklevel", 2)
            self.logger.log(level, one_line(str(msg)), *harmless, **kwargs)


def process_log(name: str) -> ProcessLog:
    """The log of this name, such as "xtiger.web"; all of ours go through it."""
    return ProcessLog(logging.getLogger(name))


def way_of(error: BaseException) -> str:
    """The trace of an error in one line: types and places of it and its causes, no words.

    What foreign code says in an exception may quote a record, and so may its lines of source.
    """
    said: list[str] = []
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        places = " > ".join(_places(following.__traceback__)) or "an unknown place"
        said.append(f"{type(following).__name__} ({places})")
        hidden = following.__suppress_context__
        following = following.__cause__ or (None if hidden else following.__context__)
    return ", after ".join(said)


def _places(trace: TracebackType | None) -> list[str]:
    """File, line and function of each frame, the outermost first."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        file = "/".join(code.co_filename.split("/")[-2:])
        found.append(f"{file}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found
