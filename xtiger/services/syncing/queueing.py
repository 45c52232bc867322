"""Handing records to a queue, where an extension brings one."""

from __future__ import annotations

from collections.abc import Sequence

from xtiger.extensions.hook_caller import Dispatcher
from xtiger.hookspecs import Asker
from xtiger.model.connections import Connection
from xtiger.model.records import Ref
from xtiger.ports import Context


def enqueued(
    dispatcher: Dispatcher,
    context: Context,
    connection: Connection,
    refs: Sequence[Ref],
    reason: Asker,
) -> bool:
    """Whether an extension's queue took these records."""
    return bool(
        dispatcher.first(
            "enqueue",
            bool,
            connection.id,
            context=context,
            tenant=connection.tenant,
            connection_id=connection.id,
            refs=refs,
            reason=reason,
        )
    )
