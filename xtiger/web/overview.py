"""The overview: how far both sides agree, how each connection is, and the way to all else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, abort

from xtiger.errors import MISMATCHES
from xtiger.extensions.spoken_reason import spoken_notice
from xtiger.i18n.failures import without_commands
from xtiger.i18n.service_text import MEANT
from xtiger.model.agreement import AGREEMENTS, Agreement
from xtiger.model.plans import PROOF
from xtiger.panels.proof import proof_said
from xtiger.services.webhooks import spoken
from xtiger.web.release import waiting
from xtiger.web.site import Site
from xtiger.web.start import is_through

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.runs import Run
    from xtiger.xero.health import Health

#: For how long taxes that came into the CRM are shown, and how many.
_NEWS_FOR, _NEWS = timedelta(days=7), 5
#: Runs on the overview.
_RUNS_SHOWN = 10
#: The results that the overview counts, in the order of its columns.
RESULTS = ("created", "updated", "removed", "linked", "held", "conflict", "skipped", "failed")
#: Each word that people read, and what it means.
WORDS: Mapping[Agreement, tuple[str, str]] = {
    "in_step": ("In step", "both sides agree"),
    "waiting": ("Waiting", "the next sync looks at it"),
    "needs_you": ("Needs you", "a person mends it"),
    "left_out": ("Left out", "is not to travel"),
}


@dataclass(frozen=True, slots=True)
class _Card:
    """What the overview says of one connection; the sentences are in the reader's language."""

    connection: Connection
    #: None of a connection that has ended.
    counts: Mapping[Agreement, int] | None
    #: What is wrong with it, a sentence each.
    troubles: list[str]
    #: When both sides were found to agree, or not.
    proof: str
    #: How it is, in a few words each.
    facts: list[str]
    may_plan: bool
    #: Whether invoices arrive as drafts until a person releases approving.
    drafts: bool = False


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page to the blueprint."""
    blueprint.add_url_rule("/xt/", "overview", lambda: _overview(site))


def _overview(site: Site) -> str:
    if not site.may_read():
        abort(403)
    xt, words = site.xt, site.words
    connections = site.connections()
    active = [one for one in connections if one.state == "active"]
    keyless = xt.connections.keyless()
    counts = xt.agreements.counts() if active else {}
    now = xt.clock.now()
    webhook_words = {
        state.connection_id: spoken(state, words, now) for state in xt.webhooks.states()
    }
    return site.render(
        "overview.html",
        words.translate("Xero"),
        name="runs",
        cards=[
            _card(site, one, counts.get(one.id), one.id in keyless, webhook_words[one.id])
            for one in connections
        ],
        words_shown=[(key, *WORDS[key]) for key in AGREEMENTS],
        again=_connected_again(site, connections, keyless),
        others=_others(site),
        mismatch=_mismatch(site),
        is_through=is_through(site, *active),
        may_configure=site.may_configure(),
        may_release=site.may_release(),
        braked=waiting(site),
        not_running=[spoken_notice(one, words) for one in xt.extensions.not_running()],
        results=RESULTS,
        has_log=site.has_log(),
        proof_said=lambda run: proof_said(words, run, "browser"),
        runs=[
            (run, words.ago(run.started_at, now), summary(run), without_commands(run.error, words))
            for run in xt.sync.runs(_RUNS_SHOWN)
        ],
    )


def _connected_again(
    site: Site, connections: Sequence[Connection], keyless: Collection[str]
) -> set[str]:
    """Ids of the connections that a person has to connect again."""
    return {
        one.id
        for one in connections
        if one.state != "active" or one.id in keyless or site.xt.modules.uncovered(one.id)
    }


def summary(run: Run) -> Mapping[str, int]:
    """Result → number of records of a run, all modules together."""
    return dict.fromkeys(RESULTS, 0) | run.totals


def _others(site: Site) -> list[tuple[str, str]]:
    """(name, label) of the pages that no entry of the menu leads to."""
    in_menu = {entry.page for entry in site.xt.menu()}
    return [
        (one.name, one.label)
        for one in site.xt.panels.pages()
        if one.listed and one.name not in in_menu
    ]


def _mismatch(site: Site) -> str:
    """Why the CRM is not the one that is linked, as a sentence; "" when all is well."""
    why = site.xt.links.crm_mismatch() if site.connections() else None
    return "" if why is None else site.words.sentence(MISMATCHES[why], crm=site.xt.host.name)


# --- one connection --------------------------------------------------------------------------


def _card(
    site: Site,
    one: Connection,
    counts: Mapping[Agreement, int] | None,
    is_keyless: bool,
    webhook_words: str,
) -> _Card:
    if one.state != "active":
        ended = site.words.translate("ended")
        return _Card(one, None, [f"{ended}: {one.reason}" if one.reason else ended], "", [], False)
    answers = site.xt.start.answers(one.id)
    webhooks = f"{site.words.translate('Webhooks')}: {webhook_words}"
    return _Card(
        one,
        counts,
        _troubles(site, one, is_keyless),
        _proof(site, one),
        [
            *_times(site, one),
            *_health(site, site.xt.connections.health(one.id)),
            webhooks,
            *_brought(site, one),
        ],
        may_plan=not is_keyless,
        drafts=answers.arrive == "draft" and answers.stage != "asked",
    )


def _brought(site: Site, one: Connection) -> list[str]:
    """Rates that came into the CRM in the last days: of the same name Xero's won."""
    since = site.xt.clock.now() - _NEWS_FOR
    news = [tax for tax in site.xt.tax_rates.brought(one.id) if tax.at >= since]
    return [tax.said(site.words) for tax in news[:_NEWS]]


