"""Start: leads an administrator by the hand from the app at Xero to the first sync."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, abort, current_app, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from xtiger.errors import NeedsPerson, RetryLater, SettingInvalid, XTigerError
from xtiger.i18n.failures import spoken_error
from xtiger.model.secret import Secret
from xtiger.model.start_answers import FirstAccounts, Going, StartAnswers
from xtiger.panels.xero_links import signup_url
from xtiger.services.xero_app import CLIENT_SECRET, XTID
from xtiger.web import guards
from xtiger.web.plan import rounded_said
from xtiger.web.site import Site
from xtiger.web.start_form import read_questions, status_field

if TYPE_CHECKING:
    from xtiger.hookspecs import TimedWork
    from xtiger.model.connections import Connection

StepName = Literal["app", "connect", "terms", "mapping", "accounts", "questions", "first"]
#: The steps in their order; each heading is a sentence of the catalogue.
TITLES: Mapping[StepName, str] = {
    "app": "The app at Xero",
    "connect": "Connect to Xero",
    "terms": "The terms",
    "mapping": "The mapping",
    "accounts": "Accounts for sales and payments",
    "questions": "What the first sync may do",
    "first": "The first sync",
}
#: Steps of the whole CRM; the others are of one organisation.
_OF_ALL: tuple[StepName, ...] = ("app", "connect", "terms")
#: Field of a form → what is wrong with it.
Errors = Mapping[str, str]
_ANYWHERE = "form"
#: The contacts that this browser had counted.
_COUNTED = "xt_counted"
_NONE: Errors = {}


@dataclass(frozen=True, slots=True)
class Stand:
    """How far one is: computed from what is stored, and nothing else."""

    done: tuple[StepName, ...]
    #: The step to do now; None when all are done.
    now: StepName | None
    one: Connection | None
    answers: StartAnswers = field(default_factory=StartAnswers)


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and what its forms post to."""
    add = blueprint.add_url_rule
    add("/xt/start", "start", lambda: _page(site))
    add("/xt/start/<step>", "start_saved", lambda step: _posted(site, step), methods=["POST"])


def is_through(site: Site, *organisations: Connection) -> bool:
    """Whether these organisations, at least one, have passed all steps."""
    return bool(organisations) and all(_stand(site, one).now is None for one in organisations)


# --- how far one is --------------------------------------------------------------------------


def _stand(site: Site, one: Connection | None) -> Stand:
    xt = site.xt
    answers = xt.start.answers(one.id) if one is not None else StartAnswers()
    answered = one is not None and answers.stage != "asked"
    found: dict[StepName, bool] = {
        "app": bool(xt.connections.app().client_id),
        "connect": one is not None,
        "terms": xt.connections.terms_accepted(),
        "mapping": one is not None and not xt.modules.unmapped(one.id),
        # An account may stand on each record, so that it is no must once all is answered.
        "accounts": one is not None and (answered or xt.start.accounts(one.id).are_chosen),
        "questions": answered,
        "first": answers.stage == "all" and one is not None,
    }
    now = next((name for name, is_done in found.items() if not is_done), None)
    return Stand(tuple(name for name, is_done in found.items() if is_done), now, one, answers)


def _connection(site: Site) -> Connection | None:
    """The organisation that the request names, else the first that is not through."""
    active = [one for one in site.connections() if one.state == "active"]
    named = request.values.get("connection", "")
    if named:
        return next((one for one in active if one.id == named), None) or abort(404)
    unready = [one for one in active if _stand(site, one).now is not None]
    return next(iter(unready or active), None)


# --- the page --------------------------------------------------------------------------------


def _page(site: Site) -> str:
    if not site.may_configure():
        abort(403)
    return _drawn(site, _NONE, request.args.get("step", ""), None)


def _drawn(site: Site, errors: Errors, step: str, typed: MultiDict[str, str] | None) -> str:
    """The page with one step open: the one that is named and can be done, else the next."""
    one = _connection(site)
    stand = _stand(site, one)
    reachable: set[str | None] = set(stand.done) | {stand.now}
    if stand.now == "accounts":
        reachable.add("questions")
    shown = _of_connection(site, one, stand, typed) if one is not None else {}
    return site.render(
        "start.html",
        site.words.translate("Start"),
        titles=TITLES,
        stand=stand,
        reachable=reachable,
        opened=step if step in reachable else stand.now,
        errors=errors,
        anywhere=errors.get(_ANYWHERE, ""),
        one=one,
        active=[found for found in site.connections() if found.state == "active"],
        plan_address=_plan_address(one),
        **_of_all(site, typed if step == "app" else None),
        **shown,
    )


def _of_all(site: Site, typed: MultiDict[str, str] | None) -> dict[str, object]:
    """What the steps of the whole CRM show; `typed` is the form of the app, where it is wrong."""
    words, now = site.words, site.xt.clock.now()
    app, terms = site.xt.connections.app(), site.xt.connections.terms()
    return {
        "app": app,
        "app_when": words.ago(app.saved_at, now) if app.saved_at else "",
        "client_id": app.client_id if typed is None else typed.get("client_id", ""),
        "xtid": app.xtid if typed is None else typed.get("xtid", ""),
        "signup_address": signup_url(app.xtid),
        "redirect_address": redirect_address(),
        "is_refused": not is_taken(redirect_address()),
        "sandbox": site.library.settings.xero_url,
        "terms": terms,
        "terms_when": words.ago(terms.at, now) if terms else "",
        "by": site.user(),
    }


