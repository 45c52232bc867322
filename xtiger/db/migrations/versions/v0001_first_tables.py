"""Make all tables of the first release."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: A number that the database counts up; SQLite counts only its own INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From an empty database to the first release."""
    _settings()
    _mappings()
    _links()
    _agreed()
    _changes()
    _batches()
    _runs()
    _calls()
    _outcomes()
    _choices()
    _shared()


def _columns(
    type_: sa.types.TypeEngine[Any], *names: str, null: bool = False
) -> list[sa.Column[Any]]:
    return [sa.Column(name, type_, nullable=null) for name in names]


def _settings() -> None:
    op.create_table(
        "xt_setting",
        *_columns(sa.Text(), "name"),
        *_columns(sa.Text(), "value", null=True),
        sa.PrimaryKeyConstraint("name", name="pk_xt_setting"),
    )
    op.create_table(
        "xt_connection",
        *_columns(NUMBER, "number"),
        *_columns(
            sa.Text(),
            "id",
            "tenant",
            "organisation_id",
            "xero_connection_id",
            "name",
            "base_currency",
            "country",
            "short_code",
            "state",
            "reason",
            "organisation",
        ),
        *_columns(MOMENT, "created_at", null=True),
        *_columns(sa.Text(), "tokens", null=True),
        sa.PrimaryKeyConstraint("number", name="pk_xt_connection"),
        sa.UniqueConstraint("id", name="uq_xt_connection_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "xt_module_settings",
        *_columns(sa.Text(), "connection_id", "module", "value"),
        sa.PrimaryKeyConstraint("connection_id", "module", name="pk_xt_module_settings"),
    )


def _mappings() -> None:
    op.create_table(
        "xt_mapping",
        *_columns(sa.Text(), "connection_id", "module"),
        *_columns(sa.Integer(), "version"),
        *_columns(sa.Text(), "kind", "rows", "options"),
        *_columns(MOMENT, "saved_at"),
        sa.PrimaryKeyConstraint("connection_id", "module", "version", name="pk_xt_mapping"),
    )


def _links() -> None:
    op.create_table(
        "xt_link",
        *_columns(NUMBER, "id"),
        *_columns(
            sa.Text(), "connection_id", "kind", "xero_id", "module", "crm_id", "role", "state"
        ),
        *_columns(MOMENT, "created_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_xt_link"),
        sa.CheckConstraint("role IN ('primary', 'alias')", name="ck_xt_link_role"),
        sa.CheckConstraint("state IN ('live', 'orphan')", name="ck_xt_link_state"),
        sa.UniqueConstraint(
            "connection_id", "module", "crm_id", name="uq_xt_link_connection_id_module_crm_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_xt_link_primary",
        "xt_link",
        ["connection_id", "kind", "xero_id"],
        unique=True,
        sqlite_where=sa.text("role = 'primary'"),
        postgresql_where=sa.text("role = 'primary'"),
    )


def _agreed() -> None:
    op.create_table(
        "xt_base",
        sa.Column("link_id", NUMBER, nullable=False, autoincrement=False),
        *_columns(sa.Text(), "pairs", "lines"),
        *_columns(sa.Integer(), "mapping_version"),
        sa.PrimaryKeyConstraint("link_id", name="pk_xt_base"),
        sa.ForeignKeyConstraint(
            ["link_id"], ["xt_link.id"], name="fk_xt_base_link_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "xt_line_link",
        *_columns(NUMBER, "link_id"),
        *_columns(sa.Text(), "crm_line_id", "xero_line_id"),
        sa.PrimaryKeyConstraint("link_id", "crm_line_id", name="pk_xt_line_link"),
        sa.ForeignKeyConstraint(
            ["link_id"], ["xt_link.id"], name="fk_xt_line_link_link_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("link_id", "xero_line_id", name="uq_xt_line_link_link_id_xero_line_id"),
    )
    op.create_table(
        "xt_shadow",
        *_columns(sa.Text(), "connection_id", "side", "type", "id", "payload"),
        *_columns(MOMENT, "seen_at"),
        sa.PrimaryKeyConstraint("connection_id", "side", "type", "id", name="pk_xt_shadow"),
    )


def _changes() -> None:
    op.create_table(
        "xt_cursor",
        *_columns(sa.Text(), "connection_id", "name", "value"),
        sa.PrimaryKeyConstraint("connection_id", "name", name="pk_xt_cursor"),
    )
    op.create_table(
        "xt_change",
        *_columns(NUMBER, "number"),
        *_columns(sa.Text(), "connection_id", "side", "type", "id"),
        *_columns(NUMBER, "generation"),
        *_columns(sa.Boolean(), "waiting"),
        *_columns(sa.Text(), "reason"),
        *_columns(MOMENT, "marked_at"),
        sa.PrimaryKeyConstraint("number", name="pk_xt_change"),
        sa.UniqueConstraint(
            "connection_id", "side", "type", "id", name="uq_xt_change_connection_id_side_type_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_xt_change_waiting",
        "xt_change",
        ["connection_id", "side", "type", "marked_at", "number"],
        sqlite_where=sa.text("waiting"),
        postgresql_where=sa.text("waiting"),
    )
    op.create_table(
        "xt_webhook_event",
        *_columns(NUMBER, "number"),
        *_columns(sa.Text(), "key", "organisation_id", "kind", "xero_id", "event_type"),
        *_columns(MOMENT, "received_at"),
        *_columns(MOMENT, "done_at", null=True),
        sa.PrimaryKeyConstraint("number", name="pk_xt_webhook_event"),
        sa.UniqueConstraint("key", name="uq_xt_webhook_event_key"),
        sqlite_autoincrement=True,
    )


def _batches() -> None:
    op.create_table(
        "xt_batch",
        *_columns(NUMBER, "number"),
        *_columns(sa.Text(), "id", "connection_id", "run_id", "kind", "method", "path"),
        *_columns(sa.LargeBinary(), "body"),
        *_columns(sa.Text(), "key", "state"),
        *_columns(MOMENT, "sent_at", null=True),
        sa.PrimaryKeyConstraint("number", name="pk_xt_batch"),
        sa.UniqueConstraint("id", name="uq_xt_batch_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_xt_batch_unfinished",
        "xt_batch",
        ["connection_id", "number"],
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "xt_intent",
        *_columns(sa.Text(), "id", "batch_id"),
        *_columns(sa.Integer(), "position"),
        *_columns(sa.Text(), "module", "kind"),
        *_columns(sa.Text(), "crm_id", "xero_id", null=True),
        *_columns(sa.Text(), "verb"),
        *_columns(sa.Text(), "natural_field", "natural_value", null=True),
        *_columns(sa.Text(), "payload", "state"),
        sa.PrimaryKeyConstraint("id", name="pk_xt_intent"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["xt_batch.id"], name="fk_xt_intent_batch_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("batch_id", "position", name="uq_xt_intent_batch_id_position"),
    )


def _runs() -> None:
    op.create_table(
        "xt_run",
        *_columns(NUMBER, "number"),
        *_columns(sa.Text(), "id", "connection_id", "modules"),
        *_columns(MOMENT, "started_at"),
        *_columns(sa.Text(), "trigger"),
        *_columns(MOMENT, "finished_at", null=True),
        *_columns(sa.Text(), "state"),
        *_columns(sa.Integer(), "calls"),
        *_columns(sa.Text(), "counts", "error"),
        sa.PrimaryKeyConstraint("number", name="pk_xt_run"),
        sa.UniqueConstraint("id", name="uq_xt_run_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_xt_run_connection", "xt_run", ["connection_id", "number"])
    op.create_table(
        "xt_audit",
        *_columns(sa.Text(), "name"),
        *_columns(NUMBER, "last_id"),
        *_columns(sa.Text(), "last_hash"),
        sa.PrimaryKeyConstraint("name", name="pk_xt_audit"),
    )
    op.create_table(
        "xt_before_image",
        *_columns(sa.Text(), "run_id", "side", "type", "id"),
        *_columns(sa.Text(), "payload", null=True),
        *_columns(MOMENT, "at"),
        sa.PrimaryKeyConstraint("run_id", "side", "type", "id", name="pk_xt_before_image"),
    )


def _calls() -> None:
    op.create_table(
        "xt_call",
        *_columns(NUMBER, "number"),
        *_columns(sa.Text(), "connection_id"),
        *_columns(MOMENT, "at"),
        *_columns(sa.Text(), "method", "path"),
        *_columns(sa.Integer(), "http_status", null=True),
        *_columns(sa.Integer(), "milliseconds"),
        *_columns(NUMBER, "sent_bytes", "received_bytes"),
        *_columns(sa.Integer(), "minute_left", "day_left", "app_left", null=True),
        *_columns(sa.Text(), "run_id", null=True),
        *_columns(sa.Text(), "correlation_id"),
        sa.PrimaryKeyConstraint("number", name="pk_xt_call"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_xt_call_connection", "xt_call", ["connection_id", "at"])


def _outcomes() -> None:
    op.create_table(
        "xt_outcome",
        sa.Column("id", NUMBER, nullable=False, autoincrement=False),
        *_columns(sa.Text(), "connection_id", "run_id", "module", "kind"),
        *_columns(sa.Text(), "crm_id", "xero_id", null=True),
        *_columns(sa.Text(), "name", "result"),
        *_columns(sa.Text(), "verb", null=True),
        *_columns(sa.Text(), "flow"),
        *_columns(sa.Text(), "code", null=True),
        *_columns(sa.Text(), "detail", "sought"),
        *_columns(MOMENT, "at", null=True),
        *_columns(sa.Text(), "hash"),
        sa.PrimaryKeyConstraint("id", name="pk_xt_outcome"),
    )
    op.create_index("ix_xt_outcome_connection", "xt_outcome", ["connection_id", "id"])
    op.create_index("ix_xt_outcome_crm", "xt_outcome", ["crm_id", "id"])
    op.create_index("ix_xt_outcome_run", "xt_outcome", ["run_id", "id"])
    op.create_index("ix_xt_outcome_xero", "xt_outcome", ["xero_id", "id"])


def _choices() -> None:
    op.create_table(
        "xt_panel_value",
        *_columns(sa.Text(), "tenant", "module", "crm_id", "role"),
        *_columns(sa.Text(), "value", null=True),
        sa.PrimaryKeyConstraint("tenant", "module", "crm_id", "role", name="pk_xt_panel_value"),
    )
    op.create_table(
        "xt_account",
        *_columns(
            sa.Text(),
            "connection_id",
            "account_id",
            "code",
            "name",
            "type",
            "account_class",
            "tax_type",
            "status",
            "system",
        ),
        *_columns(sa.Boolean(), "payments"),
        *_columns(sa.Text(), "currency", "description"),
        *_columns(MOMENT, "updated_at", null=True),
        sa.PrimaryKeyConstraint("connection_id", "account_id", name="pk_xt_account"),
    )
    op.create_table(
        "xt_tax_rate",
        *_columns(sa.Text(), "connection_id"),
        *_columns(sa.Integer(), "position"),
        *_columns(sa.Text(), "tax_type", "name"),
        *_columns(sa.Text(), "rate", null=True),
        *_columns(sa.Text(), "status", "classes", "components"),
        sa.PrimaryKeyConstraint("connection_id", "position", name="pk_xt_tax_rate"),
    )
    op.create_table(
        "xt_currency",
        *_columns(sa.Text(), "connection_id", "code"),
        sa.PrimaryKeyConstraint("connection_id", "code", name="pk_xt_currency"),
    )


def _shared() -> None:
    op.create_table(
        "xt_lease",
        *_columns(sa.Text(), "name"),
        *_columns(NUMBER, "fence"),
        *_columns(sa.Text(), "holder"),
        *_columns(MOMENT, "expires_at"),
        sa.PrimaryKeyConstraint("name", name="pk_xt_lease"),
    )
    op.create_table(
        "xt_state",
        *_columns(sa.Text(), "name"),
        *_columns(sa.Text(), "value", null=True),
        sa.PrimaryKeyConstraint("name", name="pk_xt_state"),
    )
