"""The page where conflicts are decided: a button for each side of each field, and for all."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import ConflictRefused
from xtiger.model.conflicts import Conflict, value_text
from xtiger.model.links import Side
from xtiger.model.records import Ref
from xtiger.panels.anchors import conflict_anchor
from xtiger.web import guards
from xtiger.web.site import Site, ask_first

_SIDES: dict[str, Side] = {"crm": "crm", "xero": "xero"}


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and the address that its buttons post to."""

    def solve(connection_id: str, module: str, crm_id: str) -> Response:
        return _solve(site, connection_id, module, crm_id)

    add = blueprint.add_url_rule
    add("/xt/conflicts", "conflicts", lambda: _page(site))
    add("/xt/conflicts/<connection_id>/<module>/<path:crm_id>", "solve", solve, methods=["POST"])


def conflict_address(module: str, crm_id: str) -> str:
    """Where the conflict of a record stands on the page."""
    return f"{url_for('xtiger.conflicts')}#{conflict_anchor(module, crm_id)}"


def _page(site: Site) -> str:
    if not site.may_read():
        abort(403)
    active = [one for one in site.connections() if one.state == "active"]
    found = [one for connection in active for one in site.xt.conflicts.all(connection.id)]
    names = {one.id: one.name for one in active}
    return site.render(
        "conflicts.html",
        site.words.translate("Conflicts"),
        name="conflicts",
        standing=[_shown(site, one) for one in found if one.kind != "orphan"],
        orphans=[_shown(site, one) for one in found if one.kind == "orphan"],
        organisations=names if len(names) > 1 else {},
        text=value_text,
    )


def _shown(site: Site, conflict: Conflict) -> dict[str, object]:
    """A conflict with its sentences, as the template draws it."""
    words, now = site.words, site.xt.clock.now()
    when = [
        words.sentence(text, ago=words.ago(at, now))
        for text, at in (
            ("CRM: {ago}", conflict.crm_changed_at),
            ("Xero: {ago}", conflict.xero_changed_at),
        )
        if at is not None
    ]
    said, fix = site.xt.sentences.cause(conflict.cause, "browser", conflict)
    return {
        "it": conflict,
        "said": said,
        "fix": fix,
        "when": " · ".join(when),
        "anchor": conflict_anchor(conflict.module, conflict.crm_id),
    }


def _solve(site: Site, connection_id: str, module: str, crm_id: str) -> Response:
    if not site.may_use(Ref(module, crm_id)):
        abort(403)
    if not guards.is_own_post(request):
        return ask_first(site)
    keep = _SIDES.get(request.form.get("keep", ""))
    if keep is None or connection_id not in {one.id for one in site.connections()}:
        abort(404)
    field, shown = request.form.get("field", ""), request.form.get("shown", "")
    try:
        fields = [field] if field else []
        conflicts = site.xt.conflicts
        conflicts.solve(module, crm_id, keep, fields, connection_id, shown=shown, by=site.by())
        decided = site.words.translate("It is decided.")
        site.say(site.sent_at_once(decided, Ref(module, crm_id), connection_id))
    except ConflictRefused as error:
        site.say(_refusal(site, error))
    return redirect(conflict_address(module, crm_id), 303)


def _refusal(site: Site, error: ConflictRefused) -> str:
    """Why nothing was decided, for somebody at a browser: its own sentence names commands."""
    _ = site.words.translate
    if error.outdated:
        return _("It is decided already, or changed since it was shown. Look at it again.")
    return _("This cannot be decided here. Nothing was changed; ask your administrator.")
