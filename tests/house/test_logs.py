"""All that the packages log goes through one door, where no value can break a line."""

from __future__ import annotations

import ast

from tests.house.source import PACKAGES, ROOT, name_of, python_files

#: The door itself, and the sandbox, which shares no code with the library and logs types alone.
MAY_NAME_LOGGERS = frozenset({"xtiger/i18n/process_log.py", "xtiger/sandbox/server.py"})
#: What formats a whole trace, with the words of foreign errors.
TRACES = frozenset({"exc_info", "stack_info"})


def test_every_log_is_the_process_log() -> None:
    """No file takes a logger of its own, calls the root's, or adds a trace to a record."""
    found = []
    for path in python_files():
        if path.relative_to(ROOT).parts[0] not in PACKAGES or name_of(path) in MAY_NAME_LOGGERS:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            of = node.func.value
            loggers = isinstance(of, ast.Name) and of.id == "logging"
            said = node.func.attr == "exception" and node.args  # sys.exception() takes none
            traced = said or TRACES & {one.arg for one in node.keywords}
            if loggers or traced:
                found.append(f"{name_of(path)}:{node.lineno}")

    assert [] == found
