"""`xtiger route`: what goes to which organisation, where several are connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.errors import NeedsPerson

if TYPE_CHECKING:
    from xtiger.rules.routing import Routes
    from xtiger.services.routing import Routing


@click.group()
def route() -> None:
    """Say which organisation gets what, where a CRM has several.

    An invoice or payment belongs to one organisation, fixed when it is first sent. Customers and
    items go to each, unless a rule of their module says otherwise.
    """


def _routing(app: App) -> Routing:
    return app.xt.routing


@route.command()
@click.option("--tenant", help="The tenant of the CRM.")
@json_option
@click.pass_obj
def show(app: App, tenant: str | None) -> None:
    """Show rules, default and master."""
    made = app.of_tenant(tenant).connections.all()
    names = {one.id: one.name for one in made}
    found = {one: _routing(app).routes() for one in dict.fromkeys(c.tenant for c in made)}
    if app.as_json:
        app.emit({"routes": [{"tenant": t, **_describe(r, names)} for t, r in found.items()]})
        return
    for name, routes in found.items():
        _show(app, name, routes, names)
    if not found:
        app.say(
            app.words.translate(
                "No Xero organisation is connected yet. Connect one: xtiger connect"
            )
        )


def _show(app: App, tenant: str, routes: Routes, names: dict[str, str]) -> None:
    words, _ = app.words, app.words.translate
    if tenant:
        app.say(f"{tenant}:")
    for rule in routes.rules:
        target = names.get(rule.connection_id, rule.connection_id)
        app.say(f"{rule.module}  {rule.field} = {rule.value}  →  {target}")
    none = _("none: invoices that no rule fits are held")
    default = names.get(routes.default, none)
    app.say(words.sentence("Default: {name}", name=default))
    oldest = _("the oldest connection")
    master = names.get(routes.master, oldest)
    app.say(words.sentence("New customers and items come from: {name}", name=master))


@route.command("set")
@click.argument("module")
@click.argument("condition", metavar="FIELD=VALUE")
@click.argument("connection")
@json_option
@click.pass_obj
def set_rule(app: App, module: str, condition: str, connection: str) -> None:
    """Send records of MODULE whose FIELD has this VALUE to CONNECTION."""
    field, equals, value = condition.partition("=")
    if not equals or not field.strip():
        raise click.UsageError("Write the condition as FIELD=VALUE, such as branch=North.")
    (name,) = known_modules(app, (module,))
    rule = _routing(app).set_rule(name, field.strip(), value.strip(), connection)
    target = app.xt.connections.get(rule.connection_id).name
    app.say(
        app.words.sentence(
            "{module} with {field} = {value} go to {name}. The next sync looks at all again.",
            module=rule.module,
            field=rule.field,
            value=rule.value,
            name=target,
        )
    )
    if app.as_json:
        app.emit(
            {
                "rule": {
                    "module": rule.module,
                    "field": rule.field,
                    "value": rule.value,
                    "connection_id": rule.connection_id,
                }
            }
        )


@route.command()
@click.argument("connection")
@json_option
@click.pass_obj
def default(app: App, connection: str) -> None:
    """Send invoices and payments that no rule fits to CONNECTION."""
    found = _routing(app).set_default(connection)
    app.say(app.words.sentence("What no rule fits goes to {name}.", name=found.name))
    if app.as_json:
        app.emit({"default": found.id})


@route.command()
@click.argument("connection")
@json_option
@click.pass_obj
def master(app: App, connection: str) -> None:
    """Let new customers and items of CONNECTION come into the CRM, and of no other."""
    found = _routing(app).set_master(connection)
    app.say(app.words.sentence("New customers and items come from: {name}", name=found.name))
    if app.as_json:
        app.emit({"master": found.id})


@route.command()
@click.argument("module")
@click.option("--tenant", help="The tenant of the CRM.")
@json_option
@click.pass_obj
def drop(app: App, module: str, tenant: str | None) -> None:
    """Take all rules of MODULE away."""
    app.of_tenant(tenant)
    (name,) = known_modules(app, (module,))
    count = _routing(app).drop_rules(name)
    if not count:
        raise NeedsPerson(f"{name} has no rule. See them: xtiger route show")
    rules = app.words.counted("{count} rule taken away.", "{count} rules taken away.", count)
    app.say(rules)
    if app.as_json:
        app.emit({"dropped": count})


def _describe(routes: Routes, names: dict[str, str]) -> dict[str, object]:
    return {
        "rules": [
            {
                "module": r.module,
                "field": r.field,
                "value": r.value,
                "connection_id": r.connection_id,
                "connection": names.get(r.connection_id),
            }
            for r in routes.rules
        ],
        "default": routes.default or None,
        "master": routes.master or None,
    }
