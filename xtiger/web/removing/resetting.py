"""The page that begins anew with an organisation, and takes that back."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import XTigerError
from xtiger.i18n.failures import spoken_error
from xtiger.web import guards
from xtiger.web.connection import asked_first
from xtiger.web.removing.wiping import of_administrator
from xtiger.web.site import Site


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page, and the way back."""
    rule = "/xt/connections/<connection_id>/reset"
    blueprint.add_url_rule(
        rule,
        "reset",
        lambda connection_id: _reset(site, connection_id),
        methods=["GET", "POST"],
    )
    blueprint.add_url_rule(
        f"{rule}/back",
        "reset_back",
        lambda connection_id: _back(site, connection_id),
        methods=["POST"],
    )


def _reset(site: Site, connection_id: str) -> Response | tuple[str, int]:
    """Ask, and forget the links of a connection once the person typed its name."""
    found = of_administrator(site, connection_id)
    if request.method != "POST" or not guards.is_named(request, found.name):
        title = site.words.sentence("Begin anew with {name}?", name=found.name)
        before = site.xt.connections.resets(found.id)
        return asked_first(site, found, "reset.html", title, before=before)
    done = site.xt.connections.reset(found.id, found.name)
    return _said(site, site.words.sentence("{count} links are forgotten.", count=done.links))


def _back(site: Site, connection_id: str) -> Response:
    """Link again what an earlier reset forgot."""
    found = of_administrator(site, connection_id)
    wanted = request.form.get("file", "")
    known = {one.file.name: one.file for one in site.xt.connections.resets(found.id)}
    if wanted not in known:
        return _said(site, site.words.translate("There is no such file."))
    try:
        done = site.xt.connections.take_back_reset(found.id, known[wanted])
    except XTigerError as error:
        return _said(site, spoken_error(error, site.words))
    words = site.words
    said = [
        words.counted("{count} link is there again.", "{count} links are there again.", done.links)
    ]
    if done.left:
        said.append(
            words.counted(
                "{count} link stays as it is now: one of its records was linked otherwise since.",
                "{count} links stay as they are now: one of their records was linked otherwise "
                "since.",
                done.left,
            )
        )
    return _said(site, " ".join(said))


def _said(site: Site, sentence: str) -> Response:
    site.say(sentence)
    return redirect(url_for(".connections"), 303)
