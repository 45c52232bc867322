"""SqlStore: the Store of the library in one SQL database, SQLite or PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Engine

from xtiger.db.cipher import Cipher
from xtiger.db.database import Database
from xtiger.db.extension_tables import ExtensionTables
from xtiger.db.migration import migrate
from xtiger.db.parts.agreements import AgreementPart
from xtiger.db.parts.audit.retention import RetentionPart
from xtiger.db.parts.bases import BasePart
from xtiger.db.parts.batches import BatchPart
from xtiger.db.parts.brakes import BrakePart
from xtiger.db.parts.calls import CallPart
from xtiger.db.parts.changes import ChangePart
from xtiger.db.parts.charts import ChartPart
from xtiger.db.parts.connections import ConnectionPart
from xtiger.db.parts.customers.deliveries import DeliveryPart
from xtiger.db.parts.customers.document_money import DocumentMoneyPart
from xtiger.db.parts.customers.notices import NoticePart
from xtiger.db.parts.decisions import DecisionPart
from xtiger.db.parts.identities import IdentityPart
from xtiger.db.parts.leases import LeasePart, guard_of
from xtiger.db.parts.links import LinkPart
from xtiger.db.parts.mailing.letters import LetterPart
from xtiger.db.parts.mappings import MappingPart
from xtiger.db.parts.outcomes import OutcomePart
from xtiger.db.parts.outside.messages import MessagePart
from xtiger.db.parts.outside.receivers import ReceiverPart
from xtiger.db.parts.outside.xero_changes import XeroChangePart
from xtiger.db.parts.panel_values import PanelPart
from xtiger.db.parts.privacy.erasing import ErasingPart
from xtiger.db.parts.privacy.persons import PersonPart
from xtiger.db.parts.received import ReceivedPart
from xtiger.db.parts.refusals import RefusalPart
from xtiger.db.parts.runs import RunPart
from xtiger.db.parts.settings import SettingPart
from xtiger.db.parts.shadows import ShadowPart
from xtiger.db.parts.tenant_settings import TenantSettingPart
from xtiger.db.parts.undo import UndoPart
from xtiger.db.parts.webhook_events import WebhookPart

if TYPE_CHECKING:
    from xtiger.ports.lease import Lease

#: Where the library's own migrations stand, and the table that counts them.
MIGRATIONS = "xtiger.db:migrations"
VERSION_TABLE = "xt_version"


class SqlStore(
    SettingPart,
    TenantSettingPart,
    ConnectionPart,
    MappingPart,
    LinkPart,
    BasePart,
    ShadowPart,
    XeroChangePart,
    IdentityPart,
    DecisionPart,
    RefusalPart,
    ChangePart,
    WebhookPart,
    BatchPart,
    RunPart,
    UndoPart,
    OutcomePart,
    RetentionPart,
    PersonPart,
    ErasingPart,
    AgreementPart,
    BrakePart,
    PanelPart,
    ReceivedPart,
    DocumentMoneyPart,
    NoticePart,
    DeliveryPart,
    LetterPart,
    ReceiverPart,
    MessagePart,
    ChartPart,
    CallPart,
    LeasePart,
):
    """Everything the library must remember; safe to share by threads."""

    @classmethod
    def open(cls, url: str, cipher: Cipher) -> SqlStore:
        """Open the database and try it; call `migrate()` before the first use.

        Raises StoreUnavailable when the address is broken or the database does not answer.
        """
        return cls(Database.open(url), cipher)

    @property
    def database(self) -> Database:
        """The open database, with SQLAlchemy's connections."""
        return self._database

    @property
    def extension_tables(self) -> ExtensionTables:
        """For an extension's own tables: its transactions join those of the store."""
        return ExtensionTables(self._database)

    @property
    def engine(self) -> Engine:
        """For migrations; on SQLite each transaction begins as a writer."""
        return self._database.engine

    @property
    def address(self) -> str:
        """The address for people, without the password."""
        return self._database.address

    def migrate(self) -> None:
        """Bring the tables to this release; raises StoreUnavailable when a newer one made them."""
        migrate(self.engine, MIGRATIONS, VERSION_TABLE)

    def fenced(self, lease: Lease) -> SqlStore:
        """The same store, whose every write first proves that the lease is still held."""
        guard = guard_of(lease, server_time=self._database.server_time)
        return SqlStore(self._database.guarded(guard), self._cipher)

    def close(self) -> None:
        """Give all connections back."""
        self._database.close()
