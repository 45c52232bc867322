"""The page of privacy: what is stored of persons, for how long, and all of one as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, make_response, request
from werkzeug.wrappers import Response

from xtiger.errors import NeedsPerson
from xtiger.i18n.kept_words import how_long, shown

if TYPE_CHECKING:
    from xtiger.web.site import Site

#: Persons that one search shows.
_MOST = 50


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and the file that it gives."""
    blueprint.add_url_rule("/xt/privacy", "privacy", lambda: _page(site))
    blueprint.add_url_rule("/xt/privacy/person.json", "person_file", lambda: _file(site))


def _page(site: Site) -> str:
    if not site.may_configure():
        abort(403)
    asked = request.args.get("person", "").strip()
    found = site.xt.privacy.find(asked) if asked else []
    words = site.words
    return site.render(
        "privacy.html",
        words.translate("Privacy"),
        kept=[
            (shown(one, site.words), how_long(one, site.words)) for one in site.xt.privacy.kept()
        ],
        asked=asked,
        found=found[:_MOST],
        more=max(0, len(found) - _MOST),
    )


def _file(site: Site) -> Response:
    """All that is kept of one person, to be kept by the browser."""
    if not site.may_configure():
        abort(403)
    try:
        text = site.xt.privacy.export(request.args.get("person", "")).text()
    except NeedsPerson:
        abort(404)
    response = make_response(text)
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = "attachment; filename=person.json"
    response.headers["Cache-Control"] = "no-store"
    return response
