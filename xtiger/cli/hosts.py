"""`xtiger host check` and `xtiger tick`: the CRM's side."""

from __future__ import annotations

import click

from xtiger.cli.app import App
from xtiger.cli.failure import PERSON, Ended
from xtiger.cli.options import json_option


@click.group()
def host() -> None:
    """Check the adapter of the CRM."""


@host.command()
@json_option
@click.pass_obj
def check(app: App) -> None:
    """Say what the adapter of the CRM lacks, field by field."""
    problems = app.xt.check_host()
    name = app.xt.host.name
    if app.as_json:
        app.emit({"host": name, "problems": problems})
    elif problems:
        count = app.words.counted("{count} thing to mend", "{count} things to mend", len(problems))
        app.say(f"{name}: {count}")
        for problem in problems:
            app.say(f"▲ {problem}")
    else:
        app.say(app.words.sentence("{host}: all checks passed.", host=name))
    if problems:
        raise Ended(PERSON)


@click.command()
@json_option
@click.pass_obj
def tick(app: App) -> None:
    """Do what is due; call it from cron once a minute where no worker runs."""
    app.xt.tick()
    if app.as_json:
        app.emit({"done": True})
