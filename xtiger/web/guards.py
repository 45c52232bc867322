"""Who may post what: CSRF token, same-site addresses, the local rule and security headers."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from flask import Request, Response, session

from xtiger.errors import SettingInvalid

_TOKEN = "xt_csrf"  # noqa: S105  (the name of a session entry)
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
#: Headers that a proxy adds: behind one, the loopback address says nothing about the user.
_PROXY_HEADERS = frozenset({"forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip"})
_PROXY_PREFIXES = ("x-forwarded-", "x-original-", "x-proxy")

#: Nothing but our own style sheet is loaded, and no page of ours stands in a frame.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def csrf_token(secret_key: object) -> str:
    """The token of this session, made when it has none; raises SettingInvalid without a key."""
    if not secret_key:
        raise SettingInvalid(
            "SECRET_KEY",
            "of the Flask application is not set, so that no form can be protected",
            "Set app.secret_key to a long random text.",
        )
    if _TOKEN not in session:
        session[_TOKEN] = secrets.token_urlsafe(24)
    return str(session[_TOKEN])


def is_own_post(request: Request) -> bool:
    """Whether a form was sent from a page of this site.

    Either it carries the session's token, or the browser vouches for it: pages cannot set the
    headers Sec-Fetch-Site and Origin. The second lets a host print a panel without a token.
    """
    expected = str(session.get(_TOKEN, ""))
    given = request.form.get(_TOKEN, "")
    if expected and hmac.compare_digest(expected.encode(), given.encode()):
        return True
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and origin == request.host_url.rstrip("/")


def is_named(request: Request, name: str) -> bool:
    """Whether a form carries this name, typed by hand; case and outer spaces do not count."""
    typed, wanted = (" ".join(text.split()).casefold() for text in (_typed(request), name))
    return typed == wanted


def _typed(request: Request) -> str:
    return request.form.get("name", "")


def is_local(request: Request) -> bool:
    """Whether the request comes from a browser on this machine, and shows no sign of a proxy.

    A server in between must hand on what a proxy sent: waitress takes such headers away unless
    it is started with `clear_untrusted_proxy_headers=False`.
    """
    return (
        request.remote_addr in _LOOPBACK
        # A foreign name that points to 127.0.0.1 would let a foreign page in.
        and host_name(request) in _LOCAL_NAMES
        and not any(_of_a_proxy(name.lower()) for name, _ in request.headers)
    )


def host_name(request: Request) -> str:
    """The name that a request asks for, without its port; "" for what is none."""
    try:
        parts = urlsplit(request.host_url)
        return (parts.hostname or "") if parts.port != 0 else ""
    except ValueError:  # older releases of Werkzeug let "[" and "localhost:x" through
        return ""


def _of_a_proxy(name: str) -> bool:
    return name in _PROXY_HEADERS or name.startswith(_PROXY_PREFIXES)


def same_site(address: str, host: str) -> str | None:
    """The path of an address of this site, None for any other."""
    try:
        parts = urlsplit(address)
    except ValueError:  # "http://[", or a name that is another one to a browser
        return None
    if parts.scheme not in ("", "http", "https") or (parts.netloc and parts.netloc != host):
        return None
    path = parts.path
    # "//evil.example" and "/\evil.example" are other sites to a browser.
    if not path.startswith("/") or path[1:2] in ("/", "\\") or any(c < " " for c in address):
        return None
    return path + (f"?{parts.query}" if parts.query else "")


def protect(response: Response) -> Response:
    """The response with the security headers; style sheets may be kept, pages may not."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    return response
