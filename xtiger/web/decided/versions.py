"""The page of the versions of a mapping: who saved what and when, and the return to one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import MappingInvalid
from xtiger.i18n.failures import without_commands
from xtiger.mapping.option_specs import option_named
from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.web import guards
from xtiger.web.decided.chosen import chosen_connection, several
from xtiger.web.module_form import option_label

if TYPE_CHECKING:
    from xtiger.i18n.language import Language
    from xtiger.mapping.configuration import Change
    from xtiger.mapping.editing.versions import MappingVersion
    from xtiger.web.site import Site

#: So many are shown; older ones stay and can be named by number.
_MOST = 50


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and what its buttons post to."""
    add, one = blueprint.add_url_rule, "/xt/modules/<module>/versions"
    add(one, "versions", lambda module: _show(site, module))
    add(one, "version_returned", lambda module: _return(site, module), methods=["POST"])


def _show(site: Site, module: str) -> str:
    if not site.may_read():
        abort(403)
    return _drawn(site, module)


def _drawn(site: Site, module: str, problem: str = "") -> str:
    chosen = chosen_connection(site)
    if module not in {one.name for one in site.xt.modules.all(chosen.id)}:
        abort(404)
    found = site.xt.mappings.versions(module, chosen.id)
    return site.render(
        "versions.html",
        site.words.sentence("Versions of {module}", module=module),
        module=module,
        chosen=chosen,
        several=several(site),
        versions=[
            (one.mapping, [_named(one, each, site.words) for each in one.changes]) for one in found
        ][:_MOST],
        problem=problem,
        may_configure=site.may_configure(),
    )


def _named(version: MappingVersion, change: Change, words: Language) -> Change:
    """A change under the label of Xero's field, or of the option as the module's page has it."""
    kind = version.mapping.kind
    field = XERO_FIELDS.get(kind, {}).get(change.name)
    if field is not None:
        return replace(change, name=field.label or field.path)
    found = option_named(kind, change.name)
    return change if found is None else replace(change, name=option_label(*found, words))


def _return(site: Site, module: str) -> Response | str:
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)
    chosen, number = chosen_connection(site), request.form.get("version", "")
    if module not in {one.name for one in site.xt.modules.all(chosen.id)}:
        abort(404)
    if not number.isdecimal() or len(number) > 9:
        abort(400)
    try:
        site.xt.mappings.return_to(module, int(number), chosen.id, by=site.by())
    except MappingInvalid as error:
        return _drawn(site, module, without_commands(" ".join(error.problems), site.words))
    site.say(site.words.translate("Saved. The next sync looks at all its records again."))
    return redirect(url_for(".versions", module=module, connection=chosen.id), 303)
