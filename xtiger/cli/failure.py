"""What a command ends with: its exit code, and one clear sentence in place of a trace."""

from __future__ import annotations

from collections.abc import Mapping

import click

from xtiger.errors import XTigerError
from xtiger.ports.interrupts import Interrupted

DONE, BUG, USAGE, PERSON, LATER, BROKEN, RECORDS = 0, 1, 2, 3, 4, 5, 6
STOPPED, TERMINATED, HUNG_UP = 130, 143, 129

#: Exit code → what it means; docs/cli.md shows the same table.
EXIT_CODES: Mapping[int, str] = {
    DONE: "Done.",
    BUG: "A mistake in XTiger itself; `--debug` shows the trace.",
    USAGE: "The command was typed wrongly.",
    PERSON: "A person must act first; the sentence says what.",
    LATER: "Try again later; nothing is lost.",
    BROKEN: "An extension or the CRM adapter failed.",
    RECORDS: "The sync ran, but records failed or it did not reach the end; or reconcile found "
    "differences.",
    STOPPED: "Stopped with Ctrl-C; nothing is lost.",
    TERMINATED: "Stopped by SIGTERM, as by a service manager; nothing is lost.",
    HUNG_UP: "Stopped by SIGHUP, as when the terminal was closed; nothing is lost.",
}


class Ended(Exception):
    """A command that ends with an exit code of its own after it has said why."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def exit_code_of(error: BaseException) -> int:
    """The exit code of an error that reached the top of a command."""
    if isinstance(error, XTigerError | click.ClickException | Ended):
        return error.exit_code
    # click gives an interrupt another name.
    cause = error.__cause__ if isinstance(error, click.Abort) else error
    if isinstance(cause, Interrupted):
        return cause.exit_code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return STOPPED
    return BUG


def sentence_of(error: BaseException) -> tuple[str, str]:
    """(sentence, code) of an error, for the terminal and for --json."""
    if isinstance(error, XTigerError):
        return str(error), error.code
    if isinstance(error, click.ClickException):
        return error.format_message(), "usage"
    if isinstance(error, click.Abort) and not isinstance(error.__cause__, KeyboardInterrupt):
        return "Nothing was done.", "stopped"  # somebody said No, or left, at a question
    if isinstance(error, KeyboardInterrupt | click.Abort):
        said = "Stopped. If a sync was under way, the next one looks up what arrived in Xero."
        return said, "stopped"
    # Not the error's own text: it may quote the data of a record.
    sentence = (
        f"XTiger made a mistake ({type(error).__name__}). Nothing more was done. "
        "Run it again as xtiger --debug … and report what that shows."
    )
    return sentence, "bug"
