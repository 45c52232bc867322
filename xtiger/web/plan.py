"""The page of the plan: what a sync would do, the buttons that do it, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.model.asked_sync import AskedFor, Direction
from xtiger.model.records import Ref
from xtiger.model.starting.one_way import one_way_label
from xtiger.model.values import whole_number
from xtiger.panels.proof import proof_said
from xtiger.services.tax_rates import coming_said
from xtiger.web import guards
from xtiger.web.site import Site
from xtiger.web.undoing import background
from xtiger.web.undoing.background import LOOK_AGAIN_SECONDS, REQUEST_WORKS

if TYPE_CHECKING:
    from xtiger.hookspecs import SyncModule
    from xtiger.i18n.language import Language
    from xtiger.model.asked_sync import AskedSync, KeptItem, KeptPlan
    from xtiger.model.connections import Connection
    from xtiger.model.mappings import ModuleSettings
    from xtiger.model.runs import Run
    from xtiger.model.starting.historical import Way

#: Records of the plan on one page.
PAGE_ROWS = 50
#: Rates that are named one by one.
_TAXES = 20
#: The columns of the plan, in their order, and their headings.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("to_xero.create", "create"),
    ("to_xero.update", "update"),
    ("to_xero.link", "link"),
    ("to_xero.remove", "remove"),
    ("to_crm.create", "create"),
    ("to_crm.update", "update"),
    ("to_crm.remove", "remove"),
    ("held", "held"),
    ("conflict", "conflict"),
    ("failed", "failed"),
    ("skipped", "skipped"),
    ("excluded", "excluded"),
    ("unchanged", "unchanged"),
)
#: The results of a run, in the order of its table.
RESULTS = (
    "created",
    "updated",
    "removed",
    "linked",
    "held",
    "conflict",
    "failed",
    "skipped",
    "excluded",
    "unchanged",
)
#: What this page lets people ask for.
_WHAT: Mapping[str, AskedFor] = {"plan": "plan", "run": "run", "proof": "proof"}
_WAYS: Mapping[str, Direction] = {"": "", "to_xero": "to_xero", "to_crm": "to_crm"}


#: What the library calls a line and its cell.
_CELL = "item|description|quantity|unit price|discount|account|tax"
_LINE = re.compile(rf"(Line (\d+)|Charges|Adjustment)(?: ({_CELL}))?")
#: What it names of lines, each a sentence of the catalogue.
LINE_WORDS = (
    "Lines",
    "Order of the lines",
    "Rounding",
    "Charges",
    "Adjustment",
    "Item",
    "Description",
    "Quantity",
    "Unit price",
    "Discount",
    "Account",
    "Tax",
)


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and the addresses that its buttons post to."""
    add = blueprint.add_url_rule
    add("/xt/plan", "plan", lambda: _page(site))
    add("/xt/plan", "plan_asked", lambda: _ask(site), methods=["POST"])
    add("/xt/plan/go-on", "plan_go_on", lambda: _go_on(site), methods=["POST"])
    add("/xt/plan/cancel", "plan_cancel", lambda: _cancel(site), methods=["POST"])
    add("/xt/plan/accounts", "plan_accounts", lambda: _accounts(site), methods=["POST"])
    add("/xt/plan/rest", "plan_rest", lambda: _rest(site), methods=["POST"])


@dataclass(frozen=True, slots=True)
class _Button:
    """One module, one way: what is written on the button, and what it posts."""

    label: str
    module: str
    direction: Direction


def _page(site: Site) -> Response:
    if not site.may_read():
        abort(403)
    known = _active(site)
    one = _chosen(known, request.args.get("connection", ""))
    title = site.words.translate("Plan and sync")
    if one is None:
        return make_response(site.render("plan.html", title, connection=None, name="plan"))
    asked, plan = site.xt.sync.asked(one.id), site.xt.sync.asked_plan(one.id)
    at_work = asked is not None and asked.is_open
    ticks = site.xt.sync.ticks()
    if plan is not None and not at_work:
        _seen(site, one)
    if asked is not None and asked.what != "plan" and plan is not None and asked.at > plan.made_at:
        plan = None  # a run has changed what it would do
    # Without a background nothing moves until somebody presses the button.
    looks_again = at_work and ticks
    page = site.render(
        "plan.html",
        title,
        name="plan",
        connection=one,
        connections=known,
        asked=asked,
        sentence=_said(site, one, asked),
        ticks=ticks,
        refresh=looks_again,
        may_configure=site.may_configure(),
        stage=site.xt.start.answers(one.id).stage,
        buttons=_buttons(site, one),
        **_result(site, asked),
        results=RESULTS,
        has_log=site.has_log(),
        **_shown(site, one, plan),
    )
    response = make_response(page)
    if looks_again:
        # Not an element of the page: a CRM may draw the frame around it, with a head of its own.
        response.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


def _active(site: Site) -> list[Connection]:
    return [one for one in site.connections() if one.state == "active"]


