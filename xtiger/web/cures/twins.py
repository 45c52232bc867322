"""The page of records that look alike: why, and a button for each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import LinkRefused, MappingMissing
from xtiger.i18n.twin_words import ANSWER_WORDS, ANSWERED_WORDS, REASON_WORDS
from xtiger.web import guards

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.matching.twins import TwinGroup
    from xtiger.web.site import Site

#: Groups that are shown of one organisation; their number counts all.
SHOWN = 50


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and the addresses that its buttons post to."""
    add = blueprint.add_url_rule
    add("/xt/twins", "twins", lambda: _page(site))
    add("/xt/twins/answer", "twins_answer", lambda: _answer(site), methods=["POST"])
    add("/xt/twins/exact", "twins_exact", lambda: _exact(site), methods=["POST"])


def _page(site: Site) -> str:
    if not site.may_read():
        abort(403)
    active = [one for one in site.connections() if one.state == "active"]
    # Each look reads all records of the CRM: nobody does so by merely passing.
    looked = "look" in request.args
    return site.render(
        "twins.html",
        site.words.translate("Records that look alike"),
        name="twins",
        parts=[_part(site, one, looked=looked) for one in active],
        looked=looked,
        several=len(active) > 1,
        may_configure=site.may_configure(),
        answers=ANSWER_WORDS,
        shown=SHOWN,
    )


def _part(site: Site, connection: Connection, *, looked: bool) -> dict[str, object]:
    """One organisation: its groups where somebody looks for them, and whether Xero was read."""
    try:
        groups = site.xt.twins.all(None, connection.id) if looked else []
    except MappingMissing:
        groups = []
    return {
        "connection": connection,
        "is_read": site.xt.twins.is_read(connection.id),
        "groups": [(one, _why(site, one)) for one in groups[:SHOWN]],
        "count": len(groups),
        "exact": sum(one.is_exact for one in groups),
    }


def _why(site: Site, group: TwinGroup) -> str:
    return ", ".join(site.words.translate(REASON_WORDS[one]) for one in group.reasons)


def _connection(site: Site) -> Connection:
    """The organisation that was posted; an unknown one is no page."""
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)
    wanted = request.form.get("connection", "")
    active = [one for one in site.connections() if one.state == "active"]
    return next((one for one in active if one.id == wanted), None) or abort(404)


def _answer(site: Site) -> Response:
    one = _connection(site)
    module, key = request.form.get("module", ""), request.form.get("key", "")
    given = request.form.get("answer", "")
    answer = next((known for known in ANSWER_WORDS if known == given), None) or abort(404)
    try:
        site.xt.twins.answer(module, key, answer, site.by(), one.id)
        site.say(site.words.translate(ANSWERED_WORDS[answer]))
    except LinkRefused:
        site.say(
            site.words.translate("It changed since it was shown. Nothing was done; look again.")
        )
    return redirect(url_for(".twins", look=1), 303)


def _exact(site: Site) -> Response:
    one = _connection(site)
    count = site.xt.twins.link_exact(site.by(), None, one.id)
    site.say(site.words.counted("{count} pair is linked.", "{count} pairs are linked.", count))
    return redirect(url_for(".twins", look=1), 303)
