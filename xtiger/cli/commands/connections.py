"""`xtiger connect`, `disconnect` and `connections`."""

from __future__ import annotations

import webbrowser
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App, user
from xtiger.console import json_option
from xtiger.errors import WrongOrganisation, mapping_command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xtiger.model.connections import Connection
    from xtiger.services.webhooks import WebhookState
    from xtiger.xero.health import Health
    from xtiger.xero.oauth import Organisation

#: The port that the redirect address of a real Xero app names.
DEFAULT_PORT = 8910
#: Calls a day on Xero's smallest tier and on all others.
#: Source: developer.xero.com, OAuth 2.0 API limits.
_STARTER_CALLS, _OTHER_CALLS = 1000, 5000


@click.command()
@click.option("--organisation", help="Name or id of the organisation, where several are allowed.")
@click.option("--tenant", help="The CRM's tenant that it belongs to.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the redirect address.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--timeout", default=300, show_default=True, help="Seconds to wait for the answer.")
@json_option
@click.pass_obj
def connect(
    app: App,
    organisation: str | None,
    tenant: str | None,
    port: int | None,
    no_browser: bool,
    timeout: int,
) -> None:
    """Connect a Xero organisation.

    Your Xero app must name the redirect address http://localhost:8910/modules/XTiger/callback
    (or the port that you give).
    """
    xt, words = app.of_tenant(tenant), app.words
    if port is None:
        # The sandbox takes any port of localhost; Xero only what the app names.
        port = 0 if xt.settings.xero_url else DEFAULT_PORT
    returned = _ask_for_permission(app, port, timeout, browser=not no_browser)
    found = xt.connections.consent_answered(returned)
    chosen = _chosen(app, found, organisation).organisation_id
    made = xt.connections.connect(chosen, by=user())
    app.say(
        words.sentence(
            "Connected: {name} ({currency}).", name=made.name, currency=made.base_currency
        )
        + _calls_a_day(app, made)
    )
    if app.as_json:
        app.emit({"connection": describe(made)})


def _ask_for_permission(app: App, port: int, timeout: int, *, browser: bool) -> str:
    """Open Xero's consent page and wait for the address that it sends the browser to."""
    # http.server is needed here only.
    from xtiger.cli.consent_listener import ConsentListener

    with ConsentListener(port) as listener:
        listener.lead_to(app.xt.connections.consent(listener.redirect_uri).url)
        sentence = app.words.sentence(
            "Opening Xero to ask for your permission. If nothing opens, go to: {address}",
            address=listener.address,
        )
        # On standard error with --json, so that the address can be opened all the same.
        (click.echo(sentence, err=True) if app.as_json else app.say(sentence))
        if browser:
            webbrowser.open(listener.address)
        return listener.wait(timeout)


def _chosen(app: App, found: Sequence[Organisation], wanted: str | None) -> Organisation:
    if wanted is not None:
        for one in found:
            if wanted.casefold() in (one.name.casefold(), one.organisation_id.casefold()):
                return one
        names = ", ".join(one.name for one in found)
        reason = f"the permission covers only: {names}. Choose one of these: --organisation NAME"
        raise WrongOrganisation(wanted, reason)
    if len(found) == 1:
        return found[0]
    app.say(app.words.translate("You allowed several organisations:"))
    for number, one in enumerate(found, 1):
        app.say(f"  {number}  {one.name}")
    question = app.words.translate("Which one belongs to this CRM?")
    number = click.prompt(question, type=click.IntRange(1, len(found)), err=app.as_json)
    return found[int(number) - 1]


def _calls_a_day(app: App, connection: Connection) -> str:
    left = day_calls_left(app, connection.id)
    if left is None:
        return ""
    if left < _STARTER_CALLS:
        return " " + app.words.sentence(
            "{count} calls a day on the Starter tier.", count=app.words.number(_STARTER_CALLS)
        )
    return " " + app.words.sentence("{count} calls a day.", count=app.words.number(_OTHER_CALLS))