def _troubles(site: Site, one: Connection, is_keyless: bool) -> list[str]:
    words, found = site.words, []
    if is_keyless:
        found.append(words.translate("The key of its tokens is lost."))
    if uncovered := site.xt.modules.uncovered(one.id):
        modules = ", ".join(uncovered)
        found.append(words.sentence("Xero's permission does not cover: {modules}", modules=modules))
    faults = site.xt.mappings.faults(one.id)
    wrong = dict.fromkeys(each.module for each in faults if each.code != "no_mapping")
    if wrong:
        found.append(
            words.sentence(
                "What is set for {modules} cannot work any more: look at it under Modules.",
                modules=", ".join(wrong),
            )
        )
    if site.xt.modules.unmapped(one.id):
        found.append(words.translate("Nothing moves before its mapping is saved."))
    return found


def _health(site: Site, health: Health) -> list[str]:
    """Calls and permission, and what runs out."""
    words, now, ahead = site.words, site.xt.clock.now(), health.outlook
    found = []
    if ahead is not None:
        left, all_ = words.number(ahead.left), words.number(ahead.day_calls)
        found.append(words.sentence("{left} of {all} calls left today", left=left, all=all_))
    if ahead is not None and "calls_used_up" in health.alerts:
        found.append(words.translate("Xero takes no calls for now; the rest waits until it does."))
    if ahead is not None and ahead.runs_out_at is not None:
        when = words.ahead(ahead.runs_out_at, now)
        found.append(words.sentence("At this pace the calls run out {when}.", when=when))
    if health.days_left is not None:
        found.append(
            words.counted(
                "permission for {count} day without a sync",
                "permission for {count} days without a sync",
                health.days_left,
            )
        )
    return found


def _proof(site: Site, one: Connection) -> str:
    """What the last proof found, and when; "" before the first."""
    words = site.words
    proof = next(iter(site.xt.sync.runs(1, one.id, trigger=PROOF)), None)
    if proof is None:
        return ""
    ago = words.ago(proof.started_at, site.xt.clock.now())
    said = proof_said(words, proof, "browser")
    return words.sentence("Last proof {ago}: {said}", ago=ago, said=said)


def _times(site: Site, one: Connection) -> list[str]:
    """When the next sync and the next proof are due."""
    xt, words, now = site.xt, site.words, site.xt.clock.now()
    found = []
    timed = xt.timetable.all(one.id)
    for proves, text in ((False, "Next sync {when}"), (True, "Next proof {when}")):
        due = next((t.next_at for t in timed if t.proof == proves and t.next_at), None)
        if due is not None:
            found.append(words.sentence(text, when=words.ahead(due, now)))
    if not timed:
        found.append(words.translate("Nothing is scheduled."))
    if not xt.sync.ticks():
        found.append(_idle(site))
    return found


def _idle(site: Site) -> str:
    """That nothing works in the background; what was chosen for it has to be set up."""
    words, state = site.words, site.xt.service.state()
    if not state.chosen:
        return words.translate("Nothing works in the background here: syncs go by their buttons.")
    return words.sentence(
        "Chosen to work in the background is {what}, and it does not run: see Connections.",
        what=words.translate(MEANT[state.chosen]),
    )
