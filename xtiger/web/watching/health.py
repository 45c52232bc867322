"""The address that a load balancer asks: one word and a status, and nothing of anybody."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from xtiger.web.site import Site


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the address to the blueprint."""
    blueprint.add_url_rule("/modules/XTiger/health", "health", lambda: _health(site))


def _health(site: Site) -> Response:
    """200 while the database answers; with ?worker=1 only while somebody does what is due, too."""
    found = site.library.health()
    is_well = found.is_well if "worker" in request.args else found.has_store
    answer = make_response("ok\n" if is_well else "not ok\n", 200 if is_well else 503)
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    answer.headers["Cache-Control"] = "no-store"
    return answer
