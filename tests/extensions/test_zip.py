"""Extension zips: a good one is read, and every kind of bad one is refused with its reason."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.extensions.making import Making, archive, record_of, write
from xtiger.errors import ExtensionRefused
from xtiger.extensions.archive import Limits, read_archive
from xtiger.extensions.zip import read_extension_zip

GOOD = Making()
INFO = "loyalty_points-1.0.0.dist-info"


def _with(files: dict[str, bytes | None]) -> Making:
    return replace(GOOD, files=files)


def _lying_record() -> bytes:
    files = GOOD.wheel_files()
    record = record_of(files, f"{INFO}/RECORD")
    changed = {**files, "loyalty_points/plugin.py": b'"""Changed after RECORD was made."""\n'}
    return archive({**changed, f"{INFO}/RECORD": record})


def _unlisted_file() -> bytes:
    files = GOOD.wheel_files()
    record = record_of(files, f"{INFO}/RECORD")
    return archive({**files, "loyalty_points/more.py": b"", f"{INFO}/RECORD": record})


def _longer_record() -> bytes:
    files = GOOD.wheel_files()
    record = record_of(files, f"{INFO}/RECORD") + b"gone.py,sha256=x,1\n"
    return archive({**files, f"{INFO}/RECORD": record})


def _with_record(record: bytes) -> Callable[[], bytes]:
    return lambda: archive({**GOOD.wheel_files(), f"{INFO}/RECORD": record})


def _twice() -> bytes:
    files = GOOD.wheel_files()
    pairs = [*files.items(), ("loyalty_points/Plugin.py", b"")]
    return archive([*pairs, (f"{INFO}/RECORD", record_of(files, f"{INFO}/RECORD"))])


def _link() -> bytes:
    entry = zipfile.ZipInfo("loyalty_points/link")
    entry.external_attr = 0o120777 << 16
    return archive([*GOOD.wheel_files().items(), (entry, b"/etc/passwd")])


#: What is wrong → (how it is made, its wheel's bytes if not the usual ones, what is said).
BAD_WHEELS: dict[str, tuple[Making, Callable[[], bytes] | None, str]] = {
    "a lying RECORD": (GOOD, _lying_record, "plugin.py is not what the RECORD"),
    "a file that RECORD does not list": (GOOD, _unlisted_file, "more.py is not what the RECORD"),
    "two names that are one on some disks": (GOOD, _twice, "is there twice"),
    "a symbolic link": (GOOD, _link, "is a link or a device"),
    "no zip archive": (GOOD, lambda: b"not a wheel", "is damaged or is no zip"),
    "a .pth file": (_with({"loyalty.pth": b"import os"}), None, "holds 'loyalty.pth' beside"),
    "a .pth file inside": (_with({"loyalty_points/a.pth": b""}), None, "loyalty_points/a.pth"),
    "compiled code": (_with({"loyalty_points/a.so": b""}), None, "holds loyalty_points/a.so"),
    "a hidden program": (
        _with({"loyalty_points/a.txt": b"\x7fELF.."}),
        None,
        "holds loyalty_points/a.txt",
    ),
    "a data folder": (
        _with({"loyalty_points-1.0.0.data/scripts/pip": b""}),
        None,
        "holds 'loyalty_points-1.0",
    ),
    "a second package": (_with({"requests/__init__.py": b""}), None, "holds 'requests' beside"),
    "no package": (_with({"loyalty_points/__init__.py": None}), None, "does not hold"),
    "no METADATA": (_with({f"{INFO}/METADATA": None}), None, "lacks"),
    "a name that leads out": (_with({"../evil.py": b""}), None, "leads out of its folder"),
    "an absolute name": (_with({"/etc/evil": b""}), None, "leads out of its folder"),
    "a backslash": (_with({"loyalty_points\\..\\x.py": b""}), None, "character that no file"),
    "a drive": (_with({"C:/x.py": b""}), None, "character that no file"),
    "a bomb": (_with({"loyalty_points/zeros": bytes(50_000_000)}), None, "grows more than 100"),
    "too many files": (
        _with({f"loyalty_points/f{n}": b"" for n in range(5_001)}),
        None,
        "at most 5000",
    ),
    "a name that ends with a dot": (_with({"loyalty_points/a.": b""}), None, "begins or ends"),
    "a RECORD that cannot be read": (GOOD, _with_record(b"a,b"), "RECORD of its wheel cannot be"),
    "a RECORD with a file too many": (GOOD, _longer_record, "lists gone.py, which is not there"),
    "METADATA that cannot be read": (
        _with({f"{INFO}/METADATA": b"Name: loyalty-points\nVersion: new\n"}),
        None,
        "METADATA",
    ),
    "entry points that cannot be read": (
        replace(GOOD, entry_points="nothing"),
        None,
        "entry points of its wheel cannot be read",
    ),
    "a wheel that is not plain": (
        _with({f"{INFO}/WHEEL": b"Root-Is-Purelib: false\n"}),
        None,
        "is not plain Python",
    ),
    "a second .dist-info": (_with({"x-1.dist-info/a": b""}), None, "lacks loyalty_points-1"),
    "a command": (
        replace(GOOD, entry_points="[console_scripts]\npip = loyalty_points.plugin:main\n"),
        None,
        "registers console_scripts",
    ),
    "a foreign plugin": (
        replace(GOOD, entry_points="[xtiger.extensions]\nloyalty_points = os.path\n"),
        None,
        "does not register loyalty_points once",
    ),
    "a wheel for one machine": (
        replace(GOOD, tag="cp311-cp311-linux_x86_64"),
        None,
        "is not a wheel for every machine",
    ),
    "another Python": (
        replace(GOOD, metadata=("Requires-Python: >=4",)),
        None,
        "it needs Python >=4",
    ),
    "another name in METADATA": (
        _with({f"{INFO}/METADATA": b"Name: other\nVersion: 1.0.0\n"}),
        None,
        "names another",
    ),
}


def _read(path: Path, **keys: bytes) -> str:
    """The sentence that a zip is refused with."""
    with pytest.raises(ExtensionRefused) as refusal:
        read_extension_zip(path, keys)
    return str(refusal.value)


def test_a_good_zip_is_read(tmp_path: Path) -> None:
    """A whole zip gives its manifest and wheel."""
    found = read_extension_zip(GOOD.write(tmp_path), {})

    assert ("Loyalty", "loyalty-points") == (found.manifest.name, found.wheel.distribution)


@pytest.mark.parametrize("bad", BAD_WHEELS)
def test_a_bad_wheel_is_refused(tmp_path: Path, bad: str) -> None:
    """A zip whose wheel could do harm, or is not what it says, is refused with the reason."""
    making, wheel, reason = BAD_WHEELS[bad]
    said = _read(making.write(tmp_path, wheel() if wheel else None))

    assert reason in said


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    """A zip that lost its second half is refused as damaged."""
    path = GOOD.write(tmp_path)
    path.write_bytes(path.read_bytes()[:-200])

    assert "is damaged or is no zip archive. Fetch the file again" in _read(path)


def test_every_flipped_bit_of_the_content_is_seen(tmp_path: Path) -> None:
    """A zip with one changed byte anywhere in its data is refused or means the same."""
    path = GOOD.write(tmp_path)
    whole, good = path.read_bytes(), read_extension_zip(path, {})
    passed = []
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            read = read_extension_zip(path, {})
        except ExtensionRefused:
            continue
        if (read.manifest, read.wheel_content) != (good.manifest, good.wheel_content):
            passed.append(place)

    assert [] == passed


def test_a_foreign_zip_is_refused(tmp_path: Path) -> None:
    """A zip without manifest.xml, or with that of another program, is refused."""
    bare = write(tmp_path / "bare.zip", {"readme.txt": b"hello"})
    vtiger = write(tmp_path / "v.zip", {"manifest.xml": b"<module><name>Xero</name></module>"})

    assert ["no manifest.xml", "for another program"] == [
        next(p for p in ("no manifest.xml", "for another program") if p in _read(path))
        for path in (bare, vtiger)
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is refused with the name of the file."""
    assert "nowhere.zip: the file cannot be read" in _read(tmp_path / "nowhere.zip")