def _of_connection(
    site: Site, one: Connection, stand: Stand, typed: MultiDict[str, str] | None
) -> dict[str, object]:
    """What the steps of one organisation show; what was typed wins over what is kept."""
    xt, answers, going = site.xt, stand.answers, site.xt.start.going(one.id)
    chosen = xt.start.accounts(one.id)
    known = xt.start.statuses(one.id)
    if typed is not None and "from" in typed:
        read = read_questions(typed, answers, _values(known), site.words)
        answers, going = read.answers, read.going
    if typed is not None and "sales_account" in typed:
        chosen = _typed_accounts(typed, chosen)
    sales, payments = xt.start.offered_accounts(one.id)
    return {
        "answers": answers,
        "going": going,
        "statuses": known,
        "arriving": xt.start.arriving(one.id),
        "status_field": status_field,
        "typed_day": typed.get("day", "") if typed is not None and "from" in typed else None,
        **_whom(site, one),
        "rounded": _rounded(site, one),
        "keeps_time": xt.timetable.is_kept(one.id),
        "timed": [_timed(site, each) for each in xt.timetable.all(one.id)],
        "is_usual": any(not each.module for each in xt.timetable.all(one.id)),
        "ticks": xt.sync.ticks(),
        "proposal": xt.start.proposal(one.id),
        "takes_bills": xt.start.takes_bills(one.id),
        "chosen": chosen,
        "sales": sales,
        "payments": payments,
    }


def _rounded(site: Site, one: Connection) -> str:
    """What the plan that was made last says of lines for rounding; "" before one was made."""
    plan = site.xt.sync.asked_plan(one.id)
    return rounded_said(site.words, plan) if plan is not None else ""


def _whom(site: Site, one: Connection) -> dict[str, object]:
    """How many contacts each answer would bring: as planned, else as counted for this browser."""
    planned, kept = site.xt.start.contacts(one.id), site.kept(_COUNTED)
    counted = kept[1:] if isinstance(kept, list) and kept[:1] == [one.id] else None
    if planned["all"] or counted is None:
        return {"contacts": planned, "counted": bool(planned["all"]), "at_least": False}
    customers, everybody, is_whole = counted
    contacts = {"customers": customers, "all": everybody, "none": 0}
    return {"contacts": contacts, "counted": True, "at_least": not is_whole}


def _timed(site: Site, one: TimedWork) -> str:
    """What is scheduled, in words."""
    words, now = site.words, site.xt.clock.now()
    what = words.translate("Proof") if one.proof else words.translate("Sync")
    when = words.ahead(one.next_at, now) if one.next_at else ""
    of = f" · {words.translate(one.module)}" if one.module else ""
    ways = {"to_xero": words.translate("to Xero"), "to_crm": words.translate("from Xero")}
    of += f" · {ways[one.direction]}" if one.direction else ""
    return f"{what}{of} · {one.every} · {when}"


def _values(known: Mapping[str, tuple[object, ...]]) -> dict[str, set[str]]:
    return {
        module: {str(getattr(choice, "value", choice)) for choice in choices}
        for module, choices in known.items()
    }


def redirect_address() -> str:
    """The address to enter at Xero; 127.0.0.1 becomes localhost, which Xero takes."""
    parts = urlsplit(url_for("xtiger.callback", _external=True))
    if parts.hostname != "127.0.0.1":
        return urlunsplit(parts)
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"localhost{port}"))


def is_taken(address: str) -> bool:
    """Whether Xero takes a redirect address: https, or http on localhost."""
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname == "localhost"


def _plan_address(one: Connection | None) -> str:
    """The page that shows the plan; "" where this installation has none."""
    if one is None or "xtiger.plan" not in current_app.view_functions:
        return ""
    return url_for("xtiger.plan", connection=one.id)


# --- what its forms post ---------------------------------------------------------------------


def _posted(site: Site, step: str) -> Response | tuple[str, int]:
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)
    save = _POSTS.get(step) or abort(404)
    one = _connection(site)
    if one is None and step not in _OF_ALL:
        # An old tab: the organisation was disconnected meanwhile.
        return redirect(url_for(".start"), 303)
    try:
        errors = save(site, one)
    except (NeedsPerson, RetryLater) as error:
        errors = {_beside(error): spoken_error(error, site.words)}
    shown = _STEP_OF.get(step, step)
    if errors or step == "count":
        # Drawn from what was posted: counting loses no answer that is not saved yet.
        return _drawn(site, errors, shown, request.form), 422 if errors else 200
    # What only schedules leaves the step open that it stands in.
    stays = shown if step in _STAYING else None
    address = url_for(".start", connection=one.id if one is not None else None, step=stays)
    return redirect(address, 303)


