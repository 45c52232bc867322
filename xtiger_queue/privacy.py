"""What the queue keeps of a person: jobs and what was carried out, by record and by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from xtiger.model.privacy.kept import Kept
from xtiger.model.privacy.person import Person
from xtiger.model.values import Plain
from xtiger.ports.database import Transaction
from xtiger_queue import done
from xtiger_queue.tables import done_table, job_table

#: What is stored, for how long.
KEPT: Sequence[Kept] = (
    Kept("The queue: records that wait, with their names", "until they are done or cancelled"),
    Kept("What the queue carried out, with the names of records", days=done.KEPT.days),
)
#: Table → its columns with texts.
_TEXTS: Mapping[sa.Table, Sequence[str]] = {
    job_table: ("name", "sentence", "fix", "cause"),
    done_table: ("name",),
}


def rows_about(
    connection: Transaction, tenant: str, person: Person
) -> Mapping[str, Sequence[Mapping[str, Plain]]]:
    """Table → its rows about a person."""
    return {table.name: _found(connection, table, tenant, person) for table in _TEXTS}


def erase(connection: Transaction, tenant: str, person: Person) -> Mapping[str, int]:
    """Forget a person; jobs of its records stay without a word, since they are due still.

    What is left of a job is the id of its record.
    """
    counts = {}
    for table, texts in _TEXTS.items():
        rows = _found(connection, table, tenant, person)
        for row in rows:
            own = _is_of(row, person)
            cleared = {name: "" if own else person.without(row[name]) for name in texts}
            change = sa.update(table).where(table.c.id == row["id"]).values(**cleared)
            connection.execute(change)
        if rows:
            counts[table.name] = len(rows)
    return counts


def _found(
    connection: Transaction, table: sa.Table, tenant: str, person: Person
) -> list[Mapping[str, Any]]:
    own = sa.or_(table.c.tenant == tenant, table.c.tenant.is_(None))
    rows: list[dict[str, Any]] = connection.execute(sa.select(table).where(own)).rows(dict)
    return [row for row in rows if _is_of(row, person) or _names(table, row, person)]


def _is_of(row: Mapping[str, Any], person: Person) -> bool:
    """Whether a row is of a record of the person."""
    of_row = (row["connection_id"], row["module"], row["crm_id"])
    own = [one for one in person.places if one.side == "crm"]
    return any((one.connection_id, one.type, one.id) == of_row for one in own)


def _names(table: sa.Table, row: Mapping[str, Any], person: Person) -> bool:
    return any(person.is_in(row[name]) for name in _TEXTS[table])
