"""Lists what is promised to stay: names and parameters of public modules, and the commands."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

#: What docs/stability.md names.
MODULES = (
    "xtiger",
    "xtiger.errors",
    "xtiger.hookspecs",
    "xtiger.hosts.django",
    "xtiger.hosts.migrations",
    "xtiger.hosts.sqlalchemy",
    "xtiger.ports.host",
    "xtiger.records",
    "xtiger.settings",
    "xtiger.testing",
    "xtiger.web",
    "xtiger.web.asgi",
)
STORED = Path(__file__).with_suffix(".txt")


def listing() -> list[str]:
    """One line for each public thing, in order."""
    lines = [line for name in MODULES for line in _of_module(name)]
    from xtiger.cli.root import root

    return [*lines, *_of_command("xtiger", root)]


def _of_module(name: str) -> Iterator[str]:
    module = importlib.import_module(name)
    names = getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]
    for key in sorted(names):
        value = getattr(module, key)
        own = getattr(value, "__module__", name)
        if hasattr(module, "__all__") or own == name:
            yield from _of_object(f"{name}.{key}", value)


def _of_object(name: str, value: Any) -> Iterator[str]:
    if inspect.isclass(value):
        yield f"class {name}"
        for key, member in sorted(vars(value).items()):
            if not key.startswith("_") and (inspect.isfunction(member) or _is_field(value, key)):
                yield f"{name}.{key}{_shown(member)}"
    elif inspect.isfunction(value):
        yield f"{name}{_shown(value)}"


def _is_field(owner: type, key: str) -> bool:
    return key in getattr(owner, "__dataclass_fields__", {})


def _shown(value: Any) -> str:
    if not inspect.isfunction(value):
        return ""
    parameters = inspect.signature(value).parameters.values()
    given = [f"{one.name}{'' if one.default is one.empty else '='}" for one in parameters]
    return f"({', '.join(given)})"


def _of_command(name: str, command: click.Command) -> Iterator[str]:
    options = sorted(text for one in command.params for text in one.opts)
    yield f"command {name} {' '.join(options)}".rstrip()
    if isinstance(command, click.Group):
        context = click.Context(command)
        for key in sorted(command.list_commands(context)):
            inner = command.get_command(context, key)
            if inner is not None and not inner.hidden:
                yield from _of_command(f"{name} {key}", inner)


if __name__ == "__main__":
    STORED.write_text("\n".join(listing()) + "\n", encoding="utf-8")
