"""The README shows what the tests run."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
#: A CRM developer writes at most so many lines for the first module.
FIRST_MODULE_LINES = 30
#: And so many for the table of fields of each further one.
FURTHER_MODULE_LINES = 15


def _examples(name: str) -> list[str]:
    return _CODE.findall((ROOT / name).read_text(encoding="utf-8"))


def test_readme_shows_the_example_that_is_run() -> None:
    """The README's adapter is the one of docs/host.md, which a test runs."""
    assert _examples("docs/host.md")[0] == _examples("README.md")[0]


def test_first_module_takes_at_most_30_lines() -> None:
    """One module with its hooks and panel fits into 30 lines."""
    adapter, page = _examples("docs/host.md")[:2]
    lines = [line for line in (adapter + page).splitlines() if line.strip()]

    assert len(lines) <= FIRST_MODULE_LINES


def test_further_module_takes_at_most_15_lines() -> None:
    """Each further module is a table of at most 15 lines."""
    table = _examples("docs/host.md")[2]
    body = [line for line in table.splitlines() if line.strip() and "import" not in line]
    without_comment = [line for line in body if not line.startswith("#")]

    assert len(without_comment) <= FURTHER_MODULE_LINES
