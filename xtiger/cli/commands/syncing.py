"""`xtiger sync`: carry out a plan and show what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import click

from xtiger.cli.app import App, user
from xtiger.cli.braked import show_braked
from xtiger.cli.failure import LATER, RECORDS, Ended
from xtiger.cli.options import known_modules
from xtiger.cli.reasons import described, grouped, reason_row, reasons
from xtiger.console import json_option
from xtiger.errors import BrokenHost, TooManyChanges, XTigerError
from xtiger.i18n.cause_text import counted_result
from xtiger.model.asked_sync import Direction
from xtiger.model.runs import Outcome, Run
from xtiger.model.verbs import ResultName

#: Results in the order of the table's columns.
RESULTS = (
    "read",
    "created",
    "updated",
    "removed",
    "linked",
    "unchanged",
    "excluded",
    "skipped",
    "held",
    "conflict",
    "failed",
)
#: Columns that are shown even when they are empty.
_ALWAYS = frozenset({"created", "updated", "linked", "unchanged", "held", "failed"})
#: Results that the last line names.
_SUMMED = ("read", "created", "updated", "removed", "linked", "held", "conflict", "failed")
_TROUBLE: tuple[ResultName, ...] = ("failed", "conflict", "held")
_SIGNS = {"failed": "✗", "conflict": "≠", "held": "▲"}
#: Troubles that are listed after a sync.
_FEW = 10


@click.command()
@click.argument("modules", nargs=-1)
@click.option("--full", is_flag=True, help="Read everything, not only what changed.")
@click.option(
    "--release", metavar="RUN", help="Carry out the plan of RUN, which the brake stopped."
)
@json_option
@click.pass_obj
def sync(app: App, modules: tuple[str, ...], full: bool, release: str | None) -> None:
    """Bring MODULES (default: all) into agreement, both ways."""
    names = known_modules(app, modules)
    if release is not None and (names or full):
        raise click.UsageError("--release carries out one plan as it was: name nothing else.")
    finish(app, _carried_out(app, names, app.connection_id(), full=full, release=release))


def finish(app: App, run: Run) -> None:
    """Show what came of a run, and end with its code."""
    totals = run.totals
    trouble: Sequence[Outcome] = ()
    if any(totals.get(result) for result in _TROUBLE):
        trouble = app.xt.sync.outcomes(run_id=run.id, results=_TROUBLE, limit=1000)
    if app.as_json:
        app.emit(
            {
                "run": describe(run),
                "trouble": [_describe(app, one) for one in trouble],
                "reasons": described(app, grouped(app, trouble)),
            }
        )
    else:
        _show(app, run, totals, trouble)
    code = exit_code(run, totals)
    if code:
        raise Ended(code)


def synced_one_way(app: App, names: Sequence[str], direction: Direction) -> Run:
    """Sync these modules one way; what stops it is shown and raised."""
    return _carried_out(app, names, app.connection_id(), full=False, direction=direction)


def _carried_out(
    app: App,
    names: Sequence[str],
    connection_id: str | None,
    *,
    full: bool,
    release: str | None = None,
    direction: Direction = "",
) -> Run:
    # rich is slow to load.
    from xtiger.cli.progress import shown_progress

    known = {one.id for one in app.xt.sync.runs(2, connection_id)}
    try:
        with shown_progress(app) as progress:
            if release is not None:
                return app.xt.sync.release(release, user(), connection_id, progress=progress)
            return app.xt.sync.run(
                names,
                connection_id,
                full=full,
                trigger="person",
                progress=progress,
                direction=direction,
                by=user(),
            )
    except TooManyChanges as error:
        show_braked(app, error)
        raise Ended(error.exit_code) from error
    except XTigerError as error:
        _show_early_end(app, error, known, connection_id)
        raise


def exit_code(run: Run, totals: Mapping[str, int]) -> int:
    """0, or 6 when records failed or the run broke off, 4 when it stopped at a limit."""
    if run.state == "stopped":
        return LATER
    return RECORDS if totals.get("failed") or run.state == "failed" else 0


def seconds(run: Run) -> int:
    """How long the run took; 0 while it runs."""
    return round((run.finished_at - run.started_at).total_seconds()) if run.finished_at else 0


def _show(app: App, run: Run, totals: Mapping[str, int], trouble: Sequence[Outcome]) -> None:
    # rich is slow to load.
    from xtiger.cli.tables import columns, count

    words, _ = app.words, app.words.translate
    used = {result for result, n in run.totals.items() if n}
    shown = [result for result in RESULTS if result in used | _ALWAYS]
    table = columns(_("Module"), numbers=tuple(_(result) for result in shown))
    for module, counts in run.counts.items():
        table.add_row(module, *(count(app, counts.get(result, 0)) for result in shown))
    app.console.print(table)
    app.say()
    parts = ", ".join(
        counted_result(totals.get(result, 0), result, words)
        for result in _SUMMED
        if totals.get(result) or result in ("held", "failed")
    )
    cost = {"seconds": seconds(run), "calls": run.calls}
    if run.state == "done":
        done = words.sentence("Done in {seconds} s, {calls} calls.", **cost)
    else:
        done = words.sentence("Ended early after {seconds} s, {calls} calls.", **cost)
    app.say(f"{done} {parts}.")
    for tax in app.xt.tax_rates.brought(run.connection_id):
        if tax.at >= run.started_at:
            app.say(tax.said(words))
    if run.error:
        app.warn(run.error)
    _show_trouble(app, trouble)
    if run.state == "done":
        proof = _("Prove that both sides agree: xtiger reconcile")
        app.say(app.xt.sentences.typed(proof, run.connection_id))


def _show_early_end(
    app: App, error: XTigerError, known: Collection[str], connection_id: str | None
) -> None:
    """Say what the run had done when an error ended it, and how it goes on."""
    run = next((one for one in app.xt.sync.runs(2, connection_id) if one.id not in known), None)
    if run is None or app.as_json:
        return  # the error came before anything began
    _ = app.words.translate
    done = [
        f"{app.words.number(number)} {_('in conflict') if result == 'conflict' else _(result)}"
        for result, number in run.totals.items()
        if number and result in _SUMMED
    ]
    cost = {"seconds": seconds(run), "calls": run.calls}
    early = app.words.sentence("Ended early after {seconds} s, {calls} calls.", **cost)
    app.warn(f"{early} {', '.join(done) or _('Nothing was written before.')}")
    rest = _("What is done stays, and nothing is sent twice. Go on with the rest: xtiger sync")
    app.warn(app.xt.sentences.typed(rest, run.connection_id))
    if isinstance(error, BrokenHost):
        app.warn(
            _(
                "Where xtiger host check finds nothing, xtiger --debug sync shows the place in "
                "the adapter."
            )
        )


def _show_trouble(app: App, trouble: Sequence[Outcome]) -> None:
    if not trouble:
        return
    # rich is slow to load.
    from xtiger.cli.tables import troubles

    _ = app.words.translate
    order = {result: place for place, result in enumerate(_TROUBLE)}
    groups = grouped(app, sorted(trouble, key=lambda one: order[one.result]))
    rows = []
    for group in groups[:_FEW]:
        name, why, fix, code = reason_row(app, group)
        rows.append((f"{_SIGNS[group.records[0].result]} {name}", why, fix, code))
    app.console.print(troubles(app, rows))
    if len(groups) > _FEW:
        hint = app.xt.sentences.typed(_("xtiger plan --held shows all"), trouble[0].connection_id)
        app.say(f"  …  {hint}")


def describe(run: Run) -> dict[str, object]:
    """A run for --json."""
    return {
        "id": run.id,
        "connection_id": run.connection_id,
        "modules": run.modules,
        "trigger": run.trigger,
        "state": run.state,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "seconds": seconds(run),
        "calls": run.calls,
        "outcomes": run.counts,
        "error": run.error,
    }


def _describe(app: App, outcome: Outcome) -> dict[str, object]:
    why, fix = app.xt.sentences.cause(outcome.cause, "data", outcome)
    return {
        "module": outcome.module,
        "name": outcome.name,
        "crm_id": outcome.crm_id,
        "xero_id": outcome.xero_id,
        "result": outcome.result,
        "code": outcome.cause.code if outcome.cause else None,
        "sentence": why,
        "fix": fix,
        "reasons": reasons(app, outcome),
    }
