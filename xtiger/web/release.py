"""What is released: a plan that the brake stopped, and the approving of invoices."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.model.brakes import Brake, BrakedPlan
from xtiger.model.values import whole_number
from xtiger.web import guards
from xtiger.web.site import Site

if TYPE_CHECKING:
    from xtiger.i18n.language import Language

#: Changes on one page.
PAGE_ROWS = 50


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page to the blueprint."""
    rule = "/xt/release/<run_id>"
    blueprint.add_url_rule(rule, "release", lambda run_id: _look(site, run_id))
    blueprint.add_url_rule(
        rule, "released", lambda run_id: _release(site, run_id), methods=["POST"]
    )
    blueprint.add_url_rule(
        "/xt/approve/<connection_id>",
        "approve",
        lambda connection_id: _approve(site, connection_id),
        methods=["POST"],
    )


def waiting(site: Site) -> list[tuple[BrakedPlan, list[str]]]:
    """The stopped plans that wait for a person, each with its sentences."""
    return [
        (plan, [sentence(site.words, brake) for brake in plan.brakes])
        for connection in site.connections()
        if connection.state == "active"
        for plan in site.xt.sync.braked(connection.id)
    ]


def sentence(words: Language, brake: Brake) -> str:
    """Why a run was stopped, in words."""
    return words.sentence(
        "{changes} of {linked} linked records of {module} would be changed or removed; more than "
        "{limit} % at once waits for a person. Nothing was written.",
        changes=words.number(brake.changes),
        linked=words.number(brake.linked),
        module=brake.module,
        limit=brake.limit,
    )


def _found(site: Site, run_id: str) -> BrakedPlan | None:
    return next((plan for plan, _sentences in waiting(site) if plan.run_id == run_id), None)


def _look(site: Site, run_id: str) -> str:
    if not site.may_read():
        abort(403)
    plan = _found(site, run_id) or abort(404)
    pages = max(1, ceil(len(plan.changes) / PAGE_ROWS))
    number = whole_number(request.args.get("p", "1"), 1, pages) or 1
    first = (number - 1) * PAGE_ROWS
    return site.render(
        "release.html",
        site.words.translate("Stopped by the brake"),
        plan=plan,
        sentences=[sentence(site.words, brake) for brake in plan.brakes],
        changes=plan.changes[first : first + PAGE_ROWS],
        number=number,
        pages=pages,
        may_release=site.may_release(),
    )


def _release(site: Site, run_id: str) -> Response:
    if not site.may_release() or not guards.is_own_post(request):
        abort(403)
    plan = _found(site, run_id)
    if plan is None:
        # Pressed twice, or from an old tab.
        site.say(site.words.translate("This plan does not wait any more."))
        return redirect(url_for(".overview"), 303)
    site.xt.sync.release_later(plan.run_id, site.by(), plan.connection_id)
    site.say(
        site.words.translate(
            "Released. Exactly this plan is carried out with the next sync, within seconds where "
            "a worker runs."
        )
    )
    return redirect(url_for(".overview"), 303)


def _approve(site: Site, connection_id: str) -> Response:
    """Let invoices arrive as the CRM says, once a person was shown how many that approves."""
    if not site.may_release() or not guards.is_own_post(request):
        abort(403)
    active = [one for one in site.connections() if one.state == "active"]
    one = next((found for found in active if found.id == connection_id), None) or abort(404)
    answers = site.xt.start.answers(connection_id)
    # Pressed twice, or from an old tab, it changes nothing.
    if answers.arrive == "draft" and answers.stage != "asked":
        waiting_ids = site.xt.start.to_approve(connection_id)
        shown = whole_number(request.form.get("shown", "0"), 0, len(waiting_ids)) or 0
        if len(waiting_ids) > shown:
            title = site.words.translate("Release approving")
            shown = len(waiting_ids)
            return make_response(site.render("approve.html", title, connection=one, shown=shown))
        site.xt.start.answer(replace(answers, arrive="as_crm"), site.by(), connection_id)
        site.say(
            site.words.translate("Approving is released: invoices go as the CRM says from now on.")
        )
    return redirect(url_for(".overview"), 303)
