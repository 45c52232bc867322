"""Keeps the migrations of a CRM away from the library's tables in the same database."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Final, Literal

from xtiger.hosts.tables import TABLES

#: What Alembic asks about, and the names of what it belongs to.
Sort = Literal[
    "schema",
    "table",
    "column",
    "index",
    "unique_constraint",
    "foreign_key_constraint",
    "check_constraint",
]
Parents = MutableMapping[
    Literal["schema_name", "table_name", "schema_qualified_table_name"], str | None
]
IncludeName = Callable[[str | None, Sort, Parents], bool]

#: The tables of the store and of the four extensions, which stand beside the host tables where
#: XTIGER_DATABASE_URL names the CRM's own database.
STORE_TABLES: Final = frozenset(
    (
        "xt_account",
        "xt_audit",
        "xt_audit_gap",
        "xt_audit_note",
        "xt_base",
        "xt_batch",
        "xt_before_image",
        "xt_braked_plan",
        "xt_call",
        "xt_change",
        "xt_connection",
        "xt_currency",
        "xt_cursor",
        "xt_decision",
        "xt_delivery",
        "xt_document_money",
        "xt_erased",
        "xt_image",
        "xt_intent",
        "xt_lease",
        "xt_letter",
        "xt_line_link",
        "xt_link",
        "xt_mail_recipient",
        "xt_mapping",
        "xt_message",
        "xt_module_settings",
        "xt_notice",
        "xt_outcome",
        "xt_panel_value",
        "xt_queue_channel",
        "xt_queue_done",
        "xt_queue_job",
        "xt_queue_schedule",
        "xt_received",
        "xt_receiver",
        "xt_refusal",
        "xt_run",
        "xt_setting",
        "xt_shadow",
        "xt_state",
        "xt_tax_rate",
        "xt_tenant_setting",
        "xt_undo_hold",
        "xt_version",
        "xt_version_queue",
        "xt_webhook_event",
    )
)


def include_name(name: str | None, type_: Sort, _parent_names: Parents) -> bool:
    """Whether Alembic may look at this name; give it to `context.configure` in env.py.

    Without it `alembic revision --autogenerate` proposes to drop the library's tables, and with
    them what keeps records from being made twice. `without_ours` adds a rule of the CRM's own.
    """
    return type_ != "table" or (name not in TABLES and name not in STORE_TABLES)


def without_ours(own: IncludeName) -> IncludeName:
    """A rule of the CRM's own that also leaves the library's tables alone."""

    def both(name: str | None, type_: Sort, parent_names: Parents) -> bool:
        return include_name(name, type_, parent_names) and own(name, type_, parent_names)

    return both
