"""Writes messages for receivers; apart from sending them, so that a run can write its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.model.outside.receivers import Message, Receiver
from xtiger.rules.outside.messages import notice_body

if TYPE_CHECKING:
    from xtiger.model.customers.notices import Notice
    from xtiger.ports import Clock, Store


def write_notice(store: Store, clock: Clock, tenant: str, notice: Notice) -> None:
    """Write a notice for each receiver that wants it; one that is delivered again is known."""
    for one in store.receivers(tenant):
        if one.wants(notice.event, notice.connection_id):
            made = message_for(one, notice.connection_id, notice.event, clock)
            text = notice_body(notice, made.message_id)
            store.add_message(replace(made, key=f"notice:{notice.id}", body=text))


def message_for(receiver: Receiver, connection_id: str, event: str, clock: Clock) -> Message:
    """A message without its text, with the id that it has however often it is sent."""
    now, own = clock.now(), clock.new_id()
    return Message(
        receiver_id=receiver.id,
        tenant=receiver.tenant,
        connection_id=connection_id,
        event=event,
        key=own,
        message_id=f"msg_{own}",
        body="",
        made_at=now,
        due_at=now,
    )
