"""Reads and verifies an extension zip: manifest.xml, one wheel, and a signature where asked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from packaging.version import InvalidVersion, Version

from xtiger.errors import ExtensionRefused
from xtiger.extensions.archive import FETCH_AGAIN, NOT_TRUSTED, Limits, read_archive
from xtiger.extensions.wheel import Wheel, read_wheel
from xtiger.i18n.harmless import is_plain_line

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: The number of the interface of hookspecs: another major is refused, a newer minor, too.
API = (1, 0)
#: The library's own extension, which is what installs the others.
CORE = "XTiger"
MANIFEST = "manifest.xml"
SIGNATURE = "manifest.sig"
LIMITS = Limits(entries=3, total_bytes=50_000_000)
_MANIFEST_BYTES = 64_000
_NAME = r"[A-Za-z][A-Za-z0-9]{1,49}"
#: Reasons and a fix that are given in several places.
_BESIDE = "the zip must hold {manifest} and one wheel, nothing else"
_OTHER_VERSION = "its wheel is version {version}, its manifest says {says}"
_CHOOSE = "Choose a file such as XTLog.zip."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What manifest.xml says."""

    name: str
    label: str
    version: Version
    package: str
    #: The interface from this number …
    api_min: tuple[int, ...]
    #: … up to, but not including, this one.
    api_below: tuple[int, ...]
    #: Names of the extensions that it needs.
    requires: tuple[str, ...]
    #: File name → (size in bytes, sha256 in hex) of every other entry.
    files: Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class ExtensionZip:
    """A verified zip: safe to install, as far as a look inside can tell."""

    manifest: Manifest
    wheel: Wheel
    wheel_name: str
    wheel_content: bytes
    #: Name of the key that signed it; "" when no key was asked for.
    signer: str

    @property
    def sha256(self) -> str:
        """The hash of the wheel, in hex."""
        return hashlib.sha256(self.wheel_content).hexdigest()


@dataclass(frozen=True, slots=True)
class CoreZip:
    """XTiger's own zip, its signature, manifest and the hash of every file verified."""

    manifest: Manifest
    #: File name → content of all but the manifest.
    files: Mapping[str, bytes]
    signer: str

    def wheel(self) -> tuple[str, bytes, Wheel]:
        """Its wheel as (file name, content, what it is), checked to the last byte.

        Raises ExtensionRefused.
        """
        wheels = [name for name in self.files if name.endswith(".whl")]
        if len(self.files) != 1 or len(wheels) != 1:
            raise ExtensionRefused(CORE, _BESIDE, FETCH_AGAIN, manifest=MANIFEST)
        content = self.files[wheels[0]]
        wheel = read_wheel(CORE, wheels[0], content, self.manifest.package, has_commands=True)
        if wheel.version != self.manifest.version or wheel.distribution != CORE.lower():
            has, says = wheel.version, self.manifest.version
            raise ExtensionRefused(CORE, _OTHER_VERSION, FETCH_AGAIN, version=has, says=says)
        return wheels[0], content, wheel


def read_core_zip(path: Path, keys: Mapping[str, bytes]) -> CoreZip | None:
    """XTiger's own zip; None when it holds another extension.

    Nothing of it is unpacked. Raises ExtensionRefused.
    """
    entries = read_archive(path.name, _content(path), LIMITS)
    text = entries.pop(MANIFEST, None)
    signature = entries.pop(SIGNATURE, None)
    if text is None:
        return None
    manifest = read_manifest(path.name, text)
    if manifest.name != CORE:
        return None
    signer = _check_signature(path.name, text, signature, keys)
    _check_files(manifest, entries)
    return CoreZip(manifest, entries, signer)


