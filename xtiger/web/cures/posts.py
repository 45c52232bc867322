"""What the buttons and fields of the page of what needs you do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import (
    ConflictRefused,
    LinkRefused,
    MappingInvalid,
    NeedsPerson,
    RetryLater,
    ScopeMissing,
    SettingInvalid,
)
from xtiger.i18n.cause_text import spoken_sent
from xtiger.i18n.failures import spoken_error, without_commands
from xtiger.mapping.check import with_option
from xtiger.mapping.module_settings import changed
from xtiger.model.records import Ref
from xtiger.services.tax_rates import MADE
from xtiger.web import guards
from xtiger.web.cures.fields import (
    FIELDS,
    KEEPS,
    RELEASES,
    SECONDS,
    SWITCHES,
    UNLINKS,
    choices,
    option_name,
    parts_of,
    words_asked,
)

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.links import Side
    from xtiger.services.needs import Need
    from xtiger.web.site import Site

_SIDES: dict[str, Side] = {"crm": "crm", "xero": "xero"}


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the addresses; each is posted the connection, the module and the code of a group."""
    posts: dict[str, Callable[[Site, Connection, Need], str]] = {
        "again": _again,
        "option": _option,
        "rate": _rate,
        "switch": _switch,
        "link": _link,
        "unlink": _unlink,
        "release": _release,
    }
    for name, do in posts.items():
        blueprint.add_url_rule(
            f"/xt/needs/{name}", f"needs_{name}", _posted(site, do), methods=["POST"]
        )
    blueprint.add_url_rule(
        "/xt/needs/second", "needs_second", lambda: _second(site), methods=["POST"]
    )
    blueprint.add_url_rule("/xt/needs/keep", "needs_keep", lambda: _keep(site), methods=["POST"])


def _posted(site: Site, do: Callable[[Site, Connection, Need], str]) -> Callable[[], Response]:
    """A post of an administrator about one group; what it did is said on the page."""

    def answer() -> Response:
        if not site.may_configure() or not guards.is_own_post(request):
            abort(403)
        return _carried_out(site, do)

    return answer


def _carried_out(site: Site, do: Callable[[Site, Connection, Need], str]) -> Response:
    found = _group(site)
    if found is None:
        site.say(site.words.translate("Nothing of this waits any longer."))
        return redirect(url_for(".needs"), 303)
    try:
        site.say(do(site, *found))
    except MappingInvalid as error:
        site.say(without_commands(" ".join(error.problems), site.words))
    except (ConflictRefused, LinkRefused, SettingInvalid):
        site.say(
            site.words.translate("It changed since it was shown. Nothing was done; look again.")
        )
    return redirect(url_for(".needs"), 303)


def _group(site: Site) -> tuple[Connection, Need] | None:
    """The group that was posted, as it stands now; an unknown connection is no page."""
    wanted = request.form.get("connection", "")
    active = [one for one in site.connections() if one.state == "active"]
    one = next((each for each in active if each.id == wanted), None) or abort(404)
    key = tuple(request.form.get(name, "") for name in ("module", "code", "message"))
    needs = site.xt.needs.all(one.id)
    # A browser ends the lines of what it posts in its own way.
    shown = ((need, (need.module, need.code, " ".join(need.message.split()))) for need in needs)
    wanted_key = (key[0], key[1], " ".join(key[2].split()))
    need = next((need for need, found in shown if found == wanted_key), None)
    return None if need is None else (one, need)


def _ids(need: Need) -> list[str]:
    return [outcome.crm_id for outcome in need.outcomes if outcome.crm_id]


def _sent(site: Site, one: Connection, module: str, ids: Sequence[str], done: str = "") -> str:
    """Send these records at once; what was done before stands, whatever comes of it."""
    if not ids:
        said = site.words.translate("It goes with the next sync.")
        return f"{done} {said}".strip()
    try:
        sent = site.xt.sync.send(module, ids, one.id, by=site.by())
        said = spoken_sent(sent, site.words, site.xt.clock.now())
    except NeedsPerson as error:
        said = spoken_error(error, site.words)
    return f"{done} {said}".strip()


def _again(site: Site, one: Connection, need: Need) -> str:
    """Try all records of one group again."""
    return _sent(site, one, need.module, _ids(need))


def _option(site: Site, one: Connection, need: Need) -> str:
    """Choose an option of the mapping, and send what waited for it."""
    field = FIELDS.get(need.cause.code) or abort(404)
    word = request.form.get("word", "")
    value = request.form.get("nearest", "") or request.form.get("value", "")
    causes = need.causes()
    context = site.xt.context()
    accounts, rates = context.accounts(one.id), context.tax_rates(one.id)
    offered = {known for known, _label in choices(field, accounts, rates)}
    mapping = site.xt.mappings.get(need.module, one.id)
    if mapping is None or word not in words_asked(field, causes) or value not in offered:
        abort(404)
    made = with_option(mapping, option_name(field, word), value, accounts, rates)
    for other in field.also:
        if not made.options.get(other):
            made = with_option(made, other, value, accounts, rates)
    site.xt.mappings.save(made, one.id, by=site.by())
    return _sent(site, one, need.module, _ids(need), site.words.translate("It is set."))


