"""The tables that extensions add, and what is posted about which CRM it is."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request, stream_with_context, url_for
from werkzeug.wrappers import Response

from xtiger.errors import NeedsPerson
from xtiger.hookspecs import FileKind, PageRequest, PageSpec, TablePage
from xtiger.i18n.failures import spoken_error
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
    add("/xt/<name>/csv", "page_file", lambda name: _file(site, name, "csv"))
    add("/xt/<name>/lines", "page_lines", lambda name: _file(site, name, "lines"))
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
        of_page=[one for one in spec.actions if one.of_page and tables.may(one)],
        asked=query,
        ways=tables.ways(table.ways),
        name=name,
        number=number,
        pages=pages,
        has_more=has_more,
        is_searched=bool(query),
        everything=address,
        file=f"{url_for('.page_file', name=name)}?{urlencode(query)}".rstrip("?"),
        sealed=f"{url_for('.page_lines', name=name)}?{urlencode(query)}".rstrip("?")
        if spec.file is not None
        else "",
        here=request.full_path.rstrip("?"),
        turned=lambda to: f"{address}?{urlencode({**query, PAGE: to})}",
    )


def _loaded(site: Site, name: str, number: int = 1, *, whole: bool = False) -> TablePage:
    asked = PageRequest(
        page=name, query=_query(), locale=site.words.name, number=number, whole=whole
    )
    return site.xt.page(asked)


def _file(site: Site, name: str, kind: FileKind) -> Response:
    """What is searched for as a file."""
    spec = _spec(site, Tables(site), name)
    if spec.file is not None:
        return _streamed(site, name, kind)
    if kind != "csv":
        abort(404)
    table = _loaded(site, name, whole=True)
    return (
        _no_file(site, name, table.no_file)
        if table.no_file
        else _sent(site, name, kind, [file_of(site, table)])
    )


def _no_file(site: Site, name: str, why: str) -> Response:
    site.say(why)
    return redirect(f"{url_for('.page', name=name)}?{urlencode(_query())}".rstrip("?"), 303)


def _streamed(site: Site, name: str, kind: FileKind) -> Response:
    """A file of any length: each part is read once the one before has left."""
    asked = PageRequest(page=name, query=_query(), locale=site.words.name, whole=True)
    try:
        parts = site.xt.panels.file(asked, kind) or iter(())
        # What goes wrong at once is said on a page.
        first = next(parts, "")
    except NeedsPerson as error:
        return _no_file(site, name, spoken_error(error, site.words))
    # Without the mark some spreadsheets take it for the letters of a single country.
    mark = "\ufeff" if kind == "csv" else ""
    texts = itertools.chain([mark + first], parts)
    return _sent(site, name, kind, stream_with_context(text.encode() for text in texts))


def _sent(site: Site, name: str, kind: FileKind, parts: Iterable[bytes]) -> Response:
    answer = Response(parts, mimetype={"csv": "text/csv", "lines": "application/jsonl"}[kind])
    answer.headers["Cache-Control"] = "no-store"
    day, ending = site.xt.clock.now().date().isoformat(), {"csv": "csv", "lines": "jsonl"}[kind]
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}-{day}.{ending}")
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
    if not keys and not action.of_page:
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
