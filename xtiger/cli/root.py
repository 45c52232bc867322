"""The command `xtiger` itself: global options, the table of commands, errors at the top."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import closing
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

import click

from xtiger import __version__
from xtiger.cli.app import App, MakeLibrary, behind, harmless_streams
from xtiger.cli.failure import BROKEN, BUG, DONE, Ended, exit_code_of, sentence_of
from xtiger.cli.signals import stopped_by_signals
from xtiger.errors import SettingInvalid

#: What the extra `web` brings, and the sandbox and the demo cannot do without.
WEB_PACKAGES = ("flask", "waitress")

#: Command → (where it is, what it does). A command's file is loaded only when it runs.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "connect": ("connections:connect", "Connect a Xero organisation."),
    "connect-crm": ("starting.crms:connect_crm", "Connect a CRM that is reached over a network."),
    "disconnect": ("connections:disconnect", "End the connection of an organisation."),
    "reset": (
        "xtiger.cli.removing.resetting:reset",
        "Forget which records belong together; take that back.",
    ),
    "connections": (
        "connections:connections",
        "List the connected organisations, and how each is.",
    ),
    "route": ("routing:route", "Say which organisation gets what, of several."),
    "start": ("start:start", "Answer from when on, as what and whom, before the first sync."),
    "terms": ("terms:terms", "Show or accept the terms."),
    "modules": ("modules:modules", "List the modules; show or change their settings."),
    "list": ("listing:list_", "List what is read from Xero and not synced."),
    "mapping": ("mappings:mapping", "Show or save the mapping of fields."),
    "config": (
        "configuring:config",
        "Write, compare and apply what is decided, as one text.",
    ),
    "plan": ("planning:plan", "Show what a sync would do; nothing is sent."),
    "sync": ("syncing:sync", "Bring the CRM and Xero into agreement."),
    "get": ("starting.one_way:get", "Get one module from Xero, and nothing the other way."),
    "send": ("starting.one_way:send", "Send one module to Xero, and nothing the other way."),
    "historical": (
        "starting.historical:historical",
        "Sync unlinked records of a range of days, batch by batch.",
    ),
    "resync": ("starting.resync:resync", "Read records again and compare every field anew."),
    "reconcile": ("reconciling:reconcile", "Prove that both sides agree, to the cent."),
    "verify": ("proving.verifying:verify", "Say whether a signed proof is what was signed."),
    "privacy": ("privacy.privacy:privacy", "Show what is stored of persons; export or erase one."),
    "twins": ("twins:twins", "List records that look alike, and say which are one."),
    "runs": ("runs:runs", "List the last runs."),
    "undo": ("undoing:undo", "Take back what runs wrote; release it again."),
    "wipe": (
        "xtiger.cli.removing.wiping:wipe",
        "Take what came from Xero out of the CRM again.",
    ),
    "invoice": ("invoices:invoice", "Ask what Xero offers of an invoice: link, e-mail, opening."),
    "notices": ("notices:notices", "List what happened to invoices in Xero."),
    "receivers": (
        "outside.receivers:receivers",
        "Say which of your systems get signed messages.",
    ),
    "changes": ("outside.changes:changes", "List what changed in Xero since a cursor."),
    "mail": ("mailing.mails:mail", "Say who gets mails; show what became of each."),
    "calls": ("calls:calls", "Show calls and bytes by kind, and what they cost."),
    "conflicts": ("conflicts:conflicts", "List and solve what both sides hold differently."),
    "needs": ("starting.needs:needs", "List what waits for a person by cause; try one again."),
    "link": ("linking:link", "Link a CRM record to a Xero record."),
    "credit": ("linking:credit", "Have an invoice that gives money back made a credit note."),
    "unlink": ("linking:unlink", "Take the link of a record away."),
    "host": ("hosts:host", "Check the adapter of the CRM."),
    "worker": ("working:worker", "Do what is due, round after round."),
    "service": (
        "starting.service:service",
        "Choose what works in the background; see whether it runs.",
    ),
    "tick": ("hosts:tick", "Do what is due; for cron, once a minute."),
    "health": ("watching.health:health", "Say whether the installation does its work."),
    "extensions": ("extending:extensions", "Install, enable and disable extensions."),
    "sandbox": ("xtiger.sandbox.cli:sandbox", "Run a Xero on this machine, to try things."),
    "demo": ("xtiger.demo.cli:demo", "Watch a CRM and a Xero come to agree."),
}


class RootGroup(click.Group):
    """Our commands from the table above, then those of the extensions."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Our names in the order of use, then the extensions' by name."""
        return [*COMMANDS, *sorted(self._guests(ctx))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, loaded now; None for an unknown one."""
        if cmd_name in COMMANDS:
            return _load(COMMANDS[cmd_name][0])
        guest = self._guests(ctx).get(cmd_name)
        return guest[1] if guest else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; a command of a disabled extension is refused with the next step."""
        # Where the commands are found depends on the home, and click asks before the callback.
        app: App = ctx.obj
        app.choose(**ctx.params)
        try:
            found = super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], self.list_commands(ctx), 1)
            if not near:
                raise
            text = f"{error.message} Did you mean {near[0]!r}?"
            raise click.UsageError(text, ctx) from None
        guest = None if found[0] in COMMANDS else self._guests(ctx).get(found[0] or "")
        if guest and not {"--help", "-h"} & set(args):
            from xtiger.cli.guests import require_enabled  # loads the module manager

            require_enabled(app, guest[0])
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in --help, from the table: loading 16 files for it would be slow."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_place, text) in COMMANDS.items()])
        guests = self._guests(ctx)
        if guests:
            rows = [(name, guests[name][1].get_short_help_str(60)) for name in sorted(guests)]
            with formatter.section("Commands of extensions"):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> object:
        """Carry out the command; a closed pipe is run()'s matter, and click would exit with 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise BrokenPipeError from None  # click looks for the errno, which this one has not

    def _guests(self, ctx: click.Context) -> Mapping[str, tuple[str, click.Command]]:
        if "guests" not in ctx.meta:
            from xtiger.cli.guests import guest_commands  # loads the extensions' plugins

            app: App = ctx.ensure_object(App)
            ctx.meta["guests"] = guest_commands(app, taken=COMMANDS)
        guests: Mapping[str, tuple[str, click.Command]] = ctx.meta["guests"]
        return guests


def _load(place: str) -> click.Command:
    module_name, _, name = place.partition(":")
    if not module_name.startswith("xtiger."):
        module_name = f"xtiger.cli.commands.{module_name}"
    else:  # the sandbox and the demo serve pages, and load what they need only when they run
        missing = [package for package in WEB_PACKAGES if find_spec(package) is None]
        if missing:
            fix = "Install it: pip install 'xtiger[web]'"
            raise SettingInvalid(missing[0], "is not installed; this command needs it", fix)
    command: click.Command = getattr(importlib.import_module(module_name), name)
    return command


@click.group(
    cls=RootGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="XTIGER_HOME.")
@click.option("--host", default="", help="package.module:factory in place of XTIGER_HOST.")
@click.option("--connection", help="Name or id of the organisation, where there are several.")
@click.option("--tenant", help="The tenant of the CRM, where it has several.")
@click.option("--debug", is_flag=True, help="Show the trace of a mistake.")
@click.version_option(__version__, "--version", prog_name="xtiger")
def root(
    home: Path | None, host: str, connection: str | None, tenant: str | None, debug: bool
) -> None:
    """Keep a CRM and a Xero organisation in agreement, both ways.

    The usual order: connect, terms --accept, mapping save, start, plan, sync.
    """
    # The options are taken in RootGroup.resolve_command.


def run(
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    make_library: MakeLibrary | None = None,
) -> int:
    """Carry out one command and return its exit code; sentences go to standard error."""
    with harmless_streams():
        return _run(arguments, App(environment, make_library))


def _run(arguments: Sequence[str], app: App) -> int:
    try:
        with stopped_by_signals(), closing(app):
            answer = root.main(list(arguments), prog_name="xtiger", standalone_mode=False, obj=app)
    except BrokenPipeError:
        return DONE  # the reader of our output has enough
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else BUG
    # The top of the program: everything becomes a sentence and an exit code.
    except BaseException as error:  # noqa: BLE001
        return _fail(app, error)
    return answer if isinstance(answer, int) else DONE


def _fail(app: App, error: BaseException) -> int:
    code = exit_code_of(error)
    if isinstance(error, Ended):
        return code
    if app.debug and code in (BUG, BROKEN):
        traceback.print_exception(error)
    sentence, name = sentence_of(error)
    if app.as_json:
        app.emit({"error": {"code": name, "sentence": sentence, "exit_code": code}})
    if isinstance(error, click.ClickException):
        error.show()
    else:
        click.echo(sentence, err=True)
        click.secho(f"[{name}]", file=behind(sys.stderr), dim=True)
    return code
