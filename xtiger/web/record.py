"""What the panel on a record posts: its fields and its buttons."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, abort, current_app, redirect, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from xtiger.model.records import Ref
from xtiger.panels import ALIAS_ACTION, CONNECT_ACTION, LINK_ACTION, NEW_ACTION, SOLVE_ACTION, Panel
from xtiger.web import guards
from xtiger.web.conflicts import conflict_address
from xtiger.web.site import Site, ask_first

#: The name in Flask's table of extensions by which a panel finds the blueprint.
_EXTENSION = "xtiger"


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the address that panels post to."""

    def panel(module: str, record_id: str) -> AnyResponse:
        return _posted(site, module, record_id)

    blueprint.record(lambda state: state.app.extensions.update({_EXTENSION: site}))
    blueprint.add_url_rule(
        "/modules/XTiger/panel/<module>/<path:record_id>", "panel", panel, methods=["POST"]
    )


def mounted() -> Site:
    """The blueprint of this application."""
    site: Site = current_app.extensions[_EXTENSION]
    return site


def panel_html(panel: Panel) -> Markup:
    """The panel with this session's token and addresses; `xero_panel(panel)` in templates."""
    address = url_for("xtiger.panel", module=panel.module, record_id=panel.record_id)
    style = url_for("xtiger.static", filename="xtiger.css")
    here = request.full_path.rstrip("?")
    drawn = replace(panel, action_url=address, style_url=style).html(
        csrf=guards.csrf_token(current_app.secret_key), next_url=f"{request.script_root}{here}"
    )
    sentence = mounted().said()
    if not sentence:
        return drawn
    return Markup('<p class="xt-said" role="status">{}</p>').format(escape(sentence)) + drawn


def _posted(site: Site, module: str, record_id: str) -> AnyResponse:
    ref = Ref(module, record_id)
    if not site.may_use(ref):
        abort(403)
    if not guards.is_own_post(request):
        return ask_first(site)
    panel = site.xt.panel(module, record_id)
    site.xt.panels.save(panel, _entered(panel))
    action = request.form.get("action", "")
    if action == CONNECT_ACTION:
        return redirect(url_for(".connect"), 303)
    if action == SOLVE_ACTION and site.may_read():
        return redirect(conflict_address(module, record_id), 303)
    if action == SOLVE_ACTION:
        site.say(site.words.translate("Ask your administrator to decide it on the page Conflicts."))
        return redirect(_back(), 303)
    if action in {button.name for button in panel.actions}:
        site.say(_press(site, action, ref, panel.connection_id))
    return redirect(_back(), 303)


def _press(site: Site, action: str, ref: Ref, connection_id: str | None) -> str:
    """Carry out a button; answers the sentence for the person."""
    _, link = site.words.translate, site.xt.links.link
    if action == NEW_ACTION:
        link(ref.module, ref.id, None, connection_id)
        return site.sent_at_once(_("It is to be made as new."), ref, connection_id)
    if action.startswith(ALIAS_ACTION):
        link(ref.module, ref.id, action.removeprefix(ALIAS_ACTION), connection_id, alias=True)
        return site.sent_at_once(_("It is an alias now."), ref, connection_id)
    if action.startswith(LINK_ACTION):
        link(ref.module, ref.id, action.removeprefix(LINK_ACTION), connection_id)
        return site.sent_at_once(_("It is linked."), ref, connection_id)
    return site.xt.panels.press(action, [ref])


def _entered(panel: Panel) -> dict[str, str | bool]:
    """Role → value of the fields that the form changes."""
    shown, form = set(request.form.getlist("shown")), request.form
    entered: dict[str, str | bool] = {}
    for row in panel.rows:
        if row.edits is None:
            continue
        if row.widget == "checkbox":
            # A box that is not ticked is not sent, so the form says which boxes it showed.
            ticked = row.edits in form
            if (ticked or row.edits in shown) and ticked != bool(row.value):
                entered[row.edits] = ticked
        elif form.get(row.edits, row.value) != row.value:
            entered[row.edits] = form[row.edits]
    return entered


def _back() -> str:
    for address in (request.form.get("next", ""), request.referrer or ""):
        path = guards.same_site(address, request.host) if address else None
        if path is not None:
            return path
    return url_for(".overview")
