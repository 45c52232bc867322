"""Makes wheels and extension zips, good ones and each kind of bad one."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PLUGIN = '''"""What an extension of the tests says about itself."""

from xtiger.hookspecs import ExtensionInfo

EXTENSION = ExtensionInfo(
    name={name!r}, label={label!r}, package={package!r}, requires={requires!r}
)
VERSION = {version!r}
'''
#: One file of an archive: a name, or an entry with odd attributes.
Name = str | zipfile.ZipInfo


@dataclass
class Making:
    """How to make one extension; every part can be replaced by a wrong one."""

    name: str = "Loyalty"
    label: str = "Loyalty points"
    version: str = "1.0.0"
    package: str = "loyalty_points"
    requires: tuple[str, ...] = ("XTiger",)
    #: Lines of METADATA after Name and Version.
    metadata: tuple[str, ...] = ()
    #: Further files of the wheel, or replaced ones; None leaves one out.
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    entry_points: str = ""
    plugin: str = ""
    api: tuple[str, str] = ("1.0", "2.0")
    tag: str = "py3-none-any"

    @property
    def distribution(self) -> str:
        """The part of file names before the version."""
        return f"{self.package}-{self.version}"

    def wheel_files(self) -> dict[str, bytes]:
        """Every file of the wheel but RECORD."""
        info = f"{self.distribution}.dist-info"
        plugin = self.plugin or PLUGIN.format(**vars(self))
        entry = f"[xtiger.extensions]\n{self.package} = {self.package}.plugin\n"
        wheel = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {self.tag}\n"
        about = ["Metadata-Version: 2.1", f"Name: {self.package.replace('_', '-')}"]
        about += [f"Version: {self.version}", *self.metadata]
        files: dict[str, bytes | None] = {
            f"{self.package}/__init__.py": b'"""Loyalty points."""\n',
            f"{self.package}/plugin.py": plugin.encode(),
            f"{info}/METADATA": ("\n".join(about) + "\n").encode(),
            f"{info}/WHEEL": wheel.encode(),
            f"{info}/entry_points.txt": (self.entry_points or entry).encode(),
        }
        files.update(self.files)
        return {name: content for name, content in files.items() if content is not None}

    def wheel_name(self) -> str:
        """The file name of the wheel."""
        return f"{self.distribution}-{self.tag}.whl"

    def wheel(self) -> bytes:
        """The bytes of the wheel, with a RECORD that is true."""
        files = self.wheel_files()
        record = f"{self.distribution}.dist-info/RECORD"
        return archive({**files, record: record_of(files, record)})

    def entries(self, wheel: bytes | None = None) -> dict[str, bytes]:
        """The entries of the zip."""
        content = self.wheel() if wheel is None else wheel
        return {"manifest.xml": self.manifest(content), self.wheel_name(): content}

    def manifest(self, wheel: bytes) -> bytes:
        """manifest.xml for these bytes of the wheel."""
        needs = "".join(f"<requires>{name}</requires>" for name in self.requires)
        return (
            f"<module><name>{self.name}</name><label>{self.label}</label><type>extension</type>"
            f"<version>{self.version}</version><package>{self.package}</package><dependencies>"
            f"<api><min>{self.api[0]}</min><below>{self.api[1]}</below></api>{needs}"
            f"</dependencies><files><file><name>{self.wheel_name()}</name>"
            f"<size>{len(wheel)}</size><sha256>{hashlib.sha256(wheel).hexdigest()}</sha256>"
            "</file></files></module>"
        ).encode()

    def write(self, folder: Path, wheel: bytes | None = None) -> Path:
        """Write the zip."""
        return write(folder / f"{self.name}-{self.version}.zip", self.entries(wheel))


def record_of(files: Mapping[str, bytes], record: str) -> bytes:
    """The RECORD of a wheel."""
    lines = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return ("\n".join([*lines, f"{record},,"]) + "\n").encode()


def archive(entries: Mapping[str, bytes] | list[tuple[Name, bytes]]) -> bytes:
    """A zip archive of these entries, in this order; a list may hold a name twice."""
    pairs = list(entries.items()) if isinstance(entries, Mapping) else entries
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in pairs:
            # One moment, so that the same files give the same bytes.
            entry = zipfile.ZipInfo(name) if isinstance(name, str) else name
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, content)
    return buffer.getvalue()


def write(path: Path, entries: Mapping[str, bytes]) -> Path:
    """Write an archive to a file."""
    path.write_bytes(archive(entries))
    return path
