"""`xtiger demo`: a CRM and a Xero organisation come to agree on this machine."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import simplejson

if TYPE_CHECKING:
    from xtiger.demo.stage import Stage
    from xtiger.demo.story import Result, Say

CRM_PORT = 8080
SANDBOX_PORT = 8700
#: Names that one line lists.
_NAMES = 5


@click.command()
@click.option("--home", type=click.Path(path_type=Path), help="Folder to keep all state in.")
@click.option("--once", is_flag=True, help="A script allows access; ends without Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (with --once).")
@click.option("--first-day", is_flag=True, help="Set nothing up: you do it in the browser.")
@click.option("--port", default=CRM_PORT, show_default=True, help="Port of the CRM.")
@click.option(
    "--sandbox-port", default=SANDBOX_PORT, show_default=True, help="Port of the sandbox."
)
def demo(
    home: Path | None, once: bool, as_json: bool, first_day: bool, port: int, sandbox_port: int
) -> None:
    """Watch a CRM and a Xero organisation come to agree."""
    # Flask, waitress and SQLAlchemy are loaded only when the demo really runs.
    from xtiger.demo.stage import set_stage
    from xtiger.errors import SettingInvalid

    once = once or as_json
    root = click.get_current_context().parent
    home = home or (root.params.get("home") if root else None)
    started = time.monotonic()
    say: Say = (lambda _line: None) if as_json else click.echo
    with _home(home, once=once) as place:
        ports = (0, 0) if once else (port, sandbox_port)
        try:
            with set_stage(
                place, crm_port=ports[0], sandbox_port=ports[1], first_day=first_day
            ) as stage:
                if first_day:
                    _lead(stage, say, once=once)
                else:
                    _play(stage, say, once=once, as_json=as_json, started=started)
        except OSError as error:
            raise SettingInvalid(
                "A port",
                f"cannot be used ({error.strerror})",
                "Choose others: --port, --sandbox-port.",
            ) from error


@contextmanager
def _home(home: Path | None, *, once: bool) -> Iterator[Path]:
    if home is not None or not once:
        yield home or Path("demo-home").absolute()
        return
    with tempfile.TemporaryDirectory(prefix="xtiger-demo-") as place:
        yield Path(place)


def _play(stage: Stage, say: Say, *, once: bool, as_json: bool, started: float) -> None:
    from xtiger.demo.story import addresses, set_up, tell

    say(f"CRM at {stage.crm_url}, sandbox at {stage.sandbox_url}, state in {stage.home}")
    if not any(c.state == "active" for c in stage.xt.connections.all()):
        _connect(stage, say, once=once)
    set_up(stage, say)
    result = tell(stage, say)
    result.seconds = time.monotonic() - started
    _show(stage, result, say, as_json=as_json)
    if once:
        _end(result)
        next_ = f"Next: {started_as(sys.argv[0])} demo, and look at both sides in the browser."
        say(f"{next_} Your own CRM: docs/host.md")
        return
    for what, address in addresses(stage):
        say(f"{what}: {address}")
    say("Next: open XTiger's pages, solve what waits, and see it agree.")
    again = f"{started_as(sys.argv[0])} --home {shlex.quote(str(stage.home))} plan"
    say(f"Other commands work on this home, in another terminal: {again}")
    say("Ctrl-C ends.")
    _serve(stage)


def _lead(stage: Stage, say: Say, *, once: bool) -> None:
    """Say what a person types into the page Start, and serve."""
    say(f"Open {stage.crm_url}/xt/start and go from step to step.")
    say(f"The app at Xero that Start asks for: client id {stage.sandbox.client_id}")
    say(f"  client secret {stage.sandbox.client_secret}")
    if not once:
        say("Ctrl-C ends.")
        _serve(stage)


def started_as(program: str) -> str:
    """What a person types to start this program again; `program` is how it was started."""
    path = Path(program)
    if path.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m {path.parent.name}"
    if shutil.which(path.name) == program:
        return path.name
    return shlex.quote(program)


def _connect(stage: Stage, say: Say, *, once: bool) -> None:
    from xtiger.demo.story import ORGANISATION
    from xtiger.demo.visitor import connect_in_crm

    if once:
        connect_in_crm(stage.crm_url, ORGANISATION)
        return
    address = f"{stage.crm_url}/modules/XTiger/connect"
    say(f"Allow access in the browser, for {ORGANISATION}. If nothing opens, go to: {address}")
    webbrowser.open(address)
    # The currency is known last, when the organisation has been read.
    while not any(c.state == "active" and c.base_currency for c in stage.xt.connections.all()):
        time.sleep(0.5)


def _show(stage: Stage, result: Result, say: Say, *, as_json: bool) -> None:
    from xtiger.demo.story import proof_sentence, waiting

    data: dict[str, Any] = result.as_dict()
    if as_json:
        click.echo(simplejson.dumps(data, use_decimal=True, default=_as_text))
        return
    say(f"{len(data['holds'])} held or skipped, {len(data['conflicts'])} in conflict, as planted:")
    for one in waiting(stage, result.last_plan) if result.last_plan else ():
        say(f"  {one.module}: {_listed(one.names)}")
        say(f"    {one.why} {one.fix}")
    say(f"{result.calls} calls in {result.seconds:.0f} s.")
    say(proof_sentence(result))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES])
    return f"{shown} and {len(names) - _NAMES} more" if len(names) > _NAMES else shown


def _as_text(value: object) -> str:
    return str(value)


def _end(result: Result) -> None:
    for complaint in result.complaints:
        click.echo(complaint, err=True)
    if result.complaints:
        sys.exit(1)


def _serve(stage: Stage) -> None:
    """Work like a CRM's own worker until Ctrl-C: what is saved goes to Xero, and back."""
    from xtiger.demo.sender import telling
    from xtiger.services.worker import worker_of

    worker = worker_of(stage.xt, click.echo)
    worker.poll_seconds = 1.0
    worker.start()
    try:
        with telling(stage.sandbox, stage.crm_url):
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("Ended. The state is kept.")
    finally:
        worker.stop()
