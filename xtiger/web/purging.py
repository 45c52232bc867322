"""Removes an extension with all that it keeps, once its name was typed; an export stays behind."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import XTigerError
from xtiger.extensions.zip import CORE
from xtiger.i18n.failures import spoken_error
from xtiger.settings import private_folder
from xtiger.web import guards
from xtiger.web.site import Site

#: The names that exports are given here; nothing else is handed out.
_EXPORT = re.compile(r"[A-Za-z0-9]{2,50}-\d{8}-\d{6}(?:-\d+)?\.json")


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and the files that it leaves."""
    add = blueprint.add_url_rule
    add(
        "/xt/extensions/<extension>/purge",
        "purge",
        lambda extension: _purge(site, extension),
        methods=["GET", "POST"],
    )
    add("/xt/exports/<filename>", "export", lambda filename: _file(site, filename))


def is_alone(site: Site) -> bool:
    """Whether the CRM has one customer only: what an extension keeps is not parted by them."""
    return len(site.library.host.tenants()) <= 1


def exports(site: Site) -> list[str]:
    """The names of the files that were exported, the newest first; none for one of several."""
    if not is_alone(site):
        return []
    names = [path.name for path in _folder(site).glob("*.json") if _EXPORT.fullmatch(path.name)]
    return sorted(names, key=lambda name: name.split("-", 1)[1], reverse=True)


def _folder(site: Site) -> Path:
    return site.library.settings.home / "exports"


def _only_administrators(site: Site) -> None:
    if not site.may_configure():
        abort(403)
    if request.method == "POST" and not guards.is_own_post(request):
        abort(403)


def _purge(site: Site, extension: str) -> Response | tuple[str, int]:
    """Ask, export, and remove all once the name was typed."""
    _only_administrators(site)
    known = {one.name for one in site.xt.extensions.states()} - {CORE}
    if extension not in known or not is_alone(site):
        abort(404)
    do = request.form.get("do", "")
    if request.method != "POST" or (do != "export" and not guards.is_named(request, extension)):
        return _asked(site, extension, is_wrong="name" in request.form)
    path = _new_file(site, extension)
    try:
        if do == "export":
            site.xt.extensions.export(extension, path)
            return redirect(url_for(".export", filename=path.name), 303)
        site.xt.extensions.uninstall(extension, purge=True, export_to=path)
    except XTigerError as error:
        return _asked(site, extension, problem=spoken_error(error, site.words))
    said = site.words.sentence(
        "{name} is removed with all that it kept; what it kept is in the file {file}.",
        name=extension,
        file=path.name,
    )
    site.say(said)
    return redirect(url_for(".extensions"), 303)


def _asked(
    site: Site, extension: str, *, is_wrong: bool = False, problem: str = ""
) -> tuple[str, int]:
    title = site.words.sentence("Remove {name} with all its data?", name=extension)
    page = site.render("purge.html", title, extension=extension, is_wrong=is_wrong, problem=problem)
    return page, 422 if is_wrong or problem else 200


def _new_file(site: Site, extension: str) -> Path:
    """A file that is not there yet, named after the extension and the moment."""
    private_folder(_folder(site))
    moment = site.xt.clock.now().strftime("%Y%m%d-%H%M%S")
    path, number = _folder(site) / f"{extension}-{moment}.json", 1
    while path.exists():
        number += 1
        path = path.with_name(f"{extension}-{moment}-{number}.json")
    return path


def _file(site: Site, filename: str) -> Response:
    """An export, to be kept by the browser as a file."""
    _only_administrators(site)
    if filename not in exports(site):
        abort(404)
    response = make_response((_folder(site) / filename).read_bytes())
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = f"attachment; filename={filename}"
    response.headers["Cache-Control"] = "no-store"
    return response