def _beside(error: XTigerError) -> str:
    """The field beside which an error stands."""
    name = error.name if isinstance(error, SettingInvalid) else ""
    return {CLIENT_SECRET: "client_secret", XTID: "xtid"}.get(name, _ANYWHERE)


def _save_app(site: Site, _one: Connection | None) -> Errors:
    form, _ = request.form, site.words.translate
    if not form.get("client_id", "").strip():
        return {"client_id": _("Type the client id of your app.")}
    secret = Secret(form.get("client_secret", ""))
    site.xt.connections.save_app(form.get("client_id", ""), secret, site.by(), form.get("xtid", ""))
    site.say(_("The app is saved; its secret is kept encrypted."))
    return _NONE


def _accept(site: Site, _one: Connection | None) -> Errors:
    _ = site.words.translate
    name = request.form.get("name", "").strip()
    if not name:
        return {"name": _("Type the name of the person who accepts.")}
    if not site.xt.connections.terms_accepted():
        site.xt.connections.accept_terms(name[:200])
    site.say(_("The terms are accepted."))
    return _NONE


def _save_mapping(site: Site, one: Connection | None) -> Errors:
    assert one is not None
    saved = site.xt.mappings.save_defaults(one.id, by=site.by())
    site.say(site.words.sentence("Saved the default mapping of {count} modules.", count=len(saved)))
    return _read_chart(site, one)


def _read_chart(site: Site, one: Connection | None) -> Errors:
    assert one is not None
    site.xt.sync.read_settings(one.id)
    return _NONE


def _typed_accounts(form: MultiDict[str, str], kept: FirstAccounts) -> FirstAccounts:
    """The codes of a form; None stays where the CRM has nothing to book."""
    return FirstAccounts(
        None if kept.sales is None else form.get("sales_account", ""),
        None if kept.charges is None else form.get("charges_account", ""),
        None if kept.payments is None else form.get("payment_account", ""),
    )


def _save_accounts(site: Site, one: Connection | None) -> Errors:
    assert one is not None
    chosen = _typed_accounts(request.form, site.xt.start.accounts(one.id))
    lines, paid = site.xt.start.offered_accounts(one.id)
    sales = {account.code for account in lines} | {""}
    payments = {account.code or account.name for account in paid} | {""}
    given = {
        "sales_account": (chosen.sales, sales),
        "charges_account": (chosen.charges, sales),
        "payment_account": (chosen.payments, payments),
    }
    gone = site.words.translate("Xero has no such account any more. Choose another one.")
    errors = {name: gone for name, (code, known) in given.items() if (code or "") not in known}
    if not errors:
        site.xt.start.choose_accounts(chosen, one.id)
        site.say(site.words.translate("The accounts are saved."))
    return errors


def _save_answers(site: Site, one: Connection | None) -> Errors:
    assert one is not None
    start = site.xt.start
    before, known = start.answers(one.id), _values(start.statuses(one.id))
    read = read_questions(request.form, before, known, site.words)
    if read.errors:
        return read.errors
    start.choose(read.going, one.id)
    start.answer(read.answers, site.by(), one.id)
    _ = site.words.translate
    said = _("The answers are saved; you can change them here later.")
    site.say(" ".join([said, *_staying(site, one, read.going)]))
    return _NONE


def _staying(site: Site, one: Connection, going: Going) -> list[str]:
    """What of Xero's invoices stays there, since its status in the CRM is not ticked."""
    found = []
    for module, becomes in site.xt.start.arriving(one.id).items():
        barred = [text for text in becomes.values() if text not in going.statuses.get(module, ())]
        if going.goes == "status" and barred:
            said = site.words.sentence(
                "{module} that are {statuses} stay in Xero: these statuses are not ticked.",
                module=module,
                statuses=", ".join(barred),
            )
            found.append(said)
    return found


def _count(site: Site, one: Connection | None) -> Errors:
    assert one is not None
    found = site.xt.start.count_contacts(one.id)
    site.keep(_COUNTED, [one.id, found.customers, found.all, found.is_whole])
    return _NONE


def _schedule(site: Site, one: Connection | None) -> Errors:
    assert one is not None
    on = "usual" in request.form
    if not site.xt.timetable.set_usual(on, one.id):
        return {"usual": site.words.translate("The extension Xero Queue is off; switch it on.")}
    _ = site.words.translate
    site.say(_("The schedule is set.") if on else _("Nothing is scheduled any longer."))
    return _NONE


#: What a form posts to → what it does.
_POSTS: Mapping[str, Callable[[Site, Connection | None], Errors]] = {
    "app": _save_app,
    "terms": _accept,
    "mapping": _save_mapping,
    "read": _read_chart,
    "accounts": _save_accounts,
    "questions": _save_answers,
    "count": _count,
    "schedule": _schedule,
}
#: What leaves the step open that it is posted from, beside counting.
_STAYING = frozenset({"schedule"})
#: The step that shows what one of them says, where its name is another.
_STEP_OF: Mapping[str, str] = {
    "read": "accounts",
    "count": "questions",
    "schedule": "first",
}
