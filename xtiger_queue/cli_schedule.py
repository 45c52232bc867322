"""The commands `xtiger queue schedule list | set | off`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from xtiger.console import json_option, print_json, print_result, print_table
from xtiger_queue import page, scheduled_runs
from xtiger_queue.requests import one_connection
from xtiger_queue.schedules import ALL, AUTO, OFF, Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xtiger.model.asked_sync import Direction

_COLUMNS = (
    *("Organisation", "What", "Module", "Direction", "Every", "Zone", "Quiet", "Next", "Last"),
    "Why not",
)


#: Direction → how the list says it.
_WAYS: Mapping[Direction, str] = {"": "", "to_xero": "to Xero", "to_crm": "from Xero"}
_PROOF = click.option(
    "--proof",
    is_flag=True,
    help="Compare both sides, as xtiger reconcile does, and change nothing.",
)


_DIRECTION = click.option(
    "--direction",
    type=click.Choice(["to_xero", "to_crm"]),
    default=None,
    help="One way alone, beside what goes both ways.",
)


@click.group()
def schedule() -> None:
    """Sync automatically at chosen times, or prove that both sides agree."""


@schedule.command("list")
@json_option
@click.pass_context
def list_schedules(ctx: click.Context) -> None:
    """List what is synced when."""
    context = ctx.obj.context()
    found = scheduled_runs.find_schedules(context)
    if ctx.obj.as_json:
        print_json({"schedules": [_fields(one) for one in found]})
        return
    if not found:
        click.echo("Nothing is scheduled. Every 15 minutes: xtiger queue schedule set all 15m")
        return
    names = page.organisations(context)
    print_table(ctx.obj.console, _COLUMNS, [_cells(one, names) for one in found])


@schedule.command("set")
@click.argument("module")
@click.argument("every")
@click.option(
    "--zone", default="UTC", show_default=True, help="Zone of a crontab line and of quiet hours."
)
@click.option("--quiet", default="", metavar="HOURS", help="Begin none in these: 22:00-06:00.")
@_DIRECTION
@_PROOF
@json_option
@click.pass_context
def set_schedule(
    ctx: click.Context,
    module: str,
    every: str,
    zone: str,
    quiet: str,
    direction: Direction | None,
    proof: bool,
) -> None:
    """Sync MODULE, or all, EVERY so often: 15m, 2h, 1d, a crontab line in quotes, or auto.

    auto looks more often while something changes, as far as the calls of the day permit.
    """
    _set(ctx, module, every, zone, proof=proof, direction=direction or "", quiet=quiet)


@schedule.command()
@click.argument("module", default="all")
@_DIRECTION
@_PROOF
@json_option
@click.pass_context
def off(ctx: click.Context, module: str, direction: Direction | None, proof: bool) -> None:
    """Sync MODULE, or all, at no time any more; on save and by hand go on."""
    _set(ctx, module, OFF, "UTC", proof=proof, direction=direction or "")


def _set(
    ctx: click.Context,
    module: str,
    every: str,
    zone: str,
    *,
    proof: bool,
    direction: Direction,
    quiet: str = "",
) -> None:
    context = ctx.obj.context()
    target = one_connection(context, ctx.obj.connection_id() or "")
    made = scheduled_runs.set_schedule(
        context, target.id, module, every, zone, proof=proof, direction=direction, quiet=quiet
    )
    name = f"{'Proof of ' if proof else ''}{made.module or ('all' if proof else 'All')}"
    name += "" if made.module else " modules"
    name += f" {_WAYS[made.direction]}" if made.direction else ""
    if made.due_at is None:
        sentence = f"{name}: no schedule for {target.name} any more."
    else:
        often = "as often as the calls permit" if made.every == AUTO else f"every {made.every}"
        but = f", but not {made.quiet}" if made.quiet else ""
        sentence = (
            f"{name} of {target.name}: {often}{but}, next on {page.moment(made.due_at)}. "
            "It runs where a worker does: xtiger worker"
        )
    print_result(ctx, sentence, schedule=_fields(made))


def _fields(one: Schedule) -> dict[str, Any]:
    return {
        "connection_id": one.connection_id,
        "module": one.module or "all",
        "proof": one.proof,
        "direction": one.direction,
        "every": one.every,
        "zone": one.zone,
        "quiet": one.quiet,
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "done_at": one.done_at.isoformat() if one.done_at else None,
        "sentence": one.sentence,
    }


def _cells(one: Schedule, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        names.get(one.connection_id, one.connection_id),
        "proof" if one.proof else "sync",
        "all others" if one.module == ALL else one.module,
        _WAYS[one.direction],
        one.every,
        one.zone if " " in one.every or one.quiet else "",
        one.quiet,
        page.moment(one.due_at) if one.due_at else "",
        page.moment(one.done_at) if one.done_at else "",
        one.sentence,
    )