def read_extension_zip(path: Path, keys: Mapping[str, bytes]) -> ExtensionZip:
    """Verify everything about a zip without unpacking anything of it.

    `keys` is name → Ed25519 public key (PEM); when there is one, an unsigned zip is refused.
    Raises ExtensionRefused with a sentence that says what is wrong.
    """
    entries = read_archive(path.name, _content(path), LIMITS)
    if MANIFEST not in entries:
        reason, fix = "the zip has no {manifest}, so it is no extension", _CHOOSE
        raise ExtensionRefused(path.name, reason, fix, manifest=MANIFEST)
    text = entries.pop(MANIFEST)
    signature = entries.pop(SIGNATURE, None)
    signer = _check_signature(path.name, text, signature, keys)
    manifest = read_manifest(path.name, text)
    if manifest.name == CORE:
        reason = "it is the library itself and arrives by pip"
        raise ExtensionRefused(CORE, reason, "Use: pip install --upgrade xtiger")
    wheels = [name for name in entries if name.endswith(".whl")]
    if len(entries) != 1 or len(wheels) != 1:
        raise ExtensionRefused(manifest.name, _BESIDE, FETCH_AGAIN, manifest=MANIFEST)
    _check_files(manifest, entries)
    content = entries[wheels[0]]
    wheel = read_wheel(manifest.name, wheels[0], content, manifest.package)
    if wheel.version != manifest.version:
        has, says = wheel.version, manifest.version
        raise ExtensionRefused(manifest.name, _OTHER_VERSION, FETCH_AGAIN, version=has, says=says)
    check_api(manifest.name, manifest.api_min, manifest.api_below)
    return ExtensionZip(manifest, wheel, wheels[0], content, signer)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LIMITS.total_bytes:
            raise ExtensionRefused(path.name, "the file is too big for an extension", FETCH_AGAIN)
        return path.read_bytes()
    except OSError as error:
        reason, fix = "the file cannot be read ({said})", "Check the path."
        said = error.strerror or type(error).__name__
        raise ExtensionRefused(path.name, reason, fix, said=said) from error


def _check_files(manifest: Manifest, entries: Mapping[str, bytes]) -> None:
    if set(manifest.files) != set(entries):
        odd = min(set(manifest.files) ^ set(entries))
        reason = "{file!r} is in the zip or in its manifest, but not in both"
        raise ExtensionRefused(manifest.name, reason, FETCH_AGAIN, file=odd)
    for name, content in entries.items():
        if manifest.files[name] != (len(content), hashlib.sha256(content).hexdigest()):
            reason = "{file} is not the file that the manifest describes: it was changed or damaged"
            raise ExtensionRefused(manifest.name, reason, FETCH_AGAIN, file=name)


def check_api(extension: str, low: tuple[int, ...], below: tuple[int, ...]) -> None:
    """Raise ExtensionRefused when this release does not speak the interface that is needed."""
    if low <= API < below:
        return
    fix = "Get a newer version of the extension."
    if low > API:
        fix = "Update xtiger."
    reason = "it needs interface {low} up to {below}, this XTiger has {spoken}"
    wanted = {"low": _dotted(low), "below": _dotted(below)}
    raise ExtensionRefused(extension, reason, fix, spoken=_dotted(API), **wanted)


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in numbers)


def read_manifest(file_name: str, text: bytes) -> Manifest:
    """Read manifest.xml; raises ExtensionRefused naming the element that is missing or wrong."""
    reason = "its {manifest} holds more than a manifest does"
    beyond = ExtensionRefused(file_name, reason, NOT_TRUSTED, manifest=MANIFEST)
    if len(text) > _MANIFEST_BYTES:
        raise beyond
    try:
        root = fromstring(text, forbid_dtd=True)
    except DefusedXmlException as error:
        raise beyond from error
    # An encoding that nobody knows is no ParseError.
    except (ParseError, ValueError, LookupError) as error:
        reason = "its {manifest} is damaged"
        raise ExtensionRefused(file_name, reason, FETCH_AGAIN, manifest=MANIFEST) from error
    if root.tag != "module" or root.findtext("type") != "extension":
        reason = "it is a module for another program, not an extension of XTiger for Python"
        raise ExtensionRefused(file_name, reason, _CHOOSE)
    reader = _Reader(file_name, root)
    return Manifest(
        name=reader.text("name", _NAME),
        label=reader.text("label", r"[^<>]{1,80}"),
        version=reader.version("version"),
        package=reader.text("package", r"[a-z][a-z0-9_]{1,49}"),
        api_min=reader.number("dependencies/api/min"),
        api_below=reader.number("dependencies/api/below"),
        requires=reader.names("dependencies/requires"),
        files=reader.files(),
    )


