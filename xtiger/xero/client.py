"""One conversation with one organisation: token, limits, call log, retries of what is safe."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from xtiger.errors import (
    AnswerUnknown,
    ConnectionEnded,
    GoesOnLater,
    RateLimited,
    UnreadableAnswer,
    XeroUnreachable,
    XTigerError,
)
from xtiger.i18n.process_log import process_log
from xtiger.model.calls import Call
from xtiger.model.connections import Connection
from xtiger.model.secret import Secret
from xtiger.ports.clock import Clock
from xtiger.ports.store import CallStore
from xtiger.settings import Settings
from xtiger.xero.answers import Verdict, judge, server_time
from xtiger.xero.deadline import Deadline
from xtiger.xero.limits import Limiter, refusal, remaining
from xtiger.xero.tokens import TokenKeeper
from xtiger.xero.transport import AnswerLost, Bearer, Http, RawAnswer, origin

#: How often a call that changes nothing is tried, and the pause before the second try.
READ_TRIES = 3
PAUSE_SECONDS = 1.0

_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip"}
_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer."""

    #: The envelope; numbers are Decimal or int.
    body: Mapping[str, Any]
    #: Xero's own time of the answer.
    server_time: datetime
    #: Xero's own id of the call, for its support.
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def operation(self) -> str:
        """Names the call in errors, without its filters: these may hold personal data."""
        return f"{self.method} {self.shown_path}"

    @property
    def shown_path(self) -> str:
        """The path as it is kept and logged: a file may be called by the name of a customer."""
        above, files, _name = self.path.partition("/Attachments/")
        return above + files.removesuffix("/")


class _Budget:
    """How often and how long one call may still be tried."""

    def __init__(self, patience_seconds: float) -> None:
        self.tries_left = READ_TRIES - 1
        self.pause = PAUSE_SECONDS
        self.may_refresh = True
        self.patience = patience_seconds


