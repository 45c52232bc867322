"""The view that stands before the library's pages: who is not logged in is asked to."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from werkzeug.wrappers import Response

from xtiger.django.project import config
from xtiger.django.site import environ, mount

#: What Xero's servers, load balancers and every browser may ask for: a webhook's signature is its
#: own proof, and health says nothing but whether the work is done.
_OPEN: Final = ("modules/XTiger/webhook", "modules/XTiger/health", "xt/static/")


@csrf_exempt
@transaction.non_atomic_requests
def page(request: Any, **_: object) -> HttpResponseBase:
    """One page, or what was posted to it.

    The forms carry a token that Django's session keeps, which the pages check themselves. What a
    page does in the CRM is committed step by step, as the library books it.
    """
    path = request.path.removeprefix(mount())
    if not path.startswith(_OPEN) and not request.user.is_authenticated:
        back = request.get_full_path() if request.method == "GET" else f"{mount()}xt/"
        return redirect_to_login(back)
    answer = Response.from_app(config().site, environ(request))
    return _as_django(answer)


# Django's LoginRequiredMiddleware would keep Xero's webhooks out.
page.login_required = False


class _Led(HttpResponse):
    """A response that leads elsewhere, as Django's own code asks one where to."""

    @property
    def url(self) -> str:
        """The address that it leads to."""
        return str(self.headers["Location"])


def _as_django(answer: Response) -> HttpResponseBase:
    # A file of any length says none, and leaves part by part.
    found: HttpResponseBase
    if "Content-Length" not in answer.headers and answer.status_code == HTTPStatus.OK:
        found = StreamingHttpResponse(answer.response)
    else:
        kind = _Led if "Location" in answer.headers else HttpResponse
        found = kind(answer.get_data(), status=answer.status_code)
        answer.close()
    del found.headers["Content-Type"]
    for name, value in answer.headers.items():
        if name.lower() not in ("content-length", "connection", "set-cookie"):
            found.headers[name] = value
    return found
