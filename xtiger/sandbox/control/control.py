"""Control of the sandbox over HTTP, with its token from this machine: faults, clock, state."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, request

from xtiger.sandbox.accounting.envelope import dumps
from xtiger.sandbox.events import CATEGORIES

if TYPE_CHECKING:
    from xtiger.sandbox.sandbox import Sandbox

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


def control_routes(app: Flask, sandbox: Sandbox) -> None:
    """Add /sandbox and what stands below it; docs/sandbox.md lists it."""
    app.before_request(lambda: _refused(sandbox))
    _looking(app, sandbox)
    _faults(app, sandbox)
    _doing(app, sandbox)
    _registering(app, sandbox)
    _ending(app, sandbox)
    _webhooks(app, sandbox)


def _looking(app: Flask, sandbox: Sandbox) -> None:

    @app.get("/sandbox")
    def about() -> Response:
        names = [{"tenantId": key, "name": name} for key, name in sandbox.organisations()]
        return _json({"what": "XTiger sandbox", "organisations": names, "now": _now(sandbox)})

    @app.get("/sandbox/state/<kind>")
    def state(kind: str) -> Response:
        tenants = [request.args.get("tenantId") or key for key, _ in sandbox.organisations()]
        return _json({key: sandbox.table(kind, key) for key in dict.fromkeys(tenants)})


def _faults(app: Flask, sandbox: Sandbox) -> None:
    @app.get("/sandbox/faults")
    def faults() -> Response:
        return _json([asdict(fault) for fault in sandbox.faults.waiting()])

    @app.post("/sandbox/faults")
    def add_fault() -> Response:
        try:
            asked = dict(_body())
            return _json(asdict(sandbox.fault(asked.pop("kind", ""), **asked)), 201)
        except (TypeError, ValueError) as error:
            return _json({"error": str(error)}, 400)

    @app.delete("/sandbox/faults")
    def clear() -> Response:
        sandbox.faults.clear()
        return Response(status=204)


def _doing(app: Flask, sandbox: Sandbox) -> None:
    @app.post("/sandbox/advance")
    def advance() -> Response:
        try:
            sandbox.advance(float(_body().get("seconds", 0)))
        except (TypeError, ValueError) as error:
            return _json({"error": f"seconds must be a number: {error}"}, 400)
        return _json({"now": _now(sandbox)})

    @app.post("/sandbox/add")
    def add() -> Response:
        body = _body()
        try:
            element = dict(body["element"])
            return _json(sandbox.add(str(body["kind"]), element, body.get("tenantId")), 201)
        except (LookupError, TypeError, ValueError) as error:
            return _json({"error": f"Send kind and element: {error}"}, 400)

    @app.post("/sandbox/edit")
    def edit() -> Response:
        body = _body()
        try:
            sandbox.edit(str(body["kind"]), str(body["id"]), dict(body["fields"]))
        except (LookupError, TypeError, ValueError) as error:
            return _json({"error": f"Send kind, id and fields: {error}"}, 400)
        return Response(status=204)


def _registering(app: Flask, sandbox: Sandbox) -> None:
    @app.post("/sandbox/apps")
    def add_app() -> Response:
        body = _body()
        try:
            made = sandbox.add_app(
                str(body.get("name", "App")),
                body.get("tier", "starter"),
                certified=bool(body.get("certified")),
                broad_scopes=bool(body.get("broadScopes")),
            )
        except ValueError as error:
            return _json({"error": str(error)}, 400)
        return _json(asdict(made), 201)

    @app.post("/sandbox/organisations")
    def add_organisation() -> Response:
        body = _body()
        try:
            made = sandbox.add_organisation(
                str(body.get("name", "Trading Ltd")), body.get("country"), body.get("currency")
            )
        except ValueError as error:
            return _json({"error": str(error)}, 400)
        return _json({"tenantId": made}, 201)


def _ending(app: Flask, sandbox: Sandbox) -> None:
    @app.post("/sandbox/disconnect")
    def disconnect_organisation() -> Response:
        body = _body()
        sandbox.disconnect(str(body.get("tenantId", "")), body.get("clientId"))
        return Response(status=204)

    @app.post("/sandbox/withdraw")
    def withdraw() -> Response:
        sandbox.withdraw_consent(_body().get("clientId"))
        return Response(status=204)

    @app.post("/sandbox/merge")
    def merge() -> Response:
        body = _body()
        try:
            sandbox.merge(str(body.get("from", "")), str(body.get("into", "")))
        except LookupError as error:
            return _json({"error": str(error)}, 400)
        return Response(status=204)


def _webhooks(app: Flask, sandbox: Sandbox) -> None:
    @app.post("/sandbox/webhooks")
    def subscribe() -> Response:
        body = _body()
        categories = body.get("categories") or CATEGORIES
        app_id = str(body.get("clientId") or sandbox.client_id)
        try:
            made = sandbox.webhooks.subscribe(app_id, str(body["url"]), categories)
        except (LookupError, ValueError) as error:
            return _json({"error": f"Send url, and categories if not all: {error}"}, 400)
        return _json(asdict(made), 201)

    @app.post("/sandbox/webhooks/intent")
    def intent() -> Response:
        try:
            passed = sandbox.webhooks.intent_to_receive(
                str(_body().get("clientId") or sandbox.client_id)
            )
        except LookupError as error:
            return _json({"error": str(error)}, 400)
        return _json({"passed": passed})

    @app.post("/sandbox/webhooks/deliver")
    def deliver() -> Response:
        made = sandbox.webhooks.deliver_due()
        return _json([{"url": row.url, "status": row.status} for row in made])

    @app.post("/sandbox/webhooks/trouble")
    def trouble() -> Response:
        body = _body()
        try:
            sandbox.webhooks.trouble(body.get("kind", ""), int(body.get("count", 1)))
        except (TypeError, ValueError) as error:
            return _json({"error": str(error)}, 400)
        return Response(status=204)


def _now(sandbox: Sandbox) -> str:
    return sandbox.now().isoformat()


def _body() -> dict[str, Any]:
    # A JSON content type cannot be sent by a foreign page without asking first.
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def is_control(path: str) -> bool:
    """Whether an address belongs to the control and not to Xero."""
    return path == "/sandbox" or path.startswith("/sandbox/")


def _refused(sandbox: Sandbox) -> Response | None:
    """The refusal of a call to the control that may not be made, None for one that may."""
    if not is_control(request.path):
        return None
    if not _is_local() or not _is_own_page():
        return _json({"error": "The sandbox is controlled from this machine only."}, 403)
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {sandbox.control_token}".encode()):
        said = "Send the control token that `xtiger sandbox` printed: Authorization: Bearer …"
        answer = _json({"error": said}, 401)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    return None


def _is_local() -> bool:
    """Whether the caller is on this machine, and uses a name of it, not one that points to it."""
    try:
        local = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    return local and request.host.rsplit(":", 1)[0] in _LOCAL_NAMES


def _is_own_page() -> bool:
    """Whether no page of another address asks: a browser names the page that a call comes from."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _json(value: Any, status: int = 200) -> Response:
    return Response(dumps(value), status, content_type="application/json")
