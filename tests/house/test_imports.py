"""What an import costs: the top package is light, and nothing happens at import."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("alembic", "celery", "django", "flask", "requests", "requests_oauthlib", "sqlalchemy")


def test_importing_xtiger_loads_no_heavy_library() -> None:
    """`import xtiger` loads neither requests, SQLAlchemy, Flask nor Celery."""
    program = f"import sys, xtiger; print(*[n for n in {HEAVY!r} if n in sys.modules])"

    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout

    assert "" == loaded.strip()
