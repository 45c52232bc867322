"""Causes and waits in words: sentences filled in, in the language of the reader."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import Protocol

from xtiger.i18n.kept_text import is_one_of, respoken
from xtiger.i18n.language import Language
from xtiger.model.plans import Cause, Face, Proposal
from xtiger.model.runs import Asked, Sent
from xtiger.model.values import Plain
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.causes import OUR_WORDS, PHRASES, TYPE_WORDS

#: What a command shows in place of a record that is not named.
_NO_MODULE, _NO_ID = "MODULE", "CRM_ID"
#: What a command shows in place of the Xero record to link with, where several are offered.
_NO_XERO_ID = "XERO_ID"
#: Reasons of one record that are given in full.
MOST_REASONS = 5
#: Codes of what passes without anybody.
PASSES = frozenset(
    {
        "retry_later",
        "xero_unreachable",
        "xero_unavailable",
        "rate_limited",
        "calls_kept",
        "answer_unknown",
        "run_busy",
        "run_stopped",
        "goes_on_later",
        "sent_elsewhere",
        "host_unavailable",
    }
)
#: A longer wait is given by its end.
_LONG_MINUTES = 120


class About(Protocol):
    """The record that a cause is about: an outcome, an item of a plan, a conflict."""

    @property
    def module(self) -> str:
        """Its module."""
        ...

    @property
    def crm_id(self) -> str | None:
        """Its id in the CRM, where it has one."""
        ...


def spoken_cause(
    cause: Cause, words: Language, face: Face, about: About | None = None
) -> tuple[str, str]:
    """(what happened and why, what to do next) of a cause.

    All its reasons, one after the other, each once. A record that waits for its parent says why
    that one waits, and what to do about it.
    """
    reasons = spoken_reasons(cause, words, face, about)
    said = list(dict.fromkeys(said for _code, said, _fix in reasons))
    fixes = list(dict.fromkeys(fix for _code, _said, fix in reasons if fix))
    more = len(said) - MOST_REASONS
    if more > 0:
        said[MOST_REASONS:] = [words.counted("{count} reason more.", "{count} reasons more.", more)]
    return " ".join(said), " ".join(fixes[:MOST_REASONS])


def spoken_reasons(
    cause: Cause, words: Language, face: Face, about: About | None = None
) -> list[tuple[str, str, str]]:
    """(code, what happened and why, what to do next) of each reason."""
    record = {
        "module": about.module if about else _NO_MODULE,
        "crm_id": (about.crm_id if about else None) or _NO_ID,
        _NO_XERO_ID: _offered(about),
    }
    # A conflict does not know what may be linked.
    apart = about is not None and not getattr(about, "proposals", True)
    return [
        (one.code, *_spoken(one.code, one.data, words, face, record, apart=apart))
        for one in cause.each()
    ]


#: Commands that work on one organisation, as cures name them.
_OF_ONE = re.compile(
    r"\bxtiger (?=(?:conflicts|credit|link|log|mapping|modules|plan|reconcile|sync|unlink)\b)"
)


def with_connection(text: str, name: str) -> str:
    """A cure whose commands name the organisation, for where several are connected."""
    return _OF_ONE.sub(lambda _: f"xtiger --connection {shlex.quote(name)} ", text)


def _offered(about: About | None) -> str:
    """The Xero ids to link a record with, as far as they are known."""
    # An outcome, an item and what stands in a proof know them; a conflict has none.
    proposals: Sequence[Proposal] = getattr(about, "proposals", ())
    found = (one.xero_id for one in proposals if one.verb in ("link", "alias") and one.xero_id)
    return ", ".join(dict.fromkeys(found))


def _with_ids(fix: str, words: Language, record: Mapping[str, str]) -> str:
    """A cure with the Xero id in its command; of several a person takes one."""
    offered = record.get(_NO_XERO_ID, "")
    if not offered or _NO_XERO_ID not in fix:
        return fix
    if ", " not in offered:
        return fix.replace(_NO_XERO_ID, offered)
    one_of = words.sentence("{word} is one of: {ids}", word=_NO_XERO_ID, ids=offered)
    return f"{fix.rstrip('.')}. {one_of}"


def _spoken(
    code: str,
    given: Mapping[str, Plain],
    words: Language,
    face: Face,
    record: Mapping[str, str],
    *,
    apart: bool = False,
) -> tuple[str, str]:
    """`apart`: nothing is there to link the record with."""
    entry = CATALOGUE.get(code)
    if entry is None:
        return _of_another_release(code, words, face, record)
    data = {**record, **{name: _shown(name, value, words) for name, value in given.items()}}
    cures = entry.apart if apart and entry.apart is not None else entry.cures
    said = _begun(words.sentence(entry.sentence, **data), given, data)
    fix = _with_ids(words.sentence(cures.on(face), **data), words, record)
    why, why_data = str(given.get("why") or ""), given.get("why_data")
    if why not in CATALOGUE:
        return said, fix
    record = {"module": data["module"], "crm_id": str(given.get("id") or _NO_ID)}
    parents = why_data if isinstance(why_data, Mapping) else {}
    because, step = _spoken(why, parents, words, face, record)
    parent = data.get("parent", "")
    # A name that stands there already is written once.
    if parent in because:
        said = words.sentence("It waits: {why}", why=because)
    elif given.get("xero_id"):
        said = words.sentence("{parent} is not in the CRM yet: {why}", parent=parent, why=because)
    else:
        said = words.sentence("{parent} is not in Xero yet: {why}", parent=parent, why=because)
    if not step:
        return said, fix
    named = parent in step
    return said, step if named else words.sentence("{parent}: {fix}", parent=parent, fix=step)


def _of_another_release(
    code: str, words: Language, face: Face, record: Mapping[str, str]
) -> tuple[str, str]:
    """What is said of a code that this release has no sentence for."""
    said = words.sentence("Another release of XTiger gave the reason: {code}.", code=code)
    if face == "command":
        return said, words.sentence(
            "Have it looked at again: xtiger sync {module} --full", module=record["module"]
        )
    return said, words.translate("Save the record again: the next sync looks at it once more.")


def _begun(said: str, given: Mapping[str, Plain], data: Mapping[str, str]) -> str:
    """A sentence that begins with a word of ours in braces, with a capital as sentences have it."""
    for name, texts in OUR_WORDS.items():
        if said.startswith(data.get(name) or "\0") and is_one_of(str(given.get(name)), texts):
            return said[0].upper() + said[1:]
    return said


def _shown(name: str, value: Plain, words: Language) -> str:
    """A value as it stands in a sentence; what is empty is named, or people would read a gap."""
    text = "" if value is None else str(value)
    if text in PHRASES:
        return words.translate(text)
    if name in OUR_WORDS:
        text = respoken(
            TYPE_WORDS.get(text, text) if name == "type" else text, words, OUR_WORDS[name]
        )
    return text if text.strip() else words.translate("(empty)")


def counted_result(number: int, result: str, words: Language) -> str:
    """A number of records with what became of them: 2 created, 1 in conflict."""
    said = words.translate("in conflict") if result == "conflict" else words.translate(result)
    return f"{words.number(number)} {said}"


def spoken_sent(sent: Sent, words: Language, now: datetime) -> str:
    """What became of the records that a person asked to send, and when the rest goes."""
    counts: dict[str, int] = {}
    elsewhere = [one for one in sent.outcomes if _is_elsewhere(one.cause)]
    here = [one for one in sent.outcomes if not _is_elsewhere(one.cause)]
    # Of several organisations the one that a record belongs to has the answer.
    for one in here or elsewhere:
        counts[one.result] = counts.get(one.result, 0) + 1
    parts = [counted_result(n, result, words) for result, n in sorted(counts.items())]
    said = [", ".join(parts)] if parts else []
    ended = [one.cause for one in here if one.cause is not None and one.cause.code == "owner_ended"]
    if ended and len(ended) == len(sent.outcomes):
        # A count would not say why nothing went.
        said = list(spoken_cause(ended[0], words, "browser"))
    cause = here[0].cause if len(here) == 1 else None
    if cause is not None:
        # One record that was not sent: why.
        said = [f"{said[0]}: {spoken_cause(cause, words, 'browser', here[0])[0]}"]
    if sent.later:
        last = max(sent.later, key=lambda one: one.due_at)
        if parts:
            more = words.counted("{count} more waits.", "{count} more wait.", len(sent.later))
            said = [f"{said[0]}.", more]
        said += spoken_wait(last, words, now)
    return " ".join(said) or words.translate("Nothing to do")


def _lifted(why: str, words: Language) -> str:
    """What a request waits for that met a stop which a person lifts elsewhere; "" for another."""
    _ = words.translate
    said = {
        "too_many_changes": _(
            "It would change too much at once: your administrator looks at the "
            "plan and releases it."
        ),
        "connection_ended": _("The connection has ended: your administrator connects it again."),
        "scope_missing": _(
            "Xero's permission does not cover it: your administrator connects again."
        ),
        "mapping_missing": _("The mapping is not saved yet: your administrator saves it."),
        "credentials_refused": _("Xero refuses the app: your administrator corrects its settings."),
        "terms_not_accepted": _("The terms are not accepted yet: your administrator accepts them."),
        "wrong_organisation": _(
            "This organisation cannot be used: your administrator connects another one."
        ),
        "mapping_invalid": _("The mapping cannot be used: your administrator corrects it."),
        "other_crm": _("Syncing is stopped: your administrator decides how it goes on."),
    }
    other = _("Something must be put right first: your administrator finds it on the overview.")
    return said.get(why, "" if not why or why in PASSES else other)


def spoken_wait(asked: Asked, words: Language, now: datetime) -> tuple[str, str]:
    """(what it waits for, when it goes on) of a record that a person asked to send."""
    _ = words.translate
    lifted = _lifted(asked.why, words)
    if lifted and asked.automatic:
        return lifted, _("It goes automatically once that is done.")
    if lifted:
        return lifted, _("It goes with the next sync after that.")
    if asked.why in ("rate_limited", "calls_kept"):
        why = _("Xero's limit of calls is used up for now.")
    elif asked.why == "run_busy":
        why = _("A sync is running.")
    elif asked.why in ("xero_unreachable", "xero_unavailable", "answer_unknown"):
        why = _("Xero does not answer.")
    elif asked.why:
        why = _("It takes longer than a moment.")
    else:
        why = _("It is to be sent.")
    return why, _when(asked, words, now)


def _when(asked: Asked, words: Language, now: datetime) -> str:
    if not asked.automatic:
        return words.translate("It goes with the next sync. Nothing is lost.")
    minutes = max(1, ceil((asked.due_at - now).total_seconds() / 60))
    if minutes > _LONG_MINUTES:
        return words.sentence(
            "It goes automatically after {moment} UTC. Nothing is lost.",
            moment=words.moment(asked.due_at),
        )
    return words.counted(
        "It goes automatically in about {count} minute. Nothing is lost.",
        "It goes automatically in about {count} minutes. Nothing is lost.",
        minutes,
    )


def _is_elsewhere(cause: Cause | None) -> bool:
    return cause is not None and cause.code == "routed_elsewhere"
