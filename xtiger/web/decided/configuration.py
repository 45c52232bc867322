"""The page of the configuration as a file: kept by the browser, compared, looked at and applied."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import ConfigurationInvalid, SettingInvalid
from xtiger.mapping.editing.change_words import change_words
from xtiger.web import guards
from xtiger.web.decided.chosen import chosen_connection, several
from xtiger.web.decided.mistakes import spoken

if TYPE_CHECKING:
    from xtiger.i18n.language import Language
    from xtiger.mapping.configuration import Change
    from xtiger.model.connections import Connection
    from xtiger.web.site import Site

#: No configuration that people can read is longer.
_MOST_BYTES = 400_000


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page, the file that it gives, and what its buttons post to."""
    add, one = blueprint.add_url_rule, "/xt/configuration"
    add(one, "configuration", lambda: _show(site))
    add(f"{one}/xero.toml", "configuration_file", lambda: _file(site))
    add(one, "configuration_looked_at", lambda: _look(site), methods=["POST"])
    add(f"{one}/template", "template_kept", lambda: _keep(site), methods=["POST"])
    add(f"{one}/apply", "configuration_applied", lambda: _apply(site), methods=["POST"])


def _only_administrators(site: Site) -> None:
    if not site.may_configure():
        abort(403)
    if request.method == "POST":
        # Three times: a hidden field is sent with each sign as up to three.
        request.max_content_length = request.max_form_memory_size = 3 * _MOST_BYTES + 100_000
        if not guards.is_own_post(request):
            abort(403)


def _show(site: Site) -> str:
    _only_administrators(site)
    return _drawn(site, chosen_connection(site))


def _file(site: Site) -> Response:
    """The file, to be kept by the browser."""
    _only_administrators(site)
    response = make_response(site.xt.configuration.text(chosen_connection(site).id))
    response.mimetype = "application/toml"
    response.headers["Content-Disposition"] = "attachment; filename=xero.toml"
    response.headers["Cache-Control"] = "no-store"
    return response


def _look(site: Site) -> str:
    """What an uploaded file, or another organisation's configuration, would change; saves none."""
    _only_administrators(site)
    chosen = chosen_connection(site)
    other = request.form.get("other", "")
    if other:
        if other not in {one.id for one in several(site)} - {chosen.id}:
            abort(404)
        return _planned(site, chosen, site.xt.configuration.text(other))
    if "template" in request.form:
        return _from_template(site, chosen)
    content = _uploaded()
    if not content or len(content) > _MOST_BYTES:
        said = site.words.translate("Choose a file that this page gave, such as xero.toml.")
        return _drawn(site, chosen, problems=[said])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _drawn(site, chosen, problems=[site.words.translate("The file is no text.")])
    return _planned(site, chosen, text)


def _from_template(site: Site, chosen: Connection) -> str:
    name, module = request.form["template"], request.form.get("module", "")
    known = {one.name for one in site.xt.templates.all()}
    if name not in known or (module and module not in _modules(site, chosen)):
        abort(404)
    return _planned(
        site, chosen, site.xt.templates.text(name, [module] if module else (), chosen.id)
    )


def _modules(site: Site, chosen: Connection) -> list[str]:
    """The modules that the CRM has and that are synced."""
    described = {one.name for one in site.xt.modules.described()}
    return [one.name for one in site.xt.modules.all(chosen.id) if one.name in described]


def _keep(site: Site) -> Response | str:
    """Keep what the modules have now under a name, or forget an own template."""
    _only_administrators(site)
    chosen, name, words = chosen_connection(site), request.form.get("name", ""), site.words
    try:
        if request.form.get("do") == "drop":
            site.xt.templates.drop(name)
            site.say(words.sentence("{name} is forgotten.", name=name))
        else:
            kept = site.xt.templates.keep(name, site.by(), chosen.id)
            site.say(words.sentence("Kept as {name}.", name=kept.name))
    except SettingInvalid:
        said = words.translate(
            "Choose a name of up to 60 characters that no template of XTiger has."
        )
        return _drawn(site, chosen, problems=[said])
    return redirect(url_for(".configuration", connection=chosen.id), 303)


def _uploaded() -> bytes:
    """What the file holds, so much of it that a longer one is known; b"" for none."""
    upload = request.files.get("file")
    if upload is None:
        return b""
    # A large one waits on the disk.
    with closing(upload):
        return upload.read(_MOST_BYTES + 1) if upload.filename else b""


def _planned(site: Site, chosen: Connection, text: str) -> str:
    try:
        changes = site.xt.configuration.changes(text, chosen.id)
    except ConfigurationInvalid as error:
        return _drawn(site, chosen, problems=error.problems)
    return _drawn(site, chosen, changes=changes, text=text)


def _apply(site: Site) -> Response | str:
    _only_administrators(site)
    chosen, words = chosen_connection(site), site.words
    try:
        done = site.xt.configuration.apply(request.form.get("text", ""), site.by(), chosen.id)
    except ConfigurationInvalid as error:
        return _drawn(site, chosen, problems=error.problems)
    site.say(words.sentence("Saved; changes: {count}", count=len(done)))
    return redirect(url_for(".configuration", connection=chosen.id), 303)


def _drawn(
    site: Site,
    chosen: Connection,
    *,
    problems: Sequence[str] = (),
    changes: Sequence[Change] | None = None,
    text: str = "",
) -> str:
    return site.render(
        "configuration.html",
        site.words.translate("Configuration as a file"),
        chosen=chosen,
        several=several(site),
        problems=spoken(problems, site.words),
        changes=None if changes is None else [_spoken(one, site.words) for one in changes],
        text=text,
        templates=site.xt.templates.all(),
        modules=_modules(site, chosen),
    )


def _spoken(change: Change, words: Language) -> Change:
    """A change whose keys have what they mean beside them."""
    section, name = change_words(change, words.translate)
    return replace(change, section=section, name=name)
