"""The pages that connect a Xero organisation: consent, its answer, choice, disconnect."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import ConsentRefused, SettingInvalid
from xtiger.model.connections import Connection
from xtiger.web import guards
from xtiger.web.site import Site
from xtiger.web.start import is_through

_STATE = "xt_state"
_ORGANISATIONS = "xt_organisations"


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the pages to the blueprint."""
    add = blueprint.add_url_rule
    add("/modules/XTiger/connect", "connect", lambda: _connect(site))
    add("/modules/XTiger/callback", "callback", lambda: _callback(site))
    # The address that existing Xero apps of Vtiger's XTiger have registered.
    add("/modules/XTiger/callback.php", "callback_php", lambda: _callback(site))
    add("/modules/XTiger/choose", "choose", lambda: _choose(site))
    add("/modules/XTiger/choose", "chosen", lambda: _chosen(site), methods=["POST"])
    add(
        "/modules/XTiger/disconnect/<connection_id>",
        "disconnect",
        lambda connection_id: _disconnect(site, connection_id),
        methods=["GET", "POST"],
    )


def _only_administrators(site: Site) -> None:
    if not site.may_configure():
        abort(403)


def _connect(site: Site) -> Response:
    _only_administrators(site)
    parts = urlsplit(request.url)
    if parts.hostname == "127.0.0.1":
        # Xero takes http://localhost for testing, not the number; the session must be of the
        # name that the answer comes back to.
        port = f":{parts.port}" if parts.port else ""
        return redirect(urlunsplit(parts._replace(netloc=f"localhost{port}")))
    if parts.scheme == "http" and parts.hostname != "localhost":
        raise SettingInvalid(
            "The address of this page",
            "is no address that Xero answers to: it takes https, or http://localhost for testing",
            "Open the CRM under an https address and connect again.",
        )
    start = site.xt.connections.consent(url_for(".callback", _external=True))
    site.keep(_STATE, start.state)
    return redirect(start.url)


def _callback(site: Site) -> Response:
    _only_administrators(site)
    # The state is bound to this browser here, and to the library's store by consent_answered.
    expected = site.kept(_STATE, once=True)
    if expected is None or request.args.get("state") != expected:
        raise ConsentRefused("the answer does not belong to a request of this browser")
    found = site.xt.connections.consent_answered(request.url)
    if not found:
        raise ConsentRefused("no organisation was chosen")
    if len(found) == 1:
        return _connected(site, found[0].organisation_id, expected)
    offered = [(one.organisation_id, one.name) for one in found]
    site.keep(_ORGANISATIONS, {"consent": expected, "offered": offered})
    # A redirect, so that the code does not stay in the address bar.
    return redirect(url_for(".choose"), 303)


def _choose(site: Site) -> str:
    _only_administrators(site)
    kept = site.kept(_ORGANISATIONS)
    if not kept:
        raise ConsentRefused("the choice of organisations is over")
    return site.render(
        "choose.html", site.words.translate("Choose the Xero organisation"), choices=kept["offered"]
    )


def _chosen(site: Site) -> Response:
    _only_administrators(site)
    if not guards.is_own_post(request):
        abort(403)
    organisation_id = request.form.get("organisation_id", "")
    kept = site.kept(_ORGANISATIONS) or {"offered": ()}
    if organisation_id not in {one for one, _name in kept["offered"]}:
        site.say(site.words.translate("Choose one of the organisations."))
        return redirect(url_for(".choose"), 303)
    site.kept(_ORGANISATIONS, once=True)
    return _connected(site, organisation_id, kept["consent"])


def _connected(site: Site, organisation_id: str, consent: str) -> Response:
    made = site.xt.connections.connect(organisation_id, consent=consent, by=site.by())
    site.say(
        site.words.sentence(
            "Connected: {name} ({currency}).", name=made.name, currency=made.base_currency
        )
    )
    if not is_through(site, made):
        return redirect(url_for(".start", connection=made.id), 303)
    return redirect(url_for(".overview"), 303)


def _disconnect(site: Site, connection_id: str) -> Response | tuple[str, int]:
    """Ask, and end the connection once the person typed its name."""
    _only_administrators(site)
    found = next((one for one in site.connections() if one.id == connection_id), None)
    if request.method == "POST" and not guards.is_own_post(request):
        abort(403)
    if found is None:
        abort(404)
    if request.method != "POST" or not guards.is_named(request, found.name):
        title = site.words.sentence("Disconnect {name}?", name=found.name)
        return asked_first(site, found, "disconnect.html", title)
    site.xt.connections.disconnect(connection_id)
    site.say(site.words.translate("Disconnected. Links and log are kept for the next time."))
    return redirect(url_for(".connections"), 303)


def asked_first(
    site: Site, one: Connection, template: str, title: str, **more: object
) -> tuple[str, int]:
    """The page that says what will happen to a connection, and asks for its name."""
    is_wrong = "name" in request.form
    page = site.render(
        template,
        title,
        one=one,
        remembered=site.xt.connections.remembered(one.id),
        several=sum(found.state == "active" for found in site.connections()) > 1,
        is_wrong=is_wrong,
        **more,
    )
    return page, 422 if is_wrong else 200
