"""The command itself: help, bad input, errors at the top."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from tests.cli.conftest import Xtiger
from tests.web.stand_in import StandIn, StandInHost
from xtiger.cli import GC_THRESHOLD
from xtiger.cli.app import load_host
from xtiger.cli.failure import EXIT_CODES
from xtiger.cli.root import COMMANDS
from xtiger.errors import BrokenHost, SettingInvalid

ROOT = Path(__file__).parents[2]


def failing() -> None:
    """A factory that fails."""
    raise RuntimeError("no database")


def test_help_lists_every_command(xtiger: Xtiger) -> None:
    """Each command of ours stands in --help with a sentence."""
    found = xtiger("--help")

    assert (0, []) == (found.code, [name for name in COMMANDS if f"  {name} " not in found.out])


def test_every_command_has_help(xtiger: Xtiger) -> None:
    """Each of our commands loads and describes itself in the words of the table."""
    ours = [name for name, (place, _text) in COMMANDS.items() if "." not in place]

    for name in ours:
        found = xtiger(name, "--help")

        assert (0, True) == (found.code, "Usage: xtiger" in found.out)


def test_help_loads_no_heavy_library() -> None:
    """`xtiger.cli` and its help bring neither SQLAlchemy, requests, Flask nor Celery."""
    code = (
        "import sys, xtiger.cli.root as root\n"
        "root.run(['--help'], {'XTIGER_SAFE_MODE': '1'})\n"
        "print(sorted({'sqlalchemy', 'requests', 'flask', 'celery', 'rich'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.splitlines()[-1]


def test_an_unknown_command_ends_with_2(xtiger: Xtiger) -> None:
    """A typing mistake is told with the way to help."""
    found = xtiger("snyc")

    assert 2 == found.code
    assert "No such command 'snyc'. Did you mean 'sync'?" in found.err


@pytest.mark.parametrize("command", ["sandbox", "demo"])
def test_a_missing_web_library_is_named(
    xtiger: Xtiger, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Where the extra `web` is not installed, the sentence says how to install it."""
    monkeypatch.setattr("xtiger.cli.root.WEB_PACKAGES", ("click", "no_such_library"))
    found = xtiger(command)

    assert 3 == found.code
    assert "no_such_library is not installed" in found.err
    assert "pip install 'xtiger[web]'" in found.err


def test_a_missing_host_is_explained(xtiger: Xtiger) -> None:
    """Without XTIGER_HOST the sentence says what to give."""
    found = xtiger("plan", XTIGER_HOST="")

    assert 3 == found.code
    assert "XTIGER_HOST is not set. Give the function that returns your Host" in found.err


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("mycrm", "XTIGER_HOST is 'mycrm', not package.module:factory."),
        ("nowhere.at_all:host", "XTIGER_HOST names nowhere.at_all, which cannot be imported"),
        ("tests.web.stand_in:absent", "XTIGER_HOST names absent, which tests.web.stand_in has not"),
    ],
)
def test_a_wrong_host_name_is_explained(spec: str, sentence: str) -> None:
    """Each way to misname the factory has its own sentence."""
    with pytest.raises(SettingInvalid) as caught:
        load_host(spec)

    assert sentence in str(caught.value)


def test_a_failing_factory_is_a_broken_host() -> None:
    """A factory that raises, or returns something else, is the adapter's mistake."""
    with pytest.raises(BrokenHost, match="failed in the factory: RuntimeError: no database"):
        load_host(f"{__name__}:failing")
    with pytest.raises(BrokenHost, match="it returned a dict, not a Host"):
        load_host("builtins:dict")


def test_a_ready_host_is_taken_as_it_is() -> None:
    """A factory and a class both work."""
    assert isinstance(load_host("tests.web.stand_in:StandInHost"), StandInHost)