def test_a_wheel_that_was_changed_is_refused(tmp_path: Path) -> None:
    """A wheel that is not the one of the manifest is refused, be it a good wheel."""
    entries = GOOD.entries()
    other = _with({"loyalty_points/more.py": b""}).wheel()
    path = write(tmp_path / "a.zip", {**entries, GOOD.wheel_name(): other})

    assert "is not the file that the manifest describes" in _read(path)


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    """What cannot be looked into is refused."""
    path = GOOD.write(tmp_path)
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(mark) + place] |= 1
    path.write_bytes(content)

    assert "is encrypted" in _read(path)


def test_a_file_list_that_differs_is_refused(tmp_path: Path) -> None:
    """The manifest lists exactly the other entries."""
    entries = GOOD.entries()
    text = entries["manifest.xml"].replace(b"py3-none-any.whl<", b"py3-none-any.zip<")
    path = write(tmp_path / "a.zip", {**entries, "manifest.xml": text})

    assert "is in the zip or in its manifest, but not in both" in _read(path)


def test_too_much_is_refused() -> None:
    """An archive that unpacks to more than is allowed is refused by its table of contents."""
    with pytest.raises(ExtensionRefused) as refusal:
        read_archive("Loyalty", archive({"a": b"12345", "b": b"67890"}), Limits(5, total_bytes=9))

    assert "unpacks to 10 bytes, at most 9 are allowed" in str(refusal.value)


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    """A file beyond the size of any extension is refused by its size."""
    path = tmp_path / "huge.zip"
    with path.open("wb") as file:
        file.truncate(60_000_000)

    assert "the file is too big for an extension" in _read(path)


