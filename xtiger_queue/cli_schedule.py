"""The commands `xtiger queue schedule list | set | off`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from xtiger.console import json_option, print_json, print_result, print_table
from xtiger_queue import page, scheduled_runs
from xtiger_queue.requests import one_connection
from xtiger_queue.schedules import ALL, OFF, Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMNS = ("Organisation", "What", "Module", "Every", "Zone", "Next", "Last", "Why not")


_PROOF = click.option(
    "--proof",
    is_flag=True,
    help="Compare both sides, as xtiger reconcile does, and change nothing.",
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
@click.option("--zone", default="UTC", show_default=True, help="Zone of a crontab line.")
@_PROOF
@json_option
@click.pass_context
def set_schedule(ctx: click.Context, module: str, every: str, zone: str, proof: bool) -> None:
    """Sync MODULE, or all, EVERY so often: 15m, 2h, 1d, or a crontab line in quotes."""
    _set(ctx, module, every, zone, proof=proof)


@schedule.command()
@click.argument("module", default="all")
@_PROOF
@json_option
@click.pass_context
def off(ctx: click.Context, module: str, proof: bool) -> None:
    """Sync MODULE, or all, at no time any more; on save and by hand go on."""
    _set(ctx, module, OFF, "UTC", proof=proof)


def _set(ctx: click.Context, module: str, every: str, zone: str, *, proof: bool) -> None:
    context = ctx.obj.context()
    target = one_connection(context, ctx.obj.connection_id() or "")
    made = scheduled_runs.set_schedule(context, target.id, module, every, zone, proof=proof)
    name = f"{'Proof of ' if proof else ''}{made.module or ('all' if proof else 'All')}"
    name += "" if made.module else " modules"
    if made.due_at is None:
        sentence = f"{name}: no schedule for {target.name} any more."
    else:
        sentence = (
            f"{name} of {target.name}: every {made.every}, next on {page.moment(made.due_at)}. "
            "It runs where a worker does: xtiger worker"
        )
    print_result(ctx, sentence, schedule=_fields(made))


def _fields(one: Schedule) -> dict[str, Any]:
    return {
        "connection_id": one.connection_id,
        "module": one.module or "all",
        "proof": one.proof,
        "every": one.every,
        "zone": one.zone,
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "done_at": one.done_at.isoformat() if one.done_at else None,
        "sentence": one.sentence,
    }


def _cells(one: Schedule, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        names.get(one.connection_id, one.connection_id),
        "proof" if one.proof else "sync",
        "all others" if one.module == ALL else one.module,
        one.every,
        one.zone if " " in one.every else "",
        page.moment(one.due_at) if one.due_at else "",
        page.moment(one.done_at) if one.done_at else "",
        one.sentence,
    )