class XeroClient:
    """Calls to one organisation's Accounting API; safe to share by threads."""

    def __init__(
        self,
        connection: Connection,
        settings: Settings,
        keeper: TokenKeeper,
        limiter: Limiter,
        store: CallStore,
        clock: Clock,
        run_id: str | None = None,
        *,
        http: Http,
        before_write: Callable[[], None] | None = None,
        until: datetime | None = None,
    ) -> None:
        """`until`: nobody waits longer for an answer, and nothing is asked any more."""
        self.connection = connection
        self._deadline = Deadline(clock, until)
        self._address = settings.accounting_url
        self._keeper, self._limiter = keeper, limiter
        self._store, self._clock, self._http = store, clock, http
        self._run_id = run_id
        self._before_write = before_write
        self._lock = threading.Lock()
        self._calls = 0

    @property
    def calls(self) -> int:
        """Requests to the Accounting API so far, repeated ones counted each time."""
        return self._calls

    def get(
        self, path: str, query: Mapping[str, str] | None = None, *, since: datetime | None = None
    ) -> Reply:
        """Read a list. `since` is sent as If-Modified-Since.

        Tried up to three times while Xero is away or its answer is damaged. Raises
        XeroUnreachable, XeroUnavailable, RateLimited, ConnectionEnded, ScopeMissing,
        XeroRejected, UnreadableAnswer (for a 404, too: a list that holds nothing is empty), and
        GoesOnLater when the caller waits no longer.
        """
        headers = dict(_HEADERS)
        if since is not None:
            # Whole seconds in UTC without zone, the only form that Xero takes.
            headers["If-Modified-Since"] = since.strftime("%Y-%m-%dT%H:%M:%S")
        request = _Request("GET", path, query or {}, headers)
        reply = self._until_clear(request)
        if reply is None:
            raise UnreadableAnswer(request.operation, "Xero does not know the list (404)")
        return reply

    def find(self, path: str, query: Mapping[str, str] | None = None) -> Reply | None:
        """Read the one element that the path names; None where Xero has none (404).

        Raises what get() raises.
        """
        return self._until_clear(_Request("GET", path, query or {}, _HEADERS))

    def write(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        key: str,
        query: Mapping[str, str],
        content_type: str = _JSON,
    ) -> Reply:
        """Write once; never repeated but after a refusal that comes before processing.

        Where Xero refused elements with 400, the reply holds them as "Elements".
        Raises XeroUnreachable when nothing was sent, AnswerUnknown when that is not sure,
        RateLimited, ConnectionEnded, ScopeMissing, XeroRejected, GoesOnLater.
        """
        headers = {**_HEADERS, "Content-Type": content_type}
        if key:
            headers["Idempotency-Key"] = key
        request = _Request(method, path, query, headers, body)
        reply = self._until_clear(request)
        assert reply is not None  # a 404 is an error here
        return reply

    def _until_clear(self, request: _Request) -> Reply | None:
        """A good answer; None for a read that was answered 404."""
        budget = _Budget(self._limiter.patience_seconds)
        refused: Secret | None = None
        while True:
            token = self._keeper.access(self.connection.id, refused)
            try:
                answer = self._once(request, token)
            except AnswerLost:
                lost = AnswerUnknown(request.operation)
                error: XTigerError = lost if request.writes else self._away()
                self._tell(request, error.code, "no whole answer came")
                self._try_again(budget, error, request)
                continue
            except XeroUnreachable:
                away = self._away()
                self._tell(request, away.code, "nothing was sent")
                self._try_again(budget, away, request)
                continue
            verdict = judge(answer, request.operation, writes=request.writes)
            if verdict.meaning in ("good", "invalid") and verdict.body is not None:
                return self._reply(request, answer, verdict.body)
            if verdict.meaning == "missing" and not request.writes:
                return None
            self._tell(request, *log_entry_of(verdict, answer))
            if verdict.meaning == "limited":
                self._wait_for_limit(budget, answer)
            elif budget.may_refresh and self._worth_another_token(verdict, token):
                budget.may_refresh, refused = False, token
            elif verdict.meaning == "again" and verdict.error is not None:
                self._try_again(budget, verdict.error, request)
            else:
                raise self._final(verdict, request)

    def _away(self) -> XTigerError:
        """Why no answer came: it was not waited for, or Xero is out of reach."""
        if self._deadline.is_over:
            return GoesOnLater(self.connection.name)
        return XeroUnreachable(origin(self._address))

    def _tell(self, request: _Request, code: str, what: str) -> None:
        """One line in the process's log for each call that did not go well."""
        log = process_log("xtiger.xero")
        run = f"run {self._run_id}" if self._run_id else "no run"
        log.info("%s: %s, %s (%s)", request.operation, code, what, run)

    def _once(self, request: _Request, token: Secret) -> RawAnswer:
        """One request over the wire: in a slot of the limiter, with its row in the call log."""
        slot = self._limiter.enter()
        if self._deadline.is_over:
            self._limiter.leave(slot, None)
            raise GoesOnLater(self.connection.name)
        answer: RawAnswer | None = None
        began = self._clock.now()
        sent = False
        try:
            if request.writes and self._before_write is not None:
                # Here and not earlier: a run may have waited long for the limit, or slept.
                self._before_write()
            sent = True
            answer = self._http.send(
                request.method,
                self._address + request.path,
                auth=Bearer(token),
                headers={**request.headers, "xero-tenant-id": self.connection.organisation_id},
                query=request.query,
                body=request.body,
                left=self._deadline.seconds_left,
            )
            return answer
        except XeroUnreachable:
            sent = False
            raise
        finally:
            self._limiter.leave(slot, answer)
            if sent:
                self._log(request, began, answer)

    def _log(self, request: _Request, began: datetime, answer: RawAnswer | None) -> None:
        with self._lock:
            self._calls += 1
        left = remaining(answer) if answer is not None else {}
        took = self._clock.now() - began
        self._store.add_call(
            Call(
                connection_id=self.connection.id,
                at=began,
                method=request.method,
                path=request.shown_path,
                http_status=answer.status if answer is not None else None,
                milliseconds=round(took.total_seconds() * 1_000),
                sent_bytes=len(request.body or b""),
                received_bytes=answer.received_bytes if answer is not None else 0,
                minute_left=left.get("minute"),
                day_left=left.get("day"),
                app_left=left.get("appminute"),
                run_id=self._run_id,
                correlation_id=answer.correlation_id if answer is not None else "",
            )
        )

    def _reply(self, request: _Request, answer: RawAnswer, body: Mapping[str, Any]) -> Reply:
        at = server_time(answer, body)
        if at is None and not request.writes:
            raise UnreadableAnswer(request.operation, "it does not tell Xero's time")
        return Reply(body, at or self._clock.now(), answer.correlation_id)

    def _try_again(self, budget: _Budget, error: XTigerError, request: _Request) -> None:
        """Pause before the next try of a read; raises the error when there is none left."""
        last = budget.tries_left <= 0 or not self._limiter.may_wait(budget.pause)
        if request.writes or last:
            raise error
        budget.tries_left -= 1
        self._clock.sleep(budget.pause)
        budget.pause *= 2

    def _wait_for_limit(self, budget: _Budget, answer: RawAnswer) -> None:
        """Let the limiter wait, once per patience; raises RateLimited when it is too long.

        A refused call was not carried out, so writes wait too.
        """
        wait = refusal(answer)
        seconds = wait.milliseconds / 1_000
        budget.patience -= seconds
        if budget.patience < 0:
            goes_on_at = self._clock.now() + timedelta(seconds=seconds)
            raise RateLimited(wait.limit, retry_after_seconds=seconds, goes_on_at=goes_on_at)

    def _worth_another_token(self, verdict: Verdict, token: Secret) -> bool:
        """Whether the token is used up, or somebody connected again while the call was out."""
        if verdict.meaning == "ended":
            return self._keeper.superseded(self.connection.id, token)
        return verdict.meaning == "refresh"

    def _final(self, verdict: Verdict, request: _Request) -> XTigerError:
        if verdict.meaning in ("ended", "refresh"):
            return self._keeper.end(self.connection.id, verdict.reason)
        return verdict.error or UnreadableAnswer(request.operation, "it has no meaning")


def log_entry_of(verdict: Verdict, answer: RawAnswer) -> tuple[str, str]:
    """(code, what happened) of an answer that is not good, for the log: no data, no token."""
    trace = f", trace {answer.correlation_id}" if answer.correlation_id else ""
    said = f"HTTP {answer.status}{trace}"
    if verdict.meaning == "limited":
        wait = refusal(answer)
        return RateLimited.code, f"{said}, limit {wait.limit}, {wait.milliseconds // 1_000} s"
    if verdict.error is not None:
        return verdict.error.code, said
    # The first refusal of a token costs a renewal and nothing else.
    code = "token_refused" if verdict.meaning == "refresh" else ConnectionEnded.code
    return code, f"{said}, {verdict.reason}"
