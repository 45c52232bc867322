"""`xtiger mapping`: which field travels where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.errors import MappingInvalid, MappingMissing
from xtiger.mapping.check import with_option

if TYPE_CHECKING:
    from xtiger.model.mappings import Mapping

_ARROWS = {"both": "↔", "to_xero": "→", "to_crm": "←"}


@click.group()
def mapping() -> None:
    """Show or save the mapping of fields."""


@mapping.command()
@click.argument("module")
@json_option
@click.pass_obj
def show(app: App, module: str) -> None:
    """Show the saved mapping of MODULE."""
    (name,) = known_modules(app, (module,))
    found = app.xt.mappings.get(name, app.connection_id())
    if found is None:
        raise MappingMissing(name, app.organisation())
    if app.as_json:
        app.emit({"mapping": _describe(found)})
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("CRM"), "", "Xero", _("Notes"))
    for row in found.rows:
        notes = [
            _("only when created") if row.only_on_create else "",
            _("kept when empty") if row.keep_when_empty else "",
            row.converter,
        ]
        table.add_row(row.crm, _ARROWS[row.direction], row.xero, ", ".join(filter(None, notes)))
    app.console.print(table)
    saved = f" · {app.words.moment(found.saved_at)}" if found.saved_at else ""
    app.say(app.words.sentence("Version {number}", number=found.version) + saved)


@mapping.command()
@json_option
@click.pass_obj
def save(app: App) -> None:
    """Save the default mapping of each module that has none."""
    saved = app.xt.mappings.save_defaults(app.connection_id())
    if app.as_json:
        app.emit({"mappings": [_describe(one) for one in saved]})
        return
    for one in saved:
        app.say(
            app.words.sentence(
                "{module}: {count} fields, version {number}",
                module=one.module,
                count=len(one.rows),
                number=one.version,
            )
        )
    app.say(app.words.translate("See what a sync would do: xtiger plan"))


@mapping.command("set")
@click.argument("module")
@click.argument("option")
@click.argument("value")
@json_option
@click.pass_obj
def set_option(app: App, module: str, option: str, value: str) -> None:
    """Set an OPTION of MODULE's mapping to VALUE; an empty VALUE takes it away.

    OPTION is sales_account or charges_account (VALUE: a code of Xero's chart), tax:NAME (VALUE: a
    tax type of Xero), status:NAME (VALUE: DRAFT, SUBMITTED, AUTHORISED, VOIDED or CREDIT),
    from_xero:WORD (WORD: DRAFT, SUBMITTED, AUTHORISED, SENT, PART_PAID, PAID, VOIDED or DELETED;
    VALUE: the CRM's status for it) or, for items, new_items (VALUE: the module that takes in new
    ones).

    Of Organizations: types_from_xero and type_overwrites (VALUE: yes), and type:customer,
    type:vendor or type:both (VALUE: a word of the CRM). Of Contacts: people_without_company.

    Of Payments: payment_account (VALUE: a code of Xero's chart), received_statuses (VALUE: the
    statuses of payments that have arrived, with commas) and payable_statuses (VALUE: the statuses
    of invoices that may be paid).
    """
    (name,) = known_modules(app, (module,))
    found = app.xt.mappings.get(name, app.connection_id())
    if found is None:
        raise MappingMissing(name, app.organisation())
    connection = app.xt.connections.get(app.connection_id())
    try:
        changed = _changed(app, found, connection.id, option, value)
    except MappingInvalid:
        # Nothing was read yet, or somebody added it in Xero since: look there once more.
        app.xt.sync.read_settings(connection.id)
        changed = _changed(app, found, connection.id, option, value)
    saved = app.xt.mappings.save(changed, connection.id)
    if app.as_json:
        app.emit({"mapping": _describe(saved)})
        return
    app.say(
        app.words.sentence(
            "{module}: {option} is {value} now, version {number}",
            module=name,
            option=option,
            value=value or "-",
            number=saved.version,
        )
    )


def _changed(app: App, found: Mapping, connection_id: str, option: str, value: str) -> Mapping:
    store = app.xt.store
    return with_option(
        found, option, value, store.accounts(connection_id), store.tax_rates(connection_id)
    )


def _describe(found: Mapping) -> dict[str, object]:
    return {
        "module": found.module,
        "kind": found.kind,
        "version": found.version,
        "saved_at": found.saved_at,
        "options": found.options,
        "rows": [
            {
                "crm": r.crm,
                "xero": r.xero,
                "direction": r.direction,
                "converter": r.converter,
                "only_on_create": r.only_on_create,
                "keep_when_empty": r.keep_when_empty,
            }
            for r in found.rows
        ],
    }
