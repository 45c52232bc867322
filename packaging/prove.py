"""Proves the built wheels and zips in fresh environments, far from the sources."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PACKAGES = ("xtiger_log", "xtiger_queue", "xero_accounts")
ZIPS = ("XTLog", "XTQueue", "XeroAccounts")
#: Prints where a package comes from; it must be the environment, not a checkout.
WHERE = "import sys, {0}; print({0}.__file__)"
#: A CRM in memory: enough for the commands to have something to stand on.
CRM = """from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules


def host():
    return MemoryHost(modules=standard_modules())
"""


class ProofFailed(Exception):
    """A built file does not do what it should; the text shows what was run and said."""


class Environment:
    """A fresh virtual environment with a home of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.home = folder / f"{name}-home"
        venv.create(self.folder, with_pip=True, symlinks=True)
        self.programs = self.folder / "bin"
        (self.folder / "proof_crm.py").write_text(CRM, encoding="utf-8")

    def run(self, *command: str, fails: bool = False) -> str:
        """Run a program of the environment outside any checkout; what it printed."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("XTIGER_", "PYTHON"))}
        ours = {"XTIGER_HOME": str(self.home), "XTIGER_HOST": "proof_crm:host", "COLUMNS": "200"}
        done = subprocess.run(
            [str(self.programs / command[0]), *command[1:]],
            cwd=self.folder,
            env={**kept, **ours},
            check=False,
            capture_output=True,
            text=True,
        )
        said = f"{done.stdout}{done.stderr}"
        if bool(done.returncode) != fails or "Traceback" in said:
            raise ProofFailed(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
        return said

    def install(self, *what: str) -> None:
        """Install wheels and what they need."""
        self.run("python", "-m", "pip", "install", "--quiet", *what)
        self.run("python", "-m", "pip", "check")

    def comes_from_here(self, packages: Sequence[str]) -> None:
        """Raise ProofFailed when a package is imported from somewhere else."""
        for package in packages:
            place = self.run("python", "-c", WHERE.format(package)).strip()
            if not Path(place).is_relative_to(self.folder):
                raise ProofFailed(f"{package} is imported from {place}, not from its wheel")

    def lists(self, *words: str) -> None:
        """Raise ProofFailed when `xtiger extensions list` does not name all these words."""
        said = self.run("xtiger", "extensions", "list")
        missing = [word for word in words if word not in said]
        if missing:
            raise ProofFailed(f"xtiger extensions list does not name {missing}:\n{said}")

    def are_on(self, *names: str) -> None:
        """Raise ProofFailed when one of these extensions is not on."""
        said = self.run("xtiger", "extensions", "list", "--json")
        found = {one["name"]: one["state"] for one in json.loads(said)["extensions"]}
        off = [name for name in names if found.get(name) != "enabled"]
        if off:
            raise ProofFailed(f"these extensions are not on, {off}:\n{said}")


def wheel(built: Path, package: str) -> str:
    """The path of a package's wheel."""
    return str(next(built.glob(f"{package}-*.whl")))


def prove_alone(built: Path, folder: Path) -> None:
    """The xtiger wheel works alone, then takes the three zips through its module manager."""
    alone = Environment(folder, "alone")
    alone.install(wheel(built, "xtiger"))
    alone.comes_from_here(["xtiger"])
    alone.run("xtiger", "--help")
    alone.lists("XTiger")
    print("xtiger alone: works", flush=True)
    alone.run("xtiger", "extensions", "install", *(str(built / f"{name}.zip") for name in ZIPS))
    alone.are_on("XTiger", *ZIPS)
    alone.run("xtiger", "extensions", "install", str(built / "XTiger.zip"))
    alone.run("xtiger", "extensions", "disable", "XTLog")
    alone.run("xtiger", "extensions", "uninstall", "XTLog")
    print("three zips through the module manager: work", flush=True)


def prove_together(built: Path, folder: Path) -> None:
    """The four wheels work together, and each of the three can leave."""
    together = Environment(folder, "together")
    together.install(*(wheel(built, package) for package in ("xtiger", *PACKAGES)))
    together.comes_from_here(["xtiger", *PACKAGES])
    together.run("xtiger", "--help")
    together.are_on("XTiger", *ZIPS)
    together.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "xtiger-log")
    together.lists("XTiger", "XTQueue", "XeroAccounts")
    print("four wheels together: work", flush=True)


def main() -> int:
    """Prove the wheels and zips of one folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("built", type=Path, help="folder with four wheels and four zips")
    built = parser.parse_args().built.resolve()
    with tempfile.TemporaryDirectory(prefix="xtiger-proof-") as folder:
        # Side by side: what they do happens in processes of their own.
        with ThreadPoolExecutor() as pool:
            proofs = [pool.submit(p, built, Path(folder)) for p in (prove_alone, prove_together)]
        failures = [failed for proof in proofs if (failed := proof.exception()) is not None]
    for failure in failures:
        if not isinstance(failure, ProofFailed):
            raise failure
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
