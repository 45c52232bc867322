"""The Store protocol: everything the library must remember, as one protocol for each subject."""

from __future__ import annotations

from typing import Protocol

from xtiger.ports.lease import Lease
from xtiger.ports.store.agreements import AgreementStore
from xtiger.ports.store.audit.retention import RetentionStore
from xtiger.ports.store.bases import BaseStore
from xtiger.ports.store.batches import BatchStore
from xtiger.ports.store.brakes import BrakeStore
from xtiger.ports.store.calls import CallStore
from xtiger.ports.store.changes import ChangeStore
from xtiger.ports.store.charts import ChartStore
from xtiger.ports.store.connections import ConnectionStore
from xtiger.ports.store.customers.deliveries import DeliveryStore
from xtiger.ports.store.customers.document_money import DocumentMoneyStore
from xtiger.ports.store.customers.notices import NoticeStore
from xtiger.ports.store.decisions import DecisionStore
from xtiger.ports.store.identities import IdentityStore
from xtiger.ports.store.leases import LeaseStore
from xtiger.ports.store.links import LinkStore
from xtiger.ports.store.mailing.letters import LetterStore
from xtiger.ports.store.mappings import MappingStore
from xtiger.ports.store.outcomes import OutcomeStore
from xtiger.ports.store.outside.messages import MessageStore
from xtiger.ports.store.outside.receivers import ReceiverStore
from xtiger.ports.store.outside.xero_changes import XeroChangeStore
from xtiger.ports.store.panel_values import PanelStore
from xtiger.ports.store.privacy.erasing import ErasingStore
from xtiger.ports.store.privacy.persons import PersonStore
from xtiger.ports.store.received import ReceivedStore
from xtiger.ports.store.refusals import RefusalStore
from xtiger.ports.store.runs import RunStore
from xtiger.ports.store.settings import SettingStore
from xtiger.ports.store.shadows import ShadowStore
from xtiger.ports.store.tenant_settings import TenantSettingStore
from xtiger.ports.store.transactional import Transactional
from xtiger.ports.store.undo import UndoStore
from xtiger.ports.store.webhook_events import WebhookStore

__all__ = [
    "AgreementStore",
    "BaseStore",
    "BatchStore",
    "BrakeStore",
    "CallStore",
    "ChangeStore",
    "ChartStore",
    "ConnectionStore",
    "DecisionStore",
    "DeliveryStore",
    "DocumentMoneyStore",
    "ErasingStore",
    "IdentityStore",
    "LeaseStore",
    "LetterStore",
    "LinkStore",
    "MappingStore",
    "MessageStore",
    "NoticeStore",
    "OutcomeStore",
    "PanelStore",
    "PersonStore",
    "ReceivedStore",
    "ReceiverStore",
    "RefusalStore",
    "RetentionStore",
    "RunStore",
    "SettingStore",
    "ShadowStore",
    "Store",
    "TenantSettingStore",
    "Transactional",
    "UndoStore",
    "WebhookStore",
    "XeroChangeStore",
]


class Store(
    SettingStore,
    TenantSettingStore,
    ConnectionStore,
    MappingStore,
    LinkStore,
    BaseStore,
    ShadowStore,
    XeroChangeStore,
    IdentityStore,
    DecisionStore,
    RefusalStore,
    ChangeStore,
    WebhookStore,
    BatchStore,
    RunStore,
    UndoStore,
    OutcomeStore,
    RetentionStore,
    PersonStore,
    ErasingStore,
    AgreementStore,
    BrakeStore,
    PanelStore,
    ReceivedStore,
    DocumentMoneyStore,
    NoticeStore,
    DeliveryStore,
    LetterStore,
    ReceiverStore,
    MessageStore,
    ChartStore,
    CallStore,
    LeaseStore,
    Protocol,
):
    """All of them in one database: the library's own tables (xt_…).

    A user that needs a few subjects asks for their protocols instead.
    """

    def fenced(self, lease: Lease) -> Store:
        """The same store for the holder of a lease, who may write only while it is his.

        Each writing transaction first proves and prolongs the lease, which nobody can take over
        before the commit; once it was taken it raises `lease.lost()` and writes nothing.
        """
        ...
