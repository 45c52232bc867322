"""Connections: which app may use which organisation, and how they come and go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.envelope import (
    Answer,
    Invalid,
    json_answer,
    milliseconds,
    moment,
    problem,
)
from xtiger.sandbox.identity.apps import UNCERTIFIED_PER_ORGANISATION, App, Apps
from xtiger.sandbox.identity.tokens import Access
from xtiger.sandbox.state import NOBODY, Raw, State


@dataclass(frozen=True, slots=True)
class Connections:
    """The connections of all apps, kept in the state."""

    state: State
    apps: Apps
    new_id: Callable[[], str]

    def organisations(self) -> list[tuple[str, str]]:
        """Return (tenant id, name) of every organisation of the user."""
        rows = self.state.all(NOBODY, "Tenant")
        return [(row["tenantId"], row["name"]) for row in rows]

    def get(self, app: str, tenant: str) -> Raw | None:
        """Return the connection of an app to an organisation."""
        return self.state.get(NOBODY, "Connection", f"{app} {tenant}")

    def of_app(self, app: str) -> list[Raw]:
        """Return the connections of an app, oldest first."""
        return [row for row in self.state.all(NOBODY, "Connection") if row["app"] == app]

    def check_room(self, app: App, tenant: str) -> None:
        """Raise Invalid when a new connection would be one too many."""
        if self.get(app.client_id, tenant) is not None:
            return
        if app.connections is not None and len(self.of_app(app.client_id)) >= app.connections:
            raise Invalid(["access_denied", messages.OWN_CONNECTIONS])
        others = [
            self.apps.get(row["app"])
            for row in self.state.all(NOBODY, "Connection")
            if row["tenantId"] == tenant
        ]
        uncertified = [other for other in others if other is not None and not other.certified]
        if not app.certified and len(uncertified) >= UNCERTIFIED_PER_ORGANISATION:
            raise Invalid(["access_denied", messages.OWN_UNCERTIFIED])

    def connect(self, app: str, tenant: str, event: str, now: dt.datetime) -> Raw:
        """Connect an organisation; a connection that is there keeps its id."""
        stamp = milliseconds(now)
        row = self.get(app, tenant) or {"id": self.new_id(), "created": stamp}
        row = row | {"app": app, "tenantId": tenant, "authEventId": event, "updated": stamp}
        self.state.put(NOBODY, "Connection", f"{app} {tenant}", row)
        return row

    def end(self, row: Raw) -> None:
        """End a connection; its id never comes back."""
        self.state.put(NOBODY, "Connection", f"{row['app']} {row['tenantId']}", None)

    def listed(self, access: Access, auth_event_id: str) -> Answer:
        """Answer GET /connections, newest last."""
        names = dict(self.organisations())
        rows = [
            {
                "id": row["id"],
                "authEventId": row["authEventId"],
                "tenantId": row["tenantId"],
                "tenantType": "ORGANISATION",
                "tenantName": names[row["tenantId"]],
                "createdDateUtc": _seven_digits(row["created"]),
                "updatedDateUtc": _seven_digits(row["updated"]),
            }
            for row in self.of_app(access.client_id)
            if auth_event_id in ("", row["authEventId"])
            and access.only_tenant in (None, row["tenantId"])
        ]
        return json_answer(rows)

    def delete(self, access: Access, connection_id: str) -> Answer:
        """Answer DELETE /connections/{id}; ids that mean something else get 403 as in Xero."""
        for row in self.state.all(NOBODY, "Connection"):
            if row["id"] == connection_id and row["app"] == access.client_id:
                self.end(row)
                return Answer(204)
            if connection_id in (row["id"], row["tenantId"], row["authEventId"]):
                return problem(403, "Forbidden", messages.AUTHENTICATION, self.new_id())
        return Answer(404)


def _seven_digits(stamp_ms: int) -> str:
    return moment(stamp_ms).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"
