"""Zips that were verified together: what each holds, and what was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xtiger import __version__
from xtiger.errors import ExtensionRefused
from xtiger.extensions.checks import check_together
from xtiger.extensions.core_update import CoreUpdate, Environment, newer_core, read_cores
from xtiger.extensions.folder import ExtensionFolder
from xtiger.extensions.load import Found
from xtiger.extensions.zip import CORE, ExtensionZip, read_extension_zip


@dataclass(frozen=True, slots=True)
class VerifiedZip:
    """One zip, for people."""

    name: str
    label: str
    version: str
    #: SHA-256 of its wheel, in hex.
    sha256: str
    #: Name of the key that signed it; "" when no key was asked for.
    signer: str


@dataclass(frozen=True, slots=True)
class Verified:
    """All zips of one install, none of them unpacked yet."""

    zips: Sequence[ExtensionZip]
    #: XTiger's own zips among them, of this release or a newer one.
    cores: Sequence[VerifiedZip]
    #: The newer release of XTiger among them; None where there is none.
    update: CoreUpdate | None

    @property
    def names(self) -> set[str]:
        """The names of what they hold."""
        own = {CORE} if self.cores else set[str]()
        return own | {one.manifest.name for one in self.zips}

    def described(self) -> list[VerifiedZip]:
        """Each zip, XTiger's own first."""
        others = [
            VerifiedZip(
                one.manifest.name,
                one.manifest.label,
                str(one.manifest.version),
                one.sha256,
                one.signer,
            )
            for one in self.zips
        ]
        return [*self.cores, *others]

    def require_agreed(self, *, is_agreed: bool) -> None:
        """Raise ExtensionRefused for a newer XTiger that nobody agreed to."""
        if self.update is not None and not is_agreed:
            raise ExtensionRefused(
                CORE,
                "the zip holds version {version}, and {present} runs here",
                "Agree to the update, then restart the CRM.",
                version=self.update.version,
                present=__version__,
            )


def verify(
    paths: Sequence[Path],
    folder: ExtensionFolder,
    found: Sequence[Found],
    environment: Environment,
) -> Verified:
    """Verify everything about these zips, alone and together; nothing is unpacked.

    Raises ExtensionRefused.
    """
    keys = folder.keys()
    cores = read_cores(paths, keys)
    update = newer_core(list(cores.values()), environment)
    zips = [read_extension_zip(path, keys) for path in paths if path not in cores]
    check_together(zips, found, folder, str(update.version) if update else None)
    described = [
        VerifiedZip(
            CORE,
            one.manifest.label,
            str(one.manifest.version),
            "".join(sha for _size, sha in one.manifest.files.values()),
            one.signer,
        )
        for one in cores.values()
    ]
    return Verified(zips, described, update)
