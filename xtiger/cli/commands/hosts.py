"""`xtiger host` and `xtiger tick`: the CRM's side."""

from __future__ import annotations

import click

from xtiger.cli.app import App
from xtiger.cli.failure import PERSON, Ended
from xtiger.console import json_option


@click.group()
def host() -> None:
    """Check the adapter of the CRM, and say which CRM it is."""


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


@host.command()
@json_option
@click.pass_obj
def same(app: App) -> None:
    """Go on with the links: it is the same CRM, restored or moved.

    Linked records that differ from what was last seen are asked about, and not sent.
    """
    count = app.xt.links.same_crm()
    if app.as_json:
        app.emit({"host": app.xt.host.name, "looked_at_again": count})
    app.say(app.words.sentence("The links are kept; {count} are looked at again.", count=count))


@host.command("forget-links")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def forget_links(app: App, yes: bool) -> None:
    """Begin without links: it is another CRM. Nothing is changed in Xero or in the CRM."""
    question = app.words.translate("Forget which records of the CRM and Xero belong together?")
    app.confirm(question, yes=yes)
    count = app.xt.links.forget_all()
    if app.as_json:
        app.emit({"host": app.xt.host.name, "forgotten": count})
    app.say(app.words.sentence("{count} links are forgotten.", count=count))


@click.command()
@json_option
@click.pass_obj
def tick(app: App) -> None:
    """Do what is due; call it from cron once a minute where no worker runs."""
    app.xt.tick()
    if app.as_json:
        app.emit({"done": True})
