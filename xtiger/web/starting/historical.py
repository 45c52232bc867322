"""The page Historical Sync: which unlinked records, how far it is, and the next batch."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.model.starting.historical import BATCH, MOST, Way
from xtiger.model.values import whole_number
from xtiger.web import guards
from xtiger.web.plan import RESULTS
from xtiger.web.site import Site
from xtiger.web.undoing.background import LOOK_AGAIN_SECONDS, REQUEST_WORKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xtiger.model.connections import Connection
    from xtiger.model.runs import Run
    from xtiger.model.starting.historical import HistoricalSync

#: What a range covers where nobody typed one: the last so many days.
_USUAL = timedelta(days=365)
_WAYS: Mapping[str, Way] = {"to_xero": "to_xero", "to_crm": "to_crm"}


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and the addresses that its buttons post to."""
    add = blueprint.add_url_rule
    add("/xt/historical", "historical", lambda: _page(site))
    add("/xt/historical", "historical_begin", lambda: _begin(site), methods=["POST"])
    add("/xt/historical/next", "historical_next", lambda: _next(site), methods=["POST"])
    add("/xt/historical/end", "historical_end", lambda: _end(site), methods=["POST"])


def _page(site: Site) -> Response:
    if not site.may_read():
        abort(403)
    known = [one for one in site.connections() if one.state == "active"]
    one = _chosen(known, request.args.get("connection", ""))
    title = site.words.translate("Historical Sync")
    if one is None:
        return make_response(site.render("historical.html", title, connection=None, name="plan"))
    asked, now = site.xt.sync.asked(one.id), site.xt.historical.now(one.id)
    today, ticks = site.xt.clock.now().date(), site.xt.sync.ticks()
    at_work = asked is not None and asked.is_open
    page = site.render(
        "historical.html",
        title,
        name="plan",
        connection=one,
        connections=known,
        asked=asked,
        at_work=at_work,
        ticks=ticks,
        begun=now,
        sentence=_said(site, now) if now is not None else "",
        run=_run(site, now),
        results=RESULTS,
        has_log=site.has_log(),
        may_configure=site.may_configure(),
        way=_WAYS.get(request.args.get("way", ""), "to_xero"),
        modules=_modules(site, one),
        first=today - _USUAL,
        last=today,
        batch=BATCH,
        most=MOST,
        start=site.xt.start.answers(one.id).from_day,
    )
    response = make_response(page)
    if at_work and ticks:
        response.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


def _chosen(known: list[Connection], wanted: str) -> Connection | None:
    """The connection that is asked for, or the first one; an unknown one is no page."""
    if wanted:
        return next((one for one in known if one.id == wanted), None) or abort(404)
    return known[0] if known else None


def _modules(site: Site, one: Connection) -> list[str]:
    """The modules that are on and that the CRM has."""
    here = {module.name for module in site.xt.modules.described()}
    return [
        sync.name
        for sync in site.xt.modules.all(one.id)
        if sync.name in here and site.xt.modules.settings(sync.name, one.id).enabled
    ]


def _said(site: Site, now: HistoricalSync) -> str:
    """What it is about, in words."""
    words, today = site.words, site.xt.clock.now()
    days = [words.day(one, today) if one else "…" for one in (now.from_day, now.to_day)]
    text = "Send {module} to Xero" if now.way == "to_xero" else "Get {module} from Xero"
    return f"{words.sentence(text, module=now.module)}: {days[0]} – {days[1]}"


def _run(site: Site, now: HistoricalSync | None) -> Run | None:
    """The run of the last batch."""
    if now is None or not now.run_id:
        return None
    return next((run for run in site.xt.sync.runs(50) if run.id == now.run_id), None)


# --- what is pressed ---


def _begin(site: Site) -> Response:
    one, form = _pressed(site), request.form
    module, way = form.get("module", ""), _WAYS.get(form.get("way", ""))
    batch = whole_number(form.get("batch", ""), 1, MOST)
    if way is None or module not in _modules(site, one):
        abort(404)
    days = [_day(form.get(name, "")) for name in ("first", "last")]
    first, last = days
    if None in days or batch is None or (first and last and first > last):
        site.say(site.words.translate("Choose both days, the earlier one first, and a number."))
        return _back(one, way)
    made = site.xt.historical.ask_begin(
        module, way, site.by(), from_day=first, to_day=last, batch=batch, connection_id=one.id
    )
    return _at_work(site, one, made.what == "historical")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _next(site: Site) -> Response:
    one = _pressed(site)
    now = site.xt.historical.now(one.id)
    if now is None or not now.is_open:
        return _back(one)  # pressed twice, or from an old tab
    made = site.xt.historical.ask_go_on(site.by(), one.id)
    return _at_work(site, one, made.what == "historical")


def _at_work(site: Site, one: Connection, is_ours: bool) -> Response:
    """Where nobody works in the background, this request does; then back to the page."""
    if not is_ours:
        site.say(
            site.words.translate("Something else is under way. Wait for its end, or cancel it.")
        )
    elif not site.xt.sync.ticks():
        site.xt.sync.carry_out_asked(site.xt.clock.now() + REQUEST_WORKS, one.id)
    return _back(one)


def _end(site: Site) -> Response:
    one = _pressed(site)
    site.xt.historical.end(one.id)
    return _back(one)


def _pressed(site: Site) -> Connection:
    """The connection that a form of an administrator is about."""
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)
    known = [one for one in site.connections() if one.state == "active"]
    return _chosen(known, request.form.get("connection", "")) or abort(404)


def _back(one: Connection, way: str | None = None) -> Response:
    return redirect(url_for(".historical", connection=one.id, way=way), 303)
