"""What a page of a module's list is decided from: read here at once for all of its records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xtiger.errors import MISMATCHES
from xtiger.hookspecs import RecordAction
from xtiger.i18n.language import language
from xtiger.panels import ALLOW_SYNC, ModuleList, PanelFacts, build_list
from xtiger.services.facts.panel_facts import PanelReader, currencies_of, reconnect_of, settings_of
from xtiger.services.facts.record_facts import (
    RecordFacts,
    chosen_values,
    is_allowed,
    records_known,
    selects,
)
from xtiger.services.sentences import Sentences
from xtiger.services.syncing.sending import Sending

if TYPE_CHECKING:
    from xtiger.hookspecs import SyncModule
    from xtiger.model.connections import Connection
    from xtiger.model.records import Module, Record
    from xtiger.services.parts import Parts


def module_list(
    parts: Parts, module: str, ids: Sequence[str], actions: Sequence[RecordAction]
) -> ModuleList:
    """The list of these records; of a module that is not synced an empty one.

    With one connection it takes as many statements for a hundred records as for one; each
    further connection adds its own.
    """
    tenant, locale = parts.tenant(), parts.settings.locale
    words = language(locale)
    sync = next((one for one in parts.modules() if one.name == module), None)
    described = next((one for one in parts.described() if one.name == module), None)
    if sync is None or described is None:
        return ModuleList(module, {}, locale=words.name)
    if not parts.connections():
        note = words.translate("No Xero organisation is connected yet.")
        return ModuleList(module, {}, note=note, locale=words.name)
    with parts.host.tenant(tenant):
        why = parts.identities.mismatch(tenant, ask_names=False)
        if why is not None:
            note = words.sentence(MISMATCHES[why], crm=parts.host.name)
            return ModuleList(module, {}, note=note, locale=words.name)
        facts = _facts(parts, tenant, described, sync, list(dict.fromkeys(ids)))
    sentences = Sentences(parts)
    said = {
        one.record_id: sentences.cause(one.outcome.cause, "browser", one.outcome)[0]
        for one in facts
        if one.outcome is not None and one.outcome.cause is not None
    }
    return build_list(module, facts, said, actions, locale)


def _facts(
    parts: Parts, tenant: str, module: Module, sync: SyncModule, ids: Sequence[str]
) -> list[PanelFacts]:
    """What each record's panel would be decided from, in the order of the ids."""
    found = parts.host.get(module.name, ids)
    records = [found[crm_id] for crm_id in ids if crm_id in found]
    values = chosen_values(parts, tenant, module, records)
    shown = PanelReader(parts).connections(tenant, module.name, [one.ref.id for one in records])
    by_connection: dict[str, tuple[Connection, list[Record]]] = {}
    for record in records:
        connection = shown[record.ref.id]
        if connection is not None:
            by_connection.setdefault(connection.id, (connection, []))[1].append(record)
    made: dict[str, PanelFacts] = {}
    for connection, some in by_connection.values():
        boxes = {record.ref.id: values[record.ref.id].get(ALLOW_SYNC) for record in some}
        made.update(_of_connection(parts, connection, sync, some, boxes))
    return [made[record.ref.id] for record in records if record.ref.id in made]


def _of_connection(
    parts: Parts,
    connection: Connection,
    sync: SyncModule,
    records: Sequence[Record],
    boxes: dict[str, object],
) -> dict[str, PanelFacts]:
    settings = settings_of(parts, connection, sync.name)
    known = records_known(parts, connection, sync.name, records)
    asked = Sending(parts).asked(connection, sync.name, list(known))
    currencies = currencies_of(parts, connection)
    reconnect = reconnect_of(parts, connection, sync)
    now, locale = parts.clock.now(), parts.settings.locale

    def facts(crm_id: str, one: RecordFacts) -> PanelFacts:
        return PanelFacts(
            module=sync.name,
            record_id=crm_id,
            now=now,
            locale=locale,
            connection=connection,
            currencies=currencies,
            reconnect=reconnect,
            link=one.link,
            shadow=one.shadow,
            outcome=one.outcome,
            waiting=one.waiting,
            allow_sync=is_allowed(settings, boxes[crm_id]),
            selects=selects(settings),
            asked=asked.get(crm_id),
        )

    return {crm_id: facts(crm_id, one) for crm_id, one in known.items()}
