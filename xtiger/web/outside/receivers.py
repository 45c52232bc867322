"""The page Receivers: which of the CRM's own systems get signed messages, and the last of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import NeedsPerson
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.sent_words import sent_words
from xtiger.model.outside.receivers import RECEIVER_EVENTS, ReceiverEvent
from xtiger.model.values import whole_number
from xtiger.services.outside.receivers import BUSY, NOTHING_CHOSEN
from xtiger.web import guards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xtiger.model.outside.receivers import Message, Receiver
    from xtiger.model.secret import Secret
    from xtiger.web.site import Site

#: Messages of the page; `messages()` has all.
_SHOWN: Final = 20
#: The highest number that a database keeps.
_MOST: Final = 2**31 - 1
#: What a receiver may get, for who chooses.
RECEIVER_WORDS: Final[Mapping[ReceiverEvent, str]] = {
    "paid": "An invoice is paid",
    "part_paid": "A part of an invoice is paid",
    "overdue": "An invoice is overdue",
    "voided": "An invoice was voided",
    "opened": "A customer opened an invoice",
    "alert": "Something is wrong with the connection",
}


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and what its buttons post to."""
    add = blueprint.add_url_rule
    add("/xt/receivers", "receivers", lambda: _show(site))
    add("/xt/receivers", "receiver_added", lambda: _add(site), methods=["POST"])
    add("/xt/receivers/save", "receiver_saved", lambda: _save(site), methods=["POST"])
    add("/xt/receivers/remove", "receiver_removed", lambda: _remove(site), methods=["POST"])
    add("/xt/receivers/secret", "receiver_secret", lambda: _secret(site), methods=["POST"])
    add("/xt/receivers/test", "receiver_tested", lambda: _test(site), methods=["POST"])
    add("/xt/receivers/again", "message_again", lambda: _again(site), methods=["POST"])


def given_up(site: Site) -> int:
    """How many messages nobody took: they wait for an administrator."""
    return len(site.xt.receivers.given_up()) if site.may_configure() else 0


def _came(site: Site, message: Message) -> str:
    """How far a message came that was to be sent now, and what was answered."""
    said = site.words.translate(BUSY) if message.answer == BUSY else message.answer
    return f"{sent_words(message.state, message.unanswered, site.words)}. {said}".strip()


def _only_administrators(site: Site) -> None:
    if not site.may_configure():
        abort(403)
    if request.method == "POST" and not guards.is_own_post(request):
        abort(403)


def _show(site: Site) -> str:
    _only_administrators(site)
    return _drawn(site)


def _drawn(site: Site, **more: Any) -> str:
    words, known = site.words, site.xt.receivers.all()
    return site.render(
        "receivers.html",
        words.translate("Receivers"),
        receivers=known,
        addresses={one.id: one.address for one in known},
        messages=[
            (one, sent_words(one.state, one.unanswered, site.words))
            for one in site.xt.receivers.messages(_SHOWN)
        ],
        connections=site.connections(),
        events=[(one, words.translate(RECEIVER_WORDS[one])) for one in RECEIVER_EVENTS],
        now=site.xt.clock.now(),
        **more,
    )


def _said(site: Site, error: NeedsPerson) -> str:
    """A refusal in the reader's language."""
    text = str(error)
    found = site.words.translate(text)
    return found if found != text else spoken_error(error, site.words)


def _number(name: str = "receiver") -> int:
    return whole_number(request.form.get(name, ""), 1, _MOST) or abort(404)


def _back() -> Response:
    return redirect(url_for(".receivers"), 303)


def _shown_once(site: Site, receiver: Receiver, secret: Secret) -> Response:
    """The page with the secret, this once; no browser keeps it."""
    response = make_response(_drawn(site, fresh=receiver, secret=secret.reveal()))
    response.headers["Cache-Control"] = "no-store"
    return response


def _add(site: Site) -> Response | str:
    _only_administrators(site)
    form = request.form
    connection = form.get("connection", "")
    if connection not in {"", *(one.id for one in site.connections())}:
        abort(400)
    address = form.get("address", "").strip()
    try:
        made = site.xt.receivers.add(address, site.by(), form.getlist("event"), connection)
    except NeedsPerson as error:
        return _drawn(site, typed=address, problem=_said(site, error))
    return _shown_once(site, made.receiver, made.secret)


def _save(site: Site) -> Response | str:
    _only_administrators(site)
    form, number = request.form, _number()
    chosen = form.getlist("event")
    try:
        if not chosen:
            raise NeedsPerson(NOTHING_CHOSEN)
        address = form.get("address", "").strip()
        site.xt.receivers.change(number, site.by(), address=address, events=chosen)
    except NeedsPerson as error:
        return _drawn(site, problem=_said(site, error))
    site.say(site.words.translate("Saved."))
    return _back()


def _remove(site: Site) -> Response:
    _only_administrators(site)
    try:
        site.xt.receivers.remove(_number())
        site.say(site.words.translate("It gets no messages any more."))
    except NeedsPerson as error:
        # Another tab was quicker.
        site.say(_said(site, error))
    return _back()


def _secret(site: Site) -> Response | str:
    """Make another secret, and show it this once."""
    _only_administrators(site)
    try:
        receiver = site.xt.receivers.get(_number())
        return _shown_once(site, receiver, site.xt.receivers.new_secret(receiver.id))
    except NeedsPerson as error:
        return _drawn(site, problem=_said(site, error))


def _test(site: Site) -> Response | str:
    """Send a test now, and say what the receiver answered."""
    _only_administrators(site)
    try:
        found = site.xt.receivers.test(_number())
    except NeedsPerson as error:
        return _drawn(site, problem=_said(site, error))
    site.say(f"{site.words.translate('Test')}: {_came(site, found)}")
    return _back()


def _again(site: Site) -> Response:
    _only_administrators(site)
    try:
        found = site.xt.receivers.send_again(_number("message"))
        site.say(_came(site, found))
    except NeedsPerson as error:
        site.say(_said(site, error))
    return _back()
