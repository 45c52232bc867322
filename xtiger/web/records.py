"""The records behind a number of the overview: each with its sentence and the way to it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, abort, request, url_for

from xtiger.model.agreement import AGREEMENTS
from xtiger.model.records import Ref
from xtiger.model.values import whole_number
from xtiger.rules.catalogue import CATALOGUE
from xtiger.web.cures.fields import LEADS, leads_to_settings
from xtiger.web.overview import WORDS
from xtiger.web.site import Site

if TYPE_CHECKING:
    from xtiger.model.agreement import RecordAgreement
    from xtiger.model.connections import Connection
    from xtiger.model.runs import Outcome

#: Records on one page.
PAGE_ROWS = 50
#: As far as pages may be counted.
_MOST_PAGES = 1_000_000


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page to the blueprint."""
    blueprint.add_url_rule(
        "/xt/records/<agreement>", "records", lambda agreement: _page(site, agreement)
    )


def _page(site: Site, agreement: str) -> str:
    if not site.may_read():
        abort(403)
    wanted = next((one for one in AGREEMENTS if one == agreement), None) or abort(404)
    one = _connection(site)
    module, code = request.args.get("module", ""), request.args.get("code", "")
    number = whole_number(request.args.get("p", "1"), 1, _MOST_PAGES) or 1
    # One more than is shown says whether there is another page.
    found = site.xt.agreements.records(
        wanted,
        one.id,
        module=module,
        code=code,
        limit=PAGE_ROWS + 1,
        offset=(number - 1) * PAGE_ROWS,
    )
    word, means = WORDS[wanted]
    here = {"connection": one.id, "module": module, "code": code}
    return site.render(
        "records.html",
        site.words.translate(word),
        means=means,
        rows=[_row(site, one, each) for each in found[:PAGE_ROWS]],
        modules=[sync.name for sync in site.xt.modules.all(one.id)],
        module=module,
        agreement=wanted,
        connection=one,
        number=number,
        has_more=len(found) > PAGE_ROWS,
        turned=lambda to: f"{url_for('.records', agreement=wanted)}?{urlencode({**here, 'p': to})}",
    )


def _connection(site: Site) -> Connection:
    active = [one for one in site.connections() if one.state == "active"]
    named = request.args.get("connection", "")
    found = [one for one in active if named in ("", one.id)]
    return found[0] if found else abort(404)


def _row(site: Site, connection: Connection, one: RecordAgreement) -> dict[str, object]:
    """A record as the template draws it."""
    outcome, words = one.outcome, site.words
    said, fix = "", ""
    if outcome is not None and one.agreement != "in_step":
        said, fix = site.xt.sentences.cause(outcome.cause, "browser", outcome)
    name = outcome.name if outcome is not None else ""
    return {
        "name": name or one.crm_id or one.xero_id,
        "module": one.module,
        "said": said,
        "fix": fix,
        "code": outcome.cause.code if said and outcome is not None and outcome.cause else "",
        "way": _way(site, connection, outcome) if said and outcome is not None else None,
        "when": words.ago(outcome.at, site.xt.clock.now()) if outcome and outcome.at else "",
        "address": site.xt.host.url(Ref(one.module, one.crm_id)) if one.crm_id else None,
        "panel": url_for(".record", module=one.module, record_id=one.crm_id)
        if one.crm_id
        else None,
        "xero": site.xero_address(one.kind, one.xero_id, connection.short_code),
    }


def _way(site: Site, connection: Connection, outcome: Outcome) -> tuple[str, str] | None:
    """(address, label) of the page where an administrator changes what keeps a record out."""
    cause = outcome.cause
    if cause is None or cause.code not in CATALOGUE or not site.may_configure():
        return None
    if cause.code in LEADS:
        page, label, step = LEADS[cause.code]
        query = urlencode({"connection": connection.id, "step": step}) if step else ""
        return f"{url_for(page)}?{query}".rstrip("?"), label
    if leads_to_settings(cause.code) and outcome.module:
        return url_for(".module", module=outcome.module, connection=connection.id), "Settings"
    return None
