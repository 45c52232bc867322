"""The command `xtiger sandbox`: serve a sandbox until Ctrl-C."""

from __future__ import annotations

from pathlib import Path

import click


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
    "--calls-per-day",
    default=1000,
    show_default=True,
    help="Daily limit per organisation: 1000 is Xero's Starter tier, 5000 the others.",
)
def sandbox(port: int, seed: str, state: Path | None, host: str, calls_per_day: int) -> None:
    """Serve a Xero for tests on this machine."""
    # Loaded here so that the other commands start without Flask.
    from xtiger.sandbox import Limits, Sandbox

    try:
        box = Sandbox(seed=seed, state=state, limits=Limits(day=calls_per_day))
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    try:
        server = box.serve(port, host)
    except OSError as error:
        box.close()
        raise click.ClickException(
            f"The sandbox cannot listen on {host}:{port}: {error.strerror}. "
            "Choose another --port or --host."
        ) from error
    click.echo(f"Sandbox:       {server.url}")
    click.echo(f"Client id:     {box.client_id}")
    click.echo(f"Client secret: {box.client_secret}")
    click.echo("Organisations: " + ", ".join(name for _, name in box.organisations()))
    click.echo("Press Ctrl-C to end.")
    try:
        server.wait()
    except KeyboardInterrupt:
        click.echo("Ended.")
    finally:
        server.close()
        box.close()
