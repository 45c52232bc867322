"""The examples of docs/extensions.md are right: a zip made as it says is taken."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from tests.extensions.conftest import Installation
from tests.extensions.making import Making, write
from tests.house.source import ROOT
from xtiger.cli.commands.extending import extensions

TEXT = (ROOT / "docs" / "extensions.md").read_text(encoding="utf-8")


def _example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    return found[1]


def test_an_extension_made_as_documented_works(installation: Installation, tmp_path: Path) -> None:
    """The plugin and the manifest of the page make a zip that installs and can be enabled."""
    making = Making(plugin=_example("python"))
    wheel = making.wheel()
    manifest = _example("xml").replace("4711", str(len(wheel)))
    manifest = re.sub(r"the wheel's SHA-256[^<]*", hashlib.sha256(wheel).hexdigest(), manifest)
    entries = {"manifest.xml": manifest.encode(), making.wheel_name(): wheel}
    manager = installation.start()
    manager.install([write(tmp_path / "Loyalty.zip", entries)])

    assert "enabled" == manager.enable("Loyalty").state


def test_the_documented_commands_exist() -> None:
    """Every `xtiger extensions WORD` of the page is a command."""
    named = set(re.findall(r"xtiger extensions ([a-z]+)", TEXT))

    assert set() == named - set(extensions.commands)
