"""The site of docs/: every page has its place, and the API reference names what is there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pkgutil import resolve_name

import pytest

from tests.house.source import ROOT, files

DOCS = ROOT / "docs"
KINDS = ["Start", "How to", "Why", "Reference"]
_TREE = re.compile(r"```\{toctree\}\n(?::[^\n]*\n)*\n?(?P<pages>.*?)```", re.DOTALL)
_OBJECT = re.compile(r"^\.\. auto(\w+):: (\S+)$", re.MULTILINE)
_IMPORT = re.compile(r"^from (xtiger[\w.]*) import (.+)$", re.MULTILINE)


def listed(index: str) -> Iterator[str]:
    """The pages that an index lists, as paths below docs/ without suffix."""
    path = DOCS / index
    for tree in _TREE.finditer(path.read_text(encoding="utf-8")):
        for page in tree["pages"].split():
            yield (path.parent / page).relative_to(DOCS).as_posix()


def documented() -> list[tuple[str, str]]:
    """(kind of object, dotted name) of each entry of the API reference."""
    pages = (DOCS / f"{name}.md" for name in listed("api/index.md"))
    return [found for page in pages for found in _OBJECT.findall(page.read_text(encoding="utf-8"))]


def examples() -> set[tuple[str, str]]:
    """(module, name) of everything that an example of the README or of docs/ imports."""
    found = set()
    for path in files():
        if path.suffix == ".md" and path.parent in (ROOT, DOCS):
            for module, names in _IMPORT.findall(path.read_text(encoding="utf-8")):
                found |= {(module, name.strip()) for name in names.partition("#")[0].split(",")}
    return found


def test_each_page_has_one_place() -> None:
    """The four kinds and the index of the API list every page of docs/, each once."""
    pages = {
        path.relative_to(DOCS).with_suffix("").as_posix()
        for path in files()
        if path.suffix == ".md" and path.is_relative_to(DOCS)
    }
    found = Counter([*listed("index.md"), *listed("api/index.md")])

    assert pages - {"index"} == set(found)
    assert [] == [page for page, times in found.items() if times > 1]


def test_the_pages_are_of_four_kinds() -> None:
    """Start, how to, why, reference, in this order."""
    text = (DOCS / "index.md").read_text(encoding="utf-8")

    assert KINDS == re.findall(r"^:caption: (.+)$", text, re.MULTILINE)


@pytest.mark.parametrize(("kind", "name"), documented())
def test_the_reference_names_what_is_there(kind: str, name: str) -> None:
    """Every module, class and function of the API reference can be imported by its name."""
    found = import_module(name) if kind == "module" else resolve_name(name)

    assert found.__doc__


def test_examples_import_what_the_reference_has() -> None:
    """What README and docs import from the library is in the API reference."""
    known = {name for _, name in documented()}
    missing = [
        f"{module}.{name}"
        for module, name in sorted(examples())
        if module not in known and f"{module}.{name}" not in known
    ]

    assert [] == missing
