"""The service for what becomes of an invoice in Xero: its online address, e-mails, its opening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from xtiger.errors import (
    AnswerUnknown,
    NeedsPerson,
    RetryLater,
    UnreadableAnswer,
    XeroRejected,
    XTigerError,
)
from xtiger.mapping.xero_schema import parse_moment
from xtiger.model import setting_keys
from xtiger.model.customers.deliveries import CustomerResult, Delivery, DeliveryState, ResultCode
from xtiger.ports.stop_signal import PATIENCE
from xtiger.rules.customers.document_money import INVOICES, is_approved_sale
from xtiger.rules.customers.notices import NOTICES, opened_at, wanted_events
from xtiger.services.facts.panel_facts import PanelReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from xtiger.model.connections import Connection
    from xtiger.model.customers.document_money import DocumentMoney
    from xtiger.ports import Xero
    from xtiger.services.parts import Parts

#: A sending that has no end after so long has lost its process, or its answer.
_LOST: Final = timedelta(minutes=3)
#: Histories that are read in one night.
NIGHTLY: Final = 20


@dataclass(frozen=True, slots=True)
class _Found:
    """An approved invoice of a sale, in Xero."""

    connection: Connection
    money: DocumentMoney
    delivery: Delivery


class Invoices:
    """What a person asks of one invoice; each costs one call to Xero."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store, self._clock = parts, parts.store, parts.clock

    def online(
        self, module: str, record_id: str | int, connection_id: str | None = None
    ) -> CustomerResult:
        """The address that the customer opens, asked for once and kept.

        Raises UnknownModule and errors of the call.
        """
        found = self._find(module, str(record_id), connection_id)
        if not isinstance(found, _Found):
            return CustomerResult(found)
        url = found.delivery.online_url
        if not url:
            url = self._door(found.connection).online_url(found.money.xero_id)
            self._store.change_delivery(found.connection.id, found.money.xero_id, online_url=url)
        return CustomerResult("online" if url else "no_online", url=url)

    def send(
        self,
        module: str,
        record_id: str | int,
        connection_id: str | None = None,
        *,
        times: int = 0,
    ) -> CustomerResult:
        """Let Xero e-mail it to the customer; `times`: how often it was sent from here before.

        A second call for the same `times`, as of a double click, sends nothing. Raises
        UnknownModule and errors of the call that prove that nothing was sent.
        """
        found = self._find(module, str(record_id), connection_id)
        if not isinstance(found, _Found):
            return CustomerResult(found)
        self._end_lost(found)
        connection, xero_id = found.connection, found.money.xero_id
        claimed = self._store.claim_sending(connection.id, xero_id, times, self._clock.now())
        if claimed is None:
            now = self._delivery(connection, xero_id)
            code: ResultCode = "sending" if now.sending == "trying" else "sent_before"
            return CustomerResult(code, at=now.sent_at)
        try:
            # Of this try alone: Xero answers a key that it refused by the same refusal.
            key = f"email:{xero_id}:{self._clock.new_id()}"
            self._door(connection).email(xero_id, key)
        except (AnswerUnknown, UnreadableAnswer):
            return CustomerResult("send_unknown")
        except XeroRejected as error:
            self._unsent(connection, claimed)
            return CustomerResult("refused", detail="; ".join(error.problems))
        except XTigerError:
            # Nothing went. What else ends the process proves nothing: Xero is asked later.
            self._unsent(connection, claimed)
            raise
        self._sent(connection, claimed)
        return CustomerResult("sent", at=self._clock.now())

    def opened(
        self, module: str, record_id: str | int, connection_id: str | None = None
    ) -> CustomerResult:
        """When the customer opened it, by its history in Xero as it is now.

        That nothing says so proves nothing. Raises UnknownModule and errors of the call.
        """
        found = self._find(module, str(record_id), connection_id)
        if not isinstance(found, _Found):
            return CustomerResult(found)
        at = self._look(found.connection, self._door(found.connection), found.money)
        self._parts.runs.notices.deliver(found.connection)
        return CustomerResult("opened" if at is not None else "not_seen", at=at)

    def look_nightly(self, connection: Connection) -> None:
        """Once a day: whether those sent and unpaid were opened, a few of them each night."""
        key, today = setting_keys.histories_looked(connection.id), self._clock.now().date()
        if self._store.setting(key) == today or not self._wants_opened(connection):
            return
        self._store.save_setting(key, today)
        ids = self._store.sent_and_open(connection.id, NIGHTLY)
        known = self._store.links_by_xero(connection.id, INVOICES, ids)
        money = self._store.document_money(connection.id, INVOICES, known)
        door = self._parts.doors.open(connection, priority="backfill")
        for xero_id in ids:
            if xero_id in money:
                try:
                    self._look(connection, door, money[xero_id])
                except (RetryLater, NeedsPerson, UnreadableAnswer):
                    return  # nothing depends on it: the next night looks again
        self._parts.runs.notices.deliver(connection)

    # --- inside ---

    def _find(self, module: str, crm_id: str, connection_id: str | None) -> _Found | ResultCode:
        """The invoice, or why nothing can be asked of it."""
        parts, tenant = self._parts, self._parts.tenant()
        parts.sync_module(module)
        connection = PanelReader(parts).connection(connection_id, tenant, module, crm_id)
        if connection is None or connection.state != "active":
            return "not_connected"
        link = self._store.links_by_crm(connection.id, module, [crm_id]).get(crm_id)
        if link is None:
            return "not_in_xero"
        money = self._store.document_money(connection.id, link.kind, [link.xero_id])
        found = money.get(link.xero_id)
        if found is None or found.kind != INVOICES or not found.sells:
            return "no_sale"
        if not is_approved_sale(found):
            return "not_approved"
        return _Found(connection, found, self._delivery(connection, link.xero_id))

    def _delivery(self, connection: Connection, xero_id: str) -> Delivery:
        return self._store.deliveries(connection.id, [xero_id]).get(xero_id, Delivery(xero_id))

    def _door(self, connection: Connection) -> Xero:
        return self._parts.doors.open(connection, until=self._clock.now() + PATIENCE)

    def _end_lost(self, found: _Found) -> None:
        """Learn from Xero what became of a sending whose answer never came."""
        one = found.delivery
        if one.sending != "trying" or one.sent_at is None:
            return
        if self._clock.now() - one.sent_at < _LOST:
            return
        (now,) = self._door(found.connection).fetch(INVOICES, [one.xero_id]) or ({},)
        if now.get("SentToContact") and not found.money.is_sent:
            self._sent(found.connection, one)
        else:
            # Sent before already, or not at all: a person who asks again means it.
            self._unsent(found.connection, one)

    def _sent(self, connection: Connection, one: Delivery) -> None:
        self._store.change_delivery(
            connection.id,
            one.xero_id,
            sending="done",
            sent_times=one.sent_times + 1,
            sent_at=self._clock.now(),
        )

    def _unsent(self, connection: Connection, one: Delivery) -> None:
        last: DeliveryState = "done" if one.sent_times else ""
        self._store.change_delivery(connection.id, one.xero_id, sending=last)

    def _look(self, connection: Connection, door: Xero, money: DocumentMoney) -> datetime | None:
        """Read the history of an invoice, keep what it says, and note what is new."""
        entries = [(entry, _moment(entry)) for entry in door.history(money.xero_id)]
        at = opened_at(entries)
        with self._store.transaction():
            self._store.change_delivery(
                connection.id, money.xero_id, looked_at=self._clock.now(), opened_at=at
            )
            if at is not None:
                self._store.add_notice(connection.id, "opened", money, self._clock.now(), "opened")
        return at

    def _wants_opened(self, connection: Connection) -> bool:
        names = [sync.name for sync in self._parts.modules(connection.id) if sync.kind == INVOICES]
        mappings = [self._store.mapping(connection.id, name) for name in names]
        options = [one.options.get(NOTICES) for one in mappings if one is not None]
        return any("opened" in wanted_events(option) for option in options)


def _moment(entry: Mapping[str, Any]) -> datetime | None:
    text = str(entry.get("DateUTC") or entry.get("DateUTCString") or "")
    try:
        return parse_moment(text) if text else None
    except ValueError:
        return None
