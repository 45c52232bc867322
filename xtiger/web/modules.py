"""The pages of the modules: all of them, and one each with its settings, options and fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from xtiger.i18n.language import Language
from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.model.connections import Connection
from xtiger.model.mappings import Mapping
from xtiger.model.records import Module
from xtiger.rules.kinds import LISTED, nature
from xtiger.rules.status_words import UnknownWord
from xtiger.services.facts.agreed_lines import agreed_lines
from xtiger.services.facts.selection_count import count_lines
from xtiger.web import guards
from xtiger.web.checks.module_check import checked
from xtiger.web.decided.chosen import chosen_connection, several
from xtiger.web.filters.form import as_chosen, with_condition, with_condition_controls
from xtiger.web.matching.form import RuleRows, rule_rows, with_rules, without_rows
from xtiger.web.module_form import (
    DUPLICATE_WORDS,
    Control,
    Shown,
    as_sent,
    given_options,
    given_settings,
    option_controls,
    setting_controls,
    with_another_tax,
    with_options,
    with_settings,
)
from xtiger.web.site import Site


@dataclass(frozen=True, slots=True)
class Fields:
    """The mapping as people read it: what travels, and what stays on each side."""

    #: (field of the CRM, direction, field of Xero, only when created, kept when empty, converter).
    rows: Sequence[tuple[str, str, str, bool, bool, str]]
    crm_only: list[str]
    xero_only: list[str]


def _fields(mapping: Mapping | None, described: Module | None) -> Fields:
    """What is mapped both ways, and the fields of each side that are in no row."""
    if mapping is None or described is None:
        return Fields([], [], [])
    known = XERO_FIELDS.get(mapping.kind, {})
    rows, taken = [], set()
    for row in mapping.rows:
        field = described.by_role(row.crm) or described.by_name(row.crm)
        if field is None:
            continue
        taken.add(field.name)
        xero = known.get(row.xero)
        label = (xero.label or row.xero) if xero else row.xero
        rows.append(
            (
                field.label or field.name,
                row.direction,
                label,
                row.only_on_create,
                row.keep_when_empty,
                row.converter,
            )
        )
    there = {row.xero for row in mapping.rows}
    return Fields(
        rows,
        [one.label or one.name for one in described.fields if one.name not in taken],
        [one.label or path for path, one in known.items() if path not in there],
    )


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the pages to the blueprint."""
    add, one = blueprint.add_url_rule, "/xt/modules/<module>"
    add("/xt/modules", "modules", lambda: _list(site))
    add("/xt/modules", "modules_saved", lambda: _save_all(site), methods=["POST"])
    add(one, "module", lambda module: _show(site, module))
    add(one, "module_saved", lambda module: _save(site, module), methods=["POST"])


def _list(site: Site) -> str:
    if not site.may_read():
        abort(403)
    chosen, xt = chosen_connection(site), site.xt
    names = [sync.name for sync in xt.modules.all(chosen.id)]
    mappings = {name: xt.mappings.get(name, chosen.id) for name in names}
    return site.render(
        "modules.html",
        site.words.translate("Modules"),
        modules=xt.modules.all(chosen.id),
        listed=LISTED,
        settings={name: xt.modules.settings(name, chosen.id) for name in (*names, *LISTED)},
        fields={name: len(one.rows) if one else 0 for name, one in mappings.items()},
        faults=Counter(
            one.module for one in xt.mappings.faults(chosen.id) if one.code != "no_mapping"
        ),
        duplicates=_duplicates(site, chosen),
        duplicate_words=DUPLICATE_WORDS,
        may_configure=site.may_configure(),
        chosen=chosen,
        several=several(site),
    )


def _duplicates(site: Site, connection: Connection) -> str:
    """What becomes of duplicates in all modules that may have them; "" where they differ."""
    doubled = [one for one in site.xt.modules.all(connection.id) if nature(one.kind).suffixes]
    found = {site.xt.modules.settings(one.name, connection.id).duplicates for one in doubled}
    return found.pop() if len(found) == 1 else ""


def _save_all(site: Site) -> Response:
    """One choice for the duplicates of all modules."""
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)
    chosen, choice = chosen_connection(site), request.form.get("duplicates", "")
    if choice not in DUPLICATE_WORDS:
        abort(400)
    saved = site.xt.modules.save_for_all({"duplicates": choice}, chosen.id)
    names = ", ".join(one.module for one in saved)
    site.say(site.words.sentence("Saved for {modules}.", modules=names))
    return redirect(url_for(".modules", connection=chosen.id), 303)


def _show(site: Site, module: str) -> str:
    if not site.may_read():
        abort(403)
    return _drawn(site, module, {}, {})


def _shown(site: Site, module: str, connection: Connection) -> Shown:
    xt = site.xt
    sync = next((one for one in xt.modules.all(connection.id) if one.name == module), None)
    if sync is None:
        abort(404)
    described = next((one for one in xt.modules.described() if one.name == module), None)
    return Shown(
        sync,
        described,
        xt.modules.settings(module, connection.id),
        xt.mappings.get(module, connection.id),
        xt.store.accounts(connection.id),
        xt.store.tax_rates(connection.id),
        [one.name for one in xt.modules.all(connection.id) if one.kind == sync.kind],
    )


