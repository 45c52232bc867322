"""Builds the four wheels and the four extension zips, with the same bytes for whoever builds."""

from __future__ import annotations

import argparse
import base64
import configparser
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "packaging"
#: What of the workspace's setup.cfg belongs to the workspace only.
WORKSPACE_ONLY = ("options.packages.find", "options.entry_points", "options.extras_require")


class BuildRefused(Exception):
    """The wheels cannot be built; the sentence says what to do."""


@dataclass(frozen=True)
class Recipe:
    """One of the four packages, as its .cfg describes it."""

    #: The top-level package and the name of its .cfg.
    package: str
    name: str
    label: str
    api: str
    requires: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """The state of the tree that is built."""

    version: str
    #: When it was committed; every file of the result carries this moment.
    committed: datetime


def git(*arguments: str) -> str:
    """What git answers in this repository."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def read_source(*, allow_dirty: bool) -> Source:
    """Version and time of the tree; raises BuildRefused when it is not what was committed."""
    changed = git("status", "--porcelain").splitlines()
    if changed and not allow_dirty:
        raise BuildRefused(
            f"{len(changed)} files differ from the last commit, such as {changed[0][3:]}. "
            "Commit them, or build a private copy: make dist ARGS=--allow-dirty"
        )
    text = (ROOT / "xtiger" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise BuildRefused("xtiger/__init__.py has no line __version__ = …; put it back.")
    committed = datetime.fromtimestamp(int(git("log", "-1", "--format=%ct")), UTC)
    return Source(found[1], committed)


def read_recipes() -> list[Recipe]:
    """The four packages, by name of their .cfg."""
    recipes = []
    for path in sorted(RECIPES.glob("*.cfg")):
        config = configparser.ConfigParser()
        config.read(path, encoding="utf-8")
        part = config["extension"]
        needs = tuple(part["requires"].split())
        recipes.append(Recipe(path.stem, part["name"], part["label"], part["api"], needs))
    return recipes


def package_files(package: str, *, allow_dirty: bool) -> list[Path]:
    """The files of a package that git tracks; in a private copy those it would track, too."""
    others = ["--others", "--exclude-standard"] if allow_dirty else []
    names = git("ls-files", "-z", "--cached", *others, "--", package).split("\0")
    return sorted(Path(name) for name in set(names) if name and (ROOT / name).is_file())


def stage(recipe: Recipe, source: Source, files: list[Path], target: Path) -> None:
    """Lay out one package in an empty folder, ready for the build backend."""
    extra = [Path(name) for name in ("LICENSE", "NOTICE", "README.md", "pyproject.toml")]
    for path in [*files, *extra]:
        copy = target / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, copy)
        copy.chmod(0o644)  # a wheel stores file modes, a checkout has those of its umask
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    for section in config.sections():
        tool = not section.startswith(("metadata", "options"))
        if tool or section in WORKSPACE_ONLY:
            config.remove_section(section)
    config.read(RECIPES / f"{recipe.package}.cfg", encoding="utf-8")
    config.remove_section("extension")
    config["metadata"]["version"] = source.version
    needs = config["options"]["install_requires"]
    minor = ".".join(source.version.split(".")[:2])
    config["options"]["install_requires"] = needs.replace("{minor}", minor)
    with (target / "setup.cfg").open("w", encoding="utf-8") as file:
        config.write(file)


def build_wheel(staged: Path, source: Source, target: Path) -> Path:
    """Run the build backend on a staged package; the wheel's path."""
    target.mkdir()
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(int(source.committed.timestamp()))}
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(target), "."]
    done = subprocess.run(
        command, cwd=staged, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise BuildRefused(f"The build failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return next(target.glob("*.whl"))


def check_wheel(wheel: Path, files: list[Path]) -> None:
    """Raise BuildRefused when a tracked file is missing from the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    wanted = {path.as_posix() for path in files}
    missing = sorted(wanted - carried)
    if missing:
        raise BuildRefused(
            f"{wheel.name} lacks {', '.join(missing[:5])}. "
            "Add a pattern for it to [options.package_data] in setup.cfg."
        )


def manifest(recipe: Recipe, source: Source, wheel: Path) -> bytes:
    """The manifest.xml of an extension zip, derived from the recipe and the wheel."""
    major = int(recipe.api.split(".")[0])
    content = wheel.read_bytes()
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<module>",
        f"  <name>{escape(recipe.name)}</name>",
        f"  <label>{escape(recipe.label)}</label>",
        "  <type>extension</type>",
        f"  <version>{escape(source.version)}</version>",
        f"  <package>{escape(recipe.package)}</package>",
        "  <dependencies>",
        f"    <api><min>{escape(recipe.api)}</min><below>{major + 1}.0</below></api>",
        *(f"    <requires>{escape(name)}</requires>" for name in recipe.requires),
        "  </dependencies>",
        "  <files>",
        "    <file>",
        f"      <name>{escape(wheel.name)}</name>",
        f"      <size>{len(content)}</size>",
        f"      <sha256>{hashlib.sha256(content).hexdigest()}</sha256>",
        "    </file>",
        "  </files>",
        "</module>",
    ]
    return ("\n".join(lines) + "\n").encode()


def sign(content: bytes, key_file: Path) -> bytes:
    """The Ed25519 signature over a manifest, base64 with a line end."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise BuildRefused(f"{key_file.name} is no Ed25519 key. Make one with openssl genpkey.")
    return base64.b64encode(key.sign(content)) + b"\n"


def write_zip(target: Path, entries: dict[str, bytes], moment: datetime) -> None:
    """Write an extension zip: names sorted, one moment, stored (a wheel is compressed already)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
            entry.create_system = 3  # Unix, also where it is not
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, entries[name])
    target.write_bytes(buffer.getvalue())


def make(recipe: Recipe, source: Source, key: Path | None, *, allow_dirty: bool) -> None:
    """Build the wheel and the zip of one package into dist/."""
    files = package_files(recipe.package, allow_dirty=allow_dirty)
    if not files:
        raise BuildRefused(f"The package {recipe.package} has no tracked file. Commit it first.")
    with tempfile.TemporaryDirectory(prefix="xtiger-build-") as folder:
        staged = Path(folder) / "staged"
        stage(recipe, source, files, staged)
        wheel = build_wheel(staged, source, Path(folder) / "wheel")
        check_wheel(wheel, files)
        kept = Path(shutil.copy(wheel, ROOT / "dist" / wheel.name))
    text = manifest(recipe, source, kept)
    entries = {"manifest.xml": text, kept.name: kept.read_bytes()}
    if key is not None:
        entries["manifest.sig"] = sign(text, key)
    write_zip(ROOT / "dist" / f"{recipe.name}.zip", entries, source.committed)
    print(f"dist/{kept.name}  dist/{recipe.name}.zip", flush=True)


def main() -> int:
    """Build the four wheels and zips."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--allow-dirty", action="store_true", help="build what is not committed")
    parser.add_argument("--key", type=Path, help="Ed25519 private key (PEM) that signs the zips")
    chosen = parser.parse_args()
    os.umask(0o022)
    try:
        source = read_source(allow_dirty=chosen.allow_dirty)
        shutil.rmtree(ROOT / "dist", ignore_errors=True)
        (ROOT / "dist").mkdir()
        for recipe in read_recipes():
            make(recipe, source, chosen.key, allow_dirty=chosen.allow_dirty)
    except BuildRefused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
