"""The command `xtiger sandbox`: serve a sandbox until Ctrl-C."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xtiger.sandbox import Sandbox, Server

#: Between two looks for webhooks that are due.
_PAUSE_SECONDS = 2


@click.command("sandbox")
@click.option("--port", default=0, show_default="a free one", help="Port to listen on.")
@click.option(
    "--seed",
    type=click.Choice(["empty", "demo"]),
    default="empty",
    show_default=True,
    help="What a new state holds.",
)
@click.option(
    "--country",
    type=click.Choice(["NZ", "AU", "UK", "US", "ZA", "CA", "GLOBAL"]),
    default="UK",
    show_default=True,
    help="Where a new organisation is: its chart, tax rates and financial year.",
)
@click.option(
    "--currency",
    metavar="CODE",
    show_default="the country's",
    help="Base currency of a new organisation, such as USD or INR.",
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that keeps everything; without it nothing outlives the command.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Anybody who reaches it can use the sandbox.",
)
@click.option(
    "--tier",
    type=click.Choice(["starter", "core", "plus", "advanced", "enterprise"]),
    default="starter",
    show_default=True,
    help="Xero's tier of the app: how many connections and calls a day it has.",
)
@click.option(
    "--calls-per-day",
    type=int,
    help="Daily limit per organisation, instead of the tier's.",
)
@click.option(
    "--old-app",
    is_flag=True,
    help="The app was made before March 2026 and may ask for the old broad scopes.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="TEXT",
    help='What goes wrong, such as "lost_answer method=PUT count=2"; may be given again.',
)
@click.option(
    "--webhook",
    metavar="URL",
    help="Where the app listens for webhooks; the key is printed.",
)
@click.option("--json", "as_json", is_flag=True, help="Say where it is as one JSON object.")
def sandbox(
    port: int,
    seed: str,
    country: Any,
    currency: str | None,
    state: Path | None,
    host: str,
    tier: Any,
    calls_per_day: int | None,
    old_app: bool,
    faults: tuple[str, ...],
    webhook: str | None,
    as_json: bool,
) -> None:
    """Serve a Xero for tests on this machine."""
    # Loaded here so that the other commands start without Flask.
    from xtiger.sandbox import Limits, Sandbox

    limits = Limits(day=calls_per_day) if calls_per_day is not None else None
    try:
        box = Sandbox(
            seed=seed,
            country=country,
            currency=currency,
            state=state,
            limits=limits,
            tier=tier,
            broad_scopes=old_app,
        )
        _equip(box, faults, webhook)
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    server = _listening(box, port, host)
    # The person who reads the address may press Ctrl-C before all of it has begun.
    with suppress(KeyboardInterrupt):
        (_tell_json if as_json else _tell)(box, server)
        with server, box:
            _run(box, server, webhook is not None)
    if not as_json:
        click.echo("Ended.")


def _equip(box: Sandbox, faults: Sequence[str], webhook: str | None) -> None:
    from xtiger.sandbox.faults.faults import read_fault

    for text in faults:
        box.faults.add(read_fault(text))
    if webhook is not None:
        box.webhooks.subscribe(box.client_id, webhook)


def _listening(box: Sandbox, port: int, host: str) -> Server:
    from xtiger.sandbox.serving import serve

    try:
        return serve(box, port, host)
    except OSError as error:
        box.close()
        raise click.ClickException(
            f"The sandbox cannot listen on {host}:{port}: {error.strerror}. "
            "Choose another --port or --host."
        ) from error


def _tell(box: Sandbox, server: Server) -> None:
    click.echo(f"Sandbox:       {server.url}")
    click.echo(f"Client id:     {box.client_id}")
    click.echo(f"Client secret: {box.client_secret}")
    click.echo(f"Control token: {box.control_token}")
    click.echo("Organisations: " + ", ".join(name for _, name in box.organisations()))
    subscription = box.webhooks.subscription(box.client_id)
    if subscription is not None:
        click.echo(f"Webhook key:   {subscription.key}")
    click.echo("Press Ctrl-C to end.")


def _tell_json(box: Sandbox, server: Server) -> None:
    subscription = box.webhooks.subscription(box.client_id)
    said = {
        "url": server.url,
        "client_id": box.client_id,
        "client_secret": box.client_secret,
        "control_token": box.control_token,
        "organisations": [{"tenantId": key, "name": name} for key, name in box.organisations()],
        "webhook_key": subscription.key if subscription is not None else None,
    }
    click.echo(json.dumps(said, indent=2))


def _run(box: Sandbox, server: Server, delivering: bool) -> None:
    """Serve until Ctrl-C; ask a webhook's receiver until it checks signatures, then deliver."""
    while delivering:
        subscription = box.webhooks.subscription(box.client_id)
        assert subscription is not None
        if subscription.status == "waiting":
            box.webhooks.intent_to_receive(box.client_id)
        box.webhooks.deliver_due()
        time.sleep(_PAUSE_SECONDS)
    server.wait()
