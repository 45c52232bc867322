"""Runs the tests on each Python that is there, and with the oldest requirements: `nox --list`."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import nox

#: The Pythons that are supported; one that is not installed is skipped, and said so.
PYTHONS = ("3.11", "3.12", "3.13")
#: The extras whose lower bounds are promised to people who install the library.
EXTRAS = ("web", "asgi", "postgres", "celery", "django", "testing")
#: What tests need beside the library; the tools of the gates are not among them.
TEST_TOOLS = (
    "aiosmtpd",
    "aiosqlite",
    "asyncpg",
    "axe-playwright-python",
    "fastapi",
    "Flask-SQLAlchemy",
    "httpx",
    "jsonschema",
    "playwright",
    "pip",
    "PyMySQL",
    "pytest-randomly",
    "pytest-xdist",
    "pyxero",
    "pyyaml",
    "syrupy",
    "xero-python",
)
#: The tests that judge files and not behaviour; `make check` runs them.
GATES = "--ignore=tests/house"

nox.options.default_venv_backend = "uv|venv"
nox.options.sessions = ["tests"]


def bounds() -> Iterator[str]:
    """Each lower bound of setup.cfg as a pin: `Flask == 3.1.3`."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(Path(__file__).with_name("setup.cfg"), encoding="utf-8")
    required = [config["options"]["install_requires"]]
    required += [config["options.extras_require"][extra] for extra in EXTRAS]
    for line in "\n".join(required).splitlines():
        found = re.fullmatch(r"\s*([\w.-]+)(?:\[\w+\])? >= ([\w.]+)(?:, !=.*)?", line)
        if found:
            yield f"{found[1]} == {found[2]}"


def run_tests(session: nox.Session) -> None:
    """The tests that are named, or all but the gates."""
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "auto", GATES, "tests"]))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Test with the newest requirements; `nox -s tests-3.13 -- tests/cli` runs some of them."""
    session.install("-e", f".[{','.join(EXTRAS)}]", *TEST_TOOLS)
    run_tests(session)


@nox.session(python=PYTHONS[1])
@nox.parametrize("release", ["4.2", "5.2", "6.1"])
def django(session: nox.Session, release: str) -> None:
    """Test a CRM on each release of Django that is supported."""
    extras = ",".join(extra for extra in EXTRAS if extra != "django")
    session.install("-e", f".[{extras}]", f"Django == {release}.*", *TEST_TOOLS)
    files = [str(path) for path in sorted(Path("tests/hosts").glob("test_django_*.py"))]
    session.run("python", "-m", "pytest", *(session.posargs or ["tests/djangocrm", *files]))


@nox.session(python=PYTHONS[0])
def oldest(session: nox.Session) -> None:
    """Test with the oldest requirements that setup.cfg allows, on the oldest Python."""
    pins = Path(session.create_tmp()) / "oldest.txt"
    pins.write_text("".join(f"{pin}\n" for pin in bounds()), encoding="utf-8")
    session.install("-e", f".[{','.join(EXTRAS)}]", *TEST_TOOLS, "--constraint", str(pins))
    run_tests(session)
