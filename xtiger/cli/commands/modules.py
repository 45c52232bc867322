"""`xtiger modules`: what is synced with what, and the settings of each module."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import click

from xtiger.cli.app import App
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.mapping.module_settings import SETTINGS, SettingSpec, changed, shown
from xtiger.model.mappings import ModuleSettings
from xtiger.rules.kinds import LISTED
from xtiger.services.facts.agreed_lines import agreed_lines
from xtiger.services.facts.selection_count import SelectionCount, count_lines

#: Stands for every module.
_ALL = "all"


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def modules(ctx: click.Context) -> None:
    """List the modules that are synced, show and change their settings."""
    if ctx.invoked_subcommand is None:
        _list(ctx.ensure_object(App))


def _list(app: App) -> None:
    found = app.xt.modules.all()
    if app.as_json:
        rows = [
            {
                "name": m.name,
                "label": m.label,
                "kind": m.kind,
                "needs": m.needs,
                "directions": m.directions,
            }
            for m in found
        ]
        listed = [{"name": name, "kind": row.kind} for name, row in LISTED.items()]
        app.emit({"modules": rows, "listed": listed})
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("Module"), "", "Xero", _("after"))
    for module in found:
        ways = frozenset(module.directions)
        arrow = "↔" if len(ways) == 2 else "→" if "to_xero" in ways else "←"
        table.add_row(module.name, arrow, module.kind, ", ".join(module.needs))
    for name, row in LISTED.items():
        table.add_row(name, "←", row.kind, _("only listed"))
    app.console.print(table)


@modules.command()
@click.argument("module")
@json_option
@click.pass_obj
def show(app: App, module: str) -> None:
    """Show the settings of MODULE."""
    (name,) = known_modules(app, (module,), _settable(app))
    _show(app, app.xt.modules.settings(name, app.connection_id()))


def _settable(app: App) -> list[str]:
    """The modules that are synced, and those that only list."""
    return [*(module.name for module in app.xt.modules.all()), *LISTED]


def _show(app: App, settings: ModuleSettings, needed: Sequence[str] | None = None) -> None:
    """The settings; `needed` are the modules that were switched on for it, None for no change."""
    if app.as_json:
        values = {spec.name: getattr(settings, spec.name) for spec in SETTINGS}
        switched = {} if needed is None else {"switched_on": needed}
        counted = {"records": _counted(app, settings.module)} if needed is None else {}
        app.emit({"module": settings.module, "settings": values, **switched, **counted})
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(settings.module, _("Value"), _("Meaning"))
    for spec in SETTINGS:
        table.add_row(spec.name, shown(settings, spec) or "·", _(spec.meaning))
    app.console.print(table)
    if needed:
        app.say(_switched(settings.module, needed, app))
    if needed is None:
        found = agreed_lines(
            app.xt.agreements, settings.module, app.connection_id(), app.words, "command"
        )
        for one in found:
            app.say(f"  {one.text}" if one.code else one.text)


def _counted(app: App, module: str) -> dict[str, dict[str, int]]:
    """How far the records agree → code of the reason → how many."""
    found = app.xt.agreements.of_module(module, app.connection_id())
    return {word: {one.code: one.count for one in some} for word, some in found.items()}


def _switched(module: str, needed: Sequence[str], app: App) -> str:
    return app.words.sentence(
        "Switched on, too, since {module} need them: {modules}",
        module=module,
        modules=", ".join(needed),
    )


def _option(spec: SettingSpec) -> Callable[[Any], Any]:
    name = "--" + spec.name.replace("_", "-")
    metavar = "|".join(spec.choices) or spec.example
    return click.option(name, spec.name, metavar=metavar, help=f"{spec.meaning.capitalize()}.")


def _every_setting(command: Any) -> Any:
    for spec in reversed(SETTINGS):
        command = _option(spec)(command)
    return command


@modules.command("set")
@click.argument("module")
@_every_setting
@click.option(
    "--count", is_flag=True, help="Count the records that would be in and out; no change."
)
@json_option
@click.pass_obj
def set_(app: App, /, module: str, *, count: bool, **given: str | None) -> None:
    """Change settings of MODULE; all its records are looked at again by the next sync.

    With the word all for MODULE each module gets them that can have them.
    """
    chosen = {name: text for name, text in given.items() if text is not None}
    if not chosen and not count:
        raise click.UsageError("Name at least one setting, such as --conflict newest.")
    if module == _ALL and not count:
        _set_all(app, chosen)
        return
    (name,) = known_modules(app, (module,), _settable(app))
    settings = changed(app.xt.modules.settings(name, app.connection_id()), chosen)
    if count:
        _show_count(app, app.xt.modules.count(settings, app.connection_id()))
        return
    needed = app.xt.modules.save_settings(settings, app.connection_id())
    _show(app, settings, needed)


def _set_all(app: App, chosen: dict[str, str]) -> None:
    saved = app.xt.modules.save_for_all(chosen, app.connection_id())
    if app.as_json:
        app.emit({"modules": [one.module for one in saved]})
        return
    app.say(app.words.sentence("Set for {modules}", modules=", ".join(o.module for o in saved)))


def _show_count(app: App, found: SelectionCount) -> None:
    if app.as_json:
        app.emit({"count": {**asdict(found), "selected": found.selected}})
        return
    for line in count_lines(found, app.words):
        app.say(line)
