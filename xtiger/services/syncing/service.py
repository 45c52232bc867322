"""The service: what does the work in the background, as it was chosen, and whether it runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from xtiger.errors import SettingInvalid
from xtiger.model import setting_keys
from xtiger.model.starting.service import SERVICES, ServiceName, ServiceState, looked_lately

if TYPE_CHECKING:
    from xtiger.services.parts import Parts
    from xtiger.settings import Settings


class Service:
    """One choice for the installation: every tenant's work is done by the same service."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store, self._clock = parts, parts.store, parts.clock

    def state(self) -> ServiceState:
        """What was chosen, and what looked last at what is due."""
        names = (setting_keys.SERVICE, setting_keys.TICKED_AT, setting_keys.TICKED_BY)
        found = self._store.settings(names)
        kept, seen, last = (found.get(name) for name in names)
        chosen = kept if isinstance(kept, Mapping) else {}
        looked_at, at = seen if isinstance(seen, datetime) else None, chosen.get("at")
        return ServiceState(
            chosen=_known(chosen.get("name")),
            by=str(chosen.get("by") or ""),
            at=at if isinstance(at, datetime) else None,
            last=_known(last),
            looked_at=looked_at,
            is_running=looked_lately(looked_at, self._clock.now()),
        )

    def choose(self, name: str, by: str) -> ServiceState:
        """Keep which service is to do the work; it starts and stops none.

        Raises SettingInvalid for another name, and where the CRM has several tenants.
        """
        if len(self._parts.host.tenants()) > 1 and self._parts.bound is not None:
            raise SettingInvalid(
                "The service",
                "is one for all customers of this CRM",
                "Who runs the CRM chooses it.",
            )
        if name not in SERVICES:
            known = ", ".join(SERVICES)
            raise SettingInvalid("The service", f"cannot be {name!r}", f"Choose one of: {known}.")
        kept = {"name": name, "by": by, "at": self._clock.now()}
        self._store.save_setting(setting_keys.SERVICE, kept)
        return self.state()


def _known(name: object) -> ServiceName | Literal[""]:
    return next((one for one in SERVICES if one == name), "")


def set_up(name: ServiceName, settings: Settings) -> tuple[str, ...]:
    """The lines that set a service up: of the CRM's Python, of crontab, or of systemd."""
    host = f"XTIGER_HOST={settings.host} " if settings.host else ""
    command = f"{host}xtiger --home {settings.home}"
    lines: Mapping[ServiceName, tuple[str, ...]] = {
        "process": (
            "from xtiger.working import worker_of",
            "worker_of(xt).start()",
        ),
        "cron": (f"* * * * * {command} tick",),
        "worker": (
            "[Service]",
            f"ExecStart=/usr/bin/env {command} worker",
            "Restart=always",
            "TimeoutStopSec=120",
        ),
    }
    return lines[name]
