"""The page of what waits for a person: grouped by cause, each with its cure on the spot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import NeedsPerson
from xtiger.i18n.cause_text import spoken_sent
from xtiger.i18n.failures import spoken_error
from xtiger.model.records import Ref
from xtiger.panels import ALIAS_ACTION, LINK_ACTION
from xtiger.rules.catalogue import CATALOGUE
from xtiger.web import guards
from xtiger.web.conflicts import conflict_address
from xtiger.web.release import waiting
from xtiger.web.site import Site

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.runs import Outcome
    from xtiger.services.needs import Need

#: Records of one group that are shown; its number counts all.
SHOWN = 20
#: The cause that an account for sales cures, and the options that get it.
NO_ACCOUNT = "account_missing"
_OPTIONS = ("sales_account", "charges_account")


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and the addresses that its buttons post to."""
    add = blueprint.add_url_rule
    add("/xt/needs", "needs", lambda: _page(site))
    add("/xt/needs/again", "needs_again", lambda: _again(site), methods=["POST"])
    add("/xt/needs/account", "needs_account", lambda: _account(site), methods=["POST"])


def _active(site: Site) -> list[Connection]:
    return [one for one in site.connections() if one.state == "active"]


def _page(site: Site) -> str:
    if not site.may_read():
        abort(403)
    active = _active(site)
    groups = [
        _group(site, connection, need)
        for connection in active
        for need in site.xt.needs.all(connection.id)
    ]
    return site.render(
        "needs.html",
        site.words.translate("Needs you"),
        name="needs",
        groups=groups,
        braked=waiting(site),
        organisations={one.id: one.name for one in active} if len(active) > 1 else {},
        may_configure=site.may_configure(),
        connected=bool(active),
        shown=SHOWN,
        here=url_for(".needs"),
    )


def _group(site: Site, connection: Connection, need: Need) -> dict[str, object]:
    """A cause with its records, as the template draws it."""
    entry = CATALOGUE.get(need.cause.code)
    said, fix = site.xt.sentences.cause(need.cause, "browser", need.outcomes[0])
    asks_account = need.code == NO_ACCOUNT and site.may_configure()
    return {
        "need": need,
        "connection": connection,
        "said": said,
        "fix": fix,
        "button": entry.button if entry is not None else "open",
        "records": [_record(site, one) for one in need.outcomes[:SHOWN]],
        "accounts": [
            (one.code, f"{one.code} {one.name}")
            for one in site.xt.context().accounts(connection.id)
            if one.code and one.type in ("REVENUE", "SALES", "OTHERINCOME")
        ]
        if asks_account
        else [],
    }


def _record(site: Site, outcome: Outcome) -> dict[str, object]:
    """A record with its own sentence, its page in the CRM, and what is proposed for it."""
    words, crm_id = site.words, outcome.crm_id
    said, _fix = site.xt.sentences.cause(outcome.cause, "browser", outcome)
    buttons = []
    for one in outcome.proposals if crm_id else ():
        name = one.name or one.xero_id or ""
        if one.verb == "link" and one.xero_id:
            label = words.sentence("Link to {name}", name=name)
            buttons.append((LINK_ACTION + one.xero_id, label))
        if one.verb == "alias" and one.xero_id:
            label = words.sentence("Alias of {name}", name=name)
            buttons.append((ALIAS_ACTION + one.xero_id, label))
    return {
        "name": outcome.name or crm_id or outcome.xero_id,
        "said": said,
        "address": site.xt.host.url(Ref(outcome.module, crm_id)) if crm_id else None,
        "decide": conflict_address(outcome.module, crm_id) if crm_id else None,
        "panel": url_for(".panel", module=outcome.module, record_id=crm_id) if crm_id else None,
        "buttons": buttons,
    }


def _pressed(site: Site) -> Connection:
    """The connection that a form of an administrator is about."""
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)
    wanted = request.form.get("connection", "")
    return next((one for one in _active(site) if one.id == wanted), None) or abort(404)


def _again(site: Site) -> Response:
    """Try all records of one group again."""
    one = _pressed(site)
    module, code = request.form.get("module", ""), request.form.get("code", "")
    found = next(
        (n for n in site.xt.needs.all(one.id) if (n.module, n.code) == (module, code)), None
    )
    ids = [outcome.crm_id for outcome in found.outcomes if outcome.crm_id] if found else []
    if not ids:
        site.say(site.words.translate("Nothing of this waits any longer."))
        return redirect(url_for(".needs"), 303)
    try:
        sent = site.xt.sync.send(module, ids, one.id)
        site.say(spoken_sent(sent, site.words, site.xt.clock.now()))
    except NeedsPerson as error:
        site.say(spoken_error(error, site.words))
    return redirect(url_for(".needs"), 303)


def _account(site: Site) -> Response:
    """Book sales to this account wherever no other one is named; the next sync sends all."""
    one = _pressed(site)
    code = request.form.get("account", "")
    mapping = site.xt.mappings.get("Invoices", one.id)
    if mapping is None or code not in {a.code for a in site.xt.context().accounts(one.id)}:
        abort(404)
    options = dict(mapping.options)
    options |= {name: code for name in _OPTIONS if not options.get(name)}
    site.xt.mappings.save(replace(mapping, options=options), one.id)
    site.say(site.words.translate("The account is set. The next sync sends what waited for it."))
    return redirect(url_for(".needs"), 303)