def _drawn(
    site: Site,
    module: str,
    errors: dict[str, str],
    sent: dict[str, str],
    counted: Sequence[str] = (),
) -> str:
    chosen, words = chosen_connection(site), site.words
    if module in LISTED:
        settings = site.xt.modules.settings(module, chosen.id)
        usual, more = setting_controls(settings, words, errors, ("enabled",))
        options, fields, rules = [], Fields([], [], []), None
    else:
        it = _shown(site, module, chosen)
        usual, more = setting_controls(it.settings, words, errors, ())
        more = with_condition_controls(more, it.described, words, errors)
        options = option_controls(it, words, errors)
        fields = _fields(it.mapping, it.described)
        rules = _rules(it, as_sent(more, sent), words)
    unknown = _unknown_statuses(site, module, chosen)
    return site.render(
        "module.html",
        module,
        checked=checked(site, module, chosen) if module not in LISTED else None,
        module=module,
        usual=as_sent(usual, sent),
        more=as_sent([*more, *options], sent),
        rules=rules,
        opened=bool(counted) or any(one.error for one in [*more, *options]),
        failed=len(errors),
        counted=counted,
        counts=module not in LISTED,
        agreed=agreed_lines(site.xt.agreements, module, chosen.id, words, "browser"),
        fields=fields,
        unknown=unknown,
        proposed=any(one.nearest for one in unknown),
        chosen=chosen,
        several=several(site),
        may_configure=site.may_configure(),
    )


def _rules(it: Shown, more: Sequence[Control], words: Language) -> RuleRows | None:
    """The rows of the rules of matching, of the control that holds them as a text."""
    matching = next(one.value for one in more if one.name == "set.matching")
    return rule_rows(matching, it.sync, it.described, words)


def _unknown_statuses(site: Site, module: str, connection: Connection) -> list[UnknownWord]:
    """The status words without meaning; none before a mapping is saved."""
    if module in LISTED or site.xt.mappings.get(module, connection.id) is None:
        return []
    return site.xt.mappings.unknown_statuses(module, connection.id)


def _take_statuses(site: Site, module: str, connection: Connection) -> Response:
    """Take every proposal for a status word without meaning, in one version of the mapping."""
    unknown = _unknown_statuses(site, module, connection)
    words = {one.word: one.nearest for one in unknown if one.nearest}
    if words:
        site.xt.mappings.say_statuses(module, words, connection.id, by=site.by())
    site.say(site.words.translate("Saved. The next sync looks at all its records again."))
    return redirect(url_for(".module", module=module, connection=connection.id), 303)


def _saved(words: Language, module: str, needed: Sequence[str]) -> str:
    """What a person reads then: also which modules were switched on for this one."""
    said = words.translate("Saved. The next sync looks at all its records again.")
    if not needed:
        return said
    more = words.sentence(
        "Switched on, too, since {module} need them: {modules}",
        module=module,
        modules=", ".join(needed),
    )
    return f"{said} {more}"


def _save(site: Site, module: str) -> Response | str:
    if not site.may_configure() or not guards.is_own_post(request):
        abort(403)
    chosen, words, ticks = chosen_connection(site), site.words, request.form.getlist("shown")
    needed: Sequence[str] = ()
    if request.form.get("statuses") == "take":
        return _take_statuses(site, module, chosen)
    form = {name: text for name, text in request.form.items() if "." in name}
    settings_given, options_given = given_settings(form, ticks), given_options(form, ticks)
    if module in LISTED:
        old = site.xt.modules.settings(module, chosen.id)
        enabled = settings_given.get("enabled") == "on"
        site.xt.modules.save_settings(replace(old, enabled=enabled), chosen.id)
    else:
        it = _shown(site, module, chosen)
        matched = with_rules(settings_given, form, it.sync, it.described)
        settings_given |= matched
        form = without_rows(form) | {f"set.{name}": text for name, text in matched.items()}
        text, unfit = with_condition(settings_given, form, it.described, words)
        settings, errors = with_settings(it, settings_given | text, words)
        errors |= unfit
        untyped = with_another_tax(form, options_given, words)
        mapping, wrong = with_options(it, options_given, words)
        wrong |= untyped
        if errors or wrong:
            off = {name: "off" for name in ticks}
            return _drawn(site, module, errors | wrong, off | form)
        if "count" in request.form:
            sent = {name: "off" for name in ticks} | as_chosen(form, settings.filter)
            lines = count_lines(site.xt.modules.count(settings, chosen.id), words)
            return _drawn(site, module, {}, sent, lines)
        if settings != it.settings:
            needed = site.xt.modules.save_settings(settings, chosen.id)
        if mapping is not None:
            site.xt.mappings.save(mapping, chosen.id, by=site.by())
    site.say(_saved(words, module, needed))
    return redirect(url_for(".module", module=module, connection=chosen.id), 303)
