"""The page of extensions: upload zips, switch on and off, go back, remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import XTigerError
from xtiger.extensions.spoken_reason import spoken_reason
from xtiger.extensions.state import ExtensionState
from xtiger.extensions.verified import Verified
from xtiger.extensions.zip import CORE, LIMITS
from xtiger.i18n.failures import spoken_error, without_commands
from xtiger.model.connections import Connection
from xtiger.web import guards, purging, uploads
from xtiger.web.site import Site

#: So many zips at once, and what a form needs beside them.
MOST_FILES = 20
_FORM_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One extension as the page shows it."""

    state: ExtensionState
    reason: str
    #: (connection, whether it is on there); empty where there is one organisation.
    connections: list[tuple[Connection, bool]]


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and what its buttons post to."""
    add = blueprint.add_url_rule
    add("/xt/extensions", "extensions", lambda: _show(site))
    add("/xt/extensions", "install", lambda: _install(site), methods=["POST"])
    add("/xt/update", "update_xtiger", lambda: _update(site), methods=["POST"])
    add(
        "/xt/extensions/<extension>",
        "switch",
        lambda extension: _switch(site, extension),
        methods=["POST"],
    )
    purging.register(blueprint, site)


def _show(site: Site) -> str:
    if not site.may_read():
        abort(403)
    return _drawn(site)


def _drawn(site: Site, problem: str = "") -> str:
    states = site.xt.extensions.states()
    active = [one for one in site.connections() if one.state == "active"]
    return site.render(
        "extensions.html",
        site.words.translate("Extensions"),
        shown=[_shown(site, one, active) for one in states],
        core=CORE,
        without_commands=lambda text: without_commands(text, site.words),
        problem=problem,
        may_configure=site.may_configure(),
        may_purge=site.may_configure() and purging.is_alone(site),
        exports=purging.exports(site) if site.may_configure() else [],
    )


def _shown(site: Site, state: ExtensionState, active: list[Connection]) -> Shown:
    manager = site.xt.extensions
    several = len(active) > 1 and state.state in ("enabled", "disabled", "installed")
    on = [(one, manager.enabled(state.name, one.id)) for one in active] if several else []
    return Shown(state, spoken_reason(state, site.words, "browser"), on)


def _only_own_administrators(site: Site) -> None:
    if not site.may_configure():
        abort(403)
    request.max_content_length = LIMITS.total_bytes + _FORM_BYTES
    if not guards.is_own_post(request):
        abort(403)


def _install(site: Site) -> Response | str:
    """Take the uploaded zips: all verified before anything is unpacked, then switched together."""
    _only_own_administrators(site)
    words, files = site.words, [one for one in request.files.getlist("zips") if one.filename]
    if not files or len(files) > MOST_FILES:
        return _drawn(site, words.translate("Choose one or more zips, such as XTLog.zip."))
    home = site.library.settings.home
    token = uploads.keep(home, files, site.xt.clock.now())
    manager, paths, asks = site.xt.extensions, uploads.kept(home, token), False
    try:
        verified = manager.verify(paths)
        asks = verified.update is not None
        if not asks:
            manager.install(paths, enable="enable" in request.form)
    except XTigerError as error:
        return _drawn(site, spoken_error(error, words))
    finally:
        if not asks:
            uploads.drop(home, token)
    if asks:
        return _asked(site, verified, token)
    site.say(words.sentence("Verified and installed: {names}.", names=_names(verified)))
    return redirect(url_for(".extensions"), 303)


def _names(verified: Verified) -> str:
    return ", ".join(f"{one.label} {one.version}" for one in verified.described())


def _asked(site: Site, verified: Verified, token: str) -> str:
    """Whether a newer XTiger is to be installed: what was verified, and what will happen."""
    assert verified.update is not None
    version = str(verified.update.version)
    title = site.words.sentence("Install XTiger {version}?", version=version)
    return site.render(
        "update_xtiger.html", title, zips=verified.described(), version=version, token=token
    )


def _update(site: Site) -> Response | str:
    """The answer to that question."""
    _only_own_administrators(site)
    home, token, words = site.library.settings.home, request.form.get("token", ""), site.words
    paths = uploads.kept(home, token)
    if not paths:
        site.say(words.translate("These zips are not here any more. Choose them again."))
        return redirect(url_for(".extensions"), 303)
    try:
        if request.form.get("do") != "yes":
            site.say(words.translate("Nothing was installed."))
            return redirect(url_for(".extensions"), 303)
        verified = site.xt.extensions.verify(paths)
        site.xt.extensions.install(paths, update_core=True)
    except XTigerError as error:
        return _drawn(site, spoken_error(error, words))
    finally:
        uploads.drop(home, token)
    site.say(
        words.sentence(
            "Verified and installed: {names}. Restart the CRM and its workers now: until then "
            "they run the release of before.",
            names=_names(verified),
        )
    )
    return redirect(url_for(".extensions"), 303)


def _switch(site: Site, extension: str) -> Response | str:
    _only_own_administrators(site)
    manager, words, do = site.xt.extensions, site.words, request.form.get("do", "")
    where = _connection(site)
    stay = words.translate("The records of the CRM and its own data stay as they are.")
    deeds: dict[str, tuple[Callable[[str], object], str]] = {
        "on": (lambda name: manager.enable(name, where), words.translate("{name} is enabled.")),
        "off": (
            lambda name: manager.disable(name, where),
            words.translate("{name} is disabled. Its queued work stays."),
        ),
        "back": (manager.rollback, words.translate("{name} is the version before again.")),
        "remove": (manager.uninstall, f"{words.translate('{name} is removed.')} {stay}"),
    }
    deed, sentence = deeds.get(do, (None, ""))
    if deed is None or extension not in {one.name for one in manager.states()}:
        abort(404)
    if do == "remove" and request.form.get("sure") != "1":
        return _drawn(site, words.translate("Tick the box first, then remove it."))
    try:
        deed(extension)
    except XTigerError as error:
        return _drawn(site, spoken_error(error, words))
    site.say(words.sentence(sentence, name=extension))
    return redirect(url_for(".extensions"), 303)


def _connection(site: Site) -> str | None:
    """The id of the organisation that a button is about; None for all."""
    asked = request.form.get("connection", "")
    if asked and asked not in {one.id for one in site.connections()}:
        abort(404)
    return asked or None
