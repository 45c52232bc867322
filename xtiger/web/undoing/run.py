"""The page of one run: what it wrote, old and new, and the button that takes it back."""

from __future__ import annotations

from math import ceil

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import UndoRefused, XTigerError
from xtiger.i18n.failures import spoken_error, without_commands
from xtiger.model.asked_sync import AskedSync
from xtiger.model.plans import Item
from xtiger.model.runs import Run
from xtiger.model.undo.wrote import CREDIT_LABELS, DID_WORDS, Wrote
from xtiger.model.values import whole_number
from xtiger.rules.undo.allocations import taken_off
from xtiger.rules.undo.comparison import remains
from xtiger.web import guards
from xtiger.web.plan import RESULTS
from xtiger.web.site import Site
from xtiger.web.undoing import background

#: Records on one page.
PAGE_ROWS = 50


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and what its button posts to."""
    rule = "/xt/run/<run_id>"
    blueprint.add_url_rule(rule, "run", lambda run_id: _page(site, run_id))
    blueprint.add_url_rule(
        f"{rule}/undo", "undo", lambda run_id: _undo(site, run_id), methods=["POST"]
    )


def _page(site: Site, run_id: str) -> Response:
    if not site.may_read():
        abort(403)
    return _drawn(site, site.xt.undo.named(run_id) or abort(404))


def _drawn(site: Site, run: Run, problem: str = "") -> Response:
    records = _wrote(site, run)
    pages = max(1, ceil(len(records) / PAGE_ROWS))
    number = whole_number(request.args.get("p", "1"), 1, pages) or 1
    first = (number - 1) * PAGE_ROWS
    asked, ticks = _asked(site, run), site.xt.sync.ticks()
    items: list[tuple[Item, str, list[str]]] | None = None
    if records and _is_looked_at(site, asked) and not problem:
        try:
            plan = site.xt.undo.plan([run.id], connection_id=run.connection_id)
            items = [(item, _remains(site, item), _taken_off(site, item)) for item in plan.items]
        except XTigerError as error:
            problem = spoken_error(error, site.words)
    page = site.render(
        "run.html",
        site.words.sentence("Sync of {moment}", moment=site.words.moment(run.started_at)),
        run=run,
        results=RESULTS,
        has_log=site.has_log(),
        error=without_commands(run.error, site.words),
        records=records[first : first + PAGE_ROWS],
        number=number,
        pages=pages,
        did=DID_WORDS,
        credit_labels=CREDIT_LABELS,
        items=items,
        may_configure=site.may_configure(),
        problem=problem,
        ticks=ticks,
        asked=asked,
        **_came_of(site, run, asked),
    )
    response = make_response(page, 422 if problem else 200)
    if asked is not None and asked.is_open and ticks:
        response.headers["Refresh"] = str(background.LOOK_AGAIN_SECONDS)
    return response


def _asked(site: Site, run: Run) -> AskedSync | None:
    """The last request of the connection, where it takes this run back."""
    asked = background.last(site, run.connection_id, "undo")
    return asked if asked is not None and run.id in asked.takes_back else None


def _is_looked_at(site: Site, asked: AskedSync | None) -> bool:
    """Whether an administrator wants to see what an undo would do; not while one is at work."""
    wanted = site.may_configure() and request.args.get("undo") == "1"
    return wanted and (asked is None or not asked.is_open)


def _came_of(site: Site, run: Run, asked: AskedSync | None) -> dict[str, object]:
    """What was asked for in words, and what came of it."""
    if asked is None:
        return {"sentence": "", "undone": None}
    words = site.words
    sentence = words.sentence("Take back the sync of {moment}", moment=words.moment(run.started_at))
    undone = site.xt.undo.named(asked.run_id) if asked.state == "done" and asked.run_id else None
    said = _said(site, undone) if undone is not None else ""
    return {"sentence": sentence, "undone": undone, "undone_said": said}


def _wrote(site: Site, run: Run) -> list[Wrote]:
    """What it wrote; nothing where it wrote nothing, or where that is no longer kept."""
    try:
        return site.xt.undo.wrote([run.id], connection_id=run.connection_id)
    except UndoRefused:
        return []


def _remains(site: Site, item: Item) -> str:
    """What cannot be as it was, or why nothing is done."""
    left = remains(item)
    if left:
        return site.words.translate(left)
    causes = item.cause.each() if item.cause is not None else ()
    shown = next((one for one in causes if one.code != "undone"), None)
    return site.xt.sentences.cause(shown, "browser", item)[0] if shown is not None else ""


def _taken_off(site: Site, item: Item) -> list[str]:
    """What is taken off invoices with it."""
    return [site.words.sentence(text, **data) for text, data in taken_off(item)]


def _undo(site: Site, run_id: str) -> Response:
    """Let the run be taken back in the background; what was taken back is held."""
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)
    run = site.xt.undo.named(run_id) or abort(404)
    try:
        made = site.xt.sync.ask_undo([run.id], site.by(), run.connection_id)
    except XTigerError as error:
        return _drawn(site, run, spoken_error(error, site.words))
    asked = background.carried(site, run.connection_id, made, "undo")
    if asked is not None and asked.state == "failed":
        return _drawn(site, run, asked.error)
    done = site.xt.undo.named(asked.run_id) if asked is not None and asked.run_id else None
    if asked is None or asked.state != "done" or done is None:
        return redirect(url_for(".run", run_id=run.id), 303)
    site.say(_said(site, done))
    return redirect(url_for(".run", run_id=done.id), 303)


def _said(site: Site, done: Run) -> str:
    """What an undo came to."""
    words = site.words
    parts = [f"{words.number(n)} {words.translate(what)}" for what, n in done.totals.items() if n]
    said = words.sentence("Taken back: {what}.", what=", ".join(parts))
    held = words.translate("It stays so until it is released on the page “Needs you”.")
    return f"{said} {held}" if done.trigger == "undo" else said
