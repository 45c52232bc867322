"""Looks whether failures grow, and remembers the looks of a day for each connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from xtiger.model import setting_keys
from xtiger.model.mailing.reports import Alert
from xtiger.rules.mailing.growth import Failures, Look, is_due, looked
from xtiger.services.agreements import Agreements

if TYPE_CHECKING:
    from xtiger.services.parts import Parts


class Growing:
    """What is known of the failures of a tenant's active connections."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store

    def looked(self, now: datetime) -> Mapping[str, Failures]:
        """Connection id → what is known now; it is counted anew where it is time, once for all."""
        kept = self._kept()
        active = [one.id for one in self._parts.connections() if one.state == "active"]
        known = {one: kept.get(one, Failures()) for one in active}
        if not any(is_due(one, now) for one in known.values()):
            return known
        counts = Agreements(self._parts).needing_codes()
        return {one: looked(known[one], Look(now, counts.get(one, {}))) for one in active}

    def alerts(self, known: Mapping[str, Failures], now: datetime) -> list[Alert]:
        """A trouble for each connection whose failures grow."""
        names = {one.id: one.name for one in self._parts.connections()}
        return [
            Alert(
                "failures_grow",
                key,
                names[key],
                now,
                newly=sum(one.newly.values()),
                always=sum(one.always.values()),
            )
            for key, one in known.items()
            if one.growing
        ]

    def keep(self, known: Mapping[str, Failures]) -> None:
        """Remember the looks; within the caller's transaction."""
        if known == self._kept():
            return
        written = {
            key: {
                "growing": one.growing,
                "since": one.since.isoformat() if one.since else None,
                "looks": [[look.at.isoformat(), dict(look.counts)] for look in one.looks],
            }
            for key, one in known.items()
        }
        self._store.save_own_setting(self._parts.tenant(), setting_keys.MAIL_FAILURES, written)

    def _kept(self) -> dict[str, Failures]:
        kept: Any = self._store.own_setting(self._parts.tenant(), setting_keys.MAIL_FAILURES)
        found = kept if isinstance(kept, Mapping) else {}
        return {
            key: Failures(
                tuple(Look(datetime.fromisoformat(at), counts) for at, counts in one["looks"]),
                one["growing"],
                datetime.fromisoformat(one["since"]) if one["since"] else None,
            )
            for key, one in found.items()
        }
