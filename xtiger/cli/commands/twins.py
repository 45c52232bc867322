"""`xtiger twins`: records that look alike, and what a person answers."""

from __future__ import annotations

from typing import get_args

import click

from xtiger.cli.app import App, user
from xtiger.cli.options import known_modules, shortened
from xtiger.console import json_option
from xtiger.i18n.twin_words import ANSWER_WORDS, ANSWERED_WORDS, REASON_WORDS
from xtiger.model.matching.twins import TwinAnswer, TwinGroup
from xtiger.model.records import nameless

#: How people call the sides.
_SIDES = {"crm": "CRM", "xero": "Xero"}


@click.group(invoke_without_command=True)
@click.option("--module", "name", metavar="MODULE", help="Only records of this module.")
@json_option
@click.pass_context
def twins(ctx: click.Context, name: str | None) -> None:
    """List records that look alike, on both sides and within one, and why."""
    if ctx.invoked_subcommand is None:
        _list(ctx.ensure_object(App), name)


def _list(app: App, name: str | None) -> None:
    module = known_modules(app, (name,))[0] if name else None
    found = app.xt.twins.all(module, app.connection_id())
    if app.as_json:
        app.emit({"groups": [_data(one) for one in found]})
        return
    _ = app.words.translate
    is_read = app.xt.twins.is_read(app.connection_id())
    if not is_read:
        app.say(_("Xero was not read yet. Run: xtiger plan"))
    if not found:
        # Of one side alone that would be said too early.
        if is_read:
            app.say(_("No records look alike."))
        return
    for group in found:
        _print(app, group)
    app.say(_("Answer: xtiger twins answer MODULE KEY --as link|alias|merge|different"))
    if any(one.is_exact for one in found):
        app.say(_("Link all that are the same beyond doubt: xtiger twins link-exact"))


def _data(group: TwinGroup) -> dict[str, object]:
    return {
        "module": group.module,
        "key": group.key,
        "exact": group.is_exact,
        "reasons": list(group.reasons),
        "answers": list(group.answers),
        "records": [
            {"side": one.side, "id": one.id, "name": one.name, "linked_to": one.linked_to or None}
            for one in group.records
        ],
    }


def _print(app: App, group: TwinGroup) -> None:
    _ = app.words.translate
    why = ", ".join(_(REASON_WORDS[one]) for one in group.reasons)
    app.say(f"{'=' if group.is_exact else '≈'} {group.module} {group.key}  {why}")
    for one in group.records:
        side = _SIDES[one.side]
        name = shortened(one.name or nameless(group.module, one.id))
        state = f"  ({_('linked')})" if one.linked_to else ""
        app.say(f"    {side:<4} {one.id}  {name}{state}")
    for answer in group.answers:
        app.say(f"    --as {answer:<9} {_(ANSWER_WORDS[answer])}")
    app.say()


@twins.command()
@click.argument("module")
@click.argument("key")
@click.option(
    "--as", "answer", type=click.Choice(get_args(TwinAnswer)), required=True, help="The answer."
)
@json_option
@click.pass_obj
def answer(app: App, module: str, key: str, answer: TwinAnswer) -> None:
    """Answer one group; KEY names it, as `xtiger twins` lists it."""
    (name,) = known_modules(app, (module,))
    app.xt.twins.answer(name, key, answer, user(), app.connection_id())
    sentence = app.words.translate(ANSWERED_WORDS[answer])
    app.say(sentence)
    if app.as_json:
        app.emit({"module": name, "key": key, "answer": answer, "sentence": sentence})


@twins.command("link-exact")
@click.option("--module", "name", metavar="MODULE", help="Only records of this module.")
@json_option
@click.pass_obj
def link_exact(app: App, name: str | None) -> None:
    """Link all that are the same beyond doubt: one record of the CRM and one of Xero each."""
    module = known_modules(app, (name,))[0] if name else None
    count = app.xt.twins.link_exact(user(), module, app.connection_id())
    app.say(app.words.counted("{count} pair is linked.", "{count} pairs are linked.", count))
    if app.as_json:
        app.emit({"linked": count})


@twins.command()
@json_option
@click.pass_obj
def answered(app: App) -> None:
    """List what was answered, by whom and when, the newest first."""
    found = app.xt.twins.answered(None, app.connection_id())
    if app.as_json:
        app.emit(
            {
                "answers": [
                    {
                        "module": one.module,
                        "answer": one.answer,
                        "records": [list(each) for each in one.records],
                        "by": one.by,
                        "at": one.at.isoformat() if one.at else None,
                    }
                    for one in found
                ]
            }
        )
        return
    if not found:
        app.say(app.words.translate("Nothing was answered yet."))
    for one in found:
        both = " · ".join(
            f"{'CRM' if side == 'crm' else 'Xero'} {key}" for side, key in one.records
        )
        when = f"{one.at:%Y-%m-%d %H:%M}" if one.at else ""
        app.say(f"{when}  {one.by}  {one.module}  {one.answer}  {both}")
