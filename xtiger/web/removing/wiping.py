"""The page that takes what came from Xero out of the CRM again, and the exports it leaves."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import XTigerError
from xtiger.i18n.failures import spoken_error
from xtiger.model.asked_sync import AskedSync
from xtiger.model.connections import Connection
from xtiger.model.undo.wiping import WipedBefore
from xtiger.services.removing.exports import exports_of
from xtiger.web import guards
from xtiger.web.site import Site
from xtiger.web.undoing import background

#: Records that stay which are shown one by one.
ROWS = 50


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page, the way back, and the files."""
    add = blueprint.add_url_rule
    start = "/xt/connections/<connection_id>"
    add(
        f"{start}/wipe",
        "wipe",
        lambda connection_id: _page(site, connection_id),
        methods=["GET", "POST"],
    )
    add(
        f"{start}/wipe/back",
        "wipe_back",
        lambda connection_id: _back(site, connection_id),
        methods=["POST"],
    )
    add(
        f"{start}/exports/<filename>",
        "removed",
        lambda connection_id, filename: _file(site, connection_id, filename),
    )


def of_administrator(site: Site, connection_id: str) -> Connection:
    """The connection, where the user may configure it and the form is this site's own."""
    if not site.may_configure():
        abort(403)
    if request.method == "POST" and not guards.is_own_post(request):
        abort(403)
    return next((one for one in site.connections() if one.id == connection_id), None) or abort(404)


def _page(site: Site, connection_id: str) -> Response | tuple[str, int, dict[str, str]]:
    """Show what would go and what stays; take it away once the name was typed."""
    one = of_administrator(site, connection_id)
    if request.method != "POST":
        return _asked(site, one)
    if not guards.is_named(request, one.name):
        return _asked(site, one, is_wrong=True)
    try:
        made = site.xt.sync.ask_wipe(
            one.name, site.by(), request.form.get("seen", ""), connection_id=one.id
        )
    except XTigerError as error:
        return _asked(site, one, problem=spoken_error(error, site.words))
    asked = background.carried(site, one.id, made, "wipe")
    if asked is not None and asked.state == "failed":
        return _asked(site, one, problem=asked.error)
    return redirect(url_for(".wipe", connection_id=one.id), 303)


def _asked(
    site: Site, one: Connection, *, is_wrong: bool = False, problem: str = ""
) -> tuple[str, int, dict[str, str]]:
    """The page; a connection that has ended shows its files and nothing to take away."""
    asked, before, plan = _at_work(site, one), site.xt.wipe.before(one.id), None
    is_open, ticks = asked is not None and asked.is_open, site.xt.sync.ticks()
    if one.state == "active" and not is_open:
        try:
            plan = site.xt.wipe.plan(connection_id=one.id)
        except XTigerError as error:
            problem = problem or spoken_error(error, site.words)
    staying = plan.staying if plan is not None else ()
    page = site.render(
        "wipe.html",
        site.words.sentence("Take what came from {name} out of the CRM?", name=one.name),
        one=one,
        plan=plan,
        staying=[
            (item, site.xt.sentences.cause(item.cause, "browser", item)[0])
            for item in staying[:ROWS]
        ],
        more=max(0, len(staying) - ROWS),
        before=before,
        files=[path.name for path in exports_of(site.library.settings.home, one)],
        is_wrong=is_wrong,
        problem=problem,
        asked=asked,
        ticks=ticks,
        sentence=background.words_of(site, asked, one) if asked is not None else "",
        done=_done_said(site, asked, before),
    )
    headers = {"Refresh": str(background.LOOK_AGAIN_SECONDS)} if is_open and ticks else {}
    return page, 422 if is_wrong or problem else 200, headers


def _at_work(site: Site, one: Connection) -> AskedSync | None:
    """The last wipe that was asked for, or what takes one back."""
    asked = background.last(site, one.id, "undo")
    return asked if asked is not None and asked.is_open else background.last(site, one.id, "wipe")


def _done_said(site: Site, asked: AskedSync | None, before: Sequence[WipedBefore]) -> str:
    """What the last wipe came to, while it is not taken back; "" where none is done."""
    if asked is None or asked.run_id not in {one.run_id for one in before}:
        return ""
    run = site.xt.undo.named(asked.run_id)
    return site.words.counted(
        "{count} record is deleted in the CRM; no sync brings it back.",
        "{count} records are deleted in the CRM; no sync brings them back.",
        run.totals.get("removed", 0) if run is not None else 0,
    )


def _back(site: Site, connection_id: str) -> Response | tuple[str, int, dict[str, str]]:
    """Release what a wipe took away, and sync it into the CRM again."""
    one = of_administrator(site, connection_id)
    run = request.form.get("run", "")
    if run not in {found.run_id for found in site.xt.wipe.before(one.id)}:
        # Pressed twice, or from an old tab.
        site.say(site.words.translate("This is back already."))
        return redirect(url_for(".wipe", connection_id=one.id), 303)
    try:
        made = site.xt.sync.ask_undo([run], site.by(), one.id)
    except XTigerError as error:
        return _asked(site, one, problem=spoken_error(error, site.words))
    asked = background.carried(site, one.id, made, "undo")
    if asked is not None and asked.state == "failed":
        return _asked(site, one, problem=asked.error)
    if asked is not None and asked.state == "done":
        site.say(site.words.translate("It is in the CRM again, as Xero has it."))
    return redirect(url_for(".wipe", connection_id=one.id), 303)


def _file(site: Site, connection_id: str, filename: str) -> Response:
    """An export of this connection, to be kept by the browser as a file."""
    one = of_administrator(site, connection_id)
    known = {path.name: path for path in exports_of(site.library.settings.home, one)}
    if filename not in known:
        abort(404)
    response = make_response(known[filename].read_bytes())
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = f"attachment; filename={filename}"
    response.headers["Cache-Control"] = "no-store"
    return response
