"""The pages for a CRM on an ASGI server: an app to mount in FastAPI, Starlette and others."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, request

from xtiger.errors import SettingInvalid
from xtiger.web.blueprint import blueprint

if TYPE_CHECKING:
    from markupsafe import Markup

    from xtiger.app import XTiger
    from xtiger.model.records import Ref

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

#: Where an ASGI scope carries the person of a request through to the pages.
_PERSON: Final = "xtiger.person"


class AsgiPages:
    """The pages as an ASGI app, and the panels that post to them; made by `asgi_pages`."""

    def __init__(
        self, xt: XTiger, at: str, flask: Flask, who: Callable[[Mapping[str, Any]], Any] | None
    ) -> None:
        from a2wsgi import WSGIMiddleware  # only hosts on ASGI have it

        self._xt, self._at, self._who = xt, at, who
        wsgi: Any = flask.wsgi_app
        self._wsgi: Any = WSGIMiddleware(wsgi)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request in a thread; `who` is asked on the event loop."""
        if scope["type"] == "http":
            person = scope if self._who is None else self._who(scope)
            known = await person if inspect.isawaitable(person) else person
            scope = {**scope, _PERSON: known}
        await self._wsgi(scope, receive, send)

    def panel(self, module: str, record_id: object, tenant: str | None = None) -> Markup:
        """The panel of a record as HTML; it waits for databases, so call it from a thread."""
        panel = self._xt.panel(module, str(record_id), tenant=tenant)
        action, style = f"{self._at}{panel.action_url}", f"{self._at}/xt/static/xtiger.css"
        return replace(panel, action_url=action, style_url=style).html()


def asgi_pages(
    xt: XTiger,
    at: str,
    *,
    secret_key: str,
    who: Callable[[Mapping[str, Any]], Any] | None = None,
    may_configure: Callable[[Any], bool] | None = None,
    may_use: Callable[[Any, Ref | None], bool] | None = None,
    may_release: Callable[[Any], bool] | None = None,
    may_read: Callable[[Any], bool] | None = None,
    tenant: Callable[[Any], str | None] | None = None,
    user: Callable[[Any], str] | None = None,
) -> AsgiPages:
    """All pages of XTiger for a host on ASGI, to be mounted at the path `at`, such as "/xero".

    `who(scope)`, which may be async, says once for each request who asks; the other functions
    are those of `blueprint`, called with what it returned, or with the scope where it is left
    out. Raises SettingInvalid for a path without its slash, or no secret_key.
    """
    if not at.startswith("/") or at.endswith("/"):
        fix = 'Give the path that you mount the pages at, such as "/xero".'
        raise SettingInvalid("The path of asgi_pages", f"is {at!r}", fix)
    if not secret_key:
        fix = "Give a long random text, the same in every process."
        raise SettingInvalid("The secret_key of asgi_pages", "is empty", fix)
    app = Flask("xtiger_pages", static_folder=None)
    app.secret_key = secret_key
    # Starlette's own session is a cookie of Flask's usual name, too.
    app.config.update(SESSION_COOKIE_NAME="xtiger", SESSION_COOKIE_SAMESITE="Lax")
    functions: dict[str, Any] = {
        "may_configure": _asked(may_configure),
        "may_use": None if may_use is None else lambda ref: may_use(_person(), ref),
        "may_release": _asked(may_release),
        "may_read": _asked(may_read),
        "tenant": _asked(tenant),
        "user": _asked(user),
    }
    app.register_blueprint(blueprint(xt, **functions))
    return AsgiPages(xt, at, app, who)


def _person() -> Any:
    """Who asks, as `who` returned for this request."""
    return request.environ["asgi.scope"][_PERSON]


def _asked(function: Callable[[Any], Any] | None) -> Callable[[], Any] | None:
    return None if function is None else lambda: function(_person())
