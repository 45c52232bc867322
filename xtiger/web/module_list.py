"""What a module's list in the CRM posts: the buttons for ticked records, and its sync."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.model.records import Ref
from xtiger.panels import SYNC_ACTION, ListLink, ModuleList, PanelButton
from xtiger.web import guards
from xtiger.web.record import back, mounted
from xtiger.web.site import Site, ask_first
from xtiger.web.undoing.background import REQUEST_WORKS

#: Records that one press takes; a page of a list is shorter.
MOST_TICKED = 500


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the address that lists post to."""
    blueprint.add_url_rule(
        "/modules/XTiger/list/<module>",
        "module_list",
        lambda module: _posted(site, module),
        methods=["POST"],
    )


def drawn_list(found: ModuleList) -> ModuleList:
    """The list for the user of this request; `xero_list(list)` in templates.

    It knows the addresses, carries the token, and offers what the user may do.
    """
    site, module = mounted(), found.module
    here = request.full_path.rstrip("?")
    may_sync = bool(found.marks) and site.may_configure()
    may_tick = frozenset(one for one in found.marks if site.may_use(Ref(module, one)))
    return replace(
        found,
        actions=found.actions if may_tick else (),
        sync=PanelButton(SYNC_ACTION, site.words.translate("Sync now")) if may_sync else None,
        links=_links(site, found),
        may_tick=may_tick,
        action_url=url_for("xtiger.module_list", module=module),
        style_url=url_for("xtiger.static", filename="xtiger.css"),
        csrf=guards.csrf_token(current_app.secret_key),
        next_url=f"{request.script_root}{here}",
        note=found.note if site.may_read() else "",
        said=site.said(),
    )


def _links(site: Site, found: ModuleList) -> tuple[ListLink, ...]:
    """The module's own pages, for who may see them."""
    if not found.marks or not site.may_read():
        return ()
    _, module = site.words.translate, found.module
    links = [ListLink("settings", _("Settings"), url_for("xtiger.module", module=module))]
    if site.has_log():
        links.append(ListLink("log", _("Log"), url_for("xtiger.page", name="log", module=module)))
    left = url_for("xtiger.records", agreement="left_out", module=module)
    return (*links, ListLink("left_out", _("Skipped records"), left))


def _posted(site: Site, module: str) -> Response:
    action = request.form.get("action", "")
    if action == SYNC_ACTION:
        return _sync(site, module)
    refs = [Ref(module, crm_id) for crm_id in dict.fromkeys(request.form.getlist("id"))]
    # With none ticked it is asked for one that was shown.
    if not all(site.may_use(ref) for ref in refs or [Ref(module, request.form.get("shown", ""))]):
        abort(403)
    if not guards.is_own_post(request):
        return ask_first(site)
    _ = site.words.translate
    if action not in {one.name for one in site.xt.panels.list_actions(module)}:
        abort(404)
    if not refs:
        site.say(_("Tick the records first."))
    elif len(refs) > MOST_TICKED:
        most = site.words.number(MOST_TICKED)
        site.say(site.words.sentence("Tick at most {count} records at once.", count=most))
    else:
        there = _there(site, module, refs)
        site.say(site.xt.panels.press(action, there, by=site.by()))
    return redirect(back(), 303)


def _there(site: Site, module: str, refs: Sequence[Ref]) -> list[Ref]:
    """Those that are still there; a list that was opened long ago may name others."""
    marks = site.xt.module_list(module, [ref.id for ref in refs]).marks
    return [ref for ref in refs if ref.id in marks] or abort(404)


def _sync(site: Site, module: str) -> Response:
    """Ask for a sync of the whole module, and show how far it is."""
    if not site.may_configure():
        abort(403)
    if not guards.is_own_post(request):
        return ask_first(site)
    if module not in {one.name for one in site.xt.modules.all()}:
        abort(404)
    active = [one for one in site.connections() if one.state == "active"]
    for one in active:
        site.xt.sync.ask_run(site.by(), [module], "", one.id)
        if not site.xt.sync.ticks():
            site.xt.sync.carry_out_asked(site.xt.clock.now() + REQUEST_WORKS, one.id)
    return redirect(url_for(".plan", connection=active[0].id if active else None), 303)
