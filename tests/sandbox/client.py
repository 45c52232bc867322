"""A small client for the sandbox's own tests: plain calls, no rule of ours in between."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import simplejson
from flask import Flask
from werkzeug.test import Client as WsgiClient
from werkzeug.test import TestResponse

from xtiger.sandbox import Sandbox, create_app

REDIRECT = "http://localhost:8080/callback"
SCOPES = (
    "openid profile email offline_access accounting.contacts accounting.invoices "
    "accounting.payments accounting.settings accounting.banktransactions accounting.attachments"
)
START = dt.datetime(2026, 11, 20, 12, 0, 0, tzinfo=dt.UTC)


@dataclass
class Client:
    """Calls one organisation of a sandbox through its WSGI application."""

    sandbox: Sandbox
    tenant: str
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    @cached_property
    def app(self) -> Flask:
        """The sandbox without a socket."""
        return create_app(self.sandbox)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, str] | None = None,
        **headers: str,
    ) -> TestResponse:
        """Return the answer of one call; `headers` with _ for -."""
        sent = {
            "Authorization": f"Bearer {self.token}",
            "xero-tenant-id": self.tenant,
            "Accept": "application/json",
            **self.headers,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else simplejson.dumps(body, use_decimal=True)
            sent.setdefault("Content-Type", "application/json")
        return WsgiClient(self.app).open(
            f"/api.xro/2.0/{path}", method=method, data=data, headers=sent, query_string=query
        )

    def get(self, path: str, **query: str) -> Any:
        """Return the JSON of a good answer to GET."""
        answer = self.call("GET", path, query=query)
        assert answer.status_code == 200, answer.text
        return simplejson.loads(answer.text, use_decimal=True)

    def put(self, kind: str, *elements: Any, **query: str) -> list[Any]:
        """Return the elements of a good answer to PUT."""
        answer = self.call("PUT", kind, {kind: list(elements)}, query=query)
        assert answer.status_code == 200, answer.text
        rows: list[Any] = simplejson.loads(answer.text, use_decimal=True)[kind]
        return rows

    def post(self, path: str, *elements: Any, **query: str) -> list[Any]:
        """Return the elements of a good answer to POST."""
        kind = path.split("/", maxsplit=1)[0]
        answer = self.call("POST", path, {kind: list(elements)}, query=query)
        assert answer.status_code == 200, answer.text
        rows: list[Any] = simplejson.loads(answer.text, use_decimal=True)[kind]
        return rows

    def errors(self, method: str, path: str, *elements: Any, **query: str) -> list[str]:
        """Return the messages of the 400 that a write must get."""
        kind = path.split("/", maxsplit=1)[0]
        answer = self.call(method, path, {kind: list(elements)}, query=query)
        assert answer.status_code == 400, answer.text
        content = simplejson.loads(answer.text)
        if "Elements" not in content:
            return [content["Message"]]
        return [
            row["Message"] for element in content["Elements"] for row in element["ValidationErrors"]
        ]

    def account(self, code: str) -> str:
        """Return the id of an account of the sandbox's chart."""
        rows = self.sandbox.table("Accounts", self.tenant)
        return str(next(row["AccountID"] for row in rows if row.get("Code") == code))


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        """Let time pass: seconds, minutes, hours, days."""
        self.now += dt.timedelta(**span)


def authorize(sandbox: Sandbox, **changes: str) -> TestResponse:
    """Play the user who allows access to the first organisation; answer as on the page."""
    form = {
        "response_type": "code",
        "client_id": sandbox.client_id,
        "redirect_uri": REDIRECT,
        "scope": SCOPES,
        "state": "s t&te",
        "tenant": sandbox.organisations()[0][0],
        "decision": "allow",
    } | changes
    return WsgiClient(create_app(sandbox)).post("/identity/connect/authorize", data=form)


def token(sandbox: Sandbox, **form: str) -> TestResponse:
    """Return the answer of the token address, the client authenticated by Basic."""
    return WsgiClient(create_app(sandbox)).post(
        "/connect/token", data=form, auth=(sandbox.client_id, sandbox.client_secret)
    )


def code_of(answer: TestResponse) -> str:
    """Return the code in the address that a consent leads to."""
    return answer.headers["Location"].split("code=")[1].split("&")[0]


def connect(sandbox: Sandbox, **changes: str) -> dict[str, Any]:
    """Return the tokens after a consent."""
    code = code_of(authorize(sandbox, **changes))
    answer = token(sandbox, grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json or {}
    return tokens


def bearer(sandbox: Sandbox, method: str, path: str, access_token: str) -> TestResponse:
    """Return the answer of a call outside the accounting API."""
    headers = {"Authorization": f"Bearer {access_token}"}
    return WsgiClient(create_app(sandbox)).open(path, method=method, headers=headers)