def _chosen(known: list[Connection], wanted: str) -> Connection | None:
    """The connection that is asked for, or the first one; an unknown one is no page."""
    if wanted:
        return next((one for one in known if one.id == wanted), None) or abort(404)
    return known[0] if known else None


def _seen(site: Site, one: Connection) -> None:
    """The plan was looked at by somebody who decides: the first ten may go."""
    if site.may_configure() and site.xt.start.answers(one.id).stage == "plan":
        site.xt.start.advance("ten", site.by(), one.id)


def _buttons(site: Site, one: Connection) -> list[_Button]:
    """Get and Send for all and for each module that is on, where its settings let it travel so."""
    words, found = site.words, []
    everything = words.translate("everything")
    here = {module.name for module in site.xt.modules.described()}
    for sync in site.xt.modules.all(one.id):
        settings: ModuleSettings = site.xt.modules.settings(sync.name, one.id)
        if sync.name not in here or not settings.enabled:
            continue
        ways: tuple[tuple[Way, bool], ...] = (
            ("to_crm", settings.to_crm()),
            ("to_xero", settings.to_xero()),
        )
        found += [_Button(_label_of(words, sync, way), sync.name, way) for way, on in ways if on]
    if not found:
        return []
    get = words.sentence("Get {module} from Xero", module=everything)
    send = words.sentence("Send {module} to Xero", module=everything)
    return [_Button(get, "", "to_crm"), _Button(send, "", "to_xero"), *found]


def _label_of(words: Language, sync: SyncModule, way: Way) -> str:
    """What is written on the button of a module and a way."""
    own = one_way_label(sync.role, way)
    text = "Get {module} from Xero" if way == "to_crm" else "Send {module} to Xero"
    return words.translate(own) if own else words.sentence(text, module=sync.name)


def _said(site: Site, one: Connection, asked: AskedSync | None) -> str:
    """What was asked for, in words."""
    if asked is None:
        return ""
    words, modules = site.words, ", ".join(asked.modules)
    _ = words.translate
    if asked.what == "proof":
        return _("Compare both sides")
    if asked.what in ("undo", "wipe"):
        return background.words_of(site, asked, one)
    if asked.direction == "to_crm":
        done = words.sentence("Get {module} from Xero", module=modules or _("everything"))
    elif asked.direction == "to_xero":
        done = words.sentence("Send {module} to Xero", module=modules or _("everything"))
    elif asked.full:
        done = words.sentence("Compare {module} anew", module=modules or _("everything"))
    else:
        done = words.sentence("Sync {module}", module=modules or _("everything"))
    return words.sentence("Plan: {what}", what=done) if asked.what == "plan" else done


def _result(site: Site, asked: AskedSync | None) -> dict[str, object]:
    """What came of the last request: its run, and the sentence of a proof."""
    run = _run(site, asked)
    is_proof = run is not None and run.trigger == "proof"
    return {"run": run, "proof": proof_said(site.words, run, "browser") if run and is_proof else ""}


def _run(site: Site, asked: AskedSync | None) -> Run | None:
    """The run that came of the last request."""
    if asked is None or not asked.run_id:
        return None
    return next((run for run in site.xt.sync.runs(50) if run.id == asked.run_id), None)


def _shown(site: Site, one: Connection, plan: KeptPlan | None) -> dict[str, object]:
    """The plan as the template draws it: columns that are filled, cost, one page of records."""
    if plan is None:
        return {"plan": None}
    module, column = request.args.get("module", ""), request.args.get("column", "")
    fitting = [
        item
        for item in plan.items
        if module in ("", item.module) and (not column or column in item.columns)
    ]
    pages = max(1, ceil(len(fitting) / PAGE_ROWS))
    number = whole_number(request.args.get("p", "1"), 1, pages) or 1
    first = (number - 1) * PAGE_ROWS
    filled = {name for row in plan.counts.values() for name, count in row.items() if count}
    return {
        "plan": plan,
        "age": site.words.ago(plan.made_at, site.xt.clock.now()),
        "columns": [(name, label) for name, label in COLUMNS if name in filled],
        "rows": [(name, plan.counts[name]) for name in plan.modules if plan.counts.get(name)],
        "cost": _cost(site, plan),
        "rounded": rounded_said(site.words, plan),
        "taxes": [
            coming_said(site.words, name, Decimal(before) if before else None, Decimal(percent))
            for name, before, percent in plan.taxes[:_TAXES]
        ],
        "label": lambda label: _label(site.words, label),
        "left": _left(site, plan),
        "items": [(item, _record_url(site, item)) for item in fitting[first : first + PAGE_ROWS]],
        "only": {"module": module, "column": column},
        "number": number,
        "pages": pages,
        "braked": [
            braked for braked in site.xt.sync.braked(one.id) if braked.connection_id == one.id
        ],
    }


