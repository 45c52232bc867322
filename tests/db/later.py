"""A store as revision 0012 or 0013 had it: without the tables that came later."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, select, text, update

from xtiger.db import tables
from xtiger.db.columns import plain_text

#: Tables of the revisions after 0013, and indexes on older tables.
_TABLES = (
    *("received", "document_money", "notice", "delivery", "image", "undo_hold"),
    *("audit_note", "audit_gap", "mail_recipient", "letter"),
    *("receiver", "message", "erased"),
)
_INDEXES = (
    *("ix_xt_shadow_unnumbered", "ix_xt_shadow_number"),
    *("ix_xt_before_image_at", "ix_xt_outcome_at", "ix_xt_outcome_result", "ix_xt_outcome_code"),
)
#: Columns of the revisions after 0013.
_COLUMNS = (
    *(("mapping", "saved_by"), ("run", "started_by")),
    *(("shadow", "number"),),
    *(("outcome", "correlation_id"), ("outcome", "salt"), ("outcome", "digest")),
)


def turn_back(db: Connection, revision: str) -> None:
    """Take away the tables of later revisions; the next start takes their steps again."""
    hashed_as_then(db)
    for table in _TABLES:
        db.execute(text(f"DROP TABLE xt_{table}"))
    for index in _INDEXES:
        db.execute(text(f"DROP INDEX {index}"))
    for table, column in _COLUMNS:
        db.execute(text(f"ALTER TABLE xt_{table} DROP COLUMN {column}"))
    db.execute(text("UPDATE xt_version SET version_num = :revision"), {"revision": revision})


def hashed_as_then(db: Connection) -> None:
    """The chain as a release before 0018 wrote it: outcomes alone, hashed with all they say."""
    last, number = "0" * 64, 0
    for row in db.execute(select(tables.outcome).order_by(tables.outcome.c.id)).all():
        number += 1
        kept = {**row._mapping, "id": number}
        for name in ("correlation_id", "salt", "digest", "hash"):
            del kept[name]
        last = hashlib.sha256(f"{last}\n{plain_text(kept)}".encode()).hexdigest()
        same = tables.outcome.c.id == row.id
        db.execute(update(tables.outcome).where(same).values(id=number, hash=last))
    db.execute(update(tables.audit).values(last_id=number, last_hash=last))
