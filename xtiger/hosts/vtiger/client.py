"""Calls to a Vtiger's `webservice.php`: login by challenge, one session kept, an own throttle."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests

import xtiger
from xtiger.errors import HostUnavailable, SettingInvalid
from xtiger.hosts.vtiger.answers import (
    LOGIN_REFUSED,
    SESSION_OVER,
    NoAnswer,
    VtigerRefused,
    result_of,
)
from xtiger.i18n.process_log import process_log
from xtiger.model.secret import Secret

if TYPE_CHECKING:
    from xtiger.ports import Clock

#: Vtiger has no limit of its own; so many calls a second leave room for the people in it.
CALLS_PER_SECOND: Final = 10
#: How often what only reads is tried, and the seconds before it is tried again.
READ_TRIES: Final = 3
_PAUSE: Final = 1.0
#: A login of another process at the same moment ends the challenge of ours.
_LOGIN_TRIES: Final = 3
_CONNECT_SECONDS, _READ_SECONDS = 10, 120
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_PAGE: Final = "/webservice.php"
_ADDRESS: Final = "The address of Vtiger"
#: Such an answer has no use of another try: the page is not there, or stands elsewhere.
_ELSEWHERE: Final = frozenset({301, 302, 307, 308, 401, 403, 404})


class VtigerClient:
    """One user's conversation with one Vtiger; threads take turns.

    Nothing of the access key is sent but a digest of it with the challenge, and nothing of it is
    logged or shown. `session` is one of requests, made here where none is given.
    """

    def __init__(
        self,
        url: str,
        user: str,
        access_key: Secret | str,
        *,
        clock: Clock,
        session: requests.Session | None = None,
        calls_per_second: float = CALLS_PER_SECOND,
    ) -> None:
        """Raises SettingInvalid for what is no address of a Vtiger, or one without encryption."""
        self.url, self.user = folder_of(url), user
        self._key, self._clock = Secret(access_key), clock
        self._http = session or requests.Session()
        self._http.headers["User-Agent"] = f"XTiger/{xtiger.__version__}"
        self._between = timedelta(seconds=1 / calls_per_second)
        self._next: datetime | None = None
        self._lock = threading.RLock()
        self._session_name: Secret | None = None
        self._login: Mapping[str, Any] = {}
        self._calls = 0
        self._log = process_log("xtiger.hosts.vtiger")

    def __repr__(self) -> str:
        return f"VtigerClient({self.url!r}, {self.user!r})"

    @property
    def calls(self) -> int:
        """Requests so far, logins and repeated ones counted each time."""
        return self._calls

    @property
    def login(self) -> Mapping[str, Any]:
        """What the login said of the user: `userId`, `is_admin`, `vtigerVersion`."""
        with self._lock:
            self._name()
            return self._login

    def read(self, operation: str, given: Mapping[str, str], *, tries: int = READ_TRIES) -> Any:
        """The result of an operation that changes nothing; tried again while Vtiger is away.

        Raises VtigerRefused, HostUnavailable once the tries are over, and SettingInvalid where
        login or address are of no use.
        """
        for left in reversed(range(tries)):
            try:
                return self._within_session("GET", operation, given)
            except NoAnswer as error:
                if not left:
                    raise HostUnavailable(self.url, operation) from error
                self._clock.sleep(_PAUSE * (tries - left))
        raise AssertionError("no try was left")

    def write(self, operation: str, given: Mapping[str, str]) -> Any:
        """The result of an operation that changes something; sent once.

        Raises VtigerRefused, HostUnavailable where nothing was sent, and NoAnswer where nobody
        knows whether it was done.
        """
        return self._within_session("POST", operation, given)

    def close(self) -> None:
        """Close all connections; the session in Vtiger ends when it is idle."""
        self._http.close()

    # --- the session ---

    def _within_session(self, method: str, operation: str, given: Mapping[str, str]) -> Any:
        with self._lock:
            for again in (True, False):
                name = self._name()
                values = {"operation": operation, "sessionName": name.reveal(), **given}
                try:
                    return self._ask(method, operation, values)
                except VtigerRefused as error:
                    if error.code not in SESSION_OVER or not again:
                        raise
                    self._session_name = None
            raise AssertionError("the second try answers or raises")

    def _name(self) -> Secret:
        if self._session_name is None:
            self._login = self._logged_in()
            self._session_name = Secret(str(self._login["sessionName"]))
        return self._session_name

    def _logged_in(self) -> Mapping[str, Any]:
        for number in range(1, _LOGIN_TRIES + 1):
            try:
                token = self._greeted("GET", "getchallenge", {"username": self.user})["token"]
                digest = hashlib.md5(  # what Vtiger asks for
                    f"{token}{self._key.reveal()}".encode(), usedforsecurity=False
                ).hexdigest()
                given = {"username": self.user, "accessKey": digest}
                found: Mapping[str, Any] = self._greeted("POST", "login", given)
            except VtigerRefused as error:
                if error.code not in LOGIN_REFUSED or number == _LOGIN_TRIES:
                    raise self._login_refused() from error
                self._clock.sleep(_PAUSE * number)
            else:
                return found
        raise AssertionError("the last try answers or raises")

    def _greeted(self, method: str, operation: str, given: Mapping[str, str]) -> Any:
        """A step of the login; what answers otherwise than the webservice is none."""
        try:
            return self._ask(method, operation, {"operation": operation, **given})
        except NoAnswer as error:
            if error.status is None or error.status >= 500:
                raise HostUnavailable(self.url, operation) from error
            raise SettingInvalid(
                _ADDRESS,
                f"leads to no webservice ({self.url}{_PAGE} answers {error.status})",
                "Give the address that stands before index.php when you work in Vtiger.",
            ) from error

    def _login_refused(self) -> SettingInvalid:
        return SettingInvalid(
            f"The user {self.user} or its access key",
            f"is refused by the Vtiger at {self.url}",
            "Copy the key from My Preferences in Vtiger and give both anew: "
            f"xtiger connect-crm vtiger {self.url}",
        )

    # --- one request ---

    def _ask(self, method: str, operation: str, values: Mapping[str, str]) -> Any:
        """One request and what its answer means; raises as result_of() and _sent() do."""
        found = self._sent(method, operation, values)
        self._log.debug("Vtiger %s: %s", operation, found.status_code)
        if found.status_code in _ELSEWHERE and operation not in ("getchallenge", "login"):
            raise HostUnavailable(self.url, operation)
        return result_of(operation, found.status_code, found.content)

    def _sent(self, method: str, operation: str, values: Mapping[str, str]) -> requests.Response:
        self._wait()
        self._calls += 1
        reads = method == "GET"
        try:
            return self._http.request(
                method,
                f"{self.url}{_PAGE}",
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=False,
                # An auth of its own, since requests would take one from a .netrc.
                auth=_as_it_is,
                params=values if reads else None,
                data=None if reads else values,
            )
        except requests.RequestException as error:
            # Not chained: the text of these errors holds the address with session and query.
            if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
                raise HostUnavailable(self.url, operation) from None
            raise NoAnswer(operation, None) from None

    def _wait(self) -> None:
        """Keep the calls apart."""
        now = self._clock.now()
        if self._next is not None and now < self._next:
            self._clock.sleep((self._next - now).total_seconds())
            now = self._clock.now()
        self._next = now + self._between


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def folder_of(url: str) -> str:
    """The address of a Vtiger without page and query; raises SettingInvalid for any other."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise SettingInvalid(
            _ADDRESS,
            "is no address of a web page",
            "Give it as in https://crm.example.com or https://example.com/vtiger.",
        )
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise SettingInvalid(
            _ADDRESS,
            "would send records over a network without encryption",
            "Use its https address, or http://localhost for a Vtiger on this machine.",
        )
    path = parts.path.rstrip("/")
    for page in ("/index.php", _PAGE):
        path = path.removesuffix(page)
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}"


def element(values: Mapping[str, Any]) -> str:
    """A record as the argument `element` of a write."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
