"""The files of the repository, as the gates of the house read them."""

from __future__ import annotations

import ast
import runpy
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("xtiger", "xtiger_log", "xtiger_queue", "xero_accounts")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> tuple[Path, ...]:
    """Files that git tracks or would track, sorted."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = {ROOT / name for name in names.split("\0") if name}
    return tuple(sorted(path for path in found if path.is_file()))


@cache
def sessions_of_nox() -> Mapping[str, Any]:
    """What stands in noxfile.py; carried out once, since nox takes each session only once."""
    return runpy.run_path(str(ROOT / "noxfile.py"))


def python_files() -> tuple[Path, ...]:
    """The Python files among them."""
    return tuple(path for path in files() if path.suffix == ".py")


def name_of(path: Path) -> str:
    """The path as people write it, from the top of the repository."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of a file, nested ones too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
