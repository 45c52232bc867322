"""The panel of a record on a page of ours, and what it posts: its fields and its buttons."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, abort, current_app, redirect, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from xtiger.model.customers.deliveries import CustomerResult
from xtiger.model.records import Ref
from xtiger.panels import (
    ALIAS_ACTION,
    CONNECT_ACTION,
    CREDIT_ACTION,
    CUSTOMER_ACTIONS,
    LINK_ACTION,
    NEW_ACTION,
    ONLINE_ACTION,
    SEND_ACTION,
    SOLVE_ACTION,
    Panel,
    PanelButton,
    said_result,
)
from xtiger.web import guards
from xtiger.web.conflicts import conflict_address
from xtiger.web.site import MenuLink, Site, ask_first

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
    blueprint.add_url_rule(
        "/xt/record/<module>/<path:record_id>",
        "record",
        lambda module, record_id: _page(site, module, record_id),
    )


def mounted() -> Site:
    """The blueprint of this application."""
    site: Site = current_app.extensions[_EXTENSION]
    return site


def menu() -> list[MenuLink]:
    """What the CRM shows in its own menu for the user of this request; `xero_menu()` in templates.

    XTiger, what needs a person with its number, and a page of each extension; nothing for
    those who may not read.
    """
    return mounted().menu()


def session_words() -> tuple[str, str]:
    """For a page of another framework: this session's token, and the sentence to show once."""
    return guards.csrf_token(current_app.secret_key), mounted().said()


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


def _page(site: Site, module: str, record_id: str) -> str:
    """The panel on a page of ours, for a person who comes from a list of ours."""
    ref = Ref(module, record_id)
    if not site.may_read() and not site.may_use(ref):
        abort(403)
    panel = site.xt.panel(module, record_id)
    return site.render(
        "record.html",
        f"{site.words.translate(module)} {record_id}",
        panel=panel_html(panel),
        address=None if panel.is_missing else site.xt.host.url(ref),
    )


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
        return redirect(back(), 303)
    wanted = (action, request.values.get("target", ""))
    pressed = next((one for one in panel.actions if (one.name, one.target) == wanted), None)
    if pressed is not None:
        site.say(_press(site, pressed, ref, panel.connection_id))
    elif action == SEND_ACTION:
        # The same form once more, as of a double click.
        site.say(_said(site, CustomerResult("sent_before")))
    return redirect(back(), 303)


def _press(site: Site, button: PanelButton, ref: Ref, connection_id: str | None) -> str:
    """Carry out a button; returns the sentence for the person."""
    _, link = site.words.translate, site.xt.links.link
    if button.name == NEW_ACTION:
        link(ref.module, ref.id, None, connection_id)
        return site.sent_at_once(_("It is to be made as new."), ref, connection_id)
    if button.name == ALIAS_ACTION:
        link(ref.module, ref.id, button.target, connection_id, alias=True)
        return site.sent_at_once(_("It is an alias now."), ref, connection_id)
    if button.name == CREDIT_ACTION:
        site.xt.credits.make(ref.module, ref.id, connection_id)
        return site.sent_at_once(_("It is to be a credit note."), ref, connection_id)
    if button.name == LINK_ACTION:
        link(ref.module, ref.id, button.target, connection_id)
        return site.sent_at_once(_("It is linked."), ref, connection_id)
    if button.name in CUSTOMER_ACTIONS:
        return _said(site, _asked(site, button, ref, connection_id))
    return site.xt.panels.press(button.name, [ref], by=site.by())


def _asked(site: Site, button: PanelButton, ref: Ref, connection_id: str | None) -> CustomerResult:
    """Ask Xero what a button of an invoice is for."""
    invoices = site.xt.invoices
    if button.name == SEND_ACTION:
        return invoices.send(ref.module, ref.id, connection_id, times=int(button.target or 0))
    ask = invoices.online if button.name == ONLINE_ACTION else invoices.opened
    return ask(ref.module, ref.id, connection_id)


def _said(site: Site, result: CustomerResult) -> str:
    return said_result(result, site.words, site.xt.clock.now())


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


def back() -> str:
    """The page of this site that a post came from."""
    for address in (request.form.get("next", ""), request.referrer or ""):
        path = guards.same_site(address, request.host) if address else None
        if path is not None:
            return path
    return url_for(".overview")
