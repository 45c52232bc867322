"""Files of the home that cannot be used: each command says what is wrong and what to do."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Ended
from tests.extensions.making import Making
from xtiger.cli.root import run
from xtiger.extensions.folder import ExtensionFolder

#: What the system may say → what people are told to do.
CURES = {
    errno.ENOSPC: "Make room on the disk",
    errno.EACCES: "Let the user that runs XTiger read and write",
    errno.EROFS: "Make the disk of",
    errno.EIO: "from the last backup",
}
Xtiger = Callable[..., Ended]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What an install imported is not there for the next test."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for name in set(sys.modules) - before:
        if name.startswith("loyalty_points"):
            del sys.modules[name]


@pytest.fixture
def xtiger(home: Path, capsys: pytest.CaptureFixture[str]) -> Xtiger:
    """Run a command of the real library on this home."""

    def call(*arguments: str) -> Ended:
        code = run(
            arguments,
            {
                "XTIGER_HOME": str(home),
                "XTIGER_HOST": "xtiger.demo.host:factory",
            },
        )
        output = capsys.readouterr()
        return Ended(code, output.out, output.err)

    return call


def broken(monkeypatch: pytest.MonkeyPatch, name: str, number: int, where: str) -> None:
    """Let the system answer so whenever a file of this name is opened for this."""
    real = getattr(os if name == "open" else Path, name)

    def failing(path: object, *given: object, **named: object) -> object:
        if where in Path(str(path)).name:
            raise OSError(number, os.strerror(number), str(path))
        return real(path, *given, **named)

    monkeypatch.setattr(os if name == "open" else Path, name, failing)


def assert_told(ended: Ended, number: int, file: str) -> None:
    """A sentence of its own with its cure and no trace; a person must act."""
    assert 3 == ended.code, ended.err
    assert CURES[number] in ended.err
    assert file in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("number", CURES)
def test_the_key_cannot_be_made(
    monkeypatch: pytest.MonkeyPatch, xtiger: Xtiger, number: int
) -> None:
    """No half of a key stays; the next try makes it."""
    with monkeypatch.context() as patch:
        broken(patch, "open", number, "secret.key")
        ended = xtiger("extensions", "list")

    assert_told(ended, number, "secret.key")
    assert 0 == xtiger("extensions", "list").code


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 22, b"gAAA"])
def test_a_damaged_key(xtiger: Xtiger, home: Path, content: bytes) -> None:
    """Cut off or overwritten."""
    xtiger("extensions", "list")
    (home / "secret.key").write_bytes(content)
    ended = xtiger("extensions", "list")

    assert 3 == ended.code
    assert "secret.key is no Fernet key of 44 characters. Put back the one used before" in ended.err


@pytest.mark.parametrize("number", CURES)
def test_the_settings_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, xtiger: Xtiger, home: Path, number: int
) -> None:
    """Whatever is asked for."""
    home.mkdir()
    (home / "xtiger.toml").write_text('locale = "de"\n', encoding="utf-8")
    broken(monkeypatch, "read_text", number, "xtiger.toml")

    assert_told(xtiger("extensions", "list"), number, "xtiger.toml")


def test_damaged_settings(xtiger: Xtiger, home: Path) -> None:
    """No TOML at all, and bytes that are no text."""
    home.mkdir()
    for content in (b"locale = ", b"\xff\xfe\x00"):
        (home / "xtiger.toml").write_bytes(content)
        ended = xtiger("extensions", "list")

        assert 3 == ended.code
        assert "Mend or remove it." in ended.err


@pytest.mark.parametrize("name", ["xtiger.toml", "extensions"])
def test_something_else_stands_there(xtiger: Xtiger, home: Path, name: str) -> None:
    """A folder in place of the file, and the other way round."""
    home.mkdir()
    if name == "extensions":
        (home / name).write_text("?", encoding="utf-8")
    else:
        (home / name).mkdir()
    ended = xtiger("extensions", "install", str(Making().write(home)))

    assert 3 == ended.code, ended.err
    assert f"Move away what stands at {home / name}" in ended.err


@pytest.mark.parametrize("number", CURES)
@pytest.mark.parametrize("step", ["mkdir", "write_bytes", "open", "replace"])
def test_an_extension_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, xtiger: Xtiger, home: Path, step: str, number: int
) -> None:
    """At any step of an install: nothing is switched, nothing stays behind."""
    home.mkdir()
    path = str(Making().write(home))
    names = {"mkdir": ".new", "write_bytes": ".whl", "open": "active.new", "replace": "active.new"}
    with monkeypatch.context() as patch:
        real = getattr(Path, step)

        def failing(self: Path, *given: object, **named: object) -> object:
            if self.name.endswith(names[step]):
                raise OSError(number, os.strerror(number), str(self))
            return real(self, *given, **named)

        patch.setattr(Path, step, failing)
        ended = xtiger("extensions", "install", path)

    assert_told(ended, number, str(home / "extensions"))
    assert {} == ExtensionFolder(home).active()
    assert [] == list((home / "extensions").glob("*/.*"))
    assert 0 == xtiger("extensions", "install", path).code
    assert ["Loyalty"] == [*ExtensionFolder(home).active()]


@pytest.mark.parametrize("number", CURES)
def test_the_list_of_extensions_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, xtiger: Xtiger, home: Path, number: int
) -> None:
    """Neither a command that is known nor one that may come from an extension shows a trace."""
    xtiger("extensions", "list")
    (home / "extensions").mkdir(exist_ok=True)
    (home / "extensions" / "active.json").write_text("{}", encoding="utf-8")
    broken(monkeypatch, "read_bytes", number, "active.json")

    for command in ("extensions list", "connections", "no-such-command"):
        assert_told(xtiger(*command.split()), number, "active.json")


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", json.dumps({"format": 1}).encode()])
def test_a_damaged_list_of_extensions(xtiger: Xtiger, home: Path, content: bytes) -> None:
    """Its cure is carried out."""
    xtiger("extensions", "list")
    (home / "extensions").mkdir(exist_ok=True)
    (home / "extensions" / "active.json").write_bytes(content)
    ended = xtiger("extensions", "list")

    assert 3 == ended.code
    assert "active.json cannot be read. Remove it and install the zips again" in ended.err
    (home / "extensions" / "active.json").unlink()
    assert 0 == xtiger("extensions", "install", str(Making().write(home))).code
