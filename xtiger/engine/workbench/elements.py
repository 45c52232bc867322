"""What loads Xero's elements for a connection."""

from __future__ import annotations

from xtiger.mapping.xero_schema import ElementReader
from xtiger.ports.store.charts import ChartStore
from xtiger.rules.kinds import traits
from xtiger.rules.rounding import sold_on


def element_reader(store: ChartStore, connection_id: str, kind: str) -> ElementReader:
    """Loads elements of a kind; of sales it tells the line for rounding from the CRM's own."""
    accounts = store.accounts(connection_id) if traits(kind).sale_type else ()
    return ElementReader(kind, sold_on=sold_on(accounts))
