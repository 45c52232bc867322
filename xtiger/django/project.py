"""What the CRM's Django project says: its settings, and the app that keeps host and library."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Protocol

import django
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from xtiger.errors import SettingInvalid

if TYPE_CHECKING:
    from flask import Flask

    from xtiger.app import XTiger
    from xtiger.hosts.django import DjangoHost

#: The name of the app in Django.
LABEL: Final = "xtiger"
#: What commands and workers call for the host: the one that the app has made already.
HOST: Final = "xtiger.django:host"
#: Settings that are for Django alone, and no variables of the library.
_OWN: Final = ("XTIGER_HOST", "XTIGER_TENANT")
_LOCALES: Final = ("en", "de", "fr")


class ProjectApp(Protocol):
    """What the app of this process keeps."""

    @property
    def has_host(self) -> bool:
        """Whether the host is made already."""
        ...

    @property
    def host(self) -> DjangoHost:
        """The CRM."""
        ...

    @property
    def library(self) -> XTiger:
        """The library on it."""
        ...

    @property
    def site(self) -> Flask:
        """Its pages."""
        ...

    def use(self, library: XTiger | None, host: DjangoHost | None = None) -> None:
        """Take a library that is made already; None lets the next call make one."""
        ...


def config() -> ProjectApp:
    """The app of this process; raises SettingInvalid where it is not installed."""
    if not apps.ready:
        django.setup()
    if not apps.is_installed("xtiger.django"):
        raise SettingInvalid(
            "INSTALLED_APPS", "has no xtiger.django", 'Add "xtiger.django" to it, below your apps.'
        )
    found: ProjectApp = apps.get_app_config(LABEL)
    return found


def called(name: str) -> Any:
    """What a setting names as "package.module:name"; None where it is not set."""
    place = getattr(settings, name, None)
    if not place:
        return None
    try:
        return import_string(str(place).replace(":", "."))
    except ImportError as error:
        raise SettingInvalid(
            name, f"names {place!r}, which cannot be imported: {error}", "Correct the name."
        ) from error


def environment() -> dict[str, str]:
    """The library's variables: those of the process, and before them Django's own settings."""
    found = dict(os.environ)
    locale = str(settings.LANGUAGE_CODE)[:2].lower()
    if locale in _LOCALES:
        found.setdefault("XTIGER_LOCALE", locale)
    for name in dir(settings):
        if name.startswith("XTIGER_") and name not in _OWN:
            value = getattr(settings, name)
            found[name] = "1" if value is True else "" if value in (None, False) else str(value)
    found["XTIGER_HOST"] = HOST
    return found
