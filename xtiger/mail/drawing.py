"""What a mail looks like: a report or an alert as subject, text and HTML, in one language."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

import jinja2

from xtiger.errors import SettingInvalid
from xtiger.i18n.cause_text import counted_result
from xtiger.i18n.language import Language
from xtiger.model.mailing.recipients import Recipient
from xtiger.model.mailing.reports import DONE, Alert, AlertKind, ConnectionReport, Report

_MEGABYTE: Final = Decimal(10**6)
#: What happened, and what to do next.
ALERTS: Final[Mapping[AlertKind, tuple[str, str]]] = MappingProxyType(
    {
        "ended": (
            "The connection to {organisation} has ended.",
            "Nothing is lost: what changes waits. Connect it again under Connections.",
        ),
        "braked": (
            "A sync with {organisation} was stopped, because it would change unusually much.",
            "Nothing was written. Look at the changes, and release them if they are meant.",
        ),
        "key_lost": (
            "The key for {organisation} cannot be read any more.",
            "Nothing is lost: what changes waits. Connect it again under Connections.",
        ),
        "permission_ends": (
            "Xero's permission for {organisation} ends soon.",
            "A sync renews it. If none works, connect it again under Connections.",
        ),
        "calls_run_out": (
            "Xero takes no more calls for {organisation} today, or soon will not.",
            "The rest waits until Xero does. Sync less often, if that comes again.",
        ),
        "failures_grow": (
            "{newly} more records of {organisation} wait for you than a day ago.",
            "{always} waited before. Which they are, and what to do, stands on the page Needs you.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mail as people read it."""

    subject: str
    text: str
    html: str


def templates_of(adapter: object) -> jinja2.BaseLoader | None:
    """The CRM's own templates: of the folder that its adapter names as `mail_templates`."""
    folder: str | None = getattr(adapter, "mail_templates", None)
    return jinja2.FileSystemLoader(folder) if folder else None


def draw_report(
    report: Report,
    recipient: Recipient,
    words: Language,
    loader: jinja2.BaseLoader | None = None,
) -> Drawn:
    """A report; `loader` finds the host's own templates, which go before ours."""
    zone = ZoneInfo(recipient.zone)
    values = {
        "report": report,
        "time": words.sentence(
            "{since} to {until}",
            since=words.moment(report.since.astimezone(zone)),
            until=words.moment(report.until.astimezone(zone)),
        ),
        "done": functools.partial(_done, words),
        "cost": functools.partial(_cost, words),
        "counted": functools.partial(words.counted, "{count} record", "{count} records"),
    }
    return _drawn("report", report_subject(report, words), values, words, loader)


def report_subject(report: Report, words: Language) -> str:
    """What is most urgent first: that a sync is stopped, what waits, else that all is well."""
    names = ", ".join(one.organisation for one in report.connections)
    stopped = ", ".join(one.organisation for one in report.connections if one.troubles)
    if stopped:
        return words.sentence("Nothing goes on: {organisation} and Xero", organisation=stopped)
    if report.waiting:
        return words.sentence(
            "{count} waiting for you: {organisation} and Xero",
            count=words.number(report.waiting),
            organisation=names,
        )
    return words.sentence("{organisation} and Xero: nothing waits for you", organisation=names)


def draw_alert(
    alert: Alert, url: str, words: Language, loader: jinja2.BaseLoader | None = None
) -> Drawn:
    """An alert; `url` is where it is mended, "" where nobody said where the pages are."""
    what, fix = ALERTS[alert.kind]
    newly, always = words.number(alert.newly), words.number(alert.always)
    sentence = words.sentence(what, organisation=alert.organisation, newly=newly)
    detail, cure = words.translate(alert.detail), words.sentence(fix, always=always)
    whole = f"{detail[:1].upper()}{detail[1:]}." if detail else ""
    values = {"sentence": sentence, "detail": whole, "fix": cure, "url": url}
    return _drawn("alert", sentence, values, words, loader)


def draw_proof(
    organisation: str,
    said: str,
    fingerprint: str,
    words: Language,
    loader: jinja2.BaseLoader | None = None,
) -> Drawn:
    """The mail with a signed proof; `said` is what it found."""
    sentence = words.sentence("Monthly proof: {organisation} and Xero", organisation=organisation)
    cure = words.sentence(
        "The signed file is attached: it shows whether somebody changed it. It is signed with the "
        "key {fingerprint}.",
        fingerprint=fingerprint,
    )
    values = {"sentence": sentence, "detail": said, "fix": cure, "url": ""}
    return _drawn("alert", sentence, values, words, loader)


def draw_test(words: Language, loader: jinja2.BaseLoader | None = None) -> Drawn:
    """A mail that shows that mails arrive."""
    sentence = words.translate("Mails of XTiger arrive.")
    values = {
        "sentence": sentence,
        "detail": "",
        "fix": words.translate("Nothing is to be done."),
        "url": "",
    }
    return _drawn("alert", sentence, values, words, loader)


def _drawn(
    name: str,
    subject: str,
    values: Mapping[str, Any],
    words: Language,
    loader: jinja2.BaseLoader | None,
) -> Drawn:
    given = {"subject": subject, "language": words.name, "_": words.translate, **values}
    try:
        html = _environment(loader, escape=True).get_template(f"xtiger/mail_{name}.html")
        text = _environment(loader, escape=False).get_template(f"xtiger/mail_{name}.txt")
        return Drawn(subject, text.render(given), html.render(given))
    except jinja2.TemplateError as error:  # ours are tested: it is one of the host's
        place = f"xtiger/mail_{name}"
        reason = f"cannot be drawn ({type(error).__name__}: {error.message})"
        raise SettingInvalid(place, reason, "Mend the template of the CRM.") from error


def _done(words: Language, one: ConnectionReport) -> list[tuple[str, str]]:
    """(module, what was done with its records), those of most records first."""
    found = sorted(one.worked.results.items(), key=lambda each: -sum(each[1].values()))
    return [
        (words.translate(module), _results(words, counts)) for module, counts in found if counts
    ]


def _results(words: Language, counts: Mapping[str, int]) -> str:
    shown: Sequence[str] = [name for name in DONE if counts.get(name)]
    return ", ".join(counted_result(counts[name], name, words) for name in shown)


def _cost(words: Language, one: ConnectionReport) -> str:
    megabytes = (one.worked.received_bytes / _MEGABYTE).quantize(Decimal("0.1"), ROUND_UP)
    calls = words.counted("{count} call", "{count} calls", one.worked.calls)
    return words.sentence("{calls}, {size} MB", calls=calls, size=words.number(megabytes))


# Reading the templates is the dear part, and it gives the same each time.
@functools.lru_cache(maxsize=8)
def _environment(loader: jinja2.BaseLoader | None, *, escape: bool) -> jinja2.Environment:
    ours = jinja2.PackageLoader("xtiger.mail", "templates")
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([loader, ours] if loader else [ours]),
        # A text of mail is no HTML: there a sign of HTML is only a sign.
        autoescape=escape,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
