"""Keeps foreign pages from posting into the demo CRM, and pages from loading foreign things."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from flask import Response, abort, request, session

from xtiger.settings import private_file

FIELD = "csrf"
KEY_FILE = "crm.key"
#: The demo runs on this machine, under its names only.
_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
#: No form-action: the panel posts to pages that may send the browser on to Xero.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def secret_key(home: Path) -> str:
    """The key that signs the sessions; made on the first start, readable by the owner only."""
    path = home / KEY_FILE
    if not path.exists():
        private_file(path)
        path.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def check_host() -> None:
    """Refuse a request under a foreign name: a page elsewhere could let its name lead here."""
    try:
        name = urlsplit(request.host_url).hostname
    except ValueError:  # older releases of Werkzeug let "[" and "localhost:x" through
        name = None
    if name not in _OWN_NAMES:
        abort(403)


def token() -> str:
    """The token of this browser's session."""
    if FIELD not in session:
        session[FIELD] = secrets.token_urlsafe(24)
    return str(session[FIELD])


def check() -> None:
    """Refuse a post that does not carry the session's token."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    kept, given = str(session.get(FIELD, "")), request.form.get(FIELD, "")
    if not kept or not hmac.compare_digest(kept.encode(), given.encode()):
        abort(403)


def protect(response: Response) -> Response:
    """The response with the security headers."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
