"""The command `xtiger log`: list, search, show, export, verify, and sync again."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import click

from xtiger.console import json_option, print_json, print_result, print_table
from xtiger.errors import NeedsPerson
from xtiger.i18n.language import Language, language
from xtiger.model.plans import STANDING, Face
from xtiger_log import export, groups, rows, search
from xtiger_log.resync import sync_again

#: What a terminal shows of COLUMNS; JSON and CSV hold all.
_SHOWN = ("Id", "When", "Module", "Record", "Result", "What happened", "What to do")

#: Sentences about one file: more are no help.
_MOST = 10
#: The widest label of `log show`, in each language.
_LABEL_WIDTH = 15

if TYPE_CHECKING:
    from rich.console import Console

    from xtiger.ports import Context


def _filters(command: Any) -> Any:
    """The options by which entries are looked for."""
    options = (
        click.option("--module", default="", help="Only this module."),
        click.option(
            "--result",
            "results",
            multiple=True,
            type=click.Choice(search.RESULTS),
            help="Only this result; may be given several times.",
        ),
        click.option("--text", default="", help="Part of the record's name or ids."),
        click.option(
            "--from", "first", default="", metavar="DAY", help="First day, such as 2026-11-20."
        ),
        click.option("--to", "last", default="", metavar="DAY", help="Last day, included."),
        click.option("--run", "run_id", default="", help="Only this run."),
        click.option(
            "--code",
            "codes",
            multiple=True,
            help="Only this cause; may be given several times.",
        ),
        click.option(
            "--by", default="", help="Only what this person began, or a trigger such as schedule."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _search(ctx: click.Context, limit: int, asked: Mapping[str, Any]) -> search.Search:
    """The search that these options ask for."""
    return search.Search(
        module=asked["module"],
        results=search.known_results(asked["results"]),
        text=asked["text"],
        first=search.day(asked["first"]),
        last=search.day(asked["last"]),
        run_id=asked["run_id"],
        connection_id=ctx.obj.connection_id() or "",
        codes=asked["codes"],
        by=asked["by"],
        limit=limit,
    )


@click.group(invoke_without_command=True)
@_filters
@click.option("--limit", default=search.PAGE_SIZE, show_default=True, type=click.IntRange(1))
@click.option("--each", is_flag=True, help="One row per entry, also where reasons are equal.")
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.pass_context
def log(
    ctx: click.Context,
    /,
    limit: int,
    each: bool,
    as_csv: bool,
    **asked: Any,
) -> None:
    """List what each sync did with each record, newest first."""
    if ctx.invoked_subcommand is not None:
        return
    as_json = ctx.obj.as_json
    if as_json and as_csv:
        raise click.UsageError("Choose --json or --csv.")
    wanted = _search(ctx, limit, asked)
    if as_json or as_csv:
        _print_data(ctx.obj.context(), wanted, as_csv=as_csv)
    else:
        _print_groups(ctx.obj.context(), wanted, ctx.obj.console, each=each)


@log.command()
@click.argument("id", type=int)
@json_option
@click.pass_context
def show(ctx: click.Context, id: int) -> None:
    """Show one entry with the old and new value of each field."""
    context, as_json = ctx.obj.context(), ctx.obj.as_json
    outcome = search.outcome_with_id(context, id)
    names = {c.id: c.name for c in context.connections()}
    face: Face = "data" if as_json else "command"
    (row,) = search.rows_of(context, [outcome], names, face)
    changes = rows.changes(outcome)
    if as_json:
        print_json({**rows.fields(row), "changes": [rows.change_fields(c) for c in changes]})
        return
    words = language(context.locale)
    shown = rows.cells(rows.in_words(row, words))
    for label, cell in zip(rows.COLUMNS, shown, strict=True):
        if cell:
            click.echo(f"{words.translate(label) + ':':{_LABEL_WIDTH}} {cell}")
    if changes:
        heads = [words.translate(column) for column in rows.CHANGE_COLUMNS]
        cells = [rows.change_words(change, words) for change in changes]
        print_table(ctx.obj.console, heads, cells)


@log.command("export")
@_filters
@click.option(
    "--format",
    "written",
    type=click.Choice(("lines", "csv")),
    default="lines",
    show_default=True,
    help="Lines of JSON with a seal, or CSV.",
)
@click.pass_context
def export_log(ctx: click.Context, /, written: str, **asked: Any) -> None:
    """Print every entry that fits, however many, for a file."""
    context, wanted = ctx.obj.context(), search.all_of(_search(ctx, search.PAGE_SIZE, asked))
    if written == "csv":
        for part in export.csv_parts(context, wanted):
            click.echo(part, nl=False)
        return
    for line in export.lines(context, wanted):
        click.echo(line)


@log.command()
@click.argument("file", required=False, type=click.File(encoding="utf-8"))
@json_option
@click.pass_context
def verify(ctx: click.Context, file: IO[str] | None) -> None:
    """Check that nobody changed the log, and with FILE an export of lines."""
    context = ctx.obj.context()
    broken = context.broken_log_row()
    if broken is not None:
        raise NeedsPerson(
            f"Row {broken} of the log is not as it was written: somebody changed, added or removed "
            "it in the database. Compare the store with a backup of before."
        )
    wrong = [] if file is None else list(itertools.islice(export.differing(context, file), _MOST))
    if wrong:
        raise NeedsPerson(f"The file is not as it was written. {' '.join(wrong)}")
    said = "The log is whole." if file is None else "The log is whole, and the file as written."
    print_result(ctx, language(context.locale).translate(said), whole=True)


@log.command()
@click.argument("ids", nargs=-1, type=int)
@click.option(
    "--result",
    "results",
    multiple=True,
    type=click.Choice(sorted(STANDING)),
    help="Everything whose last entry has this result.",
)
@click.option("--code", "codes", multiple=True, help="Everything whose last entry has this cause.")
@click.option("--module", default="", help="With --result or --code: only this module.")
@json_option
@click.pass_context
def again(
    ctx: click.Context,
    ids: tuple[int, ...],
    results: tuple[str, ...],
    codes: tuple[str, ...],
    module: str,
) -> None:
    """Sync the records of entries again, by their ids, by result or by cause."""
    if bool(ids) == bool(results or codes):
        raise click.UsageError("Give ids of entries, or --result, or --code.")
    context, as_json = ctx.obj.context(), ctx.obj.as_json
    if ids:
        chosen = [search.outcome_with_id(context, entry) for entry in ids]
    else:
        chosen = search.standing(
            context,
            search.Search(
                module,
                search.known_results(results or sorted(STANDING)),
                connection_id=ctx.obj.connection_id() or "",
                codes=codes,
            ),
        )
    if not chosen:
        if as_json:
            print_json({"entries": []})
        else:
            click.echo(language(context.locale).translate("Nothing fits."))
        return
    names = {c.id: c.name for c in context.connections()}
    face: Face = "data" if as_json else "command"
    done = [search.row_of(context, found, names, face) for found in sync_again(context, chosen)]
    if as_json:
        print_json({"entries": [rows.fields(row) for row in done]})
    else:
        words = language(context.locale)
        _print_cells(
            ctx.obj.console, words, [rows.cells(rows.in_words(row, words)) for row in done]
        )


def _print_data(context: Context, wanted: search.Search, *, as_csv: bool) -> None:
    found = context.outcomes(**wanted.filters())
    names = search.names_of(context)
    shown = list(search.rows_of(context, found, names, "data"))
    if as_csv:
        click.echo(export.as_csv(shown), nl=False)
        return
    trouble = [one for one in found if one.result in STANDING]
    reasons = groups.grouped(context, trouble, names, "data")
    print_json(
        {
            "entries": [rows.fields(row) for row in shown],
            "reasons": [groups.fields(one) for one in reasons],
        }
    )


def _print_groups(context: Context, wanted: search.Search, console: Console, *, each: bool) -> None:
    found = () if each else context.outcomes(**wanted.filters())
    grouped = groups.grouped(context, found, search.names_of(context), "command")
    words = language(context.locale)
    shown = (
        [rows.cells(rows.in_words(row, words)) for row in search.rows(context, wanted, "command")]
        if each
        else [one.in_words(words).cells(words, groups.FEW) for one in grouped]
    )
    if not shown:
        click.echo(words.translate("Nothing fits."))
        return
    _print_cells(console, words, shown)
    if len(grouped) < len(found):
        click.echo(words.translate("Each entry in its own row: xtiger log --each"))
    click.echo(words.translate("More of one entry: xtiger log show ID"))


def _print_cells(console: Console, words: Language, found: Sequence[Sequence[str]]) -> None:
    places = [rows.COLUMNS.index(label) for label in _SHOWN]
    heads = [words.translate(label) for label in _SHOWN]
    print_table(console, heads, [[one[place] for place in places] for one in found])
