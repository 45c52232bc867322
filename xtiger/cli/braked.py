"""What the command line shows of a plan that the brake stopped."""

from __future__ import annotations

from collections.abc import Sequence

from xtiger.cli.app import App
from xtiger.cli.options import shortened
from xtiger.errors import TooManyChanges
from xtiger.model.brakes import Brake, BrakedChange, BrakedPlan

#: Records that are listed; the plan shows all.
_FEW = 10


def show_braked(app: App, error: TooManyChanges) -> None:
    """Say why the run was stopped, what it would do, and how it goes on."""
    found = [plan for plan in app.xt.sync.braked() if plan.run_id == error.run_id]
    if app.as_json:
        plans = [describe(plan) for plan in found]
        app.emit({"error": str(error), "code": error.code, "braked": plans[0] if plans else None})
        return
    _, words = app.words.translate, app.words
    app.warn(str(error))
    for plan in found:
        _table(app, plan.changes[:_FEW])
        left = len(plan.changes) - _FEW
        if left > 0:
            app.say(words.sentence("  …  and {count} more", count=words.number(left)))
    app.say(_("See each field: xtiger plan --fields MODULE").replace("MODULE", error.module))
    app.say(
        words.sentence("Go on with exactly this: xtiger sync --release {run}", run=error.run_id)
    )


def brake_sentence(app: App, brake: Brake) -> str:
    """One brake of a plan in words."""
    words = app.words
    return words.sentence(
        "The brake would stop this: it changes or removes {changes} of {linked} linked records of "
        "{module}, more than {limit} %. A person then releases it.",
        changes=words.number(brake.changes),
        linked=words.number(brake.linked),
        module=brake.module,
        limit=brake.limit,
    )


def _table(app: App, changes: Sequence[BrakedChange]) -> None:
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("Module"), _("Record"), "", _("Fields"))
    for change in changes:
        fields = ", ".join(
            f"{label}: {crm or '—'} | {xero or '—'}" for label, crm, xero, _way in change.fields
        )
        table.add_row(
            change.module, Text(shortened(change.name)), _(change.verb), Text(shortened(fields))
        )
    app.console.print(table)


def describe(plan: BrakedPlan) -> dict[str, object]:
    """A stopped plan for --json."""
    return {
        "run_id": plan.run_id,
        "connection_id": plan.connection_id,
        "made_at": plan.made_at,
        "modules": plan.modules,
        "counts": plan.counts,
        "brakes": [describe_brake(one) for one in plan.brakes],
        "changes": [
            {
                "module": change.module,
                "name": change.name,
                "verb": change.verb,
                "fields": [
                    {"field": label, "crm": crm, "xero": xero, "decision": way}
                    for label, crm, xero, way in change.fields
                ],
            }
            for change in plan.changes
        ],
    }


def describe_brake(brake: Brake) -> dict[str, object]:
    """One brake for --json."""
    return {
        "module": brake.module,
        "changes": brake.changes,
        "linked": brake.linked,
        "share": brake.share,
        "limit": brake.limit,
    }
