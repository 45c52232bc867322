"""Keep terms, holds, routes and consents for each tenant: they were the installation's before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: The reason of a hold that may have been set for any of several tenants: nobody knows for which
#: one its words were meant, and no tenant may read another's.
UNKNOWN_REASON = json.dumps("it was held before this release told tenants apart")

_NEW = sa.table("xt_tenant_setting", *(sa.column(n) for n in ("tenant", "name", "value")))


def upgrade() -> None:
    """Make xt_tenant_setting, and move what stands in xt_setting to its tenants.

    Terms and holds count for whom they counted: the tenant of the record's or the only
    connection, else each tenant that is connected. Without any connection they stay for the only
    tenant of the CRM to adopt. A consent under way (10 minutes) is begun again.
    """
    op.create_table(
        "xt_tenant_setting",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "name", name="pk_xt_tenant_setting"),
    )
    db = op.get_bind()
    connected = _tenants(db, "SELECT DISTINCT tenant FROM xt_connection ORDER BY tenant")
    for name, value in db.execute(
        sa.text("SELECT name, value FROM xt_setting ORDER BY name")
    ).all():
        kind, colon, rest = name.partition(":")
        if name == "consent_offer" or kind == "consent":
            moved = True
        elif kind in ("routes", "tenant") and colon:
            moved = _put(db, [rest], kind, value)
        elif name == "terms":
            moved = _put(db, connected, name, value)
        elif kind == "hold" and colon:
            moved = _move_hold(db, connected, name, value)
        else:
            continue
        if moved:
            db.execute(sa.text("DELETE FROM xt_setting WHERE name = :name"), {"name": name})


def _move_hold(db: sa.Connection, connected: Sequence[str], name: str, value: str | None) -> bool:
    module, _, crm_id = name.removeprefix("hold:").partition(":")
    owners: Sequence[str] = ()
    for table in ("xt_link", "xt_outcome"):
        owners = owners or _tenants(
            db,
            "SELECT DISTINCT c.tenant FROM xt_connection c "  # noqa: S608  (table names of ours)
            f"JOIN {table} l ON l.connection_id = c.id "
            "WHERE l.module = :module AND l.crm_id = :crm_id ORDER BY c.tenant",
            module=module,
            crm_id=crm_id,
        )
    owners = owners or connected
    shown = UNKNOWN_REASON if value is not None and len(owners) > 1 else value
    return _put(db, owners, name, shown)


def _tenants(db: sa.Connection, query: str, **values: str) -> list[str]:
    return [str(tenant) for (tenant,) in db.execute(sa.text(query), values)]


def _put(db: sa.Connection, tenants: Iterable[str], name: str, value: str | None) -> bool:
    """Whether there was any tenant to give it to."""
    rows = [{"tenant": tenant, "name": name, "value": value} for tenant in tenants]
    if rows:
        db.execute(sa.insert(_NEW), rows)
    return bool(rows)
