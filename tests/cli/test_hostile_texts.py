"""What a stranger wrote into a record, an error or a chart steers no terminal or spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import click
import pytest
from rich.console import Console
from rich.text import Text

from tests.cli import plugged
from tests.stories.tenants.conftest import EXTENSIONS, unclosed
from tests.stories.tenants.test_walk import leaves
from tests.world import World, make_world
from xtiger.cli import app as cli_app
from xtiger.cli.app import App, harmless_streams
from xtiger.cli.root import root, run
from xtiger.errors import BrokenHost
from xtiger.i18n.harmless import csv_text, json_text
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.plans import Cause, Difference, Proposal
from xtiger.model.records import Ref
from xtiger.model.runs import Outcome, Run
from xtiger_queue import store, tables

#: Escape, title of the window, C1's own escape, return, backspace, and a turned direction.
EVIL = "=1+1 \x1b[2J\x1b]0;owned\x07 \x9b31m\rgone\x08\x7f \u202ekcab \u2066x"
HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A CRM, a Xero and a store in which each text that a stranger may set is evil."""
    with make_world(tmp_path) as made:
        monkeypatch.setattr(plugged, "host", made.host, raising=False)
        for name in EXTENSIONS:
            made.xt.extensions.enable(name)
        made.connect()
        texts = [
            field.name
            for field in made.host.modules()[0].fields
            if field.type == "text" and not field.name.startswith("xtiger")
        ]
        for number in range(2):
            made.host.create("Organizations", {"accountname": f"{number} Ltd"})
        made.sandbox.add("Contacts", {"Name": "Theirs"})
        made.wait()
        made.xt.sync.run()
        made.host.edit("Organizations", "1", **{f: f"{EVIL} {f}"[:50] for f in texts})
        for contact in made.sandbox.table("Contacts"):
            fields = {
                name: f"{EVIL} {contact['Name']}" for name in ("Name", "FirstName", "LastName")
            }
            made.sandbox.edit("Contacts", contact["ContactID"], fields)
        _fill(made)
        made.wait()
        made.xt.sync.run()
        yield made


def _fill(world: World) -> None:
    kept, now, made = world.xt.store, world.clock.now(), world.xt.connections.get()
    kept.save_connection(replace(made, name=f"{made.name} {EVIL}"))
    kept.save_run(
        Run("evil", made.id, ("Organizations",), now, finished_at=now, state="failed", error=EVIL)
    )
    kept.add_outcomes(
        [
            Outcome(
                made.id,
                "evil",
                "Organizations",
                "Contact",
                "2",
                None,
                EVIL,
                "held",
                cause=Cause("both_changed", {"fields": EVIL}),
                differences=(Difference("Name", EVIL, EVIL, EVIL, EVIL, "conflict"),),
                proposals=(Proposal("link", EVIL, "2", EVIL),),
                at=now,
            )
        ]
    )
    kept.replace_accounts(
        made.id, [Account(EVIL, "200", EVIL, "REVENUE", "REVENUE", "OUTPUT2", description=EVIL)]
    )
    kept.replace_tax_rates(
        made.id, [TaxRate("OUTPUT2", EVIL, Decimal(20), classes=frozenset({"REVENUE"}))]
    )
    context = world.xt.context().for_extension("XTQueue")
    with store.begin(context) as db:
        store.enqueue(db, "", made.id, [Ref("Organizations", "2")], "save", now)
        db.execute(
            tables.job_table.update().values(name=EVIL, sentence=EVIL, fix=EVIL, state="held")
        )


Typed = Callable[..., str]


@pytest.fixture
def typed(world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Typed:
    """Runs a command on the world's library; answers all that it wrote."""

    def call(*words: str) -> str:
        given = {"XTIGER_HOME": str(tmp_path), "XTIGER_HOST": "tests.cli.plugged:host"}
        run(words, given, lambda _host, _settings: unclosed(world.xt))
        output = capsys.readouterr()
        return output.out + output.err

    return call


def _command(path: tuple[str, ...]) -> click.Command:
    command: click.Command = root
    for word in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command, obj=App()), word)
        assert found is not None
        command = found
    return command


