"""Keeps the host and the library of the process, and says what the settings lack."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from xtiger.django.project import LABEL, called, config, environment
from xtiger.errors import SettingInvalid
from xtiger.hosts.django import DjangoHost

if TYPE_CHECKING:
    from flask import Flask

    from xtiger.app import XTiger

_EXAMPLE = 'Write XTIGER_HOST = "crm.xero:make_host", the function that makes your DjangoHost.'


class XTigerConfig(AppConfig):
    """The app `xtiger.django`."""

    name = "xtiger.django"
    label = LABEL
    verbose_name = "Xero"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the host, which listens to the models from now on."""
        self._lock = threading.Lock()
        self._library: XTiger | None = None
        self._made = called("XTIGER_HOST")() if getattr(settings, "XTIGER_HOST", None) else None
        checks.register(missing, LABEL)

    @property
    def has_host(self) -> bool:
        """Whether the project names a host."""
        return self._made is not None

    @property
    def host(self) -> DjangoHost:
        """The CRM; raises SettingInvalid where the project names none."""
        if not isinstance(self._made, DjangoHost):
            reason = "is not set" if self._made is None else "makes no DjangoHost"
            raise SettingInvalid("XTIGER_HOST", reason, _EXAMPLE)
        return self._made

    @property
    def library(self) -> XTiger:
        """The library on it, made at the first call in each process."""
        from xtiger.app import XTiger
        from xtiger.settings import load_settings

        with self._lock:
            if self._library is None:
                self._library = XTiger(self.host, load_settings(environment()))
            return self._library

    def use(self, library: XTiger | None, host: DjangoHost | None = None) -> None:
        """Take a library that is made already, such as a test's with a clock of its own.

        None lets the next call make one.
        """
        self._library, self._made = library, host or self._made
        self.__dict__.pop("site", None)

    @cached_property
    def site(self) -> Flask:
        """The pages on that library."""
        from xtiger.django.site import make_site

        return make_site(self.library, self.host)


def missing(**_: object) -> list[Any]:
    """What the settings lack, for `manage.py check`."""
    if config().has_host:
        return []
    return [checks.Error("XTIGER_HOST is not set.", hint=_EXAMPLE, id="xtiger.E001")]
