"""Types of the public interface: the examples of the documents fit, and mistakes are found."""

from __future__ import annotations

import re
from pathlib import Path

from mypy import api

from tests.house.source import ROOT

WRONG = ROOT / "tests" / "typing" / "wrong_uses.py"
_CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
_SILENCED = re.compile(r"  # type: ignore\[([\w-]+)\]")
_FOUND = re.compile(r"^.*?:(\d+): error: .*\[([\w-]+)\]$", re.MULTILINE)
#: What the examples take from the CRM that they stand in.
CRM = "from typing import Any\n\n\ndef __getattr__(name: str) -> Any: ...\n"
#: A user's own functions need no types.
_LOOSE = "# mypy: allow-untyped-defs, allow-untyped-calls\n"
#: Documents with examples that are whole files of a CRM or of an extension.
DOCUMENTS = ("README.md", "docs/host.md", "docs/extensions.md")


def checked(*paths: Path) -> str:
    """What mypy says of these files, by the settings of the repository."""
    settings = ["--config-file", str(ROOT / "pyproject.toml"), "--no-error-summary"]
    said, broken, _ = api.run(
        [
            *settings,
            "--cache-dir",
            str(ROOT / ".mypy_cache"),
            *map(str, paths),
        ]
    )
    assert "" == broken
    return said


def is_whole(example: str) -> bool:
    """Whether an example is a file, and no part of one such as a return on its own."""
    try:
        compile(example, "example", "exec")
    except SyntaxError:
        return False
    return True


def test_each_mistake_is_found(tmp_path: Path) -> None:
    """Every line of wrong_uses.py that is marked has that one error, and no other line has any."""
    lines = WRONG.read_text(encoding="utf-8").splitlines()
    marked = [
        (number, code) for number, line in enumerate(lines, 1) for code in _SILENCED.findall(line)
    ]
    bare = tmp_path / WRONG.name
    bare.write_text("\n".join(_SILENCED.sub("", line) for line in lines), encoding="utf-8")

    found = [(int(number), code) for number, code in _FOUND.findall(checked(bare))]
    assert len(marked) > 20
    assert marked == sorted(found)


def test_examples_of_the_documents_have_right_types(tmp_path: Path) -> None:
    """Whole files that README and docs show pass the type checker."""
    (tmp_path / "mycrm").mkdir()
    (tmp_path / "mycrm" / "__init__.pyi").write_text(CRM, encoding="utf-8")
    (tmp_path / "mycrm" / "models.pyi").write_text(CRM, encoding="utf-8")
    examples = [
        text
        for document in DOCUMENTS
        for text in _CODE.findall((ROOT / document).read_text(encoding="utf-8"))
        if re.search(r"^from xtiger", text, re.MULTILINE) and is_whole(text)
    ]
    paths = [tmp_path / f"example_{number}.py" for number in range(len(examples))]
    for path, text in zip(paths, examples, strict=True):
        path.write_text(f"{_LOOSE}{text}", encoding="utf-8")

    assert len(paths) > 3
    assert "" == checked(*paths)
