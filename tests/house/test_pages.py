"""The pages made from the code are up to date, and the hooks are written as promised."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from xtiger.rules.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]


def _pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pages", ROOT / "packaging" / "pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = _pages()


@pytest.mark.parametrize("name", sorted(PAGES.PAGES))
def test_page_is_up_to_date(name: str) -> None:
    """What stands in docs/ is what the code says; else run `python packaging/pages.py`."""
    expected = PAGES.PAGES[name]()

    assert expected == (ROOT / name).read_text(encoding="utf-8")


def test_a_feature_says_who_uses_it() -> None:
    """By what its tests name: a browser, a command, the library; by their folder, too."""
    found = PAGES.feature_faces()

    assert ["page", "command line", "Python"] == found["F015"]
    assert ["page"] == found["F147"]
    assert ["command line", "Python"] == found["F135"]
    assert all(found.values())


@pytest.mark.feature("O10")
def test_each_cause_has_its_card() -> None:
    """Meaning, cure and an example with data, in the order of the catalogue."""
    text = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    found = dict(re.findall(r"^## (\w+)\n\n(.+?)(?=\n\n## |\Z)", text, re.DOTALL | re.MULTILINE))

    assert list(CATALOGUE) == list(found)
    for code, card in found.items():
        parts = ("- **What it means**: ", "- **Cure**", "- **Example**: ")
        assert all(part in card for part in parts), code
        assert "{" not in card, code


@pytest.mark.parametrize(("name", "function"), sorted(PAGES.hook_functions()))
def test_hook_has_five_parts(name: str, function: object) -> None:
    """Each hook says what, when, with which arguments, what to return and who uses it."""
    parts = PAGES.hook_parts(inspect.getdoc(function) or "")

    assert list(PAGES.PARTS) == list(parts), name


@pytest.mark.parametrize(("name", "function"), sorted(PAGES.hook_functions()))
def test_hook_has_its_section_with_signature(name: str, function: object) -> None:
    """docs/hooks.md has a section for each hook with its exact signature."""
    text = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
    signature = PAGES.signature(name, function)

    assert f"## {name}\n\n```python\n{signature}\n```" in text


def test_feature_marks_name_rows_of_the_list() -> None:
    """A mark names a row F001 to F153 or O1 to O21; anything else is a typing mistake."""
    wrong = [
        feature
        for feature in PAGES.feature_tests()
        if not (1 <= int(feature[1:]) <= (153 if feature[0] == "F" else 21))
    ]

    assert [] == wrong
