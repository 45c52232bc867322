"""The library's pages behind Django's login: its session, its users and their permissions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from flask import Flask, Request, Response, request
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSession, SessionInterface
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from xtiger.django.project import LABEL, called, config
from xtiger.model.records import Ref
from xtiger.web import blueprint

if TYPE_CHECKING:
    from xtiger.app import XTiger
    from xtiger.hosts.django import DjangoHost

#: Where Django's session keeps what the pages remember of a browser.
_KEPT = "xtiger"
_REQUEST = "xtiger.django"
#: The objects that a page of the CRM shows, so that their rights are asked without reading them.
_SHOWN = "xtiger.shown"
_TAGGED = TaggedJSONSerializer()


class DjangoSessions(SessionInterface):
    """Keeps what the pages remember in Django's own session: it ends with the login."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """What is kept for the browser of this request."""
        session = getattr(request.environ.get(_REQUEST), "session", None)
        kept = None if session is None else session.get(_KEPT)
        return SecureCookieSession(_TAGGED.loads(kept) if kept else None)

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Keep it, where it has changed."""
        kept = getattr(request.environ.get(_REQUEST), "session", None)
        if kept is not None and session.modified:
            kept[_KEPT] = _TAGGED.dumps(dict(session))


def make_site(library: XTiger, host: DjangoHost) -> Flask:
    """The pages as an application; whose request it is stands in what the view hands over."""
    app = Flask("xtiger.django", static_folder=None)
    app.secret_key = settings.SECRET_KEY
    app.session_interface = DjangoSessions()
    tenant = called("XTIGER_TENANT")
    app.register_blueprint(
        blueprint(
            library,
            may_configure=may("configure"),
            may_release=may("release"),
            may_read=may("read"),
            may_use=lambda ref: may_use(host, ref),
            tenant=None if tenant is None else lambda: str(tenant(django_request())),
            user=lambda: str(django_request().user.get_username()),
        )
    )
    return app


def django_request() -> Any:
    """The request of Django that a page is shown for."""
    return request.environ[_REQUEST]


def may(right: str) -> Callable[[], bool]:
    """Whether the user of the request has one of the rights of the pages."""
    return lambda: bool(_user().has_perm(f"{LABEL}.{right}"))


def may_use(host: DjangoHost, ref: Ref | None) -> bool:
    """Whether the user may change this record; None asks for the pages."""
    if ref is None:
        return may("read")()
    user, right = _user(), host.permission(ref.module, "change")
    if user.has_perm(right):
        return True
    # A backend of permissions for single objects is asked for this one.
    shown = request.environ.get(_SHOWN, {})
    owner = shown[ref] if ref in shown else host.record_object(ref)
    return owner is not None and bool(user.has_perm(right, owner))


def _user() -> Any:
    return django_request().user


@contextmanager
def on_page(given: Any, shown: Mapping[Ref, Any] | None = None) -> Iterator[None]:
    """Within the block parts of our pages are drawn for the user of a page of the CRM.

    `shown` are objects that the page has read already.
    """
    site = config().site
    with site.request_context({**environ(given, "/xt/"), _SHOWN: shown or {}}) as context:
        yield
        site.session_interface.save_session(site, context.session, site.make_response(""))


def mount() -> str:
    """Where the pages stand: the part of the address before "xt/"."""
    return str(reverse("xtiger:overview")).removesuffix("xt/")


def environ(given: Any, path: str | None = None) -> dict[str, Any]:
    """A request of Django as WSGI has it, for the path below the mount."""
    before = mount()
    found: dict[str, Any] = {k: v for k, v in given.META.items() if isinstance(v, str)}
    found.update(
        {
            "REQUEST_METHOD": given.method,
            "SCRIPT_NAME": _as_wsgi(before.rstrip("/")),
            "PATH_INFO": _as_wsgi(path or "/" + given.path.removeprefix(before)),
            "HTTP_HOST": given.get_host(),
            "SERVER_PROTOCOL": given.META.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": given.scheme,
            "wsgi.input": given,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            _REQUEST: given,
        }
    )
    if _is_used_up(given):
        boundary, body = encode_multipart(_entered(given))
        found["CONTENT_TYPE"] = f"multipart/form-data; boundary={boundary}"
        found["CONTENT_LENGTH"] = str(len(body))
        found["wsgi.input"] = BytesIO(body)
    return found


def _as_wsgi(path: str) -> str:
    """A path as WSGI has it: its bytes, each as a character."""
    return path.encode().decode("latin-1")


def _is_used_up(given: Any) -> bool:
    """Whether code before the view has read a form with files, of which no bytes are kept."""
    form = given.content_type == "multipart/form-data"
    return form and getattr(given, "_read_started", False) and not hasattr(given, "_body")


def _entered(given: Any) -> MultiDict[str, Any]:
    """What the form held, as Django has read it."""
    fields = [(name, one) for name, values in given.POST.lists() for one in values]
    files = [
        (name, FileStorage(one.file, one.name, content_type=one.content_type))
        for name, values in given.FILES.lists()
        for one in values
    ]
    return MultiDict([*fields, *files])
