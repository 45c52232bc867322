"""`xtiger host` and `xtiger tick`: the CRM's side."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import dedent

import click

from xtiger.cli.app import App
from xtiger.cli.commands.host_samples import show_samples
from xtiger.cli.commands.scaffold import new
from xtiger.cli.failure import PERSON, Ended
from xtiger.console import json_option
from xtiger.errors import SettingInvalid


@click.group()
def host() -> None:
    """Write or check the adapter of the CRM, and say which CRM it is."""


host.add_command(new)


@host.command()
@click.option("--sample", is_flag=True, help="Show one record of each module as it is seen.")
@json_option
@click.pass_obj
def check(app: App, sample: bool) -> None:
    """Say what the adapter of the CRM lacks, field by field."""
    problems = app.xt.check_host()
    name = app.xt.host.name
    found = app.xt.host_samples() if sample else []
    if sample:
        show_samples(app, found)
    if app.as_json:
        data = {"host": name, "problems": problems}
        app.emit({**data, "samples": [one.as_dict() for one in found]} if sample else data)
    else:
        show_problems(app, name, problems)
    if problems:
        raise Ended(PERSON)


def show_problems(app: App, name: str, problems: Sequence[str]) -> None:
    """What the check of a CRM found."""
    if not problems:
        app.say(app.words.sentence("{host}: all checks passed.", host=name))
        return
    count = app.words.counted("{count} thing to mend", "{count} things to mend", len(problems))
    app.say(f"{name}: {count}")
    for problem in problems:
        app.say(f"▲ {problem}")


@host.command()
@click.option("--sql", is_flag=True, help="Print the statements and change nothing.")
@json_option
@click.pass_obj
def tables(app: App, sql: bool) -> None:
    """Make the three small tables that the library keeps in the CRM's database.

    The first saved record makes them, too. Where the CRM's database user may not, somebody who
    may runs the statements of --sql.
    """
    statements = app.xt.host_tables(make=not sql)
    if not statements:
        raise SettingInvalid(
            f"The CRM {app.xt.host.name}", "keeps no tables that SQL makes", "Nothing is to do."
        )
    if app.as_json:
        app.emit({"host": app.xt.host.name, "statements": statements, "made": not sql})
    elif sql:
        for statement in statements:
            app.say(f"{dedent(statement)};")
    else:
        app.say(app.words.sentence("{host}: its tables are there.", host=app.xt.host.name))


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


@host.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def undeployed(app: App, yes: bool) -> None:
    """End every connection: the CRM itself is about to be removed. Records stay everywhere."""
    words = app.words
    app.say(words.translate("Every record stays, in the CRM and in Xero; so do settings and log."))
    app.confirm(words.translate("End every connection of this CRM?"), yes=yes)
    ended = app.xt.undeployed()
    if app.as_json:
        app.emit({"ended": ended})
        return
    for name in ended:
        app.say(words.sentence("{name} is disconnected. Nothing is lost.", name=name))
    if not ended:
        app.say(words.translate("No organisation is connected."))


@click.command()
@json_option
@click.pass_obj
def tick(app: App) -> None:
    """Do what is due; call it from cron once a minute where no worker runs."""
    app.xt.tick(by="cron")
    if app.as_json:
        app.emit({"done": True})
