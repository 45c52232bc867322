"""The pages of privacy: what is stored of persons, all of one as a file, and erasing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import NeedsPerson, XTigerError
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.kept_words import UNFREED, how_long, shown
from xtiger.web import guards

if TYPE_CHECKING:
    from xtiger.web.site import Site

#: Persons that one search shows.
_MOST = 50


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page, the file that it gives, and what its buttons lead to."""
    add, one = blueprint.add_url_rule, "/xt/privacy"
    add(one, "privacy", lambda: _page(site))
    add(f"{one}/person.json", "person_file", lambda: _file(site))
    add(f"{one}/erase", "person_erased", lambda: _erase(site), methods=["GET", "POST"])
    add(f"{one}/release", "person_released", lambda: _release(site), methods=["POST"])


def _only_administrators(site: Site) -> None:
    if not site.may_configure():
        abort(403)
    if request.method == "POST" and not guards.is_own_post(request):
        abort(403)


def _page(site: Site) -> str:
    _only_administrators(site)
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
        marks=site.xt.privacy.marks(),
    )


def _file(site: Site) -> Response:
    """All that is kept of one person, to be kept by the browser."""
    _only_administrators(site)
    try:
        text = site.xt.privacy.export(request.args.get("person", "")).text()
    except NeedsPerson:
        abort(404)
    response = make_response(text)
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = "attachment; filename=person.json"
    response.headers["Cache-Control"] = "no-store"
    return response


def _erase(site: Site) -> Response | tuple[str, int]:
    """Show what goes; erase it once the name was typed."""
    _only_administrators(site)
    address, words = request.values.get("person", ""), site.words
    try:
        person, counts = site.xt.privacy.plan(address)
    except NeedsPerson:
        site.say(words.translate("Nothing is stored of such a person."))
        return redirect(url_for(".privacy"), 303)
    name, is_wrong, problem = person.name or person.address, False, ""
    if request.method == "POST":
        is_wrong = not guards.is_named(request, name)
        try:
            if not is_wrong:
                done = site.xt.privacy.erase(person.address, name, site.by())
                site.say(words.translate("Erased.") if done.freed else words.translate(UNFREED))
                return redirect(url_for(".privacy"), 303)
        except XTigerError as error:
            problem = spoken_error(error, words)
    page = site.render(
        "erase.html",
        words.sentence("Erase {name}?", name=name),
        person=person,
        typed=name,
        rows=sum(counts.values()),
        is_wrong=is_wrong,
        problem=problem,
    )
    return page, 422 if is_wrong or problem else 200


def _release(site: Site) -> Response:
    """Let the next sync store a person again."""
    _only_administrators(site)
    try:
        site.xt.privacy.release(request.form.get("mark", ""))
        site.say(site.words.translate("It is released; the next sync stores it again."))
    except NeedsPerson:
        # Pressed twice, or from an old tab.
        site.say(site.words.translate("It was released already."))
    return redirect(url_for(".privacy"), 303)
