"""What XTLog adds to the library: its name and the hooks it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xtiger.hookspecs import ExtensionInfo, MenuEntry, PageAction, PageSpec, hookimpl
from xtiger.i18n.process_log import process_log
from xtiger_log import page
from xtiger_log.resync import press_again

if TYPE_CHECKING:
    from click import Command

    from xtiger.model.customers.notices import Notice
    from xtiger.model.plans import Plan
    from xtiger.model.runs import Outcome, Run

EXTENSION = ExtensionInfo(
    name="XTLog",
    label="Xero Logs",
    package="xtiger_log",
    requires=("XTiger",),
)


@hookimpl
def pages() -> Sequence[PageSpec]:
    """The page Xero Logs."""
    return [
        PageSpec(
            "log",
            page.TITLE,
            page.load,
            (PageAction(page.AGAIN, "Sync again", press_again),),
            page.file,
        )
    ]


@hookimpl
def menu() -> Sequence[MenuEntry]:
    """The entry Xero Logs."""
    return [MenuEntry(page.TITLE, "log")]


@hookimpl
def cli_commands() -> Sequence[Command]:
    """The command `log`."""
    # Only the command line needs click and rich.
    from xtiger_log.cli import log

    return [log]


@hookimpl
def plan_made(plan: Plan) -> None:
    """Write one line into the event log."""
    process_log("xtiger_log").info(
        "a plan of %s has %s actions for %s records; making it took %s calls",
        ", ".join(plan.modules),
        len(plan.actions),
        len(plan.items),
        plan.calls,
    )


@hookimpl
def after_outcome(outcome: Outcome) -> None:
    """Write one line for who looks closely; the outcome itself is kept by the library."""
    process_log("xtiger_log").debug(
        "run %s: %s %s %s", outcome.run_id, outcome.module, outcome.crm_id, outcome.result
    )


@hookimpl
def run_finished(run: Run) -> None:
    """Write one line into the event log; the outcomes are kept by the library itself."""
    said = ", ".join(f"{count} {result}" for result, count in run.totals.items()) or "no records"
    process_log("xtiger_log").info(
        "run %s of %s ended %s with %s calls: %s",
        run.id,
        ", ".join(run.modules),
        run.state,
        run.calls,
        said,
    )


@hookimpl
def notice(notice: Notice) -> None:
    """Write one line into the event log."""
    process_log("xtiger_log").info(
        "%s %s in Xero: %s; %s of %s %s is left",
        notice.ref.module if notice.ref is not None else "",
        notice.number or notice.xero_id,
        notice.event,
        notice.left,
        notice.total,
        notice.currency,
    )
