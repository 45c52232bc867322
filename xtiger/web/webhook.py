"""The address that Xero's webhooks post to: no session, no cookie, no page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request

from xtiger.web.site import Site
from xtiger.xero.webhooks import LARGEST_BYTES, SIGNATURE_HEADER


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the address to the blueprint."""
    blueprint.add_url_rule(
        "/modules/XTiger/webhook", "webhook", lambda: _received(site), methods=["POST"]
    )


def _received(site: Site) -> Response:
    # The bytes as they came: a form or JSON that was read and written again has no signature.
    # One more than is taken shows that it is too large. A CRM that reads every request first, for
    # its log perhaps, has left the bytes in the request's own memory.
    body = request.stream.read(LARGEST_BYTES + 1) or request.get_data()
    status = site.library.receive_webhook(body, request.headers.get(SIGNATURE_HEADER))
    return _silent(status)


def _silent(status: int) -> Response:
    """An empty response that takes no cookie: Xero refuses a receiver that sets one.

    A CRM whose session is renewed with each request would set it after the view.
    """

    class Silent(current_app.response_class):  # type: ignore[misc, name-defined]  # known at run time
        def set_cookie(self, *_: Any, **__: Any) -> None:
            """Nothing."""

        def delete_cookie(self, *_: Any, **__: Any) -> None:
            """Nothing."""

    made: Response = Silent(status=status)
    del made.headers["Content-Type"]
    return made
