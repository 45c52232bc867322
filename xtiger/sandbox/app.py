"""The sandbox as one WSGI application: identity, connections, accounting, control."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask, g, redirect, request
from flask import Response as FlaskResponse

from xtiger.sandbox.accounting.envelope import Answer, Refused, not_found
from xtiger.sandbox.control.control import control_routes, is_control
from xtiger.sandbox.control.traffic import Request, Response
from xtiger.sandbox.faults import spoiling
from xtiger.sandbox.faults.faults import Fault
from xtiger.sandbox.identity.identity import expired

if TYPE_CHECKING:
    from xtiger.sandbox.sandbox import Sandbox

_SECRET_HEADERS = ("authorization",)
#: Encoded characters after the "?"; Xero's web server answers longer ones before anything counts.
_LONGEST_QUERY = 2048


def create_app(sandbox: Sandbox) -> Flask:
    """Return the application of one sandbox."""
    app = Flask("xtiger.sandbox", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined] # the default provider has it
    _identity_routes(app, sandbox)
    _accounting_route(app, sandbox)
    control_routes(app, sandbox)
    app.before_request(_before(sandbox))
    app.after_request(_after(sandbox))
    return app


def _before(sandbox: Sandbox) -> Callable[[], FlaskResponse | None]:
    def before() -> FlaskResponse | None:
        headers = {
            name.lower(): value
            for name, value in request.headers.items()
            if name.lower() not in _SECRET_HEADERS
        }
        g.request = Request(
            request.method, request.path, request.args.to_dict(), headers, request.get_data()
        )
        g.fault = None
        if is_control(request.path):
            return None
        g.fault = sandbox.faults.take(request.method, request.path)
        if g.fault is None:
            return None
        if g.fault.kind == "slow" and not _is_accounting():
            sandbox.gate.sleep(g.fault.seconds)  # accounting calls wait as calls in flight
        if g.fault.kind == "disconnected":
            _disconnect(sandbox)
        if g.fault.in_front:
            return flask_response(spoiling.html())  # a page of its own, or to be cut off below
        if g.fault.kind != "status":
            return None
        # A 500 comes from inside and is kept under the key; 429 and 503 from in front of it.
        inside = g.fault.status == 500 and _is_accounting()
        return None if inside else flask_response(g.fault.answer())

    return before


def _after(sandbox: Sandbox) -> Callable[[FlaskResponse], FlaskResponse]:
    def after(response: FlaskResponse) -> FlaskResponse:
        # The sandbox's own time: cursors of incremental reads are taken from it.
        response.date = sandbox.now()
        if is_control(request.path):
            return response
        answer = Response(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            response.get_data(),
        )
        fault: Fault | None = g.fault
        if fault is None:
            sandbox.note(g.request, answer)
            return response
        sandbox.note(g.request, answer, fault.kind, observed=not fault.in_front)
        if fault.kind == "reset" or (fault.kind == "lost_answer" and not fault.status):
            return hang_up("reset")
        if fault.kind == "timeout":
            return hang_up("timeout", partial(sandbox.gate.sleep, fault.seconds))
        if fault.kind not in ("html", "truncated", "unknown_values", "invented_ids"):
            return response
        whole = Answer(response.status_code, answer.body, dict(response.headers))
        whole.headers.pop("Content-Length", None)
        return flask_response(spoiling.spoiled(fault, whole, sandbox.gate.new_id))

    return after


def _disconnect(sandbox: Sandbox) -> None:
    """Let the user have disconnected the organisation just before this call."""
    with suppress(Refused):  # a call without a valid token is refused for that
        access = sandbox.identity.access(_authorization())
        sandbox.disconnect(request.headers.get("xero-tenant-id", ""), access.client_id)


def hang_up(how: str, wait: Callable[[], None] | None = None) -> FlaskResponse:
    """End the connection without an answer: "reset" at once, "timeout" as a silent server.

    Callers without a socket put a function under "sandbox.hang_up" into the environment, which is
    called with how; where nobody listens the answer is 500.
    """
    disconnected = request.environ.get("waitress.client_disconnected")
    if disconnected is not None:
        if wait is not None:
            wait()
        disconnected.__self__.socket.shutdown(socket.SHUT_RDWR)
    elif (ending := request.environ.get("sandbox.hang_up")) is not None:
        ending(how)
    return FlaskResponse(b"", 500)


def flask_response(answer: Answer) -> FlaskResponse:
    """Return Flask's response of an answer."""
    response = FlaskResponse(answer.body, answer.status)
    if "Content-Type" not in answer.headers:
        response.headers.remove("Content-Type")
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response


def _identity_routes(app: Flask, sandbox: Sandbox) -> None:
    identity = sandbox.identity

    @app.get("/identity/connect/authorize")
    def authorize() -> FlaskResponse:
        return flask_response(identity.authorize(request.args, None))

    @app.post("/identity/connect/authorize")
    def decide() -> FlaskResponse:
        return flask_response(identity.authorize(request.form, request.form))

    @app.post("/connect/token")
    def token() -> FlaskResponse:
        return flask_response(identity.token(request.form, _authorization()))

    @app.post("/connect/revocation")
    def revocation() -> FlaskResponse:
        return flask_response(identity.revoke(request.form, _authorization()))

    # Xero does not mind the case, and its own client library writes it with a capital.
    @app.get("/Connections")
    @app.get("/connections")
    def connections() -> FlaskResponse:
        event = request.args.get("authEventId", "")
        return _with_access(
            sandbox, lambda access: identity.connections.listed(access, event.lower())
        )

    @app.delete("/Connections/<connection_id>")
    @app.delete("/connections/<connection_id>")
    def disconnect(connection_id: str) -> FlaskResponse:
        return _with_access(
            sandbox, lambda access: identity.connections.delete(access, connection_id)
        )


def _with_access(sandbox: Sandbox, act: Callable[[Any], Answer]) -> FlaskResponse:
    if g.fault is not None and g.fault.kind == "token_expired":
        return flask_response(expired(sandbox.now()))
    try:
        return flask_response(act(sandbox.identity.access(_authorization())))
    except Refused as refused:
        return flask_response(refused.answer)


def _is_accounting() -> bool:
    return request.path.startswith("/api.xro/")


def _authorization() -> str:
    return request.headers.get("Authorization", "")


def _accounting_route(app: Flask, sandbox: Sandbox) -> None:
    methods = ["GET", "PUT", "POST", "DELETE", "PATCH"]

    @app.route("/api.xro/2.0/<path:rest>", methods=methods, provide_automatic_options=False)
    def accounting(rest: str) -> FlaskResponse:
        if len(request.query_string) > _LONGEST_QUERY:
            return flask_response(not_found().answer)
        return flask_response(sandbox.gate.answer(g.request, _authorization(), rest, g.fault))

    @app.get("/")
    def front() -> Any:
        return redirect("/sandbox")
