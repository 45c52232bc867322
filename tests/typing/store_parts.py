"""Each part of the SQL store fits the protocol of its subject, as mypy reads their signatures."""

from __future__ import annotations

from xtiger.db.cipher import Cipher
from xtiger.db.database import Database
from xtiger.db.parts.bases import BasePart
from xtiger.db.parts.batches import BatchPart
from xtiger.db.parts.brakes import BrakePart
from xtiger.db.parts.calls import CallPart
from xtiger.db.parts.changes import ChangePart
from xtiger.db.parts.charts import ChartPart
from xtiger.db.parts.connections import ConnectionPart
from xtiger.db.parts.decisions import DecisionPart
from xtiger.db.parts.identities import IdentityPart
from xtiger.db.parts.leases import LeasePart
from xtiger.db.parts.links import LinkPart
from xtiger.db.parts.mappings import MappingPart
from xtiger.db.parts.outcomes import OutcomePart
from xtiger.db.parts.panel_values import PanelPart
from xtiger.db.parts.refusals import RefusalPart
from xtiger.db.parts.runs import RunPart
from xtiger.db.parts.settings import SettingPart
from xtiger.db.parts.shadows import ShadowPart
from xtiger.db.parts.tenant_settings import TenantSettingPart
from xtiger.db.parts.undo import UndoPart
from xtiger.db.parts.webhook_events import WebhookPart
from xtiger.db.store import SqlStore
from xtiger.ports import Store
from xtiger.ports.store import (
    BaseStore,
    BatchStore,
    BrakeStore,
    CallStore,
    ChangeStore,
    ChartStore,
    ConnectionStore,
    DecisionStore,
    IdentityStore,
    LeaseStore,
    LinkStore,
    MappingStore,
    OutcomeStore,
    PanelStore,
    RefusalStore,
    RunStore,
    SettingStore,
    ShadowStore,
    TenantSettingStore,
    UndoStore,
    WebhookStore,
)


def what_is_set(
    database: Database, cipher: Cipher
) -> tuple[
    SettingStore,
    TenantSettingStore,
    ConnectionStore,
    MappingStore,
    LinkStore,
    BaseStore,
    ShadowStore,
    IdentityStore,
    DecisionStore,
    RefusalStore,
]:
    """A part that misses a method of its protocol, or has another signature, is an error."""
    return (
        SettingPart(database, cipher),
        TenantSettingPart(database, cipher),
        ConnectionPart(database, cipher),
        MappingPart(database, cipher),
        LinkPart(database, cipher),
        BasePart(database, cipher),
        ShadowPart(database, cipher),
        IdentityPart(database, cipher),
        DecisionPart(database, cipher),
        RefusalPart(database, cipher),
    )


def what_happens(
    database: Database, cipher: Cipher
) -> tuple[
    ChangeStore,
    WebhookStore,
    BatchStore,
    RunStore,
    UndoStore,
    OutcomeStore,
    BrakeStore,
    PanelStore,
    ChartStore,
    CallStore,
    LeaseStore,
]:
    """So is one of those that runs write."""
    return (
        ChangePart(database, cipher),
        WebhookPart(database, cipher),
        BatchPart(database, cipher),
        RunPart(database, cipher),
        UndoPart(database, cipher),
        OutcomePart(database, cipher),
        BrakePart(database, cipher),
        PanelPart(database, cipher),
        ChartPart(database, cipher),
        CallPart(database, cipher),
        LeasePart(database, cipher),
    )


def whole(store: SqlStore) -> Store:
    """The SQL store has all subjects and may be given to whom needs one."""
    return store