def _rate(site: Site, one: Connection, need: Need) -> str:
    """Make the rate of a tax in Xero, map the tax to it, and send what waited for it."""
    word, causes = request.form.get("word", ""), need.causes()
    field = FIELDS.get(need.cause.code) or abort(404)
    if need.cause.code not in MADE or word not in words_asked(field, causes):
        abort(404)
    try:
        site.xt.tax_rates.make(need.module, word, parts_of(word, causes), one.id)
    except (ScopeMissing, RetryLater) as error:
        return spoken_error(error, site.words)
    done = site.words.translate("The rate is made in Xero.")
    return _sent(site, one, need.module, _ids(need), done)


def _switch(site: Site, one: Connection, need: Need) -> str:
    """Set a setting of the module, and try what waited for it."""
    switch = SWITCHES.get(need.cause.code) or abort(404)
    settings = changed(site.xt.modules.settings(need.module, one.id), switch.changes)
    site.xt.modules.save_settings(settings, one.id)
    return _sent(site, one, need.module, _ids(need), site.words.translate("It is set."))


def _unlink(site: Site, one: Connection, need: Need) -> str:
    """Take the link of one record away."""
    crm_id = request.form.get("record", "")
    if need.cause.code not in UNLINKS or crm_id not in _ids(need):
        abort(404)
    site.xt.links.unlink(need.module, crm_id, one.id)
    return _sent(site, one, need.module, [crm_id], site.words.translate("Its link is taken away."))


def _release(site: Site, one: Connection, need: Need) -> str:
    """Release what an undo held: one record, or all of a group."""
    if need.cause.code not in RELEASES:
        abort(404)
    record = request.form.get("record", "")
    if record and record not in _ids(need):
        abort(404)
    ids = [record] if record else _ids(need)
    site.xt.undo.release(module=need.module, record=ids, connection_id=one.id)
    return site.words.translate("It is released; the next sync does it again.")


def _second(site: Site) -> Response:
    """A post of somebody who may release."""
    if not site.may_release() or not guards.is_own_post(request):
        abort(403)
    return _carried_out(site, _release_second)


def _release_second(site: Site, one: Connection, need: Need) -> str:
    """Release what one person alone may not send: one record, or all of a group."""
    if need.cause.code not in SECONDS:
        abort(404)
    record = request.form.get("record", "")
    if record and record not in _ids(need):
        abort(404)
    ids = [record] if record else _ids(need)
    try:
        sent = site.xt.second_persons.release(need.module, ids, site.user(), one.id)
    except NeedsPerson as error:
        said = site.words.translate(str(error))
        return said if said != str(error) else spoken_error(error, site.words)
    except RetryLater as error:
        # An undo does not wait for another run: the button is pressed again.
        return spoken_error(error, site.words)
    return spoken_sent(sent, site.words, site.xt.clock.now())


def have_one_proposal(need: Need) -> bool:
    """Whether each record of a group is like exactly one of the other side, and no two like one."""
    found = [
        [each.xero_id for each in outcome.proposals if each.verb == "link" and each.xero_id]
        for outcome in need.outcomes
        if outcome.crm_id
    ]
    one_each = all(len(ids) == 1 for ids in found)
    return bool(found) and one_each and len({ids[0] for ids in found}) == len(found)


def _link(site: Site, one: Connection, need: Need) -> str:
    """Link each record of a group to the only one that it is like."""
    if not have_one_proposal(need):
        abort(404)
    for outcome in need.outcomes:
        for proposal in outcome.proposals if outcome.crm_id else ():
            if proposal.verb == "link" and outcome.crm_id:
                site.xt.links.link(need.module, outcome.crm_id, proposal.xero_id, one.id)
    return _sent(site, one, need.module, _ids(need), site.words.translate("They are linked."))


def _keep(site: Site) -> Response:
    """Keep one side of a record, for a person who may edit it; or of all, for an administrator."""
    crm_id, module = request.form.get("record", ""), request.form.get("module", "")
    may = site.may_use(Ref(module, crm_id)) if crm_id else site.may_configure()
    if not may or not guards.is_own_post(request):
        abort(403)
    return _carried_out(site, lambda site, one, need: _kept(site, one, need, crm_id))


def _kept(site: Site, one: Connection, need: Need, crm_id: str) -> str:
    keep = _SIDES.get(request.form.get("keep", "")) or abort(404)
    ids = [crm_id] if crm_id else _ids(need)
    known = {side for side, _label in KEEPS.get(need.cause.code, ())}
    if keep not in known or not set(ids) <= set(_ids(need)):
        abort(404)
    decided = _decided(site, one, need.module, ids, keep)
    return _sent(site, one, need.module, decided, site.words.translate("It is decided."))


def _decided(site: Site, one: Connection, module: str, ids: Iterable[str], keep: Side) -> list[str]:
    """Those of these records that could be decided so; one that changed since is left."""
    done, refused = [], None
    for crm_id in ids:
        try:
            site.xt.conflicts.solve(module, crm_id, keep, (), one.id, by=site.by())
        except ConflictRefused as error:
            refused = error
        else:
            done.append(crm_id)
    if refused is not None and not done:
        raise refused
    return done