def test_a_further_entry_is_refused(tmp_path: Path) -> None:
    """A zip holds the manifest, a wheel and perhaps a signature, nothing else."""
    path = write(tmp_path / "a.zip", {**GOOD.entries(), "install.sh": b"rm"})

    assert "nothing else" in _read(path)


def test_entities_are_refused(tmp_path: Path) -> None:
    """A manifest that declares entities is refused before it is parsed."""
    bomb = b'<!DOCTYPE m [<!ENTITY a "aaaa">]><module>&a;</module>'
    path = write(tmp_path / "a.zip", {**GOOD.entries(), "manifest.xml": bomb})

    assert "holds more than a manifest does" in _read(path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": "../x"}, "<name> of its manifest.xml"),
        ({"version": "new"}, "<version> of its manifest.xml is no version"),
        ({"label": ""}, "<label> of its manifest.xml"),
        ({"api": ("2.0", "3.0")}, "it needs interface 2.0 up to 3.0, this XTiger has 1.0. Update"),
        ({"api": ("0.1", "1.0")}, "Get a newer version of the extension"),
        ({"name": "XTiger"}, "arrives by pip. Use: pip install --upgrade xtiger"),
    ],
)
def test_a_wrong_manifest_is_refused(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    """A manifest with a wrong value is refused, and the sentence names it."""
    making = replace(GOOD, **change)  # type: ignore[arg-type]  # the values of each case fit
    path = write(tmp_path / "a.zip", making.entries())

    assert reason in _read(path)


def test_a_version_that_differs_from_the_wheel_is_refused(tmp_path: Path) -> None:
    """The manifest may not call an old wheel new."""
    entries = GOOD.entries()
    text = entries["manifest.xml"].replace(b"<version>1.0.0<", b"<version>2.0.0<")
    path = write(tmp_path / "a.zip", {**entries, "manifest.xml": text})

    assert "its wheel is version 1.0.0, its manifest says 2.0.0" in _read(path)


class TestSignatures:
    """What an installation with trusted keys takes."""

    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def _signed(self, folder: Path, key: Ed25519PrivateKey, text: bytes | None = None) -> Path:
        entries = GOOD.entries()
        signature = base64.b64encode(key.sign(entries["manifest.xml"]))
        manifest = text or entries["manifest.xml"]
        return write(
            folder / "signed.zip",
            {**entries, "manifest.xml": manifest, "manifest.sig": signature + b"\n"},
        )

    def test_a_trusted_signature_is_taken(self, tmp_path: Path) -> None:
        """A zip signed by a trusted key is read, and the key's name is kept."""
        found = read_extension_zip(self._signed(tmp_path, self.key), {"office": self.public})

        assert "office" == found.signer

    def test_an_unsigned_zip_is_refused(self, tmp_path: Path) -> None:
        """Where a key is trusted, an unsigned zip is refused."""
        assert "is not signed" in _read(GOOD.write(tmp_path), office=self.public)

    def test_a_foreign_signature_is_refused(self, tmp_path: Path) -> None:
        """A zip signed by somebody else is refused."""
        path = self._signed(tmp_path, Ed25519PrivateKey.generate())

        assert "signed by nobody whom this installation trusts" in _read(path, office=self.public)

    def test_a_changed_manifest_is_refused(self, tmp_path: Path) -> None:
        """A signature over another manifest is refused."""
        text = GOOD.entries()["manifest.xml"].replace(b"Loyalty points", b"Loyalty pointz")
        path = self._signed(tmp_path, self.key, text)

        assert "or was changed since" in _read(path, office=self.public)

    def test_a_signature_that_is_none_is_refused(self, tmp_path: Path) -> None:
        """Bytes that are no base64 count as a wrong signature."""
        path = write(tmp_path / "a.zip", {**GOOD.entries(), "manifest.sig": b"?!"})

        assert "signed by nobody" in _read(path, office=self.public)

    def test_a_broken_key_is_named(self, tmp_path: Path) -> None:
        """A trusted key that is none is named, and nothing is installed."""
        path = self._signed(tmp_path, self.key)

        assert "the trusted key 'office' is no Ed25519 public key" in _read(path, office=b"?")
