"""webservice.php in front of the Vtiger: logins, sessions, the form of calls and answers."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter

from tests.vtigercrm.crm import CHALLENGE, IDLE, LIFE, Vtiger
from tests.vtigercrm.refusals import Fatal, Refusal, Sorry, denied

USER, KEY = "admin", "Zx8Qw3Rt5Yu7Io9P"
URL = "https://crm.vtiger.example"
#: Operation → (how it is called, its arguments in order).
_CALLS = {
    "listtypes": ("GET", ()),
    "describe": ("GET", ("elementType",)),
    "retrieve": ("GET", ("id",)),
    "query": ("GET", ("query",)),
    "sync": ("GET", ("modifiedTime", "elementType")),
    "create": ("POST", ("elementType", "element")),
    "update": ("POST", ("element",)),
    "revise": ("POST", ("element",)),
    "delete": ("POST", ("id",)),
}
_MAY_LACK = {"modifiedTime", "elementType", "element", "id"}


@dataclass(slots=True)
class _Session:
    begun: datetime
    used: datetime


class WebService:
    """Answers calls as webservice.php does; `calls` lists the operations asked for."""

    def __init__(self, crm: Vtiger) -> None:
        self.crm = crm
        self.calls: list[str] = []
        #: Operation → what happens instead, before or after it is done: see `fail`.
        self._faults: list[tuple[str, str]] = []
        self._challenges: dict[str, tuple[str, datetime]] = {}
        self._sessions: dict[str, _Session] = {}
        self._made = 0
        self._lock = threading.RLock()

    def fail(self, operation: str, how: str) -> None:
        """Let the next call of an operation fail: "down", "lost" once it was done, or "500"."""
        self._faults.append((operation, how))

    def end_sessions(self) -> None:
        """Restart PHP: nobody is logged in any more."""
        self._sessions.clear()

    def answer(self, method: str, given: dict[str, str]) -> tuple[int, str]:
        """Status and body of one call."""
        with self._lock:
            operation = given.get("operation", "")
            self.calls.append(operation)
            fault = next((one for one in self._faults if one[0] == operation), None)
            if fault is not None:
                self._faults.remove(fault)
                if fault[1] == "down":
                    raise requests.ConnectionError("no answer")
                if fault[1] == "500":
                    return 500, ""
            found = self._answer(method, operation, given)
            if fault is not None:
                raise requests.ReadTimeout("no answer")
            return found

    def _answer(self, method: str, operation: str, given: dict[str, str]) -> tuple[int, str]:
        try:
            result = self._result(method, operation, given)
        except Refusal as error:
            told = {"message": error.message, "code": error.code}
            return 200, json.dumps({"success": False, "error": told})
        except Sorry:
            return 200, "Sorry! Attempt to access restricted file."
        except Fatal:
            return 500, ""
        return 200, json.dumps({"success": True, "result": result})

    def _result(self, method: str, operation: str, given: dict[str, str]) -> Any:
        now = self.crm.clock()
        if operation == "getchallenge":
            return self._challenge(given.get("username", ""), now)
        if operation == "login":
            return self._login(given, now)
        if operation not in _CALLS:
            raise Fatal
        self._check_session(given.get("sessionName"), now)
        way, names = _CALLS[operation]
        read = given if method == way else {}
        values = [read.get(name, "") for name in names]
        return self._call(operation, names, values, given)

    def _call(
        self, operation: str, names: tuple[str, ...], values: list[str], given: dict[str, str]
    ) -> Any:
        crm = self.crm
        if operation in ("describe", "query", "retrieve") and not values[0]:
            raise denied(f" for {names[0]}")
        if operation == "sync":
            return crm.sync(values[0], values[1], given.get("syncType", "user"))
        if operation in ("create", "update", "revise"):
            return getattr(crm, operation)(*values[:-1], _element(values[-1]))
        return getattr(crm, operation)(*values)

    # --- logging in ---

    def _challenge(self, user: str, now: datetime) -> dict[str, Any]:
        if user != USER:
            raise Refusal("ACCESS_DENIED", "username does not exists")
        self._made += 1
        # One for each user: a new one ends the one before.
        self._challenges[user] = (f"6b00{self._made:09x}", now)
        return {
            "token": self._challenges[user][0],
            "serverTime": int(now.timestamp()),
            "expireTime": int((now + CHALLENGE).timestamp()),
        }

    def _login(self, given: dict[str, str], now: datetime) -> dict[str, Any]:
        token, made = self._challenges.get(given.get("username", ""), ("", now))
        wanted = hashlib.md5(f"{token}{KEY}".encode(), usedforsecurity=False).hexdigest()
        if not token or now - made > CHALLENGE or given.get("accessKey") != wanted:
            raise Refusal("INVALID_USER_CREDENTIALS", "Invalid username or password")
        self._made += 1
        name = f"7efe{self._made:017x}"
        self._sessions[name] = _Session(now, now)
        return {
            "username": USER,
            "is_admin": "on",
            "time_zone": "UTC",
            "sessionName": name,
            "userId": "19x1",
            "version": "0.22",
            "vtigerVersion": "8.1.0",
        }

    def _check_session(self, name: str | None, now: datetime) -> None:
        if not name:
            raise Refusal("AUTHENTICATION_REQUIRED", "Authencation required")
        found = self._sessions.get(name)
        if found is None:
            raise Refusal("INVALID_SESSIONID", "Session Identifier provided is Invalid")
        if now - found.begun > LIFE:
            raise Refusal("SESSION_EXPIRED", "Session Life has over please login again")
        if now - found.used > IDLE:
            raise Refusal("SESSION_LEFT_IDLE", "Session has been invalidated due to lack activity")
        found.used = now


def _element(text: str) -> dict[str, Any]:
    """What is no JSON reads as nothing."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class Wire(BaseAdapter):
    """Takes what requests sends to the webservice without a network."""

    def __init__(self, service: WebService) -> None:
        super().__init__()
        self.service = service
        #: Called before each request is sent; a test may end the process there.
        self.before: Callable[[str], None] = lambda _operation: None

    def send(self, request: requests.PreparedRequest, **_more: Any) -> requests.Response:  # type: ignore[override]
        """Answer a request."""
        parts = urlsplit(str(request.url))
        body = request.body or ""
        text = body.decode() if isinstance(body, bytes) else str(body)
        read = parse_qs(parts.query if request.method == "GET" else text, keep_blank_values=True)
        given = {name: values[0] for name, values in read.items()}
        self.before(given.get("operation", ""))
        found = requests.Response()
        found.request, found.url = request, str(request.url)
        status, answer = 404, "not found"
        if parts.path.endswith("/webservice.php"):
            status, answer = self.service.answer(str(request.method), given)
        found.status_code, found.raw = status, io.BytesIO(answer.encode())
        found.headers["Content-Type"] = "application/json"
        return found

    def close(self) -> None:
        """Nothing is open."""


def session_to(service: WebService) -> requests.Session:
    """A session of requests that reaches the webservice and nothing else."""
    session = requests.Session()
    session.mount(URL, Wire(service))
    return session


def application(service: WebService) -> Callable[..., Iterable[bytes]]:
    """The webservice as a WSGI application."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length).decode() if length else ""
        read = parse_qs(environ["QUERY_STRING"] if method == "GET" else body, True)
        status, text = service.answer(method, {name: one[0] for name, one in read.items()})
        start(f"{status} .", [("Content-Type", "application/json")])
        return [text.encode()]

    return answer
