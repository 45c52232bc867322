"""Keep in a column of its own that a last seen copy is of a record that is gone."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

#: The key that said so among the values of the record.
_KEY = "xtiger.gone"
#: Copies that are read and changed at once.
_PART = 500
_SHADOW = sa.table(
    "xt_shadow",
    *(sa.column(name, sa.Text()) for name in ("connection_id", "side", "type", "id", "payload")),
    sa.column("gone", sa.Boolean()),
)
_ID = (_SHADOW.c.connection_id, _SHADOW.c.side, _SHADOW.c.type, _SHADOW.c.id)


def upgrade() -> None:
    """Add xt_shadow.gone, and take the mark out of the values of each copy that has it."""
    gone: sa.Column[bool] = sa.Column(
        "gone", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("xt_shadow", gone)
    db = op.get_bind()
    last: tuple[str, ...] = ("", "", "", "")
    # The text may stand in a name, too: what is read decides.
    marked = _SHADOW.c.payload.contains(f'"{_KEY}"', autoescape=True)
    query = sa.select(*_ID, _SHADOW.c.payload).where(marked).order_by(*_ID).limit(_PART)
    while rows := db.execute(query.where(sa.tuple_(*_ID) > last)).all():
        for *key, payload in rows:
            _move(db, key, json.loads(payload))
        last = tuple(rows[-1][:4])


def _move(db: sa.Connection, key: list[str], payload: dict[str, Any]) -> None:
    if not payload.pop(_KEY, False):
        return
    same = sa.and_(*(column == value for column, value in zip(_ID, key, strict=True)))
    db.execute(sa.update(_SHADOW).where(same).values(gone=True, payload=_text(payload)))


def _text(payload: dict[str, Any]) -> str:
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, as broken emoji leave it, survives only escaped.
        return json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return text
