"""The page Mails: who gets which reports and alerts, a test of the server, and the last letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import NeedsPerson
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.sent_words import sent_words
from xtiger.model.mailing.recipients import EVERY, OCCASIONS, Every, Occasion, Recipient
from xtiger.model.values import whole_number
from xtiger.web import guards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xtiger.i18n.language import Language
    from xtiger.model.mailing.letters import Letter
    from xtiger.web.site import Site

#: Letters of the page; `letters()` has all.
_SHOWN: Final = 20
#: How often a report comes, for who chooses.
EVERY_WORDS: Final[Mapping[Every, str]] = {
    "at_once": "After each sync",
    "daily": "Each day at seven",
    "weekly": "Each Monday at seven",
    "monthly": "On the first of each month at seven",
    "never": "No reports",
}
#: What a report is sent for, for who chooses.
OCCASION_WORDS: Final[Mapping[Occasion, str]] = {
    "anything": "When anything was done, or more waits for a person",
    "failures": "When a sync broke, or records wait for a person",
    "more_failures": "Only when more waits than at the last report",
}
#: The languages of mails, each by its own name.
LANGUAGES: Final = (("en", "English"), ("de", "Deutsch"), ("fr", "Français"))
#: The highest number of a letter that a database keeps.
_MOST_LETTERS: Final = 2**31 - 1


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and what its buttons post to."""
    add = blueprint.add_url_rule
    add("/xt/mails", "mails", lambda: _show(site))
    add("/xt/mails", "mail_saved", lambda: _save(site), methods=["POST"])
    add("/xt/mails/remove", "mail_removed", lambda: _remove(site), methods=["POST"])
    add("/xt/mails/preview", "mail_previewed", lambda: _preview(site), methods=["POST"])
    add("/xt/mails/test", "mail_tested", lambda: _test(site), methods=["POST"])
    add("/xt/mails/again", "mail_again", lambda: _again(site), methods=["POST"])


@dataclass(frozen=True, slots=True)
class ShownLetter:
    """A letter as the page says it, in the reader's language."""

    letter: Letter
    state: str
    #: Whether a button sends it again.
    may_go_again: bool


def _only_administrators(site: Site) -> None:
    if not site.may_configure():
        abort(403)
    if request.method == "POST" and not guards.is_own_post(request):
        abort(403)


def _show(site: Site) -> str:
    _only_administrators(site)
    return _drawn(site)


def _drawn(site: Site, **more: Any) -> str:
    words, mails = site.words, site.xt.mails
    return site.render(
        "mails.html",
        words.translate("Mails"),
        way=mails.way(),
        recipients=mails.recipients(),
        letters=[_shown(one, words) for one in mails.letters(_SHOWN)],
        connections=site.connections(),
        every=[(one, words.translate(EVERY_WORDS[one])) for one in EVERY],
        occasions=[(one, words.translate(OCCASION_WORDS[one])) for one in OCCASIONS],
        languages=LANGUAGES,
        locale=site.xt.settings.locale,
        now=site.xt.clock.now(),
        **{"read": None, "typed": None, "problem": "", **more},
    )


def _shown(one: Letter, words: Language) -> ShownLetter:
    state = sent_words(one.state, one.unanswered, words)
    return ShownLetter(one, state, one.state in ("refused", "given_up"))


def _typed(site: Site) -> Recipient:
    """The recipient that a form names."""
    form = request.form
    every = next((one for one in EVERY if one == form.get("every")), None)
    occasion = next((one for one in OCCASIONS if one == form.get("occasion")), None)
    if every is None or occasion is None or form.get("connection", "") not in _ids(site):
        abort(400)
    return Recipient(
        address=form.get("address", "").strip(),
        connection_id=form.get("connection", ""),
        every=every,
        occasion=occasion,
        alerts="alerts" in form,
        proofs="proofs" in form,
        language=form.get("language", ""),
        zone=form.get("zone", "").strip() or "UTC",
    )


def _ids(site: Site) -> set[str]:
    return {"", *(one.id for one in site.connections())}


def _save(site: Site) -> Response | str:
    _only_administrators(site)
    typed = _typed(site)
    try:
        made = site.xt.mails.save(typed)
    except NeedsPerson as error:
        return _drawn(site, typed=typed, problem=spoken_error(error, site.words))
    said = site.words.sentence("Saved: {address}.", address=made.address)
    if made.due_at is not None:
        ahead = site.words.ahead(made.due_at, site.xt.clock.now())
        said = f"{said} {site.words.sentence('Next report: {when}.', when=ahead)}"
    site.say(said)
    return redirect(url_for(".mails"), 303)


def _remove(site: Site) -> Response:
    _only_administrators(site)
    form = request.form
    address = form.get("address", "")
    try:
        site.xt.mails.remove(address, form.get("connection", ""))
        site.say(site.words.sentence("{address} gets no mails any more.", address=address))
    except NeedsPerson as error:
        # Another tab was quicker.
        site.say(spoken_error(error, site.words))
    return redirect(url_for(".mails"), 303)


def _preview(site: Site) -> Response | str:
    """What the next report would say now; nothing is sent."""
    _only_administrators(site)
    key = request.form.get("address", ""), request.form.get("connection", "")
    known = site.xt.mails.recipients()
    found = next((one for one in known if (one.address, one.connection_id) == key), None)
    if found is None:
        site.say(site.words.translate("This address gets no mails any more."))
        return redirect(url_for(".mails"), 303)
    return _drawn(site, read=site.xt.mails.preview(found))


def _test(site: Site) -> Response | str:
    """Send a test mail now, and say what the mail server answered."""
    _only_administrators(site)
    address, words = request.form.get("address", "").strip(), site.words
    try:
        letter = site.xt.mails.test(address)
    except NeedsPerson as error:
        return _drawn(site, problem=spoken_error(error, words))
    site.say(_answered(letter, words))
    return redirect(url_for(".mails"), 303)


def _again(site: Site) -> Response:
    _only_administrators(site)
    number = whole_number(request.form.get("letter", ""), 1, _MOST_LETTERS) or abort(404)
    try:
        site.say(_answered(site.xt.mails.send_again(number), site.words))
    except NeedsPerson as error:
        site.say(spoken_error(error, site.words))
    return redirect(url_for(".mails"), 303)


def _answered(letter: Letter, words: Language) -> str:
    said = f"{letter.address}: {_shown(letter, words).state}."
    return f"{said} {letter.answer}".strip()
