"""Control of the sandbox over HTTP, from this machine only: faults, clock, state, edits."""

from __future__ import annotations

import ipaddress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, request

from xtiger.sandbox.envelope import dumps

if TYPE_CHECKING:
    from xtiger.sandbox.sandbox import Sandbox

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


def control_routes(app: Flask, sandbox: Sandbox) -> None:
    """Add /sandbox, /sandbox/faults, advance, add, edit and state."""
    _looking(app, sandbox)
    _faults(app, sandbox)
    _doing(app, sandbox)


def _looking(app: Flask, sandbox: Sandbox) -> None:

    @app.get("/sandbox")
    def about() -> Response:
        _local_only()
        names = [{"tenantId": key, "name": name} for key, name in sandbox.organisations()]
        return _json({"what": "XTiger sandbox", "organisations": names, "now": _now(sandbox)})

    @app.get("/sandbox/state/<kind>")
    def state(kind: str) -> Response:
        _local_only()
        tenants = [request.args.get("tenantId") or key for key, _ in sandbox.organisations()]
        return _json({key: sandbox.table(kind, key) for key in dict.fromkeys(tenants)})


def _faults(app: Flask, sandbox: Sandbox) -> None:
    @app.get("/sandbox/faults")
    def faults() -> Response:
        _local_only()
        return _json([asdict(fault) for fault in sandbox.faults.waiting()])

    @app.post("/sandbox/faults")
    def add_fault() -> Response:
        _local_only()
        try:
            asked = dict(_body())
            return _json(asdict(sandbox.fault(asked.pop("kind", ""), **asked)), 201)
        except (TypeError, ValueError) as error:
            return _json({"error": str(error)}, 400)

    @app.delete("/sandbox/faults")
    def clear() -> Response:
        _local_only()
        sandbox.faults.clear()
        return Response(status=204)


def _doing(app: Flask, sandbox: Sandbox) -> None:
    @app.post("/sandbox/advance")
    def advance() -> Response:
        _local_only()
        try:
            sandbox.advance(float(_body().get("seconds", 0)))
        except (TypeError, ValueError) as error:
            return _json({"error": f"seconds must be a number: {error}"}, 400)
        return _json({"now": _now(sandbox)})

    @app.post("/sandbox/add")
    def add() -> Response:
        _local_only()
        body = _body()
        try:
            element = dict(body["element"])
            return _json(sandbox.add(str(body["kind"]), element, body.get("tenantId")), 201)
        except (LookupError, TypeError, ValueError) as error:
            return _json({"error": f"Send kind and element: {error}"}, 400)

    @app.post("/sandbox/edit")
    def edit() -> Response:
        _local_only()
        body = _body()
        try:
            sandbox.edit(str(body["kind"]), str(body["id"]), dict(body["fields"]))
        except (LookupError, TypeError, ValueError) as error:
            return _json({"error": f"Send kind, id and fields: {error}"}, 400)
        return Response(status=204)


def _now(sandbox: Sandbox) -> str:
    return sandbox.now().isoformat()


def _body() -> dict[str, Any]:
    # A JSON content type cannot be sent by a foreign page without asking first.
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def _local_only() -> None:
    """Refuse callers from elsewhere, and names that only seem to be this machine."""
    try:
        local = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        local = False
    if not local or request.host.rsplit(":", 1)[0] not in _LOCAL_NAMES:
        abort(403, "The sandbox is controlled from this machine only.")


def _json(value: Any, status: int = 200) -> Response:
    return Response(dumps(value), status, content_type="application/json")
