"""The Flask blueprint: mounts all pages in a CRM and turns errors into clear pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, make_response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from xtiger.errors import (
    Broken,
    RecordMissing,
    RetryLater,
    SettingInvalid,
    StoreUnavailable,
    TenantMissing,
    UnknownModule,
    XTigerError,
    log_line,
)
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.process_log import process_log, way_of
from xtiger.model.records import Ref
from xtiger.web import (
    conflicts,
    connection,
    connections,
    extensions,
    guards,
    module_list,
    modules,
    needs,
    overview,
    pages,
    plan,
    record,
    records,
    release,
    start,
    webhook,
)
from xtiger.web.cures import twins
from xtiger.web.decided import configuration, fields, versions
from xtiger.web.mailing import mails
from xtiger.web.outside import receivers
from xtiger.web.privacy import persons
from xtiger.web.removing import resetting, wiping
from xtiger.web.roles import roles_of
from xtiger.web.site import Site
from xtiger.web.starting import historical
from xtiger.web.undoing import run
from xtiger.web.watching import health

if TYPE_CHECKING:
    from xtiger.app import XTiger

_PACKAGE = Path(__file__).parent
#: What every address of ours has, below whatever prefix the CRM gives.
_ADDRESSES = ("/xt/", "/modules/XTiger/")
#: What a browser is shown without its reason, which the administrator finds in the log.
_FOR_THE_LOG = (Broken, TenantMissing, SettingInvalid, StoreUnavailable)
#: The files with pages; each has a function `register`.
_PARTS = (
    connection,
    connections,
    record,
    module_list,
    conflicts,
    needs,
    twins,
    extensions,
    modules,
    configuration,
    fields,
    versions,
    plan,
    historical,
    release,
    wiping,
    resetting,
    start,
    overview,
    run,
    records,
    persons,
    pages,
    webhook,
    health,
    mails,
    receivers,
)
_log = process_log("xtiger.web")


def blueprint(
    xt: XTiger,
    *,
    url_prefix: str = "",
    may_configure: Callable[[], bool] | None = None,
    may_use: Callable[[Ref | None], bool] | None = None,
    may_release: Callable[[], bool] | None = None,
    may_read: Callable[[], bool] | None = None,
    tenant: Callable[[], str | None] | None = None,
    user: Callable[[], str] | None = None,
    local_only: bool = False,
) -> Blueprint:
    """All pages of XTiger, to be registered in a Flask application that has a secret_key.

    All functions are called within a request. `may_configure`: the user is an administrator;
    `may_release`: may let a stopped plan go on; `may_read`: sees the pages; `may_use`: edits this
    record's panel. Left out, `may_release` is may_configure, `may_read` is may_use(None),
    `may_use` is may_configure, and nobody configures: `blueprint(xt)` alone shows a page that says
    what to set. `local_only` lets in every browser of this machine in place of all, for a demo: a
    proxy that sends no header cannot be told from one. `tenant` returns the host's tenant of the
    request, the only one shown or changed; `user` the name kept with what is answered.
    """
    given = (may_configure, may_use, may_release, may_read)
    if local_only and any(given):
        raise TypeError("local_only takes the place of may_configure and may_use: give one kind")
    local = (lambda: guards.is_local(request)) if local_only else may_configure
    site = Site(
        library=xt,
        roles=roles_of(local, may_use, may_release, may_read),
        knows_users=local_only or any(given),
        tenant=tenant or (lambda: None),
        user=user or (lambda: ""),
    )
    return _mounted(site, url_prefix)


def _mounted(site: Site, url_prefix: str) -> Blueprint:
    made = Blueprint(
        "xtiger",
        __name__,
        url_prefix=url_prefix or None,
        template_folder=str(_PACKAGE / "templates"),
        static_folder=str(_PACKAGE / "static"),
        static_url_path="/xt/static",
    )
    for part in _PARTS:
        part.register(made, site)
    made.before_request(_require_host)
    # Of the whole application: a request that no page takes belongs to no blueprint.
    made.after_app_request(lambda response: _protected(made, response))
    made.register_error_handler(XTigerError, lambda error: _problem(site, error))
    made.register_error_handler(HTTPException, lambda error: _refusal(site, error))
    made.app_template_global("xero_panel")(record.panel_html)
    made.app_template_global("xero_list")(module_list.drawn_list)
    made.app_template_global("xero_menu")(record.menu)
    return made


def status_of(error: XTigerError) -> int:
    """The HTTP status of an error: 503 try later, 404 no such thing, 409 a person, 500 a bug."""
    if isinstance(error, RetryLater):
        return 503
    if isinstance(error, RecordMissing | UnknownModule):
        return 404
    return 500 if isinstance(error, Broken | TenantMissing) else 409


def _problem(site: Site, error: XTigerError) -> Response:
    if isinstance(error, _FOR_THE_LOG):
        _log.error("%s Trace: %s", log_line(error), way_of(error))
    page = site.render_problem(spoken_error(error, site.words), error.code)
    response = make_response(page, status_of(error))
    if isinstance(error, RetryLater):
        response.headers["Retry-After"] = str(max(1, round(error.retry_after_seconds)))
    return response


def _refusal(site: Site, error: HTTPException) -> Response:
    _ = site.words.translate
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    sentences = {
        403: _forbidden(site),
        404: _("There is no such page. Go back to the overview."),
        405: _("This address takes no such request. Go back to the overview."),
    }
    unread = _("The request could not be read. Go back and try again.")
    failed = _(
        "This page failed. Try again; if it fails again, ask your administrator: the log says why."
    )
    sentence = sentences.get(status, unread if status < 500 else failed)
    # Who may not see the overview is not led from one refusal to the next.
    leads = status != 403 or site.may_read()
    page = site.render_problem(sentence, str(status), overview=leads)
    response = make_response(page, status)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _require_host() -> None:
    """Refuse a request under a name that is none: no address can be made from it."""
    if not guards.host_name(request):
        abort(400)


def _protected(made: Blueprint, response: Response) -> Response:
    """What is returned at an address of ours carries the headers, refusals too."""
    ours = request.blueprint == made.name or any(part in request.path for part in _ADDRESSES)
    return guards.protect(response) if ours else response


def _forbidden(site: Site) -> str:
    _ = site.words.translate
    if site.knows_users:
        return _("You may not do this here. Ask your administrator.")
    return _(
        "Nobody is let in yet: this CRM has not said who may see these pages. Its developer gives "
        "blueprint() the functions may_configure and may_use (or local_only=True for a demo on "
        "this machine)."
    )
