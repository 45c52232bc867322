"""`xtiger host new`: an adapter guessed from the models of a CRM."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xtiger.cli.app import App
from xtiger.console import json_option
from xtiger.errors import SettingInvalid
from xtiger.ports.interrupts import FOREIGN, by_signal

if TYPE_CHECKING:
    from xtiger.hosts.scaffold.guessing import AdapterGuess
    from xtiger.hosts.scaffold.shapes import Table
    from xtiger.hosts.scaffold.writing import Source


@click.command()
@click.option("--sqlalchemy", metavar="MODULE", help="Module with the models, as mycrm.models.")
@click.option("--django", metavar="APP", help="App of Django with the models, as crm.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, as mycrm/xero.py; without it the adapter is printed.",
)
@json_option
@click.pass_obj
def new(app: App, sqlalchemy: str | None, django: str | None, out: Path | None) -> None:
    """Write an adapter: which model is what is guessed, and each doubt stands beside it.

    Only the models are read, not the records.
    """
    from xtiger.hosts.scaffold.guessing import guess_adapter
    from xtiger.hosts.scaffold.writing import written

    if (sqlalchemy is None) == (django is None):
        raise click.UsageError("Name the models: --sqlalchemy mycrm.models, or --django crm.")
    if out is not None and out.exists():
        raise SettingInvalid(
            "--out", f"names {out}, which is there already", "Name another file, or remove it."
        )
    tables, source = _of_sqlalchemy(sqlalchemy) if sqlalchemy else _of_django(django or "")
    guess = guess_adapter(tables)
    text = written(guess, source)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    if app.as_json:
        app.emit(_as_data(guess, text, out))
    elif out is None:
        click.echo(text, nl=False)
    else:
        _say(app, guess, text, out)


def _say(app: App, guess: AdapterGuess, text: str, out: Path) -> None:
    from xtiger.hosts.scaffold.writing import unsure_lines

    words = app.words
    for module in guess.modules:
        table = module.model.table.name
        app.say(f"{module.name}: {table}" + ("" if module.model.sure else "  ▲"))
    app.say(words.sentence("{file} is written.", file=str(out)))
    app.say(
        words.counted(
            "{count} line of it is unsure and says why. Look at it. Then:",
            "{count} lines of it are unsure and say why. Look at them. Then:",
            unsure_lines(text),
        )
    )
    app.say(f"  export XTIGER_HOST={_spec(out)}")
    app.say("  xtiger host check --sample")


def _spec(out: Path) -> str:
    """What XTIGER_HOST names where the file lies below the folder of the command."""
    path = Path(os.path.relpath(out)).with_suffix("")
    return f"{path.name if '..' in path.parts else '.'.join(path.parts)}:make_host"


def _as_data(guess: AdapterGuess, text: str, out: Path | None) -> dict[str, Any]:
    from xtiger.hosts.scaffold.writing import unsure_lines

    return {
        "file": None if out is None else str(out),
        "modules": [
            {
                "name": module.name,
                "model": module.model.table.name,
                "sure": module.model.sure,
                "fields": [
                    {"name": one.attr, "role": one.role, "sure": one.sure, "doubt": one.doubt}
                    for one in module.all_fields()
                ],
            }
            for module in guess.modules
        ],
        "missing": list(guess.missing),
        "unsure": unsure_lines(text),
        "adapter": text,
    }


def _of_sqlalchemy(name: str) -> tuple[list[Table], Source]:
    from xtiger.hosts.sqlalchemy.shapes import mapped_in, shapes_of, source_of

    module = _imported("--sqlalchemy", name)
    mappers = mapped_in(module)
    if not mappers:
        raise SettingInvalid(
            "--sqlalchemy",
            f"names {name}, which has no models that SQLAlchemy maps",
            "Name the module that has the classes of your models.",
        )
    return shapes_of(mappers), source_of(module)


def _of_django(label: str) -> tuple[list[Table], Source]:
    django: Any = _imported("--django", "django")
    apps: Any = _imported("--django", "django.apps").apps
    fix = "Set DJANGO_SETTINGS_MODULE, and name an app of INSTALLED_APPS."
    try:
        _here()
        django.setup()
        config = apps.get_app_config(label)
    # The CRM's own code may raise anything while it is set up.
    except FOREIGN as error:
        if by_signal(error):
            raise
        reason = f"names {label}, which cannot be set up ({type(error).__name__}: {error})"
        raise SettingInvalid("--django", reason, fix) from error
    from xtiger.hosts.scaffold.of_django import shapes_of, source_of

    models = list(config.get_models())
    if not models:
        raise SettingInvalid("--django", f"names {label}, which has no models", fix)
    return shapes_of(models), source_of(config.models_module.__name__)


def _here() -> None:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)  # the CRM usually lies in the folder where the command is typed


def _imported(option: str, name: str) -> Any:
    _here()
    try:
        return importlib.import_module(name)
    # The CRM's own code may raise anything while it is imported.
    except FOREIGN as error:
        if by_signal(error):
            raise
        reason = f"names {name}, which cannot be imported ({type(error).__name__}: {error})"
        raise SettingInvalid(option, reason, "Check the name and the folder.") from error
