"""A store as revision 0012 or 0013 had it: without the tables that came later."""

from __future__ import annotations

from sqlalchemy import Connection, text

#: Tables of the revisions after 0013, and indexes on older tables.
_TABLES = ("received", "document_money", "notice", "delivery", "image", "undo_hold")
_INDEXES = ("ix_xt_before_image_at",)
#: Columns of the revisions after 0013.
_COLUMNS = (("mapping", "saved_by"),)


def turn_back(db: Connection, revision: str) -> None:
    """Take away the tables of later revisions; the next start takes their steps again."""
    for table in _TABLES:
        db.execute(text(f"DROP TABLE xt_{table}"))
    for index in _INDEXES:
        db.execute(text(f"DROP INDEX {index}"))
    for table, column in _COLUMNS:
        db.execute(text(f"ALTER TABLE xt_{table} DROP COLUMN {column}"))
    db.execute(text("UPDATE xt_version SET version_num = :revision"), {"revision": revision})
