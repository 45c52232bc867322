"""The Xero Information panel of a record: what stands in it, and the HTML of it.

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
from xtiger.panels.panel import Panel, PanelButton, PanelMessage, PanelState

__all__ = [
    "ALIAS_ACTION",
    "ALLOW_SYNC",
    "CONNECT_ACTION",
    "INVOICE_TYPE",
    "INVOICE_TYPES",
    "LINK_ACTION",
    "NEW_ACTION",
    "SOLVE_ACTION",
    "STATUS",
    "STATUSES",
    "Panel",
    "PanelButton",
    "PanelFacts",
    "PanelMessage",
    "PanelState",
    "build_panel",
    "checked_values",
]
