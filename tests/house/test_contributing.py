"""CONTRIBUTING.md holds what it says, and both ways to run the gates run the same ones."""

from __future__ import annotations

import re
from pkgutil import resolve_name
from typing import Any

import pytest
import yaml

from tests.house.source import PACKAGES, ROOT
from xtiger import errors, hookspecs
from xtiger.cli.root import run

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FENCES = re.findall(r"```\n(.*?)```", GUIDE, re.DOTALL)
#: What stands in single backticks.
NAMED = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL))
DOTTED = sorted({n for n in NAMED if re.fullmatch(rf"({'|'.join(PACKAGES)})\.[\w.]+", n)})
COMMANDS = [line for fence in FENCES for line in fence.splitlines()]
_PATH = re.compile(r"\.?[\w.-]+(/[\w.-]+)+/?|[\w.-]+/|\.[\w.-]+\.yaml")
#: The words that are paths, with or without a slash at their end.
PATHS = sorted(
    {
        word.rstrip("/")
        for text in (*NAMED, *COMMANDS)
        for word in text.split()
        if _PATH.fullmatch(word) and not word.startswith(".venv/")
    }
)


def gates() -> list[str]:
    """The commands of `make check`, in order."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.findall(r"^\tgate (.+); \\$", makefile, re.MULTILINE)
    return [line.replace("$(BIN)", ".venv/bin") for line in found]


def hooks() -> list[dict[str, Any]]:
    """The hooks that run before a commit."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    return [hook for repository in config["repos"] for hook in repository["hooks"]]


def tree(root: type[errors.XTigerError]) -> set[str]:
    """The names of the errors below one."""
    return {name for one in root.__subclasses__() for name in {one.__name__, *tree(one)}}


def test_before_a_commit_the_gates_of_make_check_run() -> None:
    """The hooks are the commands of `make check`, in the same order."""
    assert gates() == [hook["entry"] for hook in hooks()]


def test_the_gates_need_no_network_before_a_commit() -> None:
    """Each hook takes its program from the environment that is there."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))

    assert {"local"} == {repository["repo"] for repository in config["repos"]}
    assert {"system"} == {hook["language"] for hook in hooks()}


def test_each_gate_is_explained() -> None:
    """The table of gates has the program, or the folder of tests, of each gate."""
    table = GUIDE.partition("## What the gates check")[2]
    explained = set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))
    programs = {
        re.sub(r"^.*pytest.* ", "", gate).removeprefix(".venv/bin/").partition(" -")[0]
        for gate in gates()
    }

    assert explained == {re.sub(r"^(mypy|sphinx-build)\b.*", r"\1", name) for name in programs}


def test_the_rows_of_errors_are_the_tree() -> None:
    """The table of errors has each error of the library once, and no other."""
    table = GUIDE.partition("## Which error")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| .+ \| `(\w+)` \|$", table, re.MULTILINE)
    ours = {name for name in tree(errors.XTigerError) if hasattr(errors, name)}

    assert sorted(ours) == sorted(rows)


@pytest.mark.parametrize("name", DOTTED)
def test_named_code_exists(name: str) -> None:
    """Each module, class, function and table that the guide names can be imported."""
    assert resolve_name(name) is not None


@pytest.mark.parametrize("path", PATHS)
def test_named_files_exist(path: str) -> None:
    """Each file and folder that the guide names is there."""
    assert (ROOT / path).exists()


def test_named_programs_are_installed() -> None:
    """Each program of .venv that the guide names comes with the development tools."""
    named = set(re.findall(r"\.venv/bin/([\w-]+)", GUIDE)) - {"python"}
    setup = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    tools = setup.partition("\ndev =\n")[2].partition("\n\n")[0]

    assert named
    assert [] == [name for name in sorted(named) if f"    {name} >= " not in tools]


def test_named_hooks_exist() -> None:
    """What is called a hook is one."""
    named = re.findall(r"hook `(\w+)`", " ".join(GUIDE.split()))

    assert named
    assert [] == [name for name in named if not hasattr(hookspecs, name)]


def test_named_tests_are_found() -> None:
    """A word given to -k is in the name of a test of the file before it."""
    chosen = [re.findall(r"(tests/\S+) -k (\w+)", line) for line in COMMANDS]
    missing = [
        (file, word)
        for found in chosen
        for file, word in found
        if not re.search(rf"def test_\w*{word}", (ROOT / file).read_text(encoding="utf-8"))
    ]

    assert any(chosen)
    assert [] == missing


def test_named_commands_exist() -> None:
    """Each `xtiger …` that the guide names is a command."""
    named = [name.split()[1:] for name in NAMED if name.startswith("xtiger ")]
    failed = [words for words in named if run([*words, "--help"], {}) != 0]

    assert named
    assert [] == failed
