"""The page of extensions: upload zips, switch on and off, go back, remove."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from xtiger.errors import XTigerError
from xtiger.extensions.spoken_reason import spoken_reason
from xtiger.extensions.zip import CORE, LIMITS
from xtiger.i18n.failures import spoken_error, without_commands
from xtiger.web import guards
from xtiger.web.site import Site

#: So many zips at once, and what a form needs beside them.
MOST_FILES = 20
_FORM_BYTES = 100_000


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and what its buttons post to."""
    add = blueprint.add_url_rule
    add("/xt/extensions", "extensions", lambda: _show(site))
    add("/xt/extensions", "install", lambda: _install(site), methods=["POST"])
    add(
        "/xt/extensions/<extension>",
        "switch",
        lambda extension: _switch(site, extension),
        methods=["POST"],
    )


def _show(site: Site) -> str:
    if not site.may_read():
        abort(403)
    return _drawn(site)


def _drawn(site: Site, problem: str = "") -> str:
    states = site.xt.extensions.states()
    return site.render(
        "extensions.html",
        site.words.translate("Extensions"),
        states=[(one, spoken_reason(one, site.words)) for one in states],
        core=CORE,
        without_commands=lambda text: without_commands(text, site.words),
        problem=problem,
        may_configure=site.may_configure(),
    )


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
    with TemporaryDirectory(prefix="xtiger-upload-") as folder:
        paths = [_kept(file, Path(folder), number) for number, file in enumerate(files)]
        try:
            found = site.xt.extensions.install(paths, enable="enable" in request.form)
        except XTigerError as error:
            return _drawn(site, spoken_error(error, words))
    names = ", ".join(f"{one.label} {one.version}" for one in found)
    site.say(words.sentence("Verified and installed: {names}.", names=names))
    return redirect(url_for(".extensions"), 303)


def _kept(file: FileStorage, folder: Path, number: int) -> Path:
    """The upload under its own name, which messages show, in a folder of its own."""
    name = PurePosixPath((file.filename or "").replace("\\", "/")).name.lstrip(".")
    place = folder / str(number)
    place.mkdir()
    path = place / (name[-80:] or "upload.zip")
    file.save(path)
    return path


def _switch(site: Site, extension: str) -> Response | str:
    _only_own_administrators(site)
    manager, words = site.xt.extensions, site.words
    deeds: dict[str, tuple[Callable[[str], object], str]] = {
        "on": (manager.enable, "{name} is enabled."),
        "off": (manager.disable, "{name} is disabled. Its queued work stays."),
        "back": (manager.rollback, "{name} is the version before again."),
        "remove": (manager.uninstall, "{name} is removed."),
    }
    deed, sentence = deeds.get(request.form.get("do", ""), (None, ""))
    if deed is None or extension not in {one.name for one in manager.states()}:
        abort(404)
    if request.form.get("do") == "remove" and request.form.get("sure") != "1":
        return _drawn(site, words.translate("Tick the box first, then remove it."))
    try:
        deed(extension)
    except XTigerError as error:
        return _drawn(site, spoken_error(error, words))
    site.say(words.sentence(sentence, name=extension))
    return redirect(url_for(".extensions"), 303)
