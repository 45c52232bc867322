"""The tables of the store; `migrations/` builds the same ones step by step."""

# size: every table of the store, read as one list

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from xtiger.db.columns import Moment, Number, PlainText, Words

#: Constraints have names, so that a later migration can change them on both databases.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- what an administrator set --------------------------------------------------------------

setting = Table(
    "xt_setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", PlainText),
)

tenant_setting = Table(
    "xt_tenant_setting",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", PlainText),
)

connection = Table(
    "xt_connection",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("tenant", Text, nullable=False),
    Column("organisation_id", Text, nullable=False),
    Column("xero_connection_id", Text, nullable=False),
    Column("name", Words, nullable=False),
    Column("base_currency", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("short_code", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("organisation", PlainText, nullable=False),
    Column("created_at", Moment),
    # Encrypted with the key that is kept outside the database.
    Column("tokens", Text),
    sqlite_autoincrement=True,
)

module_settings = Table(
    "xt_module_settings",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("module", Text, primary_key=True),
    Column("value", PlainText, nullable=False),
)

mapping = Table(
    "xt_mapping",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("module", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("rows", PlainText, nullable=False),
    Column("options", PlainText, nullable=False),
    Column("saved_at", Moment, nullable=False),
    # NULL in versions of releases before 0017.
    Column("saved_by", Text),
)

# --- links and what was agreed --------------------------------------------------------------

link = Table(
    "xt_link",
    metadata,
    # Never used again after a link is removed: a late base must not meet a stranger.
    Column("id", Number, primary_key=True),
    Column("connection_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("xero_id", Text, nullable=False),
    Column("module", Text, nullable=False),
    Column("crm_id", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Moment),
    CheckConstraint("role IN ('primary', 'alias', 'xero_alias')", name="role"),
    CheckConstraint("state IN ('live', 'orphan', 'removed', 'remaking')", name="state"),
    # A CRM record has one link of its own; only other contacts of Xero may be its aliases.
    Index(
        "uq_xt_link_crm",
        "connection_id",
        "module",
        "crm_id",
        unique=True,
        sqlite_where=text("role <> 'xero_alias'"),
        postgresql_where=text("role <> 'xero_alias'"),
    ),
    # And the same the other way round.
    Index(
        "uq_xt_link_xero",
        "connection_id",
        "kind",
        "xero_id",
        unique=True,
        sqlite_where=text("role <> 'alias'"),
        postgresql_where=text("role <> 'alias'"),
    ),
    Index("ix_xt_link_record", "connection_id", "module", "crm_id"),
    sqlite_autoincrement=True,
)

decision = Table(
    "xt_decision",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("module", Text, primary_key=True),
    Column("crm_id", Text, primary_key=True),
    # Row key of a conflict; "" is the whole record.
    Column("field", Text, primary_key=True),
    Column("keep", Text, nullable=False),
    # What both sides had when it was decided: another value is another question.
    Column("seen", PlainText, nullable=False),
    Column("decided_at", Moment, nullable=False),
    CheckConstraint("keep IN ('crm', 'xero')", name="keep"),
)

refusal = Table(
    "xt_refusal",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("module", Text, primary_key=True),
    Column("crm_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("data", PlainText, nullable=False),
    Column("at", Moment, nullable=False),
    Column("also", PlainText, nullable=False, server_default="[]"),
)

base = Table(
    "xt_base",
    metadata,
    Column(
        "link_id",
        Number,
        ForeignKey("xt_link.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("pairs", PlainText, nullable=False),
    Column("lines", PlainText, nullable=False),
    Column("mapping_version", Integer, nullable=False),
)

line_link = Table(
    "xt_line_link",
    metadata,
    Column("link_id", Number, ForeignKey("xt_link.id", ondelete="CASCADE"), primary_key=True),
    Column("crm_line_id", Text, primary_key=True),
    Column("xero_line_id", Text, nullable=False),
    UniqueConstraint("link_id", "xero_line_id"),
)

shadow = Table(
    "xt_shadow",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("side", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("payload", PlainText, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("gone", Boolean, nullable=False, server_default=false()),
    # The place among what changed in Xero; NULL until somebody asks what changed since.
    Column("number", Number),
    Index(
        "ix_xt_shadow_unnumbered",
        "connection_id",
        sqlite_where=text("side = 'xero' AND number IS NULL"),
        postgresql_where=text("side = 'xero' AND number IS NULL"),
    ),
    Index(
        "ix_xt_shadow_number",
        "connection_id",
        "number",
        sqlite_where=text("number IS NOT NULL"),
        postgresql_where=text("number IS NOT NULL"),
    ),
)

# --- money and customers, as last seen in Xero -----------------------------------------------

document_money = Table(
    "xt_document_money",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("xero_id", Text, primary_key=True),
    Column("contact_id", Text, nullable=False),
    Column("sells", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("number", Words, nullable=False),
    Column("currency", Text, nullable=False),
    Column("total", PlainText, nullable=False),
    Column("settled", PlainText, nullable=False),
    Column("left", PlainText, nullable=False),
    Column("due_day", Date),
    Column("paid_on", Date),
    Column("paid_then", PlainText, nullable=False),
    Column("is_sent", Boolean, nullable=False),
    # Worked out from status and what is left, so that the open ones are found at once.
    Column("is_open", Boolean, nullable=False),
    Index("ix_xt_document_money_contact", "connection_id", "contact_id"),
    Index(
        "ix_xt_document_money_open",
        "connection_id",
        "due_day",
        sqlite_where=text("is_open"),
        postgresql_where=text("is_open"),
    ),
)

notice = Table(
    "xt_notice",
    metadata,
    Column("id", Number, primary_key=True),
    Column("connection_id", Text, nullable=False),
    Column("xero_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    # What makes it one: of an overdue invoice its day; NULL for what may happen again.
    Column("key", Text),
    Column("at", Moment, nullable=False),
    # The invoice and its money as they were then.
    Column("detail", PlainText, nullable=False),
    Column("module", Text, nullable=False),
    Column("crm_id", Text, nullable=False),
    # waiting, delivering, delivered, or dropped: nobody was to get it.
    Column("state", Text, nullable=False),
    CheckConstraint("state IN ('waiting', 'delivering', 'delivered', 'dropped')", name="state"),
    UniqueConstraint("connection_id", "xero_id", "event", "key"),
    Index("ix_xt_notice_state", "connection_id", "state", "id"),
    sqlite_autoincrement=True,
)

delivery = Table(
    "xt_delivery",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("xero_id", Text, primary_key=True),
    Column("online_url", Text, nullable=False),
    Column("sent_times", Integer, nullable=False),
    Column("sending", Text, nullable=False),
    Column("sent_at", Moment),
    Column("looked_at", Moment),
    Column("opened_at", Moment),
)

# --- who gets mails --------------------------------------------------------------------------

mail_recipient = Table(
    "xt_mail_recipient",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    # "" for all connections.
    Column("connection_id", Text, primary_key=True),
    Column("every", Text, nullable=False),
    Column("occasion", Text, nullable=False),
    Column("alerts", Boolean, nullable=False),
    Column("language", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("due_at", Moment),
    Column("reported_until", Moment),
    Column("waiting", Integer, nullable=False),
    Column("proofs", Boolean, nullable=False, server_default=false()),
)

letter = Table(
    "xt_letter",
    metadata,
    Column("id", Number, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("connection_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    # What it is about: written once for each address.
    Column("key", Text, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    # Empty once the mail server took it, but for the subject.
    Column("subject", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("html", Words, nullable=False),
    Column("since", Moment),
    Column("until", Moment),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("unanswered", Integer, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("answer", Words, nullable=False),
    # Of the file that goes with it; both empty where none does.
    Column("file_name", Text, nullable=False, server_default=""),
    Column("file", Words, nullable=False, server_default=""),
    CheckConstraint("state IN ('waiting', 'sending', 'sent', 'refused', 'given_up')", name="state"),
    UniqueConstraint("tenant", "address", "key"),
    Index("ix_xt_letter_state", "tenant", "state", "due_at"),
    sqlite_autoincrement=True,
)

# --- systems of the CRM's own that get messages ------------------------------------------------

receiver = Table(
    "xt_receiver",
    metadata,
    Column("id", Number, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("address", Text, nullable=False),
    # "" for all connections.
    Column("connection_id", Text, nullable=False),
    Column("events", PlainText, nullable=False),
    # Encrypted with the key that is kept outside the database; NULL before one is made.
    Column("secret", Text),
    Column("saved_by", Words, nullable=False),
    Column("saved_at", Moment, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("rests_until", Moment),
    Index("ix_xt_receiver_tenant", "tenant"),
    sqlite_autoincrement=True,
)

message = Table(
    "xt_message",
    metadata,
    Column("id", Number, primary_key=True),
    Column("receiver_id", Number, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("connection_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    # What it is about: written once for each receiver.
    Column("key", Text, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    # Empty once the receiver took it.
    Column("body", Words, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("unanswered", Integer, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("answer", Words, nullable=False),
    CheckConstraint("state IN ('waiting', 'sending', 'sent', 'given_up')", name="state"),
    UniqueConstraint("receiver_id", "key"),
    Index("ix_xt_message_state", "tenant", "state", "due_at"),
    sqlite_autoincrement=True,
)

# --- what may differ ------------------------------------------------------------------------

cursor = Table(
    "xt_cursor",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

change = Table(
    "xt_change",
    metadata,
    Column("number", Number, primary_key=True),
    Column("connection_id", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("generation", Number, nullable=False),
    # A clean key keeps its row, so that its next mark gets a generation never seen before.
    Column("waiting", Boolean, nullable=False),
    Column("reason", Words, nullable=False),
    # The first mark since it was clean: the oldest goes first.
    Column("marked_at", Moment, nullable=False),
    # The last one; None: of a release that kept the first alone.
    Column("touched_at", Moment),
    UniqueConstraint("connection_id", "side", "type", "id"),
    Index(
        "ix_xt_change_waiting",
        "connection_id",
        "side",
        "type",
        "marked_at",
        "number",
        sqlite_where=text("waiting"),
        postgresql_where=text("waiting"),
    ),
    sqlite_autoincrement=True,
)

webhook_event = Table(
    "xt_webhook_event",
    metadata,
    Column("number", Number, primary_key=True),
    # Equal for repeats of one event.
    Column("key", Text, nullable=False, unique=True),
    Column("connection_id", Text, nullable=False),
    Column("organisation_id", Text, nullable=False),
    # Kind that is read, or the category of an event that leads to no read.
    Column("kind", Text, nullable=False),
    # Empty: nobody knows which of the kind.
    Column("xero_id", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    # How it ended, empty while it waits.
    Column("result", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    # A read that failed is tried again then.
    Column("due_at", Moment, nullable=False),
    Column("happened_at", Moment),
    Column("done_at", Moment),
    Column("tries", Integer, nullable=False),
    Index(
        "ix_xt_webhook_event_waiting",
        "connection_id",
        "number",
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

# --- writes under way -----------------------------------------------------------------------

batch = Table(
    "xt_batch",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("connection_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("sent_at", Moment),
    Index(
        "ix_xt_batch_unfinished",
        "connection_id",
        "number",
        sqlite_where=text("state <> 'done'"),
        postgresql_where=text("state <> 'done'"),
    ),
    sqlite_autoincrement=True,
)

intent = Table(
    "xt_intent",
    metadata,
    Column("id", Text, primary_key=True),
    Column("batch_id", Text, ForeignKey("xt_batch.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("module", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("crm_id", Text),
    Column("xero_id", Text),
    Column("verb", Text, nullable=False),
    Column("natural_field", Text),
    Column("natural_value", Words),
    Column("payload", PlainText, nullable=False),
    Column("state", Text, nullable=False),
    Column("meant", PlainText),
    UniqueConstraint("batch_id", "position"),
    Index(
        "ix_xt_intent_unsettled",
        "module",
        "kind",
        sqlite_where=text("state NOT IN ('applied', 'failed')"),
        postgresql_where=text("state NOT IN ('applied', 'failed')"),
    ),
)

# --- runs and outcomes ----------------------------------------------------------------------

braked_plan = Table(
    "xt_braked_plan",
    metadata,
    Column("number", Number, primary_key=True),
    Column("run_id", Text, nullable=False, unique=True),
    Column("connection_id", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("modules", PlainText, nullable=False),
    Column("records", PlainText, nullable=False),
    Column("brakes", PlainText, nullable=False),
    Column("changes", PlainText, nullable=False),
    Column("state", Text, nullable=False),
    Column("released_by", Words, nullable=False),
    Column("released_at", Moment),
    CheckConstraint("state IN ('waiting', 'released', 'done', 'replaced')", name="state"),
    Index("ix_xt_braked_plan_connection", "connection_id", "number"),
    sqlite_autoincrement=True,
)

run = Table(
    "xt_run",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("connection_id", Text, nullable=False),
    Column("modules", PlainText, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("finished_at", Moment),
    Column("state", Text, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("counts", PlainText, nullable=False),
    Column("error", Words, nullable=False),
    # NULL in runs before 0018.
    Column("started_by", Words),
    Index("ix_xt_run_connection", "connection_id", "number"),
    sqlite_autoincrement=True,
)

outcome = Table(
    "xt_outcome",
    metadata,
    # Counted by the audit chain itself, without a gap.
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("connection_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("module", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("crm_id", Text),
    Column("xero_id", Text),
    Column("name", Words, nullable=False),
    Column("result", Text, nullable=False),
    Column("verb", Text),
    Column("flow", Text, nullable=False),
    Column("code", Text),
    # Cause, differences (with old and new values) and proposals, as JSON text.
    Column("detail", Text, nullable=False),
    # Name and ids folded to one spelling, since databases fold only some letters alike.
    Column("sought", Words, nullable=False),
    Column("at", Moment),
    Column("hash", Text, nullable=False),
    # Xero's id of the call that wrote it; NULL where none did, and in rows before 0018.
    Column("correlation_id", Text),
    # The chain covers name, detail and sought by their salted digest; NULL in rows before 0018.
    Column("salt", Text),
    Column("digest", Text),
    Index("ix_xt_outcome_connection", "connection_id", "id"),
    Index("ix_xt_outcome_run", "run_id", "id"),
    Index("ix_xt_outcome_crm", "crm_id", "id"),
    Index("ix_xt_outcome_xero", "xero_id", "id"),
    Index("ix_xt_outcome_at", "connection_id", "at"),
    Index("ix_xt_outcome_result", "connection_id", "result", "id"),
    Index("ix_xt_outcome_code", "connection_id", "code", "id"),
)

# Rows of the chain that are of no single record.
audit_note = Table(
    "xt_audit_note",
    metadata,
    # Counted by the audit chain, together with the outcomes.
    Column("id", Number, primary_key=True, autoincrement=False),
    # unchanged: so many records of a run were in step. cut: so many rows left after their time.
    # erased: what these rows said was dropped. hashed: rows of before 0018 got salted digests.
    Column("what", Text, nullable=False),
    Column("connection_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("module", Text, nullable=False),
    Column("count", Number, nullable=False),
    # Of a cut the digest of all gaps there are since; of erased rows their ids; of rows hashed
    # anew the hash with which the chain ended until then.
    Column("detail", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("hash", Text, nullable=False),
    CheckConstraint("what IN ('unchanged', 'cut', 'erased', 'hashed')", name="what"),
    Index("ix_xt_audit_note_run", "run_id", "id"),
)

# Marks of erased persons: a keyed digest of each id and address, never what it is of.
erased = Table(
    "xt_erased",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    # Of one person all the same.
    Column("erasure", Text, nullable=False),
    Column("by", Words, nullable=False),
    Column("at", Moment, nullable=False),
)

# Rows that left the chain after their time, as what is left of it steps over them.
audit_gap = Table(
    "xt_audit_gap",
    metadata,
    Column("first_id", Number, primary_key=True, autoincrement=False),
    Column("last_id", Number, nullable=False),
    Column("last_hash", Text, nullable=False),
)

audit = Table(
    "xt_audit",
    metadata,
    Column("name", Text, primary_key=True),
    # The last outcome of the chain: without it, rows cut off its end would not be missed.
    Column("last_id", Number, nullable=False),
    Column("last_hash", Text, nullable=False),
)

before_image = Table(
    "xt_before_image",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("side", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("payload", PlainText),
    Column("at", Moment, nullable=False),
    Index("ix_xt_before_image_at", "at"),
)

# Each value that a run wrote of a record, before and after.
image = Table(
    "xt_image",
    metadata,
    Column("id", Number, primary_key=True),
    Column("connection_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("module", Text, nullable=False),
    Column("kind", Text, nullable=False),
    # Empty where the record is on the other side alone.
    Column("crm_id", Text, nullable=False),
    Column("xero_id", Text, nullable=False),
    Column("name", Words, nullable=False),
    Column("did", Text, nullable=False),
    Column("link_id", Number),
    Column("detail", PlainText, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_xt_image_run", "run_id"),
    Index("ix_xt_image_at", "at"),
    sqlite_autoincrement=True,
)

# What was taken back waits until a person releases it.
undo_hold = Table(
    "xt_undo_hold",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("module", Text, primary_key=True),
    Column("crm_id", Text, primary_key=True),
    Column("xero_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Words, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("did", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

# --- panel values, settings read from Xero, calls -------------------------------------------

panel_value = Table(
    "xt_panel_value",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("module", Text, primary_key=True),
    Column("crm_id", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("value", PlainText),
)

received = Table(
    "xt_received",
    metadata,
    Column("number", Number, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("invoice", Text, nullable=False),
    Column("values", PlainText, nullable=False),
    Column("at", Moment, nullable=False),
    # What a create is repeated by; two of them are one payment.
    Column("key", Text),
    Column("grown", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("ix_xt_received_invoice", "tenant", "invoice"),
    sqlite_autoincrement=True,
)

account = Table(
    "xt_account",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("account_id", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Words, nullable=False),
    Column("type", Text, nullable=False),
    Column("account_class", Text, nullable=False),
    Column("tax_type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("payments", Boolean, nullable=False),
    Column("currency", Text, nullable=False),
    Column("description", Words, nullable=False),
    Column("updated_at", Moment),
)

tax_rate = Table(
    "xt_tax_rate",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("tax_type", Text, nullable=False),
    Column("name", Words, nullable=False),
    Column("rate", PlainText),
    Column("status", Text, nullable=False),
    Column("classes", PlainText, nullable=False),
    Column("components", PlainText, nullable=False),
)

currency = Table(
    "xt_currency",
    metadata,
    Column("connection_id", Text, primary_key=True),
    Column("code", Text, primary_key=True),
)

call = Table(
    "xt_call",
    metadata,
    Column("number", Number, primary_key=True),
    Column("connection_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Words, nullable=False),
    Column("http_status", Integer),
    Column("milliseconds", Integer, nullable=False),
    Column("sent_bytes", Number, nullable=False),
    Column("received_bytes", Number, nullable=False),
    Column("minute_left", Integer),
    Column("day_left", Integer),
    Column("app_left", Integer),
    Column("run_id", Text),
    Column("correlation_id", Words, nullable=False),
    Index("ix_xt_call_connection", "connection_id", "at"),
    sqlite_autoincrement=True,
)

# --- shared by processes --------------------------------------------------------------------

lease = Table(
    "xt_lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("fence", Number, nullable=False),
    # Empty when given back; the row stays, so that the fence goes on rising.
    Column("holder", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("taken_at", Moment),
)

state = Table(
    "xt_state",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", PlainText),
)