def test_a_mistake_of_ours_is_one_sentence(xtiger: Xtiger, xt: StandIn) -> None:
    """An unknown exception ends with 1, without trace and without its own text."""
    xt.error = ValueError("secret of a record")  # type: ignore[assignment]  # on purpose

    found = xtiger("runs")

    assert 1 == found.code
    assert "XTiger made a mistake (ValueError)." in found.err
    assert "secret of a record" not in found.err


def test_debug_shows_the_trace(xtiger: Xtiger, xt: StandIn) -> None:
    """--debug shows where the mistake happened."""
    xt.error = ValueError("x")  # type: ignore[assignment]  # on purpose

    assert "Traceback (most recent call last)" in xtiger("--debug", "runs").err


@pytest.mark.parametrize("given", [(), (errno.EPIPE, "Broken pipe")])
def test_a_closed_pipe_is_no_mistake(xtiger: Xtiger, xt: StandIn, given: tuple[object]) -> None:
    """`xtiger runs | head` ends quietly."""
    xt.error = BrokenPipeError(*given)  # type: ignore[assignment]  # on purpose

    found = xtiger("runs")

    assert (0, "", "") == (found.code, found.out, found.err)


def test_a_table_into_a_closed_pipe_is_no_mistake(
    xtiger: Xtiger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads a long table may go at any line: the code stays that of a command done."""

    class Closed(StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Closed())

    assert 0 == xtiger("modules").code


def test_ctrl_c_ends_with_130(xtiger: Xtiger, xt: StandIn) -> None:
    """Stopped by hand: one sentence, and nothing is lost."""
    xt.error = KeyboardInterrupt()  # type: ignore[assignment]  # on purpose

    found = xtiger("sync")

    assert 130 == found.code
    assert (
        "Stopped. If a sync was under way, the next one looks up what arrived in Xero." in found.err
    )


def test_the_console_script_runs() -> None:
    """The installed command answers, also where the terminal knows ASCII only."""
    environment = {"PATH": "", "PYTHONIOENCODING": "ascii", "XTIGER_SAFE_MODE": "1"}
    code = "import sys; sys.argv = ['xtiger', '--help']; from xtiger.cli import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )

    assert done.stdout.startswith("Usage: xtiger")


def test_documented_options_exist(xtiger: Xtiger) -> None:
    """Each option that docs/cli.md shows for a command is in the command's help."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    absent = []
    for usage in re.findall(r"^\| `xtiger ([^`]+)` \|", text, re.MULTILINE):
        words = usage.split()
        known = [word for word in words[:2] if word.isalpha() and word.islower()]
        shown = xtiger(*known, "--help").out if known[0] not in ("sandbox", "demo") else usage
        absent += [option for option in re.findall(r"--[a-z-]+", usage) if option not in shown]

    assert [] == absent


def test_the_library_is_closed(xtiger: Xtiger, xt: StandIn) -> None:
    """The database is given back also after an error."""
    xt.error = ValueError("x")  # type: ignore[assignment]  # on purpose

    xtiger("runs")

    assert xt.closed


def test_the_documented_exit_codes_are_those_of_the_code() -> None:
    """docs/cli.md has one line per exit code, in the same words."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

    assert [] == [
        code for code, meaning in EXIT_CODES.items() if f"| {code} | {meaning} |" not in text
    ]


def test_every_command_is_documented() -> None:
    """docs/cli.md names each command of the table."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

    assert [] == [name for name in COMMANDS if f"`xtiger {name}" not in text]


def test_the_command_line_looks_for_circles_less_often() -> None:
    """In its own process only: importing the library changes nothing in a CRM's."""
    code = """
import gc, sys
before = gc.get_threshold()
import xtiger.cli
print(gc.get_threshold() == before)
sys.argv = ["xtiger", "--help"]
try:
    xtiger.cli.main()
finally:
    print(gc.get_threshold())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()

    assert ("True", str(GC_THRESHOLD)) == (lines[0], lines[-1])