#: Argument → what is typed for it.
TYPED = {
    "module": "Organizations",
    "crm_id": "2",
    "record_id": "2",
    "xero_id": EVIL,
    "name": "XTLog",
    "key": EVIL,
    "id": "1",
    "connection": EVIL,
    "condition": f"accountname={EVIL}",
    "ids": "1",
    "every": "1d",
    "order": "first",
    "capacity": "9",
    "tax": EVIL,
    "way": "up",
    "option": "tax:x",
    "value": "OUTPUT2",
    "crm": EVIL,
    "xero": EVIL,
    "template": "plain",
    "older": "1",
    "version": "1",
    "file": "none.toml",
    "what": "accounts",
    "code": EVIL,
    "address": EVIL,
    "number": "1",
    "letter_id": "1",
    "person": EVIL,
}


def test_no_command_lets_a_text_steer_the_terminal(typed: Typed) -> None:
    """Each command, as it is and as JSON, over texts with escapes in every place."""
    steered, seen = {}, ""
    # What takes away comes last: there is nothing to show afterwards.
    last = {"reset", "disconnect", "undeployed"}
    paths = sorted(leaves(root), key=lambda path: (bool(last & {*path}), path))
    for path in paths:
        command = _command(path)
        names = {one.name for one in command.params}
        given = [
            TYPED[one.name]
            for one in command.params
            if isinstance(one, click.Argument) and one.required and one.name
        ]
        given += ["--yes"] if "yes" in names else []
        given += ["--once"] if "once" in names else []
        given += ["--name", EVIL] if "typed" in names else []
        json_too = "--json" in {option for one in command.params for option in one.opts}
        for options in ([], ["--json"]) if json_too else ([],):
            words = (*path, *given, *options)
            out = typed(*words)
            seen += out
            if HARMFUL.search(out):
                steered[" ".join(words)] = HARMFUL.findall(out)

    assert {} == steered
    assert (True, True) == (len(paths) > 30, seen.count("␛[2J") > 20)


def test_json_keeps_the_texts_as_they_are(typed: Typed) -> None:
    """A script reads what stands in the record, to the character."""
    names = [row["record"] for row in json.loads(typed("log", "--json"))["entries"]]

    assert EVIL in names


@pytest.mark.parametrize("words", [("log", "--csv"), ("reconcile", "--csv", "-")])
def test_no_export_runs_a_formula_or_holds_an_escape(typed: Typed, words: tuple[str, ...]) -> None:
    """Each cell of each export is text or a number."""
    out = typed(*words)
    cells = [cell for row in csv.reader(io.StringIO(out)) for cell in row]

    assert ([], []) == (HARMFUL.findall(out), [c for c in cells if c[:1] in "=+-@\t" and c])
    assert any(cell.startswith("'=1+1 ␛[2J") for cell in cells)


def test_an_error_and_its_trace_steer_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a host says in an exception is drawn, with --debug, too."""

    def fail(*_: object) -> NoReturn:
        raise BrokenHost("Organizations", "read", EVIL)

    given = {"XTIGER_HOME": str(tmp_path), "XTIGER_HOST": "tests.web.stand_in:StandInHost"}
    code = run(("--debug", "modules"), given, fail)
    out = capsys.readouterr().err

    assert (5, [], True) == (code, HARMFUL.findall(out), "␛[2J" in out)


def test_colours_of_our_own_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a heading is bold, and the text in it is drawn."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with harmless_streams():
        console: Console = cli_app._console(stderr=False)
        console.print(Text(f"a{EVIL}", "bold"))
        click.echo(EVIL)

    assert (2, 1, []) == (
        terminal.getvalue().count("␛[2J"),
        terminal.getvalue().count("\x1b[1m"),
        HARMFUL.findall(re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())),
    )


def test_a_semicolon_opens_no_cell() -> None:
    """Where a spreadsheet splits at semicolons, quotes keep what follows in its cell."""
    assert '"a","b;=1+1"\n' == csv_text(("n", "m"), [("a", "b;=1+1")]).partition("\n")[2]


def test_numbers_stay_numbers() -> None:
    """A minus before a number is no formula; before a text it may be."""
    assert "n,m\n-5,'-5\n" == csv_text(("n", "m"), [(-5, "-5")])


def test_json_reads_back_as_it_was() -> None:
    """Escaped characters are the same ones to who reads the JSON."""
    assert EVIL == json.loads(json_text(EVIL))