class _Reader:
    """Takes values out of a manifest, each checked by its pattern."""

    def __init__(self, file_name: str, root: Element) -> None:
        self._file_name = file_name
        self._root = root

    def text(self, place: str, pattern: str, inside: Element | None = None) -> str:
        """The text of one element; raises ExtensionRefused naming it."""
        found = (self._root if inside is None else inside).findall(place)
        if len(found) > 1:
            raise self._refused("<{place}> is in its {manifest} twice", place, NOT_TRUSTED)
        return self._checked(place, pattern, found[0].text if found else "")

    def _checked(self, place: str, pattern: str, given: str | None) -> str:
        text = (given or "").strip()
        if not is_plain_line(text):
            reason = "<{place}> of its {manifest} holds a character that cannot be seen"
            raise self._refused(reason, place, NOT_TRUSTED)
        if not re.fullmatch(pattern, text):
            reason = "<{place}> of its {manifest} is missing or wrong"
            raise self._refused(reason, place, FETCH_AGAIN)
        return text

    def _refused(self, reason: str, place: str, fix: str) -> ExtensionRefused:
        given = {"place": place, "manifest": MANIFEST}
        return ExtensionRefused(self._file_name, reason, fix, **given)

    def names(self, place: str) -> tuple[str, ...]:
        """Names of extensions, one per element."""
        return tuple(self._checked(place, _NAME, found.text) for found in self._root.findall(place))

    def version(self, place: str) -> Version:
        """A version as pip reads it."""
        try:
            return Version(self.text(place, r"\S{1,50}"))
        except InvalidVersion as error:
            reason = "<{place}> of its {manifest} is no version"
            raise self._refused(reason, place, FETCH_AGAIN) from error

    def number(self, place: str) -> tuple[int, ...]:
        """A number of the interface, such as 1.0."""
        return tuple(int(part) for part in self.text(place, r"\d{1,4}\.\d{1,4}").split("."))

    def files(self) -> dict[str, tuple[int, str]]:
        """File name → (size, sha256)."""
        return {
            self.text("name", r"[^/\\]{1,200}", item): (
                int(self.text("size", r"\d{1,10}", item)),
                self.text("sha256", r"[0-9a-f]{64}", item),
            )
            for item in self._root.findall("files/file")
        }


def _check_signature(
    file_name: str, text: bytes, signature: bytes | None, keys: Mapping[str, bytes]
) -> str:
    """The name of the key that signed the manifest, "" when none is asked for."""
    if not keys:
        return ""
    if signature is None:
        reason = "the zip is not signed, and this installation takes signed ones only"
        raise ExtensionRefused(file_name, reason, "Get a signed one from its maker.")
    # cryptography is needed for signed zips only.
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    for name, pem in sorted(keys.items()):
        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            reason = "the trusted key {key!r} is no Ed25519 public key"
            fix = "Replace or remove that key file."
            raise ExtensionRefused(file_name, reason, fix, key=name)
        try:
            key.verify(base64.b64decode(signature.strip(), validate=True), text)
        except (InvalidSignature, binascii.Error):
            continue
        return name
    reason = "it is signed by nobody whom this installation trusts, or was changed since"
    raise ExtensionRefused(file_name, reason, NOT_TRUSTED)
