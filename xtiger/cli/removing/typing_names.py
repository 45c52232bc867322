"""The name that a person types before something is taken away."""

from __future__ import annotations

import click

from xtiger.cli.app import App


def named(app: App, name: str, typed: str | None) -> str:
    """What was typed, by --name or now; a program that reads JSON cannot be asked."""
    if typed is not None:
        return typed
    if app.as_json:
        raise click.UsageError(
            app.words.translate(
                "This asks for the name, and with --json nobody is asked. Nothing "
                "was done. Add --name NAME to do it."
            )
        )
    return str(click.prompt(app.words.sentence("Type {name} to confirm", name=name)))
