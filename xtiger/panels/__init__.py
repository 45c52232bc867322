"""What the CRM's own pages show: the Xero Information panel of a record, and a module's list.

`build_panel` decides from plain data; `Panel.html` draws it. A host that makes its own
screens takes `Panel.as_dict` instead.
"""

from xtiger.panels.building import (
    ALIAS_ACTION,
    CONNECT_ACTION,
    LINK_ACTION,
    NEW_ACTION,
    SOLVE_ACTION,
    build_panel,
    missing_panel,
    proposed_buttons,
)
from xtiger.panels.credit import CREDIT_ACTION
from xtiger.panels.customers import (
    CUSTOMER_ACTIONS,
    ONLINE_ACTION,
    OPENED_ACTION,
    SEND_ACTION,
    said_result,
)
from xtiger.panels.facts import (
    ALLOW_SYNC,
    INVOICE_TYPE,
    INVOICE_TYPES,
    STATUS,
    STATUSES,
    PanelFacts,
)
from xtiger.panels.fields import checked_values
from xtiger.panels.listing import SYNC_ACTION, ListLink, ModuleList, RecordMark, build_list
from xtiger.panels.panel import Panel, PanelButton, PanelMessage, PanelState

__all__ = [
    "ALIAS_ACTION",
    "ALLOW_SYNC",
    "CONNECT_ACTION",
    "CREDIT_ACTION",
    "CUSTOMER_ACTIONS",
    "INVOICE_TYPE",
    "INVOICE_TYPES",
    "LINK_ACTION",
    "NEW_ACTION",
    "ONLINE_ACTION",
    "OPENED_ACTION",
    "SEND_ACTION",
    "SOLVE_ACTION",
    "STATUS",
    "STATUSES",
    "SYNC_ACTION",
    "ListLink",
    "ModuleList",
    "Panel",
    "PanelButton",
    "PanelFacts",
    "PanelMessage",
    "PanelState",
    "RecordMark",
    "build_list",
    "build_panel",
    "checked_values",
    "missing_panel",
    "proposed_buttons",
    "said_result",
]
