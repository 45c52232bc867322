"""The commands `xtiger queue channel list | set`."""

from __future__ import annotations

import dataclasses

import click

from xtiger.console import json_option, print_json, print_result, print_table
from xtiger_queue import channels, page, scheduled_runs, store
from xtiger_queue.requests import one_connection

_COLUMNS = ("Organisation", "Module", "In one round", "Waiting", "Running", "Held")


@click.group()
def channel() -> None:
    """See what waits by module, and how many jobs of each go in one round."""


@channel.command("list")
@json_option
@click.pass_context
def list_channels(ctx: click.Context) -> None:
    """List the channels: one for each module of each organisation."""
    context = ctx.obj.context()
    asked, known = ctx.obj.connection_id(), [one.id for one in context.connections()]
    wanted = [one for one in known if asked in (None, one)]
    with store.look(context) as connection:
        found = channels.find(connection, context.tenant, wanted, list(context.module_order()))
    if ctx.obj.as_json:
        print_json({"channels": [dataclasses.asdict(one) for one in found]})
        return
    names = page.organisations(context)
    rows = [
        (names[one.connection_id], one.module, *map(str, dataclasses.astuple(one)[2:]))
        for one in found
    ]
    print_table(ctx.obj.console, _COLUMNS, rows)


@channel.command("set")
@click.argument("module")
@click.argument("capacity", type=int)
@json_option
@click.pass_context
def set_channel(ctx: click.Context, module: str, capacity: int) -> None:
    """Let at most CAPACITY jobs of MODULE go in one round, before the others have their turn."""
    context = ctx.obj.context()
    target = one_connection(context, ctx.obj.connection_id() or "")
    name = scheduled_runs.known_module(context, module)
    with store.begin(context) as connection:
        made = channels.set_capacity(connection, target.id, name, capacity)
    sentence = f"{made.module} of {target.name}: at most {made.capacity} jobs in one round."
    print_result(ctx, sentence, channel=dataclasses.asdict(made))
