"""The tables that extensions add, and what is posted about which CRM it is."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.hookspecs import PageRequest, PageSpec, TablePage
from xtiger.model.values import whole_number
from xtiger.web import guards
from xtiger.web.record import back
from xtiger.web.site import Site
from xtiger.web.tables import PAGE, Tables, file_of, own_columns, shown_page

#: As far as pages may be counted.
_MOST_PAGES = 1_000_000
#: Rows that one press takes.
MOST_TICKED = 500


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the pages to the blueprint."""
    add = blueprint.add_url_rule
    add("/xt/<name>", "page", lambda name: _page(site, name))
    add("/xt/<name>/csv", "page_file", lambda name: _file(site, name))
    add("/xt/<name>/do", "page_action", lambda name: _act(site, name), methods=["POST"])
    add("/xt/crm/same", "same_crm", lambda: _same_crm(site), methods=["POST"])
    add("/xt/crm/forget-links", "forget_links", lambda: _forget_links(site), methods=["POST"])


def _spec(site: Site, tables: Tables, name: str) -> PageSpec:
    if not site.may_read():
        abort(403)
    return tables.spec(name) or abort(404)


def _query() -> dict[str, str]:
    """What is searched for: all that the address says but the number of the page."""
    return {key: value for key, value in request.args.items() if key != PAGE and value}


def _page(site: Site, name: str) -> str:
    tables = Tables(site)
    spec = _spec(site, tables, name)
    query = _query()
    asked = whole_number(request.args.get(PAGE, "1"), 1, _MOST_PAGES) or 1
    table = _loaded(site, name, asked)
    rows, number, pages, has_more = shown_page(table, asked)
    lines = tables.lines(spec, table, rows)
    address = url_for(".page", name=name)
    return site.render(
        "table.html",
        site.words.translate(table.title),
        table=table,
        lines=lines,
        columns=[site.words.translate(column) for column in own_columns(table)],
        has_ways=any(line.ways for line in lines),
        actions=[one for one in spec.actions if any(one in line.actions for line in lines)],
        ways=tables.ways(table.ways),
        name=name,
        number=number,
        pages=pages,
        has_more=has_more,
        is_searched=bool(query),
        everything=address,
        file=f"{url_for('.page_file', name=name)}?{urlencode(query)}".rstrip("?"),
        here=request.full_path.rstrip("?"),
        turned=lambda to: f"{address}?{urlencode({**query, PAGE: to})}",
    )


def _loaded(site: Site, name: str, number: int = 1, *, whole: bool = False) -> TablePage:
    asked = PageRequest(
        page=name, query=_query(), locale=site.words.name, number=number, whole=whole
    )
    return site.xt.page(asked)


def _file(site: Site, name: str) -> Response:
    """What is searched for as a file."""
    _spec(site, Tables(site), name)
    table = _loaded(site, name, whole=True)
    if table.no_file:
        site.say(table.no_file)
        return redirect(f"{url_for('.page', name=name)}?{urlencode(_query())}".rstrip("?"), 303)
    answer = make_response(file_of(site, table))
    answer.mimetype = "text/csv"
    answer.headers["Cache-Control"] = "no-store"
    day = site.xt.clock.now().date().isoformat()
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}-{day}.csv")
    return answer


def _act(site: Site, name: str) -> Response:
    """Press a button for the row that it stands in, or for the ticked ones."""
    tables = Tables(site)
    spec = tables.spec(name)
    # A button within a row says in its address which one it is.
    pressed = request.args.get("action") or request.form.get("action", "")
    action = next((one for one in spec.actions if one.name == pressed), None) if spec else None
    if not site.may_read() or not tables.may(action) or not guards.is_own_post(request):
        abort(403)
    if action is None:
        abort(404)
    keys = list(dict.fromkeys(request.args.getlist("key") or request.form.getlist("key")))
    words = site.words
    if not keys:
        site.say(words.translate("Tick the rows first."))
    elif len(keys) > MOST_TICKED:
        most = words.number(MOST_TICKED)
        site.say(words.sentence("Tick at most {count} rows at once.", count=most))
    else:
        asked = PageRequest(name, {}, request.form.to_dict(), "POST", words.name)
        site.say(site.xt.panels.act(asked, action.name, keys, by=site.by()))
    return redirect(back(), 303)


def _only_own_administrators(site: Site) -> None:
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)


# --- which CRM it is -------------------------------------------------------------------------


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
