"""The settings of the Django project that the CRM stands in, and a database for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from sqlalchemy import make_url

from tests.postgres import own_schema, require_postgres

APP = "tests.djangocrm"
#: Models of tests that are about values and keys alone.
ODD_APP = "tests.oddcrm"
#: The example, whose models an adapter is guessed from.
EXAMPLE = "examples.django_crm"

SETTINGS: dict[str, Any] = {
    "SECRET_KEY": "only for tests",
    "ALLOWED_HOSTS": ["testserver", "localhost"],
    "INSTALLED_APPS": [
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        APP,
        ODD_APP,
        EXAMPLE,
        "xtiger.django",
    ],
    "MIDDLEWARE": [
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    "ROOT_URLCONF": f"{APP}.urls",
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [Path(__file__).parent / "templates"],
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "LOGIN_URL": "/login/",
    "STATIC_URL": "/static/",
    "XTIGER_HOST": f"{APP}.xero:make_host",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "USE_TZ": True,
    "TIME_ZONE": "Europe/London",
}


def set_up() -> None:
    """Configure Django once in this process."""
    if settings.configured:
        return
    settings.configure(**SETTINGS)
    django.setup()


@contextmanager
def opened(
    database: str,
    folder: Path,
    *,
    migrated: bool = False,
    there: bool = False,
    app: str = "djangocrm",
) -> Iterator[None]:
    """A database of the CRM in place of the project's one.

    It is empty with the CRM's own tables (those of `app`), or `migrated` with those of all apps,
    or as it is `there`.
    """
    with ExitStack() as stack:
        if database == "sqlite":
            given: dict[str, Any] = {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "crm.db"),
                "OPTIONS": {"timeout": 30},
            }
        else:
            given = _postgres(stack.enter_context(own_schema(require_postgres())))
        _use(given)
        if migrated:
            call_command("migrate", run_syncdb=True, verbosity=0)
        elif not there:
            with connections["default"].schema_editor() as editor:
                for model in apps.get_app_config(app).get_models():
                    if not model._meta.proxy:
                        editor.create_model(model)
        try:
            yield
        finally:
            connections.close_all()


def _use(given: dict[str, Any]) -> None:
    connections.close_all()
    with suppress(AttributeError):  # this thread may have used none yet
        del connections["default"]
    # The same dictionary, since connections of other threads are made of it.
    held = connections.settings["default"]
    fresh = connections.configure_settings({"default": given})["default"]
    held.clear()
    held.update(fresh)


def _postgres(address: str) -> dict[str, Any]:
    url = make_url(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.database,
        "USER": url.username or "",
        "PASSWORD": url.password or "",
        "HOST": url.host or "",
        "PORT": str(url.port or ""),
        "OPTIONS": {"options": url.query["options"]} if "options" in url.query else {},
    }
