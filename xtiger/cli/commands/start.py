"""`xtiger start`: the questions of the first day, their answers, and how far the first sync is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, cast

import click

from xtiger.cli.app import App, user
from xtiger.console import json_option
from xtiger.errors import SettingInvalid
from xtiger.model.configured_start import GOES_FIX, going_of, going_text
from xtiger.model.start_answers import Arrive, Bring, Going, Mode, Stage, StartAnswers
from xtiger.services.configuring.configured_start import check_statuses


@click.command()
@click.option("--from", "from_day", metavar="DATE|all", help="First day of what is synced.")
@click.option("--open-before/--no-open-before", default=None, help="Sync open ones of before, too.")
@click.option("--invoices", type=click.Choice(["draft", "as-crm"]), help="How invoices arrive.")
@click.option("--bring", type=click.Choice(["customers", "all", "none"]), help="Whom Xero brings.")
@click.option("--mode", type=click.Choice(["active", "read-only"]), help="Whether Xero is changed.")
@click.option("--goes", metavar="all-but|ticked|MODULE=STATUS,…", help="Which records go.")
@click.option("--accept", is_flag=True, help="Answer what is proposed.")
@click.option("--go-on", is_flag=True, help="Let the rest go, once the first ten were looked at.")
@json_option
@click.pass_obj
def start(
    app: App,
    from_day: str | None,
    open_before: bool | None,
    invoices: str | None,
    bring: str | None,
    mode: str | None,
    goes: str | None,
    accept: bool,
    go_on: bool,
) -> None:
    """Answer from when on, as what and whom, before the first sync; show what was answered."""
    connection = app.xt.connections.ready(app.connection_id())
    given: dict[str, Any] = {}
    if from_day is not None:
        given["from_day"] = None if from_day.lower() == "all" else _day(from_day)
    if open_before is not None:
        given["open_before"] = open_before
    if invoices is not None:
        given["arrive"] = cast("Arrive", invoices.replace("-", "_"))
    if bring is not None:
        given["bring"] = cast("Bring", bring)
    if mode is not None:
        given["mode"] = cast("Mode", mode.replace("-", "_"))
    if goes is not None:
        going = _going(goes)
        check_statuses(going, app.xt.start.statuses(connection.id), "--goes")
        app.xt.start.choose(going, connection.id)
    if given or accept or goes is not None:
        answers = replace(app.xt.start.answers(connection.id), **given)
        app.xt.start.answer(answers, user(), connection.id)
    if go_on:
        app.xt.start.advance("all", user(), connection.id)
    _show(
        app,
        app.xt.start.answers(connection.id),
        app.xt.start.going(connection.id),
        app.xt.start.contacts(connection.id),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingInvalid(
            "--from", f"cannot be {text[:40]!r}", "Write a day as 2026-04-01, or all."
        ) from None


def _going(text: str) -> Going:
    found = going_of(text)
    if found is None:
        raise SettingInvalid("--goes", f"cannot be {text[:40]!r}", GOES_FIX)
    return found


def _show(app: App, answers: StartAnswers, going: Going, contacts: Mapping[Bring, int]) -> None:
    if app.as_json:
        app.emit({"answers": answers.plain() | {"goes": going_text(going)}, "contacts": contacts})
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("Question"), _("Answer"), _("Option"))
    for row in _rows(answers, going, _):
        table.add_row(*row)
    app.console.print(table)
    if answers.bring == "customers" and app.xt.start.takes_bills(app.connection_id()):
        app.say(_("Suppliers come with the bills that the mapping takes in."))
    if contacts["all"]:
        app.say(
            app.words.sentence(
                "Xero has {all} contacts that the CRM has not; {customers} of them are customers.",
                all=contacts["all"],
                customers=contacts["customers"],
            )
        )
    said = _next_step(answers.stage, _)
    if said:
        app.say(said)


def _rows(
    answers: StartAnswers, going: Going, _: Callable[[str], str]
) -> list[tuple[str, str, str]]:
    """(question, answer, option that answers it)"""
    start = str(answers.from_day) if answers.from_day else _("all of all years")
    arrive = {
        "draft": _("as drafts, until approving is released"),
        "as_crm": _("approved, as the CRM says"),
    }
    bring = {
        "customers": _("customers only"),
        "all": _("all contacts"),
        "none": _("nobody"),
    }
    sent = {"active": _("Yes"), "read_only": _("No, the connection only reads")}
    goes = {
        "all_but": _("All records but those that you untick"),
        "ticked": _("Only those that you tick"),
    }
    open_before = _("yes") if answers.open_before else _("no")
    return [
        (_("From when on?"), start, "--from"),
        (_("Open ones of before, too?"), open_before, "--open-before"),
        (_("How do invoices arrive?"), arrive[answers.arrive], "--invoices"),
        (_("Whom does Xero bring?"), bring[answers.bring], "--bring"),
        (_("Is anything sent to Xero?"), sent[answers.mode], "--mode"),
        (_("What goes?"), goes.get(going.goes) or going_text(going), "--goes"),
    ]


def _next_step(stage: Stage, _: Callable[[str], str]) -> str:
    """What to do now; "" once all goes."""
    return {
        "asked": _(
            "Nothing is sent before this is answered. Take what is proposed: xtiger start --accept"
        ),
        "plan": _("Look at what the first sync would do: xtiger plan"),
        "ten": _("Send the first ten records: xtiger sync"),
        "check": _(
            "Look at the first ten records in Xero and in the CRM. Let the rest go: "
            "xtiger start --go-on"
        ),
        "all": "",
    }[stage]
