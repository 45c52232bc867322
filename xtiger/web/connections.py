"""The page of connections: how each is, where records go, and webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import NeedsPerson, SettingInvalid
from xtiger.i18n.failures import spoken_error
from xtiger.model.secret import Secret
from xtiger.rules.routing import Rule, master_of
from xtiger.services.webhooks import spoken
from xtiger.web import guards
from xtiger.web.site import Site
from xtiger.web.starting.service import shown_service
from xtiger.xero.health import Health, connection_health

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.start_answers import Going, StartAnswers
    from xtiger.services.connections import Connected
    from xtiger.services.webhooks import WebhookState

#: Between module and field in the value of a choice; no name of either holds it.
_BETWEEN = "|"


@dataclass(frozen=True, slots=True)
class Shown:
    """One connection as the page shows it."""

    one: Connection
    health: Health
    connected: Connected
    #: The tier in words, and the calls of the day; "" before the first answer of a day.
    calls: str
    keyless: bool
    answers: StartAnswers
    going: Going
    links: Mapping[str, int]
    #: (name, whether it is on, whether its mapping is missing) of each module.
    modules: Sequence[tuple[str, bool, bool]]
    uncovered: Sequence[str]
    webhooks: WebhookState


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and what its forms post to."""
    add = blueprint.add_url_rule
    add("/xt/connections", "connections", lambda: _page(site))
    add("/xt/connections/routes", "routes", lambda: _route(site), methods=["POST"])
    add("/xt/connections/service", "service", lambda: _choose_service(site), methods=["POST"])
    add("/xt/connections/webhooks", "webhook_key", lambda: _save_key(site), methods=["POST"])


def _page(site: Site) -> str:
    if not site.may_read():
        abort(403)
    return _drawn(site)


def _drawn(site: Site, *, wrong_rule: str = "", wrong_key: str = "") -> str:
    xt, words, now = site.xt, site.words, site.xt.clock.now()
    made, webhooks = site.connections(), xt.webhooks.states()
    state_of = {state.connection_id: state for state in webhooks}
    keyless = xt.connections.keyless()
    return site.render(
        "connections.html",
        words.translate("Connections"),
        shown=[_shown(site, one, state_of[one.id], is_lost=one.id in keyless) for one in made],
        now=now,
        webhook_texts={state.connection_id: spoken(state, words, now) for state in webhooks},
        key=xt.webhooks.key(),
        webhook_address=url_for("xtiger.webhook", _external=True),
        wrong_rule=wrong_rule,
        wrong_key=wrong_key,
        may_configure=site.may_configure(),
        is_home_shared=xt.links.is_home_shared(),
        may_set_key=len(site.library.host.tenants()) <= 1,
        service=shown_service(site),
        **_routing(site, made),
    )


def _shown(site: Site, one: Connection, webhooks: WebhookState, *, is_lost: bool) -> Shown:
    xt, is_active = site.xt, one.state == "active"
    settings = site.library.settings
    health = connection_health(site.library.store, xt.clock, one, settings.xero_tier)
    missing = set(xt.modules.unmapped(one.id)) if is_active else set()
    names = [sync.name for sync in xt.modules.all(one.id)]
    return Shown(
        one,
        health,
        xt.connections.connected(one.id),
        _calls(site, health, settings.xero_tier),
        is_lost,
        xt.start.answers(one.id),
        xt.start.going(one.id),
        xt.connections.remembered(one.id).links,
        [(name, xt.modules.settings(name, one.id).enabled, name in missing) for name in names],
        xt.modules.uncovered(one.id) if is_active else (),
        webhooks,
    )


def _calls(site: Site, health: Health, tier: str) -> str:
    """The app's tier, and what is left of the calls of this day."""
    words, ahead = site.words, health.outlook
    if ahead is None:
        return tier.capitalize()
    name = tier or ahead.tier
    known = words.translate("larger than Starter") if name == "other" else name.capitalize()
    return words.sentence(
        "{tier}: {left} of {all} calls left today",
        tier=known,
        left=words.number(ahead.left),
        all=words.number(ahead.day_calls),
    )


