"""The app for INSTALLED_APPS of a CRM on Django: its library, commands, pages and panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xtiger.app import XTiger
    from xtiger.hosts.django import DjangoHost

__all__ = ["host", "library"]


def host() -> DjangoHost:
    """The CRM as the setting XTIGER_HOST names it; sets Django up where nobody did."""
    from xtiger.django.project import config

    found: DjangoHost = config().host
    return found


def library() -> XTiger:
    """The library on this CRM: one for each process, made at the first call."""
    from xtiger.django.project import config

    found: XTiger = config().library
    return found