def day_calls_left(app: App, connection_id: str) -> int | None:
    """Calls left today as Xero's last answer said; None when no answer said so today."""
    since = app.xt.clock.now() - timedelta(days=1)
    calls = app.xt.store.calls(connection_id, since, 50)
    return next((call.day_left for call in calls if call.day_left is not None), None)


def describe(connection: Connection) -> dict[str, object]:
    """A connection for --json: no token, no content of the organisation."""
    return {
        "id": connection.id,
        "name": connection.name,
        "organisation_id": connection.organisation_id,
        "tenant": connection.tenant,
        "base_currency": connection.base_currency,
        "country": connection.country,
        "state": connection.state,
        "reason": connection.reason,
        "created_at": connection.created_at,
    }


@click.command()
@click.argument("name", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def disconnect(app: App, name: str | None, yes: bool) -> None:
    """End the connection of an organisation. Links, mappings and log are kept."""
    found = app.xt.connections.get(name) if name else app.xt.connections.get(app.connection_id())
    question = app.words.sentence("Disconnect {name}?", name=found.name)
    if not yes and not app.as_json:
        waiting = sum(app.xt.context().waiting(found.id).values())
        if waiting:
            app.say(
                app.words.counted(
                    "{count} record waits to be synced or mended. "
                    "It is looked at again once this organisation is connected again.",
                    "{count} records wait to be synced or mended. "
                    "They are looked at again once this organisation is connected again.",
                    waiting,
                )
            )
    app.confirm(question, yes=yes)
    app.xt.connections.disconnect(found.id)
    app.say(app.words.sentence("{name} is disconnected. Nothing is lost.", name=found.name))
    if app.as_json:
        app.emit({"disconnected": found.id})


@click.command()
@json_option
@click.pass_obj
def connections(app: App) -> None:
    """List the connected organisations, and how each connection is."""
    # requests is slow to load.
    from xtiger.cli.commands.calls import price_of, say_price
    from xtiger.xero.health import connection_health

    tier = app.xt.settings.xero_tier
    made_all = app.xt.connections.all()
    found = [connection_health(app.xt.store, app.xt.clock, one, tier) for one in made_all]
    webhooks = {state.connection_id: state for state in app.xt.webhooks.states()}
    if app.as_json:
        described = [_described(app, one, webhooks[one.connection.id]) for one in found]
        app.emit({"connections": described, "egress": price_of(app, made_all)})
        return
    if not found:
        _ = app.words.translate
        app.say(_("No Xero organisation is connected yet. Connect one: xtiger connect"))
        return
    _show(app, found, webhooks)
    if app.xt.links.is_home_shared():
        app.warn(
            app.words.translate(
                "Two CRMs share this home, and each forgets what the other one saw. Give each its "
                "own: XTIGER_HOME or XTIGER_PROJECT"
            )
        )
    _say_warnings(app, found)
    if tier:
        say_price(app, made_all)


def _described(app: App, health: Health, webhooks: WebhookState) -> dict[str, object]:
    return (
        describe(health.connection)
        | condition(health)
        | _webhooks(webhooks)
        | {"unmapped": _unmapped(app, health.connection)}
    )


def _show(app: App, found: Sequence[Health], webhooks: Mapping[str, WebhookState]) -> None:
    # requests and rich are slow to load.
    from xtiger.cli.tables import columns
    from xtiger.services.webhooks import spoken

    _, now = app.words.translate, app.xt.clock.now()
    table = columns(
        _("Organisation"),
        _("Currency"),
        _("State"),
        _("Calls left"),
        _("Permission"),
        _("Webhooks"),
        "Id",
    )
    for one in found:
        table.add_row(*_cells(app, one, spoken(webhooks[one.connection.id], app.words, now)))
    app.console.print(table)


def _cells(app: App, health: Health, webhooks: str) -> list[str]:
    _, made = app.words.translate, health.connection
    states = {"active": _("connected"), "ended": _("ended")}
    reason = f": {made.reason}" if made.reason else ""
    return [
        made.name,
        made.base_currency,
        states[made.state] + reason,
        _calls_left(app, health),
        _permission(app, health),
        webhooks,
        made.id,
    ]


def _say_warnings(app: App, found: Sequence[Health]) -> None:
    for one in found:
        for sentence in _warnings(app, one):
            app.say(f"▲ {one.connection.name}: {sentence}")
        if unmapped := _unmapped(app, one.connection):
            several = one.connection.name if len(found) > 1 else ""
            said = app.words.sentence(
                "No mapping is saved for {modules}; nothing moves before. "
                "Save the default one: {command}",
                modules=", ".join(unmapped),
                command=mapping_command(several),
            )
            app.say(f"▲ {one.connection.name}: {said}")


def _unmapped(app: App, connection: Connection) -> list[str]:
    """The modules that this connection cannot sync yet; none of one that has ended."""
    return app.xt.modules.unmapped(connection.id) if connection.state == "active" else []


def condition(health: Health) -> dict[str, object]:
    """How a connection is, for --json; see xtiger.xero.health."""
    ahead, trouble = health.outlook, health.trouble
    return {
        "tier": ahead.tier if ahead else None,
        "day_calls": ahead.day_calls if ahead else None,
        "day_calls_left": ahead.left if ahead else None,
        "day_resets_at": ahead.resets_at if ahead else None,
        "day_runs_out_at": ahead.runs_out_at if ahead else None,
        "minute_calls_left": health.minute_left,
        "blocked_until": health.blocked_until,
        "permission_days_left": health.days_left,
        "last_trouble": None
        if trouble is None
        else {
            "at": trouble.at,
            "operation": trouble.operation,
            "http_status": trouble.http_status,
            "correlation_id": trouble.correlation_id,
        },
        "alerts": list(health.alerts),
    }


def _webhooks(state: WebhookState) -> dict[str, object]:
    """Whether a signing key is set, what waits, and when the last event came, for --json."""
    return {
        "webhooks": {
            "set": state.is_set,
            "waiting": state.waiting,
            "last_received_at": state.last_received_at,
        }
    }


def _calls_left(app: App, health: Health) -> str:
    if health.outlook is None:
        return ""
    number = app.words.number
    return f"{number(health.outlook.left)} / {number(health.outlook.day_calls)}"


def _permission(app: App, health: Health) -> str:
    if health.days_left is None:
        return ""
    return app.words.counted("{count} day", "{count} days", health.days_left)


def _warnings(app: App, health: Health) -> list[str]:
    """What to do about a connection, a sentence each; an ended one says it in its state."""
    words = app.words
    found = []
    if "key_lost" in health.alerts:
        found.append(
            words.translate(
                "Its tokens cannot be read, since the key they were saved with is missing. Put the "
                "key back, or connect again: xtiger connect"
            )
        )
    if "permission_ends" in health.alerts:
        found.append(
            words.counted(
                "Its permission ends in {count} day unless it is used. Sync once: xtiger sync",
                "Its permission ends in {count} days unless it is used. Sync once: xtiger sync",
                health.days_left or 0,
            )
        )
    found += _warnings_of_calls(app, health)
    if health.trouble is not None:
        found.append(
            words.sentence(
                "Last trouble: {operation}, {status}, {ago}.",
                operation=health.trouble.operation,
                status=health.trouble.http_status or words.translate("no answer"),
                ago=words.ago(health.trouble.at, app.xt.clock.now()),
            )
        )
    return found


def _warnings_of_calls(app: App, health: Health) -> list[str]:
    """Whether the calls of the day last."""
    words, ahead = app.words, health.outlook
    if ahead is None:
        return []
    found = []
    if "calls_used_up" in health.alerts:
        found.append(
            words.sentence(
                "The day's calls are used up. Xero counts anew by {time} UTC.",
                time=words.moment(ahead.resets_at),
            )
        )
    if ahead.runs_out_at and "calls_run_out" in health.alerts:
        found.append(
            words.sentence(
                "At this pace the day's calls are used up at {time} UTC.",
                time=words.moment(ahead.runs_out_at),
            )
        )
    return found
