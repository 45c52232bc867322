"""The page on which an administrator says which field of the CRM is which field of Xero."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.errors import MappingInvalid, MappingMissing
from xtiger.i18n.failures import without_commands
from xtiger.mapping.editing.rows import named, names_are_codes, with_more, with_row_moved
from xtiger.mapping.shown import shown_rows
from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.model.mappings import Direction, Row
from xtiger.web import guards
from xtiger.web.decided.chosen import chosen_connection, several

if TYPE_CHECKING:
    from xtiger.i18n.language import Language
    from xtiger.model.connections import Connection
    from xtiger.model.mappings import Mapping
    from xtiger.model.records import Module
    from xtiger.web.site import Site

#: What stands before the name of a control of one more row.
_NEW = "new"
#: What moves a row.
_ARROWS = ("up", "down")
#: What the directions are called.
_WAYS: MappingType[Direction, str] = {
    "both": "Both ways",
    "to_xero": "To Xero only",
    "to_crm": "To the CRM only",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """One row as the form shows it."""

    #: Begins the names of its controls.
    prefix: str
    row: Row
    #: Xero's field in words; "" is chosen.
    label: str

    def arrow(self, way: str) -> str:
        """What its button says that moves it."""
        return arrow_of(way, self.row)


@dataclass(frozen=True, slots=True)
class _Edited:
    """What the page is about."""

    connection: Connection
    mapping: Mapping
    described: Module
    role: str


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and what its buttons post to."""
    add, one = blueprint.add_url_rule, "/xt/modules/<module>/fields"
    add(one, "fields", lambda module: _show(site, module))
    add(one, "fields_saved", lambda module: _save(site, module), methods=["POST"])


def _edited(site: Site, module: str) -> _Edited:
    if not site.may_configure():
        abort(403)
    if request.method == "POST" and not guards.is_own_post(request):
        abort(403)
    chosen, xt = chosen_connection(site), site.xt
    sync = next((one for one in xt.modules.all(chosen.id) if one.name == module), None)
    described = next((one for one in xt.modules.described() if one.name == module), None)
    if sync is None or described is None:
        abort(404)
    mapping = xt.mappings.get(module, chosen.id)
    if mapping is None:
        raise MappingMissing(module)
    return _Edited(chosen, mapping, described, sync.role)


def _show(site: Site, module: str) -> str:
    it = _edited(site, module)
    return _drawn(site, it, it.mapping.rows, Row("", ""))


def _save(site: Site, module: str) -> Response | str:
    """Save all rows as they were typed, add those that match, or turn an item's two names."""
    it, words, mappings = _edited(site, module), site.words, site.xt.mappings
    do = request.form.get("do", "")
    rows, more = it.mapping.rows, Row("", "")
    try:
        if do == "match":
            mappings.save_matched(module, it.connection.id, by=site.by())
        elif do == "names":
            on = request.form.get("names_as_codes") == "on"
            mappings.save_names_as_codes(module, on, it.connection.id, by=site.by())
        else:
            rows, more = _typed(it)
            if request.form.get("version") != str(it.mapping.version):
                problem = words.translate("Somebody saved these fields since. Look at them again.")
                return _drawn(site, it, it.mapping.rows, more, [problem])
            changed = with_more(replace(it.mapping, rows=rows), [more] if more.xero else [])
            mappings.save(_moved(changed, it, do), it.connection.id, by=site.by())
    except MappingInvalid as error:
        return _drawn(site, it, rows, more, error.problems)
    site.say(words.translate("Saved. The next sync looks at all its records again."))
    return redirect(url_for(".fields", module=module, connection=it.connection.id), 303)


def _moved(mapping: Mapping, it: _Edited, do: str) -> Mapping:
    """The mapping with the row moved whose arrow was pressed."""
    shown = shown_rows(mapping, it.described)
    pressed = {arrow_of(way, row): (way, row) for way in _ARROWS for row in shown}
    if do not in pressed:
        return mapping
    way, row = pressed[do]
    return with_row_moved(mapping, row.xero, way == "up", shown)


def arrow_of(way: str, row: Row) -> str:
    """What the button says that moves a row."""
    return f"{way}:{row.xero}"


def _typed(it: _Edited) -> tuple[tuple[Row, ...], Row]:
    """The rows as they were typed, without those that were taken away, and one more or none."""
    shown = shown_rows(it.mapping, it.described)
    rows = [_row(row.xero, row.xero, row) if row in shown else row for row in it.mapping.rows]
    path = request.form.get(f"{_NEW}.xero", "")
    crm = request.form.get(f"{_NEW}.crm", "")
    more = _row(_NEW, path, Row(crm, path)) if path and crm else Row(crm, "")
    return tuple(row for row in rows if row.crm), more


def _row(prefix: str, xero: str, old: Row) -> Row:
    """A row from its controls; what was not sent stays, and a tick that was not is none."""
    form = request.form
    if f"{prefix}.crm" not in form:
        return old
    return Row(
        form[f"{prefix}.crm"],
        xero,
        next((one for one in _WAYS if one == form.get(f"{prefix}.way")), "both"),
        f"{prefix}.once" in form,
        f"{prefix}.kept" in form,
        form.get(f"{prefix}.converter", ""),
    )


def _drawn(
    site: Site, it: _Edited, rows: Sequence[Row], more: Row, problems: Sequence[str] = ()
) -> str:
    words, described = site.words, it.described
    known = XERO_FIELDS.get(it.mapping.kind, {})
    shown = shown_rows(replace(it.mapping, rows=tuple(rows)), described)
    taken = {row.xero for row in shown}
    lines = [_Line(row.xero, _by_name(row, described), _label(row.xero, it)) for row in shown]
    matched = site.xt.mappings.matched(described.name, it.connection.id)
    pair = {row.xero for row in it.mapping.rows if row.xero in ("Code", "Name")}
    return site.render(
        "fields.html",
        words.sentence("Fields of {module}", module=described.name),
        module=described.name,
        chosen=it.connection,
        several=several(site),
        version=it.mapping.version,
        problems=[without_commands(one, words) for one in problems],
        lines=[*lines, _Line(_NEW, more, "")],
        crm_fields=[(named(one), one.label or one.name) for one in described.fields],
        xero_fields=[(path, _label(path, it)) for path in known if path not in taken],
        ways=_ways(words),
        converters=sorted(site.xt.mappings.converters(it.connection.id)),
        matched=[(_crm_label(row, described), _label(row.xero, it)) for row in matched],
        names=names_are_codes(it.mapping, it.role) if len(pair) == 2 else None,
    )


def _by_name(row: Row, described: Module) -> Row:
    """The row with the field as the choice names it: a row may name one with a role by name."""
    field = described.by_role(row.crm) or described.by_name(row.crm)
    return replace(row, crm=named(field)) if field is not None else row


def _crm_label(row: Row, described: Module) -> str:
    field = described.by_role(row.crm) or described.by_name(row.crm)
    return (field.label or field.name) if field is not None else row.crm


def _label(path: str, it: _Edited) -> str:
    field = XERO_FIELDS.get(it.mapping.kind, {}).get(path)
    return (field.label or path) if field is not None else path


def _ways(words: Language) -> list[tuple[str, str]]:
    return [(way, words.translate(label)) for way, label in _WAYS.items()]
