"""The overview page and the tables that extensions add."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import MISMATCHES
from xtiger.extensions.spoken_reason import spoken_notice
from xtiger.hookspecs import PageRequest
from xtiger.i18n.failures import without_commands
from xtiger.model.runs import Run
from xtiger.model.values import whole_number
from xtiger.panels.proof import proof_said
from xtiger.services.webhooks import spoken
from xtiger.web import guards
from xtiger.web.release import waiting
from xtiger.web.site import Site
from xtiger.web.start import is_through

#: Rows of a table on one page.
PAGE_ROWS = 50
_PAGE = "p"
#: Runs on the overview.
_RUNS_SHOWN = 10
#: The results that the overview counts, in the order of its columns.
RESULTS = ("created", "updated", "removed", "linked", "held", "conflict", "skipped", "failed")


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the pages to the blueprint."""
    add = blueprint.add_url_rule
    add("/xt/", "overview", lambda: _overview(site))
    add("/xt/<name>", "page", lambda name: _table(site, name))
    add("/xt/crm/same", "same_crm", lambda: _same_crm(site), methods=["POST"])
    add("/xt/crm/forget-links", "forget_links", lambda: _forget_links(site), methods=["POST"])


def _overview(site: Site) -> str:
    if not site.may_read():
        abort(403)
    xt, words = site.xt, site.words
    connections = site.connections()
    active = [one for one in connections if one.state == "active"]
    unmapped = {one.id: xt.modules.unmapped(one.id) for one in active}
    now = xt.clock.now()
    told = {one.connection_id: spoken(one, words, now) for one in xt.webhooks.states()}
    return site.render(
        "overview.html",
        words.translate("Xero"),
        connections=connections,
        keyless=xt.connections.keyless(),
        uncovered={one.id: xt.modules.uncovered(one.id) for one in active},
        mismatch=_mismatch(site),
        told=told,
        is_through=is_through(site, *active),
        unmapped=unmapped,
        may_configure=site.may_configure(),
        braked=waiting(site),
        not_running=[spoken_notice(one, words) for one in xt.extensions.not_running()],
        results=RESULTS,
        proof_said=lambda run: proof_said(words, run, "browser"),
        runs=[
            (run, words.ago(run.started_at, now), summary(run), without_commands(run.error, words))
            for run in _runs(site)
        ],
    )


def _runs(site: Site) -> list[Run]:
    """The last runs of the connections shown."""
    return site.xt.sync.runs(_RUNS_SHOWN)


def summary(run: Run) -> Mapping[str, int]:
    """Result → number of records of a run, all modules together."""
    return dict.fromkeys(RESULTS, 0) | run.totals


def _table(site: Site, name: str) -> str:
    if not site.may_read():
        abort(403)
    if name not in {spec.name for spec in site.xt.panels.pages()}:
        abort(404)
    query = {key: value for key, value in request.args.items() if key != _PAGE}
    table = site.xt.page(PageRequest(page=name, query=query, locale=site.words.name))
    pages = max(1, ceil(len(table.rows) / PAGE_ROWS))
    number = whole_number(request.args.get(_PAGE, "1"), 1, pages) or 1
    first = (number - 1) * PAGE_ROWS
    return site.render(
        "table.html",
        site.words.translate(table.title),
        table=table,
        rows=table.rows[first : first + PAGE_ROWS],
        name=name,
        number=number,
        pages=pages,
        turned=lambda to: f"{url_for('.page', name=name)}?{urlencode({**query, _PAGE: to})}",
    )


def _only_own_administrators(site: Site) -> None:
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)


# --- which CRM it is -------------------------------------------------------------------------


def _mismatch(site: Site) -> str:
    """Why the CRM is not the one that is linked, as a sentence; "" when all is well."""
    why = site.xt.links.crm_mismatch() if site.connections() else None
    return "" if why is None else site.words.sentence(MISMATCHES[why], crm=site.xt.host.name)


def _same_crm(site: Site) -> Response:
    _only_own_administrators(site)
    count = site.xt.links.same_crm()
    site.say(site.words.sentence("The links are kept; {count} are looked at again.", count=count))
    return redirect(url_for(".overview"), 303)


def _forget_links(site: Site) -> Response:
    _only_own_administrators(site)
    if "sure" in request.form:
        count = site.xt.links.forget_all()
        site.say(site.words.sentence("{count} links are forgotten.", count=count))
    else:
        site.say(site.words.translate("Tick the box first: forgotten links do not come back."))
    return redirect(url_for(".overview"), 303)