# --- which records go where --------------------------------------------------------------------


def _routing(site: Site, made: Sequence[Connection]) -> dict[str, object]:
    """The rules and what they can be made of; nothing where there is one organisation."""
    routes = site.xt.routing.routes()
    active = [one for one in made if one.state == "active"]
    described = {module.name: module for module in site.xt.modules.described()}
    synced = [sync.name for sync in site.xt.modules.all() if sync.name in described]
    return {
        "is_routed": len(active) > 1 or bool(routes.rules or routes.default),
        "rules": [(rule, _label(site, rule)) for rule in routes.rules],
        "names": {one.id: one.name for one in made},
        "active": active,
        "default": routes.default,
        "master": master_of(routes, made),
        "choices": [
            (
                name,
                [(f"{name}{_BETWEEN}{f.name}", f.label or f.name) for f in described[name].fields],
            )
            for name in synced
        ],
    }


def _label(site: Site, rule: Rule) -> str:
    """The field of a rule as the CRM calls it."""
    module = next((one for one in site.xt.modules.described() if one.name == rule.module), None)
    field = module.by_name(rule.field) if module else None
    return field.label or field.name if field else rule.field


def _route(site: Site) -> Response | tuple[str, int]:
    _only_own_administrators(site)
    form, routing, words = request.form, site.xt.routing, site.words
    what = form.get("do", "")
    if what == "drop":
        asked = (form.get("module", ""), form.get("field", ""), form.get("value", ""))
        if not routing.drop_rule(*asked):
            return _back(site, words.translate("There is no such rule."))
        return _back(site, words.translate("The rule is taken away."))
    if what not in ("add", "default", "master"):
        abort(404)
    chosen = form.get("connection", "")
    active = {one.id: one.name for one in site.connections() if one.state == "active"}
    if chosen not in active:
        return _drawn(site, wrong_rule=words.translate("Choose one of the organisations.")), 422
    name = active[chosen]
    if what == "default":
        routing.set_default(chosen)
        return _back(site, words.sentence("What no rule fits goes to {name}.", name=name))
    if what == "master":
        routing.set_master(chosen)
        return _back(site, words.sentence("New customers and items come from: {name}", name=name))
    return _add_rule(site, chosen, name)


def _add_rule(site: Site, chosen: str, name: str) -> Response | tuple[str, int]:
    form, words = request.form, site.words
    module, _, field = form.get("field", "").partition(_BETWEEN)
    value = form.get("value", "").strip()
    try:
        rule = site.xt.routing.set_rule(module, field, value, chosen)
    except NeedsPerson:
        return _drawn(site, wrong_rule=words.translate("Choose one of the fields.")), 422
    said = words.sentence(
        "{module} with {field} = {value} go to {name}. The next sync looks at all again.",
        module=rule.module,
        field=_label(site, rule),
        value=rule.value,
        name=name,
    )
    return _back(site, said)


# --- the rest ----------------------------------------------------------------------------------


def _save_key(site: Site) -> Response | tuple[str, int]:
    _only_own_administrators(site)
    try:
        site.xt.webhooks.save_key(Secret(request.form.get("key", "")), site.by())
    except SettingInvalid as error:
        return _drawn(site, wrong_key=spoken_error(error, site.words)), 422
    return _back(site, site.words.translate("The key is saved and kept encrypted."))


def _choose_service(site: Site) -> Response:
    _only_own_administrators(site)
    try:
        site.xt.service.choose(request.form.get("service", ""), site.by())
    except SettingInvalid:
        abort(400)
    said = site.words.translate("Saved: set it up as it says below, where it does not run yet.")
    return _back(site, said)


def _only_own_administrators(site: Site) -> None:
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)


def _back(site: Site, sentence: str) -> Response:
    site.say(sentence)
    return redirect(url_for(".connections"), 303)