def _cost(site: Site, plan: KeptPlan) -> str:
    words = site.words
    parts = [
        words.counted("{count} call", "{count} calls", plan.calls),
        words.sentence("about {count} s", count=words.number(plan.seconds)),
        words.sentence("{count} MB", count=words.number(_megabytes(plan.size_bytes))),
    ]
    return " · ".join(parts)


def rounded_said(words: Language, plan: KeptPlan) -> str:
    """On how many invoices a line for rounding would stand, and what these come to; "" for none."""
    if not plan.roundings:
        return ""
    sums = [words.money(Decimal(amount), name) for name, (_n, amount) in plan.roundings.items()]
    said = words.counted(
        "{count} invoice gets a line “Rounding” in Xero, since both sides round differently:",
        "{count} invoices get a line “Rounding” in Xero, since both sides round differently:",
        sum(number for number, _amount in plan.roundings.values()),
    )
    in_all = words.sentence("{amount} in all.", amount=", ".join(sums))
    return f"{said} {in_all}"


def _label(words: Language, label: str) -> str:
    """The name of a field; that of a line and its cell in the reader's language."""
    found = _LINE.fullmatch(label)
    if found is None:
        return words.translate(label) if label in LINE_WORDS else label
    line = (
        words.sentence("Line {number}", number=found[2])
        if found[2]
        else words.translate(found[1].capitalize())
    )
    return f"{line}: {words.translate(found[3].capitalize())}" if found[3] else line


def _megabytes(size_bytes: int) -> Decimal:
    return (Decimal(size_bytes) / 1_000_000).quantize(Decimal("0.1"))


def _left(site: Site, plan: KeptPlan) -> str:
    """What a plan of one way leaves for a sync of both."""
    if not plan.other_way:
        return ""
    return site.words.counted(
        "{count} record moves the other way and is left for “Sync now”.",
        "{count} records move the other way and are left for “Sync now”.",
        plan.other_way,
    )


def _record_url(site: Site, item: KeptItem) -> str:
    if item.crm_id is None:
        return ""
    return site.xt.host.url(Ref(item.module, item.crm_id)) or ""


# --- what is pressed ---


def _ask(site: Site) -> Response:
    one = _pressed(site)
    full = bool(request.form.get("full"))
    what = "run" if full else _WHAT.get(request.form.get("do", "")) or abort(404)
    direction = "" if full else _WAYS.get(request.form.get("direction", ""))
    module = request.form.get("module", "")
    if direction is None or (module and module not in _modules(site, one)):
        abort(404)
    _ask_for(site, one, what, [module] if module else [], direction, full=full)
    return _back(one)


def _ask_for(
    site: Site,
    one: Connection,
    what: AskedFor,
    modules: list[str],
    direction: Direction,
    *,
    full: bool = False,
) -> None:
    """Let it be done in the background, or here where nobody works there."""
    sync, by = site.xt.sync, site.by()
    if what == "proof":
        made = sync.ask_proof(by, one.id)
    elif what == "plan":
        made = sync.ask_plan(by, modules, direction, one.id)
    else:
        made = sync.ask_run(by, modules, direction, one.id, full=full)
    if (made.what, made.modules, made.direction) != (what, tuple(modules), direction):
        site.say(
            site.words.translate("Something else is under way. Wait for its end, or cancel it.")
        )
    elif not sync.ticks():
        _work(site, one)


def _go_on(site: Site) -> Response:
    one = _pressed(site)
    _work(site, one)
    return _back(one)


def _work(site: Site, one: Connection) -> None:
    """Carry out here what nobody does in the background, for as long as a page may wait."""
    site.xt.sync.carry_out_asked(site.xt.clock.now() + REQUEST_WORKS, one.id)


def _cancel(site: Site) -> Response:
    one = _pressed(site)
    site.xt.sync.cancel_asked(one.id)
    return _back(one)


def _accounts(site: Site) -> Response:
    """The chart of accounts, tax rates and currencies are read from Xero now."""
    one = _pressed(site)
    site.xt.sync.read_settings(one.id)
    count = len(site.xt.context().accounts(one.id))
    site.say(
        site.words.counted(
            "{count} account of Xero was read.", "{count} accounts of Xero were read.", count
        )
    )
    return _back(one)


def _rest(site: Site) -> Response:
    """The first ten were looked at: all go now, later by the schedule where that is ticked."""
    one = _pressed(site)
    if site.xt.start.answers(one.id).stage == "check":
        if "usual" in request.form:
            site.xt.timetable.set_usual(True, one.id)
        site.xt.start.advance("all", site.by(), one.id)
        _ask_for(site, one, "run", [], "")
    return _back(one)


def _pressed(site: Site) -> Connection:
    """The connection that a form of an administrator is about."""
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)
    return _chosen(_active(site), request.form.get("connection", "")) or abort(404)


def _modules(site: Site, one: Connection) -> set[str]:
    return {sync.name for sync in site.xt.modules.all(one.id)}


def _back(one: Connection) -> Response:
    return redirect(url_for(".plan", connection=one.id), 303)
